#include "mail/oauth2.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "mail/envelope.h"
#include "mail/jwt.h"
#include "mail/web.h"

#define TOKEN_MAX	8192
#define FORM_MAX	(32u * 1024)
#define KEPT_MAX	64	/* token sources in one process */
#define EARLY		60	/* seconds before the end a token is old */
#define OAUTH2_TIMEOUT	30
#define LONG_LIVED	(2 * 86400)	/* what lives shorter renews itself */

struct kept {
	const struct conf_oauth2 *conf;	/* lives as long as the process */
	char		 access[TOKEN_MAX];
	char		 refresh[TOKEN_MAX];	/* newer than the file, or "" */
	int64_t		 expires;		/* 0: not said */
	int64_t		 renew_by;	/* the refresh token's end; 0 */
	int		 fresh;
};

static struct kept	*kept[KEPT_MAX];
static char		 trouble[512];

static struct kept *
keep_for(const struct conf_oauth2 *c)
{
	size_t	i;

	for (i = 0; i < KEPT_MAX && kept[i] != NULL; i++)
		if (kept[i]->conf == c)
			return kept[i];
	if (i == KEPT_MAX)
		return NULL;
	kept[i] = xcalloc(1, sizeof(*kept[i]));
	kept[i]->conf = c;
	return kept[i];
}

void
oauth2_forget(const struct conf_oauth2 *c)
{
	for (size_t i = 0; i < KEPT_MAX && kept[i] != NULL; i++)
		if (kept[i]->conf == c)
			kept[i]->fresh = 0;
}

const char *
oauth2_trouble(void)
{
	static char	said[sizeof(trouble)];

	memcpy(said, trouble, sizeof(said));
	trouble[0] = '\0';
	return said;
}

int64_t
oauth2_renew_by(void)
{
	int64_t	first = 0;

	for (size_t i = 0; i < KEPT_MAX && kept[i] != NULL; i++)
		if (kept[i]->renew_by != 0 && (first == 0 ||
		    kept[i]->renew_by < first))
			first = kept[i]->renew_by;
	return first;
}

void
oauth2_seen(const struct conf_oauth2 *c, const char *token, int64_t now)
{
	struct kept	*k = keep_for(c);
	int64_t		 issued, end = jwt_ends(token, &issued);

	if (k == NULL)
		return;
	if (issued == 0)
		issued = now;
	k->renew_by = end - issued > LONG_LIVED || end < now ? end : 0;
}

void
oauth2_done(void)
{
	for (size_t i = 0; i < KEPT_MAX && kept[i] != NULL; i++) {
		explicit_bzero(kept[i], sizeof(*kept[i]));
		free(kept[i]);
		kept[i] = NULL;
	}
}

static void
form_add(struct buf *b, const char *name, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";

	if (value == NULL)
		return;
	(void)buf_addf(b, "%s%s=", b->len > 0 ? "&" : "", name);
	for (const char *p = value; *p != '\0'; p++) {
		unsigned char	c = (unsigned char)*p;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || strchr("-._~", c) != NULL) {
			(void)buf_putc(b, c);
		} else {
			(void)buf_putc(b, '%');
			(void)buf_putc(b, hex[c >> 4]);
			(void)buf_putc(b, hex[c & 15]);
		}
	}
}

/* Write a file anew, whole or not at all, for our eyes only. */
static int
replace_file(const char *file, const char *text)
{
	char	 tmp[PATH_MAX];
	size_t	 n = strlen(text);
	int	 fd, e;

	if (snprintf(tmp, sizeof(tmp), "%s.new", file) >= (int)sizeof(tmp))
		return -1;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return -1;
	if (fchmod(fd, 0600) == -1 || write(fd, text, n) != (ssize_t)n ||
	    write(fd, "\n", 1) != 1 || fsync(fd) == -1) {
		e = errno;
		(void)close(fd);
		(void)unlink(tmp);
		errno = e;
		return -1;
	}
	if (close(fd) == -1 || rename(tmp, file) == -1)
		return -1;
	(void)path_sync_parent(file);	/* it counts either way */
	return 0;
}

/* One refresher at a time over all processes; -1 when it cannot be had. */
static int
lock_for(const char *file)
{
	char	lock[PATH_MAX];
	int	fd;

	if (strncmp(file, "cred:", 5) == 0 ||
	    snprintf(lock, sizeof(lock), "%s.lock", file) >= (int)sizeof(lock))
		return -1;
	fd = open(lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd != -1)
		while (flock(fd, LOCK_EX) == -1 && errno == EINTR)
			continue;
	return fd;
}

static enum rc
request_form(const struct conf_oauth2 *c, struct kept *k, struct buf *form,
    struct err *err)
{
	char	secret[TOKEN_MAX], refresh[TOKEN_MAX];
	enum rc	rc = RC_OK;

	if (c->refresh_token_file != NULL) {
		rc = RC_OK;
		(void)snprintf(refresh, sizeof(refresh), "%s", k->refresh);
		if (refresh[0] == '\0')
			rc = secret_read(c->refresh_token_file, refresh,
			    sizeof(refresh), err);
		form_add(form, "grant_type", "refresh_token");
		if (rc == RC_OK)
			form_add(form, "refresh_token", refresh);
		explicit_bzero(refresh, sizeof(refresh));
	} else
		form_add(form, "grant_type", "client_credentials");
	form_add(form, "client_id", c->client_id);
	form_add(form, "scope", c->scope);
	if (rc == RC_OK && c->client_secret_file != NULL) {
		rc = secret_read(c->client_secret_file, secret,
		    sizeof(secret), err);
		if (rc == RC_OK)
			form_add(form, "client_secret", secret);
		explicit_bzero(secret, sizeof(secret));
	}
	return rc;
}

static void
rotate(struct kept *k, const char *refresh)
{
	const char	*file = k->conf->refresh_token_file;

	if (file == NULL || refresh == NULL || strlen(refresh) >= TOKEN_MAX)
		return;
	errno = EROFS;
	if (strncmp(file, "cred:", 5) != 0 &&
	    replace_file(file, refresh) == 0) {
		k->refresh[0] = '\0';
		return;
	}
	(void)snprintf(k->refresh, sizeof(k->refresh), "%s", refresh);
	(void)snprintf(trouble, sizeof(trouble), "oauth2: %.200s: a new refresh"
	    " token could not be kept: %s; the next start will fail", file,
	    strerror(errno));
}

static int64_t
seconds_of(const json_t *v)
{
	int64_t	n = 0;

	if (json_is_integer(v))
		n = json_integer_value(v);
	else if (json_is_string(v))	/* some servers quote it */
		n = strtoll(json_string_value(v), NULL, 10);
	return n > 0 && n < INT32_MAX ? n : 0;
}

static enum rc
take_tokens(struct kept *k, const json_t *doc, int64_t now, struct err *err)
{
	const char	*access = json_string_value(json_object_get(doc,
			    "access_token"));
	int64_t		 in = seconds_of(json_object_get(doc, "expires_in"));
	int64_t		 end = seconds_of(json_object_get(doc,
			    "refresh_token_expires_in"));

	if (access == NULL || strlen(access) >= sizeof(k->access) ||
	    !envelope_word_ok(access, sizeof(k->access)))
		return err_set(err, RC_AGAIN,
		    "oauth2: %s: an answer without a usable access_token",
		    k->conf->token_url);
	(void)snprintf(k->access, sizeof(k->access), "%s", access);
	k->expires = in > 0 ? now + in : 0;
	k->renew_by = end > 0 ? now + end : 0;
	k->fresh = 1;
	rotate(k, json_string_value(json_object_get(doc, "refresh_token")));
	return RC_OK;
}

/* The server's words are shown, but only those that hold no secret. */
static enum rc
judge(struct kept *k, const struct web_answer *a, int64_t now,
    struct err *err)
{
	const char	*url = k->conf->token_url, *word, *more;
	json_t		*doc;
	enum rc		 rc;

	if (a->code == 0)
		return err_set(err, a->verify ? RC_REFUSED : RC_AGAIN,
		    "oauth2: %s: %s", url, a->error);
	doc = json_loadb(a->body.data, a->body.len, 0, NULL);
	if (a->code == 200)
		rc = take_tokens(k, doc, now, err);
	else {
		word = json_string_value(json_object_get(doc, "error"));
		more = json_string_value(json_object_get(doc,
		    "error_description"));
		rc = err_set(err, a->code == 429 || a->code >= 500 ?
		    RC_AGAIN : RC_REFUSED, "oauth2: %s: %d %.60s %.200s", url,
		    a->code, word == NULL ? "" : word,
		    more == NULL ? "" : more);
	}
	json_decref(doc);
	return rc;
}

static enum rc
fetch(struct kept *k, const char *ca_file, const char *resolve, int64_t now,
    struct err *err)
{
	struct web_conf		 wc = { 0 };
	struct web		*w = NULL;
	struct web_answer	 a;
	struct curl_slist	*list;
	struct buf		 form;
	enum rc			 rc;

	wc.url = k->conf->token_url;
	wc.ca_file = ca_file;
	wc.resolve = resolve;
	wc.timeout = OAUTH2_TIMEOUT;
	buf_init(&form, FORM_MAX);
	list = curl_slist_append(NULL, "Accept: application/json");
	rc = web_new(&wc, &w, err);
	if (rc == RC_OK)
		rc = request_form(k->conf, k, &form, err);
	if (rc == RC_OK && form.over)
		rc = err_set(err, RC_REFUSED, "oauth2: secrets are too long");
	if (rc == RC_OK) {
		web_post(w, list, form.data, form.len, &a);
		rc = judge(k, &a, now, err);
		explicit_bzero(a.body.data, a.body.len);
		web_answer_free(&a);
	}
	explicit_bzero(form.data, form.len);
	buf_free(&form);
	curl_slist_free_all(list);
	web_free(&w);
	return rc;
}

static enum rc
give(const struct kept *k, char *to, size_t size, int64_t *expires,
    struct err *err)
{
	if (strlen(k->access) >= size)
		return err_set(err, RC_REFUSED, "oauth2: the token is longer "
		    "than %zu bytes", size - 1);
	(void)snprintf(to, size, "%s", k->access);
	*expires = k->expires;
	return RC_OK;
}

enum rc
oauth2_token(const struct conf_oauth2 *c, const char *ca_file,
    const char *resolve, char *to, size_t size, int64_t now,
    int64_t *expires, struct err *err)
{
	struct kept	*k;
	enum rc		 rc;
	int		 lock = -1;

	*expires = 0;
	if (c->token_file != NULL) {	/* somebody else renews it */
		rc = secret_read(c->token_file, to, size, err);
		if (rc == RC_OK && !envelope_word_ok(to, size))
			rc = err_set(err, RC_REFUSED, "%s: a token is one "
			    "word of printable ASCII", c->token_file);
		if (rc == RC_OK)
			oauth2_seen(c, to, now);
		return rc;
	}
	if (c->token_url == NULL || c->client_id == NULL)
		return err_set(err, RC_REFUSED,
		    "oauth2: token-url and client-id are not set");
	k = keep_for(c);
	if (k == NULL)
		return err_set(err, RC_BROKEN, "oauth2: too many sources");
	if (k->fresh && (k->expires == 0 || now + EARLY < k->expires))
		return give(k, to, size, expires, err);
	if (c->refresh_token_file != NULL)
		lock = lock_for(c->refresh_token_file);
	rc = fetch(k, ca_file, resolve, now, err);
	if (lock != -1)
		(void)close(lock);
	if (rc == RC_AGAIN && k->fresh && now < k->expires)
		rc = RC_OK;	/* the old one has some seconds left */
	return rc == RC_OK ? give(k, to, size, expires, err) : rc;
}
