#ifndef FORM_H
#define FORM_H

/*
 * form - the fields of a mail, by forms that are data.
 *
 * A directory of *.form files (libconfuse): title patterns, and fields with
 * the variants of their labels.  Everything is compiled at load and refused
 * there, with file:line, when it is wrong.  Reading is one pass over the lines
 * of a text for the labels of all forms, then the best form's fields.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "parsers/choice.h"
#include "parsers/report.h"

struct form_set;

enum rc	form_set_load(const char *dir, struct form_set **, struct err *);
void	form_set_free(struct form_set **);
/* A set of words by name ("status"), or NULL. */
const struct choice_set *form_choices(const struct form_set *,
	    const char *name);

/* Must a form that answers may hold have this field? */
int	form_requires(const struct form_set *, const char *field);

/* For `tocsin form list`: NULL when i is past the last one. */
struct form_info {
	const char	*name;
	const char	*file;
	const char	*title;		/* for people */
	size_t		 n_fields;
};
int	form_describe(const struct form_set *, size_t i, struct form_info *);

/*
 * Choose the form and read its fields into report->form, fields, missing and
 * problems (problems are added to those already there).  text is the own part
 * or a forwarded block, without quotes; part and first_line tell where it
 * stood.  is_reply: a lone 狀態 or 已復原 counts.  report->form stays NULL when
 * no form fits.  Returns the number of fields that hold something: 0 with a
 * form means a blank form.
 */
int	form_read(const struct form_set *, const char *subject,
	    const char *text, int part, int first_line, int is_reply,
	    int64_t ref, int zone, struct arena *, struct report *);

/* The text of an answer with 等級：3 for a table of the levels in which a row is
 * ticked (form_tick_table.c); its lines keep their numbers. */
const char *form_tick_table(struct arena *, const char *text);

#endif
