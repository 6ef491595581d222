#ifndef BOUNCE_H
#define BOUNCE_H

/*
 * bounce - what bounce.c (fields) and bounce_prose.c (sentences) share.
 */
#include "parsers/mime.h"
#include "parsers/parse.h"

struct bounce {
	struct mime		*m;
	const struct parse_conf	*pc;
	struct report		*r;
	const char		*sent_to;	/* the only one in To: of the
						   copy of our mail */
};

/* The entry of this address, made when there is none; NULL: too many. */
struct bounce_recipient *bounce_recipient(struct bounce *, const char *addr);
/* An address on its own, or NULL. */
const char *bounce_address(struct arena *, const char *);
/* "5.1.1" somewhere in the text, in the arena; NULL: none. */
const char *bounce_status(struct arena *, const char *);
/* Take what a copy of our mail says: its Message-ID, number, addressee. */
void	bounce_copy(struct bounce *, const char *s, size_t len);

/* bounce_prose.c: whom the sentences name, and what they say of them. */
void	bounce_prose(struct bounce *, const char *text);
/* "delayed" or "failed", after the subject and the sentences. */
const char *bounce_action(const struct bounce *, const char *text);
/* The Message-ID and the number in lines of the text. */
const char *bounce_id_line(struct arena *, const char *text);
const char *bounce_number_line(const struct bounce *, const char *text);

#endif
