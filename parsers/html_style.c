#include "parsers/html_style.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STYLE_MAX	512		/* bytes of a style that count */
#define GREY		96		/* between its channels is no colour */

static int
says(const char *packed, const char *what)
{
	return strstr(packed, what) != NULL;
}

/* A style in lower case without its blanks: "Display : None" is found too. */
static void
style_pack(const char *style, char packed[STYLE_MAX])
{
	size_t	n = 0;

	for (; *style != '\0' && n + 1 < STYLE_MAX; style++)
		if ((unsigned char)*style > ' ')
			packed[n++] = *style >= 'A' && *style <= 'Z' ?
			    (char)(*style - 'A' + 'a') : *style;
	packed[n] = '\0';
}

/* Does the property before the colon have this name, whatever its case? */
static int
is_property(const char *style, const char *colon, const char *name)
{
	size_t	n = strlen(name);

	while (colon > style && (unsigned char)colon[-1] <= ' ')
		colon--;
	if ((size_t)(colon - style) < n || strncasecmp(colon - n, name, n) != 0)
		return 0;
	colon -= n;		/* backface-visibility is another */
	return colon == style || (colon[-1] != '-' &&
	    !isalnum((unsigned char)colon[-1]));
}

/* Does the text begin so, whatever its case and its blanks?  Its end stands
 * for a semicolon. */
static int
begins(const char *s, const char *want)
{
	for (; *want != '\0'; s++) {
		if (*s != '\0' && (unsigned char)*s <= ' ')
			continue;
		if (*s == '\0')
			return *want == ';';
		if ((*s | 0x20) != *want++)
			return 0;
	}
	return 1;
}

int
style_hides(const char *style)
{
	static const struct {
		const char	*name, *value;
	} hiding[] = {
		{ "display", "none" }, { "mso-hide", "all" },
		{ "visibility", "hidden" }, { "opacity", "0;" },
		{ "max-height", "0;" }, { "max-height", "0px" },
	};

	for (const char *p = style; (p = strchr(p, ':')) != NULL; p++)
		for (size_t i = 0; i < sizeof(hiding) / sizeof(hiding[0]); i++)
			if (begins(p + 1, hiding[i].value) &&
			    is_property(style, p, hiding[i].name))
				return 1;
	return 0;
}

/* 90% and 2em are of the size around. */
static int
is_relative(const char *size)
{
	size_t	n = strcspn(size, ";");

	for (size_t i = 0; i < n; i++)
		if (size[i] == '%' || (strncasecmp(size + i, "em", 2) == 0 &&
		    i > 0 && (size[i - 1] | 0x20) != 'r'))
			return 1;
	return begins(size, "inherit");
}

int
style_is_tiny(const char *style, int around)
{
	static const char *const sizes[] = { "0;", "0px", "0pt", "1px" };

	for (const char *p = style; (p = strchr(p, ':')) != NULL; p++) {
		if (is_property(style, p, "font"))
			around = 0;		/* 14px Arial: it has a size */
		if (!is_property(style, p, "font-size"))
			continue;
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			if (begins(p + 1, sizes[i]))
				return 1;
		return around && is_relative(p + 1);
	}
	return around;
}

int
style_strikes(const char *style)
{
	static const char through[] = "line-through";

	for (const char *p = style; (p = strchr(p, ':')) != NULL; p++)
		if (is_property(style, p, "text-decoration") ||
		    is_property(style, p, "text-decoration-line"))
			for (const char *q = p + 1; *q != '\0' && *q != ';' &&
			    *q != ':'; q++)
				if (strncasecmp(q, through, sizeof(through) -
				    1) == 0)
					return 1;
	return 0;
}

/* A bar at the left is how programs draw a quote; "border:none" with a wide
 * margin is how they indent. */
int
style_quotes(const char *style, int otherwise)
{
	char	packed[STYLE_MAX];

	style_pack(style, packed);
	if (says(packed, "border-left:") && !says(packed, "border-left:none") &&
	    !says(packed, "border-left:0"))
		return 1;
	return says(packed, "border:none") || says(packed, "border:0") ? 0 :
	    otherwise;
}

int
style_is_symbols(const char *style)
{
	for (const char *p = style; (p = strchr(p, ':')) != NULL; p++)
		if (begins(p + 1 + strspn(p + 1, " \t\r\n'\""), "wingdings") &&
		    (is_property(style, p, "font-family") ||
		    is_property(style, p, "mso-symbol-font-family")))
			return 1;
	return 0;
}

int
style_is_outlook_head(const char *style)
{
	char	packed[STYLE_MAX];

	style_pack(style, packed);
	return says(packed, "border:none;border-top:solid#") &&
	    says(packed, "padding:3.0pt");
}

/* How far the least of three channels is from the greatest. */
static long
spread(const long c[3])
{
	long	low = c[0], high = c[0];

	for (int i = 1; i < 3; i++) {
		low = c[i] < low ? c[i] : low;
		high = c[i] > high ? c[i] : high;
	}
	return high - low;
}

static int
hex_stands_out(const char *s)
{
	size_t	n = strspn(s, "0123456789abcdefABCDEF");
	long	v, c[3];

	if (n != 3 && n != 6)
		return 0;
	v = strtol(s, NULL, 16);	/* of what follows, none is hex */
	for (int i = 2; i >= 0; i--, v >>= n == 6 ? 8 : 4)
		c[i] = n == 6 ? v & 0xff : (v & 0xf) * 17;
	return spread(c) >= GREY;
}

static int
rgb_stands_out(const char *s)
{
	long	 c[3];
	char	*end;

	for (int i = 0; i < 3; i++) {
		c[i] = strtol(s, &end, 10);
		if (end == s || c[i] < 0 || c[i] > 255)
			return 0;
		s = end + strspn(end, " ,");
	}
	return spread(c) >= GREY;
}

int
colour_stands_out(const char *value)
{
	static const char *const names[] = {
		"red", "blue", "green", "navy", "purple", "maroon", "orange",
		"magenta", "fuchsia", "crimson", "teal", "brown", "violet",
		"darkred", "darkblue", "darkgreen", "mediumblue", "royalblue",
		"dodgerblue", "orangered", "tomato", "firebrick", "deeppink",
	};
	size_t	n;

	value += strspn(value, " \t\n");
	if (*value == '#')
		return hex_stands_out(value + 1);
	if (strncasecmp(value, "rgb", 3) == 0 && strchr(value, '(') != NULL)
		return rgb_stands_out(strchr(value, '(') + 1);
	n = strcspn(value, " ;!\t\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncasecmp(value, names[i],
		    n) == 0)
			return 1;
	return 0;
}

int
style_dyes(const char *style)
{
	for (const char *p = style; (p = strchr(p, ':')) != NULL; p++)
		if (is_property(style, p, "color"))
			return colour_stands_out(p + 1);
	return 0;
}
