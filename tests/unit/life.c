#include "life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct world	w;

int
life_setup(void **unused)
{
	(void)unused;
	world_begin(&w, "taipei-2007");
	return 0;
}

int
life_teardown(void **unused)
{
	(void)unused;
	world_end(&w);
	return 0;
}

void
at(const char *when)
{
	w.now = world_time(when);
}

void
state_is(enum incident_state want)
{
	if (w.in.state != want)
		fail_msg("state: got %s, want %s",
		    incident_state_name(w.in.state), incident_state_name(want));
}

void
said(const char *part, int want_ok)
{
	int		 ok = -1;
	const char	*s = world_line(&w, part, &ok);

	if (s == NULL)
		fail_msg("no line says \"%s\"", part);
	else if (ok != want_ok)
		fail_msg("\"%s\": got ok=%d, want %d", s, ok, want_ok);
}

struct report *
level_mail(int level)
{
	struct report	*r = world_report(&w, TEAM);

	world_level(&w, r, level);
	return r;
}

struct report *
annex2_mail(int level)
{
	struct report	*r = level_mail(level);

	r->form = "annex2";
	(void)world_text(&w, r, "status", "in_progress");
	(void)world_text(&w, r, "handler_name", "許建國");
	(void)world_text(&w, r, "impact", "公文簽核停擺");
	(void)world_text(&w, r, "damage", "個人電腦 3 台");
	(void)world_text(&w, r, "support", "請派員協助");
	(void)world_text(&w, r, "measures", "已隔離");
	return r;
}

static const char *const checks[] = {
	"check_system_software", "check_application_software",
	"check_hardware", "check_test", "check_data_restore",
	"check_data_rebuild"
};

struct report *
recovery_mail(const char *values)
{
	struct report	*r = world_report(&w, TEAM);

	(void)world_text(&w, r, "status", "recovered");
	for (size_t i = 0; i < 6; i++)
		if (values[i] != '-')
			(void)world_text(&w, r, checks[i],
			    values[i] == 'o' ? "ok" : values[i] == 'n' ?
			    "not_applicable" : values[i] == 'x' ? "fail" :
			    "not_done");
	return r;
}

struct report *
status_mail(const char *from, const char *status)
{
	struct report	*r = world_report(&w, from);

	(void)world_text(&w, r, "status", status);
	return r;
}

struct report *
words_mail(const char *from, const char *text)
{
	struct report	*r = world_report(&w, from);

	r->own_text = text;
	return r;
}

void
reasons(struct report *r)
{
	(void)world_text(&w, r, "cause", "開啟不明附件");
	(void)world_text(&w, r, "improvement", "更新修補程式");
	(void)world_text(&w, r, "evidence", "已保存映像檔");
}

void
open_case(void)
{
	world_open(&w, world_annex1(&w));
}

void
open_at_level(int level)
{
	open_case();
	w.now += 600;
	world_mail(&w, level_mail(level), "team", 1);
}
