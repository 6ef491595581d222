#include "mail/stream.h"

#include <stdlib.h>

#include <libetpan/mailstream.h>

#include "base/arena.h"

/* libetpan moves the rest of its buffer after each line: keep it small. */
#define ETPAN_BUFFER	(8u * 1024)

struct tube {
	struct stream	*stream;	/* owned; NULL: closed */
	stream_reader	*reader;
	void		*arg;
};

/* A driver may neither return 0 at the end (libetpan would spin) nor lack a
 * function: some are called without asking. */
static ssize_t
low_read(mailstream_low *low, void *to, size_t size)
{
	struct tube	*t = low->data;

	if (size == 0)
		return 0;
	return t->reader(t->arg, t->stream, to, size);
}

static ssize_t
low_write(mailstream_low *low, const void *p, size_t size)
{
	struct tube	*t = low->data;

	return stream_write(t->stream, p, size, NULL);
}

static int
low_close(mailstream_low *low)
{
	struct tube	*t = low->data;

	stream_close(&t->stream);	/* twice is harmless */
	return 0;
}

static int
low_fd(mailstream_low *low)
{
	struct tube	*t = low->data;

	return t->stream == NULL ? -1 : stream_fd(t->stream);
}

static void
low_free(mailstream_low *low)
{
	(void)low_close(low);
	free(low->data);
	free(low);
}

static void
low_cancel(mailstream_low *low)
{
	(void)low;
}

static struct mailstream_cancel *
low_get_cancel(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static carray *
low_chain(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static int
low_idle(mailstream_low *low)
{
	(void)low;
	return -1;
}

static mailstream_low_driver	low_driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_fd,
	.mailstream_free = low_free,
	.mailstream_cancel = low_cancel,
	.mailstream_get_cancel = low_get_cancel,
	.mailstream_get_certificate_chain = low_chain,
	.mailstream_setup_idle = low_idle,
	.mailstream_unsetup_idle = low_idle,
	.mailstream_interrupt_idle = low_idle,
};

struct _mailstream *
stream_etpan(struct stream *s, stream_reader *reader, void *arg)
{
	struct tube	*t = xcalloc(1, sizeof(*t));
	mailstream_low	*low;
	mailstream	*m;

	t->stream = s;
	t->reader = reader;
	t->arg = arg;
	low = mailstream_low_new(t, &low_driver);
	if (low == NULL || (m = mailstream_new(low, ETPAN_BUFFER)) == NULL)
		abort();
	return m;
}
