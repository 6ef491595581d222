#include "mail/imap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libetpan/mailimap.h>
#include <libetpan/namespace.h>

#include "base/arena.h"
#include "base/clock.h"

#define NAME_SIZE	4096
#define AFRESH_POLLS	5	/* entered again once in so many polls */
#define AFRESH_MAX_MS	(5 * 60 * 1000)

void
imap_folders_forget(struct imap *im)
{
	free(im->folder);
	free(im->target);
	im->folder = im->target = NULL;
}

/* A folder's name as servers write it, behind a prefix; NULL: it cannot be. */
static char *
server_name(const char *prefix, const char *name)
{
	struct buf	 b;
	char		*out = NULL;

	buf_init(&b, NAME_SIZE);
	(void)buf_puts(&b, prefix);
	if (imap_utf7(&b, name) == 0 && !b.over)
		out = xstrdup(b.data);
	buf_free(&b);
	return out;
}

/* What names of our own folders begin with here, malloc'd. */
static enum rc
own_prefix(struct imap *im, char **prefix, struct err *err)
{
	struct mailimap_namespace_data *ns = NULL;
	const struct mailimap_namespace_info *own;
	enum rc	rc = RC_REFUSED;

	if (im->has_namespace) {
		imap_arm_simple(im);
		rc = imap_result(im, mailimap_namespace(im->session, &ns),
		    "namespace", err);
	}
	if (rc == RC_OK && ns != NULL && ns->ns_personal != NULL &&
	    clist_begin(ns->ns_personal->ns_data_list) != NULL) {
		own = clist_content(clist_begin(ns->ns_personal->ns_data_list));
		*prefix = xstrdup(own->ns_prefix);
	}
	if (rc == RC_OK && (*prefix == NULL || strpbrk(*prefix, "\r\n")))
		rc = RC_REFUSED;
	if (ns != NULL)
		mailimap_namespace_data_free(ns);
	return rc;
}

typedef enum rc	folder_try(struct imap *, const char *, struct err *);

/* The name a try succeeds with, malloc'd: as configured, or in our namespace.
 * When neither does, err is about the first. */
static enum rc
find_name(struct imap *im, const char *name, folder_try *try, char **found,
    struct err *err)
{
	struct err	 first;
	char		*plain = server_name("", name), *prefix = NULL;
	enum rc		 rc;

	if (plain == NULL)
		return err_set(err, RC_REFUSED, "imap: folder: expected UTF-8 "
		    "without control characters");
	rc = try(im, plain, err);
	if (rc == RC_REFUSED) {
		first = *err;
		rc = own_prefix(im, &prefix, err);
		if (rc == RC_OK && strncasecmp(plain, prefix,
		    strlen(prefix)) != 0) {
			free(plain);
			plain = server_name(prefix, name);
			rc = plain == NULL ? RC_REFUSED : try(im, plain, err);
		} else if (rc == RC_OK)
			rc = RC_REFUSED;
		if (rc == RC_REFUSED)
			*err = first;
	}
	free(prefix);
	if (rc == RC_OK)
		*found = plain;
	else
		free(plain);
	return rc;
}

static enum rc
try_select(struct imap *im, const char *name, struct err *err)
{
	imap_arm_simple(im);	/* libetpan puts the name in quotes */
	return imap_result(im, mailimap_select(im->session, name), "select",
	    err);
}

/* One command about a folder; tail follows its name. */
static enum rc
about_folder(struct imap *im, const char *verb, const char *name,
    const char *tail, struct err *err)
{
	struct buf	cmd;
	enum rc		rc;

	buf_init(&cmd, NAME_SIZE);
	(void)buf_puts(&cmd, verb);
	imap_quote(&cmd, name);
	(void)buf_puts(&cmd, tail);
	imap_arm_simple(im);
	rc = imap_command(im, cmd.data, err);
	buf_free(&cmd);
	return rc;
}

static enum rc
try_there(struct imap *im, const char *name, struct err *err)
{
	return about_folder(im, "STATUS ", name, " (MESSAGES)", err);
}

/* Is it there, or can it be made? */
static enum rc
try_target(struct imap *im, const char *name, struct err *err)
{
	enum rc	rc = try_there(im, name, err);

	return rc == RC_REFUSED ? about_folder(im, "CREATE ", name, "", err) :
	    rc;
}

enum rc
imap_target(struct imap *im, struct err *err)
{
	enum rc	rc;

	free(im->target);
	im->target = NULL;
	rc = find_name(im, im->conf->move_to, try_target, &im->target, err);
	return rc == RC_REFUSED ? err_prefix(err, rc, "move-to \"%s\"",
	    im->conf->move_to) : rc;
}

/* May anything be changed in the target?  MYRIGHTS would say it finer, but an
 * answer that no fetch needs is none that libetpan shall see. */
static enum rc
may_write(struct imap *im, struct err *err)
{
	const struct mailimap_selection_info *sel;
	enum rc	rc = try_select(im, im->target, err);

	if (rc != RC_OK)
		return rc;
	sel = im->session->imap_selection_info;
	return sel == NULL || sel->sel_perm != MAILIMAP_MAILBOX_READONLY ? RC_OK :
	    err_set(err, RC_REFUSED, "it may only be read");
}

enum rc
imap_target_probe(struct imap *im, int *absent, struct err *err)
{
	enum rc	rc;

	free(im->target);
	im->target = NULL;
	rc = find_name(im, im->conf->move_to, try_there, &im->target, err);
	*absent = rc == RC_REFUSED;
	if (rc == RC_OK)
		rc = may_write(im, err);
	return rc != RC_REFUSED ? rc : *absent ? RC_OK : err_prefix(err, rc,
	    "move-to \"%s\"", im->conf->move_to);
}

/* May keywords be kept in this folder? */
static int
keeps_keywords(const struct mailimap_selection_info *sel)
{
	clistiter	*it;

	if (sel->sel_perm_flags == NULL)
		return 1;	/* not said: all flags. RFC 3501 7.1 */
	for (it = clist_begin(sel->sel_perm_flags); it != NULL;
	    it = clist_next(it)) {
		const struct mailimap_flag_perm *p = clist_content(it);

		if (p->fl_type == MAILIMAP_FLAG_PERM_ALL)
			return 1;
		if (p->fl_flag->fl_type == MAILIMAP_FLAG_KEYWORD &&
		    strcasecmp(p->fl_flag->fl_data.fl_keyword, "$Tocsin") == 0)
			return 1;
	}
	return 0;
}

/* Another folder now, though of the same name: nothing we know holds. */
static void
new_validity(struct imap *im, int64_t validity)
{
	if (validity == im->validity)
		return;
	im->validity = validity;
	im->top = 0;
	im->n_trouble = im->given.n = im->before.n = im->copied.n = 0;
	im->ledger = im->no_ledger = 0;
	im->looked_back = 0;
	im->alone = im->keyless = 0;
}

/* What the folder that was entered is like. */
static enum rc
take_folder(struct imap *im, struct err *err)
{
	const struct mailimap_selection_info *sel =
	    im->session->imap_selection_info;

	if (sel == NULL || sel->sel_uidvalidity == 0)
		return err_set(err, RC_REFUSED, "imap: %s: the server gives "
		    "no UIDVALIDITY: mails cannot be told apart",
		    im->conf->folder);
	im->read_only = sel->sel_perm == MAILIMAP_MAILBOX_READONLY;
	im->promised = !im->read_only && keeps_keywords(sel);
	im->tried = 0;
	im->selected = clock_mono_ms();
	new_validity(im, sel->sel_uidvalidity);
	return RC_OK;
}

enum rc
imap_may_mark(const struct imap *im, struct err *err)
{
	return !im->read_only || im->conf->after == AFTER_LEAVE ? RC_OK :
	    err_set(err, RC_REFUSED, "imap: %s: may only be read, but mails "
	    "shall be marked", im->conf->folder);
}

enum rc
imap_select(struct imap *im, struct err *err)
{
	enum rc	rc;

	rc = find_name(im, im->conf->folder, try_select, &im->folder, err);
	if (rc == RC_REFUSED)
		return err_prefix(err, rc, "folder \"%s\"", im->conf->folder);
	return rc == RC_OK ? take_folder(im, err) : rc;
}

static int64_t
afresh_ms(const struct imap *im)
{
	int64_t	ms = AFRESH_POLLS * (int64_t)im->conf->poll * 1000;

	return im->stale ? 0 : ms < AFRESH_MAX_MS ? ms : AFRESH_MAX_MS;
}

/* More than NOOP told of?  Then this server never will. */
enum rc
imap_afresh(struct imap *im, struct err *err)
{
	int64_t	before, validity = im->validity;
	enum rc	rc;

	if (clock_mono_ms() - im->selected < afresh_ms(im))
		return RC_OK;
	imap_arm_simple(im);
	if (imap_command(im, "NOOP", err) == RC_AGAIN)
		return RC_AGAIN;
	before = im->exists;
	rc = try_select(im, im->folder, err);
	if (rc == RC_OK)
		rc = take_folder(im, err);
	if (rc != RC_OK)
		return rc;
	if (im->validity != validity) {
		(void)stream_fail(im->stream, "UIDVALIDITY changed meanwhile");
		return imap_lost(im, "select", err);
	}
	im->stale |= im->exists > before;
	return RC_OK;
}
