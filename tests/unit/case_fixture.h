#ifndef CASE_FIXTURE_H
#define CASE_FIXTURE_H

/*
 * case_fixture - one incident as the desk would hand it over, for the tests
 * of what we write about it.  Times are those of 2007-05-31 in +08:00.
 */
#include <string.h>

#include "base/conf.h"
#include "incident/decide.h"
#include "incident/policy.h"

#define AT(h, m)	(1180540800 + ((h) * 60 + (m)) * 60)

static struct conf_role fx_roles[] = {
	{ .name = "team", .label = "資安小組", .label_en = "Security team",
	    .phone = "02-5550-0110" },
	{ .name = "ethics", .label = "政風室", .label_en = "Ethics office" },
	{ .name = "secretary", .label = "資安小組幹事",
	    .label_en = "Secretary of the team" },
	{ .name = "ciso", .label = "資訊安全長",
	    .label_en = "Chief information security officer" },
	{ .name = "ncert", .label = "國家資通安全應變中心",
	    .label_en = "NCERT", .phone = "02-5550-0901",
	    .fax = "02-5550-0902" },
	{ .name = "city_it", .label = "臺北市政府資訊處",
	    .label_en = "City IT" },
	{ .name = "operator", .label = "系統管理者", .label_en = "Operator" },
};
static const struct conf fx_conf = {
	.address = "incident@secretariat.example",
	.address_name = "資安通報系統", .agency = "臺北市政府秘書處",
	.agency_en = "Secretariat, Taipei City Government",
	.domain = "secretariat.example", .phone = "02-5550-0110",
	.roles = fx_roles, .n_roles = sizeof(fx_roles) / sizeof(fx_roles[0]),
};

#define BY_REPORTER	.by_role = "reporter", .by_addr = "ming@x.example"
#define BY_TEAM		.by_role = "team", .by_addr = "hsu@x.example"

static struct incident_field fx_fields[] = {
	{ .name = "unit", .raw = "機要組", .value = "\"機要組\"",
	    BY_REPORTER },
	{ .name = "name", .raw = "王小明", .value = "\"王小明\"",
	    BY_REPORTER },
	{ .name = "phone", .raw = "02-5550-0101 轉 1234", .value =
	    "{\"raw\":\"02-5550-0101 轉 1234\",\"e164\":\"+886255500101\","
	    "\"ext\":\"1234\"}", BY_REPORTER },
	{ .name = "occurred_at", .raw = "96/5/31 9:10",
	    .value = "\"2007-05-31T09:10:00+08:00\"", BY_REPORTER },
	{ .name = "reported_at", .raw = "96/5/31 9:20",
	    .value = "\"2007-05-31T09:20:00+08:00\"", BY_REPORTER },
	{ .name = "description", .raw = "電腦中毒",
	    .value = "\"電腦中毒，檔案副檔名被改成 .locked，\\n"
	    "螢幕出現勒索訊息 <b>& \\\"付款\\\"</b>。\"", BY_REPORTER },
	{ .name = "level", .raw = "4", .value = "4", BY_REPORTER },
	{ .name = "suggested_level", .raw = "4", .value = "4", BY_REPORTER },
	{ .name = "handler_name", .raw = "許建國", .value = "\"許建國\"",
	    BY_TEAM },
	{ .name = "handler_phone", .raw = "02-5550-0110 轉 2001", .value =
	    "{\"raw\":\"02-5550-0110 轉 2001\"}", BY_TEAM },
	{ .name = "impact", .raw = "x", .value =
	    "\"機要組及第二組共用資料夾停用，公文簽核停擺。\"", BY_TEAM },
	{ .name = "damage", .raw = "x", .value =
	    "\"個人電腦 3 台、檔案伺服器 1 台。\"", BY_TEAM },
	{ .name = "measures", .raw = "x", .value =
	    "\"已隔離受感染電腦，更新病毒碼。\"", BY_TEAM },
	{ .name = "check_system_software", .raw = "正常", .value = "\"ok\"",
	    BY_TEAM },
	{ .name = "check_hardware", .raw = "異常", .value = "\"fail\"",
	    BY_TEAM },
	{ .name = "cause", .raw = "x", .value = "\"開啟不明郵件附件。\"",
	    BY_TEAM },
};
#define FX_REPORTED	8	/* how many the reporter gave */
#define FX_FIELDS	(sizeof(fx_fields) / sizeof(fx_fields[0]))

static struct deadline fx_deadlines[] = {
	{ .id = 2, .incident = 1, .name = "recovery", .from_at = AT(9, 40),
	    .due_at = AT(11, 40), .next_at = AT(11, 40), .state = DL_OPEN,
	    .owner = "team" },
	{ .id = 1, .incident = 1, .name = "assess", .from_at = AT(9, 22),
	    .due_at = AT(9, 52), .next_at = AT(9, 37), .state = DL_OPEN,
	    .owner = "team" },
	{ .id = 3, .incident = 1, .name = "missing", .from_at = AT(9, 22),
	    .due_at = AT(10, 22), .state = DL_MET, .owner = "reporter" },
};

static struct outbox_item fx_items[] = {
	{ .id = 7, .incident = 1, .duty = "annex2", .channel = CHANNEL_SMTP,
	    .role = "ncert", .to_addr = "report@ncert.example", .revision = 1,
	    .state = OUT_ACCEPTED, .settled_at = AT(9, 41),
	    .last = "accepted 250 2.0.0" },
	{ .id = 8, .incident = 1, .duty = "annex2", .channel = CHANNEL_SMTP,
	    .role = "city_it", .to_addr = "it@city.example", .revision = 1,
	    .state = OUT_REFUSED, .settled_at = AT(9, 42),
	    .last = "refused 550 5.1.1 no such user" },
	{ .id = 9, .incident = 1, .duty = "ack", .channel = CHANNEL_SMTP,
	    .role = "reporter", .to_addr = "ming@secretariat.example",
	    .state = OUT_ACCEPTED },
};

static const struct incident fx_incident = {
	.id = 1, .tracking = "CSI-20070531-0001", .policy = "taipei-2007",
	.policy_version = 1, .state = INC_IN_PROGRESS, .level = 3,
	.category = "external_intrusion", .category_source = "keyword",
	.lang = "zh-TW", .unit = "機要組", .reporter_name = "王小明",
	.reporter_addr = "ming@secretariat.example",
	.subject = "資通安全事件通報單",
	.summary = "電腦中毒，檔案副檔名被改成 .locked，", .verdict = "on_time",
	.root_msgid = "<root@secretariat.example>",
	.created_at = AT(9, 22), .received_at = AT(9, 22),
	.occurred_at = AT(9, 10), .reported_at = AT(9, 20),
	.aware_at = AT(9, 22), .first_action_at = AT(9, 30),
	.level_set_at = AT(9, 40), .revision = 1, .reported_level = 3,
};

/* The incident on its first minute: only the reporter has spoken. */
static inline void
fx_opened(struct incident *i, struct situation *s)
{
	*i = fx_incident;
	i->state = INC_RECEIVED;
	i->level = 0;
	i->first_action_at = i->level_set_at = 0;
	i->revision = i->reported_level = 0;
	memset(s, 0, sizeof(*s));
	s->incident = i;
	s->fields = fx_fields;
	s->n_fields = FX_REPORTED;
	s->deadlines = fx_deadlines + 1;
	s->n_deadlines = 2;
}

/* Later: the team has set level 3 and filled the report. */
static inline void
fx_working(struct incident *i, struct situation *s)
{
	*i = fx_incident;
	memset(s, 0, sizeof(*s));
	s->incident = i;
	s->fields = fx_fields;
	s->n_fields = FX_FIELDS;
	s->deadlines = fx_deadlines;
	s->n_deadlines = 1;
	s->items = fx_items;
	s->n_items = 3;
}

#endif
