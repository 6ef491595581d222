#include "parsers/phone.h"

#include <string.h>

#include "parsers/phone_abroad.h"
#include "parsers/text.h"
#include "parsers/words.h"

#define TEXT_READ	512		/* bytes of a value that are read */
#define DIGITS_MAX	20
#define EXT_MAX		6
#define SHORT_MAX	5
#define ABROAD_MIN	8		/* digits with the country's code */
#define ABROAD_MAX	15

/* One number as it was met. */
struct number {
	char		 digits[DIGITS_MAX + 1];
	size_t		 n;
	int		 plus;		/* written with + or 00 */
	size_t		 from, to;	/* in the dense text */
};

/* The folded text without letter O for zero and Chinese digits. */
struct line {
	const char	*s;
	size_t		 len;
	const uint32_t	*at;		/* place in the original */
};

static size_t
starts(const struct line *l, size_t i, const char *word)
{
	size_t	n = 0;

	for (; word[n] != '\0'; n++)
		if (i + n >= l->len || l->s[i + n] != word[n])
			return 0;
	return n;
}

static size_t
starts_any(const struct line *l, size_t i, const char *const *words)
{
	size_t	n;

	for (; *words != NULL; words++)
		if ((n = starts(l, i, *words)) > 0)
			return n;
	return 0;
}

/* 零〇○一..九 as a digit, or -1. */
static int
cn_digit(const char *s, size_t left)
{
	static const char *const digits[] = {
		"零", "一", "二", "三", "四", "五", "六", "七", "八", "九",
		"〇", "○"
	};

	for (int i = 0; left >= 3 && i < 12; i++)
		if (memcmp(s, digits[i], 3) == 0)
			return i < 10 ? i : 0;
	return -1;
}

/* How many Chinese digits stand in a row; dashes between them count. */
static size_t
cn_run(const char *s, size_t left)
{
	size_t	n = 0, i = 0;

	while (i < left) {
		if (cn_digit(s + i, left - i) >= 0) {
			n++;
			i += 3;
		} else if (n > 0 && (s[i] == '-' || s[i] == ' ')) {
			i++;
		} else {
			break;
		}
	}
	return n;
}

/* O2-2720-8889, 02-272O-8889: a letter for the digit. */
static int
is_odd_zero(const struct folded *f, size_t i)
{
	if (i + 1 < f->len && is_digit(f->s[i + 1]))
		return 1;
	return i > 0 && is_digit(f->s[i - 1]) &&
	    (i + 1 == f->len || strchr(" -)", f->s[i + 1]) != NULL);
}

/*
 * Chinese digits in a row and an O between digits become digits, square
 * brackets round ones.
 */
static void
plain_digits(struct arena *a, const struct folded *f, struct line *l)
{
	char		*s = arena_alloc(a, f->len + 1);
	uint32_t	*at = arena_array(a, f->len + 1, sizeof(*at));
	size_t		 n = 0, i = 0, run = 0;

	while (i < f->len) {
		char	c = f->s[i];
		int	v = -1;

		if ((unsigned char)c >= 0xe2) {
			v = cn_digit(f->s + i, f->len - i);
			if (v >= 0 && run == 0)
				run = cn_run(f->s + i, f->len - i);
		}
		at[n] = f->at[i];
		if (v >= 0 && run >= 3) {
			s[n++] = (char)('0' + v);
			i += 3;
			continue;
		}
		if (v < 0 && c != '-' && c != ' ')
			run = 0;
		if ((c == 'O' || c == 'o') && is_odd_zero(f, i))
			c = '0';
		if (c == '[' || c == ']')
			c = c == '[' ? '(' : ')';
		s[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		i++;
	}
	at[n] = f->at[f->len];
	s[n] = '\0';
	*l = (struct line){ s, n, at };
}

/* What may stand between two digits of one number; bytes, or 0. */
static size_t
gap_at(const struct line *l, size_t i)
{
	size_t	n = 0;

	while (i + n < l->len && n < 4 && l->s[i + n] != '\0' &&
	    strchr(" -()._", l->s[i + n]) != NULL)
		n++;
	return i + n < l->len && is_digit(l->s[i + n]) ? n : 0;
}

/* Digits a national number (with its 0) may have; 0: no such number. */
static size_t
national_length(const char *d, size_t have)
{
	if (d[0] != '0' || have < 2)
		return 0;
	switch (d[1]) {
	case '2': case '9':
		return 10;
	case '3': case '5': case '6':
		return 9;
	case '4':
		return have >= 10 ? 10 : 9;
	case '7':
		return have >= 3 && d[2] == '0' ? 11 : 9;
	case '8':
		return have >= 4 && d[2] == '0' &&
		    (d[3] == '0' || d[3] == '9') ? 10 : 9;
	default:
		return 0;
	}
}

/* +44 (0)20 7946: the zero is dialled inside the country only. */
static size_t
inner_zero_at(const struct line *l, size_t i, const struct number *n)
{
	size_t	k = i < l->len && l->s[i] == ' ';
	size_t	max = n->plus ? 3 : strncmp(n->digits, "00", 2) == 0 ? 6 : 0;

	return n->n > 0 && n->n <= max &&
	    starts(l, i + k, "(0)") > 0 ? k + 3 : 0;
}

static size_t
group_length(const struct line *l, size_t i)
{
	size_t	n = 0;

	while (i + n < l->len && is_digit(l->s[i + n]))
		n++;
	return n;
}

/* 02/2720-8889: a stroke behind the area, not between two numbers. */
static size_t
area_stroke_at(const struct line *l, size_t i, const struct number *n)
{
	return n->n >= 2 && n->n <= 4 && n->digits[0] == '0' &&
	    i + 1 < l->len && l->s[i] == '/' && is_digit(l->s[i + 1]);
}

/* 02-2720\n8889, out of a PDF: the next line begins with what is missing. */
static size_t
broken_line_at(const struct line *l, size_t i, const struct number *n)
{
	size_t	missing = national_length(n->digits, n->n) - n->n;

	size_t	k = i, below = 0;

	if (n->n < 4 || missing < 3 || missing > 8)
		return 0;
	while (k < l->len && k < i + 3 && strchr("- \n", l->s[k]) != NULL)
		k++;
	if (memchr(l->s + i, '\n', k - i) == NULL)
		return 0;
	for (size_t p = k; p < l->len && (is_digit(l->s[p]) ||
	    l->s[p] == '-'); p++)
		below += is_digit(l->s[p]);
	return below == missing && is_digit(l->s[k]) ? k - i : 0;
}

/* Collect digits and the gaps between them, without deciding. */
static void
collect(const struct line *l, size_t i, struct number *n, size_t ends[])
{
	size_t	g;

	n->from = i;
	n->n = 0;
	while (i < l->len && n->n < DIGITS_MAX) {
		if (is_digit(l->s[i])) {
			n->digits[n->n++] = l->s[i++];
			ends[n->n - 1] = i;
		} else if ((g = inner_zero_at(l, i, n)) > 0 ||
		    (g = area_stroke_at(l, i, n)) > 0 ||
		    (g = broken_line_at(l, i, n)) > 0 ||
		    (g = gap_at(l, i)) > 0) {
			i += g;
		} else {
			break;
		}
	}
	n->digits[n->n] = '\0';
}

/* Keep the first `keep` digits, when the next one is no part of them. */
static int
keep_digits(const struct line *l, struct number *n, size_t keep,
    const size_t ends[])
{
	if (n->n < keep)
		return 0;
	n->to = ends[keep - 1];
	if (n->to < l->len && is_digit(l->s[n->to]))
		return 0;
	n->n = keep;
	n->digits[keep] = '\0';
	return 1;
}

/* Digits up to a blank or a mark: for what has no fixed length. */
static void
keep_group(const struct line *l, struct number *n, const size_t ends[])
{
	size_t	k = 1;

	while (k < n->n && (ends[k] == ends[k - 1] + 1 ||
	    (ends[k] == ends[k - 1] + 2 && l->s[ends[k - 1]] == '-')))
		k++;
	n->n = k;
	n->digits[k] = '\0';
	n->to = ends[k - 1];
}

/* 00 886 ..., and 002 886 ... as it is dialled from Taiwan. */
static void
drop_access(struct number *n, size_t ends[])
{
	size_t	skip = phone_access(n->digits, n->n, ends);

	if (skip == 0)
		return;
	n->plus = 1;
	memmove(n->digits, n->digits + skip, n->n - skip + 1);
	memmove(ends, ends + skip, (n->n - skip) * sizeof(ends[0]));
	n->n -= skip;
}

/* +886 (0)2 2720-8889 as 0227208889. */
static void
home_again(struct number *n, size_t ends[])
{
	size_t	skip = n->digits[3] == '0' ? 4 : 3;

	memmove(n->digits + 1, n->digits + skip, n->n - skip + 1);
	memmove(ends + 1, ends + skip, (n->n - skip) * sizeof(ends[0]));
	n->digits[0] = '0';
	n->n = n->n - skip + 1;
	n->plus = 0;
}

/* Where another number follows behind a blank, or all digits. */
static size_t
before_next(const struct line *l, const struct number *n, const size_t ends[])
{
	if (n->n > ABROAD_MAX)
		for (size_t k = ABROAD_MIN; k <= ABROAD_MAX; k++)
			if (n->digits[k] == '0' && l->s[ends[k - 1]] == ' ')
				return k;
	return n->n;
}

/* Behind + or a prefix: one group, or all where the groups are short. */
static int
foreign(const struct line *l, struct number *n, const size_t ends[])
{
	struct number	all = *n;

	all.n = before_next(l, n, ends);
	all.digits[all.n] = '\0';
	all.to = all.n > 0 ? ends[all.n - 1] : all.from;
	keep_group(l, n, ends);
	/* +1 202 555 0100: its groups have no fixed lengths */
	if (n->n < ABROAD_MIN && all.n <= ABROAD_MAX)
		*n = all;
	return n->n >= ABROAD_MIN && n->n <= ABROAD_MAX && n->digits[0] != '0';
}

/* A number of a subscriber at i. */
static int
subscriber_at(const struct line *l, size_t i, struct number *n)
{
	size_t	ends[DIGITS_MAX] = { 0 }, len;

	memset(n, 0, sizeof(*n));
	if (l->s[i] == '+') {
		n->plus = 1;
		for (i++; i < l->len && l->s[i] == ' '; i++)
			;
	}
	collect(l, i, n, ends);
	if (n->n == 0)
		return 0;
	if (!n->plus)
		drop_access(n, ends);
	if (n->n >= 11 && strncmp(n->digits, "886", 3) == 0)
		home_again(n, ends);
	if (n->plus)
		return foreign(l, n, ends);
	len = national_length(n->digits, n->n);
	/* 04-7222151 0912...: nine digits, then another number */
	if (len == 10 && n->n > 10 && n->digits[1] == '4' &&
	    n->digits[9] == '0' && ends[9] > ends[8] + 1)
		len = 9;
	return len > 0 && keep_digits(l, n, len, ends);
}

/* (代表號), (外縣市02-2720-8889): a remark between a number and its 轉. */
static size_t
remark_at(const struct line *l, size_t i)
{
	size_t	n = 0;

	while (i + n < l->len && l->s[i + n] == ' ')
		n++;
	if (i + n >= l->len || l->s[i + n] != '(')
		return 0;
	while (i + n < l->len && l->s[i + n] != ')')
		if (l->s[i + n++] == '\n')
			return 0;
	return i + n < l->len ? n + 1 : 0;
}

/* 轉 # 分機 ext. x ,,: bytes of the mark, blanks and brackets included. */
static size_t
ext_mark(const struct line *l, size_t i)
{
	static const char *const marks[] = {
		"轉分機", "转分机", "轉接", "转接", "分機", "分机", "轉", "转",
		"內線", "内线", "請按", "請轉", "按",
		"extension", "extn", "ext", "#", "x", "*", "分", NULL
	};
	size_t	at = i, n;

	/* the pauses that a mobile phone dials */
	while (at < l->len && l->s[at] == ',')
		at++;
	if (at >= i + 2 && at < l->len && is_digit(l->s[at]))
		return at - i;
	at = i;
	while (at < l->len && strchr(" \n(,;-", l->s[at]) != NULL && at < i + 3)
		at++;
	n = starts_any(l, at, marks);
	if (n == 0)
		return 0;
	for (at += n; at < l->len && at < i + n + 8 &&
	    (strchr(" .:#)=", l->s[at]) != NULL || starts(l, at, "分機") > 0);
	    at++)
		at += starts(l, at, "分機") > 0 ? 5 : 0;
	return at < l->len && is_digit(l->s[at]) ? at - i : 0;
}

/* 5 5 6 6 at i; its end, or 0. */
static size_t
spaced_ext(struct arena *a, const struct line *l, size_t i, const char **ext)
{
	char	digits[EXT_MAX + 1];
	size_t	n = 0;

	for (; n < EXT_MAX && group_length(l, i + 2 * n) == 1; n++) {
		digits[n] = l->s[i + 2 * n];
		if (i + 2 * n + 1 < l->len && l->s[i + 2 * n + 1] != ' ') {
			n++;
			break;
		}
	}
	if (n < 3)
		return 0;
	*ext = arena_strndup(a, digits, n);
	return i + 2 * n - 1;
}

/* The extension at i with its mark; returns the end, or i. */
static size_t
read_ext(struct arena *a, const struct line *l, size_t i, const char **ext)
{
	size_t	n = ext_mark(l, i), k, end;

	if (n == 0)
		return i;
	k = group_length(l, i + n);
	if (k == 1 && (end = spaced_ext(a, l, i + n, ext)) > 0)
		return end;
	/* 請按02-27208889 */
	if (k > EXT_MAX || (l->s[i + n] == '0' && i + n + k + 1 < l->len &&
	    l->s[i + n + k] == '-' && is_digit(l->s[i + n + k + 1])))
		return i;
	*ext = arena_strndup(a, l->s + i + n, k);
	return i + n + k;
}

/* 5550-0101~3, 5550-0101至3: lines of one house, the first of which is called;
 * bytes up to its 轉. */
static size_t
range_at(const struct line *l, size_t i)
{
	static const char *const joints[] = { "~", "～", "至", NULL };
	size_t	at = i, n, k;

	while (at < l->len && l->s[at] == ' ')
		at++;
	if ((n = starts_any(l, at, joints)) == 0)
		return 0;
	at += n;
	while (at < l->len && l->s[at] == ' ')
		at++;
	k = group_length(l, at);
	return k >= 1 && k <= 4 && ext_mark(l, at + k) > 0 ? at + k - i : 0;
}

/* The same for a number that ends at i; its remark may be a phone itself. */
static size_t
own_ext(struct arena *a, const struct line *l, size_t i, const char **ext)
{
	size_t	end, n, remark;

	i += range_at(l, i);
	end = read_ext(a, l, i, ext);
	if (end > i || (n = remark = remark_at(l, i)) == 0)
		return end;
	end = read_ext(a, l, i + remark, ext);
	if (end == i + remark)
		return i;
	while (n > 0 && !is_digit(l->s[i + n - 1]))
		n--;
	return n > 0 ? i : end;
}

/* 5566/5567: extensions of one length, of which the first is called. */
static int
is_list(const struct line *l, size_t i, size_t n)
{
	size_t	end = i + n;

	while (end < l->len && l->s[end] == '/' &&
	    group_length(l, end + 1) == n)
		end += 1 + n;
	return n >= 3 && n <= SHORT_MAX && end > i + n && (end == l->len ||
	    strchr("./-:", l->s[end]) == NULL);
}

/* 2720-8889 without its area, 1999, 2255: not to be dialled from outside. */
static size_t
local_at(struct arena *a, const struct line *l, size_t i, struct phone *p)
{
	static const char *const shorts[] = { "1999", "119", "110", NULL };
	static const char *const units[] = {
		"年", "月", "日", "時", "點", "樓", "號", "室", "人", "台",
		"元", "級", NULL
	};
	size_t	n = group_length(l, i), more;

	if (starts_any(l, i, shorts) == n && n > 0) {
		p->short_number = arena_strndup(a, l->s + i, n);
		return i + n;
	}
	if (n >= 3 && n <= 4 && l->s[i] != '0' && i + n < l->len &&
	    l->s[i + n] == '-') {
		more = group_length(l, i + n + 1);
		if (more == 4)
			return i + n + 1 + more;
	}
	if ((n == 7 || n == 8) && l->s[i] != '0')
		return i + n;
	/* not a part of an address, a date or a broken number */
	if (i > 1 && l->s[i - 1] == '/' && is_digit(l->s[i - 2]))
		return i;
	if (starts_any(l, i + n, units) > 0)
		return i;
	if (i + n + 1 < l->len && strchr("./-:", l->s[i + n]) != NULL &&
	    is_digit(l->s[i + n + 1]) && !is_list(l, i, n))
		return i;
	if (n >= 3 && n <= SHORT_MAX) {
		p->ext = arena_strndup(a, l->s + i, n);
		return i + n;
	}
	return i;
}

static const char *
raw_of(struct arena *a, const char *text, const struct line *l, size_t from,
    size_t to)
{
	return arena_strndup(a, text + l->at[from], l->at[to] - l->at[from]);
}

/* One phone at i; returns its end, or i when there is none. */
static size_t
phone_at(struct arena *a, const char *text, const struct line *l, size_t i,
    struct phone *p)
{
	struct number	n;
	size_t		end, from = i;

	memset(p, 0, sizeof(*p));
	if (l->s[i] == '(' && i + 1 < l->len && (is_digit(l->s[i + 1]) ||
	    l->s[i + 1] == '+'))
		i++;
	if (l->s[i] != '+' && !is_digit(l->s[i])) {
		end = read_ext(a, l, i, &p->ext);
		if (end == i)
			return from;
	} else if (subscriber_at(l, i, &n)) {
		p->e164 = arena_printf(a, "+%s%s", n.plus ? "" : "886",
		    n.digits + (n.plus ? 0 : 1));
		end = own_ext(a, l, n.to, &p->ext);
	} else {
		end = local_at(a, l, i, p);
		if (end == i)
			return from;
		if (p->ext == NULL)
			end = own_ext(a, l, end, &p->ext);
	}
	p->raw = raw_of(a, text, l, from, end);
	return end;
}

/* 電話/傳真: one number for both. */
static int
shares_label(const struct line *l, size_t i)
{
	static const char *const before[] = {
		"電話/", "电话/", "電話及", "電話兼", "電話、", "tel/", "tel&",
		"phone/", NULL
	};

	for (size_t k = 0; before[k] != NULL; k++) {
		size_t	n = strlen(before[k]);

		if (i >= n && memcmp(l->s + i - n, before[k], n) == 0)
			return 1;
	}
	return 0;
}

/* 傳真 and its number are no telephone. */
static size_t
fax_at(const struct line *l, size_t i)
{
	static const char *const marks[] = { "傳真", "传真", "fax", NULL };
	size_t	n = starts_any(l, i, marks);

	if (n == 0 || shares_label(l, i))
		return 0;
	while (i + n < l->len && !is_digit(l->s[i + n]) && l->s[i + n] != '/' &&
	    l->s[i + n] != '\n')
		n++;
	while (i + n < l->len && (is_digit(l->s[i + n]) ||
	    gap_at(l, i + n) > 0))
		n++;
	return n;
}

/* May a phone begin here: not inside a word, a number or an address. */
static int
may_begin(const struct line *l, size_t i)
{
	char	c = i > 0 ? l->s[i - 1] : ' ';

	if (is_digit(c) || c == '+' ||
	    (strchr("-.:", c) != NULL && i > 1 && is_digit(l->s[i - 2])) ||
	    (c == '-' && i > 1 && l->s[i - 2] >= 'a' && l->s[i - 2] <= 'z'))
		return 0;
	if (is_digit(l->s[i]))
		return !(c >= 'a' && c <= 'z') && c != '@';
	if (l->s[i] == '+' || l->s[i] == '(' || l->s[i] == '#')
		return 1;
	return !((c >= 'a' && c <= 'z') || (l->s[i] == 'x' && i > 0));
}

/*
 * A spreadsheet takes 0912345678 for a number and drops its 0.  Nine digits
 * are no number of a subscriber, so nothing else can be meant.
 */
static void
lost_zero(struct arena *a, struct line *l)
{
	char		*s;
	uint32_t	*at;

	if (l->len != 9 || strspn(l->s, "0123456789") != 9 || *l->s == '0')
		return;
	s = arena_printf(a, "0%s", l->s);
	if (national_length(s, 10) != 10)
		return;
	at = arena_array(a, l->len + 2, sizeof(*at));
	memcpy(at + 1, l->at, (l->len + 1) * sizeof(*at));
	*l = (struct line){ s, l->len + 1, at };
}

/* Is p the better half of what the first one lacks? */
static int
same_phone(const struct phone *p, const struct phone *q)
{
	return p->e164 != NULL && q->e164 != NULL &&
	    strcmp(p->e164, q->e164) == 0;
}

int
phone_read(struct arena *a, const char *text, struct phone *first,
    struct phone *second)
{
	struct folded	f;
	struct line	l;
	struct phone	p;
	size_t		i = 0, end;
	int		found = 0;

	memset(first, 0, sizeof(*first));
	memset(second, 0, sizeof(*second));
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	plain_digits(a, &f, &l);
	lost_zero(a, &l);
	while (i < l.len && found < 2) {
		if ((end = fax_at(&l, i)) > 0) {
			i += end;
			continue;
		}
		end = may_begin(&l, i) ? phone_at(a, text, &l, i, &p) : i;
		if (end == i) {
			i++;
			continue;
		}
		i = end;
		/* a lone extension behind a number belongs to nobody else */
		if (found == 1 && (same_phone(first, &p) ||
		    (p.e164 == NULL && p.short_number == NULL)))
			continue;
		*(found++ == 0 ? first : second) = p;
	}
	if (found > 0)
		first->raw = text;
	return found;
}
