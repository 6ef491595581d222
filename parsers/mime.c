#include "parsers/mime.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unistr.h>

#include <libetpan/libetpan.h>

#include "parsers/boundary.h"
#include "parsers/east.h"
#include "parsers/embedded.h"
#include "parsers/limits.h"
#include "parsers/text.h"
#include "parsers/utf8.h"

#define SIGNED_LAYERS	3

/*
 * libetpan 1.9.4 copies len - 2 bytes of a boundary that starts with a quote,
 * also when it is one byte long.  It calls this function through the dynamic
 * linker, so ours is the one that runs.
 */
char	*mailmime_extract_boundary(struct mailmime_content *);

char *
mailmime_extract_boundary(struct mailmime_content *ct)
{
	char	 name[] = "boundary", *b = mailmime_content_param_get(ct, name);
	size_t	 n;

	if (b == NULL)
		return NULL;
	n = strlen(b);
	if (n >= 2 && b[0] == '"' && b[n - 1] == '"') {
		b++;
		n -= 2;
	}
	if (n == 0)
		return NULL;
	char	*copy = xcalloc(1, n + 1);	/* libetpan calls free() */

	memcpy(copy, b, n);
	return copy;
}

/*
 * libetpan decodes each Content-Type before it reads it.  Where our converter
 * knows no charset, it leaves the result dangling, and frees it twice if iconv
 * does not know the charset either: so this one always has an answer.  Text
 * is copied, without an iconv; an encoded-word is refused, and libetpan then
 * reads the field as it stands.  Names are decoded from the bytes, by header.c.
 */
static int
convert_ascii(const char *to, const char *from, const char *s, size_t len,
    char *out, size_t *outlen)
{
	if (len > *outlen || strcmp(to, "utf-8") != 0 ||
	    strcmp(from, "us-ascii") != 0)
		return MAIL_CHARCONV_ERROR_CONV;
	for (size_t i = 0; i < len; i++)
		out[i] = s[i] & 0x80 ? '?' : s[i];
	*outlen = len;
	return MAIL_CHARCONV_NO_ERROR;
}

static int	split(struct mime *, struct part *, struct err *);
static int	read_entity(struct mime *, struct part *,
		    const struct headers *, const char *, size_t,
		    struct err *);

static int
type_is(const struct part *p, const char *type)
{
	return strcmp(p->type, type) == 0;
}

static int
is_multipart(const struct part *p)
{
	return strncmp(p->type, "multipart/", 10) == 0;
}

const char *
part_param(struct arena *a, const struct part *p, const char *name)
{
	return p->content_type == NULL ? NULL : header_param(a,
	    p->content_type, p->content_type_len, name, NULL);
}

/* Can the text be what its label says?  Its first line tells: behind the last
 * one, lists and gateways put words as they are.  A stray byte is passed over
 * (RFC 2045, section 6.8), a blank between words is not. */
static int
is_base64(const char *s, size_t len)
{
	size_t	 i = 0, n = 0, stray = 0;

	if (utf8_ascii(s, len) < len)	/* 8-bit */
		return 0;
	while (i < len && strchr(" \t\r\n", s[i]) != NULL)
		i++;
	while (i + n < len && s[i + n] != '\n' && s[i + n] != '\r')
		n++;
	while (n > 0 && (s[i + n - 1] == ' ' || s[i + n - 1] == '\t'))
		n--;
	for (size_t k = 0; k < n; k++) {
		if (s[i + k] == ' ')
			return 0;
		stray += !isalnum((unsigned char)s[i + k]) &&
		    strchr("+/=-_", s[i + k]) == NULL;
	}
	return stray * 8 <= n;
}

static size_t
decode(const struct part *p, char *out)
{
	switch (p->encoding) {
	case ENC_BASE64:
		return base64_bytes(NULL, p->raw, p->raw_len, out);
	case ENC_QP:
		return qp_bytes(p->raw, p->raw_len, 0, out);
	case ENC_UU:
		return uu_bytes(p->raw, p->raw_len, out);
	case ENC_YENC:
		return yenc_bytes(p->raw, p->raw_len, out);
	case ENC_NONE:
		break;
	}
	memcpy(out, p->raw, p->raw_len);
	return p->raw_len;
}

const char *
part_bytes(struct arena *a, struct part *p, size_t *len)
{
	char	*out;

	if (p->bytes == NULL && (p->encoding == ENC_NONE ||
	    (p->encoding == ENC_BASE64 && !is_base64(p->raw, p->raw_len)))) {
		p->bytes = p->raw;
		p->bytes_len = p->raw_len;
	} else if (p->bytes == NULL) {
		out = arena_room(a, p->raw_len + 4, sizeof(*out));
		p->bytes_len = decode(p, out);
		out[p->bytes_len] = '\0';
		p->bytes = out;
	}
	*len = p->bytes_len;
	return p->bytes;
}

/* What the part holds is found to be this. */
static void
holds(struct part *p, const char *raw, size_t len, enum encoding encoding)
{
	p->raw = raw;
	p->raw_len = len;
	p->encoding = encoding;
	p->bytes = NULL;
}

/* Fill the part from its header fields. */
static void
describe(struct mime *m, struct part *p, const struct headers *h,
    const char *otherwise)
{
	const struct header	*ct = header_first(h, "Content-Type");
	const struct header	*cd = header_first(h, "Content-Disposition");
	const struct header	*te;
	const char		*s;

	p->type = otherwise;
	if (ct != NULL) {
		s = header_main(m->arena, ct->value, ct->len);
		if (strchr(s, '/') != NULL)
			p->type = s;
		else if (strncmp(s, "text", 4) == 0 || strcmp(s, "plain") == 0)
			p->type = "text/plain";
		else if (*s != '\0')
			p->type = "application/octet-stream";
		p->content_type = ct->value;
		p->content_type_len = ct->len;
		p->charset = part_param(m->arena, p, "charset");
	}
	p->encoding = ENC_NONE;		/* of several, the one that is one */
	for (te = header_first(h, "Content-Transfer-Encoding"); te != NULL &&
	    p->encoding == ENC_NONE; te = header_next(h, te,
	    "Content-Transfer-Encoding"))
		p->encoding = encoding_named(te->value, te->len);
	if (cd != NULL) {
		s = header_main(m->arena, cd->value, cd->len);
		p->attached = strcmp(s, "attachment") == 0;
		p->name = header_param(m->arena, cd->value, cd->len,
		    "filename", &m->guessed);
	}
	if (p->name == NULL && ct != NULL)
		p->name = header_param(m->arena, ct->value, ct->len, "name",
		    &m->guessed);
	if (p->name != NULL && *p->name == '\0')
		p->name = NULL;
	if (type_is(p, "text/plain") && ct != NULL) {
		s = part_param(m->arena, p, "format");
		p->flowed = s != NULL && strcasecmp(s, "flowed") == 0;
		s = part_param(m->arena, p, "delsp");
		p->delsp = s != NULL && strcasecmp(s, "yes") == 0;
	}
}

static int
add_leaf(struct mime *m, struct part *p, struct err *err)
{
	struct part	**more;

	if (m->n_leaves == PARTS_MAX) {
		m->guard = "parts";
		(void)err_set(err, RC_REFUSED, "more than %u parts",
		    PARTS_MAX);
		return -1;
	}
	if ((m->n_leaves & (m->n_leaves - 1)) == 0 || m->leaves == NULL) {
		more = arena_array(m->arena, m->n_leaves == 0 ? 1 :
		    m->n_leaves * 2, sizeof(*more));
		if (m->n_leaves > 0)
			memcpy(more, m->leaves, m->n_leaves * sizeof(*more));
		m->leaves = more;
	}
	m->leaves[m->n_leaves++] = p;
	p->number = (int)m->n_leaves;
	return 0;
}

/* Signed-data is opened in place; what cannot be opened is encrypted. */
static int
open_smime(struct mime *m, struct part *p, struct err *err)
{
	const char	*der, *inner, *what;
	struct headers	 h;
	struct part	*child;
	size_t		 len;

	what = part_param(m->arena, p, "smime-type");
	if (what != NULL && strcasecmp(what, "certs-only") == 0)
		return 0;
	der = part_bytes(m->arena, p, &len);
	inner = m->signed_layers < SIGNED_LAYERS ?
	    smime_open(m->arena, der, len, &len) : NULL;
	if (inner == NULL) {
		m->encrypted = 1;
		return 0;
	}
	m->signed_layers++;
	child = arena_alloc(m->arena, sizeof(*child));
	p->child = child;
	headers_scan(m->arena, inner, len, HEADER_MAX, &h);
	return read_entity(m, child, &h, inner, len, err);
}

/* Text without control characters that is UTF-8 or reads as Chinese. */
static int
is_words(const char *s, size_t len)
{
	struct east	 e;

	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && strchr("\t\r\n\f", s[i]) ==
		    NULL) || s[i] == '\0' || s[i] == 0x7f)
			return 0;
	if (u8_check((const uint8_t *)s, len) == NULL)
		return 1;
	east_weigh(s, len, CS_NONE, &e);
	return e.chinese;
}

/* Some gateways lose the header that says how the words are encoded. */
static void
look_at_encoding(struct mime *m, struct part *p)
{
	const char	*s;
	size_t		 len;

	if (p->encoding != ENC_NONE || p->attached || p->name != NULL ||
	    (!type_is(p, "text/plain") && !type_is(p, "text/html")))
		return;
	p->encoding = encoding_seen(p->raw, p->raw_len);
	if (p->encoding == ENC_NONE)
		return;
	s = part_bytes(m->arena, p, &len);
	if (is_words(s, len))
		m->undeclared = 1;
	else
		holds(p, p->raw, p->raw_len, ENC_NONE);
}

static int
embedded_leaf(struct mime *m, const struct embedded *e, struct err *err)
{
	struct part	*p = arena_alloc(m->arena, sizeof(*p));

	p->type = "application/octet-stream";
	p->name = text_header(m->arena, e->name, e->name_len, &m->guessed);
	p->attached = 1;
	holds(p, e->data, e->data_len, e->encoding);
	return add_leaf(m, p, err);
}

/* Files in the words become leaves behind them; the words go on without. */
static int
take_embedded(struct mime *m, struct part *p, struct err *err)
{
	struct embedded	 e;
	const char	*s;
	size_t		 len, at = 0, from = 0, n = 0;
	char		*rest = NULL;

	s = part_bytes(m->arena, p, &len);
	while (embedded_next(s, len, &at, &e)) {
		if (rest == NULL)
			rest = arena_alloc(m->arena, len + 1);
		memcpy(rest + n, s + from, (size_t)(e.begin - s) - from);
		n += (size_t)(e.begin - s) - from;
		from = at;
		if (embedded_leaf(m, &e, err) == -1)
			return -1;
	}
	if (rest == NULL)
		return 0;
	memcpy(rest + n, s + from, len - from);
	holds(p, rest, n + len - from, ENC_NONE);
	return 0;
}

/* An attachment that was sent in uuencode, as its header says. */
static void
unwrap_uu(struct part *p)
{
	struct embedded	 e;
	size_t		 at = 0;

	if (embedded_next(p->raw, p->raw_len, &at, &e))
		holds(p, e.data, e.data_len, e.encoding);
	else
		holds(p, p->raw, p->raw_len, ENC_NONE);
}

/* By its type, or by its name when a gateway lost that (RFC 8551, 3.2.1). */
static int
is_smime(const struct part *p)
{
	size_t	n = p->name == NULL ? 0 : strlen(p->name);

	return type_is(p, "application/pkcs7-mime") ||
	    type_is(p, "application/x-pkcs7-mime") ||
	    (type_is(p, "application/octet-stream") && n > 4 &&
	    strcasecmp(p->name + n - 4, ".p7m") == 0);
}

/* What lists and gateways wrote around and between the lines. */
static void
clean_base64(struct mime *m, struct part *p)
{
	size_t	 len;
	char	*out;

	if (base64_narrow(&p->raw, &p->raw_len))
		return;
	out = arena_room(m->arena, p->raw_len + 1, sizeof(*out));
	len = base64_sift(p->raw, p->raw_len, out);
	if (len > 0 && len < p->raw_len)
		holds(p, out, len, ENC_BASE64);
}

static int
finish_leaf(struct mime *m, struct part *p, struct err *err)
{
	look_at_encoding(m, p);
	if (p->encoding == ENC_BASE64 && strncmp(p->type, "text/", 5) == 0)
		clean_base64(m, p);
	if (p->encoding == ENC_UU)
		unwrap_uu(p);
	if (add_leaf(m, p, err) == -1)
		return -1;
	if (type_is(p, "text/plain") && !p->attached && p->name == NULL)
		return take_embedded(m, p, err);
	if (is_smime(p))
		return open_smime(m, p, err);
	if (type_is(p, "application/pgp-encrypted"))
		m->encrypted = 1;
	return 0;
}

static int	take(struct mime *, struct part *, const struct mailmime *,
		    const char *, struct err *);

static int
take_children(struct mime *m, struct part *p, const struct mailmime *node,
    struct err *err)
{
	struct part	**tail = &p->child;
	const char	*otherwise;
	clistiter	*it;

	otherwise = type_is(p, "multipart/digest") ? "message/rfc822" :
	    "text/plain";
	for (it = clist_begin(node->mm_data.mm_multipart.mm_mp_list);
	    it != NULL; it = clist_next(it)) {
		*tail = arena_alloc(m->arena, sizeof(**tail));
		if (take(m, *tail, clist_content(it), otherwise, err) == -1)
			return -1;
		tail = &(*tail)->next;
	}
	return 0;
}

/* One part without any byte makes libetpan drop all of its siblings. */
static int
is_childless(const struct mailmime *node)
{
	return clist_isempty(node->mm_data.mm_multipart.mm_mp_list);
}

/* Take what is needed of libetpan's node and of all below it. */
static int
take(struct mime *m, struct part *p, const struct mailmime *node,
    const char *otherwise, struct err *err)
{
	const struct mailmime_data	*body = node->mm_body;
	struct headers			 h;

	p->type = otherwise;
	if (body == NULL)
		return 0;
	p->raw = body->dt_data.dt_text.dt_data;
	p->raw_len = body->dt_data.dt_text.dt_length;
	p->head = node->mm_mime_start;
	p->head_len = (size_t)(p->raw - p->head);
	headers_scan(m->arena, p->head, p->head_len + p->raw_len, HEADER_MAX,
	    &h);
	if (h.size > p->head_len) {	/* libetpan ended it at a bad line */
		p->raw += h.size - p->head_len;
		p->raw_len -= h.size - p->head_len;
		p->head_len = h.size;
	}
	describe(m, p, &h, otherwise);
	if (type_is(p, "multipart/encrypted"))
		m->encrypted = 1;
	if (!is_multipart(p))
		return finish_leaf(m, p, err);
	return node->mm_type != MAILMIME_MULTIPLE || is_childless(node) ?
	    split(m, p, err) : take_children(m, p, node, err);
}

static const char *
boundary_of(struct mime *m, const struct part *p)
{
	const char	*b = part_param(m->arena, p, "boundary");

	if (b != NULL && *b != '\0' && boundary_seen(p->raw, p->raw_len, b))
		return b;
	b = boundary_guess(m->arena, p->raw, p->raw_len);
	m->no_boundary = 1;
	return b;
}

/* libetpan's tree of the body, under a header of our own making; NULL when it
 * is no multipart.  *top is the multipart in it. */
static struct mailmime *
multipart(struct mime *m, const struct part *p, const char *boundary,
    const char *body, size_t len, struct mailmime **top)
{
	struct mailmime	*tree = NULL;
	char		*head, *all;
	size_t		 at = 0, n;

	head = arena_printf(m->arena,
	    "Content-Type: %s;\r\n boundary=\"%s\"\r\n\r\n", p->type,
	    boundary);
	n = strlen(head);
	all = arena_room(m->arena, n + len + 1, sizeof(*all));
	memcpy(all, head, n);
	memcpy(all + n, body, len);
	all[n + len] = '\0';
	extended_charconv = convert_ascii;
	if (mailmime_parse(all, n + len, &at, &tree) != MAILIMF_NO_ERROR)
		return NULL;
	*top = tree->mm_type == MAILMIME_MESSAGE ?
	    tree->mm_data.mm_message.mm_msg_mime : NULL;
	if (*top != NULL && (*top)->mm_type == MAILMIME_MULTIPLE)
		return tree;
	mailmime_free(tree);
	return NULL;
}

static int
split(struct mime *m, struct part *p, struct err *err)
{
	const char	*b = boundary_of(m, p);
	struct mailmime	*tree = NULL, *top = NULL;
	char		*mended;
	size_t		 n;
	int		 rc;

	m->guard = mime_guard_body(p->raw, p->raw_len, err);
	if (m->guard != NULL)
		return -1;
	if (b != NULL && boundary_plain(b))
		tree = multipart(m, p, b, p->raw, p->raw_len, &top);
	if (tree != NULL && is_childless(top)) {
		mended = arena_alloc(m->arena, p->raw_len + 1);
		n = boundary_mend(p->raw, p->raw_len, b, mended);
		mailmime_free(tree);
		tree = multipart(m, p, b, mended, n, &top);
		if (tree == NULL)
			return 0;		/* there is nothing in it */
	}
	if (tree != NULL) {
		rc = take_children(m, p, top, err);
	} else {
		m->no_boundary = 1;
		p->type = "text/plain";		/* best we can do */
		rc = finish_leaf(m, p, err);
	}
	if (tree != NULL)
		mailmime_free(tree);
	return rc;
}

/* A whole entity: its header h was read from s, its body follows. */
static int
read_entity(struct mime *m, struct part *p, const struct headers *h,
    const char *s, size_t len, struct err *err)
{
	m->guard = mime_guard_header(h, err);
	if (m->guard != NULL)
		return -1;
	p->raw = s + h->size;
	p->raw_len = len - h->size;
	describe(m, p, h, "text/plain");
	if (type_is(p, "text/plain") && boundary_opens(p->raw, p->raw_len))
		p->type = "multipart/mixed";
	if (type_is(p, "multipart/encrypted"))
		m->encrypted = 1;
	return is_multipart(p) ? split(m, p, err) : finish_leaf(m, p, err);
}

/* Before the header may stand a byte order mark, empty lines, an mbox line. */
static void
skip_lead(const char **s, size_t *len)
{
	const char	*p = *s, *end = p + *len, *eol;

	if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end && (*p == '\r' || *p == '\n'))
		p++;
	if (end - p > 5 && (memcmp(p, "From ", 5) == 0 ||
	    memcmp(p, ">From", 5) == 0)) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol != NULL)
			p = eol + 1;
	}
	*len = (size_t)(end - p);
	*s = p;
}

enum rc
mime_read(struct arena *a, const char *raw, size_t len, struct mime *m,
    struct err *err)
{
	char	*copy;

	memset(m, 0, sizeof(*m));
	m->arena = a;
	skip_lead(&raw, &len);
	if (len <= MAIL_MAX && memchr(raw, '\n', len) == NULL &&
	    memchr(raw, '\r', len) != NULL) {	/* lines end with CR alone */
		copy = arena_strndup(a, raw, len);
		for (size_t i = 0; i < len; i++)
			if (copy[i] == '\r')
				copy[i] = '\n';
		raw = copy;
	}
	headers_scan(a, raw, len, HEADER_MAX, &m->head);
	m->body = raw + m->head.size;
	m->body_len = len - m->head.size;
	if (len > MAIL_MAX) {
		m->guard = "size";
		return err_set(err, RC_REFUSED,
		    "mail is longer than %u bytes", MAIL_MAX);
	}
	m->root = arena_alloc(a, sizeof(*m->root));
	if (read_entity(m, m->root, &m->head, raw, len, err) == -1) {
		m->root = NULL;
		m->n_leaves = 0;
		if (m->guard == NULL)
			m->guard = "parts";
		return RC_REFUSED;
	}
	return RC_OK;
}
