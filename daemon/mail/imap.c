#include "mail/imap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/gnutls.h>
#include <libetpan/mailimap.h>
#include <libetpan/mmapstring.h>

#include "base/arena.h"
#include "base/clock.h"
#include "mail/oauth2.h"

#define COMMAND_BUDGET	(8u * 1024 * 1024)
#define COMMAND_LITERAL	(64u * 1024)
#define COMMAND_LINES	10000
#define SECRET_SIZE	16384
#define RAW_CHUNK	16384
#define CROWDED_SECONDS	300

int64_t
imap_expires(const struct imap *im)
{
	return im->expires;
}

struct imap *
imap_new(const struct conf_mailbox *conf, int64_t mail_max)
{
	struct imap	*im = xcalloc(1, sizeof(*im));

	im->conf = conf;
	im->mail_max = mail_max;
	guard_init(&im->guard);
	/* Else libetpan puts large strings into files under /tmp. */
	(void)mmap_string_set_ceil(SIZE_MAX / 2);
	return im;
}

void
imap_free(struct imap **imp)
{
	struct imap	*im = *imp;

	*imp = NULL;
	if (im == NULL)
		return;
	imap_disconnect(im);
	guard_free(&im->guard);
	free(im->todo);
	free(im->trouble);
	free(im->given.uid);
	free(im->before.uid);
	free(im->copied.uid);
	imap_folders_forget(im);
	free(im);
}

void
imap_arm(struct imap *im, int seconds, size_t budget, size_t literal,
    size_t lines)
{
	stream_arm(im->stream, seconds * 1000, budget);
	guard_arm(&im->guard, literal, lines);
}

/* Between the socket and libetpan: read, look at it, hand on. */
static long
guarded_read(void *arg, struct stream *s, char *to, size_t size)
{
	struct imap	*im = arg;
	struct err	 err;
	char		 chunk[RAW_CHUNK];
	size_t		 got;
	long		 n;

	for (;;) {
		got = guard_read(&im->guard, to, size);
		if (got > 0)
			return (long)got;
		if (im->guard.bye)
			return stream_fail(s, "the server says: %s",
			    im->guard.said);
		n = stream_read(s, chunk, sizeof(chunk), NULL);
		if (n < 0)
			return -1;
		if (guard_feed(&im->guard, chunk, (size_t)n, &err) != RC_OK)
			return stream_fail(s, "%s", err.text);
	}
}

void
imap_disconnect(struct imap *im)
{
	if (im->session == NULL)
		return;
	stream_arm(im->stream, 1000, RAW_CHUNK);
	(void)stream_write(im->stream, "bye LOGOUT\r\n", 12, NULL);
	/* libetpan would wait for the answer: let it find a dead stream. */
	(void)stream_fail(im->stream, "closed");
	mailimap_free(im->session);
	im->session = NULL;
	im->stream = NULL;
	imap_list_done(im);
	im->exists = im->exists_done = 0;
	im->looked = im->told = 0;
	imap_folders_forget(im);
}

static void
note_hints(struct imap *im)
{
	const struct guard *g = &im->guard;

	if (g->backoff_ms > 0)
		im->retry_after = g->backoff_ms > CROWDED_SECONDS * 1000 ?
		    CROWDED_SECONDS : (int)(g->backoff_ms / 1000) + 1;
	else if (g->crowded)
		im->retry_after = CROWDED_SECONDS;
}

enum rc
imap_lost(struct imap *im, const char *doing, struct err *err)
{
	const char	*what = stream_error(im->stream);

	if (what[0] == '\0')
		what = im->guard.said[0] != '\0' ? im->guard.said :
		    "the answer is not IMAP";
	if (im->guard.said[0] != '\0' && strstr(what, im->guard.said) == NULL)
		(void)err_set(err, RC_AGAIN, "imap: %s: %s (the server "
		    "says: %s)", doing, what, im->guard.said);
	else
		(void)err_set(err, RC_AGAIN, "imap: %s: %s", doing, what);
	note_hints(im);
	imap_disconnect(im);
	return RC_AGAIN;
}

enum rc
imap_result(struct imap *im, int r, const char *doing, struct err *err)
{
	const struct mailimap_selection_info *sel;

	sel = im->session->imap_selection_info;
	if (sel != NULL)
		im->exists = sel->sel_exists;
	switch (r) {
	case MAILIMAP_NO_ERROR:
	case MAILIMAP_NO_ERROR_AUTHENTICATED:
	case MAILIMAP_NO_ERROR_NON_AUTHENTICATED:
		return RC_OK;
	case MAILIMAP_ERROR_BAD_STATE:
	case MAILIMAP_ERROR_STREAM:
	case MAILIMAP_ERROR_PARSE:
	case MAILIMAP_ERROR_MEMORY:
	case MAILIMAP_ERROR_FATAL:
	case MAILIMAP_ERROR_CONNECTION_REFUSED:
	case MAILIMAP_ERROR_DONT_ACCEPT_CONNECTION:
		return imap_lost(im, doing, err);
	default:	/* PROTOCOL is BAD, or a tag that is not ours */
		if (im->guard.said[0] == '\0' || im->guard.backoff_ms > 0 ||
		    im->guard.crowded)
			return imap_lost(im, doing, err);
		return err_set(err, RC_REFUSED, "imap: %s: %s", doing,
		    im->guard.said);
	}
}

/* "UID FETCH" of "UID FETCH 1:3 (...": the verb for people. */
static void
command_name(const char *cmd, char *to, size_t size)
{
	size_t	n = strcspn(cmd, " ");

	if (n == 3 && strncmp(cmd, "UID", 3) == 0)
		n += 1 + strcspn(cmd + 4, " ");
	if (n > size - 1)
		n = size - 1;
	memcpy(to, cmd, n);
	to[n] = '\0';
}

/* A command and its answer.  mailimap_custom_command() would put a space
 * before the end of the line, and Cyrus calls that BAD. */
static int
converse(struct imap *im, const char *cmd)
{
	struct mailimap_response *answer;
	const struct mailimap_response_done *done;
	mailstream	*m = im->session->imap_stream;
	int		 r;

	r = mailimap_send_current_tag(im->session);
	if (r != MAILIMAP_NO_ERROR)
		return r;
	if (mailstream_write(m, cmd, strlen(cmd)) == -1 ||
	    mailstream_write(m, "\r\n", 2) == -1 ||
	    mailstream_flush(m) == -1 ||
	    mailimap_read_line(im->session) == NULL)
		return MAILIMAP_ERROR_STREAM;
	r = mailimap_parse_response(im->session, &answer);
	if (r != MAILIMAP_NO_ERROR)
		return r;
	done = answer->rsp_resp_done;
	if (done->rsp_type != MAILIMAP_RESP_DONE_TYPE_TAGGED)
		r = MAILIMAP_ERROR_FATAL;
	else if (done->rsp_data.rsp_tagged->rsp_cond_state->rsp_type !=
	    MAILIMAP_RESP_COND_STATE_OK)
		r = MAILIMAP_ERROR_CUSTOM_COMMAND;
	mailimap_response_free(answer);
	return r;
}

enum rc
imap_command(struct imap *im, const char *cmd, struct err *err)
{
	const struct mailimap_selection_info *sel;
	char	doing[24];
	enum rc	rc;

	if (!im->guard.bye)	/* else these were its last words */
		im->guard.said[0] = '\0';
	command_name(cmd, doing, sizeof(doing));
	rc = imap_result(im, converse(im, cmd), doing, err);
	if (rc == RC_AGAIN)
		return rc;
	sel = im->session->imap_selection_info;
	if (sel != NULL && sel->sel_uidvalidity != im->validity) {
		(void)stream_fail(im->stream, "UIDVALIDITY changed meanwhile");
		return imap_lost(im, doing, err);
	}
	return rc;
}

void
imap_arm_simple(struct imap *im)
{
	imap_arm(im, im->conf->timeout, COMMAND_BUDGET, COMMAND_LITERAL,
	    COMMAND_LINES);
	im->guard.said[0] = '\0';
}

static enum rc
imap_simple(struct imap *im, const char *cmd, struct err *err)
{
	imap_arm_simple(im);
	return imap_command(im, cmd, err);
}

struct mailimap_msg_att *
imap_next_fetch(struct imap *im, void **at)
{
	struct mailimap_response_info *info = im->session->imap_response_info;
	clistiter	*it;

	if (info == NULL || info->rsp_fetch_list == NULL)
		return NULL;
	it = *at == NULL ? clist_begin(info->rsp_fetch_list) :
	    clist_next((clistiter *)*at);
	*at = it;
	return it == NULL ? NULL : clist_content(it);
}

void
imap_drop_answers(struct imap *im)
{
	if (im->session == NULL || im->session->imap_response_info == NULL)
		return;
	mailimap_response_info_free(im->session->imap_response_info);
	im->session->imap_response_info = NULL;
}

/* A capability of the server: "IDLE", "AUTH=XOAUTH2". */
static int
has_capability(struct imap *im, const char *name)
{
	const struct mailimap_connection_info *info =
	    im->session->imap_connection_info;
	int		 auth = strncmp(name, "AUTH=", 5) == 0;
	clistiter	*it;

	if (info == NULL || info->imap_capability == NULL ||
	    info->imap_capability->cap_list == NULL)	/* it names none */
		return 0;
	for (it = clist_begin(info->imap_capability->cap_list); it != NULL;
	    it = clist_next(it)) {
		const struct mailimap_capability *c = clist_content(it);

		if (auth ? c->cap_type == MAILIMAP_CAPABILITY_AUTH_TYPE &&
		    strcasecmp(c->cap_data.cap_auth_type, name + 5) == 0 :
		    c->cap_type == MAILIMAP_CAPABILITY_NAME &&
		    strcasecmp(c->cap_data.cap_name, name) == 0)
			return 1;
	}
	return 0;
}

/* A name or password that would end the line is a mistake, or an attack. */
static int
is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return 0;
	return 1;
}

static enum rc
login_password(struct imap *im, struct err *err)
{
	char	secret[SECRET_SIZE];
	enum rc	rc;

	if (has_capability(im, "LOGINDISABLED"))
		return err_set(err, RC_REFUSED, "imap: the server does not "
		    "take passwords here (LOGINDISABLED)");
	rc = secret_read(im->conf->password_file, secret, sizeof(secret), err);
	if (rc == RC_OK && !is_clean(secret))
		rc = err_set(err, RC_REFUSED, "imap: %s: found a control "
		    "character, expected one line", im->conf->password_file);
	if (rc == RC_OK) {
		imap_arm_simple(im);
		rc = imap_result(im, mailimap_login(im->session,
		    im->conf->user, secret), "login", err);
	}
	gnutls_memset(secret, 0, sizeof(secret));
	return rc;
}

static enum rc
login_token(struct imap *im, struct err *err)
{
	const struct conf_mailbox *c = im->conf;
	char	 token[SECRET_SIZE];
	int64_t	 expires = 0;
	enum rc	 rc;

	rc = oauth2_token(&c->oauth2, c->ca_file, c->resolve, token,
	    sizeof(token), clock_now(), &expires, err);
	if (rc == RC_OK && !is_clean(token))
		rc = err_set(err, RC_REFUSED,
		    "imap: the access token has a control character");
	/* Not all greetings tell; a server that does not say gets XOAUTH2. */
	if (rc == RC_OK && !has_capability(im, "AUTH=XOAUTH2") &&
	    !has_capability(im, "AUTH=OAUTHBEARER") &&
	    imap_simple(im, "CAPABILITY", err) == RC_AGAIN)
		rc = RC_AGAIN;
	if (rc == RC_OK) {
		imap_arm_simple(im);
		rc = imap_authenticate(im,
		    !has_capability(im, "AUTH=XOAUTH2") &&
		    has_capability(im, "AUTH=OAUTHBEARER"), c->user, token,
		    err);
		if (rc != RC_OK)
			oauth2_forget(&c->oauth2);
	}
	gnutls_memset(token, 0, sizeof(token));
	return rc;
}

static enum rc
imap_login(struct imap *im, struct err *err)
{
	const char	*user = im->conf->user;

	if (im->session->imap_state == MAILIMAP_STATE_AUTHENTICATED)
		return im->conf->auth == AUTH_NONE ? RC_OK :
		    err_set(err, RC_REFUSED, "imap: the server let us in "
		    "without asking who we are (PREAUTH)");
	if (im->conf->auth == AUTH_NONE)
		return err_set(err, RC_REFUSED,
		    "imap: the server wants a login, none is configured");
	if (user == NULL || !is_clean(user))
		return err_set(err, RC_REFUSED, "imap: user: expected a name "
		    "without control characters");
	return im->conf->auth == AUTH_XOAUTH2 ? login_token(im, err) :
	    login_password(im, err);
}

/* Capabilities change with the login, and some say so only when asked. */
static enum rc
after_login(struct imap *im, struct err *err)
{
	enum rc	rc;

	rc = imap_simple(im, "CAPABILITY", err);
	if (rc == RC_AGAIN)
		return rc;
	im->has_idle = has_capability(im, "IDLE") && im->conf->idle;
	im->has_move = has_capability(im, "MOVE");
	im->has_uidplus = has_capability(im, "UIDPLUS");
	im->has_id = has_capability(im, "ID");
	im->has_namespace = has_capability(im, "NAMESPACE");
	if (im->has_id) {	/* 163.com refuses SELECT to the nameless */
		rc = imap_simple(im, "ID (\"name\" \"tocsin\")", err);
		if (rc == RC_AGAIN)
			return rc;
	}
	return RC_OK;
}

static enum rc
imap_open_stream(struct imap *im, struct err *err)
{
	const struct conf_mailbox *c = im->conf;
	struct stream_conf sc = {
		.url = c->url, .cleartext = c->cleartext,
		.ca_file = c->ca_file, .resolve = c->resolve,
		.timeout = c->timeout,
	};
	enum rc	rc;

	rc = stream_open(&sc, &im->stream, err);
	if (rc != RC_OK)
		return rc;
	im->expires = stream_expires(im->stream);
	guard_free(&im->guard);
	guard_init(&im->guard);
	im->session = mailimap_new(0, NULL);
	if (im->session == NULL)
		abort();
	imap_arm_simple(im);
	return imap_result(im, mailimap_connect(im->session,
	    stream_etpan(im->stream, guarded_read, im)), "greeting", err);
}

enum rc
imap_connect(struct imap *im, struct err *err)
{
	enum rc	rc;

	imap_disconnect(im);
	im->retry_after = 0;
	rc = imap_open_stream(im, err);
	if (rc == RC_OK)
		rc = imap_login(im, err);
	if (rc == RC_OK)
		rc = after_login(im, err);
	if (rc == RC_OK)
		rc = imap_select(im, err);
	if (rc != RC_OK)
		imap_disconnect(im);
	return rc;
}
