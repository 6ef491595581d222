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
 * mail, and there we take only what has a fixed shape: an address at a line's
 * start, an enhanced status, a reply code, a Message-ID line.
 */
#define RECIPIENTS_MAX	64u
#define PROSE_MAX	(128u * 1024)

struct bounce {
	struct mime	*m;
	struct report	*r;
};

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

static const char *
bare_address(struct arena *a, const char *s)
{
	struct address	 one;
	size_t		 at = 0;

	if (s == NULL || !address_next(a, s, strlen(s), &at, &one, NULL))
		return NULL;
	return one.addr;
}

static struct bounce_recipient *
recipient(struct bounce *b, const char *addr)
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

/* "5.1.1" somewhere in s, in the arena; NULL: none. */
static const char *
status_in(struct arena *a, const char *s)
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

	f = header_first(h, "Original-Envelope-Id");
	if (f != NULL && b->r->original_envid == NULL)
		b->r->original_envid = text_header(a, f->value, f->len, NULL);
	orig = header_first(h, "Original-Recipient");
	f = header_first(h, "Final-Recipient");
	status = header_first(h, "Status");
	action = header_first(h, "Action");
	diag = header_first(h, "Diagnostic-Code");
	if (f == NULL && orig == NULL)
		return;
	/* The address we wrote to is the one we can look up. */
	if (orig != NULL)
		addr = bare_address(a, typed_value(a, orig));
	if (addr == NULL && f != NULL)
		addr = bare_address(a, typed_value(a, f));
	to = recipient(b, addr);
	if (to == NULL)
		return;
	to->action = action == NULL ? "failed" : known_action(a, action);
	if (status != NULL) {
		s = text_header(a, status->value, status->len, NULL);
		to->status = status_in(a, s);
	}
	if (diag != NULL)
		to->diagnostic = typed_value(a, diag);
	if (to->status == NULL && to->diagnostic != NULL)
		to->status = status_in(a, to->diagnostic);
}

/* Groups of fields with empty lines between them. */
static void
read_status(struct bounce *b, const struct part *p)
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

static void
read_original(struct bounce *b, const struct parse_conf *pc, const char *s,
    size_t len)
{
	struct arena		*a = b->m->arena;
	const struct header	*f;
	struct headers		 h;
	const char		*subject;
	size_t			 at = 0;

	while (len > 0 && (*s == '\r' || *s == '\n')) {
		s++;
		len--;
	}
	headers_scan(a, s, len, HEADER_MAX, &h);
	f = header_first(&h, "Message-ID");
	if (f != NULL && b->r->original_message_id == NULL)
		b->r->original_message_id = id_next(a, f->value, f->len, &at);
	if (b->r->tracking != NULL)
		return;
	subject = header_text(a, &h, "Subject");
	b->r->tracking = tracking_find(a, pc->tracking_pattern, subject,
	    strlen(subject));
}

/* Where the copy of our mail starts in a bounce in prose. */
static const char *
copy_of_ours(const char *s)
{
	static const char *const marks[] = {
		"Below this line is a copy of the message",
		"This is a copy of the message",
		"Original message follows", "Original Message Header",
		"Original message headers", "Original message header",
		"----- Original message", "Message header follows",
		"Unsent message follows", "Unsent Message",
		"Message headers follow", "原始郵件標題", "原始邮件标题",
		"原始訊息標頭",
	};
	const char	*first = NULL, *p;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		p = strcasestr(s, marks[i]);
		if (p != NULL && (first == NULL || p < first))
			first = p;
	}
	return first;
}

/* "Message-ID: <...>" at the start of a line. */
static const char *
id_line(struct arena *a, const char *s)
{
	const char	*p = s;
	size_t		 at = 0, n;

	while (p != NULL && *p != '\0') {
		p += strspn(p, " \t>");
		if (strncasecmp(p, "Message-ID:", 11) == 0) {
			n = strcspn(p, "\n");
			if (p[n] == '\n' && (p[n + 1] == ' ' ||
			    p[n + 1] == '\t'))
				n += 1 + strcspn(p + n + 1, "\n");
			return id_next(a, p, n, &at);
		}
		p = strchr(p, '\n');
		p = p == NULL ? NULL : p + 1;
	}
	return NULL;
}

/* The number in the first "Subject:" line that has one. */
static const char *
number_line(const struct bounce *b, const struct parse_conf *pc,
    const char *s)
{
	static const char *const names[] = { "Subject:", "主旨:", "主旨：",
	    "主题:", "主题：" };
	const char	*number = NULL;

	for (const char *p = s; p != NULL && number == NULL;
	    p = (p = strchr(p, '\n')) == NULL ? NULL : p + 1) {
		p += strspn(p, " \t>");
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncasecmp(p, names[i], strlen(names[i])) == 0)
				number = tracking_find(b->m->arena,
				    pc->tracking_pattern, p,
				    strcspn(p, "\n"));
	}
	return number;
}

static int
says_delay(const char *s)
{
	return strcasestr(s, "delayed") != NULL ||
	    strcasestr(s, "has not been delivered yet") != NULL ||
	    strcasestr(s, "will be retried") != NULL ||
	    strcasestr(s, "You do not need to resend") != NULL ||
	    strcasestr(s, "延遲") != NULL;
}

/* An address in a line that starts with it, with '<' or with blanks. */
static void
line_address(struct bounce *b, const char *line, size_t n, const char *action,
    struct bounce_recipient **last)
{
	const char	*p = line, *end = line + n, *q;
	const char	*addr;

	while (p < end && strchr(" \t<\"'*", *p) != NULL)
		p++;
	for (q = p; q < end && *q > ' ' && *q < 0x7f &&
	    strchr("<>:;,()\"'", *q) == NULL; q++)
		;
	if (q == p || memchr(p, '@', (size_t)(q - p)) == NULL)
		return;
	addr = bare_address(b->m->arena, arena_strndup(b->m->arena, p,
	    (size_t)(q - p)));
	if (addr == NULL)
		return;
	*last = recipient(b, addr);
	if (*last != NULL && (*last)->action == NULL)
		(*last)->action = action;
}

static int
reply_code(const char *s, size_t n)
{
	for (size_t i = 0; i + 4 <= n; i++)
		if ((s[i] == '4' || s[i] == '5') && s[i + 1] <= '5' &&
		    isdigit((unsigned char)s[i + 1]) &&
		    isdigit((unsigned char)s[i + 2]) &&
		    (s[i + 3] == ' ' || s[i + 3] == '-') &&
		    (i == 0 || !isalnum((unsigned char)s[i - 1])) &&
		    (i == 0 || s[i - 1] != '.'))
			return 1;
	return 0;
}

/* Addresses, then what is said of them on the lines below. */
static void
read_prose(struct bounce *b, const char *text)
{
	struct bounce_recipient	*last = NULL;
	const char	*copy = copy_of_ours(text), *p = text, *eol;
	const char	*end = copy == NULL ? text + strlen(text) : copy;
	const char	*action = says_delay(b->r->subject) ? "delayed" :
			    "failed";
	char		*line;

	if (b->r->original_message_id == NULL)
		b->r->original_message_id = id_line(b->m->arena,
		    copy == NULL ? text : copy);
	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol == NULL ? end : eol;
		line_address(b, p, (size_t)(eol - p), action, &last);
		if (last == NULL)
			continue;
		line = arena_strndup(b->m->arena, p, (size_t)(eol - p));
		if (last->status == NULL)
			last->status = status_in(b->m->arena, line);
		if (last->diagnostic == NULL &&
		    reply_code(line, strlen(line)))
			last->diagnostic = line + strspn(line, " \t");
	}
}

static void
failed_recipients(struct bounce *b)
{
	const struct header		*h;
	struct bounce_recipient		*to;
	struct address			 one;
	size_t				 at;

	h = header_first(&b->m->head, "X-Failed-Recipients");
	for (at = 0; h != NULL && address_next(b->m->arena, h->value, h->len,
	    &at, &one, NULL);) {
		to = one.addr == NULL ? NULL : recipient(b, one.addr);
		if (to != NULL && to->action == NULL)
			to->action = says_delay(b->r->subject) ? "delayed" :
			    "failed";
	}
}

static int
is_original(const struct part *p)
{
	return strcmp(p->type, "message/rfc822") == 0 ||
	    strcmp(p->type, "text/rfc822-headers") == 0 ||
	    strcmp(p->type, "message/rfc822-headers") == 0 ||
	    strcmp(p->type, "message/global") == 0 ||
	    strcmp(p->type, "message/global-headers") == 0;
}

void
bounce_read(const struct parse_conf *pc, struct mime *m, struct report *r)
{
	struct bounce	 b = { m, r };
	struct body	 words;
	const char	*s;
	size_t		 len;

	for (size_t i = 0; i < m->n_leaves; i++) {
		const struct part *p = m->leaves[i];

		if (strcmp(p->type, "message/delivery-status") == 0 ||
		    strcmp(p->type, "message/global-delivery-status") == 0)
			read_status(&b, p);
		if (is_original(p)) {
			s = part_bytes(m->arena, p, &len);
			read_original(&b, pc, s, len);
		}
	}
	failed_recipients(&b);
	mime_body(m, &words);
	len = text_cut(words.text, words.len, PROSE_MAX);
	s = arena_strndup(m->arena, words.text, len);
	if (r->n_bounced == 0 || r->original_message_id == NULL ||
	    header_first(&m->head, "X-Failed-Recipients") != NULL) {
		if (notice_leaf(m, "message/delivery-status") == NULL)
			read_prose(&b, s);
		else if (r->original_message_id == NULL)
			r->original_message_id = id_line(m->arena, s);
	}
	if (r->tracking == NULL)
		r->tracking = number_line(&b, pc, s);
	/* Exim names the failed mail in References, Exchange in In-Reply-To. */
	if (r->original_message_id == NULL)
		r->original_message_id = r->in_reply_to;
	if (r->original_message_id == NULL && r->n_references > 0)
		r->original_message_id = r->references[r->n_references - 1];
}
