#include "mail/imap.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/gnutls.h>
#include <libetpan/mailimap.h>
#include <libetpan/mailstream_helper.h>

#include "base/clock.h"

#define IDLE_MS		(9 * 60 * 1000)	/* renewed: NAT and servers forget */
#define LIES_MS		250	/* doubled with each */
#define RAW_BUDGET	(1024u * 1024)
#define RAW_LINES	10000

enum rc
imap_raw_send(struct imap *im, const char *line, struct err *err)
{
	mailstream	*m = im->session->imap_stream;

	if (mailstream_write(m, line, strlen(line)) == -1 ||
	    mailstream_flush(m) == -1)
		return imap_lost(im, "send", err);
	return RC_OK;
}

enum rc
imap_raw_line(struct imap *im, const char **line, struct err *err)
{
	*line = mailstream_read_line_remove_eol(im->session->imap_stream,
	    im->session->imap_stream_buffer);
	if (*line == NULL)
		return imap_lost(im, "read", err);
	return RC_OK;
}

/* The status behind our tag: 1 OK, 0 NO or BAD, -1 another line. */
static int
tagged(const char *line, const char *tag)
{
	size_t	n = strlen(tag);

	if (strncmp(line, tag, n) != 0 || line[n] != ' ')
		return -1;
	return strncasecmp(line + n + 1, "OK", 2) == 0;
}

/*
 * One answer; when it was refused the server says why, and wants to hear a
 * line before it says NO.  RFC 7628 3.2.3: "\001"; XOAUTH2: nothing.
 */
static enum rc
authenticate_dialogue(struct imap *im, int bearer, const char *answer,
    struct err *err)
{
	const char	*line;
	int		 sent = 0, end;
	enum rc		 rc;

	rc = imap_raw_send(im, bearer ? "auth AUTHENTICATE OAUTHBEARER\r\n" :
	    "auth AUTHENTICATE XOAUTH2\r\n", err);
	while (rc == RC_OK) {
		rc = imap_raw_line(im, &line, err);
		if (rc != RC_OK)
			break;
		end = tagged(line, "auth");
		if (end == 1) {
			im->session->imap_state = MAILIMAP_STATE_AUTHENTICATED;
			return RC_OK;
		}
		if (end == 0)
			return err_set(err, RC_REFUSED, "imap: login: %s",
			    im->guard.said);
		if (*line == '+')
			rc = imap_raw_send(im, sent++ == 0 ? answer :
			    bearer ? "AQ==\r\n" : "\r\n", err);
	}
	return rc;
}

/* What OAUTHBEARER says: RFC 7628 3.1, RFC 5801 4 for the name. */
static int
bearer_words(struct buf *b, const char *user, const char *token)
{
	(void)buf_puts(b, "n,a=");
	for (; *user != '\0'; user++)
		if (*user == ',' || *user == '=')
			(void)buf_puts(b, *user == ',' ? "=2C" : "=3D");
		else
			(void)buf_putc(b, *user);
	return buf_addf(b, ",\001auth=Bearer %s\001\001", token);
}

enum rc
imap_authenticate(struct imap *im, int bearer, const char *user,
    const char *token, struct err *err)
{
	struct buf	 words;
	gnutls_datum_t	 in, out = { NULL, 0 };
	enum rc		 rc;

	buf_init(&words, 64 * 1024);
	if ((bearer ? bearer_words(&words, user, token) :
	    buf_addf(&words, "user=%s\001auth=Bearer %s\001\001", user,
	    token)) == -1)
		abort();	/* the token is shorter than that */
	in.data = (unsigned char *)words.data;
	in.size = (unsigned)words.len;
	if (gnutls_base64_encode2(&in, &out) < 0)
		abort();
	gnutls_memset(words.data, 0, words.len);
	buf_reset(&words);
	(void)buf_add(&words, out.data, out.size);
	(void)buf_puts(&words, "\r\n");
	im->guard.said[0] = '\0';
	rc = authenticate_dialogue(im, bearer, words.data, err);
	gnutls_memset(out.data, 0, out.size);
	gnutls_memset(words.data, 0, words.len);
	gnutls_free(out.data);
	buf_free(&words);
	return rc;
}

/* Note what an untagged line says; 1 when something came. */
static int
idle_news(struct imap *im, const char *line)
{
	char		*end;
	unsigned long	 n;

	if (strncmp(line, "* ", 2) != 0)
		return 0;
	n = strtoul(line + 2, &end, 10);
	if (end == line + 2)
		return 0;
	if (strcasecmp(end, " EXPUNGE") == 0 && im->exists > 0)
		im->exists--;
	if (strcasecmp(end, " EXISTS") != 0)
		return strcasecmp(end, " RECENT") == 0 && n > 0;
	if (im->session->imap_selection_info != NULL)
		im->session->imap_selection_info->sel_exists = (uint32_t)n;
	im->exists = (int64_t)n;
	return 1;
}

/* Is something already here, where poll() cannot see it?  A BYE is, too. */
static int
is_buffered(const struct imap *im)
{
	return im->session->imap_stream->read_buffer_len > 0 ||
	    im->guard.out.len > im->guard.out_at || im->guard.bye;
}

/* From "IDLE" to "+": 1 idling, 0 the server does not want to, -1 lost. */
static int
idle_begin(struct imap *im, const char *tag, int *news, struct err *err)
{
	const char	*line;
	char		 cmd[32];

	im->guard.said[0] = '\0';
	(void)snprintf(cmd, sizeof(cmd), "%s IDLE\r\n", tag);
	imap_arm(im, im->conf->timeout, RAW_BUDGET, 1024, RAW_LINES);
	if (imap_raw_send(im, cmd, err) != RC_OK)
		return -1;
	for (;;) {
		if (imap_raw_line(im, &line, err) != RC_OK)
			return -1;
		if (*line == '+')
			return 1;
		if (tagged(line, tag) != -1)
			return 0;
		*news |= idle_news(im, line);
	}
}

static enum rc
idle_end(struct imap *im, const char *tag, int *news, struct err *err)
{
	const char	*line;
	enum rc		 rc;

	imap_arm(im, im->conf->timeout, RAW_BUDGET, 1024, RAW_LINES);
	rc = imap_raw_send(im, "DONE\r\n", err);
	while (rc == RC_OK) {
		rc = imap_raw_line(im, &line, err);
		if (rc != RC_OK || tagged(line, tag) != -1)
			break;
		*news |= idle_news(im, line);
	}
	return rc;
}

/* Until news, a wake-up or the end of time; *woken says it was not time.  A
 * server that ends it by itself has no IDLE for us. */
static enum rc
idle_wait(struct imap *im, const char *tag, int wake_fd, int64_t until,
    int *news, int *woken, struct err *err)
{
	const char	*line;
	int64_t		 left;
	int		 r;

	while (!*news) {
		left = until - clock_mono_ms();
		r = is_buffered(im) ? 1 : stream_wait(im->stream, wake_fd,
		    left > 0 ? (int)left : 0);
		if (r == -1)
			return imap_lost(im, "idle", err);
		if (r != 1) {
			*woken = r == 2;
			return RC_OK;
		}
		/* A line was begun: the rest has to come soon. */
		imap_arm(im, im->conf->timeout, RAW_BUDGET, 1024, RAW_LINES);
		if (imap_raw_line(im, &line, err) != RC_OK)
			return RC_AGAIN;
		if (tagged(line, tag) != -1) {
			im->has_idle = 0;
			return RC_OK;
		}
		*news |= idle_news(im, line);
	}
	return RC_OK;
}

/*
 * A server that has news whenever it is asked to IDLE, and nothing to show for
 * it, would be looked at without end: it is heard ever less often, at last as
 * if it had no IDLE.  Once is no lie: another client may have been faster.
 */
static void
trust_less(const struct imap *im, int wake_fd, int64_t until, int *woken)
{
	struct pollfd	pfd = { .fd = wake_fd, .events = POLLIN };
	int64_t		ms, left = until - clock_mono_ms();

	if (im->told_wrong < 2)
		return;
	ms = (int64_t)LIES_MS << (im->told_wrong < 16 ? im->told_wrong : 16);
	if (ms > left)
		ms = left > 0 ? left : 0;
	*woken = poll(&pfd, 1, (int)ms) > 0;
}

static enum rc
imap_idle(struct imap *im, int wake_fd, int64_t until, int *woken,
    struct err *err)
{
	char	 tag[16];
	int64_t	 renew;
	int	 news = 0, r;
	enum rc	 rc = RC_OK;

	trust_less(im, wake_fd, until, woken);
	while (rc == RC_OK && !news && !*woken && clock_mono_ms() < until) {
		(void)snprintf(tag, sizeof(tag), "idle%d", ++im->raw_tag);
		renew = clock_mono_ms() + IDLE_MS;
		r = idle_begin(im, tag, &news, err);
		if (r == -1)
			return RC_AGAIN;
		if (r == 0) {
			im->has_idle = 0;
			return RC_OK;	/* look once more, then poll */
		}
		rc = idle_wait(im, tag, wake_fd, renew < until ? renew : until,
		    &news, woken, err);
		if (!im->has_idle)
			break;
		if (rc == RC_OK)
			rc = idle_end(im, tag, &news, err);
	}
	*woken = *woken && !news;
	im->told = news;
	return rc;
}

enum rc
imap_wait(struct imap *im, int wake_fd, int ms, int *woken, struct err *err)
{
	int64_t	until = clock_mono_ms() + ms;
	int	r;

	if (im->session == NULL)
		return err_set(err, RC_AGAIN, "imap: not connected");
	imap_drop_answers(im);
	for (size_t i = 0; i < im->n_trouble; i++)
		if (im->trouble[i].next < until)
			until = im->trouble[i].next;
	if (until <= clock_mono_ms())
		return RC_OK;
	ms = (int)(until - clock_mono_ms());
	if (im->has_idle)
		return imap_idle(im, wake_fd, until, woken, err);
	if (is_buffered(im))
		return RC_OK;
	/* What comes unasked is left to the next command, but an end is seen. */
	imap_arm(im, ms / 1000 + im->conf->timeout, RAW_BUDGET, 1024,
	    RAW_LINES);
	r = stream_wait(im->stream, wake_fd, ms);
	*woken = r == 2;
	return r == -1 ? imap_lost(im, "wait", err) : RC_OK;
}
