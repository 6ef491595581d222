#include "parsers/secret.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "parsers/limits.h"
#include "parsers/pattern.h"

#define WORD								\
	"(?:密碼|密码|通行碼|通行码|口令|pass ?word|pass ?phrase|passwd"	\
	"|passcode|\\bpwd|\\bpw)"
#define IS	"\\s{0,3}(?:[:=：＝]|\\bis\\b|\\bwas\\b|是|為|为)[\\s:：]{0,3}"
#define OPEN	"[\"'「『“(]?"
#define CHAR	"[!#-&*-~]"	/* no quotes, no brackets */

static const char *const texts[] = {
	/* A word with a digit or a sign in it; no date, no address, no mask. */
	WORD IS OPEN "(?!\\*{4}|https?:|[0-9]{2,4}[-/.][0-9]{1,2}[-/.])"
	    "((?=[!-~]{0,63}[0-9!#$%&*+@^_~])" CHAR "{4,64})",
	/* 帳號/密碼：root / toor */
	"(?:帳密|账密|(?:帳號|账号|account|user(?:name)?|login)\\s?[/／、及與和&]"
	    "\\s?" WORD ")" IS OPEN
	    "(" CHAR "{2,64}\\s?[/／、,，]\\s?" CHAR "{3,64})",
};

#define SECRET_SPAN	512	/* bytes: a word and its secret are shorter */
#define NTEXTS	(sizeof(texts) / sizeof(texts[0]))

/* Compiled once: a process serves one configuration. */
static struct pattern	*patterns[NTEXTS];

enum rc
secret_prepare(struct err *err)
{
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < NTEXTS; i++)
		if (patterns[i] == NULL)
			rc = pattern_compile(texts[i], 0, &patterns[i], err);
	return rc;
}

/* pw or pass, which begins with this p. */
static int
has_latin(const char *s, size_t len, char p)
{
	const char	*end = s + len;

	for (; (s = memchr(s, p, (size_t)(end - s))) != NULL; s++)
		if (end - s > 1 && ((s[1] | 0x20) == 'w' ||
		    (end - s > 3 && strncasecmp(s, "pass", 4) == 0)))
			return 1;
	return 0;
}

/* Most lines hold nothing of what such words are made of. */
static int
may_tell(const char *s, size_t len)
{
	static const char *const parts[] = { "密", "通行", "口令" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (memmem(s, len, parts[i], strlen(parts[i])) != NULL)
			return 1;
	return has_latin(s, len, 'p') || has_latin(s, len, 'P');
}

/* The first secret of a line, of whatever pattern. */
static int
find(const char *s, size_t len, size_t *from, size_t *to)
{
	size_t	f, t;

	*from = *to = len;
	for (size_t i = 0; i < NTEXTS; i++)
		if (pattern_match(patterns[i], s, len, &f, &t) == 1 &&
		    t > f && f < *from) {
			*from = f;
			*to = t;
		}
	return *from < len;
}

static void
mask_line(struct buf *b, const char *s, size_t len, int *seen)
{
	size_t	from, to;

	while (may_tell(s, len)) {
		if (find(s, len, &from, &to)) {
			(void)buf_add(b, s, from);
			(void)buf_puts(b, SECRET_MASK);
			++*seen;
		} else if (len > PATTERN_SUBJECT) {
			to = PATTERN_SUBJECT - SECRET_SPAN;
			(void)buf_add(b, s, to);
		} else {
			break;
		}
		s += to;
		len -= to;
	}
	(void)buf_add(b, s, len);
}

const char *
secret_mask(struct arena *a, const char *text, int *seen)
{
	struct buf	 b;
	const char	*out = text, *s = text;
	size_t		 n;
	int		 before = *seen;

	if (patterns[0] == NULL || !may_tell(text, strlen(text)))
		return text;
	buf_init(&b, 2 * BODY_MAX);
	for (;;) {
		n = strcspn(s, "\n");
		mask_line(&b, s, n, seen);
		if (s[n] == '\0')
			break;
		(void)buf_putc(&b, '\n');
		s += n + 1;
	}
	if (*seen > before && !b.over)
		out = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return out;
}
