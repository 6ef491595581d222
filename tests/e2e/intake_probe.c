/*
 * intake_probe - the intake process with a desk that a script holds the
 * strings of.  Arguments "key=value" are the mailbox; what the intake says
 * goes to stdout, a JSON object a line; stdin takes "poll", "ping", "quit",
 * "hold" (answer no BATCH; also hold=1) and "go".
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "intake.h"

struct desk {
	struct channel	 ch;
	int		 quiet;		/* count mails, do not print them */
	int		 hold;
	int		 open;		/* batches not answered */
	long long	 known_validity, known_last;
	long long	 zone, keyless;
	const char	*known_unmarked;	/* "1,2;3": so many at a time */
	const char	*known_ledger;
	struct buf	 unmarked;	/* told to be marked since, not MARKED */
	long long	 last;		/* highest uid of this run */
	long long	 validity;
	struct buf	 uids;		/* of the batch */
	long		 mails, bytes;
	int64_t		 started;
};

static const char *
arg(int argc, char **argv, const char *key, const char *other)
{
	size_t	n = strlen(key);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], key, n) == 0 && argv[i][n] == '=')
			return argv[i] + n + 1;
	return other;
}

static void
say(json_t *o)
{
	char	*s = json_dumps(o, JSON_COMPACT);

	puts(s);
	(void)fflush(stdout);
	free(s);
	json_decref(o);
}

static long long
number(int argc, char **argv, const char *key, const char *other)
{
	return strtoll(arg(argc, argv, key, other), NULL, 10);
}

static json_t *
text_of(const struct frame *f, unsigned i)
{
	json_t	*s = i < f->n ? json_stringn(f->field[i].p, f->field[i].len) :
		    json_null();

	return s != NULL ? s : json_string("(not UTF-8)");
}

static void
must_send(struct desk *d, const struct frame *f)
{
	struct err	err;

	if (channel_send(&d->ch, f, &err) != RC_OK)
		say(json_pack("{s:s,s:s}", "t", "LOST", "text", err.text));
}

static void
answer_batch(struct desk *d)
{
	struct frame	f;

	if (d->hold || d->open == 0)
		return;
	for (; d->open > 0; d->open--) {	/* each BATCH has its MARK */
		frame_start(&f, FRAME_MARK);
		frame_str(&f, "box");
		frame_num(&f, d->validity);
		frame_add(&f, d->uids.data, d->uids.len);
		must_send(d, &f);
		if (d->unmarked.len > 0 && d->uids.len > 0)
			(void)buf_putc(&d->unmarked, ',');
		(void)buf_add(&d->unmarked, d->uids.data, d->uids.len);
		buf_reset(&d->uids);
	}
}

static void
on_mail(struct desk *d, const struct frame *f)
{
	char		 uid[800];
	gnutls_datum_t	 raw, b64 = { NULL, 0 };
	int64_t		 validity, size, arrived;
	json_t		*o;

	(void)frame_text(f, 2, uid, sizeof(uid));
	(void)frame_int(f, 1, &validity);
	(void)frame_int(f, 3, &arrived);
	(void)frame_int(f, 4, &size);
	d->mails++;
	d->bytes += f->field[5].len;
	d->validity = validity;
	if (strtoll(uid, NULL, 10) > d->last)
		d->last = strtoll(uid, NULL, 10);
	(void)buf_addf(&d->uids, "%s%s", d->uids.len > 0 ? "," : "", uid);
	if (d->quiet)
		return;
	raw.data = (unsigned char *)(uintptr_t)f->field[5].p;
	raw.size = f->field[5].len;
	if (raw.size > 0)
		(void)gnutls_base64_encode2(&raw, &b64);
	o = json_pack("{s:s,s:I,s:s,s:I,s:I}", "t", "MAIL", "validity",
	    (json_int_t)validity, "uid", uid, "arrived", (json_int_t)arrived,
	    "size", (json_int_t)size);
	(void)json_object_set_new(o, "raw", raw.size == 0 ? json_null() :
	    json_stringn((char *)b64.data, b64.size));
	gnutls_free(b64.data);
	say(o);
}

static void
on_known(struct desk *d, const struct frame *f)
{
	struct frame	a;
	int64_t		validity, whole = 0;
	size_t		n;
	int		same;

	(void)frame_int(f, 1, &validity);
	(void)frame_int(f, 2, &whole);
	same = validity == d->known_validity || d->known_validity == 0;
	if (validity != d->validity) {
		d->last = 0;
		buf_reset(&d->unmarked);
	}
	d->validity = validity;
	frame_start(&a, FRAME_KNOWN);
	frame_str(&a, "box");
	frame_num(&a, validity);
	frame_num(&a, d->last > 0 ? d->last : same ? d->known_last : 0);
	n = strcspn(d->known_unmarked, ";");
	if (d->unmarked.len > 0)
		frame_add(&a, d->unmarked.data, d->unmarked.len);
	else
		frame_add(&a, d->known_unmarked, same ? n : 0);
	d->known_unmarked += n + (d->known_unmarked[n] == ';');
	frame_str(&a, !same ? "" : whole == 1 ? d->known_ledger :
	    "-");
	frame_num(&a, d->zone);
	frame_num(&a, d->keyless);
	must_send(d, &a);
	say(json_pack("{s:s,s:I,s:I}", "t", "KNOWN", "validity",
	    (json_int_t)validity, "whole", (json_int_t)whole));
}

static void
on_frame(struct desk *d, const struct frame *f)
{
	switch ((int)f->type) {
	case FRAME_MAIL:
		on_mail(d, f);
		return;
	case FRAME_KNOWN:
		on_known(d, f);
		return;
	case FRAME_BATCH:
		d->open++;
		answer_batch(d);
		say(json_pack("{s:s}", "t", "BATCH"));
		return;
	case FRAME_MARKED:	/* all of them, in these tests */
		buf_reset(&d->unmarked);
		if (!d->quiet)
			say(json_pack("{s:s,s:o,s:o}", "t", "MARKED", "uids",
			    text_of(f, 2), "keyless", text_of(f, 3)));
		return;
	case FRAME_UNMARKED:
		say(json_pack("{s:s,s:o}", "t", "UNMARKED", "text",
		    text_of(f, 1)));
		return;
	case FRAME_POLLED:
		say(json_pack("{s:s,s:o,s:o,s:i,s:I,s:I}", "t", "POLLED",
		    "rc", text_of(f, 1), "text", text_of(f, 2), "mails",
		    (int)d->mails, "bytes", (json_int_t)d->bytes, "ms",
		    (json_int_t)(clock_mono_ms() - d->started)));
		return;
	default:
		say(json_pack("{s:s,s:o}", "t", frame_type_name(f->type),
		    "text", text_of(f, 0)));
	}
}

static void
on_command(struct desk *d, const char *line)
{
	struct frame	f;

	if (strcmp(line, "poll") == 0)
		frame_start(&f, FRAME_POLL);
	else if (strcmp(line, "quit") == 0)
		frame_start(&f, FRAME_QUIT);
	else if (strcmp(line, "ping") == 0) {
		frame_start(&f, FRAME_PING);
		frame_num(&f, 7);
	} else {
		d->hold = strcmp(line, "hold") == 0;
		answer_batch(d);
		return;
	}
	must_send(d, &f);
}

static void
desk_loop(struct desk *d)
{
	struct pollfd	 pfd[2] = {
		{ .fd = d->ch.fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	struct frame	 f;
	struct err	 err;
	char		 line[64];
	enum rc		 rc;

	for (;;) {
		if (poll(pfd, 2, -1) < 0)
			continue;
		if (pfd[1].revents != 0) {
			if (fgets(line, sizeof(line), stdin) == NULL)
				return;
			line[strcspn(line, "\n")] = '\0';
			on_command(d, line);
		}
		if (pfd[0].revents == 0)
			continue;
		rc = channel_fill(&d->ch, &err);
		if (rc != RC_OK && rc != RC_AGAIN)
			return;
		while (channel_next(&d->ch, &f, &err) == RC_OK)
			on_frame(d, &f);
	}
}

static void
fill_mailbox(struct conf_mailbox *m, int argc, char **argv)
{
	const char	*after = arg(argc, argv, "after", "leave");

	m->name = "box";
	m->path = arg(argc, argv, "path", NULL);
	m->kind = m->path != NULL ? MAILBOX_MAILDIR : MAILBOX_IMAP;
	m->url = arg(argc, argv, "url", NULL);
	m->cleartext = number(argc, argv, "cleartext", "0") != 0;
	m->user = arg(argc, argv, "user", "u");
	m->password_file = arg(argc, argv, "password", NULL);
	m->oauth2.token_file = arg(argc, argv, "token", NULL);
	m->auth = m->oauth2.token_file != NULL ? AUTH_XOAUTH2 : AUTH_LOGIN;
	m->folder = arg(argc, argv, "folder", "INBOX");
	m->ca_file = arg(argc, argv, "ca", NULL);
	m->resolve = arg(argc, argv, "resolve", NULL);
	m->idle = number(argc, argv, "idle", "1") != 0;
	m->poll = (int)number(argc, argv, "poll", "60");
	m->timeout = (int)number(argc, argv, "timeout", "10");
	m->since = number(argc, argv, "since", "0");
	m->move_to = arg(argc, argv, "move", NULL);
	m->after = strcmp(after, "flag") == 0 ? AFTER_FLAG :
	    strcmp(after, "move") == 0 ? AFTER_MOVE : AFTER_LEAVE;
}

int
main(int argc, char **argv)
{
	struct desk		 d;
	struct conf_mailbox	 m;
	struct conf		 conf;
	struct channel		 ch;
	int			 sv[2], status = 0;
	pid_t			 pid;

	memset(&d, 0, sizeof(d));
	memset(&m, 0, sizeof(m));
	memset(&conf, 0, sizeof(conf));
	fault_init();
	fill_mailbox(&m, argc, argv);
	conf.mail_max = number(argc, argv, "max", "26214400");
	d.quiet = number(argc, argv, "quiet", "0") != 0;
	d.hold = number(argc, argv, "hold", "0") != 0;
	d.known_validity = number(argc, argv, "validity", "0");
	d.known_last = number(argc, argv, "last", "0");
	d.zone = number(argc, argv, "zone", "0");
	d.keyless = number(argc, argv, "keyless", "0");
	d.known_unmarked = arg(argc, argv, "unmarked", "");
	d.known_ledger = arg(argc, argv, "ledger", "-");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return 1;
	d.started = clock_mono_ms();
	pid = fork();
	if (pid == 0) {
		(void)close(sv[0]);
		channel_init(&ch, sv[1]);
		status = intake_main(&ch, &conf, &m);
		channel_close(&ch);
		return status;
	}
	(void)close(sv[1]);
	say(json_pack("{s:s,s:i}", "t", "PID", "pid", (int)pid));
	buf_init(&d.uids, 16u * 1024 * 1024);
	buf_init(&d.unmarked, 16u * 1024 * 1024);
	channel_init(&d.ch, sv[0]);
	desk_loop(&d);
	channel_close(&d.ch);
	buf_free(&d.uids);
	buf_free(&d.unmarked);
	(void)waitpid(pid, &status, 0);
	say(json_pack("{s:s,s:i}", "t", "END", "status", status));
	return 0;
}
