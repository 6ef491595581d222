#ifndef VIEW_PARTS_H
#define VIEW_PARTS_H

/*
 * view_parts - what view.c, view_list.c and payload.c share.
 *
 * Used by: those and iodef.c; nobody else.
 */
#include <jansson.h>

#include "incident/view.h"

/* One picture being made: an incident, for one addressee, in one language. */
struct picture {
	const struct policy *p;
	const struct conf *conf;
	const struct situation *s;	/* NULL: a letter of the house */
	const char	*role;
	const char	*lang;		/* "zh-TW" or "en" */
	int64_t		 now;
	struct arena	*a;
	json_t		*extra;		/* incident.extra, parsed, or NULL */
	const json_t	*missing;	/* names that decide() found missing;
					   NULL: judged here */
};

/* A value and where it comes from, of the one who ranks highest: the team
 * before other roles before the reporter before strangers. */
struct chosen {
	const struct incident_field *field;	/* NULL: nobody said it */
	json_t		*value;		/* parsed; NULL: could not be read */
	int		 assumed;	/* from the incident's own columns */
};

/* The caller frees value. */
void	view_choose(const struct picture *, const char *name, struct chosen *);
/* The value as people write it, in the arena; NULL: not known. */
const char *view_text(const struct picture *, const char *name,
	    const struct chosen *);
int	view_sees(const struct picture *, const char *field);
/* A field as object; see DATA.md "field".  New reference. */
json_t	*view_field(const struct picture *, const char *name);
/* Lists of DATA.md: fields, form, missing, checklist, levels, deadlines ... */
void	view_lists(const struct picture *, json_t *root);

/*
 * A stranger's text as we may show it: runs of blanks and TABs become one
 * blank, so that no word of it stands where a form's label would, should
 * somebody send our mail back without quote marks.  one_line: ends of lines
 * too.
 */
const char *view_squash(struct arena *, const char *, int one_line);
/* Sets nothing when s is NULL. */
void	view_put(json_t *, const char *key, const char *s);
void	view_flag(json_t *, const char *key, int on);
/* Today: year (of the calendar in use), month, day, roc, text. */
json_t	*view_date(const struct picture *);
const char *view_role_label(const struct picture *, const char *role);

#endif
