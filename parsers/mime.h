#ifndef MIME_H
#define MIME_H

/*
 * mime - a mail's header and parts, behind guards.
 *
 * libetpan finds the parts of a multipart; it sees only a body with a header
 * of our own making, and only after the guards of limits.h have counted what
 * would send it into deep recursion or quadratic work.  Everything kept is in
 * the arena or points into the mail; libetpan's tree is freed at once.
 */
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "parsers/encoding.h"
#include "parsers/header.h"
#include "parsers/html.h"

struct part {
	int		 number;	/* leaves: from 1 in reading order */
	const char	*type;		/* "text/plain", lower case */
	const char	*content_type;	/* raw value, for its parameters */
	size_t		 content_type_len;
	const char	*charset;	/* as labelled, or NULL */
	const char	*name;		/* file name, or NULL */
	int		 attached;	/* disposition attachment, or a name */
	int		 is_body;	/* read as (or instead of) own words */
	int		 flowed, delsp;	/* RFC 3676 */
	enum encoding	 encoding;
	const char	*head;		/* its header in the mail */
	size_t		 head_len;	/* 0: that of the mail itself */
	const char	*raw;		/* encoded body in the mail */
	size_t		 raw_len;
	const char	*bytes;		/* raw decoded, once part_bytes() was
					 * asked; NULL: not yet */
	size_t		 bytes_len;
	struct part	*child, *next;
};

struct mime {
	struct arena	*arena;
	struct headers	 head;
	const char	*body;		/* after the header, undecoded */
	size_t		 body_len;
	struct part	*root;
	struct part	**leaves;	size_t n_leaves;
	const char	*guard;		/* name of the guard that broke */
	int		 encrypted;	/* S/MIME or PGP, not readable here */
	int		 signed_layers;	/* opaque S/MIME that was opened */
	int		 no_boundary;	/* of a multipart: read as text */
	int		 guessed;	/* a file name's charset was guessed */
	int		 undeclared;	/* an encoding was seen, not named */
};

/*
 * RC_REFUSED: a guard broke; m->guard names it, err explains, the header is
 * there as far as it could be read and there are no parts.  raw must live as
 * long as m.
 */
enum rc	mime_read(struct arena *, const char *raw, size_t len, struct mime *,
	    struct err *);
/* Decoded bytes of a leaf: in the mail, or in the arena, decoded once. */
const char *part_bytes(struct arena *, struct part *, size_t *len);
/* The parameter of the part's Content-Type, or NULL. */
const char *part_param(struct arena *, const struct part *, const char *name);

struct body {
	const char	*text;		/* clean UTF-8, "" when there is none */
	size_t		 len;
	int		 part;		/* number of its first leaf */
	int		 was_html;
	const char	*other;		/* there is HTML beside the text */
	int		 other_part;
	int		 guessed;	/* a charset was */
	int		 cut;		/* longer than BODY_MAX */
	int		 cells;		/* HTML that was read shows a table */
	const struct html_span *dyed;	/* of the HTML part_text() read last */
	size_t		 n_dyed;
};

/* Choose what the writer said and mark the leaves it was taken from. */
void	mime_body(struct mime *, struct body *);
/* The words of one leaf, text/plain or text/html, whatever its place. */
const char *part_text(struct mime *, struct part *, struct body *);

/* mime_guard.c: NULL, or the name of the guard the bytes break. */
const char *mime_guard_header(const struct headers *, struct err *);
const char *mime_guard_body(const char *, size_t len, struct err *);
/* smime.c: what opaque signed bytes carry, or NULL: not signed-data. */
const char *smime_open(struct arena *, const char *der, size_t len,
	    size_t *outlen);

#endif
