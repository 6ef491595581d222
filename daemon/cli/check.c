/*
 * tocsin check - configuration, policy, forms, templates, and that they fit
 * each other.  Names file:line and what was expected; prints no secret.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/conf_table.h"
#include "cli/check.h"
#include "cli/json.h"
#include "cli/story_words.h"
#include "parsers/form.h"
#include "templates/render.h"

void
finding(struct findings *f, int error, const char *what, const char *text)
{
	(void)json_array_append_new(f->list, json_pack("{s:s, s:s, s:o}",
	    "severity", error ? "error" : "warning", "what", what, "text",
	    json_str(text)));
	*(error ? &f->errors : &f->warnings) += 1;
	if (!f->cli->json)
		(void)printf("%s: %s\n", error ? "error" : "warning",
		    cli_text(f->cli, text, 0));
}

static void
good(struct findings *f, const char *what, const char *text)
{
	if (!f->cli->json)
		(void)printf("%-14s %s\n", what, cli_text(f->cli, text, 0));
}

void
note(struct findings *f, const char *what, const char *text)
{
	(void)json_array_append_new(f->notes, json_pack("{s:s, s:o}",
	    "what", what, "text", json_str(text)));
	good(f, "note", text);
}

/* --- the configuration's files --- */

/* What is wrong with a file, and where it is named. */
static void
file_finding(struct findings *f, const void *base, const struct conf_key *k,
    const char *text)
{
	const struct conf	*c = f->cli->conf;

	finding(f, 1, k->type == KEY_SECRET ? "secret" : "configuration",
	    arena_printf(f->cli->arena, "%s:%d: %s: %s", c->file,
	    conf_line(c, base, k->name), k->name, text));
}

static void
check_secret(struct findings *f, const void *base, const struct conf_key *k,
    const char *file)
{
	struct err	err;

	if (strncmp(file, "cred:", 5) == 0 &&
	    getenv("CREDENTIALS_DIRECTORY") == NULL) {
		good(f, "secret", arena_printf(f->cli->arena,
		    "%s (known only to the service)", file));
		return;
	}
	if (secret_try(k->name, file, &err) != RC_OK)
		file_finding(f, base, k, err.text);
}

static void
check_file(struct findings *f, const void *base, const struct conf_key *k,
    const char *file)
{
	struct stat	st;

	if (stat(file, &st) == -1)
		file_finding(f, base, k, arena_printf(f->cli->arena,
		    "%s: %s, expected %s", file, strerror(errno),
		    strcmp(k->name, "path") == 0 ? "a Maildir" : "a file"));
}

/* Keys that name a file which must be there before the daemon starts. */
static int
must_exist(const struct conf_key *k)
{
	return strcmp(k->name, "ca-file") == 0 ||
	    strcmp(k->name, "cert-file") == 0 ||
	    strcmp(k->name, "path") == 0;
}

static void
check_files_of(struct findings *f, enum conf_section sec, const void *base)
{
	size_t			 n;
	const struct conf_key	*keys = conf_keys(&n);

	for (size_t i = 0; i < n; i++) {
		const char	*file;

		if (keys[i].sec != sec || (keys[i].type != KEY_SECRET &&
		    keys[i].type != KEY_PATH))
			continue;
		memcpy(&file, (const char *)base + keys[i].offset,
		    sizeof(file));
		if (file == NULL)
			continue;
		if (keys[i].type == KEY_SECRET)
			check_secret(f, base, &keys[i], file);
		else if (must_exist(&keys[i]))
			check_file(f, base, &keys[i], file);
	}
}

static void
check_files(struct findings *f, const struct conf *c)
{
	check_files_of(f, SEC_TOP, c);
	for (size_t i = 0; i < c->n_mailboxes; i++) {
		check_files_of(f, SEC_MAILBOX, &c->mailboxes[i]);
		check_files_of(f, SEC_OAUTH2, &c->mailboxes[i].oauth2);
	}
	for (size_t i = 0; i < c->n_relays; i++) {
		check_files_of(f, SEC_RELAY, &c->relays[i]);
		check_files_of(f, SEC_OAUTH2, &c->relays[i].oauth2);
	}
	for (size_t i = 0; i < c->n_roles; i++) {
		check_files_of(f, SEC_HTTP, &c->roles[i].http);
		check_files_of(f, SEC_OAUTH2, &c->roles[i].http.oauth2);
	}
}

/* --- policy and configuration together --- */

/* Not roles of the configuration: people the incident itself names. */
static int
is_party(const char *role)
{
	return strcmp(role, "reporter") == 0 || strcmp(role, "sender") == 0 ||
	    strcmp(role, "unit") == 0 || strcmp(role, "other") == 0;
}

/* Note where the active policy names a role that nobody holds. */
static void
note_roles(struct findings *f, const char *key,
    const struct policy_strings *roles)
{
	const char	*before;

	for (size_t i = 0; i < roles->n; i++) {
		(void)json_object_set_new(f->named, roles->v[i], json_true());
		if (is_party(roles->v[i]) ||
		    conf_role(f->cli->conf, roles->v[i]) != NULL)
			continue;
		before = json_string_value(json_object_get(f->lacking,
		    roles->v[i]));
		if (before != NULL && strstr(before, key) != NULL)
			continue;
		(void)json_object_set_new(f->lacking, roles->v[i],
		    json_sprintf("%s%s%s", before == NULL ? "" : before,
		    before == NULL ? "" : ", ", key));
	}
}

static void
tell_roles(struct findings *f, const struct policy *p)
{
	const char	*role;
	json_t		*v;

	json_object_foreach(f->lacking, role, v)
		finding(f, 0, "configuration", arena_printf(f->cli->arena,
		    "%s: role: found no \"%s\", expected one, since %s names "
		    "it in %s", f->cli->conf->file, role, p->file,
		    json_string_value(v)));
}

static void
check_duty(struct findings *f, const struct policy *p, const char *key,
    const char *duty, const struct templates *ts)
{
	static const char *const langs[] = { "zh-TW", "en" };

	if (duty == NULL || ts == NULL)
		return;
	for (size_t i = 0; i < 2; i++)
		if (!templates_has(ts, duty, langs[i]))
			finding(f, 1, "policy", arena_printf(f->cli->arena,
			    "%s: %s: found duty \"%s\", expected a template "
			    "%s.%s.mustache in %s", p->file, key, duty, duty,
			    langs[i], f->cli->conf->template_dir));
}

/* A list that nobody is on costs nothing; a role must be there. */
static void
check_schedule(struct findings *f, const struct policy *p,
    const struct policy_schedule *s, const struct templates *ts)
{
	const char	*key = arena_printf(f->cli->arena, "schedule \"%s\"",
			    s->name);

	if (strcmp(p->id, f->cli->conf->policy) == 0) {
		note_roles(f, key, &s->roles);
		if (f->cli->conf->n_contacts > 0)
			note_roles(f, key, &s->late_roles);
	}
	check_duty(f, p, key, s->duty, ts);
}

static void
check_deadline(struct findings *f, const struct policy *p,
    const struct policy_deadline *d, const struct templates *ts)
{
	const char	*key = arena_printf(f->cli->arena, "deadline \"%s\"",
			    d->name);

	if (strcmp(p->id, f->cli->conf->policy) == 0) {
		for (size_t i = 0; i < d->n_rungs; i++)
			note_roles(f, key, &d->rungs[i].roles);
		note_roles(f, key, &d->then_roles);
	}
	check_duty(f, p, key, d->duty, ts);
	check_duty(f, p, key, d->first_duty, ts);
}

/* What the policy itself calls unproved, and years without days off. */
static void
tell_doubts(struct findings *f, const struct policy *p)
{
	struct civil	c;

	for (size_t i = 0; i < p->unverified.n; i++)
		note(f, "policy", arena_printf(f->cli->arena,
		    "%s: not verified: %s", p->file, p->unverified.v[i]));
	civil_from_utc(&c, clock_now(), p->zone);
	for (int year = c.year; year <= c.year + (c.mon >= 11); year++) {
		char	want[8];
		size_t	i = 0;

		(void)snprintf(want, sizeof(want), "%04d-", year);
		while (i < p->holidays.n && strncmp(p->holidays.v[i], want,
		    5) != 0)
			i++;
		if (i == p->holidays.n)
			note(f, "policy", arena_printf(f->cli->arena,
			    "%s: holidays: found none in %d, so only "
			    "Saturdays and Sundays count as days off",
			    p->file, year));
	}
}

static void
check_policy(struct findings *f, const char *name, const struct templates *ts)
{
	struct policy	*p;
	struct err	 err;
	int		 before = f->errors;

	if (policy_load(f->cli->conf->policy_dir, name, &p, &err) != RC_OK) {
		finding(f, 1, "policy", err.text);
		return;
	}
	if (strcmp(name, f->cli->conf->policy) == 0) {
		note_roles(f, "command_roles", &p->command_roles);
		note_roles(f, "confirm_roles", &p->confirm_roles);
		note_roles(f, "close_roles", &p->close_roles);
		note_roles(f, "meeting_roles", &p->meeting_roles);
		note_roles(f, "second_roles", &p->second_roles);
		note_roles(f, "forensic_roles", &p->forensic_roles);
		note_roles(f, "forensic_receivers", &p->forensic_receivers);
		note_roles(f, "forward_roles", &p->forward_roles);
		note_roles(f, "notify_opened", &p->notify_opened);
		note_roles(f, "notify_level", &p->notify_level);
		note_roles(f, "notify_recovered", &p->notify_recovered);
		note_roles(f, "notify_closed", &p->notify_closed);
		note_roles(f, "notify_transferred", &p->notify_transferred);
	}
	for (size_t i = 0; i < p->n_deadlines; i++)
		check_deadline(f, p, &p->deadlines[i], ts);
	for (size_t i = 0; i < p->n_schedules; i++)
		check_schedule(f, p, &p->schedules[i], ts);
	if (strcmp(name, f->cli->conf->policy) == 0) {
		tell_roles(f, p);
		check_people(f, p);
	}
	if (f->errors == before)
		good(f, "policy", arena_printf(f->cli->arena,
		    "%s: version %d%s", p->file, p->version, strcmp(name,
		    f->cli->conf->policy) == 0 ? ", active" : ""));
	if (strcmp(name, f->cli->conf->policy) == 0)
		tell_doubts(f, p);
	policy_free(&p);
}

/* Every policy that is there: open incidents may still need an old one. */
static void
check_policies(struct findings *f, const struct templates *ts)
{
	const char	 *dir = f->cli->conf->policy_dir;
	struct dirent	**names = NULL;
	int		  n = scandir(dir, &names, NULL, alphasort), seen = 0;

	for (int i = 0; i < n; i++) {
		char	*dot = strrchr(names[i]->d_name, '.');

		if (dot != NULL && dot != names[i]->d_name &&
		    strcmp(dot, ".policy") == 0) {
			*dot = '\0';
			seen |= strcmp(names[i]->d_name,
			    f->cli->conf->policy) == 0;
			check_policy(f, names[i]->d_name, ts);
		}
		free(names[i]);
	}
	free(names);
	if (!seen)
		finding(f, 1, "policy", arena_printf(f->cli->arena,
		    "%s:%d: policy: found \"%s\", expected the name of a file "
		    "%s/NAME.policy", f->cli->conf->file,
		    conf_line(f->cli->conf, f->cli->conf, "policy"),
		    f->cli->conf->policy, dir));
}

static void
check_story(struct findings *f)
{
	struct story_words	*w;
	struct err		 err;

	if (story_words_load(f->cli->conf->policy_dir, &w, &err) != RC_OK)
		finding(f, 1, "policy", err.text);
	story_words_free(&w);
}

/* --- forms and templates --- */

static void
check_forms(struct findings *f)
{
	const char	*dir = f->cli->conf->form_dir;
	struct form_set	*set;
	struct form_info info;
	struct err	 err;
	size_t		 n = 0;

	if (form_set_load(dir, &set, &err) != RC_OK) {
		finding(f, 1, "forms", err.text);
		return;
	}
	while (form_describe(set, n, &info) == 0)
		n++;
	if (n == 0)
		finding(f, 1, "forms", arena_printf(f->cli->arena,
		    "%s: found no forms, expected *.form", dir));
	else
		good(f, "forms", arena_printf(f->cli->arena, "%s: %zu forms",
		    dir, n));
	form_set_free(&set);
}

static void
on_miss(void *arg, const char *file, int line, const char *name)
{
	struct findings	*f = arg;

	finding(f, 1, "templates", arena_printf(f->cli->arena,
	    "%s:%d: %s: found a tag that no data fills, expected a name of "
	    "the data's", file, line, name));
}

/* The names that data may have stand beside the templates. */
static void
check_tags(struct findings *f, const struct templates *ts)
{
	char		*file = arena_printf(f->cli->arena, "%s/keys.json",
			    f->cli->conf->template_dir);
	json_error_t	 why;
	struct stat	 st;
	struct err	 err;
	json_t		*keys;

	if (stat(file, &st) == -1)
		return;
	keys = json_load_file(file, 0, &why);
	if (keys == NULL)
		finding(f, 1, "templates", arena_printf(f->cli->arena,
		    "%s:%d: found %s, expected JSON", file, why.line,
		    why.text));
	else if (templates_check(ts, keys, on_miss, f, &err) != RC_OK)
		finding(f, 1, "templates", err.text);
	json_decref(keys);
}

static void
on_template(void *arg, const char *duty, const char *lang, const char *file)
{
	(void)duty;
	(void)lang;
	(void)file;
	++*(size_t *)arg;
}

int
cmd_check(struct cli *cli, int argc, char **argv)
{
	struct findings	 f = { .cli = cli };
	struct templates *ts = NULL;
	struct err	 err;
	size_t		 n = 0;
	int		 status;

	if (argc != 1)
		return cli_usage(argv[0]);
	f.list = json_array();
	f.notes = json_array();
	f.lacking = json_object();
	f.named = json_object();
	if (conf_load(cli->conf_file, &cli->conf, &err) != RC_OK) {
		finding(&f, 1, "configuration", err.text);
		goto out;
	}
	good(&f, "configuration", cli->conf_file);
	check_files(&f, cli->conf);
	check_users(&f);
	check_forms(&f);
	if (templates_load(cli->conf->template_dir, &ts, &err) != RC_OK) {
		finding(&f, 1, "templates", err.text);
	} else {
		templates_each(ts, on_template, &n);
		good(&f, "templates", arena_printf(cli->arena,
		    "%s: %zu templates", cli->conf->template_dir, n));
		check_tags(&f, ts);
	}
	check_policies(&f, ts);
	check_story(&f);
	templates_free(&ts);
 out:
	status = f.errors > 0 ? EXIT_CONFIG : f.warnings > 0 ? EXIT_FINDINGS :
	    EXIT_DONE;
	if (cli->json)
		(void)cli_json(json_pack("{s:b, s:O, s:O}", "ok", status
		    == EXIT_DONE, "findings", f.list, "notes", f.notes));
	else if (status == EXIT_DONE)
		(void)puts("Nothing to mend.");
	json_decref(f.list);
	json_decref(f.notes);
	json_decref(f.lacking);
	json_decref(f.named);
	return status;
}
