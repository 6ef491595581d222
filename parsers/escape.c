#include "parsers/escape.h"

#include <string.h>

#include "parsers/east.h"

#define ESC	0x1b
#define SO	0x0e
#define SI	0x0f
#define RUN	512		/* bytes given to iconv at once */

/* A set that was designated, as bytes of an EUC. */
struct set {
	enum charset	 cs;		/* CS_NONE: ASCII */
	int		 width;		/* bytes a character */
	unsigned char	 lead[2];	/* before each character */
};

struct state {
	struct set	 g[4];
	int		 gl;		/* 0, or 1 after SO */
	int		 single;	/* 2 or 3 for one character */
	int		 hz;
	struct set	 run_set;
	char		 run[RUN];
	size_t		 n;
	char		*out;
	size_t		 o, cap, *bad;
};

/* By the final byte of "ESC $ ( F"; the registry of ISO/IEC 2375. */
static const struct set wide[128] = {
	['@'] = { CS_EUCJP, 2, { 0, 0 } },
	['A'] = { CS_GB18030, 2, { 0, 0 } },
	['B'] = { CS_EUCJP, 2, { 0, 0 } },
	['C'] = { CS_CP949, 2, { 0, 0 } },
	['D'] = { CS_EUCJP, 2, { 0x8f, 0 } },
	['E'] = { CS_GB18030, 2, { 0, 0 } },	/* ISO-IR-165 */
	['G'] = { CS_EUCTW, 2, { 0, 0 } },
	['H'] = { CS_EUCTW, 2, { 0x8e, 0xa2 } },
	['I'] = { CS_EUCTW, 2, { 0x8e, 0xa3 } },
	['J'] = { CS_EUCTW, 2, { 0x8e, 0xa4 } },
	['K'] = { CS_EUCTW, 2, { 0x8e, 0xa5 } },
	['L'] = { CS_EUCTW, 2, { 0x8e, 0xa6 } },
	['M'] = { CS_EUCTW, 2, { 0x8e, 0xa7 } },
	['O'] = { CS_JISX0213, 2, { 0, 0 } },
	['P'] = { CS_JISX0213, 2, { 0x8f, 0 } },
	['Q'] = { CS_JISX0213, 2, { 0, 0 } },
};

/* By the final byte of "ESC ( F" and "ESC . F". */
static const struct set narrow[128] = {
	['A'] = { CS_CP1252, 1, { 0, 0 } },
	['F'] = { CS_CP1253, 1, { 0, 0 } },
	['I'] = { CS_EUCJP, 1, { 0x8e, 0 } },	/* half-width katakana */
};

static void
flush(struct state *s)
{
	if (s->n > 0)
		s->o += charset_convert(s->run_set.cs, s->run, s->n,
		    s->out + s->o, s->cap - s->o, s->bad);
	s->n = 0;
}

static void
put_plain(struct state *s, char c)
{
	flush(s);
	if (s->cap - s->o > 0)
		s->out[s->o++] = c;
}

/* One character of a set; returns its bytes, 0: it is none. */
static size_t
put_char(struct state *s, const struct set *set, const unsigned char *p,
    size_t left)
{
	size_t	width = (size_t)set->width;

	if (set->cs == CS_NONE || left < width)
		return 0;
	for (size_t i = 0; i < width; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f)
			return 0;
	if (s->n + 4 > RUN || s->run_set.cs != set->cs)
		flush(s);
	s->run_set = *set;
	for (size_t i = 0; i < 2 && set->lead[i] != 0; i++)
		s->run[s->n++] = (char)set->lead[i];
	for (size_t i = 0; i < width; i++)
		s->run[s->n++] = (char)(p[i] | 0x80);
	return width;
}

/* Which of G0 to G3 an intermediate byte designates; -1: none. */
static int
designates(unsigned char c)
{
	return c >= '(' && c <= '+' ? c - '(' :
	    c >= '-' && c <= '/' ? c - ',' : -1;
}

/* The sequence after ESC: its bytes, 0: none that we know. */
static size_t
sequence(struct state *s, const unsigned char *p, size_t left)
{
	int	 g;

	if (left >= 1 && (p[0] == 'N' || p[0] == 'O')) {
		s->single = p[0] == 'N' ? 2 : 3;
		return 1;
	}
	if (left >= 2 && p[0] == '$' && p[1] >= '@' && p[1] <= 'B') {
		s->g[0] = wide[p[1]];
		return 2;
	}
	if (left >= 3 && p[0] == '$' && (g = designates(p[1])) >= 0 &&
	    p[2] < 0x80) {
		s->g[g] = wide[p[2]];
		return 3;
	}
	if (left >= 2 && (g = designates(p[0])) >= 0 && p[1] < 0x80) {
		s->g[g] = g == 0 && p[1] == 'A' ? narrow[0] : narrow[p[1]];
		return 2;
	}
	return 0;
}

/* HZ: "~{" GB 2312 "~}", "~~" a tilde, "~" at the end of a line nothing. */
static size_t
tilde(struct state *s, const unsigned char *p, size_t left)
{
	int	gb = s->g[0].cs != CS_NONE;

	if (left < 2)
		return 0;
	if (p[1] == '{' || p[1] == '}') {
		s->g[0] = p[1] == '{' ? wide['A'] : narrow[0];
		return 2;
	}
	if (gb || (p[1] != '~' && p[1] != '\n'))
		return 0;
	if (p[1] == '~')
		put_plain(s, '~');
	return 2;
}

/* What is at p and no character of a set; returns its bytes. */
static size_t
control(struct state *s, const unsigned char *p, size_t left)
{
	size_t	n;

	if (s->hz && *p == '~' && (n = tilde(s, p, left)) > 0)
		return n;
	if (!s->hz && *p == ESC && (n = sequence(s, p + 1, left - 1)) > 0)
		return n + 1;
	if (!s->hz && (*p == SO || *p == SI)) {
		s->gl = *p == SO;
		return 1;
	}
	if (*p == '\n') {		/* all of them start a line anew */
		s->gl = 0;
		s->g[0] = narrow[0];
	}
	if (*p < 0x80) {
		put_plain(s, (char)*p);
		return 1;
	}
	flush(s);
	(*s->bad)++;
	if (s->cap - s->o >= 3) {
		memcpy(s->out + s->o, "\xef\xbf\xbd", 3);
		s->o += 3;
	}
	return 1;
}

size_t
escape_convert(enum charset cs, const char *in, size_t len, char *out,
    size_t cap, size_t *bad)
{
	const unsigned char	*p = (const unsigned char *)in;
	const struct set	*set;
	struct state		 s = { .out = out, .cap = cap, .bad = bad };
	size_t			 i = 0, n;

	s.hz = cs == CS_HZ;
	if (cs == CS_2022KR || cs == CS_2022CN)	/* where nothing says so */
		s.g[1] = wide[cs == CS_2022KR ? 'C' : 'A'];
	while (i < len) {
		set = &s.g[s.single > 0 ? s.single : s.gl];
		n = s.hz && p[i] == '~' && i + 1 < len && p[i + 1] == '}' ?
		    0 : put_char(&s, set, p + i, len - i);
		s.single = 0;
		i += n > 0 ? n : control(&s, p + i, len - i);
	}
	flush(&s);
	return s.o;
}

/*
 * HZ by its look: each "~{" has its "~}" in the line, between them are pairs
 * of GB 2312, and they read as Chinese.
 */
static int
is_hz(const char *in, size_t len)
{
	const char	*p = in, *end = in + len, *q;
	char		 gb[RUN];
	struct east	 e;
	size_t		 n = 0;

	while ((p = memmem(p, (size_t)(end - p), "~{", 2)) != NULL) {
		p += 2;
		q = memmem(p, (size_t)(end - p), "~}", 2);
		if (q == NULL || q == p || (q - p) % 2 != 0)
			return 0;
		for (; p < q; p++) {
			if (*p <= ' ' || *p >= 0x7f)
				return 0;
			if (n < RUN)
				gb[n++] = (char)(*p | 0x80);
		}
	}
	if (n == 0)
		return 0;
	east_weigh(gb, n, CS_GB18030, &e);
	return e.cs == CS_GB18030 && e.chinese;
}

enum charset
escape_seen(const char *in, size_t len)
{
	const char	*p = memchr(in, ESC, len), *end = in + len;

	for (; p != NULL; p = memchr(p + 1, ESC, (size_t)(end - p - 1))) {
		if (end - p > 3 && p[1] == '$' && (p[2] == '@' ||
		    p[2] == 'A' || p[2] == 'B' ||
		    designates((unsigned char)p[2]) >= 0))
			return p[2] == ')' && p[3] == 'C' ? CS_2022KR :
			    CS_2022JP;
	}
	return memmem(in, len, "~{", 2) != NULL && is_hz(in, len) ? CS_HZ :
	    CS_NONE;
}
