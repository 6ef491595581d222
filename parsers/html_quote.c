/*
 * html_quote - where the words of another mail begin, and who wrote them.
 */
#include "parsers/html_walk.h"

#include <string.h>
#include <strings.h>

#include "parsers/html_style.h"

/* What reply.c takes for the begin of quoted text. */
#define HEAD_RULE	"-----Original Message-----"

static int
has(const char *s, const char *what)
{
	return s != NULL && strcasestr(s, what) != NULL;
}

/* Indentation also uses <blockquote>: one that does not say what it is counts
 * in an answer, where a quote is what one expects. */
static int
is_quote(const struct walk *w, const char *tag, const xmlChar **atts)
{
	int	quotes = w->answer;

	if (strcmp(tag, "blockquote") != 0)
		return 0;
	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		const char *name = (const char *)atts[0];
		const char *value = (const char *)atts[1];

		if (strcmp(name, "cite") == 0 || has(value, "cite") ||
		    has(value, "quote"))
			return 1;
		if (strcmp(name, "style") == 0 && value != NULL)
			quotes = style_quotes(value, quotes);
	}
	return quotes;
}

/* The box in which Outlook names sender, date and subject of what follows. */
static int
is_outlook_head(const char *tag, const xmlChar **atts)
{
	if (strcmp(tag, "div") != 0)
		return 0;
	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		if (strcmp((const char *)atts[0], "style") != 0 ||
		    atts[1] == NULL)
			continue;
		return style_is_outlook_head((const char *)atts[1]);
	}
	return 0;
}

void
html_open_quote(struct walk *w, const char *name, const xmlChar **atts)
{
	int	head = w->out.len > 0 && is_outlook_head(name, atts);

	if (!head && !is_quote(w, name, atts))
		return;
	if (!w->at.line_empty)
		html_newline(w);
	if (head) {
		html_put(w, HEAD_RULE, sizeof(HEAD_RULE) - 1);
		html_newline(w);
	} else {
		w->quote = w->depth;
	}
}

/* Does what was written of this line name a header of senders? */
static int
is_sender_line(const struct walk *w)
{
	static const char *const names[] = {
		"寄件人", "寄件者", "发件人", "發件人", "發件者", "寄信人", "From",
		"從", "从", "差出人",
	};
	const char	*s = w->out.data, *lf;
	size_t		 n, len;

	if (w->at.line_empty || w->at.broke || w->at.gap || w->at.breaks > 0 ||
	    w->out.len == 0)
		return 0;
	lf = memrchr(s, '\n', w->out.len);
	s = lf == NULL ? s : lf + 1;
	len = (size_t)(w->out.data + w->out.len - s);
	if (len > 2 && memcmp(s, "> ", 2) == 0) {
		s += 2;
		len -= 2;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (len > n && memcmp(s, names[i], n) == 0)
			return 1;
	}
	return 0;
}

void
html_open_link(struct walk *w, const xmlChar **atts)
{
	const char	*to = NULL;
	size_t		 n;

	for (; atts != NULL && atts[0] != NULL; atts += 2)
		if (strcmp((const char *)atts[0], "href") == 0)
			to = (const char *)atts[1];
	if (to == NULL || strncasecmp(to, "mailto:", 7) != 0 ||
	    !is_sender_line(w))
		return;
	to += 7;
	n = strcspn(to, "?<>\"\t\r\n ,;");
	if (n == 0 || n >= sizeof(w->sender) || memchr(to, '@', n) == NULL)
		return;
	memcpy(w->sender, to, n);
	w->sender[n] = '\0';
	w->link_at = w->out.len;
}

void
html_close_link(struct walk *w)
{
	if (w->link_at > w->out.len)	/* its words were taken back */
		w->link_at = w->out.len;
	if (*w->sender != '\0' && !w->at.line_empty && memchr(w->out.data +
	    w->link_at, '@', w->out.len - w->link_at) == NULL) {
		html_put(w, " <", 2);
		html_put(w, w->sender, strlen(w->sender));
		html_put(w, ">", 1);
	}
	*w->sender = '\0';
}
