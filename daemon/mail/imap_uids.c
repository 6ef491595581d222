#include "mail/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "base/arena.h"
#include "base/clock.h"

#define TRIES_TELL	3	/* then the operator hears of it */
#define UIDS_MAX	1000000

/* How long until a mail that could not be had is asked for again. */
static const int	again_seconds[] = { 0, 0, 5, 60, 300, 1800, 3600 };

/* Room for one more; the old block goes when the new one is full of it. */
static void *
grown(void *p, size_t n, size_t *cap, size_t size)
{
	void	*q;

	if (n < *cap)
		return p;
	*cap = *cap == 0 ? 64 : *cap * 2;
	q = xcalloc(*cap, size);
	if (n > 0)
		memcpy(q, p, n * size);
	free(p);
	return q;
}

static size_t
place_of(const struct uids *u, uint32_t uid)
{
	size_t	lo = 0, hi = u->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (u->uid[mid] < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int
uids_has(const struct uids *u, uint32_t uid)
{
	size_t	i = place_of(u, uid);

	return i < u->n && u->uid[i] == uid;
}

void
uids_add(struct uids *u, uint32_t uid)
{
	size_t	i = place_of(u, uid);

	if (uids_has(u, uid))
		return;
	u->uid = grown(u->uid, u->n, &u->cap, sizeof(*u->uid));
	memmove(u->uid + i + 1, u->uid + i, (u->n - i) * sizeof(*u->uid));
	u->uid[i] = uid;
	u->n++;
}

void
uids_drop(struct uids *u, uint32_t uid)
{
	size_t	i = place_of(u, uid);

	if (!uids_has(u, uid))
		return;
	u->n--;
	memmove(u->uid + i, u->uid + i + 1, (u->n - i) * sizeof(*u->uid));
}

int
imap_keeps_marks(const struct imap *im)
{
	return im->promised && !im->keyless;
}

int
imap_by_ledger(const struct imap *im)
{
	return im->conf->after == AFTER_LEAVE ||
	    (im->conf->after == AFTER_FLAG && !imap_keeps_marks(im));
}

/* "7" or "7:9", upwards.  NULL at the end or at anything else. */
static const char *
next_range(const char *s, uint32_t above, uint32_t *from, uint32_t *to)
{
	unsigned long long v;
	char		*end;

	if (*s < '0' || *s > '9' || (v = strtoull(s, &end, 10)) <= above ||
	    v > UINT32_MAX)
		return NULL;
	*from = *to = (uint32_t)v;
	if (*end == ':') {
		s = end + 1;
		if (*s < '0' || *s > '9' ||
		    (v = strtoull(s, &end, 10)) < *from || v > UINT32_MAX)
			return NULL;
		*to = (uint32_t)v;
	}
	if (*end != ',' && *end != '\0')
		return NULL;
	return *end == ',' ? end + 1 : end;
}

void
imap_ledger(struct imap *im, const char *set)
{
	const char	*p = set;
	uint32_t	 from, to = 0;
	uint64_t	 n = 0;

	while (p != NULL && *p != '\0') {
		p = next_range(p, to, &from, &to);
		n += p == NULL ? 0 : (uint64_t)to - from + 1;
	}
	im->no_ledger = p == NULL || n > UIDS_MAX;
	if (im->no_ledger)
		return;
	for (p = set, to = 0; *p != '\0'; ) {
		p = next_range(p, to, &from, &to);
		for (uint64_t uid = from; uid <= to; uid++)
			uids_add(&im->given, (uint32_t)uid);
	}
	im->ledger = 1;
}

struct imap_trouble *
imap_trouble_get(struct imap *im, uint32_t uid)
{
	for (size_t i = 0; i < im->n_trouble; i++)
		if (im->trouble[i].uid == uid)
			return &im->trouble[i];
	return NULL;
}

void
imap_trouble_add(struct imap *im, const struct imap_mail *m, const char *why)
{
	const int	 last = (int)(sizeof(again_seconds) /
			    sizeof(again_seconds[0])) - 1;
	struct imap_trouble *t = imap_trouble_get(im, m->uid);
	size_t		 n;

	if (t == NULL) {
		im->trouble = grown(im->trouble, im->n_trouble,
		    &im->cap_trouble, sizeof(*im->trouble));
		t = &im->trouble[im->n_trouble++];
		memset(t, 0, sizeof(*t));
		t->uid = m->uid;
	}
	t->tries++;
	t->size = m->size;
	t->arrived = m->arrived;
	t->next = clock_mono_ms() +
	    1000 * again_seconds[t->tries < last ? t->tries : last];
	if (t->tries != TRIES_TELL)
		return;
	n = strlen(im->set_aside);
	(void)snprintf(im->set_aside + n, sizeof(im->set_aside) - n,
	    "%suid %lu set aside after %d tries: %.100s", n > 0 ? "; " : "",
	    (unsigned long)t->uid, t->tries, why);
}

void
imap_trouble_drop(struct imap *im, uint32_t uid)
{
	struct imap_trouble *t = imap_trouble_get(im, uid);

	if (t == NULL)
		return;
	im->n_trouble--;
	memmove(t, t + 1, (size_t)(im->trouble + im->n_trouble - t) *
	    sizeof(*t));
}

void
imap_set(struct buf *b, const uint32_t *uid, size_t n)
{
	size_t	i, j;

	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && uid[j] == uid[j - 1] + 1; j++)
			;
		if (i > 0)
			(void)buf_putc(b, ',');
		if (j - i == 1)
			(void)buf_addf(b, "%lu", (unsigned long)uid[i]);
		else
			(void)buf_addf(b, "%lu:%lu", (unsigned long)uid[i],
			    (unsigned long)uid[j - 1]);
	}
}

static int
uid_order(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

enum rc
imap_uids(const char *s, uint32_t **out, size_t *n, struct err *err)
{
	size_t		 most = 1, at = 0;
	unsigned long long v;
	char		*end;
	const char	*p;

	*n = 0;
	*out = NULL;
	for (p = s; *p != '\0'; p++)
		most += *p == ',';
	if (most > UIDS_MAX)
		return err_set(err, RC_REFUSED, "imap: too many uids");
	*out = xcalloc(most, sizeof(**out));
	for (p = s; *p != '\0'; p = *end == ',' ? end + 1 : end) {
		v = strtoull(p, &end, 10);
		if (*p < '0' || *p > '9' || v == 0 || v > UINT32_MAX ||
		    (*end != ',' && *end != '\0')) {
			free(*out);
			*out = NULL;
			return err_set(err, RC_REFUSED,
			    "imap: found uids \"%.40s\", expected 1,2,3", s);
		}
		(*out)[at++] = (uint32_t)v;
	}
	qsort(*out, at, sizeof(**out), uid_order);
	*n = at;
	return RC_OK;
}

/* Modified base64 of the UTF-16 of one run. RFC 3501 5.1.3 */
static void
folder_run(struct buf *b, const uint16_t *u, size_t n)
{
	static const char	 code[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+,";
	uint32_t		 bits = 0;
	int			 have = 0;

	(void)buf_putc(b, '&');
	for (size_t i = 0; i < n; i++) {
		bits = bits << 16 | u[i];
		for (have += 16; have >= 6; have -= 6)
			(void)buf_putc(b, code[bits >> (have - 6) & 63]);
	}
	if (have > 0)
		(void)buf_putc(b, code[bits << (6 - have) & 63]);
	(void)buf_putc(b, '-');
}

int
imap_utf7(struct buf *b, const char *name)
{
	uint16_t	 wide[512];
	size_t		 n = sizeof(wide) / sizeof(wide[0]), i, j;

	if (name == NULL || name[0] == '\0' || strlen(name) > n / 2 ||
	    u8_check((const uint8_t *)name, strlen(name)) != NULL ||
	    u8_to_u16((const uint8_t *)name, strlen(name), wide, &n) == NULL)
		return -1;
	for (i = 0; i < n; i = j) {
		j = i + 1;
		if (wide[i] < 0x20 || wide[i] == 0x7f)
			return -1;
		if (wide[i] == '&')
			(void)buf_puts(b, "&-");
		else if (wide[i] < 0x7f)
			(void)buf_putc(b, (char)wide[i]);
		else {
			while (j < n && wide[j] > 0x7f)
				j++;
			folder_run(b, wide + i, j - i);
		}
	}
	return 0;
}

void
imap_quote(struct buf *b, const char *name)
{
	(void)buf_putc(b, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			(void)buf_putc(b, '\\');
		(void)buf_putc(b, *name);
	}
	(void)buf_putc(b, '"');
}
