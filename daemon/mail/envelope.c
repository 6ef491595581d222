#include "mail/envelope.h"

#include <string.h>

#define ADDR_MAX	254
#define LINE_MAX_SMTP	998

int
envelope_word_ok(const char *s, size_t most)
{
	size_t	n = 0;

	for (; s[n] != '\0'; n++)
		if (s[n] <= ' ' || s[n] >= 0x7f || n >= most)
			return 0;
	return n > 0;
}

static int
addr_ok(const char *s)
{
	const char	*at = strrchr(s, '@');

	return envelope_word_ok(s, ADDR_MAX) && strpbrk(s, "<>") == NULL &&
	    at != NULL && at != s && at[1] != '\0';
}

static enum rc
message_check(const char *p, size_t len, struct err *err)
{
	size_t	line = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char	c = (unsigned char)p[i];

		if (c == '\r' && i + 1 < len && p[i + 1] == '\n') {
			line = 0;
			i++;
			continue;
		}
		if (c == '\0' || c == '\r' || c == '\n' || c > 0x7f)
			return err_set(err, RC_REFUSED,
			    "message: byte 0x%02x at %zu, expected 7-bit text "
			    "with CRLF", c, i);
		if (++line > LINE_MAX_SMTP)
			return err_set(err, RC_REFUSED,
			    "message: a line of more than %d bytes at %zu",
			    LINE_MAX_SMTP, i);
	}
	return RC_OK;
}

enum rc
envelope_check(const char *mail_from, const char *rcpt_to,
    const char *message, size_t len, struct err *err)
{
	if (mail_from[0] != '\0' && !addr_ok(mail_from))
		return err_set(err, RC_REFUSED,
		    "sender is not a plain ASCII address");
	if (!addr_ok(rcpt_to))
		return err_set(err, RC_REFUSED,
		    "recipient is not a plain ASCII address");
	return message_check(message, len, err);
}

void
envelope_xtext(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < '!' || *s > '~' || *s == '+' || *s == '=')
			(void)buf_addf(b, "+%02X", (unsigned char)*s);
		else
			(void)buf_putc(b, *s);
}
