#ifndef NOTICE_H
#define NOTICE_H

/*
 * notice - sorting, before anything else is read: is this a person?
 *
 * A machine's mail is never taken for a person's and never answered; a
 * person's mail that a machine marked is read, but not answered either.
 */
#include "parsers/mime.h"
#include "parsers/notice_subject.h"
#include "parsers/parse.h"

struct notice {
	enum mail_kind	 kind;		/* KIND_N: nothing against a person */
	enum mail_kind	 kind_maybe;	/* marked automatic or bulk, or of a
					   list: this without a filled form,
					   which makes it a person's; KIND_N:
					   no such mark */
	int		 typed;		/* by a person, for all that its header
					   says, lists aside */
	int		 no_path;	/* Return-Path: <> */
	int		 by_address;	/* a bounce only because postmaster@
					   sent it, where a person may sit */
	enum away	 away;		/* what the subject says */
};

/*
 * Fills answerable and why_not, and for a bounce its facts.  Needs the
 * header facts (report_head.c) in the report.
 */
void	notice_judge(const struct parse_conf *, struct mime *,
	    struct report *, struct notice *);
/* Is it the address of a mail server, such as postmaster@... ? */
int	notice_is_server(const char *addr);
/* bounce.c: recipients, action, status, and which mail of ours it was. */
void	bounce_read(const struct parse_conf *, struct mime *,
	    struct report *);
/* Does the text open as the mail servers' own sentences do? */
int	bounce_opens(const char *text);
/* Is there a reply code of a server that refused, as in 550 ...? */
int	bounce_has_code(const char *text);

/* bounce_prose.c: who wrote the mail that the text has a copy of, or NULL. */
const char *bounce_copy_author(struct arena *, const char *text);
/* Is there a leaf of this type, outside of attached mails? */
const struct part *notice_leaf(const struct mime *, const char *type);

#endif
