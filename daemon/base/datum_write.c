#include "base/datum.h"
#include "base/hex.h"

static void
write_special(struct buf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char	*at = strchr(from, c);

	if (c != '\0' && at != NULL) {
		(void)buf_putc(b, '\\');
		(void)buf_putc(b, to[at - from]);
	} else {
		(void)buf_addf(b, "\\u%04X", c);
	}
}

static void
write_text(struct buf *b, const char *s, size_t len)
{
	const char	*end = s + len, *p;

	(void)buf_putc(b, '"');
	for (; (p = datum_plain(s, end)) < end; s = p + 1) {
		(void)buf_add(b, s, (size_t)(p - s));
		write_special(b, (unsigned char)*p);
	}
	(void)buf_add(b, s, (size_t)(p - s));
	(void)buf_putc(b, '"');
}

static void
write_object(struct buf *b, struct datum *o)
{
	struct datum	*v;
	const char	*key;
	int		 n = 0;

	(void)buf_putc(b, '{');
	for (uint32_t i = 0; i < o->n; i++) {
		v = datum_member(o, i, &key);
		if (v == NULL)
			continue;
		if (n++ > 0)
			(void)buf_putc(b, ',');
		write_text(b, key, strlen(key));
		(void)buf_putc(b, ':');
		datum_write(b, v);
	}
	(void)buf_putc(b, '}');
}

static void
write_list(struct buf *b, const struct datum *d)
{
	(void)buf_putc(b, '[');
	for (uint32_t i = 0; i < d->n; i++) {
		if (i > 0)
			(void)buf_putc(b, ',');
		datum_write(b, d->u.list[i]);
	}
	(void)buf_putc(b, ']');
}

void
datum_write(struct buf *b, struct datum *d)
{
	char	digits[NUMBER_SIZE];

	switch (d->kind) {
	case DATUM_OBJECT:
		write_object(b, d);
		return;
	case DATUM_LIST:
		write_list(b, d);
		return;
	case DATUM_TEXT:
		write_text(b, d->u.text, d->len);
		return;
	case DATUM_INT:
		(void)buf_add(b, digits, (size_t)(number_put(digits, d->u.num,
		    1) - digits));
		return;
	case DATUM_TRUE:
		(void)buf_puts(b, "true");
		return;
	case DATUM_FALSE:
		(void)buf_puts(b, "false");
		return;
	case DATUM_REAL:
	case DATUM_NULL:
		break;
	}
	(void)buf_puts(b, "null");
}
