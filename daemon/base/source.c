#include "base/source.h"

#include <stdint.h>
#include <string.h>
#include <unistr.h>

#include "base/path.h"

#define SOURCE_DEPTH	16

struct scan {
	const char	*file;
	char		*s;
	size_t		 len;
	size_t		 i;
	int		 line;
	int		 open[SOURCE_DEPTH];	/* lines of the open braces */
	int		 depth;
	struct err	*err;
};

/* May a // or slash-star comment begin here?  Not inside https://host. */
static int
at_token_start(const struct scan *sc)
{
	return sc->i == 0 || strchr(" \t\r\n={},()+\"'", sc->s[sc->i - 1]);
}

static void
blank_line_comment(struct scan *sc)
{
	while (sc->i < sc->len && sc->s[sc->i] != '\n')
		sc->s[sc->i++] = ' ';
}

static enum rc
blank_block_comment(struct scan *sc)
{
	int	begin = sc->line;
	size_t	from = sc->i;

	for (sc->i += 2; sc->i + 1 < sc->len; sc->i++) {
		if (sc->s[sc->i] == '\n')
			sc->line++;
		if (sc->s[sc->i] == '*' && sc->s[sc->i + 1] == '/') {
			sc->i += 2;
			for (; from < sc->i; from++)
				if (sc->s[from] != '\n')
					sc->s[from] = ' ';
			return RC_OK;
		}
	}
	return err_set(sc->err, RC_REFUSED, "%s:%d: comment: found the end of "
	    "the file, expected */", sc->file, begin);
}

static enum rc
skip_string(struct scan *sc)
{
	char	quote = sc->s[sc->i];
	int	begin = sc->line;

	for (sc->i++; sc->i < sc->len; sc->i++) {
		if (sc->s[sc->i] == '\n')
			sc->line++;
		if (sc->s[sc->i] == '\\' && sc->i + 1 < sc->len) {
			sc->i++;
			if (sc->s[sc->i] == '\n')
				sc->line++;
		} else if (sc->s[sc->i] == quote) {
			sc->i++;
			return RC_OK;
		}
	}
	return err_set(sc->err, RC_REFUSED, "%s:%d: string: found the end of "
	    "the file, expected a closing %c", sc->file, begin, quote);
}

static enum rc
count_brace(struct scan *sc)
{
	if (sc->s[sc->i] == '{') {
		if (sc->depth == SOURCE_DEPTH)
			return err_set(sc->err, RC_REFUSED, "%s:%d: {: found "
			    "more than %d open braces, expected fewer",
			    sc->file, sc->line, SOURCE_DEPTH);
		sc->open[sc->depth++] = sc->line;
	} else if (--sc->depth < 0) {
		return err_set(sc->err, RC_REFUSED, "%s:%d: }: found a closing "
		    "brace, expected one that is open", sc->file, sc->line);
	}
	sc->i++;
	return RC_OK;
}

static enum rc
scan_one(struct scan *sc)
{
	switch (sc->s[sc->i]) {
	case '\n':
		sc->line++;
		break;
	case '#':
		blank_line_comment(sc);
		return RC_OK;
	case '/':
		if (sc->i + 1 >= sc->len || !at_token_start(sc))
			break;
		if (sc->s[sc->i + 1] == '/') {
			blank_line_comment(sc);
			return RC_OK;
		}
		if (sc->s[sc->i + 1] == '*')
			return blank_block_comment(sc);
		break;
	case '"':
	case '\'':
		return skip_string(sc);
	case '{':
	case '}':
		return count_brace(sc);
	default:
		break;
	}
	sc->i++;
	return RC_OK;
}

static int
line_of(const char *s, size_t at)
{
	int	line = 1;

	for (size_t i = 0; i < at; i++)
		line += s[i] == '\n';
	return line;
}

static enum rc
check_bytes(const char *file, const struct buf *b, struct err *err)
{
	const uint8_t	*s = (const uint8_t *)b->data;
	const uint8_t	*bad = u8_check(s, b->len);

	if (bad != NULL)
		return err_set(err, RC_REFUSED, "%s:%d: text: found byte 0x%02x"
		    ", expected UTF-8", file, line_of(b->data,
		    (size_t)(bad - s)), *bad);
	for (size_t i = 0; i < b->len; i++)
		if (s[i] == 0x7f || (s[i] < 0x20 && s[i] != '\n' &&
		    s[i] != '\t' && s[i] != '\r'))
			return err_set(err, RC_REFUSED, "%s:%d: text: found "
			    "control byte 0x%02x, expected text", file,
			    line_of(b->data, i), s[i]);
	return RC_OK;
}

enum rc
source_read(const char *file, size_t max, struct buf *b, struct err *err)
{
	struct scan	 sc = { .file = file, .line = 1, .err = err };
	enum rc		 rc;

	rc = path_read(file, max, b, err);
	if (rc != RC_OK)
		return rc;
	if (b->len >= 3 && memcmp(b->data, "\xef\xbb\xbf", 3) == 0)
		memset(b->data, ' ', 3);
	rc = check_bytes(file, b, err);
	if (rc != RC_OK)
		return rc;
	sc.s = b->data;
	sc.len = b->len;
	while (sc.i < sc.len) {
		rc = scan_one(&sc);
		if (rc != RC_OK)
			return rc;
	}
	if (sc.depth > 0)
		return err_set(err, RC_REFUSED, "%s:%d: {: found the end of "
		    "the file, expected a closing brace", file,
		    sc.open[sc.depth - 1]);
	return RC_OK;
}

int
source_section(const struct buf *b, const char *name, int line)
{
	size_t		 n = strlen(name);
	const char	*p = b->data;
	int		 found = line;

	for (int at = 1; at <= line && *p != '\0'; at++) {
		const char	*end = strchr(p, '\n');

		while (*p == ' ' || *p == '\t')
			p++;
		if (strncmp(p, name, n) == 0 && strchr(" \t\"'{", p[n]))
			found = at;
		if (end == NULL)
			break;
		p = end + 1;
	}
	return found;
}
