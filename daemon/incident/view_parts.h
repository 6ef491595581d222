#ifndef VIEW_PARTS_H
#define VIEW_PARTS_H

/*
 * view_parts - what view.c, view_list.c and payload.c share.
 *
 * Used by: those, iodef.c and evidence.c; nobody else.
 */
#include <jansson.h>

#include "incident/view.h"

/* A value and where it comes from, of the one who ranks highest: the team
 * before other roles before the reporter before strangers. */
struct chosen {
	const struct incident_field *field;	/* NULL: nobody said it */
	struct datum	*value;		/* read; NULL: could not be read */
	int		 assumed;	/* from the incident's own columns */
};

#define VIEW_LANGS	4

/* What all who may see the same are shown in a language. */
struct common {
	struct common	*next;
	const char	*lang;
	const struct policy_disclosure *disclosure;
	int		 sees_all;
	struct datum	*root;
};

struct view {
	const struct policy *p;
	const struct conf *conf;
	const struct situation *s;	/* NULL: a letter of the house */
	int64_t		 now;
	struct arena	*a;
	struct chosen	**chosen;	/* of each field of the policy */
	struct {
		const char	*lang;
		struct datum	**field;	/* likewise, as shown */
	} in[VIEW_LANGS];
	struct common	*common;
};

/* One picture being made: an incident, for one addressee, in one language. */
struct picture {
	const struct policy *p;
	const struct conf *conf;
	const struct situation *s;	/* NULL: a letter of the house */
	const char	*role;		/* NULL: not to be asked */
	const char	*lang;		/* "zh-TW" or "en" */
	int64_t		 now;
	struct arena	*a;
	/* What follows is set by view_in() alone. */
	struct view	*view;
	const struct policy_disclosure *disclosure;
	int		 sees_all;
	const struct addressee *to;
	struct datum	**shown;	/* in[] of this language */
	const json_t	*missing;	/* names that decide() found missing;
					   NULL: judged here */
	struct datum	*root;
};

/* Keys of the root that make() makes when one of them is asked for. */
#define LATER(v, make, ...)	datum_later((v)->root,			\
	    (const char *const []){ __VA_ARGS__, NULL }, make, v)

/* payload.c: what every document for HTTP begins with.  New reference. */
json_t	*payload_head(const struct picture *, const char *schema,
	    const char *kind, int revision, const char *key);
/* [{role, label, number}]: what receivers call the incident. */
struct datum *view_numbers(const struct picture *);
void	view_choose(const struct picture *, const char *name, struct chosen *);
/* The value as people write it, in the arena; NULL: not known. */
const char *view_text(const struct picture *, const char *name,
	    const struct chosen *);
int	view_sees(const struct picture *, const char *field);
/* Its place in the policy's list, or n_fields. */
size_t	view_index(const struct policy *, const char *name);
/* A field as object, see DATA.md "field"; made once, not to be changed. */
struct datum *view_field(struct picture *, const char *name);
/* Lists of DATA.md: fields, checklist, levels ... each made when it is asked
 * for. */
void	view_lists(struct picture *);
/* Those that turn on who reads and in which letter: form, missing, deadlines,
 * numbers. */
void	view_own_lists(struct picture *);

/*
 * A stranger's text as we may show it: runs of blanks and TABs become one
 * blank, so that no word of it stands where a form's label would, should
 * somebody send our mail back without quote marks.  one_line: ends of lines
 * too.  Signs that turn the direction of writing are left out: they would
 * turn our own words behind it.
 */
const char *view_squash(struct arena *, const char *, int one_line);
/* Whom it was handed over to, in the arena; NULL: nobody, or not to be seen. */
const char *view_successor(const struct picture *);
/* The number it was merged into, likewise. */
const char *view_into(const struct picture *);
/* Today: year (of the calendar in use), month, day, roc, text. */
struct datum *view_date(const struct picture *);
const char *view_role_label(const struct picture *, const char *role);

#endif
