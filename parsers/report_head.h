#ifndef REPORT_HEAD_H
#define REPORT_HEAD_H

/*
 * report_head - the facts of a mail's header in a report.
 */
#include "parsers/mime.h"
#include "parsers/parse.h"

/* The array of problems has room for REPORT_LIST_MAX from the start. */
void	report_problem(struct arena *, struct report *, const char *field,
	    const char *text, const char *reason);
/* The same of a value that is named there. */
void	report_named(struct arena *, struct report *, const char *field,
	    const char *text, const char *value);
void	report_head(struct mime *, int64_t received, struct report *);
/* Leaves that were not read as words. */
void	report_attachments(struct mime *, struct report *);

#endif
