#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/form_set.h"

#define FILES_MAX	64

static int
is_form_file(const struct dirent *d)
{
	size_t	n = strlen(d->d_name);

	return n > 5 && *d->d_name != '.' &&
	    strcmp(d->d_name + n - 5, ".form") == 0;
}

/* choices.form before all others: they name its sets. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	int	x = strcmp((*a)->d_name, "choices.form") != 0,
		y = strcmp((*b)->d_name, "choices.form") != 0;

	return x != y ? x - y : strcmp((*a)->d_name, (*b)->d_name);
}

enum rc
form_set_load(const char *dir, struct form_set **out, struct err *err)
{
	struct form_set	 *set = xcalloc(1, sizeof(*set));
	struct dirent	**files = NULL;
	enum rc		  rc = RC_OK;
	int		  n;

	*out = set;
	set->arena = arena_new();
	set->scratch = arena_new();
	n = scandir(dir, &files, is_form_file, by_name);
	if (n < 1)
		rc = err_set(err, RC_REFUSED, "%s: found no *.form files, "
		    "expected some", dir);
	else if (n > FILES_MAX)
		rc = err_set(err, RC_REFUSED, "%s: found %d files, expected "
		    "at most %d", dir, n, FILES_MAX);
	for (int i = 0; i < n; i++) {
		if (rc == RC_OK)
			rc = form_file_read(set, arena_printf(set->arena,
			    "%s/%s", dir, files[i]->d_name), err);
		free(files[i]);
	}
	free(files);
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
