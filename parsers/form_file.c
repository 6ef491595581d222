#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/source.h"
#include "parsers/form_set.h"

#define FILE_MAX	(256u * 1024)
#define LABEL_MAX	200		/* bytes */
#define WORDS_MAX	800

/* One file while it is read. */
struct loader {
	struct form_set	*set;
	const char	*file;
	struct buf	 text;
	struct err	*err;
};

static cfg_opt_t word_opts[] = {
	CFG_STR("value", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("words", NULL, CFGF_NONE),
	CFG_STR("negated", NULL, CFGF_NODEFAULT),
	CFG_INT("rank", 0, CFGF_NONE),
	CFG_BOOL("bare", cfg_false, CFGF_NONE),
	CFG_BOOL("bad", cfg_false, CFGF_NONE),
	CFG_BOOL("parts", cfg_false, CFGF_NONE),
	CFG_STR_LIST("outlasts", NULL, CFGF_NONE),
	CFG_STR_LIST("unless", NULL, CFGF_NONE),
	CFG_STR_LIST("not_behind", NULL, CFGF_NONE),
	CFG_STR_LIST("not_before", NULL, CFGF_NONE),
	CFG_STR_LIST("then", NULL, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t choices_opts[] = {
#define X(list)	CFG_STR_LIST(#list, NULL, CFGF_NONE),
	CHOICE_LISTS(X)
#undef X
	CFG_SEC("word", word_opts, CFGF_MULTI | CFGF_TITLE |
	    CFGF_NO_TITLE_DUPES),
	CFG_END()
};

static cfg_opt_t field_opts[] = {
	CFG_STR("kind", "text", CFGF_NONE),
	CFG_STR("choices", NULL, CFGF_NODEFAULT),
	CFG_STR("second", NULL, CFGF_NODEFAULT),
	CFG_BOOL("required", cfg_false, CFGF_NONE),
	CFG_BOOL("always", cfg_false, CFGF_NONE),
	CFG_BOOL("bare", cfg_false, CFGF_NONE),
	CFG_BOOL("date_line", cfg_false, CFGF_NONE),
	CFG_BOOL("repeatable", cfg_false, CFGF_NONE),
	CFG_STR_LIST("labels", NULL, CFGF_NONE),
	CFG_STR_LIST("whole", NULL, CFGF_NONE),
	CFG_STR_LIST("none", NULL, CFGF_NONE),
	CFG_STR_LIST("patterns", NULL, CFGF_NONE),
	CFG_SEC("option", word_opts, CFGF_MULTI | CFGF_TITLE |
	    CFGF_NO_TITLE_DUPES),
	CFG_END()
};

static cfg_opt_t file_opts[] = {
	CFG_STR("name", NULL, CFGF_NODEFAULT),
	CFG_STR("title", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("titles", NULL, CFGF_NONE),
	CFG_STR("use", "both", CFGF_NONE),
	CFG_INT("rank", 100, CFGF_NONE),
	CFG_INT("reply_rank", 100, CFGF_NONE),
	CFG_STR_LIST("also", NULL, CFGF_NONE),
	CFG_STR_LIST("lone", NULL, CFGF_NONE),
	CFG_SEC("choices", choices_opts, CFGF_MULTI | CFGF_TITLE |
	    CFGF_NO_TITLE_DUPES),
	CFG_SEC("field", field_opts, CFGF_MULTI | CFGF_TITLE |
	    CFGF_NO_TITLE_DUPES),
	CFG_END()
};

/* libconfuse gives its error function no place for a context. */
static struct loader *reading;

static void on_error(cfg_t *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char	text[300];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)err_set(reading->err, RC_REFUSED, "%s:%d: %s", reading->file,
	    cfg != NULL ? cfg->line : 0, text);
}

/* The line of a value inside a section, or of the section's head. */
static int
line_of(const struct loader *ld, cfg_t *sec, const char *kind,
    const char *value)
{
	int		 first = kind == NULL ? 1 :
			    source_section(&ld->text, kind, sec->line);
	int		 line = 1;
	const char	*p = ld->text.data, *found;

	for (; line < first && (p = strchr(p, '\n')) != NULL; line++)
		p++;
	found = p == NULL || value == NULL ? NULL : strstr(p, value);
	for (; found != NULL && p < found; p++)
		line += *p == '\n';
	return line;
}

#define FAULT(ld, sec, kind, value, ...)				\
	fault_at(ld, line_of(ld, sec, kind, value), __VA_ARGS__)

static enum rc fault_at(struct loader *, int, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static enum rc
fault_at(struct loader *ld, int line, const char *fmt, ...)
{
	char	text[400];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(ld->err, RC_REFUSED, "%s:%d: %s", ld->file, line, text);
}

static int
by_length(const void *a, const void *b)
{
	const struct choice_word *x = a, *y = b;

	return x->len < y->len ? 1 : x->len > y->len ? -1 : 0;
}

static int
by_strlen(const void *a, const void *b)
{
	size_t	x = strlen(*(const char *const *)a),
		y = strlen(*(const char *const *)b);

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Longest first, closed by NULL. */
static const char *const *
dense_list(struct loader *ld, cfg_t *sec, const char *key)
{
	unsigned	 size = cfg_size(sec, key);
	const char	**v = arena_array(ld->set->arena, size + 1, sizeof(*v));
	size_t		 n = 0, len;

	for (unsigned i = 0; i < size; i++) {
		const char	*s = cfg_getnstr(sec, key, i);

		s = form_dense(ld->set->arena, s, strlen(s), &len);
		if (len > 0)
			v[n++] = s;
	}
	qsort(v, n, sizeof(*v), by_strlen);
	v[n] = NULL;
	return v;
}

/* As it stands in the file, closed by NULL. */
static const char *const *
copy_list(struct arena *a, cfg_t *sec, const char *key)
{
	unsigned	 size = cfg_size(sec, key);
	const char	**v = arena_array(a, size + 1, sizeof(*v));

	for (unsigned i = 0; i < size; i++)
		v[i] = arena_strdup(a, cfg_getnstr(sec, key, i));
	v[size] = NULL;
	return v;
}

/* Where the words of a section say nothing; value is theirs. */
static enum rc
read_exceptions(struct loader *ld, cfg_t *sec, const char *kind,
    const char *value, struct choice_word *w)
{
	const struct {
		const char	*key;
		const char *const **list;
	} keys[] = {
		{ "unless", &w->unless }, { "not_behind", &w->not_behind },
		{ "not_before", &w->not_before }, { "then", &w->then }
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t	n = 0;

		*keys[i].list = dense_list(ld, sec, keys[i].key);
		while ((*keys[i].list)[n] != NULL)
			n++;
		if (n < cfg_size(sec, keys[i].key))
			return FAULT(ld, sec, kind, keys[i].key, "%s: found an "
			    "empty word, expected text", keys[i].key);
		if (n > 0 && *value == '\0')
			return FAULT(ld, sec, kind, keys[i].key, "%s: found "
			    "beside value \"\", expected it only where the "
			    "words have a value", keys[i].key);
	}
	return RC_OK;
}

/* One `word` or `option` section into the set. */
static enum rc
read_word(struct loader *ld, cfg_t *sec, const char *kind,
    struct choice_set *set, size_t cap)
{
	struct arena	*a = ld->set->arena;
	const char	*value = cfg_getstr(sec, "value"),
			*negated = cfg_getstr(sec, "negated");
	struct choice_word where = { 0 };
	enum rc		 rc;

	if (cfg_size(sec, "words") == 0)
		return FAULT(ld, sec, kind, NULL, "%s \"%s\": found no words, "
		    "expected some", kind, cfg_title(sec));
	value = arena_strdup(a, value != NULL ? value : cfg_title(sec));
	rc = read_exceptions(ld, sec, kind, value, &where);
	if (rc != RC_OK)
		return rc;
	where.outlasts = copy_list(a, sec, "outlasts");
	for (unsigned i = 0; i < cfg_size(sec, "words"); i++) {
		const char	*s = cfg_getnstr(sec, "words", i);
		struct choice_word *w = &set->words[set->n_words];

		if (set->n_words == cap)
			return FAULT(ld, sec, kind, s, "words: more than %zu",
			    cap);
		*w = where;
		w->word = form_dense(a, s, strlen(s), &w->len);
		if (w->len == 0)
			return FAULT(ld, sec, kind, NULL, "words: found an "
			    "empty one, expected text");
		w->value = value;
		w->negated = arena_strdup(a, negated);
		w->rank = (int)cfg_getint(sec, "rank");
		w->bare = cfg_getbool(sec, "bare");
		w->bad = cfg_getbool(sec, "bad");
		w->parts = cfg_getbool(sec, "parts");
		set->n_words++;
	}
	return RC_OK;
}

/* What a word outlasts are values of its set. */
static enum rc
check_outlasts(struct loader *ld, cfg_t *sec, const char *kind,
    const struct choice_set *set)
{
	for (unsigned k = 0; k < cfg_size(sec, "outlasts"); k++) {
		const char	*value = cfg_getnstr(sec, "outlasts", k);
		size_t		 i = 0;

		while (i < set->n_words &&
		    strcmp(set->words[i].value, value) != 0)
			i++;
		if (i == set->n_words)
			return FAULT(ld, sec, kind, "outlasts", "outlasts: "
			    "found \"%s\", expected a value of its set",
			    value);
	}
	return RC_OK;
}

static enum rc
read_words(struct loader *ld, cfg_t *sec, const char *kind,
    struct choice_set *set)
{
	enum rc	rc;

	set->words = arena_array(ld->set->arena, WORDS_MAX,
	    sizeof(*set->words));
	for (unsigned i = 0; i < cfg_size(sec, kind); i++) {
		rc = read_word(ld, cfg_getnsec(sec, kind, i), kind, set,
		    WORDS_MAX);
		if (rc != RC_OK)
			return rc;
	}
	for (unsigned i = 0; i < cfg_size(sec, kind); i++) {
		rc = check_outlasts(ld, cfg_getnsec(sec, kind, i), kind, set);
		if (rc != RC_OK)
			return rc;
	}
	qsort(set->words, set->n_words, sizeof(*set->words), by_length);
	choice_index(set);
	return RC_OK;
}

/* Sets are looked up by pointer: they never move.  All lists are empty. */
static struct choice_set *
set_new(struct form_set *fs)
{
	static const char *const none[] = { NULL };
	struct choice_set	*set;

	if (fs->sets == NULL) {
		fs->cap_sets = FORMS_MAX * 2;
		fs->sets = arena_array(fs->arena, fs->cap_sets,
		    sizeof(*fs->sets));
	}
	if (fs->n_sets == fs->cap_sets)
		return NULL;
	set = &fs->sets[fs->n_sets++];
#define X(list)	set->list = none;
	CHOICE_LISTS(X)
#undef X
	return set;
}

static enum rc
read_choices(struct loader *ld, cfg_t *sec)
{
	struct choice_set *set = set_new(ld->set);

	if (set == NULL)
		return FAULT(ld, sec, "choices", NULL, "choices: more than "
		    "%zu sets", ld->set->cap_sets);
	set->name = arena_strdup(ld->set->arena, cfg_title(sec));
#define X(list)	set->list = dense_list(ld, sec, #list);
	CHOICE_LISTS(X)
#undef X
	return read_words(ld, sec, "word", set);
}

static enum rc
read_kind(struct loader *ld, cfg_t *sec, struct form_field *f)
{
	static const char *const kinds[] = {
		[FIELD_TEXT] = "text", [FIELD_LINE] = "line",
		[FIELD_DATETIME] = "datetime", [FIELD_DATE] = "date",
		[FIELD_PHONE] = "phone", [FIELD_CHOICE] = "choice",
		[FIELD_CATEGORY] = "category", [FIELD_LEVEL] = "level",
		[FIELD_BOOL] = "bool", [FIELD_PERSON] = "person",
	};
	const char	*s = cfg_getstr(sec, "kind");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(s, kinds[i]) == 0) {
			f->kind = (enum field_kind)i;
			return RC_OK;
		}
	return FAULT(ld, sec, "field", "kind", "kind: found \"%s\", expected "
	    "text, line, datetime, date, phone, choice, category, level, bool "
	    "or person", s);
}

static enum rc
read_field_choices(struct loader *ld, cfg_t *sec, struct form_field *f)
{
	const char	*name = cfg_getstr(sec, "choices");
	struct choice_set *set;
	enum rc		 rc;

	if (f->kind == FIELD_BOOL && name == NULL)
		name = "yesno";
	if (name != NULL) {
		f->choices = form_choices(ld->set, name);
		if (f->choices == NULL)
			return FAULT(ld, sec, "field", name, "choices: found "
			    "\"%s\", expected a set of choices.form", name);
		return RC_OK;
	}
	if (f->kind != FIELD_CHOICE)
		return RC_OK;
	if (cfg_size(sec, "option") == 0)
		return FAULT(ld, sec, "field", NULL, "field \"%s\": found no "
		    "option, expected choices or option sections", f->name);
	set = set_new(ld->set);
	if (set == NULL)
		return FAULT(ld, sec, "field", NULL, "too many sets");
	set->name = arena_printf(ld->set->arena, "%s:%s", ld->file, f->name);
	rc = read_words(ld, sec, "option", set);
	f->choices = set;
	return rc;
}

static enum rc
read_labels(struct loader *ld, cfg_t *sec, const char *key,
    const struct form *form, const struct form_field *f)
{
	for (unsigned i = 0; i < cfg_size(sec, key); i++) {
		const char	*s = cfg_getnstr(sec, key, i);
		struct form_label l = { NULL, form, f, *key == 'w', -1 };
		const struct form_label *other;
		size_t		 n;

		(void)form_dense(ld->set->scratch, s, strlen(s), &n);
		if (n == 0 || strlen(s) > LABEL_MAX)
			return FAULT(ld, sec, "field", s, "%s: found a label "
			    "of %zu bytes, expected 1 to %d", key, n,
			    LABEL_MAX);
		other = form_label_of(ld->set, form, s);
		if (other != NULL && other->field == f && !l.whole)
			continue;	/* the same but for width or blanks */
		if (other != NULL)
			return FAULT(ld, sec, "field", s, "%s: found \"%s\", "
			    "which is a label of field \"%s\" too", key, s,
			    other->field->name);
		l.text = arena_strdup(ld->set->arena, s);
		form_label_add(ld->set, &l);
	}
	return RC_OK;
}

static enum rc
read_patterns(struct loader *ld, cfg_t *sec, struct form *form,
    struct form_field *f)
{
	struct err	err;

	for (unsigned i = 0; i < cfg_size(sec, "patterns"); i++) {
		const char	*s = cfg_getnstr(sec, "patterns", i);

		if (i == FORM_PATTERNS)
			return FAULT(ld, sec, "field", "patterns", "patterns: "
			    "more than %d", FORM_PATTERNS);
		if (pattern_compile(s, 1, &f->patterns[i], &err) != RC_OK)
			return FAULT(ld, sec, "field", "patterns", "%s",
			    err.text);
		f->pattern_text[i] = arena_strdup(ld->set->arena, s);
		f->n_patterns++;
		form->n_patterns++;
	}
	return RC_OK;
}

/* What a level may be called that is none at all, without blanks. */
static enum rc
read_none(struct loader *ld, cfg_t *sec, struct form_field *f)
{
	struct arena	*a = ld->set->arena;

	f->n_none = cfg_size(sec, "none");
	if (f->n_none > 0 && f->kind != FIELD_LEVEL)
		return FAULT(ld, sec, "field", "none", "field \"%s\": found "
		    "none, expected it only of kind \"level\"", f->name);
	f->none = arena_array(a, f->n_none + 1, sizeof(*f->none));
	for (size_t i = 0; i < f->n_none; i++)
		f->none[i] = arena_strdup(a, cfg_getnstr(sec, "none",
		    (unsigned)i));
	return RC_OK;
}

static enum rc
read_field(struct loader *ld, cfg_t *sec, struct form *form)
{
	struct form_field *f = &form->fields[form->n_fields++];
	enum rc		 rc;

	f->name = arena_strdup(ld->set->arena, cfg_title(sec));
	f->second = arena_strdup(ld->set->arena, cfg_getstr(sec, "second"));
	f->required = cfg_getbool(sec, "required");
	f->always = f->required || cfg_getbool(sec, "always");
	f->bare = cfg_getbool(sec, "bare");
	f->date_line = cfg_getbool(sec, "date_line");
	f->repeatable = cfg_getbool(sec, "repeatable");
	if (*f->name == '\0' || strspn(f->name,
	    "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(f->name))
		return FAULT(ld, sec, "field", NULL, "field: found \"%s\", "
		    "expected a name of a-z, 0-9 and _", f->name);
	if (cfg_size(sec, "labels") + cfg_size(sec, "whole") +
	    cfg_size(sec, "patterns") == 0)
		return FAULT(ld, sec, "field", NULL, "field \"%s\": found no "
		    "labels, expected some", f->name);
	rc = read_kind(ld, sec, f);
	if (rc == RC_OK && f->repeatable && (f->kind == FIELD_LEVEL ||
	    f->kind == FIELD_CATEGORY || f->kind == FIELD_BOOL))
		return FAULT(ld, sec, "field", "repeatable", "field \"%s\": "
		    "found repeatable, expected it only of a kind that may "
		    "have several values", f->name);
	if (rc == RC_OK)
		rc = read_none(ld, sec, f);
	if (rc == RC_OK)
		rc = read_field_choices(ld, sec, f);
	if (rc == RC_OK)
		rc = read_labels(ld, sec, "labels", form, f);
	if (rc == RC_OK)
		rc = read_labels(ld, sec, "whole", form, f);
	if (rc == RC_OK)
		rc = read_patterns(ld, sec, form, f);
	return rc;
}

static enum rc
read_titles(struct loader *ld, cfg_t *cfg, struct form *form)
{
	struct err	err;

	for (unsigned i = 0; i < cfg_size(cfg, "titles"); i++) {
		if (i == FORM_PATTERNS)
			return FAULT(ld, cfg, NULL, "titles", "titles: more "
			    "than %d", FORM_PATTERNS);
		if (pattern_compile(cfg_getnstr(cfg, "titles", i), 0,
		    &form->titles[i], &err) != RC_OK)
			return FAULT(ld, cfg, NULL, "titles", "%s", err.text);
		form->n_titles++;
	}
	return RC_OK;
}

static enum rc
read_use(struct loader *ld, cfg_t *cfg, struct form *form)
{
	const char	*use = cfg_getstr(cfg, "use");

	form->for_report = strcmp(use, "reply") != 0;
	form->for_reply = strcmp(use, "report") != 0;
	if (form->for_report && form->for_reply && strcmp(use, "both") != 0)
		return FAULT(ld, cfg, NULL, "use", "use: found \"%s\", "
		    "expected report, reply or both", use);
	for (unsigned i = 0; i < cfg_size(cfg, "lone"); i++)
		if (form->n_lone < sizeof(form->lone) / sizeof(form->lone[0]))
			form->lone[form->n_lone++] = arena_strdup(
			    ld->set->arena, cfg_getnstr(cfg, "lone", i));
	return RC_OK;
}

/* Names for form_set_link(), which knows all forms. */
static void
keep_also(struct loader *ld, cfg_t *cfg, struct form *form)
{
	for (unsigned i = 0; i < cfg_size(cfg, "also") &&
	    form->n_also < FORMS_MAX; i++) {
		struct form	*stub = arena_alloc(ld->set->arena,
				    sizeof(*stub));

		stub->name = arena_strdup(ld->set->arena,
		    cfg_getnstr(cfg, "also", i));
		stub->rank = line_of(ld, cfg, NULL, "also");
		form->also[form->n_also++] = stub;
	}
}

static enum rc
read_form(struct loader *ld, cfg_t *cfg)
{
	struct form	*form = &ld->set->forms[ld->set->n_forms];
	const char	*name = cfg_getstr(cfg, "name");
	unsigned	 n = cfg_size(cfg, "field");
	enum rc		 rc;

	if (name == NULL || *name == '\0')
		return FAULT(ld, cfg, NULL, NULL, "name: found none, expected "
		    "the name of the form");
	for (size_t i = 0; i < ld->set->n_forms; i++)
		if (strcmp(ld->set->forms[i].name, name) == 0)
			return FAULT(ld, cfg, NULL, "name", "name: found "
			    "\"%s\", which %s has too", name,
			    ld->set->forms[i].file);
	if (ld->set->n_forms == FORMS_MAX || n > FORM_FIELDS_MAX)
		return FAULT(ld, cfg, NULL, NULL, "more than %d forms or %d "
		    "fields", FORMS_MAX, FORM_FIELDS_MAX);
	ld->set->n_forms++;
	form->name = arena_strdup(ld->set->arena, name);
	form->title = arena_strdup(ld->set->arena, cfg_getstr(cfg, "title"));
	form->file = arena_strdup(ld->set->arena, ld->file);
	form->rank = (int)cfg_getint(cfg, "rank");
	form->reply_rank = (int)cfg_getint(cfg, "reply_rank");
	form->fields = arena_array(ld->set->arena, n + 1,
	    sizeof(*form->fields));
	keep_also(ld, cfg, form);
	rc = read_titles(ld, cfg, form);
	if (rc == RC_OK)
		rc = read_use(ld, cfg, form);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		rc = read_field(ld, cfg_getnsec(cfg, "field", i), form);
	return rc;
}

enum rc
form_file_read(struct form_set *set, const char *file, struct err *err)
{
	struct loader	 ld = { .set = set, .file = file, .err = err };
	cfg_t		*cfg = cfg_init(file_opts, CFGF_NONE);
	enum rc		 rc;

	if (cfg == NULL)
		return err_set(err, RC_BROKEN, "%s: out of memory", file);
	buf_init(&ld.text, FILE_MAX);
	rc = source_read(file, FILE_MAX, &ld.text, err);
	if (rc == RC_OK) {
		reading = &ld;
		(void)cfg_set_error_function(cfg, on_error);
		(void)err_set(err, RC_REFUSED, "%s: cannot be read", file);
		if (cfg_parse_buf(cfg, ld.text.data) != CFG_SUCCESS)
			rc = RC_REFUSED;
		reading = NULL;
	}
	for (unsigned i = 0; rc == RC_OK && i < cfg_size(cfg, "choices"); i++)
		rc = read_choices(&ld, cfg_getnsec(cfg, "choices", i));
	/* a file of choices alone has no form */
	if (rc == RC_OK && (cfg_size(cfg, "choices") == 0 ||
	    cfg_size(cfg, "field") > 0))
		rc = read_form(&ld, cfg);
	buf_free(&ld.text);
	cfg_free(cfg);
	return rc;
}

enum rc
form_set_link(struct form_set *set, struct err *err)
{
	for (size_t i = 0; i < set->n_forms; i++) {
		struct form	*f = &set->forms[i];

		for (size_t k = 0; k < f->n_also; k++) {
			const struct form *stub = f->also[k];

			f->also[k] = NULL;
			for (size_t j = 0; j < set->n_forms; j++)
				if (strcmp(set->forms[j].name, stub->name) == 0)
					f->also[k] = &set->forms[j];
			if (f->also[k] == NULL)
				return err_set(err, RC_REFUSED, "%s:%d: also: "
				    "found \"%s\", expected the name of a form",
				    f->file, stub->rank, stub->name);
		}
	}
	return RC_OK;
}
