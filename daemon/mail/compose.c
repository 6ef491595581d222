#include "mail/compose.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/utf8.h"

#define LINE_MAX_	76	/* columns of a header or base64 line */
#define CHUNK_MAX	45	/* bytes in one encoded-word: 60 of base64 */
#define ID_MAX		900	/* bytes of a Message-ID: a line holds 998 */
#define USUAL		2048	/* bytes of headers */
#define REFS_FIRST	1
#define REFS_LAST	20
#define REFS_SEEN	1000
/* Every body is base64, which has no '_': no boundary can occur in one. */
#define MIXED		"=_tocsin_mixed"
#define ALTERNATIVE	"=_tocsin_alternative"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* --- checks --- */

static int
is_atext(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static int
domain_ok(const char *s, size_t len)
{
	size_t	label = 0;

	if (len == 0 || len > 253)
		return 0;
	for (size_t i = 0; i < len; i++) {
		char	c = s[i];

		if (c == '.' || c == '-') {
			if (label == 0 || (c == '.' && s[i - 1] == '-'))
				return 0;
			label = c == '.' ? 0 : label + 1;
			continue;
		}
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z')) || ++label > 63)
			return 0;
	}
	return label > 0 && s[len - 1] != '-';
}

int
compose_addr_ok(const char *s)
{
	const char	*at = s == NULL ? NULL : strchr(s, '@');
	size_t		 local;

	if (at == NULL || at == s || strlen(s) > 254)
		return 0;
	local = (size_t)(at - s);
	if (local > 64 || s[0] == '.' || at[-1] == '.')
		return 0;
	for (size_t i = 0; i < local; i++)
		if (!(s[i] == '.' ? s[i + 1] != '.' :
		    is_atext((unsigned char)s[i])))
			return 0;
	return domain_ok(at + 1, strlen(at + 1));
}

/* "<left@right>" of printable ASCII without blanks. */
static int
id_ok(const char *s, size_t len)
{
	const char	*at;

	if (len < 5 || len > ID_MAX || s[0] != '<' || s[len - 1] != '>')
		return 0;
	for (size_t i = 1; i < len - 1; i++)
		if (s[i] < '!' || s[i] > '~' || s[i] == '<' || s[i] == '>')
			return 0;
	at = memchr(s, '@', len);
	return at != NULL && at > s + 1 && at < s + len - 2;
}

static enum rc
text_check(const char *name, const char *s, int many_lines, struct err *err)
{
	const char	*end = s + strlen(s), *odd;

	while ((odd = utf8_odd(s, (size_t)(end - s))) != NULL && many_lines &&
	    odd[0] == '\r' && odd[1] == '\n')
		s = odd + 1;
	if (odd == NULL && !many_lines)
		odd = strpbrk(s, "\t\n");
	if (odd == NULL)
		return RC_OK;
	if ((unsigned char)*odd >= 0x80)
		return err_set(err, RC_REFUSED, "compose: %s: invalid UTF-8",
		    name);
	return err_set(err, RC_REFUSED, "compose: %s: control byte 0x%02x",
	    name, (unsigned char)*odd);
}

static enum rc
ascii_check(const char *name, const char *s, struct err *err)
{
	for (const char *p = s; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			return err_set(err, RC_REFUSED,
			    "compose: %s: found byte 0x%02x, expected "
			    "printable ASCII", name, (unsigned char)*p);
	return RC_OK;
}

static enum rc
addr_check(const char *name, const char *s, struct err *err)
{
	if (compose_addr_ok(s))
		return RC_OK;
	return err_set(err, RC_REFUSED,
	    "compose: %s: not a plain ASCII address", name);
}

static enum rc
parts_check(const struct compose *c, struct err *err)
{
	for (size_t i = 0; i < c->n_parts; i++)
		if (ascii_check("attachment type", c->parts[i].type, err) ||
		    text_check("attachment name", c->parts[i].name, 0, err))
			return RC_REFUSED;
	return RC_OK;
}

static enum rc
check(const struct compose *c, struct err *err)
{
	if (addr_check("From", c->from_addr, err) ||
	    addr_check("To", c->to_addr, err) ||
	    (c->reply_to != NULL && addr_check("Reply-To", c->reply_to, err)))
		return RC_REFUSED;
	if (c->message_id == NULL || !id_ok(c->message_id,
	    strlen(c->message_id)))
		return err_set(err, RC_REFUSED, "compose: bad Message-ID");
	if ((c->from_name != NULL &&
	    text_check("From", c->from_name, 0, err)) ||
	    (c->to_name != NULL && text_check("To", c->to_name, 0, err)) ||
	    text_check("Subject", c->subject, 0, err) ||
	    text_check("text", c->text, 1, err) ||
	    (c->html != NULL && text_check("html", c->html, 1, err)))
		return RC_REFUSED;
	if ((c->auto_submitted != NULL &&
	    ascii_check("Auto-Submitted", c->auto_submitted, err)) ||
	    (c->lang != NULL && ascii_check("language", c->lang, err)) ||
	    (c->tracking != NULL &&
	    ascii_check("tracking number", c->tracking, err)))
		return RC_REFUSED;
	return parts_check(c, err);
}

/* --- encoders --- */

/* Two digits at a time: letters are most of what the desk writes. */
static char	pairs[64 * 64][2];

static void
prepare(void)
{
	for (unsigned i = 0; i < 64 * 64; i++) {
		pairs[i][0] = alphabet[i / 64];
		pairs[i][1] = alphabet[i % 64];
	}
}

/* Base64 of n bytes to `to`; gives what is behind it. */
static char *
encode(char *to, const unsigned char *s, size_t n)
{
	uint64_t	six;
	unsigned	v;

	if (pairs[0][0] == '\0')
		prepare();
	for (; n >= sizeof(six); n -= 6, s += 6, to += 8) {
		memcpy(&six, s, sizeof(six));	/* and two of the next */
		six = be64toh(six);
		memcpy(to, pairs[six >> 52], 2);
		memcpy(to + 2, pairs[six >> 40 & 4095], 2);
		memcpy(to + 4, pairs[six >> 28 & 4095], 2);
		memcpy(to + 6, pairs[six >> 16 & 4095], 2);
	}
	for (; n >= 3; n -= 3, s += 3, to += 4) {
		v = (unsigned)s[0] << 16 | (unsigned)s[1] << 8 | s[2];
		memcpy(to, pairs[v >> 12], 2);
		memcpy(to + 2, pairs[v & 4095], 2);
	}
	if (n > 0) {
		v = (unsigned)s[0] << 16 | (n > 1 ? (unsigned)s[1] << 8 : 0);
		*to++ = alphabet[v >> 18];
		*to++ = alphabet[v >> 12 & 63];
		*to++ = n > 1 ? alphabet[v >> 6 & 63] : '=';
		*to++ = '=';
	}
	return to;
}

static void
put_base64(struct buf *b, const unsigned char *s, size_t n)
{
	char	*to = buf_room(b, (n + 2) / 3 * 4);

	if (to != NULL)
		buf_grew(b, encode(to, s, n));
}

static void
put_body(struct buf *b, const char *s, size_t n)
{
	const size_t	line = LINE_MAX_ / 4 * 3;
	size_t		k;
	char		*to;

	to = buf_room(b, (n + 2) / 3 * 4 + (n / line + 1) * 2);
	if (to == NULL)
		return;
	for (; n > 0; s += k, n -= k) {
		k = n < line ? n : line;
		to = encode(to, (const unsigned char *)s, k);
		*to++ = '\r';
		*to++ = '\n';
	}
	buf_grew(b, to);
}

/* Bytes of whole characters of s, at most max; s is valid UTF-8. */
static size_t
whole_characters(const char *s, size_t max)
{
	size_t	n = strlen(s);

	if (n <= max)
		return n;
	for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

/* Encoded-words, RFC 2047; col is where the line stands. */
static size_t
put_words(struct buf *b, const char *s, size_t col)
{
	while (*s != '\0') {
		size_t	room = col + 16 > LINE_MAX_ ? 0 :
		    (LINE_MAX_ - 12 - col) / 4 * 3;
		size_t	n = whole_characters(s,
		    room < CHUNK_MAX ? room : CHUNK_MAX);

		if (n > 0) {
			(void)buf_puts(b, "=?UTF-8?B?");
			put_base64(b, (const unsigned char *)s, n);
			(void)buf_puts(b, "?=");
			col += 12 + (n + 2) / 3 * 4;
			s += n;
		}
		if (*s != '\0') {
			(void)buf_puts(b, "\r\n ");
			col = 1;
		}
	}
	return col;
}

/* May it stand in a header as it is? */
static int
plain(const char *s, size_t max)
{
	size_t	n = strlen(s);

	if (n > max || strstr(s, "=?") != NULL || n == 0 || s[0] == ' ' ||
	    s[n - 1] == ' ')
		return 0;
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return 0;
	return 1;
}

static void
put(struct buf *b, const char *before, const char *value, const char *behind)
{
	(void)buf_puts(b, before);
	(void)buf_puts(b, value);
	(void)buf_puts(b, behind);
}

static void
put_text_header(struct buf *b, const char *name, const char *value)
{
	put(b, name, ": ", "");
	if (plain(value, LINE_MAX_ - strlen(name) - 2))
		(void)buf_puts(b, value);
	else
		(void)put_words(b, value, strlen(name) + 2);
	(void)buf_puts(b, "\r\n");
}

static void
put_address(struct buf *b, const char *header, const char *name,
    const char *addr)
{
	size_t	col = strlen(header) + 2;

	put(b, header, ": ", "");
	if (name != NULL && name[0] != '\0') {
		if (plain(name, 50) && strpbrk(name, "\"\\") == NULL) {
			put(b, "\"", name, "\"");
			col += strlen(name) + 2;
		} else {
			col = put_words(b, name, col);
		}
		put(b, col + strlen(addr) + 3 > LINE_MAX_ ? "\r\n <" : " <",
		    addr, ">\r\n");
	} else {
		put(b, "", addr, "\r\n");
	}
}

static void
put_date(struct buf *b, int64_t utc, int off)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil	c;
	int		a = off < 0 ? -off : off;

	civil_from_utc(&c, utc, off);
	(void)buf_addf(b, "Date: %.3s, %d %.3s %04d %02d:%02d:%02d %c%02d%02d"
	    "\r\n", days + 3 * civil_weekday(&c), c.day,
	    months + 3 * (c.mon - 1), c.year, c.hour, c.min, c.sec,
	    off < 0 ? '-' : '+', a / 3600, a % 3600 / 60);
}

/*
 * The parent's References and the parent itself, without what is no id, the
 * first and the last ones.  They are a stranger's: dropped, never refused.
 */
static void
put_references(struct buf *b, const char *refs, const char *parent)
{
	struct { const char *s; size_t len; } ids[REFS_SEEN];
	size_t	n = 0, len;

	for (; refs != NULL && *refs != '\0' && n < REFS_SEEN; refs += len) {
		refs += strspn(refs, " \t\r\n,");
		len = strcspn(refs, " \t\r\n,");
		if (id_ok(refs, len)) {
			ids[n].s = refs;
			ids[n++].len = len;
		}
	}
	if (n == REFS_SEEN)
		n--;
	if (parent != NULL && (n == 0 || ids[n - 1].len != strlen(parent) ||
	    memcmp(ids[n - 1].s, parent, ids[n - 1].len) != 0)) {
		ids[n].s = parent;
		ids[n++].len = strlen(parent);
	}
	if (n == 0)
		return;
	(void)buf_puts(b, "References:");
	for (size_t i = 0; i < n; i++)
		if (i < REFS_FIRST || i + REFS_LAST >= n)
			(void)buf_addf(b, "%s %.*s", i > 0 ? "\r\n" : "",
			    (int)ids[i].len, ids[i].s);
	(void)buf_puts(b, "\r\n");
}

/* --- the body's parts --- */

/* With CRLF at the end of each line; the check found CR before LF alone. */
static void
put_text_part(struct buf *b, const char *type, const char *s)
{
	const char	*end = s + strlen(s), *eol;
	struct buf	 crlf;

	put(b, "Content-Type: ", type, "; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	buf_init(&crlf, b->max);
	/* At once; a text that is too long for this is so in base64. */
	(void)buf_room(&crlf, (size_t)(end - s) / 16 * 17 + 1);
	for (; (eol = memchr(s, '\n', (size_t)(end - s))) != NULL;
	    s = eol + 1) {
		(void)buf_add(&crlf, s, (size_t)(eol - s) -
		    (eol > s && eol[-1] == '\r'));
		(void)buf_add(&crlf, "\r\n", 2);
	}
	(void)buf_add(&crlf, s, (size_t)(end - s));
	b->over |= crlf.over;
	put_body(b, crlf.data, crlf.len);
	buf_free(&crlf);
}

static int
token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || (c != '\0' && strchr("-._", c) != NULL);
}

static int
token(const char *s)
{
	size_t	n = 0;

	for (; token_char((unsigned char)s[n]); n++)
		;
	return n > 0 && n <= 60 && s[n] == '\0';
}

/* filename="x", or RFC 2231 in short pieces cut at characters. */
static void
put_filename(struct buf *b, const char *s)
{
	int	section = 0;
	size_t	cols;

	if (token(s)) {
		(void)buf_addf(b, ";\r\n filename=\"%s\"", s);
		return;
	}
	while (*s != '\0') {
		(void)buf_addf(b, ";\r\n filename*%d*=%s", section,
		    section == 0 ? "UTF-8''" : "");
		for (cols = 0; *s != '\0' && (cols < 42 ||
		    ((unsigned char)*s & 0xc0) == 0x80); s++) {
			if (token_char((unsigned char)*s)) {
				(void)buf_putc(b, *s);
				cols++;
				continue;
			}
			(void)buf_addf(b, "%%%02X", (unsigned char)*s);
			cols += 3;
		}
		section++;
	}
}

static void
put_attachment(struct buf *b, const struct compose_part *p)
{
	(void)buf_addf(b, "--" MIXED "\r\nContent-Type: %s\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment", p->type);
	put_filename(b, p->name);
	(void)buf_puts(b, "\r\n\r\n");
	put_body(b, p->data, p->len);
}

static void
put_words_part(struct buf *b, const struct compose *c)
{
	if (c->html == NULL) {
		put_text_part(b, "text/plain", c->text);
		return;
	}
	(void)buf_puts(b, "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"" ALTERNATIVE "\"\r\n\r\n--" ALTERNATIVE "\r\n");
	put_text_part(b, "text/plain", c->text);
	(void)buf_puts(b, "--" ALTERNATIVE "\r\n");
	put_text_part(b, "text/html", c->html);
	(void)buf_puts(b, "--" ALTERNATIVE "--\r\n");
}

static void
put_headers(struct buf *b, const struct compose *c)
{
	const char	*parent = c->in_reply_to;

	put_address(b, "From", c->from_name, c->from_addr);
	put_address(b, "To", c->to_name, c->to_addr);
	if (c->reply_to != NULL)
		put_address(b, "Reply-To", NULL, c->reply_to);
	put_text_header(b, "Subject", c->subject);
	put_date(b, c->date, c->off);
	put(b, "Message-ID: ", c->message_id, "\r\n");
	if (parent != NULL && !id_ok(parent, strlen(parent)))
		parent = NULL;	/* a stranger's: answered unthreaded */
	if (parent != NULL)
		put(b, "In-Reply-To: ", parent, "\r\n");
	put_references(b, c->references, parent);
	if (c->auto_submitted != NULL)
		put(b, "Auto-Submitted: ", c->auto_submitted, "\r\n"
		    "X-Auto-Response-Suppress: All\r\n");
	if (c->lang != NULL)
		put(b, "Content-Language: ", c->lang, "\r\n");
	if (c->tracking != NULL)
		put(b, "X-Tocsin-Tracking: ", c->tracking, "\r\n");
	if (c->drill)
		(void)buf_puts(b, "X-Tocsin-Drill: yes\r\n");
	if (c->high_priority)
		(void)buf_puts(b, "Importance: high\r\nX-Priority: 1\r\n");
	(void)buf_puts(b, "MIME-Version: 1.0\r\n");
}

enum rc
compose_mail(const struct compose *c, struct buf *b, struct err *err)
{
	enum rc	rc = check(c, err);

	if (rc != RC_OK)
		return rc;
	if (strlen(c->text) < (b->max - b->len) / 4)	/* grow once */
		(void)buf_room(b, strlen(c->text) / 2 * 3 + USUAL);
	put_headers(b, c);
	if (c->n_parts == 0) {
		put_words_part(b, c);
	} else {
		(void)buf_puts(b, "Content-Type: multipart/mixed;\r\n"
		    " boundary=\"" MIXED "\"\r\n\r\n--" MIXED "\r\n");
		put_words_part(b, c);
		for (size_t i = 0; i < c->n_parts; i++)
			put_attachment(b, &c->parts[i]);
		(void)buf_puts(b, "--" MIXED "--\r\n");
	}
	if (b->over)
		return err_set(err, RC_REFUSED,
		    "compose: found more than %zu bytes, expected less",
		    b->max);
	return RC_OK;
}

char *
compose_message_id(struct arena *a, const char *tag, const char *domain)
{
	unsigned char	rnd[16];
	char		hex[2 * sizeof(rnd) + 1];

	/* Only a broken system has no randomness; a guessable id is worse. */
	if (gnutls_rnd(GNUTLS_RND_RANDOM, rnd, sizeof(rnd)) != 0)
		return NULL;
	hex_put(hex, rnd, sizeof(rnd));
	return arena_printf(a, "<%s.%s.%llx@%s>", tag, hex,
	    (unsigned long long)clock_now(), domain);
}
