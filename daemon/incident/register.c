#include "incident/register.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"

#define CELL_MAX	256

struct column {
	const char	*name;
	int		 is_time;
};

enum {
	C_NUMBER, C_DRILL, C_UNIT, C_OCCURRED, C_REPORTED, C_RECEIVED,
	C_VERDICT, C_LEVEL, C_CATEGORY, C_CAUSE, C_STATUS, C_LEVEL_SET,
	C_EXTERNAL, C_REVISION, C_CONTAINED, C_RECOVERED, C_CLOSED, C_POLICY,
	C_N
};

static const struct column columns[C_N] = {
	[C_NUMBER] = { "tracking", 0 }, [C_DRILL] = { "drill", 0 },
	[C_UNIT] = { "unit", 0 }, [C_OCCURRED] = { "occurred_at", 1 },
	[C_REPORTED] = { "reported_at", 1 },
	[C_RECEIVED] = { "received_at", 1 }, [C_VERDICT] = { "verdict", 0 },
	[C_LEVEL] = { "level", 0 }, [C_CATEGORY] = { "category", 0 },
	[C_CAUSE] = { "cause_code", 0 }, [C_STATUS] = { "state", 0 },
	[C_LEVEL_SET] = { "level_set_at", 1 },
	[C_EXTERNAL] = { "external_sent_at", 1 },
	[C_REVISION] = { "external_reports", 0 },
	[C_CONTAINED] = { "contained_at", 1 },
	[C_RECOVERED] = { "recovered_at", 1 },
	[C_CLOSED] = { "closed_at", 1 }, [C_POLICY] = { "policy", 0 },
};

static int64_t
time_of(const struct incident *in, int column)
{
	switch (column) {
	case C_OCCURRED:
		return in->occurred_at;
	case C_REPORTED:
		return in->reported_at;
	case C_RECEIVED:
		return in->received_at;
	case C_LEVEL_SET:
		return in->level_set_at;
	case C_EXTERNAL:
		return in->external_sent_at;
	case C_CONTAINED:
		return in->contained_at;
	case C_RECOVERED:
		return in->recovered_at;
	default:
		return in->closed_at;
	}
}

/* "" when there is nothing to say. */
static const char *
cell(const struct policy *p, const struct house_case *k, int column,
    char buf[CELL_MAX])
{
	const struct incident	*in = k->in;
	const char		*s = NULL;

	if (columns[column].is_time)
		return time_of(in, column) == 0 ? "" : rfc3339(buf,
		    time_of(in, column), p->zone);
	switch (column) {
	case C_NUMBER:
		s = in->tracking;
		break;
	case C_DRILL:
		s = in->drill ? "yes" : "no";
		break;
	case C_UNIT:
		s = in->unit;
		break;
	case C_VERDICT:
		s = in->verdict;
		break;
	case C_LEVEL:
		(void)snprintf(buf, CELL_MAX, "%d", in->level);
		return in->level == 0 ? "" : buf;
	case C_CATEGORY:
		s = in->category;
		break;
	case C_CAUSE:
		s = k->cause_code;
		break;
	case C_STATUS:
		s = incident_state_name(in->state);
		break;
	case C_REVISION:
		(void)snprintf(buf, CELL_MAX, "%d", in->revision);
		return buf;
	case C_POLICY:
		(void)snprintf(buf, CELL_MAX, "%s/%d", in->policy,
		    in->policy_version);
		return buf;
	default:
		break;
	}
	return s != NULL ? s : "";
}

/*
 * Would a spreadsheet reckon with this?  It looks past what is blank, and in
 * East Asia takes the wide signs for the narrow ones.
 */
static int
is_formula(const char *s)
{
	static const char *const signs[] = {
		"=", "+", "-", "@", "＝", "＋", "－", "＠"
	};
	static const char *const blanks[] = {
		"\u3000", "\u00a0", "\ufeff", "\u200b"
	};
	size_t	n;

	do {
		n = strspn(s, " ") + (*s > 0 && *s < ' ');
		for (size_t i = 0; i < sizeof(blanks) / sizeof(*blanks); i++)
			if (strncmp(s, blanks[i], strlen(blanks[i])) == 0)
				n = strlen(blanks[i]);
		s += n;
	} while (n > 0);
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (strncmp(s, signs[i], strlen(signs[i])) == 0)
			return 1;
	return 0;
}

/* RFC 4180; a stranger's text never begins as a formula. */
static void
csv_cell(struct buf *b, const char *s)
{
	(void)buf_putc(b, '"');
	if (is_formula(s))
		(void)buf_putc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			(void)buf_putc(b, '"');
		(void)buf_putc(b, (unsigned char)*s < ' ' ? ' ' : *s);
	}
	(void)buf_putc(b, '"');
}

int
register_month(const struct policy *p, int64_t utc)
{
	struct civil	c;

	civil_from_utc(&c, utc, p->zone);
	return c.year * 100 + c.mon;
}

static int
wanted(const struct policy *p, const struct house_case *k, int month)
{
	return month == 0 || register_month(p, k->in->received_at) == month;
}

void
register_csv(const struct policy *p, const struct house_case *v, size_t n,
    int month, struct buf *b)
{
	char	buf[CELL_MAX];

	for (int c = 0; c < C_N; c++)
		(void)buf_addf(b, "%s%s", c > 0 ? "," : "", columns[c].name);
	(void)buf_puts(b, "\r\n");
	for (size_t i = 0; i < n; i++) {
		if (!wanted(p, &v[i], month))
			continue;
		for (int c = 0; c < C_N; c++) {
			if (c > 0)
				(void)buf_putc(b, ',');
			csv_cell(b, cell(p, &v[i], c, buf));
		}
		(void)buf_puts(b, "\r\n");
	}
}

json_t *
register_json(const struct policy *p, const struct house_case *v, size_t n,
    int month)
{
	json_t	*list = json_array(), *o;
	char	 buf[CELL_MAX];

	for (size_t i = 0; i < n; i++) {
		if (!wanted(p, &v[i], month))
			continue;
		o = json_object();
		for (int c = 0; c < C_N; c++) {
			const char	*s = cell(p, &v[i], c, buf);

			(void)json_object_set_new(o, columns[c].name,
			    *s == '\0' ? json_null() : json_string(s));
		}
		(void)json_object_set_new(o, "drill", json_boolean(
		    v[i].in->drill));
		(void)json_object_set_new(o, "level", v[i].in->level == 0 ?
		    json_null() : json_integer(v[i].in->level));
		(void)json_object_set_new(o, "external_reports",
		    json_integer(v[i].in->revision));
		(void)json_array_append_new(list, o);
	}
	return list;
}
