#include "parsers/sheet_number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/civil.h"

#define DAY		86400
#define UNIX_EPOCH	25569		/* 1970-01-01 since 1900 */
#define LEAP_1900	60		/* 1900-02-29, which never was */
#define FROM_1904	1462		/* 1904-01-01 since 1900 */
#define LAST_DAY	2958466.0	/* behind 9999-12-31 */
#define FIRST_YEAR	10000.0		/* less are hours, not a day of 1927 */
#define NUMBER_SIZE	64
#define EXACT		1e15		/* further digits are not kept */
#define HUGE_NUMBER	1e300		/* not infinite, nor no number */

const char *
sheet_format(long id)
{
	/* 27-36 and 50-58 are those of the Chinese programs */
	if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 ||
	    (id >= 50 && id <= 54) || id == 57 || id == 58)
		return "yyyy/m/d";
	if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 ||
	    id == 47 || id == 55 || id == 56)
		return "h:mm";
	if (id == 22)
		return "yyyy/m/d h:mm";
	if (id == 46)
		return "[h]:mm:ss";
	return id == 9 || id == 10 ? "0%" : NULL;
}

/* What a format shows. */
struct shows {
	int	date, time;
	int	elapsed;	/* hours beyond a day */
	int	percent;
	int	digits;		/* places for them */
	int	other;		/* points, thousands, powers: not rendered */
};

/* Bytes of what stands for itself at s: "x", \x, _x, *x, [Red]; 0: none. */
static size_t
literal(const char *s)
{
	const char	*end;

	switch (*s) {
	case '"':
		end = strchr(s + 1, '"');
		return end == NULL ? strlen(s) : (size_t)(end - s) + 1;
	case '\\':
	case '_':
	case '*':
		return s[1] == '\0' ? 1 : 2;
	case '[':
		end = strchr(s, ']');
		return end == NULL ? strlen(s) : (size_t)(end - s) + 1;
	}
	return strncasecmp(s, "general", 7) == 0 ? 7 : 0;
}

/* [h], [mm]: hours or minutes that go on counting. */
static int
is_elapsed(const char *s, size_t n)
{
	if (*s != '[' || n < 3)
		return 0;
	for (size_t i = 1; i + 1 < n; i++)
		if (strchr("hHmMsS", s[i]) == NULL)
			return 0;
	return 1;
}

static void
look_at(struct shows *k, char c, int *minutes)
{
	switch (c) {
	case 'y': case 'Y': case 'd': case 'D': case 'e': case 'E':
		k->date = 1;
		break;
	case 'h': case 'H': case 's': case 'S':
		k->time = 1;
		break;
	case 'm': case 'M':
		*minutes = 1;
		break;
	case '0': case '#':
		k->digits++;
		break;
	case '%':
		k->percent = 1;
		break;
	case '.': case ',': case '?':
		k->other = 1;
		break;
	}
}

/* The first part of a format, which is that of positive numbers. */
static void
look_at_format(const char *code, struct shows *k)
{
	int	minutes = 0;

	memset(k, 0, sizeof(*k));
	for (const char *s = code; *s != '\0' && *s != ';'; s++) {
		size_t	n = literal(s);

		if (n > 0) {
			k->elapsed |= is_elapsed(s, n);
			s += n - 1;
		} else if ((*s == 'e' || *s == 'E') && k->digits > 0) {
			k->other = 1;		/* 0.00E+00 */
		} else {
			look_at(k, *s, &minutes);
		}
	}
	k->time |= k->elapsed;
	if (minutes && !k->time)
		k->date = 1;			/* m: a month alone */
}

static enum sheet_type
put_hours(struct buf *b, double v)
{
	long long	at = (long long)(v * DAY + 0.5);

	(void)buf_addf(b, "%02lld:%02lld", at / 3600, at / 60 % 60);
	if (at % 60 != 0)
		(void)buf_addf(b, ":%02lld", at % 60);
	return SHEET_TIME;
}

static enum sheet_type
put_date(struct buf *b, double v, int since_1904, int with_time)
{
	int64_t		 day = (int64_t)v;
	int64_t		 at = (int64_t)((v - (double)day) * DAY + 0.5);
	struct civil	 c;

	day += since_1904 ? FROM_1904 : day < LEAP_1900;
	civil_from_utc(&c, (day - UNIX_EPOCH) * DAY + at, 0);
	(void)buf_addf(b, "%04d-%02d-%02d", c.year, c.mon, c.day);
	if (!with_time && at % DAY == 0)
		return SHEET_DATE;
	(void)buf_addf(b, " %02d:%02d", c.hour, c.min);
	if (c.sec != 0)
		(void)buf_addf(b, ":%02d", c.sec);
	return SHEET_WORDS;
}

/* The words between the digits of 0000-000-000 and 0"級". */
static void
put_literal(struct buf *b, const char *s, size_t n)
{
	if (*s == '"') {
		s++;
		n -= n > 1 && s[n - 2] == '"' ? 2 : 1;
	} else if (*s == '\\') {
		s++;
		n--;
	} else if (*s == '_' || *s == '*' || *s == '[') {
		return;
	}
	(void)buf_add(b, s, n);
}

/* A whole number in the places of a format; the first takes what is more. */
static void
put_digits(struct buf *b, const char *code, const char *digits, int places)
{
	int	n = (int)strlen(digits), place = 0;

	for (const char *s = code; *s != '\0' && *s != ';'; s++) {
		size_t	k = literal(s);

		if (k > 0) {
			put_literal(b, s, k);
			s += k - 1;
		} else if (strchr("0#", *s) == NULL) {
			(void)buf_putc(b, *s);
		} else {
			int	right = places - ++place;

			for (int i = place == 1 ? n - 1 : right; i >= right;
			    i--)
				if (i < n)
					(void)buf_putc(b, digits[n - 1 - i]);
				else if (*s == '0')
					(void)buf_putc(b, '0');
			if (place == 1 && n <= right && *s == '0')
				(void)buf_putc(b, '0');
		}
	}
}

static int
is_whole(double v)
{
	return v > -EXACT && v < EXACT && (double)(long long)v == v;
}

static void
put_plain(struct buf *b, double v)
{
	if (is_whole(v))
		(void)buf_addf(b, "%.0f", v);
	else
		(void)buf_addf(b, "%.15g", v);
}

static enum sheet_type
put_number(struct buf *b, double v, const char *code, const struct shows *k)
{
	char	digits[NUMBER_SIZE];
	struct buf n;

	if (k->percent) {
		(void)buf_addf(b, "%.6g", v * 100);
		(void)buf_putc(b, '%');
	} else if (k->digits > 0 && !k->other && v >= 0 && is_whole(v)) {
		buf_init(&n, sizeof(digits));
		put_plain(&n, v);
		memcpy(digits, n.data, n.len + 1);
		buf_free(&n);
		put_digits(b, code, digits, k->digits);
	} else {
		put_plain(b, v);
	}
	return SHEET_WORDS;
}

enum sheet_type
sheet_number(struct buf *b, const char *value, size_t len, const char *code,
    int since_1904)
{
	char		 number[NUMBER_SIZE], *end;
	struct shows	 k = { 0 };
	double		 v;

	if (len == 0 || len >= sizeof(number)) {
		(void)buf_add(b, value, len);
		return SHEET_WORDS;
	}
	memcpy(number, value, len);
	number[len] = '\0';
	v = strtod(number, &end);
	if (*end != '\0' || !(v > -HUGE_NUMBER && v < HUGE_NUMBER)) {
		(void)buf_add(b, value, len);
		return SHEET_WORDS;
	}
	if (code != NULL)
		look_at_format(code, &k);
	if ((!k.date && !k.time) || v < 0 || v >= LAST_DAY)
		return put_number(b, v, code, &k);
	if (k.time && !k.date && (k.elapsed || v < FIRST_YEAR))
		return put_hours(b, k.elapsed ? v : v -
		    (double)(long long)v);
	return put_date(b, v, since_1904, k.time);
}
