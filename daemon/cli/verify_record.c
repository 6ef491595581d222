/*
 * verify_record - deadlines and values of an incident against its journal.
 */
#include <string.h>

#include "cli/json.h"
#include "cli/verify.h"

static const char *const states[] = {
	[DL_OPEN] = "open", [DL_MET] = "met", [DL_CANCELLED] = "cancelled"
};
static const char *const events[] = {
	[DL_OPEN] = "deadline_set", [DL_MET] = "deadline_met",
	[DL_CANCELLED] = "deadline_cancelled"
};

static json_t *
detail_of(const struct journal_row *r)
{
	return json_loads(r->detail != NULL ? r->detail : "", 0, NULL);
}

/* What the journal says last of a deadline; -1: nothing. */
static int
last_said(const struct journal_row *rows, size_t n, const char *name,
    int64_t *due)
{
	const char	*s;
	json_t		*j;
	int		 state = -1;

	while (state == -1 && n-- > 0)
		for (int e = DL_OPEN; e <= DL_CANCELLED; e++) {
			if (strcmp(rows[n].event, events[e]) != 0)
				continue;
			j = detail_of(&rows[n]);
			s = json_string_value(json_object_get(j, "deadline"));
			if (s != NULL && strcmp(s, name) == 0)
				state = e;
			*due = json_integer_value(json_object_get(j, "due"));
			json_decref(j);
		}
	return state;
}

static enum rc
check_deadline(const struct incident *in, const struct journal_row *rows,
    size_t n, const struct deadline *dl, struct err *err)
{
	int64_t	due = 0;
	int	said = last_said(rows, n, dl->name, &due);

	if (said != (int)dl->state)
		return err_set(err, RC_REFUSED, "%s: found deadline %s %s, "
		    "expected %s by the journal", in->tracking, dl->name,
		    states[dl->state], said == -1 ? "none" : states[said]);
	if (dl->state == DL_OPEN && due != dl->due_at)
		return err_set(err, RC_REFUSED, "%s: found deadline %s due at "
		    "%lld, expected %lld by the journal", in->tracking,
		    dl->name, (long long)dl->due_at, (long long)due);
	return RC_OK;
}

static int
is_newest(const struct deadline *v, size_t n, const struct deadline *dl)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].id > dl->id && strcmp(v[i].name, dl->name) == 0)
			return 0;
	return 1;
}

/* A deadline that the journal has open and nobody waits for. */
static enum rc
check_missing(const struct incident *in, const struct journal_row *row,
    const struct deadline *v, size_t n, struct err *err)
{
	json_t		*j;
	const char	*s;
	enum rc		 rc = RC_OK;
	size_t		 i = 0;

	if (strcmp(row->event, events[DL_OPEN]) != 0)
		return RC_OK;
	j = detail_of(row);
	s = json_string_value(json_object_get(j, "deadline"));
	while (s != NULL && i < n && strcmp(v[i].name, s) != 0)
		i++;
	if (s != NULL && i == n)
		rc = err_set(err, RC_REFUSED, "%s: found no deadline %s, "
		    "expected one by the journal", in->tracking, s);
	json_decref(j);
	return rc;
}

enum rc
verify_deadlines(struct cli *cli, const struct incident *in,
    const struct journal_row *rows, size_t n, struct arena *a,
    struct err *err)
{
	struct deadline	*v;
	size_t		 n_v = 0;
	enum rc		 rc = deadline_list(cli->store, in->id, a, &v, &n_v,
			    err);

	for (size_t i = 0; rc == RC_OK && i < n_v; i++)
		if (is_newest(v, n_v, &v[i]))
			rc = check_deadline(in, rows, n, &v[i], err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = check_missing(in, &rows[i], v, n_v, err);
	return rc;
}

/* Since the journal seals them: what came before has no seal. */
enum rc
verify_fields(struct cli *cli, const struct incident *in,
    const struct journal_row *rows, size_t n, struct err *err)
{
	char	 hex[SHA256_HEX];
	int64_t	 from, count, sealed = -1;
	const char *said;
	json_t	*j;
	enum rc	 rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (strcmp(rows[i].event, "fields") != 0)
			continue;
		j = detail_of(&rows[i]);
		from = json_integer_value(json_object_get(j, "from"));
		count = json_integer_value(json_object_get(j, "count"));
		sealed = from + count;
		rc = field_seal(cli->store, in->id, from, count, hex, err);
		said = json_string_value(json_object_get(j, "sha256"));
		if (rc == RC_OK && strcmp(hex, said != NULL ? said : "") != 0)
			rc = err_set(err, RC_REFUSED, "%s: the values that "
			    "mail %lld gave are not those of row %lld of the "
			    "journal", in->tracking, (long long)rows[i].mail,
			    (long long)rows[i].seq);
		json_decref(j);
	}
	if (rc == RC_OK && sealed >= 0)
		rc = field_count(cli->store, in->id, &count, err);
	if (rc == RC_OK && sealed >= 0 && count != sealed)
		rc = err_set(err, RC_REFUSED, "%s: found %lld values, expected "
		    "%lld by the journal", in->tracking, (long long)count,
		    (long long)sealed);
	return rc;
}
