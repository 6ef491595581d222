#include "parsers/report_head.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "parsers/limits.h"
#include "parsers/text.h"

#define REFERENCES_MAX	64u
#define RECIPIENTS_MAX	100u
#define AUTH_MAX	20u
#define RECEIVED_MAX	20u

/* Others may have put an exact array there: it is copied when it is full. */
void
report_problem(struct arena *a, struct report *r, const char *field,
    const char *text, const char *reason)
{
	struct problem	*all;

	if (r->n_problems >= REPORT_LIST_MAX)
		return;
	all = arena_array(a, r->n_problems + 1, sizeof(*all));
	if (r->n_problems > 0)
		memcpy(all, r->problems, r->n_problems * sizeof(*all));
	all[r->n_problems].field = field;
	all[r->n_problems].text = text == NULL ? NULL : arena_strndup(a, text,
	    text_cut(text, strlen(text), REPORT_EXCERPT_MAX));
	all[r->n_problems].reason = reason;
	all[r->n_problems].value = NULL;
	r->problems = all;
	r->n_problems++;
}

void
report_named(struct arena *a, struct report *r, const char *field,
    const char *text, const char *value)
{
	size_t	n = r->n_problems;

	report_problem(a, r, field, text, "named, and not taken as an order");
	if (r->n_problems > n)
		r->problems[n].value = value;
}

static const char *
first_id(struct mime *m, const char *name)
{
	const struct header	*h = header_first(&m->head, name);
	size_t			 at = 0;

	return h == NULL ? NULL : id_next(m->arena, h->value, h->len, &at);
}

/* All ids, or of a long list the first and the last ones. */
static void
read_references(struct mime *m, struct report *r)
{
	const struct header	*h = header_first(&m->head, "References");
	const char		*id;
	size_t			 at = 0;

	if (h == NULL)
		return;
	r->references = arena_array(m->arena, REFERENCES_MAX,
	    sizeof(*r->references));
	while ((id = id_next(m->arena, h->value, h->len, &at)) != NULL) {
		if (r->n_references == REFERENCES_MAX) {
			memmove(r->references + 1, r->references + 2,
			    (REFERENCES_MAX - 2) * sizeof(*r->references));
			r->n_references--;
		}
		r->references[r->n_references++] = id;
	}
}

static void
read_recipients(struct mime *m, struct report *r)
{
	static const char *const names[] = {
		"To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To",
	};
	const struct header	*h;
	struct address		 one;
	size_t			 at;

	r->recipients = arena_array(m->arena, RECIPIENTS_MAX,
	    sizeof(*r->recipients));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (h = header_first(&m->head, names[i]); h != NULL;
		    h = header_next(&m->head, h, names[i]))
			for (at = 0; r->n_recipients < RECIPIENTS_MAX &&
			    address_next(m->arena, h->value, h->len, &at,
			    &one, NULL);)
				if (one.addr != NULL)
					r->recipients[r->n_recipients++] =
					    one.addr;
}

static void
read_auth(struct mime *m, struct report *r)
{
	static const char name[] = "Authentication-Results";
	const struct header	*h;

	r->auth_results = arena_array(m->arena, AUTH_MAX,
	    sizeof(*r->auth_results));
	for (h = header_first(&m->head, name); h != NULL &&
	    r->n_auth_results < AUTH_MAX; h = header_next(&m->head, h, name))
		r->auth_results[r->n_auth_results++] = text_header(m->arena,
		    h->value, h->len, NULL);
}

/* When the last server took it: after the last ';' of the top Received. */
static int64_t
read_received(struct mime *m)
{
	const struct header	*h = header_first(&m->head, "Received");
	const char		*semi;
	int64_t			 t;

	for (unsigned i = 0; h != NULL && i < RECEIVED_MAX; i++) {
		semi = memrchr(h->value, ';', h->len);
		if (semi != NULL) {
			t = date_header(m->arena, semi + 1, h->len -
			    (size_t)(semi + 1 - h->value));
			if (t != TIME_NONE)
				return t;
		}
		h = header_next(&m->head, h, "Received");
	}
	return TIME_NONE;
}

/*
 * Which of several is the sender depends on who reads: the server that judged
 * the mail may have looked at another one than we do.
 */
static int
is_doubtful(struct mime *m, const char *from)
{
	const struct header	*h;
	struct address		 one;
	size_t			 at;
	unsigned		 n = 0;

	for (h = header_first(&m->head, "From"); h != NULL;
	    h = header_next(&m->head, h, "From"))
		for (at = 0; n++ < RECIPIENTS_MAX && address_next(m->arena,
		    h->value, h->len, &at, &one, NULL);)
			if (one.addr != NULL && (from == NULL ||
			    strcasecmp(one.addr, from) != 0))
				return 1;
	return from == NULL || n >= RECIPIENTS_MAX;
}

static void
read_people(struct mime *m, struct report *r, int *guessed)
{
	const struct header	*h;
	struct address		 one;
	size_t			 at = 0;

	h = header_first(&m->head, "From");
	if (h != NULL && address_next(m->arena, h->value, h->len, &at, &one,
	    guessed)) {
		r->from_name = one.name;
		r->from_addr = one.addr;
	}
	r->from_doubtful = is_doubtful(m, r->from_addr);
	h = header_first(&m->head, "Sender");
	at = 0;
	if (r->from_addr == NULL && h != NULL && address_next(m->arena,
	    h->value, h->len, &at, &one, guessed))
		r->from_addr = one.addr;
	h = header_first(&m->head, "Reply-To");
	at = 0;
	if (h != NULL && address_next(m->arena, h->value, h->len, &at, &one,
	    guessed))
		r->reply_to = one.addr;
	h = header_first(&m->head, "Return-Path");
	if (h == NULL)
		return;
	at = 0;
	r->return_path = "";
	if (address_next(m->arena, h->value, h->len, &at, &one, guessed) &&
	    one.addr != NULL)
		r->return_path = one.addr;
}

void
report_head(struct mime *m, int64_t received, struct report *r)
{
	const struct header	*h;
	char			*sha = arena_alloc(m->arena, 65);
	int			 guessed = 0;

	r->date = r->received_at = TIME_NONE;
	r->declared_minutes = r->receipt_minutes = INT_MIN;
	h = header_first(&m->head, "Subject");
	r->subject = h == NULL ? "" : text_header(m->arena, h->value, h->len,
	    &guessed);
	r->drill = strstr(r->subject, "【演練】") != NULL;
	read_people(m, r, &guessed);
	r->message_id = first_id(m, "Message-ID");
	r->in_reply_to = first_id(m, "In-Reply-To");
	read_references(m, r);
	read_recipients(m, r);
	read_auth(m, r);
	h = header_first(&m->head, "Date");
	if (h != NULL)
		r->date = date_header(m->arena, h->value, h->len);
	r->received_at = received != TIME_NONE ? received : read_received(m);
	if (r->received_at == TIME_NONE)
		r->received_at = r->date;
	sha256_hex(m->body, m->body_len, sha);
	r->body_sha256 = sha;
	if (guessed)
		report_problem(m->arena, r, "charset", r->subject,
		    "the charset of a header field was guessed");
}

static void
note_parts(struct mime *m, struct report *r)
{
	if (m->guessed)
		report_problem(m->arena, r, "charset", NULL,
		    "the charset of a file name was guessed");
	if (m->undeclared)
		report_problem(m->arena, r, "mail", "encoding",
		    "the text was encoded and no header said so");
	if (m->no_boundary)
		report_problem(m->arena, r, "mail", "multipart",
		    "the boundary was not found");
}

void
report_attachments(struct mime *m, struct report *r)
{
	struct attachment	*at;
	const char		*s;
	size_t			 len;

	r->attachments = arena_array(m->arena, m->n_leaves,
	    sizeof(*r->attachments));
	for (size_t i = 0; i < m->n_leaves; i++) {
		struct part *p = m->leaves[i];

		if (p->is_body || p->child != NULL)
			continue;
		at = &r->attachments[r->n_attachments++];
		s = part_bytes(m->arena, p, &len);
		at->name = p->name;
		at->type = p->type;
		at->size = (int64_t)len;
		sha256_hex(s, len, at->sha256);
	}
	note_parts(m, r);
}
