/*
 * story_words - read story.words and letters.words, and fill what they say with the
 * detail of a row of the journal.
 */
#include "cli/story_words.h"

#include <confuse.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/source.h"

#define SENTENCE_MAX	(64 * 1024)
#define WORDS_MAX	(256 * 1024)

struct story_words {
	cfg_t	*cfg;
};

static cfg_opt_t words_opts[] = {
	CFG_STR("zh", NULL, CFGF_NONE),
	CFG_STR("en", NULL, CFGF_NONE),
	CFG_END()
};

#define TITLED (CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)

static cfg_opt_t file_opts[] = {
	CFG_SEC("letter", words_opts, TITLED),
	CFG_SEC("event", words_opts, TITLED),
	CFG_END()
};

/* libconfuse reports through a function without user data. */
static struct err	 first_error;
static const char	*reading;

static void __attribute__((format(printf, 2, 0)))
note_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char	text[400];

	if (first_error.text[0] != '\0')
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)err_set(&first_error, RC_REFUSED, "%s:%d: %s", reading,
	    cfg->line, text);
}

static enum rc
parse(cfg_t *cfg, const char *file, const char *kind, struct err *err)
{
	struct buf	b;
	enum rc		rc;
	int		bad;

	buf_init(&b, WORDS_MAX);
	rc = source_read(file, WORDS_MAX, &b, err);
	if (rc == RC_OK) {
		first_error.text[0] = '\0';
		reading = file;
		(void)cfg_set_error_function(cfg, note_error);
		bad = b.len > 0 && cfg_parse_buf(cfg, b.data) != CFG_SUCCESS;
		if (bad || first_error.text[0] != '\0')
			rc = err_set(err, RC_REFUSED, "%s", first_error.text);
		else if (cfg_size(cfg, kind) == 0)
			rc = err_set(err, RC_REFUSED, "%s:1: %s: found none, "
			    "expected what each is called", file, kind);
	}
	buf_free(&b);
	return rc;
}

static enum rc
check_words(cfg_t *cfg, const char *file, const char *kind, struct err *err)
{
	for (unsigned i = 0; i < cfg_size(cfg, kind); i++) {
		cfg_t	*sec = cfg_getnsec(cfg, kind, i);

		if (cfg_getstr(sec, "zh") == NULL ||
		    cfg_getstr(sec, "en") == NULL)
			return err_set(err, RC_REFUSED, "%s:%d: %s \"%s\": "
			    "found one language, expected zh and en", file,
			    sec->line, kind, cfg_title(sec));
	}
	return RC_OK;
}

enum rc
story_words_load(const char *dir, struct story_words **out, struct err *err)
{
	struct arena	*a = arena_new();
	char		*file = arena_printf(a, "%s/story.words", dir);
	char		*letters = arena_printf(a, "%s/letters.words", dir);
	cfg_t		*cfg = cfg_init(file_opts, CFGF_NONE);
	enum rc		 rc;

	*out = NULL;
	rc = parse(cfg, letters, "letter", err);
	if (rc == RC_OK)
		rc = parse(cfg, file, "event", err);
	if (rc == RC_OK)
		rc = check_words(cfg, letters, "letter", err);
	if (rc == RC_OK)
		rc = check_words(cfg, file, "event", err);
	if (rc == RC_OK) {
		*out = xcalloc(1, sizeof(**out));
		(*out)->cfg = cfg;
	} else {
		(void)cfg_free(cfg);
	}
	arena_free(&a);
	return rc;
}

void
story_words_free(struct story_words **w)
{
	if (*w == NULL)
		return;
	(void)cfg_free((*w)->cfg);
	free(*w);
	*w = NULL;
}

static const char *
say(const struct cli *cli, const struct story_words *w, const char *kind,
    const char *name)
{
	cfg_t	*sec = w == NULL ? NULL : cfg_gettsec(w->cfg, kind, name);

	return sec == NULL ? NULL : cfg_getstr(sec,
	    strcmp(cli->lang, "en") == 0 ? "en" : "zh");
}

const char *
story_letter(const struct cli *cli, const struct story_words *w,
    const char *duty)
{
	const char	*s = say(cli, w, "letter", duty);

	return s != NULL ? s : duty;
}

const char *
story_role(const struct cli *cli, const char *role)
{
	const struct conf_role	*r = conf_role(cli->conf, role);

	if (r == NULL)
		return role;
	return strcmp(cli->lang, "en") == 0 && r->label_en != NULL ?
	    r->label_en : r->label;
}

/* --- values of a detail --- */

struct telling {
	struct cli		 *cli;
	const struct story	 *s;
	const struct story_words *w;
};

static const char *
state_label(const struct telling *t, const char *v)
{
	enum incident_state	st;

	return incident_state_parse(v, &st) != 0 ? NULL :
	    policy_state_label(t->s->policy, st, t->cli->lang);
}

static const char *
category_label(const struct telling *t, const char *v)
{
	const struct policy_category	*c = policy_category(t->s->policy, v);

	return c == NULL ? NULL : words_in(&c->label, t->cli->lang);
}

static const char *
verdict_label(const struct telling *t, const char *v)
{
	const struct policy	*p = t->s->policy;

	for (size_t i = 0; i < p->n_verdicts; i++)
		if (strcmp(p->verdicts[i].name, v) == 0)
			return words_in(&p->verdicts[i].label, t->cli->lang);
	return NULL;
}

static const char *
field_label(const struct telling *t, const char *v)
{
	return policy_field_label(t->s->policy, v, t->cli->lang);
}

static const char *
deadline_label(const struct telling *t, const char *v)
{
	return story_deadline_label(t->cli, t->s, v);
}

static const char *
role_label(const struct telling *t, const char *v)
{
	return story_role(t->cli, v);
}

static const char *
reason_label(const struct telling *t, const char *v)
{
	const struct words	w = policy_reason(t->s->policy, v,
				    t->cli->arena);

	return words_in(&w, t->cli->lang);
}

static const char *
letter_label(const struct telling *t, const char *v)
{
	return story_letter(t->cli, t->w, v);
}

typedef const char *label(const struct telling *, const char *);

/* Which list a word of ours under this key comes from; the first that has it
 * says it. */
static const struct {
	const char	*key;
	label		*of;
} labels[] = {
	{ "deadline", deadline_label }, { "duty", letter_label },
	{ "filled", field_label }, { "from", state_label },
	{ "from", category_label }, { "from", verdict_label },
	{ "missing", field_label }, { "open", field_label },
	{ "role", role_label }, { "roles", role_label },
	{ "status", state_label }, { "to", state_label },
	{ "to", category_label }, { "to", verdict_label },
	{ "verb", state_label }, { "verdict", verdict_label },
	{ "why", reason_label },
};

static const char *
labelled(const struct telling *t, const char *key, const char *v)
{
	const char	*s = NULL;

	for (size_t i = 0; s == NULL && t->s->policy != NULL &&
	    i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i].key, key) == 0)
			s = labels[i].of(t, v);
	return s != NULL ? s : v;
}

static void
put_list(struct buf *b, const struct telling *t, const char *key,
    const json_t *list)
{
	size_t	i;
	json_t	*v;

	if (json_array_size(list) == 0)
		(void)buf_puts(b, "-");
	json_array_foreach(list, i, v) {
		(void)buf_puts(b, i == 0 ? "" : strcmp(t->cli->lang, "en") ==
		    0 ? ", " : "、");
		(void)buf_puts(b, labelled(t, key, json_is_string(v) ?
		    json_string_value(v) : "?"));
	}
}

/* A level that is not assessed. */
static int
is_none(const char *key, const json_t *v)
{
	return v == NULL || json_is_null(v) || (json_is_integer(v) &&
	    json_integer_value(v) == 0 && strcmp(key, "from") == 0);
}

static int
is_time(const char *key)
{
	return strcmp(key, "due") == 0 || strcmp(key, "at") == 0 ||
	    strcmp(key, "starts") == 0;
}

static void
put_value(struct buf *b, const struct telling *t, const char *key,
    const json_t *v)
{
	char	*text;

	if (is_none(key, v))
		(void)buf_puts(b, "-");
	else if (json_is_array(v))
		put_list(b, t, key, v);
	else if (json_is_string(v))
		(void)buf_puts(b, labelled(t, key, json_string_value(v)));
	else if (json_is_integer(v) && is_time(key))
		(void)buf_puts(b, cli_time(t->cli, json_integer_value(v)));
	else {
		text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT |
		    JSON_SORT_KEYS);
		(void)buf_puts(b, text != NULL ? text : "?");
		free(text);
	}
}

/* --- sentences --- */

/* "{key}" in fmt becomes the detail's value. */
static void
put_filled(struct buf *b, const struct telling *t, const char *fmt,
    const json_t *detail)
{
	const char	*end, *key;

	while (*fmt != '\0') {
		end = *fmt == '{' ? strchr(fmt, '}') : NULL;
		if (end == NULL) {
			(void)buf_putc(b, *fmt++);
			continue;
		}
		key = arena_strndup(t->cli->arena, fmt + 1,
		    (size_t)(end - fmt - 1));
		put_value(b, t, key, json_object_get(detail, key));
		fmt = end + 1;
	}
}

/* What an event without words says: all that is in its detail. */
static void
put_bare(struct buf *b, const struct telling *t, const char *event,
    json_t *detail)
{
	const char	*key;
	json_t		*v;
	int		 n = 0;

	(void)buf_puts(b, event);
	json_object_foreach(detail, key, v) {
		if (json_is_null(v))
			continue;
		(void)buf_addf(b, "%s%s=", n++ == 0 ? ": " : ", ", key);
		put_value(b, t, key, v);
	}
}

/* The words for "event.kind" where a detail says which kind, or for "event". */
static const char *
event_words(const struct telling *t, const char *event, const json_t *detail)
{
	static const char *const kinds[] = {
		"step", "kind", "decision", "verb", "notices"
	};
	const char	*v, *fmt = NULL;

	for (size_t i = 0; fmt == NULL && i < sizeof(kinds) / sizeof(kinds[0]);
	    i++) {
		v = json_string_value(json_object_get(detail, kinds[i]));
		if (v != NULL)
			fmt = say(t->cli, t->w, "event", arena_printf(
			    t->cli->arena, "%s.%s", event, v));
	}
	return fmt != NULL ? fmt : say(t->cli, t->w, "event", event);
}

const char *
story_event(struct cli *cli, const struct story *s,
    const struct story_words *w, const struct journal_row *r)
{
	const struct telling	 t = { .cli = cli, .s = s, .w = w };
	json_t			*detail = r->detail == NULL ? NULL :
				    json_loads(r->detail, 0, NULL);
	const char		*fmt = event_words(&t, r->event, detail), *out;
	struct buf		 b;

	buf_init(&b, SENTENCE_MAX);
	if (fmt != NULL)
		put_filled(&b, &t, fmt, detail);
	else
		put_bare(&b, &t, r->event, detail);
	out = arena_strdup(cli->arena, b.data);
	buf_free(&b);
	json_decref(detail);
	return out;
}
