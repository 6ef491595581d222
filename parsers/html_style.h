#ifndef HTML_STYLE_H
#define HTML_STYLE_H

/*
 * html_style - what a style attribute says of the words in its element.  For
 * html.c only.
 *
 * In: the value of a style, or of a colour, as it stands in the page.
 */

/* Is nothing of it shown?  Is it struck out? */
int	style_hides(const char *style);
int	style_strikes(const char *style);
/* Are its letters too small to be seen?  around: those around it are.  What
 * is within may be of a size of its own: so programs close gaps of tables. */
int	style_is_tiny(const char *style, int around);
/* Does it draw a quote?  otherwise: the answer when it does not say. */
int	style_quotes(const char *style, int otherwise);
/* Are its letters those of Wingdings? */
int	style_is_symbols(const char *style);
/* The box above what Outlook quotes, in whatever language: its rule is known
 * by its padding. */
int	style_is_outlook_head(const char *style);
/* Red or blue or the like: neither black nor grey, nor the dark purple in
 * which programs show quotes. */
int	colour_stands_out(const char *value);
int	style_dyes(const char *style);

#endif
