#ifndef READER_H
#define READER_H

/*
 * reader - child: bytes of strangers in, a bounded report out.
 *
 * Takes READ frames one after the other and answers each with a REPORT.  Has
 * no network, no files, little memory, and `seconds` of processor time for
 * one mail: whatever goes beyond dies here and is counted by the desk.
 */
#include "base/conf.h"
#include "base/frame.h"
#include "parsers/parse.h"

/* Never touches a file: call after confine_enter().  Returns an exit code. */
int	reader_main(struct channel *, const struct parse_conf *, int seconds);

#endif
