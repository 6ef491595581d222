#ifndef GAP_H
#define GAP_H

/*
 * gap - what people write into the letter of ours that their program quotes.
 *
 * Our letters mark the lines which they send without a value (ask_missing
 * and the like: ◎, * in English), and begin no line with the words of
 * others (templates/DATA.md).  So what came back behind the labels of marked
 * lines, or stands between the letter's lines below them, is the sender's.
 * It counts as a fact a report must have (required fields of the forms) and
 * only where the mail's own words had none: level, status and decisions
 * never come from a quote.  What the letter itself quoted, and all its other
 * lines, stay out.
 */
#include "base/arena.h"
#include "parsers/parse.h"

/*
 * Only for an answer to a letter of ours.  text: of the whole body, which is
 * part of the mail.  Adds to the fields, problems and form of the report;
 * returns how many fields there are more.
 */
int	gap_read(const struct parse_conf *, struct arena *, const char *text,
	    int part, struct report *);

#endif
