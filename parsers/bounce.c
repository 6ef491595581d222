#include "parsers/bounce.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "parsers/limits.h"
#include "parsers/notice.h"
#include "parsers/text.h"
#include "parsers/tracking.h"

/*
 * Which mail of ours failed, for whom and why.  RFC 3464 says it in fields;
 * qmail, Exim, old Exchange and others say it in prose around a copy of the
 * mail: bounce_prose.c.
 */
#define RECIPIENTS_MAX	64u
#define PROSE_MAX	(128u * 1024)
#define BOUNCE_DEPTH	2	/* a gateway sends a bounce on as a mail */

/* "rfc822; a@b" or "dns; host": the part after the type. */
static const char *
typed_value(struct arena *a, const struct header *h)
{
	char		*s = text_header(a, h->value, h->len, NULL);
	const char	*semi = strchr(s, ';');

	s = semi == NULL ? s : s + (semi + 1 - s);
	while (*s == ' ')
		s++;
	return *s == '\0' ? NULL : s;
}

const char *
bounce_address(struct arena *a, const char *s)
{
	struct address	 one;
	size_t		 at = 0;

	if (s == NULL || !address_next(a, s, strlen(s), &at, &one, NULL))
		return NULL;
	return one.addr;
}

struct bounce_recipient *
bounce_recipient(struct bounce *b, const char *addr)
{
	struct report	*r = b->r;

	if (r->bounced == NULL)
		r->bounced = arena_array(b->m->arena, RECIPIENTS_MAX,
		    sizeof(*r->bounced));
	for (size_t i = 0; addr != NULL && i < r->n_bounced; i++)
		if (r->bounced[i].address != NULL &&
		    strcasecmp(r->bounced[i].address, addr) == 0)
			return &r->bounced[i];
	if (r->n_bounced == RECIPIENTS_MAX)
		return NULL;
	r->bounced[r->n_bounced].address = addr;
	return &r->bounced[r->n_bounced++];
}

const char *
bounce_status(struct arena *a, const char *s)
{
	for (; *s != '\0'; s++) {
		size_t n = 3;

		if ((*s != '2' && *s != '4' && *s != '5') || s[1] != '.' ||
		    !isdigit((unsigned char)s[2]))
			continue;
		while (n < 5 && isdigit((unsigned char)s[n]))
			n++;
		if (s[n] != '.' || !isdigit((unsigned char)s[n + 1]))
			continue;
		n++;
		for (size_t k = 0; k < 3 && isdigit((unsigned char)s[n]); k++)
			n++;
		if (s[n] == '.' && isdigit((unsigned char)s[n + 1]))
			continue;	/* an IP address */
		return arena_strndup(a, s, n);
	}
	return NULL;
}

static const char *
known_action(struct arena *a, const struct header *h)
{
	static const char *const actions[] = {
		"failed", "delayed", "delivered", "relayed", "expanded",
	};
	char	*s = text_header(a, h->value, h->len, NULL);

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strncasecmp(s, actions[i], strlen(actions[i])) == 0)
			return actions[i];
	return "failed";
}

static void
read_group(struct bounce *b, const struct headers *h)
{
	struct arena			*a = b->m->arena;
	const struct header		*f, *orig, *status, *action, *diag;
	struct bounce_recipient		*to;
	const char			*addr = NULL, *s;
	size_t				 at = 0;

	f = header_first(h, "Original-Envelope-Id");
	if (f != NULL && b->r->original_envid == NULL)
		b->r->original_envid = text_header(a, f->value, f->len, NULL);
	f = header_first(h, "Original-Message-ID");
	if (f != NULL && b->r->original_message_id == NULL)
		b->r->original_message_id = id_next(a, f->value, f->len, &at);
	orig = header_first(h, "Original-Recipient");
	f = header_first(h, "Final-Recipient");
	status = header_first(h, "Status");
	action = header_first(h, "Action");
	diag = header_first(h, "Diagnostic-Code");
	if (f == NULL && orig == NULL)
		return;
	/* The address we wrote to is the one we can look up. */
	if (orig != NULL)
		addr = bounce_address(a, typed_value(a, orig));
	if (addr == NULL && f != NULL)
		addr = bounce_address(a, typed_value(a, f));
	to = bounce_recipient(b, addr);
	if (to == NULL)
		return;
	to->action = action == NULL ? "failed" : known_action(a, action);
	if (status != NULL) {
		s = text_header(a, status->value, status->len, NULL);
		to->status = bounce_status(a, s);
	}
	if (diag != NULL)
		to->diagnostic = typed_value(a, diag);
	if (to->status == NULL && to->diagnostic != NULL)
		to->status = bounce_status(a, to->diagnostic);
}

/* Groups of fields with empty lines between them. */
static void
read_status(struct bounce *b, struct part *p)
{
	const char	*s;
	struct headers	 h;
	size_t		 len, at = 0;

	s = part_bytes(b->m->arena, p, &len);
	for (unsigned i = 0; at < len && i < RECIPIENTS_MAX + 1; i++) {
		while (at < len && (s[at] == '\r' || s[at] == '\n'))
			at++;
		headers_scan(b->m->arena, s + at, len - at, HEADER_MAX, &h);
		if (h.size == 0)
			break;
		read_group(b, &h);
		at += h.size;
	}
}

/* The header of a mail that stands in the bytes. */
static void
scan_copy(struct arena *a, const char *s, size_t len, struct headers *h)
{
	while (len > 0 && (*s == '\r' || *s == '\n')) {
		s++;
		len--;
	}
	headers_scan(a, s, len, HEADER_MAX, h);
}

/* The address in To: and Cc: when there is one only. */
static const char *
only_addressee(struct arena *a, const struct headers *h)
{
	static const char *const names[] = { "To", "Cc" };
	const struct header	*f;
	const char		*only = NULL;
	struct address		 one;
	size_t			 at, n = 0;

	for (size_t i = 0; i < 2; i++)
		for (f = header_first(h, names[i]); f != NULL;
		    f = header_next(h, f, names[i]))
			for (at = 0; n < 2 && address_next(a, f->value,
			    f->len, &at, &one, NULL);) {
				only = one.addr;
				n++;
			}
	return n == 1 ? only : NULL;
}

static void
take_copy(struct bounce *b, const struct headers *h)
{
	struct arena		*a = b->m->arena;
	const struct header	*f = header_first(h, "Message-ID");
	const char		*subject;
	size_t			 at = 0;

	if (f != NULL && b->r->original_message_id == NULL)
		b->r->original_message_id = id_next(a, f->value, f->len, &at);
	if (b->sent_to == NULL)
		b->sent_to = only_addressee(a, h);
	if (b->r->tracking != NULL)
		return;
	subject = header_text(a, h, "Subject");
	b->r->tracking = tracking_find(a, b->pc->tracking_pattern, subject,
	    strlen(subject));
}

void
bounce_copy(struct bounce *b, const char *s, size_t len)
{
	struct headers	 h;

	scan_copy(b->m->arena, s, len, &h);
	take_copy(b, &h);
}

static int
is_status(const struct part *p)
{
	return strcmp(p->type, "message/delivery-status") == 0 ||
	    strcmp(p->type, "message/global-delivery-status") == 0 ||
	    strcmp(p->type, "message/disposition-notification") == 0;
}

/* Enough of a header to be that of a mail, in a part of any other type. */
static int
is_mail_header(const struct headers *h)
{
	return header_first(h, "Message-ID") != NULL &&
	    (header_first(h, "From") != NULL ||
	    header_first(h, "Received") != NULL);
}

/* Is the returned mail itself a report on one? */
static int
is_report(struct arena *a, const struct headers *h)
{
	const struct header	*f = header_first(h, "Content-Type");

	return f != NULL && strcasestr(arena_strndup(a, f->value, f->len),
	    "delivery-status") != NULL;
}

static void	read_leaves(struct bounce *, struct mime *, int depth);

/* A part that is, or may be, our mail or its header. */
static void
read_copy(struct bounce *b, struct part *p, int depth)
{
	struct arena	*a = b->m->arena;
	struct headers	 h;
	struct mime	 inner;
	struct err	 err;
	const char	*s;
	size_t		 len;

	s = part_bytes(a, p, &len);
	scan_copy(a, s, len, &h);
	if (strncmp(p->type, "message/", 8) == 0 && depth < BOUNCE_DEPTH &&
	    is_report(a, &h) && mime_read(a, s, len, &inner, &err) == RC_OK)
		read_leaves(b, &inner, depth + 1);
	else if (strncmp(p->type, "message/", 8) == 0 ||
	    strcmp(p->type, "text/rfc822-headers") == 0 || is_mail_header(&h))
		take_copy(b, &h);
	/* Some write its header where that of the part belongs. */
	headers_scan(a, p->head, p->head_len, HEADER_MAX, &h);
	if (is_mail_header(&h))
		take_copy(b, &h);
}

static void
read_leaves(struct bounce *b, struct mime *m, int depth)
{
	for (size_t i = 0; i < m->n_leaves; i++) {
		if (is_status(m->leaves[i]))
			read_status(b, m->leaves[i]);
		else
			read_copy(b, m->leaves[i], depth);
	}
}

static void
failed_recipients(struct bounce *b, const char *action)
{
	const struct header		*h;
	struct bounce_recipient		*to;
	struct address			 one;
	size_t				 at;

	h = header_first(&b->m->head, "X-Failed-Recipients");
	for (at = 0; h != NULL && address_next(b->m->arena, h->value, h->len,
	    &at, &one, NULL);) {
		to = one.addr == NULL ? NULL : bounce_recipient(b, one.addr);
		if (to != NULL && to->action == NULL)
			to->action = action;
	}
}

/*
 * What the report itself does not tell of a recipient stands behind his
 * address in the words above it (OpenSMTPD).
 */
static void
words_of(struct bounce *b, struct bounce_recipient *to, const char *text)
{
	size_t		 n = to->address == NULL ? 0 : strlen(to->address);
	const char	*p = text;

	for (; to->diagnostic == NULL && n > 0 && p != NULL && *p != '\0';
	    p = strchr(p, '\n')) {
		p += strspn(p, "\n \t<");
		if (strncasecmp(p, to->address, n) == 0 &&
		    strncmp(p + n, ": ", 2) == 0)
			to->diagnostic = arena_strndup(b->m->arena, p + n + 2,
			    strcspn(p + n + 2, "\r\n"));
	}
}

/* OpenSMTPD 6.8 calls "delayed" what it has just given up. */
static int
is_over(const struct bounce_recipient *to)
{
	return to->diagnostic != NULL && to->action != NULL &&
	    strcmp(to->action, "delayed") == 0 &&
	    strncasecmp(to->diagnostic, "Envelope expired", 16) == 0;
}

void
bounce_read(const struct parse_conf *pc, struct mime *m, struct report *r)
{
	struct bounce	 b = { m, pc, r, NULL };
	struct body	 words;
	const char	*s;
	size_t		 len, stated;

	read_leaves(&b, m, 0);
	stated = r->n_bounced;
	/* named in another way than as a mail address: by X.500 */
	if (stated == 1 && r->bounced[0].address == NULL)
		r->bounced[0].address = b.sent_to;
	mime_body(m, &words);
	len = text_cut(words.text, words.len, PROSE_MAX);
	s = arena_strndup(m->arena, words.text, len);
	failed_recipients(&b, bounce_action(&b, s));
	for (size_t i = 0; i < stated; i++) {
		words_of(&b, &r->bounced[i], s);
		if (is_over(&r->bounced[i]))
			r->bounced[i].action = "failed";
	}
	if (stated == 0)
		bounce_prose(&b, s);
	if (r->original_message_id == NULL)
		r->original_message_id = bounce_id_line(m->arena, s);
	if (r->tracking == NULL)
		r->tracking = bounce_number_line(&b, s);
	/* Exim names the failed mail in References, Exchange in In-Reply-To. */
	if (r->original_message_id == NULL)
		r->original_message_id = r->in_reply_to;
	if (r->original_message_id == NULL && r->n_references > 0)
		r->original_message_id = r->references[r->n_references - 1];
}
