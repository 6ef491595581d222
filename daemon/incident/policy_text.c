/*
 * policy_text - a policy file and what it includes, as one text with a place
 * for each line.  libconfuse's own include() counts lines wrongly and knows
 * one file name at a time.
 */
#include "incident/policy_load.h"

#include <string.h>

#include "base/source.h"

#define INCLUDE		"include("
#define DEPTH_MAX	4

void
policy_text_free(struct policy_text *t)
{
	buf_free(&t->text);
	arena_free(&t->a);
}

const struct policy_place *
policy_text_place(const struct policy_text *t, int line)
{
	if (line < 1 || t->n == 0)
		return &t->places[0];
	return &t->places[(size_t)line > t->n ? t->n - 1 : (size_t)line - 1];
}

static enum rc
add_line(struct policy_text *t, const char *s, size_t len, const char *file,
    int line, struct err *err)
{
	if (t->n == POLICY_LINES_MAX || buf_add(&t->text, s, len) != 0 ||
	    buf_putc(&t->text, '\n') != 0)
		return err_set(err, RC_REFUSED, "%s:%d: found more than %d "
		    "lines or %d bytes, expected less", file, line,
		    POLICY_LINES_MAX, POLICY_BYTES_MAX);
	t->places[t->n++] = (struct policy_place){ file, line };
	return RC_OK;
}

/* include("name") alone on a line: its name in the arena, or NULL. */
static char *
included(struct policy_text *t, const char *s, size_t len)
{
	const char	*end = s + len, *name;
	size_t		 n;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if ((size_t)(end - s) < sizeof(INCLUDE) + 2 ||
	    strncmp(s, INCLUDE "\"", sizeof(INCLUDE)) != 0)
		return NULL;
	name = s + sizeof(INCLUDE);
	for (n = 0; name + n < end && name[n] != '"'; n++)
		;
	if (name + n + 1 >= end || name[n + 1] != ')')
		return NULL;
	for (s = name + n + 2; s < end; s++)
		if (*s != ' ' && *s != '\t' && *s != '\r')
			return NULL;
	return arena_strndup(t->a, name, n);
}

static enum rc	add_file(struct policy_text *, const char *, const char *,
		    int, struct err *);

/* A fault that has no line of its own gets the line that names the file. */
static enum rc
blame(const char *by, int line, const char *file, enum rc rc, struct err *err)
{
	struct err	why = *err;
	size_t		n = strlen(file);

	if (rc == RC_OK || strncmp(why.text, file, n) != 0 ||
	    strncmp(why.text + n, ": ", 2) != 0)
		return rc;
	return err_set(err, rc, "%s:%d: include: found %s, expected a file "
	    "that can be read", by, line, why.text);
}

static enum rc
add_lines(struct policy_text *t, const char *dir, const char *file, int depth,
    const char *s, struct err *err)
{
	enum rc	rc = RC_OK;

	for (int line = 1; rc == RC_OK && *s != '\0'; line++) {
		size_t	 len = strcspn(s, "\n");
		char	*name = included(t, s, len);

		if (name == NULL) {
			rc = add_line(t, s, len, file, line, err);
		} else if (depth == DEPTH_MAX || *name == '.' ||
		    strchr(name, '/') != NULL) {
			rc = err_set(err, RC_REFUSED, "%s:%d: include: found "
			    "\"%s\", expected a file of the same directory, "
			    "not deeper than %d", file, line, name, DEPTH_MAX);
		} else {
			name = arena_printf(t->a, "%s/%s", dir, name);
			rc = blame(file, line, name, add_file(t, dir, name,
			    depth + 1, err), err);
		}
		s += len + (s[len] == '\n');
	}
	return rc;
}

static enum rc
add_file(struct policy_text *t, const char *dir, const char *file, int depth,
    struct err *err)
{
	struct buf	b;
	enum rc		rc;

	buf_init(&b, POLICY_BYTES_MAX);
	rc = source_read(file, POLICY_BYTES_MAX, &b, err);
	if (rc == RC_OK)
		rc = add_lines(t, dir, file, depth, b.data, err);
	buf_free(&b);
	return rc;
}

static void
begin(struct policy_text *t, const char *file)
{
	buf_init(&t->text, POLICY_BYTES_MAX);
	t->a = arena_new();
	t->n = 0;
	t->places = arena_array(t->a, POLICY_LINES_MAX, sizeof(*t->places));
	/* of a text without a line */
	t->places[0] = (struct policy_place){ arena_strdup(t->a, file), 1 };
}

enum rc
policy_text_set(struct policy_text *t, const char *name, const char *text,
    struct err *err)
{
	begin(t, name);
	return add_lines(t, NULL, name, DEPTH_MAX, text, err);
}

enum rc
policy_text_read(struct policy_text *t, const char *dir, const char *name,
    struct err *err)
{
	struct arena	*a = arena_new();
	char		*file = arena_printf(a, "%s/%s.policy", dir, name);
	enum rc		 rc;

	begin(t, file);
	/* the places point to the name */
	rc = add_file(t, dir, t->places[0].file, 0, err);
	arena_free(&a);
	return rc;
}
