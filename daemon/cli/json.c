#include "cli/json.h"

#include <stdint.h>
#include <string.h>
#include <unistr.h>

#include "base/buf.h"

/* Store and mails hold UTF-8; should they not, jansson would give NULL. */
json_t *
json_str(const char *s)
{
	struct buf	 b;
	json_t		*j;
	size_t		 n;

	if (s == NULL)
		return json_null();
	n = strlen(s);
	if (u8_check((const uint8_t *)s, n) == NULL)
		return json_stringn(s, n);
	buf_init(&b, n * 3 + 1);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] < 0x80)
			(void)buf_putc(&b, s[i]);
		else
			(void)buf_puts(&b, "\xef\xbf\xbd");
	}
	j = json_stringn(b.data, b.len);
	buf_free(&b);
	return j;
}

json_t *
json_text(const char *s)
{
	json_t	*j;

	if (s == NULL)
		return json_null();
	j = json_loads(s, JSON_DECODE_ANY, NULL);
	return j != NULL ? j : json_str(s);
}

static json_t *
id(int64_t v)
{
	return v == 0 ? json_null() : json_integer(v);
}

const char *
deadline_state_name(enum deadline_state state)
{
	switch (state) {
	case DL_OPEN:
		return "open";
	case DL_MET:
		return "met";
	case DL_CANCELLED:
		return "cancelled";
	}
	return "?";
}

#define SET(key, value)	(void)json_object_set_new(j, key, value)
#define STR(r, m)	SET(#m, json_str((r)->m))
#define NUM(r, m)	SET(#m, json_integer((r)->m))
#define ID(r, m)	SET(#m, id((r)->m))
#define TIME(r, m)	SET(#m, cli_json_time(cli, (r)->m))
#define BOOL(r, m)	SET(#m, json_boolean((r)->m))

json_t *
json_incident(struct cli *cli, const struct incident *in)
{
	json_t	*j = json_object();

	STR(in, tracking);
	SET("state", json_string(incident_state_name(in->state)));
	SET("level", in->level == 0 ? json_null() : json_integer(in->level));
	STR(in, category);
	STR(in, category_source);
	BOOL(in, drill);
	STR(in, unit);
	STR(in, reporter_name);
	STR(in, reporter_addr);
	STR(in, reporter_cc);
	STR(in, subject);
	STR(in, summary);
	STR(in, verdict);
	STR(in, lang);
	STR(in, policy);
	NUM(in, policy_version);
	STR(in, policy_text);
	TIME(in, created_at);
	TIME(in, received_at);
	TIME(in, occurred_at);
	TIME(in, reported_at);
	TIME(in, aware_at);
	TIME(in, first_action_at);
	TIME(in, level_set_at);
	TIME(in, external_sent_at);
	TIME(in, contained_at);
	TIME(in, recovered_at);
	TIME(in, final_report_at);
	TIME(in, closed_at);
	NUM(in, revision);
	SET("pending", json_text(in->pending));
	SET("extra", json_text(in->extra));
	return j;
}

json_t *
json_mail(struct cli *cli, const struct mail *m)
{
	json_t	*j = json_object();

	NUM(m, id);
	STR(m, mailbox);
	STR(m, uid);
	TIME(m, arrived);
	TIME(m, stored_at);
	NUM(m, size);
	STR(m, sha256);
	STR(m, message_id);
	STR(m, from_addr);
	STR(m, subject);
	SET("disposition", json_string(disposition_name(m->disposition)));
	STR(m, why);
	NUM(m, attempts);
	BOOL(m, marked);
	return j;
}

json_t *
json_field(struct cli *cli, const struct incident_field *f)
{
	json_t	*j = json_object();

	STR(f, name);
	STR(f, raw);
	SET("value", json_text(f->value));
	STR(f, by_role);
	STR(f, by_addr);
	ID(f, mail);
	NUM(f, line);
	TIME(f, at);
	return j;
}

json_t *
json_deadline(struct cli *cli, const struct deadline *d)
{
	json_t	*j = json_object();

	NUM(d, id);
	STR(d, name);
	SET("state", json_string(deadline_state_name(d->state)));
	STR(d, owner);
	TIME(d, from_at);
	TIME(d, due_at);
	TIME(d, next_at);
	TIME(d, ended_at);
	NUM(d, fired);
	return j;
}

json_t *
json_item(struct cli *cli, const struct outbox_item *it)
{
	json_t	*j = json_object();

	NUM(it, id);
	ID(it, mail);
	STR(it, duty);
	SET("channel", json_string(channel_kind_name(it->channel)));
	STR(it, role);
	SET("to", json_str(it->to_addr));
	STR(it, message_id);
	STR(it, subject);
	NUM(it, revision);
	SET("state", json_string(outbox_state_name(it->state)));
	NUM(it, attempts);
	TIME(it, created_at);
	TIME(it, next_at);
	TIME(it, settled_at);
	STR(it, last);
	return j;
}

json_t *
json_receipt(struct cli *cli, const struct receipt *r)
{
	json_t	*j = json_object();

	TIME(r, at);
	STR(r, kind);
	STR(r, result);
	SET("code", id(r->code));
	STR(r, text);
	STR(r, peer);
	STR(r, remote_id);
	STR(r, tls);
	NUM(r, attempt);
	return j;
}

json_t *
json_journal(struct cli *cli, const struct journal_row *r)
{
	json_t	*j = json_object();

	NUM(r, seq);
	TIME(r, at);
	STR(r, tracking);
	STR(r, event);
	STR(r, actor);
	STR(r, role);
	ID(r, mail);
	SET("detail", json_text(r->detail));
	STR(r, hash);
	return j;
}
