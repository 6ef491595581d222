#include "parsers/html_tag.h"

#include <string.h>
#include <strings.h>

#include <unictype.h>
#include <unistr.h>

#define TAGS_MAX	10		/* of one letter, with an empty one */

/* By first letter: most elements of a page are none of these. */
static const struct tag {
	const char	*name;
	enum html_act	 act;
} tags['z' - 'a' + 1][TAGS_MAX] = {
	['a' - 'a'] = { { "a", ACT_LINK }, { "address", ACT_BLOCK },
	    { "article", ACT_BLOCK }, { "aside", ACT_BLOCK },
	    { "audio", ACT_SKIP } },
	['b' - 'a'] = { { "blockquote", ACT_BLOCK }, { "body", ACT_BLOCK },
	    { "br", ACT_BREAK }, { "button", ACT_SKIP } },
	['c' - 'a'] = { { "caption", ACT_BLOCK }, { "center", ACT_BLOCK } },
	['d' - 'a'] = { { "datalist", ACT_SKIP }, { "dd", ACT_BLOCK },
	    { "del", ACT_STRUCK }, { "details", ACT_BLOCK },
	    { "div", ACT_BLOCK }, { "dl", ACT_BLOCK }, { "dt", ACT_BLOCK } },
	['f' - 'a'] = { { "fieldset", ACT_BLOCK }, { "figure", ACT_BLOCK },
	    { "footer", ACT_BLOCK }, { "form", ACT_BLOCK } },
	['h' - 'a'] = { { "h1", ACT_BLOCK }, { "h2", ACT_BLOCK },
	    { "h3", ACT_BLOCK }, { "h4", ACT_BLOCK }, { "h5", ACT_BLOCK },
	    { "h6", ACT_BLOCK }, { "header", ACT_BLOCK }, { "hr", ACT_BLOCK },
	    { "html", ACT_BLOCK } },
	['i' - 'a'] = { { "iframe", ACT_SKIP }, { "img", ACT_IMAGE },
	    { "input", ACT_INPUT } },
	['l' - 'a'] = { { "legend", ACT_BLOCK }, { "li", ACT_BLOCK } },
	['m' - 'a'] = { { "main", ACT_BLOCK } },
	['n' - 'a'] = { { "nav", ACT_BLOCK }, { "noscript", ACT_SKIP } },
	['o' - 'a'] = { { "object", ACT_SKIP }, { "ol", ACT_BLOCK },
	    { "option", ACT_OPTION } },
	['p' - 'a'] = { { "p", ACT_BLOCK }, { "pre", ACT_PRE } },
	['r' - 'a'] = { { "rp", ACT_SKIP }, { "rt", ACT_SKIP } },
	['s' - 'a'] = { { "s", ACT_STRUCK }, { "script", ACT_SKIP },
	    { "section", ACT_BLOCK }, { "strike", ACT_STRUCK },
	    { "style", ACT_SKIP }, { "summary", ACT_BLOCK },
	    { "svg", ACT_SKIP } },
	['t' - 'a'] = { { "table", ACT_TABLE }, { "tbody", ACT_BLOCK },
	    { "td", ACT_CELL }, { "template", ACT_SKIP },
	    { "textarea", ACT_PRE }, { "th", ACT_CELL },
	    { "title", ACT_SKIP }, { "tr", ACT_ROW } },
	['u' - 'a'] = { { "ul", ACT_BLOCK } },
	['v' - 'a'] = { { "video", ACT_SKIP } },
	['x' - 'a'] = { { "xml", ACT_SKIP } },
};

enum html_act
html_act(const char *name)
{
	const struct tag	*t;

	if (*name < 'a' || *name > 'z')
		return ACT_NONE;
	for (t = tags[*name - 'a']; t->name != NULL; t++)
		if (strcmp(name, t->name) == 0)
			return t->act;
	return ACT_NONE;
}

const char *
html_attribute(const char **atts, const char *name)
{
	for (; atts != NULL && atts[0] != NULL; atts += 2)
		if (strcmp(atts[0], name) == 0)
			return atts[1] == NULL ? "" : atts[1];
	return NULL;
}

const char *
html_input(const char **atts)
{
	static const char *const typed[] = {
		"", "text", "tel", "email", "number", "search", "url", "date",
		"datetime", "datetime-local", "month", "time", "week",
	};
	const char	*type = html_attribute(atts, "type");
	int		 on = html_attribute(atts, "checked") != NULL;

	if (type == NULL)
		type = "";
	if (strcasecmp(type, "checkbox") == 0)
		return on ? "☑" : "☐";
	if (strcasecmp(type, "radio") == 0)
		return on ? "●" : "○";
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		if (strcasecmp(type, typed[i]) == 0)
			return html_attribute(atts, "value");
	return NULL;
}

const char *
html_sign(const char **atts)
{
	static const char	 as_picture[] = "\xef\xb8\x8f";	/* U+FE0F */
	const char		*alt = html_attribute(atts, "alt");
	ucs4_t			 code;
	int			 n;

	if (alt == NULL)
		return NULL;
	n = u8_strmbtouc(&code, (const uint8_t *)alt);
	if (n <= 0 || !uc_is_general_category_withtable(code,
	    UC_CATEGORY_MASK_S))
		return NULL;
	return alt[n] == '\0' || strcmp(alt + n, as_picture) == 0 ? alt : NULL;
}
