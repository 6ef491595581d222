#include "mail/imap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libetpan/mailimap.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/clock.h"

#define FEW		2000	/* so many are described at once */
#define LIST_BUDGET	(64u * 1024 * 1024)
#define LIST_LITERAL	4096
#define LIST_LINES	300000	/* when the server cannot SEARCH */
#define SEARCH_LINES	15000	/* bytes for some 500,000 uids */
#define COMMAND_MAX	(64u * 1024)
#define UNMARKED	" UNKEYWORD $Tocsin"
#define LEDGER_POLLS	10	/* all uids are listed once in so many polls */

static int64_t
date_of(const struct mailimap_date_time *d)
{
	struct civil	c = {
		.year = d->dt_year, .mon = d->dt_month, .day = d->dt_day,
		.hour = d->dt_hour, .min = d->dt_min, .sec = d->dt_sec,
	};

	if (c.sec == 60)
		c.sec = 59;
	if (!civil_valid(&c) || d->dt_zone < -2400 || d->dt_zone > 2400)
		return 0;
	return civil_to_utc(&c,
	    d->dt_zone / 100 * 3600 + d->dt_zone % 100 * 60);
}

/* Does it bear our mark?  Of one that is new to us, a life of ours has set it
 * that the store knows nothing of. */
static int
is_marked(const struct mailimap_msg_att_dynamic *dyn)
{
	clistiter	*it;

	for (it = dyn->att_list == NULL ? NULL : clist_begin(dyn->att_list);
	    it != NULL; it = clist_next(it)) {
		const struct mailimap_flag_fetch *f = clist_content(it);

		if (f->fl_type == MAILIMAP_FLAG_FETCH_OTHER &&
		    f->fl_flag->fl_type == MAILIMAP_FLAG_KEYWORD &&
		    strcasecmp(f->fl_flag->fl_data.fl_keyword, "$Tocsin") == 0)
			return 1;
	}
	return 0;
}

/* What a FETCH answer says of uid, size, date and mark. */
static void
describe(const struct mailimap_msg_att *a, struct imap_mail *m)
{
	clistiter	*it;

	memset(m, 0, sizeof(*m));
	m->size = -1;
	for (it = clist_begin(a->att_list); it != NULL; it = clist_next(it)) {
		const struct mailimap_msg_att_item *item = clist_content(it);
		const struct mailimap_msg_att_static *s;

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC)
			m->marked |= is_marked(item->att_data.att_dyn);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;	/* flags, or news like MODSEQ */
		s = item->att_data.att_static;
		if (s->att_type == MAILIMAP_MSG_ATT_UID)
			m->uid = s->att_data.att_uid;
		else if (s->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE)
			m->size = s->att_data.att_rfc822_size;
		else if (s->att_type == MAILIMAP_MSG_ATT_INTERNALDATE &&
		    s->att_data.att_internal_date != NULL)
			m->arrived = date_of(s->att_data.att_internal_date);
	}
}

/* One whose date the server does not tell is taken: better than lost. */
static int
is_before(const struct imap *im, const struct imap_mail *m)
{
	return im->since != 0 && m->arrived != 0 && m->arrived < im->since;
}

/*
 * A key of SEARCH with the day that `since` falls on in the westernmost zone;
 * "" without `since`.  A server counts the days of its own zone: what came
 * before this day is surely too old, the rest is looked at. RFC 3501 6.4.4
 */
static const char *
search_day(const struct imap *im, const char *key, char to[32])
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil	c;

	to[0] = '\0';
	if (im->since == 0)
		return to;
	civil_from_utc(&c, im->since, -12 * 3600);
	(void)snprintf(to, 32, " %s %d-%s-%04d", key, c.day,
	    months[c.mon - 1], c.year);
	return to;
}

static void
todo_add(struct imap *im, const struct imap_mail *m)
{
	struct imap_mail *p;
	size_t		  cap;

	if (im->n_todo == im->cap_todo) {
		cap = im->cap_todo == 0 ? 256 : im->cap_todo * 2;
		p = xcalloc(cap, sizeof(*p));
		if (im->n_todo > 0)
			memcpy(p, im->todo, im->n_todo * sizeof(*p));
		free(im->todo);
		im->todo = p;
		im->cap_todo = cap;
	}
	im->todo[im->n_todo++] = *m;
}

static int
mail_order(const void *a, const void *b)
{
	const struct imap_mail *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* Of two that name the same mail the one that tells more. */
static int
told_order(const void *a, const void *b)
{
	const struct imap_mail *x = a, *y = b;
	int	by = mail_order(a, b);

	return by != 0 ? by : y->described - x->described;
}

/* Sort what was added from `from` on and drop what came twice. */
static void
todo_sort(struct imap *im, size_t from)
{
	size_t	n = from;

	if (im->n_todo == from)
		return;
	qsort(im->todo + from, im->n_todo - from, sizeof(*im->todo),
	    told_order);
	for (size_t i = from; i < im->n_todo; i++)
		if (i == from || im->todo[i].uid != im->todo[n - 1].uid)
			im->todo[n++] = im->todo[i];
	im->n_todo = n;
}

/* Ask by a SEARCH, whose answer has so many lines at most; *it: its uids, for
 * next_uid(). */
static enum rc
search(struct imap *im, const char *cmd, size_t lines, clistiter **it,
    struct err *err)
{
	struct mailimap_response_info	*info;
	enum rc				 rc;

	*it = NULL;
	imap_arm(im, im->conf->timeout, LIST_BUDGET, LIST_LITERAL, lines);
	rc = imap_command(im, cmd, err);
	if (rc != RC_OK)
		return rc;
	info = im->session->imap_response_info;
	if (info != NULL && info->rsp_search_result != NULL)
		*it = clist_begin(info->rsp_search_result);
	return RC_OK;
}

/* 0: there is none any more. */
static int
next_uid(clistiter **it, uint32_t *uid)
{
	if (*it == NULL)
		return 0;
	*uid = *(const uint32_t *)clist_content(*it);
	*it = clist_next(*it);
	return 1;
}

/* Uids above top by a SEARCH: 100,000 of them cost little. */
static enum rc
search_new(struct imap *im, struct err *err)
{
	struct imap_mail m = { .size = -1 };
	char		 cmd[64];
	clistiter	*it;
	enum rc		 rc;

	(void)snprintf(cmd, sizeof(cmd), "UID SEARCH UID %" PRIu32 ":*",
	    im->top + 1);
	rc = search(im, cmd, SEARCH_LINES, &it, err);
	while (next_uid(&it, &m.uid))
		if (m.uid > im->top)	/* n:* gives the last one always */
			todo_add(im, &m);
	return rc;
}

/* Which of todo[from] on are surely from before `since`?  A server that does
 * not tell is asked for the date of each. */
static enum rc
search_before(struct imap *im, size_t from, struct err *err)
{
	struct imap_mail key = { .size = -1 }, *m;
	char		 cmd[96], day[32];
	clistiter	*it;
	enum rc		 rc;

	if (im->since == 0 || im->n_todo == from)
		return RC_OK;
	(void)snprintf(cmd, sizeof(cmd), "UID SEARCH UID %" PRIu32 ":*%s",
	    im->top + 1, search_day(im, "BEFORE", day));
	rc = search(im, cmd, SEARCH_LINES, &it, err);
	while (next_uid(&it, &key.uid)) {
		m = bsearch(&key, im->todo + from, im->n_todo - from,
		    sizeof(key), mail_order);
		if (m != NULL)
			m->described = m->before = 1;
	}
	return rc == RC_REFUSED ? RC_OK : rc;
}

static enum rc
fetch_new(struct imap *im, size_t lines, struct err *err)
{
	const struct mailimap_msg_att *a;
	struct imap_mail m;
	char		 cmd[96];
	void		*at = NULL;
	enum rc		 rc;

	(void)snprintf(cmd, sizeof(cmd), "UID FETCH %" PRIu32
	    ":* (UID FLAGS INTERNALDATE RFC822.SIZE)", im->top + 1);
	imap_arm(im, im->conf->timeout, LIST_BUDGET, LIST_LITERAL, lines);
	rc = imap_command(im, cmd, err);
	if (rc != RC_OK)
		return rc;
	while ((a = imap_next_fetch(im, &at)) != NULL) {
		describe(a, &m);
		m.described = m.size >= 0;	/* not news of its flags */
		m.before = is_before(im, &m);
		if (m.uid > im->top)
			todo_add(im, &m);
	}
	return RC_OK;
}

/*
 * Mails up to top that bear no mark and are not with the desk: missed before
 * a restart or by the server itself, or given an old uid by one that counts
 * badly.  Without marks all uids are listed and compared, less often.
 */
static enum rc
look_back(struct imap *im, struct err *err)
{
	struct imap_mail m = { .size = -1 };
	char		 cmd[128], day[32];
	clistiter	*it;
	enum rc		 rc;

	im->looked_back = clock_mono_ms();
	if (im->top == 0 || (imap_by_ledger(im) && !im->ledger))
		return RC_OK;
	(void)snprintf(cmd, sizeof(cmd), "UID SEARCH UID 1:%" PRIu32 "%s%s",
	    im->top, im->conf->after == AFTER_FLAG &&
	    imap_keeps_marks(im) ? UNMARKED : "", search_day(im, "SINCE", day));
	rc = search(im, cmd, SEARCH_LINES, &it, err);
	while (next_uid(&it, &m.uid))
		if (m.uid != 0 && m.uid <= im->top &&
		    !uids_has(&im->given, m.uid) &&
		    !uids_has(&im->before, m.uid) &&
		    imap_trouble_get(im, m.uid) == NULL)
			todo_add(im, &m);
	return rc == RC_REFUSED ? RC_OK : rc;
}

static int
may_look_back(const struct imap *im)
{
	int64_t	ago = clock_mono_ms() - im->looked_back;

	if (im->looked_back == 0)
		return 1;
	if (imap_by_ledger(im))
		return ago >= LEDGER_POLLS * (int64_t)im->conf->poll * 1000;
	return !im->looked || ago >= (int64_t)im->conf->poll * 1000;
}

static void
troubles_due(struct imap *im)
{
	int64_t	now = clock_mono_ms();

	for (size_t i = 0; i < im->n_trouble; i++) {
		struct imap_mail m = {
			.uid = im->trouble[i].uid, .size = im->trouble[i].size,
			.arrived = im->trouble[i].arrived, .described = 1,
		};

		if (im->trouble[i].next <= now)
			todo_add(im, &m);
	}
}

/* Beyond the last uid there is none: a server that has given it, or only named
 * it, must not be asked for 0:*. */
static enum rc
list_new(struct imap *im, int64_t grown, struct err *err)
{
	enum rc	rc = RC_REFUSED;

	if (im->top == UINT32_MAX)
		return RC_OK;
	if (grown > FEW)
		rc = search_new(im, err);
	return rc != RC_REFUSED ? rc :
	    fetch_new(im, grown > FEW ? LIST_LINES : 5 * FEW, err);
}

void
imap_list_done(struct imap *im)
{
	free(im->todo);
	im->todo = NULL;
	im->n_todo = im->at = im->cap_todo = 0;
}

enum rc
imap_list(struct imap *im, struct err *err)
{
	size_t	old;
	int64_t	grown;
	enum rc	rc = RC_OK;

	im->n_todo = im->at = 0;
	if (im->looked)
		rc = imap_afresh(im, err);
	if (rc != RC_OK)
		return rc;
	if (im->looked && !im->has_idle) {	/* some tell news only so */
		imap_arm(im, im->conf->timeout, LIST_BUDGET, LIST_LITERAL,
		    FEW);
		rc = imap_command(im, "NOOP", err);
		if (rc == RC_AGAIN)
			return rc;
	}
	troubles_due(im);
	if (may_look_back(im))
		rc = look_back(im, err);
	if (rc == RC_AGAIN)
		return rc;
	todo_sort(im, 0);
	old = im->n_todo;
	grown = im->exists - (im->looked ? im->exists_done : 0);
	rc = list_new(im, grown, err);
	if (rc != RC_OK) {
		im->n_todo = 0;
		return rc;
	}
	todo_sort(im, old);
	if (grown > FEW && search_before(im, old, err) == RC_AGAIN) {
		im->n_todo = 0;
		return RC_AGAIN;
	}
	imap_drop_answers(im);
	im->told_wrong = im->n_todo > 0 ? 0 : im->told_wrong + im->told;
	im->told = 0;
	im->looked = 1;
	im->exists_done = im->exists;
	return RC_OK;
}

enum rc
imap_describe(struct imap *im, size_t n, struct err *err)
{
	struct imap_mail *todo = im->todo + im->at, m;
	const struct mailimap_msg_att *a;
	struct buf	 cmd;
	void		*at = NULL;
	size_t		 hint = 0, i;
	enum rc		 rc;

	buf_init(&cmd, COMMAND_MAX);
	(void)buf_puts(&cmd, "UID FETCH ");
	for (i = 0; i < n; i++) {
		todo[i].described = 1;
		(void)buf_addf(&cmd, "%s%" PRIu32, i > 0 ? "," : "",
		    todo[i].uid);
	}
	(void)buf_puts(&cmd, " (UID FLAGS INTERNALDATE RFC822.SIZE)");
	imap_arm(im, im->conf->timeout, LIST_BUDGET, LIST_LITERAL, 5 * FEW);
	rc = imap_command(im, cmd.data, err);
	buf_free(&cmd);
	if (rc == RC_AGAIN)
		return rc;
	while ((a = imap_next_fetch(im, &at)) != NULL) {
		describe(a, &m);
		for (i = 0; i < n && todo[(hint + i) % n].uid != m.uid; i++)
			;
		if (i == n)
			continue;
		hint = (hint + i) % n;
		todo[hint].marked |= m.marked;
		if (m.size < 0 && m.arrived == 0)
			continue;		/* news of its flags */
		todo[hint].size = m.size;
		todo[hint].arrived = m.arrived;
		todo[hint].before = is_before(im, &m);
	}
	return RC_OK;
}

/* Is it one that fits this key? */
static int
is_found(struct imap *im, uint32_t uid, const char *key, enum rc *rc,
    struct err *err)
{
	char		 cmd[64];
	clistiter	*it;
	uint32_t	 found;

	(void)snprintf(cmd, sizeof(cmd), "UID SEARCH UID %" PRIu32 "%s", uid,
	    key);
	*rc = search(im, cmd, FEW, &it, err);
	if (*rc != RC_OK || im->session->imap_response_info == NULL)
		return -1;
	while (next_uid(&it, &found))
		if (found == uid)
			return 1;
	return 0;
}

int
imap_exists(struct imap *im, uint32_t uid, enum rc *rc, struct err *err)
{
	return is_found(im, uid, "", rc, err);
}

int
imap_unmarked(struct imap *im, uint32_t uid, enum rc *rc, struct err *err)
{
	return is_found(im, uid, UNMARKED, rc, err);
}

int64_t
imap_holds(struct imap *im)
{
	char		 cmd[64], day[32];
	struct err	 err;
	clistiter	*it;
	uint32_t	 uid;
	int64_t		 n = 0;

	if (im->since == 0)
		return im->exists;
	(void)snprintf(cmd, sizeof(cmd), "UID SEARCH%s",
	    search_day(im, "SINCE", day));
	if (search(im, cmd, SEARCH_LINES, &it, &err) != RC_OK)
		return im->exists;
	while (next_uid(&it, &uid))
		n++;
	return n;
}
