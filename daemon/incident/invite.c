#include "incident/invite.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"

#define INVITE_MAX	((size_t)64 * 1024)
#define FOLD		75		/* bytes of a line, RFC 5545 3.1 */

/* A content line, folded between characters. */
static void
add_line(struct buf *b, const char *s)
{
	size_t	room = FOLD, len = strlen(s);

	while (len > room) {
		size_t	n = room;

		while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		(void)buf_add(b, s, n);
		(void)buf_puts(b, "\r\n ");
		s += n;
		len -= n;
		room = FOLD - 1;
	}
	(void)buf_add(b, s, len);
	(void)buf_puts(b, "\r\n");
}

/* TEXT of RFC 5545 3.3.11; control bytes become blanks. */
static char *
escaped(struct arena *a, const char *s)
{
	struct buf	 b;
	char		*out;

	buf_init(&b, INVITE_MAX);
	for (; *s != '\0'; s++) {
		if (*s == '\\' || *s == ';' || *s == ',')
			(void)buf_putc(&b, '\\');
		if (*s == '\n')
			(void)buf_puts(&b, "\\n");
		else
			(void)buf_putc(&b, (unsigned char)*s < ' ' ||
			    *s == 0x7f ? ' ' : *s);
	}
	out = arena_strdup(a, b.data != NULL ? b.data : "");
	buf_free(&b);
	return out;
}

static void
add_time(struct buf *b, const char *name, int64_t utc)
{
	struct civil	c;
	char		line[64];

	civil_from_utc(&c, utc, 0);
	(void)snprintf(line, sizeof(line), "%s:%04d%02d%02dT%02d%02d%02dZ",
	    name, c.year, c.mon, c.day, c.hour, c.min, c.sec);
	add_line(b, line);
}

const char *
invite_text(struct arena *a, const struct invite *i, size_t *len)
{
	struct buf	 b;
	const char	*out;

	buf_init(&b, INVITE_MAX);
	add_line(&b, "BEGIN:VCALENDAR");
	add_line(&b, "VERSION:2.0");
	add_line(&b, "PRODID:-//Tocsin//incident mail//EN");
	add_line(&b, i->cancel ? "METHOD:CANCEL" : "METHOD:REQUEST");
	add_line(&b, "BEGIN:VEVENT");
	add_line(&b, arena_printf(a, "UID:%s", escaped(a, i->uid)));
	add_line(&b, arena_printf(a, "SEQUENCE:%d", i->sequence));
	add_time(&b, "DTSTAMP", i->now);
	add_time(&b, "DTSTART", i->start);
	add_time(&b, "DTEND", i->end);
	add_line(&b, arena_printf(a, "SUMMARY:%s", escaped(a, i->summary)));
	if (i->place != NULL && *i->place != '\0')
		add_line(&b, arena_printf(a, "LOCATION:%s",
		    escaped(a, i->place)));
	add_line(&b, arena_printf(a, "ORGANIZER:mailto:%s", i->organizer));
	for (size_t k = 0; k < i->n_attendees; k++)
		add_line(&b, arena_printf(a, "ATTENDEE:mailto:%s",
		    i->attendees[k]));
	add_line(&b, i->cancel ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
	add_line(&b, "END:VEVENT");
	add_line(&b, "END:VCALENDAR");
	*len = b.len;
	out = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return out;
}
