#ifndef FRAME_H
#define FRAME_H

/*
 * frame - what the four processes say to each other.
 *
 * A frame is a type and up to FRAME_FIELDS byte strings, length-checked:
 *	u32 length of all that follows	u16 type	u16 number of fields
 *	then per field: u32 length, bytes
 * in little-endian order.  Lengths over FRAME_MAX, a count over FRAME_FIELDS
 * or fields that do not fill the frame exactly are RC_REFUSED: the sender is
 * broken or hostile and is killed by whoever reads.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"

#define FRAME_MAX	(64u * 1024 * 1024)
#define FRAME_FIELDS	16
#define FRAME_HEAD	8u		/* bytes before the first field */

/*
 * Every type, with its fields.  "n" fields are decimal numbers.
 * The comment says who sends it to whom.
 */
#define FRAME_TYPES(X)							\
	X(READY)	/* child -> desk: text				*/ \
	X(PING)		/* desk -> child: n, may be missing		*/ \
	X(PONG)		/* child -> desk: that n, or 0			*/ \
	X(QUIT)		/* desk -> child				*/ \
	X(MAIL)		/* intake -> desk: mailbox, validity n, uid,
			   arrived n, size n, raw (empty: over the cap),
			   enum mail_mark n			*/ \
	X(BATCH)	/* intake -> desk: mailbox; commit what came	*/ \
	X(KNOWN)	/* intake -> desk: mailbox, validity n, 1 for the
			   ledger too: ask.  desk -> intake: mailbox,
			   validity n, last uid n, uids still to be marked
			   "1,2,3", all that are stored "1:3,7", zone of
			   the policy n, 1: it kept no keyword of ours	*/ \
	X(MARK)		/* desk -> intake: mailbox, validity n, uids	*/ \
	X(MARKED)	/* intake -> desk: mailbox, validity n, uids, 1: it
			   keeps no keyword of ours, but promises to	*/ \
	X(UNMARKED)	/* intake -> desk: mailbox, text: it was refused */ \
	X(POLL)		/* desk -> intake: look now, says a command	*/ \
	X(POLLED)	/* intake -> desk: mailbox, rc, text, end of the
			   certificate n, of the refresh token n, 1 when the
			   session is over: one look is done */ \
	X(READ)		/* desk -> reader: mail id n, received n, raw	*/ \
	X(REPORT)	/* reader -> desk: mail id n, json		*/ \
	X(SIFT)		/* desk -> reader: mail id n, types n, each n,
			   total n, raw: its files, once more */ \
	X(SIFTED)	/* reader -> desk: mail id n, json, bytes of files */ \
	X(JOB)		/* desk -> courier: outbox id n, json, content	*/ \
	X(RECEIPT)	/* courier -> desk: outbox id n, json		*/ \
	X(COMMAND)	/* tocsin -> desk: actor, verb, arguments ...	*/ \
	X(ANSWER)	/* desk -> tocsin: rc n, text			*/

enum frame_type {
#define X(name) FRAME_##name,
	FRAME_TYPES(X)
#undef X
	FRAME_NTYPES
};

struct frame {
	enum frame_type	 type;
	unsigned	 n;
	struct {
		const char	*p;
		uint32_t	 len;
	} field[FRAME_FIELDS];
	char		 num[FRAME_FIELDS][NUMBER_SIZE]; /* of frame_num() */
};

const char *frame_type_name(enum frame_type);

/* Building: fields point at the caller's bytes until frame_put(). */
void	 frame_start(struct frame *, enum frame_type);
void	 frame_add(struct frame *, const void *, size_t);
void	 frame_str(struct frame *, const char *);	/* NULL: empty */
void	 frame_num(struct frame *, int64_t);
/* Append the encoded frame to b.  -1 when b or the frame is over its max. */
int	 frame_put(struct buf *b, const struct frame *);

/*
 * Taking the first frame of p[0..len): RC_OK sets *used and f, whose fields
 * point into p; RC_AGAIN when more bytes are needed; RC_REFUSED as above.
 */
enum rc	 frame_take(const char *p, size_t len, struct frame *f, size_t *used,
	    struct err *);

/* Field i as a NUL-terminated copy in to (cut), "" when missing. */
char	*frame_text(const struct frame *, unsigned i, char *to, size_t size);
/* Field i as a number; 0 and -1 when missing or no number. */
int	 frame_int(const struct frame *, unsigned i, int64_t *);

/*
 * channel - one end of a stream socket between two processes.
 * The desk polls; children block.
 */
struct channel {
	int		 fd;		/* -1: closed */
	struct buf	 in, out;
	size_t		 eaten;		/* bytes of in already taken */
};

void	channel_init(struct channel *, int fd);
void	channel_close(struct channel *);
/* Queue a frame; nothing is written yet. RC_BROKEN when the queue is full. */
enum rc	channel_queue(struct channel *, const struct frame *, struct err *);
/* Write what the socket takes now (desk: non-blocking fd). */
enum rc	channel_flush(struct channel *, struct err *);
/* Queue and write all of it, blocking (children). */
enum rc	channel_send(struct channel *, const struct frame *, struct err *);
/* The same, taking in what the peer says meanwhile: two ends that both send
 * much must not wait for each other. */
enum rc	channel_push(struct channel *, const struct frame *, struct err *);
/* Read what is there; RC_AGAIN nothing there, RC_BROKEN end of file. */
enum rc	channel_fill(struct channel *, struct err *);
/* Next whole frame from what was read; valid until the next channel_ call. */
enum rc	channel_next(struct channel *, struct frame *, struct err *);
/*
 * Wait for a frame up to ms (-1: for ever); RC_AGAIN on time-out.  For
 * children, whose fd blocks.
 */
enum rc	channel_recv(struct channel *, struct frame *, int ms, struct err *);
/* Give back what its buffers keep for more, when nothing is in them. */
void	channel_rest(struct channel *);

#endif
