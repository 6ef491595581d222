#include "base/frame.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define CHANNEL_MAX	(4u * FRAME_MAX)
#define CHANNEL_READ	(256u * 1024)
#define CHANNEL_KEEP	(2 * CHANNEL_READ)	/* of an emptied buffer */

static const char *const type_names[] = {
#define X(name) [FRAME_##name] = #name,
	FRAME_TYPES(X)
#undef X
};
_Static_assert(sizeof(type_names) / sizeof(type_names[0]) == FRAME_NTYPES,
    "a name for every frame type");

const char *
frame_type_name(enum frame_type t)
{
	return (unsigned)t < FRAME_NTYPES ? type_names[t] : "?";
}

static void
put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v & 0xff);
	p[1] = (unsigned char)(v >> 8 & 0xff);
	p[2] = (unsigned char)(v >> 16 & 0xff);
	p[3] = (unsigned char)(v >> 24 & 0xff);
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static uint32_t
get16(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

void
frame_start(struct frame *f, enum frame_type type)
{
	f->type = type;
	f->n = 0;
}

void
frame_add(struct frame *f, const void *p, size_t len)
{
	if (f->n >= FRAME_FIELDS || len > FRAME_MAX)
		abort();	/* a mistake of ours, never of the data */
	f->field[f->n].p = p;
	f->field[f->n].len = (uint32_t)len;
	f->n++;
}

void
frame_str(struct frame *f, const char *s)
{
	frame_add(f, s == NULL ? "" : s, s == NULL ? 0 : strlen(s));
}

void
frame_num(struct frame *f, int64_t v)
{
	char	*to;

	if (f->n >= FRAME_FIELDS)
		abort();
	to = f->num[f->n];
	frame_add(f, to, (size_t)(number_put(to, v, 1) - to));
}

int
frame_put(struct buf *b, const struct frame *f)
{
	unsigned char	h[FRAME_HEAD];
	size_t		total = 4;

	for (unsigned i = 0; i < f->n; i++)
		total += 4 + f->field[i].len;
	if (total > FRAME_MAX || buf_room(b, total + 4) == NULL)
		return -1;
	put32(h, (uint32_t)total);
	h[4] = (unsigned char)(f->type & 0xff);
	h[5] = (unsigned char)(f->type >> 8 & 0xff);
	h[6] = (unsigned char)f->n;
	h[7] = 0;
	(void)buf_add(b, h, sizeof(h));
	for (unsigned i = 0; i < f->n; i++) {
		put32(h, f->field[i].len);
		(void)buf_add(b, h, 4);
		(void)buf_add(b, f->field[i].p, f->field[i].len);
	}
	return 0;
}

enum rc
frame_take(const char *bytes, size_t len, struct frame *f, size_t *used,
    struct err *err)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t		total, at;
	uint32_t	type, n, flen;

	if (len < 4)
		return RC_AGAIN;
	total = get32(p);
	if (total < 4 || total > FRAME_MAX)
		return err_set(err, RC_REFUSED,
		    "frame: length %zu, expected 4 to %u", total, FRAME_MAX);
	if (len >= FRAME_HEAD) {	/* refuse early, before it is all here */
		type = get16(p + 4);
		n = get16(p + 6);
		if (type >= FRAME_NTYPES || n > FRAME_FIELDS)
			return err_set(err, RC_REFUSED,
			    "frame: type %u with %u fields", type, n);
	}
	if (len < total + 4)
		return RC_AGAIN;
	f->type = (enum frame_type)get16(p + 4);
	f->n = 0;
	n = get16(p + 6);
	at = FRAME_HEAD;
	for (uint32_t i = 0; i < n; i++) {
		if (total + 4 - at < 4)
			return err_set(err, RC_REFUSED,
			    "frame: field %u is cut", i);
		flen = get32(p + at);
		at += 4;
		if (flen > total + 4 - at)
			return err_set(err, RC_REFUSED,
			    "frame: field %u of %u bytes is cut", i, flen);
		f->field[i].p = bytes + at;
		f->field[i].len = flen;
		f->n++;
		at += flen;
	}
	if (at != total + 4)
		return err_set(err, RC_REFUSED,
		    "frame: %zu bytes behind the last field", total + 4 - at);
	*used = at;
	return RC_OK;
}

char *
frame_text(const struct frame *f, unsigned i, char *to, size_t size)
{
	size_t	n = 0;

	if (i < f->n) {
		n = f->field[i].len < size - 1 ? f->field[i].len : size - 1;
		memcpy(to, f->field[i].p, n);
	}
	to[n] = '\0';
	return to;
}

int
frame_int(const struct frame *f, unsigned i, int64_t *out)
{
	char	 num[24], *end;
	long long v;

	*out = 0;
	if (i >= f->n || f->field[i].len == 0 ||
	    f->field[i].len >= sizeof(num))
		return -1;
	(void)frame_text(f, i, num, sizeof(num));
	errno = 0;
	v = strtoll(num, &end, 10);
	if (errno != 0 || *end != '\0')
		return -1;
	*out = v;
	return 0;
}

void
channel_init(struct channel *c, int fd)
{
	c->fd = fd;
	c->eaten = 0;
	buf_init(&c->in, CHANNEL_MAX);
	buf_init(&c->out, CHANNEL_MAX);
}

void
channel_close(struct channel *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
	c->eaten = 0;
	buf_free(&c->in);
	buf_free(&c->out);
}

enum rc
channel_queue(struct channel *c, const struct frame *f, struct err *err)
{
	if (frame_put(&c->out, f) == -1)
		return err_set(err, RC_BROKEN, "channel: queue is full at %s",
		    frame_type_name(f->type));
	return RC_OK;
}

/* An emptied buffer that is larger than that begins small again. */
static void
give_back(struct buf *b, size_t keep)
{
	if (b->len == 0 && b->cap > keep) {
		buf_free(b);
		buf_init(b, CHANNEL_MAX);
	}
}

enum rc
channel_flush(struct channel *c, struct err *err)
{
	size_t	done = 0;
	enum rc	rc = RC_OK;

	while (done < c->out.len) {
		ssize_t	n = send(c->fd, c->out.data + done, c->out.len - done,
			    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			rc = RC_AGAIN;
			break;
		}
		if (n < 0) {
			rc = err_set(err, RC_BROKEN, "channel: send: %s",
			    strerror(errno));
			break;
		}
		done += (size_t)n;
	}
	buf_eat(&c->out, done);
	give_back(&c->out, CHANNEL_KEEP);
	return rc;
}

enum rc
channel_send(struct channel *c, const struct frame *f, struct err *err)
{
	struct pollfd	pfd = { .fd = c->fd, .events = POLLOUT };
	enum rc		rc;

	rc = channel_queue(c, f, err);
	while (rc == RC_OK || rc == RC_AGAIN) {
		rc = channel_flush(c, err);
		if (rc != RC_AGAIN)
			break;
		(void)poll(&pfd, 1, -1);
	}
	return rc;
}

enum rc
channel_push(struct channel *c, const struct frame *f, struct err *err)
{
	struct pollfd	pfd = { .fd = c->fd, .events = POLLOUT | POLLIN };
	enum rc		rc;

	rc = channel_queue(c, f, err);
	while (rc == RC_OK) {
		rc = channel_flush(c, err);
		if (rc != RC_AGAIN)
			break;
		(void)poll(&pfd, 1, -1);
		rc = RC_OK;
		if (pfd.revents & (POLLIN | POLLHUP | POLLERR))
			rc = channel_fill(c, err);
		if (rc == RC_AGAIN)
			rc = RC_OK;
	}
	return rc;
}

enum rc
channel_fill(struct channel *c, struct err *err)
{
	char	*to;
	ssize_t	 n;

	if (c->eaten > 0) {
		buf_eat(&c->in, c->eaten);
		c->eaten = 0;
	}
	to = buf_room(&c->in, CHANNEL_READ);
	if (to == NULL)
		return err_set(err, RC_REFUSED, "channel: too much input");
	do
		n = recv(c->fd, to, CHANNEL_READ, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return RC_AGAIN;
	if (n < 0)
		return err_set(err, RC_BROKEN, "channel: recv: %s",
		    strerror(errno));
	if (n == 0)
		return err_set(err, RC_BROKEN, "channel: closed");
	c->in.len += (size_t)n;
	c->in.data[c->in.len] = '\0';
	return RC_OK;
}

/* Every frame was taken, and its bytes used. */
static void
channel_emptied(struct channel *c)
{
	c->eaten = 0;
	buf_reset(&c->in);
	give_back(&c->in, CHANNEL_KEEP);
}

enum rc
channel_next(struct channel *c, struct frame *f, struct err *err)
{
	size_t	used = 0;
	enum rc	rc;

	if (c->eaten == c->in.len)
		channel_emptied(c);
	rc = frame_take(c->in.data + c->eaten, c->in.len - c->eaten, f, &used,
	    err);
	if (rc == RC_OK)
		c->eaten += used;
	return rc;
}

enum rc
channel_recv(struct channel *c, struct frame *f, int ms, struct err *err)
{
	struct pollfd	pfd = { .fd = c->fd, .events = POLLIN };
	int64_t		until = clock_mono_ms() + ms, left;
	enum rc		rc;
	int		n;

	for (;;) {
		rc = channel_next(c, f, err);
		if (rc != RC_AGAIN)
			return rc;
		left = ms < 0 ? -1 : until - clock_mono_ms();
		if (ms >= 0 && left < 0)
			return RC_AGAIN;
		n = poll(&pfd, 1, (int)left);
		if (n < 0 && errno != EINTR)
			return err_set(err, RC_BROKEN, "channel: poll: %s",
			    strerror(errno));
		if (n > 0) {
			rc = channel_fill(c, err);
			if (rc != RC_OK && rc != RC_AGAIN)
				return rc;
		}
	}
}

void
channel_rest(struct channel *c)
{
	if (c->eaten == c->in.len)
		channel_emptied(c);
	give_back(&c->in, 0);
	give_back(&c->out, 0);
}
