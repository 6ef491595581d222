#include "parsers/html_sheet.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "parsers/html_style.h"
#include "parsers/html_tag.h"

/* Where the mark begins, in any case but for its first letter, or NULL. */
static const char *
find(const char *s, const char *end, const char *mark)
{
	size_t	n = strlen(mark);

	while ((s = memchr(s, *mark, (size_t)(end - s))) != NULL) {
		if ((size_t)(end - s) >= n && strncasecmp(s, mark, n) == 0)
			return s;
		s++;
	}
	return NULL;
}

/* Behind the block that opens at s, with those inside of it. */
static const char *
block_end(const char *s, const char *end)
{
	int	depth = 0;

	for (; s < end; s++) {
		depth += (*s == '{') - (*s == '}');
		if (*s == '}' && depth <= 0)
			return s + 1;
	}
	return end;
}

static int
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Keep the class of ".name" or "p.name"; of any other selector, nothing. */
static void
add_class(struct html_sheet *sheet, const char *s, const char *end, int hides,
    int strikes)
{
	const char	*name;

	while (s < end && isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	while (s < end && isalnum((unsigned char)*s))
		s++;
	if (s == end || *s != '.' || sheet->n == SHEET_MAX)
		return;
	for (name = ++s; s < end && is_name_byte(*s); s++)
		;
	if (s == end && s > name)
		sheet->classes[sheet->n++] = (struct sheet_class){ name,
		    (size_t)(s - name), hides, strikes };
}

/* One rule: its selectors up to the brace, its declarations behind it. */
static void
read_rule(struct arena *a, struct html_sheet *sheet, const char *s,
    const char *brace, const char *end)
{
	const char	*style, *comma;
	int		 hides, strikes;

	style = arena_strndup(a, brace + 1, (size_t)(end - brace - 1));
	hides = style_hides(style);
	strikes = style_strikes(style);
	for (; (hides || strikes) && s < brace; s = comma + 1) {
		comma = memchr(s, ',', (size_t)(brace - s));
		comma = comma == NULL ? brace : comma;
		add_class(sheet, s, comma, hides, strikes);
	}
}

/* Bytes of <!-- or --> around the rules, which old programs want, or 0. */
static size_t
comment_mark(const char *s, const char *end)
{
	static const char *const marks[] = { "<!--", "-->" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t	n = strlen(marks[i]);

		if ((size_t)(end - s) >= n && memcmp(s, marks[i], n) == 0)
			return n;
	}
	return 0;
}

/* The next c from s on, NULL: none.  was: what it was for an earlier s, so
 * that what stands far behind is not looked for at each rule. */
static const char *
next(const char *was, const char *s, const char *end, char c)
{
	return was == NULL || was >= s ? was : memchr(s, c, (size_t)(end - s));
}

static void
read_rules(struct arena *a, struct html_sheet *sheet, const char *s,
    const char *end)
{
	const char	*brace = memchr(s, '{', (size_t)(end - s)), *close,
			*stop = memchr(s, ';', (size_t)(end - s));
	size_t		 n;

	while (s < end && sheet->n < SHEET_MAX) {
		if (isspace((unsigned char)*s)) {
			s++;
			continue;
		}
		if ((n = comment_mark(s, end)) > 0) {
			s += n;
			continue;
		}
		if (end - s > 1 && s[0] == '/' && s[1] == '*') {
			close = find(s + 2, end, "*/");
			s = close == NULL ? end : close + 2;
			continue;
		}
		brace = next(brace, s, end, '{');
		stop = next(stop, s, end, ';');
		if (*s == '@' && stop != NULL && (brace == NULL ||
		    stop < brace)) {		/* @import ...; */
			s = stop + 1;
			continue;
		}
		if (brace == NULL)
			return;
		close = block_end(brace, end);
		if (*s != '@')
			read_rule(a, sheet, s, brace, close);
		s = close;
	}
}

/* <style media="print">: of paper alone? */
static int
is_for_paper(const char *tag, const char *end)
{
	const char	*media = find(tag, end, "media");

	return media != NULL && find(media, end, "print") != NULL &&
	    find(media, end, "screen") == NULL &&
	    find(media, end, "all") == NULL;
}

void
html_sheet_read(struct arena *a, const char *page, size_t len,
    struct html_sheet *sheet)
{
	const char	*s = page, *end = page + len, *close, *tag;

	sheet->n = 0;
	while ((tag = find(s, end, "<style")) != NULL) {
		s = memchr(tag, '>', (size_t)(end - tag));
		if (s == NULL)
			return;
		close = find(++s, end, "</style");
		if (close == NULL)
			return;
		if (!is_for_paper(tag, s))
			read_rules(a, sheet, s, close);
		s = close;
	}
}

/* Is it so of one of the classes of the element? */
static int
by_class(const struct html_sheet *sheet, const char *names, int strikes)
{
	size_t	n;

	for (; names != NULL && *names != '\0'; names += n) {
		names += strspn(names, " \t\n");
		n = strcspn(names, " \t\n");
		for (size_t i = 0; i < sheet->n; i++) {
			const struct sheet_class *c = &sheet->classes[i];

			if ((strikes ? c->strikes : c->hides) && c->len == n &&
			    memcmp(c->name, names, n) == 0)
				return 1;
		}
	}
	return 0;
}

int
html_hides(const struct html_sheet *sheet, const xmlChar **atts)
{
	const char	*style = html_attribute((const char **)atts, "style");

	if (html_attribute((const char **)atts, "hidden") != NULL ||
	    (style != NULL && style_hides(style)))
		return 1;
	/* its own style may show what a class hides */
	if (sheet->n == 0 || (style != NULL && strcasestr(style, "display")))
		return 0;
	return by_class(sheet, html_attribute((const char **)atts, "class"), 0);
}

int
html_strikes(const struct html_sheet *sheet, const xmlChar **atts)
{
	const char	*style = html_attribute((const char **)atts, "style");

	if (style != NULL && style_strikes(style))
		return 1;
	return sheet->n > 0 && by_class(sheet, html_attribute((const char **)
	    atts, "class"), 1);
}
