#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "parsers/form_set.h"

#define NAMES_MAX	8192		/* bytes of the names of all files */
#define FIRST		"choices.form"	/* the others name its sets */

static enum rc
read_named(struct form_set *set, const char *dir, const char *name, size_t len,
    struct err *err)
{
	return form_file_read(set, arena_printf(set->arena, "%s/%.*s", dir,
	    (int)len, name), err);
}

/* FIRST, then all others by name. */
static enum rc
read_all(struct form_set *set, const char *dir, const char *names,
    struct err *err)
{
	enum rc	rc = RC_OK;
	size_t	n;

	for (int first = 1; first >= 0; first--)
		for (const char *s = names; rc == RC_OK && *s != '\0';
		    s += n + 1) {
			n = strcspn(s, "\n");
			if (first == (n == strlen(FIRST) &&
			    strncmp(s, FIRST, n) == 0))
				rc = read_named(set, dir, s, n, err);
		}
	return rc;
}

enum rc
form_set_load(const char *dir, struct form_set **out, struct err *err)
{
	struct form_set	*set = xcalloc(1, sizeof(*set));
	struct buf	 names;
	enum rc		 rc;

	*out = set;
	set->arena = arena_new();
	set->scratch = arena_new();
	buf_init(&names, NAMES_MAX);
	rc = path_list(dir, ".form", &names, err);
	if (rc == RC_OK && names.len == 0)
		rc = err_set(err, RC_REFUSED, "%s: found no *.form files, "
		    "expected some", dir);
	if (rc == RC_OK)
		rc = read_all(set, dir, names.data, err);
	buf_free(&names);
	if (rc == RC_OK)
		rc = form_set_link(set, err);
	arena_free(&set->scratch);
	if (rc != RC_OK)
		form_set_free(out);
	return rc;
}

void
form_set_free(struct form_set **pp)
{
	struct form_set	*set = *pp;

	if (set == NULL)
		return;
	for (size_t i = 0; i < FORMS_MAX; i++) {
		struct form	*f = &set->forms[i];

		for (size_t k = 0; k < FORM_PATTERNS; k++)
			pattern_free(&f->titles[k]);
		for (size_t j = 0; j < f->n_fields; j++)
			for (size_t k = 0; k < FORM_PATTERNS; k++)
				pattern_free(&f->fields[j].patterns[k]);
	}
	buf_free(&set->label_room);
	buf_free(&set->node_room);
	arena_free(&set->arena);
	free(set);
	*pp = NULL;
}

const struct choice_set *
form_choices(const struct form_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_sets; i++)
		if (strcmp(set->sets[i].name, name) == 0)
			return &set->sets[i];
	return NULL;
}

int
form_describe(const struct form_set *set, size_t i, struct form_info *info)
{
	if (i >= set->n_forms)
		return -1;
	info->name = set->forms[i].name;
	info->file = set->forms[i].file;
	info->title = set->forms[i].title;
	info->n_fields = set->forms[i].n_fields;
	return 0;
}

int
form_requires(const struct form_set *set, const char *field)
{
	for (size_t i = 0; i < set->n_forms; i++) {
		const struct form	*f = &set->forms[i];

		for (size_t k = 0; f->for_reply && k < f->n_fields; k++)
			if (f->fields[k].required &&
			    strcmp(f->fields[k].name, field) == 0)
				return 1;
	}
	return 0;
}
