#include "parsers/html_tag.h"

#include <string.h>

#define SLOTS	256u			/* a power of two */

#define BLOCK(n)	{ n, ACT_BLOCK, PLACE_BLOCK, 0, 0, 0 }
#define WORDS(n)	{ n, ACT_NONE, PLACE_TEXT, 0, 0, 0 }
#define ODD(n, act)	{ n, act, PLACE_ODD, 0, 0, 0 }
#define EMPTY(n, act, place)	{ n, act, place, 1, 0, 0 }
#define HOLDS(n, act, place)	{ n, act, place, 0, 1, 0 }
#define RAW(n)		{ n, ACT_SKIP, PLACE_IN_HEAD, 0, 0, 1 }

static const struct html_tag tags[] = {
	{ "html", ACT_BLOCK, PLACE_ROOT, 0, 0, 0 },
	{ "head", ACT_NONE, PLACE_HEAD, 0, 0, 0 },
	HOLDS("body", ACT_BLOCK, PLACE_BODY),
	{ "title", ACT_SKIP, PLACE_IN_HEAD, 0, 0, 0 },
	EMPTY("meta", ACT_NONE, PLACE_IN_HEAD),
	EMPTY("link", ACT_NONE, PLACE_IN_HEAD),
	EMPTY("base", ACT_NONE, PLACE_IN_HEAD),
	RAW("style"), RAW("script"),
	HOLDS("td", ACT_CELL, PLACE_CELL), HOLDS("th", ACT_CELL, PLACE_CELL),
	{ "tr", ACT_ROW, PLACE_ROW, 0, 0, 0 },
	{ "tbody", ACT_BLOCK, PLACE_SECTION, 0, 0, 0 },
	{ "thead", ACT_NONE, PLACE_SECTION, 0, 0, 0 },
	HOLDS("div", ACT_BLOCK, PLACE_BLOCK),
	HOLDS("blockquote", ACT_BLOCK, PLACE_BLOCK),
	HOLDS("center", ACT_BLOCK, PLACE_BLOCK),
	BLOCK("p"), BLOCK("table"), BLOCK("ul"), BLOCK("ol"),
	BLOCK("h1"), BLOCK("h2"), BLOCK("h3"), BLOCK("h4"), BLOCK("h5"),
	BLOCK("h6"), { "pre", ACT_PRE, PLACE_BLOCK, 0, 0, 0 },
	EMPTY("hr", ACT_BLOCK, PLACE_BLOCK),
	{ "li", ACT_BLOCK, PLACE_ITEM, 0, 0, 0 },
	EMPTY("br", ACT_BREAK, PLACE_TEXT), EMPTY("img", ACT_NONE, PLACE_TEXT),
	HOLDS("span", ACT_NONE, PLACE_TEXT),
	WORDS("a"), WORDS("b"), WORDS("i"), WORDS("u"), WORDS("font"),
	WORDS("strong"), WORDS("em"), WORDS("sub"), WORDS("sup"),
	WORDS("s"), WORDS("strike"), WORDS("small"), WORDS("big"),
	WORDS("tt"), WORDS("code"),
	ODD("dl", ACT_BLOCK), ODD("dt", ACT_BLOCK), ODD("dd", ACT_BLOCK),
	ODD("section", ACT_BLOCK), ODD("article", ACT_BLOCK),
	ODD("header", ACT_BLOCK), ODD("footer", ACT_BLOCK),
	ODD("caption", ACT_BLOCK), ODD("form", ACT_BLOCK),
	ODD("fieldset", ACT_BLOCK), ODD("address", ACT_BLOCK),
	ODD("template", ACT_SKIP), ODD("object", ACT_SKIP),
	ODD("noscript", ACT_SKIP), ODD("select", ACT_SKIP),
	ODD("xml", ACT_SKIP),
};

static const struct html_tag none = { "", ACT_NONE, PLACE_ODD, 0, 0, 0 };
static const struct html_tag foreign = { "", ACT_NONE, PLACE_FOREIGN, 0, 1, 0 };

static const struct html_tag *slots[SLOTS];
static int	 ready;

static unsigned
slot_of(const char *s, size_t n)
{
	return ((unsigned char)s[0] * 7u + (unsigned char)s[n - 1] * 31u +
	    (unsigned char)s[n / 2] * 3u + (unsigned)n) & (SLOTS - 1);
}

static void
prepare(void)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		unsigned k = slot_of(tags[i].name, strlen(tags[i].name));

		while (slots[k] != NULL)
			k = (k + 1) & (SLOTS - 1);
		slots[k] = &tags[i];
	}
	ready = 1;
}

const struct html_tag *
html_tag(const char *name, size_t len)
{
	unsigned	k;

	if (!ready)
		prepare();
	if (len == 0)
		return &none;
	for (k = slot_of(name, len); slots[k] != NULL; k = (k + 1) &
	    (SLOTS - 1))
		if (strncmp(slots[k]->name, name, len) == 0 &&
		    slots[k]->name[len] == '\0')
			return slots[k];
	return memchr(name, ':', len) != NULL ? &foreign : &none;
}
