#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "parsers/char_ref.h"
#include "parsers/encoding.h"
#include "parsers/limits.h"
#include "parsers/text.h"

#define LABEL_MAX	64
#define OUT_MAX		(HEADER_MAX * 4u)

/*
 * Encoded-words in a row with one charset are one string of bytes: mailers
 * cut inside a character, and some inside a base64 group.
 */
struct words {
	struct arena	*a;
	struct buf	 out;
	char		*bytes;		/* of the words not yet decoded */
	size_t		 n;
	char		 label[LABEL_MAX];
	struct base64	 b64;
	int		*guessed;
};

struct word {
	const char	*label;
	size_t		 label_len;
	int		 kind;		/* 'b' or 'q' */
	const char	*text;
	size_t		 len;
	const char	*end;
};

static void
words_flush(struct words *w)
{
	char	*s;
	size_t	 n;

	if (w->n > 0) {
		s = text_decode(w->a, w->bytes, w->n, w->label, w->guessed,
		    &n);
		(void)buf_add(&w->out, s, n);
	}
	w->n = 0;
	w->label[0] = '\0';
	memset(&w->b64, 0, sizeof(w->b64));
}

/* "=?label?b?text?=" at p.  Blanks inside the text are wrong and common. */
static int
word_at(const char *p, const char *end, struct word *w)
{
	const char	*q;

	w->label = p + 2;
	q = memchr(w->label, '?', (size_t)(end - w->label));
	if (q == NULL || q == w->label || q - w->label >= LABEL_MAX ||
	    end - q < 4 || q[2] != '?')
		return 0;
	for (const char *c = w->label; c < q; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
			return 0;
	w->label_len = (size_t)(q - w->label);
	w->kind = q[1] | 0x20;
	if (w->kind != 'b' && w->kind != 'q')
		return 0;
	w->text = q + 3;
	for (q = w->text; q + 1 < end; q++) {
		if (q[0] == '?' && q[1] == '=') {
			w->len = (size_t)(q - w->text);
			w->end = q + 2;
			return 1;
		}
		if (*q == '\n' && q + 1 < end && q[1] != ' ' && q[1] != '\t')
			return 0;
	}
	return 0;
}

static void
words_add(struct words *w, const struct word *one)
{
	char	 label[LABEL_MAX];
	size_t	 n = one->label_len;

	memcpy(label, one->label, n);
	label[n] = '\0';
	if (memchr(label, '*', n) != NULL)	/* RFC 2231 language */
		*strchr(label, '*') = '\0';
	if (strcasecmp(label, w->label) != 0 || one->kind == 'q') {
		if (strcasecmp(label, w->label) != 0)
			words_flush(w);
		memset(&w->b64, 0, sizeof(w->b64));
	}
	memcpy(w->label, label, sizeof(label));
	if (one->kind == 'b') {
		if (w->b64.bits == 0)	/* the last group was whole */
			w->b64.n = 0;
		w->n += base64_bytes(&w->b64, one->text, one->len,
		    w->bytes + w->n);
	} else {
		w->n += qp_bytes(one->text, one->len, 1, w->bytes + w->n);
	}
}

/* What stands between the words: ASCII, or raw bytes of some charset. */
static void
plain_add(struct words *w, const char *p, size_t len)
{
	char	*s;
	size_t	 n;

	words_flush(w);
	s = text_decode(w->a, p, len, NULL, w->guessed, &n);
	(void)buf_add(&w->out, s, n);
}

static int
blank(const char *p, const char *end)
{
	while (p < end)
		if (strchr(" \t\r\n", *p++) == NULL || p[-1] == '\0')
			return 0;
	return 1;
}

static void
split(struct words *w, const char *p, const char *end)
{
	const char	*from = p, *q = p;
	struct word	 one;
	int		 after_word = 0;

	while (q < end) {
		q = memchr(q, '=', (size_t)(end - q));
		if (q == NULL)
			break;
		if (end - q < 6 || q[1] != '?' || !word_at(q, end, &one)) {
			q++;
			continue;
		}
		if (!(after_word && blank(from, q)) && q > from)
			plain_add(w, from, (size_t)(q - from));
		words_add(w, &one);
		after_word = 1;
		from = q = one.end;
	}
	if (from < end)
		plain_add(w, from, (size_t)(end - from));
	words_flush(w);
}

/* One line: folding and control characters are one space or nothing. */
static char *
one_line(struct arena *a, const char *s, size_t len)
{
	char	*clean = text_utf8_clean(a, s, len), *o = clean;

	for (const char *p = clean; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\t') {
			if (o > clean && o[-1] != ' ')
				*o++ = ' ';
		} else if (*p != ' ' || o > clean) {
			*o++ = *p;
		}
	}
	while (o > clean && o[-1] == ' ')
		o--;
	*o = '\0';
	return char_refs_read(clean);
}

/* Folding is CRLF and a blank; the blank alone counts. */
static char *
unfold(struct arena *a, const char *s, size_t len, size_t *outlen)
{
	char	*out = arena_alloc(a, len + 1), *o = out;

	for (size_t i = 0; i < len; i++)
		if (s[i] != '\r' && s[i] != '\n' && s[i] != '\0')
			*o++ = s[i];
	*outlen = (size_t)(o - out);
	return out;
}

static char *
read_words(struct arena *a, const char *raw, size_t len, int *guessed)
{
	struct words	 w;
	char		*s;

	memset(&w, 0, sizeof(w));
	w.a = a;
	w.guessed = guessed;
	w.bytes = arena_alloc(a, len + 4);
	buf_init(&w.out, OUT_MAX);
	split(&w, raw, raw + len);
	s = one_line(a, w.out.data, w.out.len);
	buf_free(&w.out);
	return s;
}

char *
text_header(struct arena *a, const char *raw, size_t len, int *guessed)
{
	char	*s;
	size_t	 n;

	if (len > HEADER_MAX)
		len = HEADER_MAX;
	raw = unfold(a, raw, len, &len);
	if (memchr(raw, '?', len) == NULL) {
		s = text_decode(a, raw, len, NULL, guessed, &n);
		return one_line(a, s, n);
	}
	s = read_words(a, raw, len, guessed);
	/* Some gateways encode words once more. */
	return strstr(s, "=?") == NULL ? s :
	    read_words(a, s, text_cut(s, strlen(s), HEADER_MAX), guessed);
}
