#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_read.h"

#define TEXT_COLUMNS	76

struct out {
	void	(*line)(void *, const char *);
	void	*arg;
};

static void
out_line(const struct out *o, const char *prefix, const char *s)
{
	char	buf[512];

	(void)snprintf(buf, sizeof(buf), "%s%s", prefix, s);
	o->line(o->arg, buf);
}

/* Break a paragraph at blanks; two blanks between sentences stay. */
static void
out_wrapped(const struct out *o, const char *prefix, const char *s)
{
	size_t	width = TEXT_COLUMNS - strlen(prefix), n;
	char	buf[TEXT_COLUMNS + 1];

	while (*s != '\0') {
		n = strlen(s);
		if (n > width) {
			for (n = width; n > 0 && s[n] != ' '; n--)
				;
			if (n == 0)
				n = width;
		}
		(void)snprintf(buf, sizeof(buf), "%.*s", (int)n, s);
		while (n > 0 && buf[n - 1] == ' ')
			buf[--n] = '\0';
		out_line(o, prefix, buf);
		s += n;
		while (*s == ' ')
			s++;
	}
}

/* "default: X" in words. */
static void
default_text(const struct conf_key *k, char *buf, size_t size)
{
	if (k->def != NULL)
		(void)snprintf(buf, size, "the default is %s", k->def);
	else if (k->def_text != NULL)
		(void)snprintf(buf, size, "the default is %s", k->def_text);
	else
		(void)snprintf(buf, size, "there is no default");
}

/* "A whole number from 1 to 60 (seconds); the default is 2." */
static char *
range_text(const struct conf_key *k, char *buf, size_t size)
{
	char	want[160], def[160];

	(void)conf_expected(k, want, sizeof(want));
	default_text(k, def, sizeof(def));
	if (want[0] >= 'a' && want[0] <= 'z' && k->words == NULL)
		want[0] = (char)(want[0] - 'a' + 'A');
	if (conf_is_list(k->type))
		(void)snprintf(buf, size, "A list in braces, each: %c%s; %s.",
		    want[0] - 'A' + 'a', want + 1, def);
	else
		(void)snprintf(buf, size, "%s%s; %s.", k->words != NULL ?
		    "One of " : "", want, def);
	return buf;
}

static const char *
effect_text(const struct conf_key *k)
{
	return k->restart ? "A new value takes effect after a restart." :
	    "A new value takes effect after SIGHUP.";
}

/* --- the commented sample --- */

/* The value as it must be written; quoted where libconfuse needs it. */
static void
sample_value(const struct conf_key *k, char *buf, size_t size)
{
	const char	*v = k->sample != NULL ? k->sample : k->def;

	if (v == NULL)
		v = "";
	if (*v == '{' || *v == '\'' || k->type == KEY_INT ||
	    k->type == KEY_SIZE || k->type == KEY_BOOL ||
	    k->type == KEY_ENUM || k->type == KEY_WORD)
		(void)snprintf(buf, size, "%s", v);
	else
		(void)snprintf(buf, size, "\"%s\"", v);
}

static void
sample_key(const struct out *o, const struct conf_key *k, const char *indent)
{
	char	line[512], value[256], comment[32], text[400];

	(void)snprintf(comment, sizeof(comment), "%s# ", indent);
	out_line(o, "", "");
	out_wrapped(o, comment, k->text);
	out_wrapped(o, comment, range_text(k, text, sizeof(text)));
	out_wrapped(o, comment, effect_text(k));
	sample_value(k, value, sizeof(value));
	(void)snprintf(line, sizeof(line), "%s%s%s = %s", indent,
	    k->shown ? "" : "#", k->name, value);
	out_line(o, "", line);
}

static void
sample_section(const struct out *o, enum conf_section sec, int depth)
{
	static const char *const	 indents[] = { "", "\t", "\t\t",
					    "\t\t\t" };
	const struct conf_section_row	*row = conf_section_row(sec);
	const struct conf_key		*keys;
	const char			*in = indents[depth];
	char				 line[128], comment[32];
	/* A nested section is all comment: its braces too. */
	const char			*off = depth > 1 ? "#" : "";
	size_t				 n;

	keys = conf_keys(&n);
	if (row->name != NULL) {
		out_line(o, "", "");
		(void)snprintf(comment, sizeof(comment), "%s# ",
		    indents[depth - 1]);
		out_wrapped(o, comment, row->text);
		(void)snprintf(line, sizeof(line), "%s%s%s%s%s%s {",
		    indents[depth - 1], off, row->name, row->titled ? " \"" :
		    "", row->titled ? row->sample : "", row->titled ? "\"" :
		    "");
		out_line(o, "", line);
	}
	for (size_t i = 0; i < n; i++)
		if (keys[i].sec == sec)
			sample_key(o, &keys[i], in);
	for (int s = SEC_TOP + 1; s < SEC_N; s++)
		if (conf_nests(sec, s))
			sample_section(o, s, depth + 1);
	if (row->name != NULL) {
		(void)snprintf(line, sizeof(line), "%s%s}",
		    indents[depth - 1], off);
		out_line(o, "", line);
	}
}

void
conf_sample(void (*line)(void *, const char *), void *arg)
{
	struct out	o = { line, arg };

	out_wrapped(&o, "# ", "tocsin.conf - made by \"tocsin sample\".  "
	    "Every key is here with its text; what stands behind # is not "
	    "set.  File names are relative to this file.  \"tocsin check\" "
	    "checks it.");
	sample_section(&o, SEC_TOP, 0);
}

/* --- the list of tocsin.conf(5) --- */

/* mdoc takes a backslash for an escape. */
static void
mdoc_text(const struct out *o, const char *s)
{
	char	buf[1024];
	size_t	n = 0;

	for (; *s != '\0' && n + 3 < sizeof(buf); s++) {
		buf[n++] = *s;
		if (*s == '\\')
			buf[n++] = 'e';
	}
	buf[n] = '\0';
	s = buf;
	/* New sentence, new line. */
	while (*s != '\0') {
		const char	*end = strstr(s, ".  ");
		char		 sentence[1024];

		(void)snprintf(sentence, sizeof(sentence), "%.*s",
		    end == NULL ? (int)strlen(s) : (int)(end - s + 1), s);
		out_wrapped(o, "", sentence);
		s = end == NULL ? s + strlen(s) : end + 3;
	}
}

static const char *
mdoc_arg(const struct conf_key *k)
{
	switch (k->type) {
	case KEY_STRING:
		return strcmp(k->name, "url") == 0 ||
		    strcmp(k->name, "token-url") == 0 ? "url" : "text";
	case KEY_PATH:
	case KEY_SECRET:
		return strstr(k->name, "dir") != NULL ? "directory" : "file";
	case KEY_NAME:
		return "name";
	case KEY_DOMAIN:
		return "domain";
	case KEY_ADDRESS:
		return "address";
	case KEY_STRINGS:
		return "texts";
	case KEY_DOMAINS:
		return "domains";
	case KEY_ADDRESSES:
		return "addresses";
	case KEY_INT:
		return k->unit != NULL && strchr(k->unit, ' ') == NULL ?
		    k->unit : "number";
	case KEY_SIZE:
		return "bytes";
	case KEY_BOOL:
		return "boolean";
	case KEY_WORD:
	case KEY_ENUM:
		return "word";
	case KEY_RESOLVE:
		return "host:port:address";
	case KEY_DATE:
		return "date";
	}
	return "value";
}

static void
mdoc_key(const struct out *o, const struct conf_key *k)
{
	char	line[256], text[400];

	(void)snprintf(line, sizeof(line), ".It Ic %s Ar %s", k->name,
	    mdoc_arg(k));
	out_line(o, "", line);
	mdoc_text(o, k->text);
	mdoc_text(o, range_text(k, text, sizeof(text)));
	if (k->restart) {
		out_line(o, "", effect_text(k));
	} else {
		out_line(o, "", "A new value takes effect after");
		out_line(o, "", ".Dv SIGHUP .");
	}
}

void
conf_mdoc(void (*line)(void *, const char *), void *arg)
{
	struct out		 o = { line, arg };
	const struct conf_key	*keys;
	char			 head[128];
	size_t			 n;

	keys = conf_keys(&n);
	for (int s = SEC_TOP; s < SEC_N; s++) {
		const struct conf_section_row	*row = conf_section_row(s);

		(void)snprintf(head, sizeof(head), ".Ss %s%s%s", row->name ==
		    NULL ? "Top level" : row->name, row->titled ?
		    " \\(dqname\\(dq" : "", row->name == NULL ? "" : " { }");
		out_line(&o, "", head);
		mdoc_text(&o, row->text);
		out_line(&o, "", ".Bl -tag -width Ds");
		for (size_t i = 0; i < n; i++)
			if (keys[i].sec == (enum conf_section)s)
				mdoc_key(&o, &keys[i]);
		out_line(&o, "", ".El");
	}
}
