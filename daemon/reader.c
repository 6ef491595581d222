#include "config.h"

#include "reader.h"

#include <sys/time.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "parsers/exhibit.h"
#include "parsers/report.h"

/* The kernel ends a mail that takes too long: SIGPROF is left deadly. */
static void
arm(int seconds)
{
	struct itimerval	it;

	memset(&it, 0, sizeof(it));
	it.it_value.tv_sec = seconds;
	(void)setitimer(ITIMER_PROF, &it, NULL);
}

/* A test build can name words at which the reader dies (or never ends). */
static void
suffer(const char *raw, size_t len, int sifting)
{
#ifdef WITH_FAULTS
	const char	*die = getenv(sifting ? "TOCSIN_FAULT_SIFT" :
			    "TOCSIN_FAULT_READER");
	const char	*hang = getenv("TOCSIN_FAULT_HANG");

	if (die != NULL && memmem(raw, len, die, strlen(die)) != NULL)
		abort();
	if (hang != NULL && memmem(raw, len, hang, strlen(hang)) != NULL)
		for (;;)
			;
#else
	(void)raw;
	(void)len;
	(void)sifting;
#endif
}

static enum rc
read_one(struct channel *ch, const struct parse_conf *pc,
    const struct frame *in, struct arena *a, struct err *err)
{
	struct report	 rep;
	struct frame	 out;
	const char	*text;
	int64_t		 id, received;

	if (in->n < 3 || frame_int(in, 0, &id) == -1)
		return err_set(err, RC_BROKEN, "reader: bad READ frame");
	if (frame_int(in, 1, &received) == -1)
		received = TIME_NONE;
	suffer(in->field[2].p, in->field[2].len, 0);
	memset(&rep, 0, sizeof(rep));
	/* RC_REFUSED is a mail that broke a guard: the report says which. */
	(void)parse_mail(pc, in->field[2].p, in->field[2].len, received, a,
	    &rep, err);
	text = report_text(a, &rep);
	if (text == NULL)
		return err_set(err, RC_BROKEN, "reader: no report");
	frame_start(&out, FRAME_REPORT);
	frame_num(&out, id);
	frame_str(&out, text);
	return channel_send(ch, &out, err);
}

/* The files of a mail once more, for somebody outside. */
static enum rc
sift_one(struct channel *ch, const struct frame *in, struct arena *a,
    struct err *err)
{
	struct exhibit_want	 w;
	struct exhibit		*x;
	struct frame		 out;
	size_t			 n, more;
	int64_t			 id, types;
	json_t			*js;
	char			*text;
	enum rc			 rc;

	if (in->n < 5 || frame_int(in, 0, &id) == -1 ||
	    frame_int(in, 1, &types) == -1 ||
	    frame_int(in, 2, &w.each) == -1 ||
	    frame_int(in, 3, &w.total) == -1)
		return err_set(err, RC_BROKEN, "reader: bad SIFT frame");
	w.types = (unsigned)types;
	suffer(in->field[4].p, in->field[4].len, 1);
	/* RC_REFUSED is a mail that broke a guard: it has no files for us. */
	(void)exhibits_read(a, in->field[4].p, in->field[4].len, &w, &x, &n,
	    &more, err);
	js = exhibits_json(x, n, more);
	text = js == NULL ? NULL : json_dumps(js, JSON_COMPACT);
	json_decref(js);
	if (text == NULL)
		return err_set(err, RC_BROKEN, "reader: no list of files");
	frame_start(&out, FRAME_SIFTED);
	frame_num(&out, id);
	frame_str(&out, text);
	for (size_t i = 0; i < n; i++)
		if (x[i].data != NULL)
			frame_add(&out, x[i].data, x[i].len);
	rc = channel_send(ch, &out, err);
	free(text);
	return rc;
}

int
reader_main(struct channel *ch, const struct parse_conf *pc, int seconds)
{
	struct arena	*a = arena_new();
	struct frame	 f;
	struct err	 err;
	enum rc		 rc;

	for (;;) {
		rc = channel_recv(ch, &f, -1, &err);
		if (rc != RC_OK || f.type == FRAME_QUIT)
			break;
		if (f.type == FRAME_PING) {
			frame_start(&f, FRAME_PONG);
			rc = channel_send(ch, &f, &err);
		} else if (f.type == FRAME_READ || f.type == FRAME_SIFT) {
			arm(seconds);
			rc = f.type == FRAME_READ ? read_one(ch, pc, &f, a,
			    &err) : sift_one(ch, &f, a, &err);
			arm(0);
			arena_reset(a);
		}
		if (rc != RC_OK)
			break;
	}
	arena_free(&a);
	return 0;
}
