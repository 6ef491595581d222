/*
 * desk_sift - what the reader says of the files of a mail that it was given
 * once more.  Believed no further than the report of the first reading goes.
 */
#include "config.h"

#include "desk_gather.h"

#include <inttypes.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "incident/evidence.h"

#define DEATHS_MAX	2		/* of the reader on one mail */

const struct report *
gather_report(const struct mail *m, struct arena *a)
{
	struct report	*rep = arena_alloc(a, sizeof(*rep));
	struct err	 err;

	if (m->report == NULL || report_from_json(m->report,
	    strlen(m->report), a, rep, &err) != RC_OK)
		return NULL;
	return rep;
}

static int
is_listed(const struct report *rep, const struct exhibit *x)
{
	for (size_t i = 0; i < rep->n_attachments; i++)
		if (strcmp(rep->attachments[i].sha256, x->sha256) == 0 &&
		    rep->attachments[i].size == x->size)
			return 1;
	return 0;
}

static int
is_known(const struct gather *g, const struct exhibit *x)
{
	for (size_t i = 0; i < g->n_files; i++)
		if (strcmp(g->files[i]->sha256, x->sha256) == 0 &&
		    g->files[i]->fault == x->fault)
			return 1;
	return 0;
}

/* A name that the reader let pass and that would not be shown as it is. */
static int
is_sly(struct gather *g, const struct exhibit *x)
{
	return x->name == NULL || strpbrk(x->name, "/\\") != NULL ||
	    strcmp(evidence_name(g->a, x->name), x->name) != 0;
}

static void
add(struct gather *g, const struct exhibit *x)
{
	if (is_known(g, x))
		return;
	if (x->data != NULL)
		g->sum += x->size;
	if (g->n_files == GATHER_FILES) {
		g->more++;
		return;
	}
	g->mail_of[g->n_files] = g->mails[g->next].id;
	g->files[g->n_files++] = x;
}

/* The reader was lost on this mail: what the first reading listed stays. */
static void
add_unread(struct gather *g, const struct report *rep)
{
	for (size_t i = 0; i < rep->n_attachments; i++) {
		const struct attachment	*at = &rep->attachments[i];
		struct exhibit		*x;

		if (exhibit_none(at->type))
			continue;
		x = arena_alloc(g->a, sizeof(*x));
		x->name = at->name;
		x->type = EXHIBIT_NTYPES;
		x->fault = EXHIBIT_IS_UNREAD;
		x->size = at->size;
		memcpy(x->sha256, at->sha256, sizeof(x->sha256));
		add(g, x);
	}
}

static int
same_hash(const struct exhibit *x)
{
	char	hash[SHA256_HEX];

	return sha256_hex(x->data, x->len, hash) == 0 &&
	    strcmp(hash, x->sha256) == 0;
}

/* Why a file that some receiver may have came without its bytes. */
static enum exhibit_fault
left_behind(const struct gather *g, const struct exhibit *x, size_t files)
{
	if (x->fault != EXHIBIT_IS_NONE || x->data != NULL ||
	    !(g->want.types & EXHIBIT_BIT(x->type)) ||
	    x->size > g->want.each)
		return x->fault;
	return files >= EXHIBIT_FILES ? EXHIBIT_IS_MANY : EXHIBIT_IS_TOGETHER;
}

/*
 * What the reader says now must be what it said when the mail came: the bytes
 * have the hash that is listed, and the hash stands in the kept report.
 */
static void
add_files(struct gather *g, const struct report *rep, struct exhibit *x,
    size_t n, size_t files)
{
	for (size_t i = 0; i < n; i++) {
		x[i].fault = left_behind(g, &x[i], files);
		if (!is_listed(rep, &x[i]) || (x[i].data != NULL &&
		    !same_hash(&x[i]))) {
			x[i].fault = EXHIBIT_IS_CHANGED;
			x[i].data = NULL;
		} else if (x[i].data != NULL && is_sly(g, &x[i])) {
			x[i].fault = EXHIBIT_IS_NAME;
			x[i].data = NULL;
		}
		add(g, &x[i]);
	}
	if (n == 0)
		add_unread(g, rep);
}

static void
next_mail(struct gather *g)
{
	g->next++;
	g->deaths = 0;
	g->in_hand = 0;
}

enum rc
desk_from_sift(struct desk *d, const struct frame *f, struct err *err)
{
	struct gather		*g = d->gather;
	const struct report	*rep;
	struct exhibit		*x;
	size_t			 n, more, files, at = 2;
	int64_t			 id;
	enum rc			 rc;

	if (f->n < 2 || frame_int(f, 0, &id) == -1 || g == NULL ||
	    !g->in_hand || g->mails[g->next].id != id)
		return err_set(err, RC_REFUSED, "reader: bad SIFTED frame");
	rc = exhibits_from_json(f->field[1].p, f->field[1].len, g->a, &x, &n,
	    &more, &files, err);
	if (rc != RC_OK)
		return rc;
	if (files + 2 != f->n)
		return err_set(err, RC_REFUSED, "reader: %zu files in a frame "
		    "of %u fields", files, f->n);
	for (size_t i = 0; i < n; i++)
		if (x[i].data != NULL) {
			x[i].len = f->field[at].len;
			if ((int64_t)x[i].len != x[i].size)
				return err_set(err, RC_REFUSED,
				    "reader: a file is not as large as it says");
			x[i].data = arena_strndup(g->a, f->field[at++].p,
			    x[i].len);
		}
	rep = gather_report(&g->mails[g->next], g->a);
	if (rep != NULL)
		add_files(g, rep, x, n, files);
	g->more += more;
	next_mail(g);
	return RC_OK;
}

/* The reader died.  Twice on one mail: its files cannot be had. */
void
desk_sift_gone(struct desk *d, const char *how)
{
	struct gather		*g = d->gather;
	const struct report	*rep;

	if (g == NULL || !g->in_hand)
		return;
	log_warn(NULL, "reader: died mail=%" PRId64 " of its files how=\"%s\"",
	    g->mails[g->next].id, how);
	g->in_hand = 0;
	if (++g->deaths < DEATHS_MAX)
		return;
	rep = gather_report(&g->mails[g->next], g->a);
	if (rep != NULL)
		add_unread(g, rep);
	next_mail(g);
}
