/*
 * policy_schema - every key of a policy file, and what its value may be.
 *
 * Values are checked while libconfuse reads them, so that an error names the
 * line it stands in.
 */
#include "incident/policy_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "incident/deadlines.h"
#include "incident/states.h"

#define WORDS CFG_STR("zh", NULL, CFGF_NONE), CFG_STR("en", NULL, CFGF_NONE)

static cfg_opt_t words_opts[] = { WORDS, CFG_END() };

static cfg_opt_t category_opts[] = {
	WORDS,
	CFG_SEC("instructions", words_opts, CFGF_NODEFAULT),
	CFG_STR_LIST("labels", NULL, CFGF_NONE),
	CFG_STR_LIST("keywords", NULL, CFGF_NONE),
	CFG_BOOL("reproach", cfg_true, CFGF_NONE),
	CFG_INT("rank", 0, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t command_opts[] = {
	CFG_STR_LIST("words", NULL, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t check_opts[] = {
	CFG_BOOL("before_restore", cfg_true, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t disclosure_opts[] = {
	CFG_STR_LIST("fields", NULL, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t evidence_opts[] = {
	CFG_STR("mail", "list", CFGF_NONE),
	CFG_STR("http", "no", CFGF_NONE),
	CFG_STR_LIST("types", NULL, CFGF_NONE),
	CFG_STR("each", "1M", CFGF_NONE),
	CFG_STR("total", "5M", CFGF_NONE),
	CFG_END()
};

static cfg_opt_t deadline_opts[] = {
	WORDS,
	CFG_STR("from", NULL, CFGF_NONE),
	CFG_STR("to", NULL, CFGF_NONE),
	CFG_STR_LIST("within", NULL, CFGF_NONE),
	CFG_STR("rule", "span", CFGF_NONE),
	CFG_STR("owner", NULL, CFGF_NONE),
	CFG_STR("duty", NULL, CFGF_NONE),
	CFG_STR("first_duty", NULL, CFGF_NONE),
	CFG_STR_LIST("rungs", NULL, CFGF_NONE),
	CFG_STR_LIST("then_every", NULL, CFGF_NONE),
	CFG_STR_LIST("then_roles", NULL, CFGF_NONE),
	CFG_STR_LIST("quiet", NULL, CFGF_NONE),
	CFG_STR_LIST("while", NULL, CFGF_NONE),
	CFG_BOOL("restart", cfg_false, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t alarm_opts[] = {
	WORDS,
	CFG_SEC("means", words_opts, CFGF_NODEFAULT),
	CFG_SEC("todo", words_opts, CFGF_NODEFAULT),
	CFG_BOOL("once", cfg_false, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t schedule_opts[] = {
	WORDS,
	CFG_STR("when", NULL, CFGF_NONE),
	CFG_BOOL("workday", cfg_false, CFGF_NONE),
	CFG_STR("duty", NULL, CFGF_NONE),
	CFG_STR_LIST("roles", NULL, CFGF_NONE),
	CFG_STR("list", NULL, CFGF_NONE),
	CFG_SEC("text", words_opts, CFGF_NODEFAULT),
	CFG_STR("answer_within", "0s", CFGF_NONE),
	CFG_STR_LIST("late_roles", NULL, CFGF_NONE),
	CFG_END()
};

#define TITLED (CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)

static cfg_opt_t policy_opts[] = {
	CFG_STR("id", NULL, CFGF_NONE),
	CFG_INT("version", 0, CFGF_NONE),
	CFG_SEC("title", words_opts, CFGF_NODEFAULT),
	CFG_STR("zone", NULL, CFGF_NONE),
	CFG_STR("calendar", "ad", CFGF_NONE),
	CFG_STR("tracking_series", NULL, CFGF_NONE),
	CFG_STR("drill_series", NULL, CFGF_NONE),
	CFG_SEC("level", words_opts, TITLED),
	CFG_SEC("category", category_opts, TITLED),
	CFG_SEC("general_instructions", words_opts, CFGF_NODEFAULT),
	CFG_SEC("field", words_opts, TITLED),
	CFG_SEC("state", words_opts, TITLED),
	CFG_SEC("verdict", words_opts, TITLED),
	CFG_SEC("reason", words_opts, TITLED),
	CFG_SEC("alarm", alarm_opts, TITLED),
	CFG_SEC("letter", words_opts, TITLED),
	CFG_SEC("say", words_opts, TITLED),
	CFG_SEC("command", command_opts, TITLED),
	CFG_SEC("check", check_opts, TITLED),
	CFG_SEC("disclosure", disclosure_opts, TITLED),
	CFG_SEC("evidence", evidence_opts, TITLED),
	CFG_SEC("deadline", deadline_opts, TITLED),
	CFG_SEC("schedule", schedule_opts, TITLED),
	CFG_STR("advisory_series", "ADV", CFGF_NONE),
	CFG_STR("advisory_list", "advisory", CFGF_NONE),
	CFG_STR_LIST("advisory_words", NULL, CFGF_NONE),
	CFG_STR_LIST("audience_words", NULL, CFGF_NONE),
	CFG_STR_LIST("done_words", NULL, CFGF_NONE),
	CFG_STR_LIST("undone_words", NULL, CFGF_NONE),
	CFG_SEC("platform", words_opts, CFGF_NODEFAULT),
	CFG_STR_LIST("command_roles", NULL, CFGF_NONE),
	CFG_STR_LIST("confirm_roles", NULL, CFGF_NONE),
	CFG_STR_LIST("close_roles", NULL, CFGF_NONE),
	CFG_STR_LIST("meeting_roles", NULL, CFGF_NONE),
	CFG_STR_LIST("second_roles", NULL, CFGF_NONE),
	CFG_STR_LIST("forensic_roles", NULL, CFGF_NONE),
	CFG_STR_LIST("forensic_receivers", NULL, CFGF_NONE),
	CFG_STR_LIST("place_words", NULL, CFGF_NONE),
	CFG_INT("meeting_minutes", 60, CFGF_NONE),
	CFG_INT("two_persons_from", 0, CFGF_NONE),
	CFG_STR_LIST("notify_opened", NULL, CFGF_NONE),
	CFG_STR_LIST("notify_level", NULL, CFGF_NONE),
	CFG_STR_LIST("notify_recovered", NULL, CFGF_NONE),
	CFG_STR_LIST("notify_closed", NULL, CFGF_NONE),
	CFG_STR_LIST("notify_transferred", NULL, CFGF_NONE),
	CFG_INT("forward_min_level", 0, CFGF_NONE),
	CFG_STR_LIST("forward_roles", NULL, CFGF_NONE),
	CFG_BOOL("impact_levels", cfg_false, CFGF_NONE),
	CFG_BOOL("forward_needs_receipt", cfg_true, CFGF_NONE),
	CFG_BOOL("forward_needs_delivery", cfg_false, CFGF_NONE),
	CFG_STR("aware_from", "first_receipt", CFGF_NONE),
	CFG_STR_LIST("meeting", NULL, CFGF_NONE),
	CFG_STR_LIST("report_required", NULL, CFGF_NONE),
	CFG_STR_LIST("close_required", NULL, CFGF_NONE),
	CFG_STR("work_hours", "08:30-17:30", CFGF_NONE),
	CFG_STR("quiet_hours", "00:00-00:00", CFGF_NONE),
	CFG_BOOL("quiet_holidays", cfg_false, CFGF_NONE),
	CFG_STR("settle", "0s", CFGF_NONE),
	CFG_STR_LIST("holidays", NULL, CFGF_NONE),
	CFG_STR_LIST("workdays", NULL, CFGF_NONE),
	CFG_INT("retention_years", 0, CFGF_NONE),
	CFG_INT("bundle_from", 0, CFGF_NONE),
	CFG_INT("bundle_storm", 0, CFGF_NONE),
	CFG_STR("bundle_within", "1h", CFGF_NONE),
	CFG_STR("bundle_wait", "10m", CFGF_NONE),
	CFG_STR_LIST("unverified", NULL, CFGF_NONE),
	CFG_END()
};

int
policy_duration(const char *s, int64_t *out)
{
	static const struct { const char *unit; int64_t seconds; } units[] = {
		{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
		{ "workdays", 86400 }, { "workday", 86400 },
		{ "month", POLICY_MONTH }, { "months", POLICY_MONTH }
	};
	char	*end;
	long	 n;

	if (strcmp(s, "off") == 0) {
		*out = -1;
		return 0;
	}
	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	n = strtol(s, &end, 10);
	if (errno != 0 || n > 100000)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0) {
			*out = n * units[i].seconds;
			return 0;
		}
	return -1;
}

int
policy_size(const char *s, int64_t *out)
{
	char	*end;
	long	 n;

	if (*s < '1' || *s > '9')
		return -1;
	errno = 0;
	n = strtol(s, &end, 10);
	if (errno != 0 || n > 1024 * 1024 || (strcmp(end, "K") != 0 &&
	    strcmp(end, "M") != 0))
		return -1;
	*out = (int64_t)n * (*end == 'K' ? 1024 : 1024 * 1024);
	return 0;
}

int
policy_way(const char *s, enum evidence_way *out)
{
	for (int w = 0; w < EVIDENCE_NWAYS; w++)
		if (strcmp(s, evidence_way_name((enum evidence_way)w)) == 0) {
			*out = (enum evidence_way)w;
			return 0;
		}
	return -1;
}

int
policy_level_prefix(const char *s, int *level, const char **rest)
{
	*level = -1;
	*rest = s;
	if (s[0] != 'L')
		return 0;
	if (s[1] < '0' || s[1] >= '0' + LEVELS)
		return -1;
	*level = s[1] - '0';
	*rest = s + 2 + strspn(s + 2, " ");
	return s[2] == ' ' || s[2] == '\0' ? 0 : -1;
}

int
policy_rung_read(const char *s, int *percent, const char **roles)
{
	char	*end;
	long	 n;

	if (*s < '0' || *s > '9')
		return -1;
	n = strtol(s, &end, 10);
	if (n < 1 || n > 10000 || *end != '%' || end[1] != ' ')
		return -1;
	*percent = (int)n;
	*roles = end + 1 + strspn(end + 1, " ");
	return **roles == '\0' ? -1 : 0;
}

static int
minute_read(const char *s, int *minute)
{
	int	h, m;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			return -1;
	h = (s[0] - '0') * 10 + s[1] - '0';
	m = (s[3] - '0') * 10 + s[4] - '0';
	*minute = h * 60 + m;
	return h > 24 || m > 59 || *minute > 24 * 60 ? -1 : 0;
}

int
policy_hours(const char *s, int *start, int *end)
{
	if (strlen(s) != 11 || s[5] != '-')
		return -1;
	return minute_read(s, start) || minute_read(s + 6, end) ? -1 : 0;
}

int
policy_zone(const char *s, int *seconds)
{
	int	m;

	if (strlen(s) != 6 || (s[0] != '+' && s[0] != '-') ||
	    minute_read(s + 1, &m) || m > 14 * 60)
		return -1;
	*seconds = (s[0] == '-' ? -m : m) * 60;
	return 0;
}

int
policy_when(const char *s, struct policy_schedule *out)
{
	static const char *const names[] = {
#define X(id, name) [EVERY_##id] = name,
		SCHEDULE_EVERY(X)
#undef X
	};
	size_t	 n = strcspn(s, " ");
	char	*end;
	int	 e;

	for (e = 0; e < EVERY_N; e++)
		if (strlen(names[e]) == n && strncmp(names[e], s, n) == 0)
			break;
	if (e == EVERY_N)
		return -1;
	out->every = (enum schedule_every)e;
	out->month = out->day = 1;
	s += n + strspn(s + n, " ");
	if (e == EVERY_YEARLY) {
		out->month = (int)strtol(s, &end, 10);
		if (*end != '-' || out->month < 1 || out->month > 12)
			return -1;
		s = end + 1;
	}
	if (e != EVERY_DAILY) {
		if (*s < '0' || *s > '9')
			return -1;
		out->day = (int)strtol(s, &end, 10);
		s = end + strspn(end, " ");
		if (out->day < 1 || out->day > 28)
			return -1;
	}
	return strlen(s) != 5 || minute_read(s, &out->minute) ||
	    out->minute == 24 * 60 ? -1 : 0;
}

/* --- checks of one value, called with the line it stands in -------------- */

static const char *
last_string(cfg_opt_t *opt, unsigned i)
{
	const char	*s = cfg_opt_getnstr(opt, i);

	return s != NULL ? s : "";
}

/* Run one test over all values of the option. */
static int
each(cfg_t *cfg, cfg_opt_t *opt, int (*bad)(const char *), const char *want)
{
	for (unsigned i = 0; i < cfg_opt_size(opt); i++)
		if (bad(last_string(opt, i))) {
			cfg_error(cfg, "%s: found \"%s\", expected %s",
			    cfg_opt_name(opt), last_string(opt, i), want);
			return -1;
		}
	return 0;
}

static int
bad_when(const char *s)
{
	struct policy_schedule	p;

	return policy_when(s, &p);
}

static int
bad_zone(const char *s)
{
	int	z;

	return policy_zone(s, &z);
}

static int
bad_hours(const char *s)
{
	int	a, b;

	return policy_hours(s, &a, &b);
}

static int
bad_duration(const char *s)
{
	int64_t	v;

	return policy_duration(s, &v) || v < 0;
}

static int
bad_level_duration(const char *s)
{
	const char	*rest;
	int64_t		 v;
	int		 l;

	return policy_level_prefix(s, &l, &rest) || policy_duration(rest, &v);
}

static int
bad_level(const char *s)
{
	const char	*rest;
	int		 l;

	return policy_level_prefix(s, &l, &rest) || l == -1 || *rest != '\0';
}

static int
bad_meeting(const char *s)
{
	const char	*rest;
	int		 l;

	return policy_level_prefix(s, &l, &rest) || l < 1 ||
	    (strcmp(rest, "no") != 0 && strcmp(rest, "ask") != 0 &&
	    strcmp(rest, "mandatory") != 0);
}

static int
bad_rung(const char *s)
{
	const char	*roles;
	int		 percent;

	return policy_rung_read(s, &percent, &roles);
}

static int
bad_state(const char *s)
{
	enum incident_state	st;

	return incident_state_parse(s, &st);
}

static int
bad_date(const char *s)
{
	char	buf[RFC3339_SIZE];
	int64_t	utc;

	if (strlen(s) != 10)
		return -1;
	(void)memcpy(buf, s, 10);
	(void)memcpy(buf + 10, "T00:00:00Z", 11);
	return rfc3339_parse(buf, &utc);
}

static int
bad_calendar(const char *s)
{
	return strcmp(s, "roc") != 0 && strcmp(s, "ad") != 0;
}

static int
bad_rule(const char *s)
{
	return strcmp(s, "span") != 0 && strcmp(s, "apa48-month") != 0 &&
	    strcmp(s, "workdays") != 0 && strcmp(s, "verdict") != 0;
}

static int
bad_aware(const char *s)
{
	return strcmp(s, "first_receipt") != 0 &&
	    strcmp(s, "team_stated") != 0;
}

static int
bad_event(const char *s)
{
	return deadline_event_parse(s) == -1;
}

static int
bad_way(const char *s)
{
	enum evidence_way	w;

	return policy_way(s, &w);
}

static int
bad_each(const char *s)
{
	int64_t	n;

	return policy_size(s, &n) || n > EXHIBIT_EACH;
}

static int
bad_total(const char *s)
{
	int64_t	n;

	return policy_size(s, &n) || n > EXHIBIT_TOTAL;
}

/* A role, duty, field or series: what may stand in a file name or a number. */
static int
bad_name(const char *s)
{
	return *s == '\0' || s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*")] != '\0';
}

#define CHECK(fn, bad, want)						\
static int								\
fn(cfg_t *cfg, cfg_opt_t *opt)						\
{									\
	return each(cfg, opt, bad, want);				\
}
CHECK(check_when, bad_when, "a time like \"daily 08:30\", \"monthly 5 "
    "09:00\", \"quarterly 5 09:00\", \"halfyearly 5 09:00\" or \"yearly 3-15 "
    "09:00\" (days 1 to 28)")
CHECK(check_zone, bad_zone, "an offset like \"+08:00\"")
CHECK(check_hours, bad_hours, "hours like \"22:00-07:00\"")
CHECK(check_duration, bad_duration, "a time like \"90s\", \"15m\", \"1h\" or "
    "\"2d\"")
CHECK(check_level_duration, bad_level_duration, "\"L3 2h\" or \"30m\" (units "
    "s m h d workdays month, or \"off\"; levels L0 to L4)")
CHECK(check_level, bad_level, "a level like \"L1\"")
CHECK(check_meeting, bad_meeting, "\"L1 no\", \"L2 ask\" or \"L3 mandatory\"")
CHECK(check_rung, bad_rung, "a rung like \"100% team secretary\"")
CHECK(check_state, bad_state, "a state like \"in_progress\"")
CHECK(check_date, bad_date, "a date like \"2026-01-01\"")
CHECK(check_calendar, bad_calendar, "\"roc\" or \"ad\"")
CHECK(check_rule, bad_rule, "\"span\", \"workdays\", \"apa48-month\" or "
    "\"verdict\"")
CHECK(check_aware, bad_aware, "\"first_receipt\" or \"team_stated\"")
CHECK(check_event, bad_event, "an event like \"received\" or \"level_set\"")
CHECK(check_name, bad_name, "a name of letters, digits, - and _")
CHECK(check_way, bad_way, "\"no\", \"list\" or \"files\"")
CHECK(check_each, bad_each, "a size like \"500K\" or \"2M\", at most \"8M\"")
CHECK(check_total, bad_total, "a size like \"500K\" or \"5M\", at most "
    "\"16M\"")

/* What can run never leaves, whatever the policy says. */
static int
check_types(cfg_t *cfg, cfg_opt_t *opt)
{
	char		 known[300] = "";
	const char	*why;

	for (int t = 0; t < EXHIBIT_NTYPES; t++)
		(void)snprintf(known + strlen(known), sizeof(known) -
		    strlen(known), "%s%s", t > 0 ? ", " : "",
		    exhibit_type_name((enum exhibit_type)t));
	for (unsigned i = 0; i < cfg_opt_size(opt); i++) {
		why = exhibit_type_bad(last_string(opt, i));
		if (why == NULL)
			continue;
		cfg_error(cfg, "%s: found \"%s\", which is %s and never "
		    "leaves the house; expected of %s", cfg_opt_name(opt),
		    last_string(opt, i), why, known);
		return -1;
	}
	return 0;
}

static int
check_number(cfg_t *cfg, cfg_opt_t *opt, long min, long max)
{
	long	n = cfg_opt_getnint(opt, 0);

	if (n >= min && n <= max)
		return 0;
	cfg_error(cfg, "%s: found %ld, expected %ld to %ld", cfg_opt_name(opt),
	    n, min, max);
	return -1;
}

static int
check_level_number(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_number(cfg, opt, 0, LEVELS - 1);
}

static int
check_version(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_number(cfg, opt, 1, 1000000);
}

static int
check_minutes(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_number(cfg, opt, 1, 24 * 60);
}

static int
check_years(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_number(cfg, opt, 0, 100);
}

static int
check_count(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_number(cfg, opt, 0, 100000);
}

cfg_t *
policy_schema(void)
{
	static const struct {
		const char			*key;
		cfg_validate_callback_t		 check;
	} checks[] = {
		{ "id", check_name }, { "version", check_version },
		{ "zone", check_zone }, { "calendar", check_calendar },
		{ "tracking_series", check_name },
		{ "drill_series", check_name },
		{ "command_roles", check_name },
		{ "confirm_roles", check_name }, { "close_roles", check_name },
		{ "meeting_roles", check_name }, { "second_roles", check_name },
		{ "forensic_roles", check_name },
		{ "forensic_receivers", check_name },
		{ "meeting_minutes", check_minutes },
		{ "two_persons_from", check_level_number },
		{ "notify_opened", check_name }, { "notify_level", check_name },
		{ "notify_recovered", check_name },
		{ "notify_closed", check_name },
		{ "notify_transferred", check_name },
		{ "forward_min_level", check_level_number },
		{ "forward_roles", check_name }, { "aware_from", check_aware },
		{ "meeting", check_meeting }, { "report_required", check_name },
		{ "close_required", check_name }, { "work_hours", check_hours },
		{ "quiet_hours", check_hours }, { "settle", check_duration },
		{ "holidays", check_date }, { "workdays", check_date },
		{ "retention_years", check_years },
		{ "bundle_from", check_count },
		{ "bundle_storm", check_count },
		{ "bundle_within", check_duration },
		{ "bundle_wait", check_duration },
		{ "schedule|when", check_when }, { "schedule|duty", check_name },
		{ "schedule|roles", check_name }, { "schedule|list", check_name },
		{ "schedule|answer_within", check_duration },
		{ "schedule|late_roles", check_name },
		{ "advisory_series", check_name },
		{ "advisory_list", check_name },
		{ "disclosure|fields", check_name },
		{ "evidence|mail", check_way }, { "evidence|http", check_way },
		{ "evidence|types", check_types },
		{ "evidence|each", check_each },
		{ "evidence|total", check_total },
		{ "deadline|from", check_event }, { "deadline|to", check_event },
		{ "deadline|within", check_level_duration },
		{ "deadline|rule", check_rule },
		{ "deadline|owner", check_name }, { "deadline|duty", check_name },
		{ "deadline|first_duty", check_name },
		{ "deadline|rungs", check_rung },
		{ "deadline|then_every", check_level_duration },
		{ "deadline|then_roles", check_name },
		{ "deadline|quiet", check_level },
		{ "deadline|while", check_state },
	};
	cfg_t	*cfg = cfg_init(policy_opts, CFGF_NONE);

	for (size_t i = 0; cfg != NULL &&
	    i < sizeof(checks) / sizeof(checks[0]); i++)
		(void)cfg_set_validate_func(cfg, checks[i].key,
		    checks[i].check);
	return cfg;
}
