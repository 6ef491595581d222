#include "templates/render_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

#define TEMPLATE_MAX	(64u * 1024)	/* bytes of one file */
#define FILES_MAX	512
#define TEXT_MAX	(512u * 1024)	/* bytes of one mail */
#define USUAL		8192u		/* bytes of most */
#define SUBJECT_MAX	240		/* bytes */
#define SUFFIX		".mustache"
#define RULE		"========================================\n\n"

enum template_kind { T_MAIL, T_PARTIAL, T_PAGE };

struct template {
	enum template_kind kind;
	const char	*name;		/* duty, or the partial's name */
	const char	*lang;
	const char	*file;		/* for messages */
	const char	*subject;	/* mails */
	const char	*text;
	struct node	*subject_tree;
	struct node	*tree;
};

struct templates {
	struct arena	*arena;
	struct template	 v[FILES_MAX];
	size_t		 n;
};

static const struct template *
find(const struct templates *t, enum template_kind kind, const char *name,
    const char *lang, size_t lang_len)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].kind == kind && t->v[i].name[0] == name[0] &&
		    strcmp(t->v[i].name, name) == 0 &&
		    strlen(t->v[i].lang) == lang_len &&
		    memcmp(t->v[i].lang, lang, lang_len) == 0)
			return &t->v[i];
	return NULL;
}

/* "ack.zh-TW.mustache" into kind, name and language; 0: not ours. */
static int
name_split(struct arena *a, const char *dir, const char *file,
    struct template *t)
{
	size_t	 len = strlen(file), cut = sizeof(SUFFIX) - 1;
	char	*base, *dot;

	if (file[0] == '.' || len <= cut ||
	    strcmp(file + len - cut, SUFFIX) != 0)
		return 0;
	base = arena_strndup(a, file, len - cut);
	t->kind = base[0] == '_' ? T_PARTIAL : T_MAIL;
	dot = strrchr(base, '.');
	if (dot != NULL && strcmp(dot, ".html") == 0) {
		t->kind = T_PAGE;
		*dot = '\0';
		dot = strrchr(base, '.');
	}
	if (dot == NULL || dot == base || dot[1] == '\0')
		return 0;
	*dot = '\0';
	t->lang = dot + 1;
	t->name = t->kind == T_PARTIAL ? base + 1 : base;
	t->file = arena_printf(a, "%s/%s", dir, file);
	return t->name[0] != '\0';
}

/* A mail's first line is its subject, its body begins after an empty line. */
static enum rc
mail_split(struct arena *a, char *text, struct template *t, struct err *err)
{
	static const char	 head[] = "Subject: ";
	char			*end = strchr(text, '\n');

	if (strncmp(text, head, sizeof(head) - 1) != 0 || end == NULL)
		return err_set(err, RC_REFUSED,
		    "%s:1: found \"%.40s\", expected \"Subject: ...\"",
		    t->file, text);
	if (end[1] != '\n')
		return err_set(err, RC_REFUSED,
		    "%s:2: found text, expected an empty line", t->file);
	t->subject = arena_strndup(a, text + sizeof(head) - 1,
	    (size_t)(end - text) - (sizeof(head) - 1));
	t->text = end;		/* lines are counted from the file's first */
	return RC_OK;
}

static enum rc
file_load(struct templates *ts, const char *dir, const char *file,
    struct err *err)
{
	struct template	*t = &ts->v[ts->n];
	struct buf	 b;
	char		*text;
	enum rc		 rc;

	if (!name_split(ts->arena, dir, file, t))
		return RC_OK;
	if (ts->n + 1 == FILES_MAX)
		return err_set(err, RC_REFUSED,
		    "%s: found more than %d templates, expected fewer", dir,
		    FILES_MAX - 1);
	buf_init(&b, TEMPLATE_MAX + 65536);
	rc = path_read(t->file, TEMPLATE_MAX, &b, err);
	text = rc == RC_OK ? arena_strndup(ts->arena, b.data, b.len) : NULL;
	buf_free(&b);
	if (rc != RC_OK)
		return rc;
	t->text = text;
	if (t->kind == T_PARTIAL && strchr(text, '\n') != NULL &&
	    strchr(text, '\n')[1] == '\0')
		*strchr(text, '\n') = '\0';	/* a phrase, used in a line */
	if (t->kind == T_MAIL)
		rc = mail_split(ts->arena, text, t, err);
	if (rc == RC_OK)
		ts->n++;
	return rc;
}

/* What one template's tags are held against while it is checked. */
struct checking {
	const struct templates *ts;
	const struct template *t;
	const json_t	*keys;
	void		(*miss)(void *, const char *, int, const char *);
	void		*arg;
	struct err	*err;
	enum rc		 rc;
};

static void
check_partial(void *arg, char kind, const char *name, int line)
{
	struct checking	*c = arg;

	if (kind == '>' && c->rc == RC_OK && find(c->ts, T_PARTIAL, name,
	    c->t->lang, strlen(c->t->lang)) == NULL)
		c->rc = err_set(c->err, RC_REFUSED,
		    "%s:%d: found partial \"%s\", expected a file _%s.%s%s",
		    c->t->file, line, name, name, c->t->lang, SUFFIX);
}

static enum rc
tags_of(const struct template *t, render_tag *tag, struct checking *c)
{
	struct arena	*a = arena_new();

	c->t = t;
	render_tree_tags(t->subject_tree, a, tag, c);
	render_tree_tags(t->tree, a, tag, c);
	arena_free(&a);
	return c->rc;
}

/*
 * Partials are known before anything is written.  One that is indented has
 * other text at each place, so it is still read there.
 */
static void
link_partials(struct templates *ts, const char *lang, struct node *n)
{
	const struct template	*t;
	char			 name[64];

	for (; n != NULL; n = n->next) {
		link_partials(ts, lang, n->child);
		if (n->kind != N_PARTIAL || n->indent_len > 0 ||
		    n->len >= sizeof(name))
			continue;
		memcpy(name, n->s, n->len);
		name[n->len] = '\0';
		t = find(ts, T_PARTIAL, name, lang, strlen(lang));
		if (t != NULL) {
			n->into = t->tree;
			n->into_name = t->name;
		}
	}
}

static enum rc
parse_all(struct templates *ts, struct err *err)
{
	struct template	*t;
	enum rc		 rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < ts->n; i++) {
		t = &ts->v[i];
		if (t->kind == T_MAIL)
			rc = tree_parse(t->file, t->subject, ts->arena,
			    &t->subject_tree, err);
		if (rc == RC_OK)
			rc = tree_parse(t->file, t->text, ts->arena,
			    &t->tree, err);
	}
	for (size_t i = 0; rc == RC_OK && i < ts->n; i++) {
		link_partials(ts, ts->v[i].lang, ts->v[i].subject_tree);
		link_partials(ts, ts->v[i].lang, ts->v[i].tree);
	}
	return rc;
}

static enum rc
letter_there(const struct templates *ts, const char *list, int line,
    const char *duty, struct err *err)
{
	static const char *const langs[] = { "zh-TW", "en" };

	for (size_t i = 0; i < 2; i++)
		if (find(ts, T_MAIL, duty, langs[i], strlen(langs[i])) == NULL)
			return err_set(err, RC_REFUSED, "%s:%d: found \"%s\", "
			    "expected a file %s.%s" SUFFIX " beside it", list,
			    line, duty, duty, langs[i]);
	return RC_OK;
}

/* A letter that cannot be written is missed only when it is needed, so the
 * file LETTERS beside the templates names those that must be there. */
static enum rc
check_letters(const struct templates *ts, const char *dir, struct err *err)
{
	char		*list = arena_printf(ts->arena, "%s/LETTERS", dir);
	char		*s, *end;
	struct buf	 b;
	enum rc		 rc;

	if (access(list, F_OK) == -1)
		return RC_OK;
	buf_init(&b, TEMPLATE_MAX + 65536);
	rc = path_read(list, TEMPLATE_MAX, &b, err);
	s = rc == RC_OK ? b.data : NULL;
	for (int line = 1; rc == RC_OK && s != NULL && *s != '\0'; line++) {
		end = strchr(s, '\n');
		if (end != NULL)
			*end = '\0';
		if (*s != '\0' && *s != '#')
			rc = letter_there(ts, list, line, s, err);
		s = end != NULL ? end + 1 : NULL;
	}
	buf_free(&b);
	return rc;
}

static enum rc
load_all(struct templates *ts, const char *dir, DIR *d, struct err *err)
{
	struct checking	 c = { .ts = ts, .err = err };
	struct dirent	*e;
	enum rc		 rc = RC_OK;

	while (rc == RC_OK && (e = readdir(d)) != NULL)
		rc = file_load(ts, dir, e->d_name, err);
	if (rc == RC_OK)
		rc = parse_all(ts, err);
	for (size_t i = 0; rc == RC_OK && i < ts->n; i++)
		rc = tags_of(&ts->v[i], check_partial, &c);
	if (rc == RC_OK && ts->n == 0)
		rc = err_set(err, RC_REFUSED,
		    "%s: found no template, expected DUTY.LANG" SUFFIX, dir);
	return rc == RC_OK ? check_letters(ts, dir, err) : rc;
}

enum rc
templates_load(const char *dir, struct templates **out, struct err *err)
{
	DIR	*d = opendir(dir);
	enum rc	 rc;

	*out = NULL;
	if (d == NULL)
		return err_set(err, RC_REFUSED, "%s: %s", dir,
		    strerror(errno));
	*out = xcalloc(1, sizeof(**out));
	(*out)->arena = arena_new();
	rc = load_all(*out, dir, d, err);
	(void)closedir(d);
	if (rc != RC_OK)
		templates_free(out);
	return rc;
}

void
templates_free(struct templates **t)
{
	if (*t == NULL)
		return;
	arena_free(&(*t)->arena);
	free(*t);
	*t = NULL;
}

/* The next language of "zh-TW+en"; 0: no more. */
static size_t
next_lang(const char **s)
{
	*s += strspn(*s, "+");
	return strcspn(*s, "+");
}

int
templates_has(const struct templates *t, const char *duty, const char *lang)
{
	size_t	n;
	int	found = 0;

	for (; (n = next_lang(&lang)) > 0; lang += n) {
		if (find(t, T_MAIL, duty, lang, n) == NULL)
			return 0;
		found = 1;
	}
	return found;
}

/* Partials are those of the language in hand. */
struct lookup {
	const struct templates *ts;
	const char	*lang;
};

static const char *
partial_text(void *arg, const char *name)
{
	const struct lookup	*l = arg;
	const struct template	*t = find(l->ts, T_PARTIAL, name, l->lang,
	    strlen(l->lang));

	return t == NULL ? NULL : t->text;
}

/* JSON data, and what data.in has for a language on top. */
struct json_data {
	struct arena	*arena;
	struct datum	*root;
};

static struct datum *
data_in(void *arg, const char *lang)
{
	struct json_data	*j = arg;
	struct datum		*in = datum_get(datum_get(j->root, "in"), lang);
	struct datum		*d;

	if (!datum_is(in, DATUM_OBJECT) || !datum_is(j->root, DATUM_OBJECT))
		return j->root;
	d = datum_over(j->arena, j->root);
	datum_update(d, in);
	return d;
}

/* One line without control bytes, cut at a character. */
static char *
one_line(struct arena *a, const char *s)
{
	char	*out = arena_alloc(a, strlen(s) + 8), *p = out;
	size_t	 n;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != 0x7f)
			*p++ = *s;
		else if (p > out && p[-1] != ' ')
			*p++ = ' ';
	}
	while (p > out && p[-1] == ' ')
		p--;
	n = (size_t)(p - out);
	if (n > SUBJECT_MAX) {
		for (n = SUBJECT_MAX; n > 0 &&
		    ((unsigned char)out[n] & 0xc0) == 0x80; n--)
			;
		memcpy(out + n, "\xe2\x80\xa6", 3);
		n += 3;
	}
	out[n] = '\0';
	return out;
}

/* No blanks at the end of lines, no two empty lines, one end of line last. */
static void
put_tidy(struct buf *out, const char *s, size_t n)
{
	const char	*end = s + n, *eol, *last;
	int		 empty = 1;	/* the line before */

	for (; s < end; s = eol + 1) {
		eol = memchr(s, '\n', (size_t)(end - s));
		if (eol == NULL)
			eol = end;
		for (last = eol; last > s && (last[-1] == ' ' ||
		    last[-1] == '\t' || last[-1] == '\r'); last--)
			;
		if (last == s && empty)
			continue;
		empty = last == s;
		if (last == eol && eol < end) {	/* as it is */
			(void)buf_add(out, s, (size_t)(last + 1 - s));
			continue;
		}
		(void)buf_add(out, s, (size_t)(last - s));
		(void)buf_putc(out, '\n');
	}
	while (out->len > 1 && out->data[out->len - 2] == '\n')
		out->data[--out->len] = '\0';
}

/* One letter being written. */
struct writing {
	const struct templates *ts;
	struct arena	*arena;
	struct buf	 text;		/* of one language, then reused */
	struct buf	 out;
	struct err	*err;
};

static enum rc
put_text(struct writing *w, const struct template *t, const struct node *tree,
    struct datum *data)
{
	struct lookup	l = { w->ts, t->lang };

	buf_reset(&w->text);
	return render_tree(t->file, tree, data, RENDER_NONE, partial_text, &l,
	    w->arena, &w->text, w->err);
}

/* Subject, if it is still wanted, and body of one language. */
static enum rc
mail_in(struct writing *w, const struct template *t, struct datum *data,
    const char **subject)
{
	enum rc	rc = RC_OK;

	if (*subject == NULL) {
		rc = put_text(w, t, t->subject_tree, data);
		if (rc == RC_OK)
			*subject = one_line(w->arena, w->text.data);
	}
	if (rc == RC_OK)
		rc = put_text(w, t, t->tree, data);
	if (rc != RC_OK)
		return rc;
	if (w->out.len > 0)
		(void)buf_puts(&w->out, "\n" RULE);
	put_tidy(&w->out, w->text.data, w->text.len);
	return RC_OK;
}

enum rc
templates_letter(const struct templates *ts, const char *duty,
    const char *lang, templates_data *data, void *arg, struct arena *a,
    const char **subject, const char **body, struct err *err)
{
	struct writing		 w = { .ts = ts, .arena = a, .err = err };
	const struct template	*t;
	const char		*s;
	size_t			 n;
	enum rc			 rc = RC_OK;

	if (lang == NULL || next_lang(&lang) == 0)
		lang = "zh-TW";
	*subject = *body = NULL;
	buf_init(&w.text, TEXT_MAX);
	buf_init(&w.out, 2 * TEXT_MAX);
	(void)buf_room(&w.text, USUAL);	/* grow once */
	(void)buf_room(&w.out, 2 * USUAL);
	for (s = lang; rc == RC_OK && (n = next_lang(&s)) > 0; s += n) {
		t = find(ts, T_MAIL, duty, s, n);
		rc = t != NULL ? mail_in(&w, t, data(arg, t->lang), subject) :
		    err_set(err, RC_REFUSED, "templates: found no %s.%.*s%s, "
		    "expected one", duty, (int)n, s, SUFFIX);
	}
	if (rc == RC_OK && w.out.over)
		rc = err_set(err, RC_REFUSED, "templates: %s: found more than "
		    "%u bytes, expected less", duty, 2 * TEXT_MAX);
	if (rc == RC_OK)
		*body = arena_strndup(a, w.out.data, w.out.len);
	buf_free(&w.text);
	buf_free(&w.out);
	return rc;
}

enum rc
templates_mail(const struct templates *ts, const char *duty, const char *lang,
    json_t *data, struct arena *a, const char **subject, const char **body,
    struct err *err)
{
	struct json_data	j = { a, datum_from_json(a, data) };

	return templates_letter(ts, duty, lang, data_in, &j, a, subject, body,
	    err);
}

enum rc
templates_page(const struct templates *ts, const char *name, const char *lang,
    json_t *data, struct buf *out, struct err *err)
{
	const struct template	*t = find(ts, T_PAGE, name, lang, strlen(lang));
	struct lookup		 l = { ts, lang };
	struct json_data	 j;
	enum rc			 rc;

	if (t == NULL)
		return err_set(err, RC_REFUSED, "templates: found no %s.%s"
		    ".html%s, expected one", name, lang, SUFFIX);
	j.arena = arena_new();
	j.root = datum_from_json(j.arena, data);
	rc = render_tree(t->file, t->tree, data_in(&j, lang), RENDER_HTML,
	    partial_text, &l, j.arena, out, err);
	arena_free(&j.arena);
	return rc;
}

void
templates_each(const struct templates *ts, void (*see)(void *, const char *,
    const char *, const char *), void *arg)
{
	for (size_t i = 0; i < ts->n; i++)
		if (ts->v[i].kind == T_MAIL)
			see(arg, ts->v[i].name, ts->v[i].lang, ts->v[i].file);
}

static void
check_key(void *arg, char kind, const char *name, int line)
{
	struct checking	*c = arg;
	size_t		 i, n;
	json_t		*key;

	n = strcspn(name, ".");
	if (kind == '>' || n == 0)
		return;
	json_array_foreach(c->keys, i, key)
		if (json_string_length(key) == n &&
		    memcmp(json_string_value(key), name, n) == 0)
			return;
	c->miss(c->arg, c->t->file, line, name);
}

enum rc
templates_check(const struct templates *ts, const json_t *keys,
    void (*miss)(void *, const char *, int, const char *), void *arg,
    struct err *err)
{
	struct checking	c = { .ts = ts, .keys = keys, .miss = miss,
	    .arg = arg, .err = err };
	enum rc		rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < ts->n; i++)
		rc = tags_of(&ts->v[i], check_key, &c);
	return rc;
}
