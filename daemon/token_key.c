#include "config.h"

#include "token_key.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/hex.h"
#include "base/path.h"

#define FACT	"token_key"

/* What the store knows of it, and what is in its file. */
struct look {
	char		 file[PATH_MAX];
	const char	*noted;		/* hash of the key; NULL: none yet */
	int		 used;		/* letters went out with tokens */
	int		 gone;		/* ours, and not there */
	char		 hash[SHA256_HEX];	/* of what is in the file */
};

/*
 * A key of our own, whole or not at all: half of one, left by a full disk,
 * would keep us from starting ever after.
 */
static enum rc
make_key(const char *file, unsigned char key[TOKEN_KEY], struct err *err)
{
	char	made[PATH_MAX + 16];
	int	fd, bad, e;

	if (gnutls_rnd(GNUTLS_RND_KEY, key, TOKEN_KEY) < 0)
		return err_set(err, RC_BROKEN, "no random numbers");
	(void)snprintf(made, sizeof(made), "%s.%ld", file, (long)getpid());
	(void)unlink(made);
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_set(err, RC_BROKEN, "%s: %s", made,
		    strerror(errno));
	bad = write(fd, key, TOKEN_KEY) != TOKEN_KEY || fsync(fd) == -1 ||
	    link(made, file) == -1 || path_sync_parent(file) == -1;
	e = errno;
	(void)close(fd);
	(void)unlink(made);
	return bad ? err_set(err, RC_BROKEN, "%s: %s", file, strerror(e)) :
	    RC_OK;
}

static enum rc
look(const struct conf *c, struct store *s, struct arena *a, struct look *l,
    unsigned char key[TOKEN_KEY], struct err *err)
{
	const int		 ours = c->token_key_file == NULL;
	struct outbox_item	*it;
	size_t			 n = 0;
	enum rc			 rc;

	memset(l, 0, sizeof(*l));
	if (snprintf(l->file, sizeof(l->file), "%s%s", ours ? c->state_dir :
	    c->token_key_file, ours ? "/token.key" : "") >=
	    (int)sizeof(l->file))
		return err_set(err, RC_REFUSED, "token.key: name too long");
	rc = fact_get(s, FACT, a, &l->noted, err);
	if (rc == RC_OK)
		rc = outbox_list(s, 0, OUT_NSTATES, 1, a, &it, &n, err);
	if (rc != RC_OK)
		return rc;
	l->used = n > 0;
	l->gone = ours && access(l->file, F_OK) == -1 && errno == ENOENT;
	if (l->gone)
		return RC_OK;
	rc = secret_key(l->file, key, TOKEN_KEY, err);
	if (rc == RC_OK && sha256_hex(key, TOKEN_KEY, l->hash) == -1)
		rc = err_set(err, RC_BROKEN, "no SHA-256");
	return rc;
}

static enum rc
judge(const struct look *l, int anew, struct err *err)
{
	const char	*what = NULL;

	if (l->gone && l->used)
		what = "not there";
	else if (!l->gone && l->used && l->noted != NULL &&
	    strcmp(l->noted, l->hash) != 0)
		what = "is another key than before";
	if (anew && what == NULL && l->used)
		return err_set(err, RC_REFUSED, "%.200s: is the key of this "
		    "house; --new-key makes none in its place", l->file);
	if (anew || what == NULL)
		return RC_OK;
	return err_set(err, RC_REFUSED, "%.200s: %s, and letters that were "
	    "sent wait for answers that it proves: put it or a copy of it "
	    "back, or let no answer to an earlier letter count: tocsind "
	    "--new-key", l->file, what);
}

/* Which key counts from now on; what was noted before is in the journal. */
static enum rc
note(struct store *s, const struct look *l, int64_t now, struct arena *a,
    struct err *err)
{
	struct journal_row	j = { .at = now, .event = "new_key",
				    .actor = "tocsin", .role = "tocsin" };
	enum rc			rc = store_begin(s, err);

	if (rc == RC_OK)
		rc = fact_put(s, FACT, l->hash, err);
	if (rc == RC_OK && l->used && (l->noted != NULL || l->gone)) {
		j.detail = arena_printf(a, "{\"key\":\"%s\",\"was\":\"%s\"}",
		    l->hash, l->noted != NULL ? l->noted : "");
		rc = journal_add(s, &j, err);
	}
	if (rc == RC_OK)
		rc = store_commit(s, err);
	if (rc != RC_OK)
		store_rollback(s);
	return rc;
}

enum rc
token_key_load(const struct conf *c, struct store *s, int anew, int64_t now,
    unsigned char key[TOKEN_KEY], struct err *err)
{
	struct arena	*a = arena_new();
	struct look	 l;
	enum rc		 rc = look(c, s, a, &l, key, err);

	if (rc == RC_OK)
		rc = judge(&l, anew, err);
	if (rc == RC_OK && l.gone) {
		rc = make_key(l.file, key, err);
		if (rc == RC_OK && sha256_hex(key, TOKEN_KEY, l.hash) == -1)
			rc = err_set(err, RC_BROKEN, "no SHA-256");
		fault_step("key-made");
	}
	if (rc == RC_OK && (l.noted == NULL || strcmp(l.noted, l.hash) != 0))
		rc = note(s, &l, now, a, err);
	arena_free(&a);
	return rc;
}

enum rc
token_key_look(const struct conf *c, struct store *s, struct err *err)
{
	struct arena	*a = arena_new();
	unsigned char	 key[TOKEN_KEY];
	struct look	 l;
	enum rc		 rc = look(c, s, a, &l, key, err);

	if (rc == RC_OK)
		rc = judge(&l, 0, err);
	explicit_bzero(key, sizeof(key));
	arena_free(&a);
	return rc;
}
