#include "rules.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/kept.h"
#include "parse_conf.h"

/* Load what the reader will load, say what is wrong with it, and end. */
static void
try_forms(const struct conf *c, int fd, pid_t parent)
{
	struct parse_conf	*pc = NULL;
	struct err		 why;
	ssize_t			 n = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(0);
	if (parse_conf_make(c, c->policy, &pc, &why) != RC_OK)
		n = write(fd, why.text, strlen(why.text));
	parse_conf_free(&pc);
	_exit(n != 0);
}

/* All that comes out of fd, as a text. */
static void
hear(int fd, char *text, size_t size)
{
	size_t	len = 0;
	ssize_t	n;

	while ((n = read(fd, text + len, size - 1 - len)) > 0 ||
	    (n == -1 && errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	text[len] = '\0';
}

/*
 * In a process of its own: only the reader needs the forms, and the patterns
 * and converters that come with them would stay with the desk for its life.
 */
static enum rc
prove_forms(const struct conf *c, struct err *err)
{
	struct err	said;
	pid_t		parent = getpid(), pid;
	int		fds[2], status = 0;

	if (pipe(fds) == -1)
		return err_set(err, RC_BROKEN, "forms: pipe: %s",
		    strerror(errno));
	pid = fork();
	if (pid == 0)
		try_forms(c, fds[1], parent);
	(void)close(fds[1]);
	if (pid == -1) {
		(void)close(fds[0]);
		return err_set(err, RC_BROKEN, "forms: fork: %s",
		    strerror(errno));
	}
	hear(fds[0], said.text, sizeof(said.text));
	(void)close(fds[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (said.text[0] != '\0')
		return err_set(err, RC_REFUSED, "%s", said.text);
	return status == 0 ? RC_OK : err_set(err, RC_REFUSED,
	    "forms: whoever loads them dies of it (status %d)", status);
}

/* A name that is no file's is a fault of the configuration. */
static enum rc
load_policy(const struct conf *c, struct policy **to, struct err *err)
{
	struct arena	*a = arena_new();
	enum rc		 rc = policy_load(c->policy_dir, c->policy, to, err);

	if (rc != RC_OK && access(arena_printf(a, "%s/%s.policy",
	    c->policy_dir, c->policy), F_OK) == -1)
		(void)err_prefix(err, rc, "%s:%d: policy", c->file,
		    conf_line(c, c, "policy"));
	arena_free(&a);
	return rc;
}

enum rc
rules_fill(struct rules *r, struct err *err)
{
	const struct conf	*c = r->conf;
	enum rc			 rc;

	rc = load_policy(c, &r->policy, err);
	if (rc == RC_OK)
		rc = templates_load(c->template_dir, &r->templates, err);
	if (rc == RC_OK)
		rc = prove_forms(c, err);
	r->kept = kept_take();
	return rc;
}

enum rc
rules_load(const char *conf_file, struct rules *r, struct err *err)
{
	enum rc	rc;

	memset(r, 0, sizeof(*r));
	kept_note();
	rc = conf_load(conf_file, &r->conf, err);
	if (rc == RC_OK)
		rc = rules_fill(r, err);
	else
		r->kept = kept_take();	/* no more notes, and none stay */
	if (rc != RC_OK)
		rules_free(r);
	return rc;
}

void
rules_free(struct rules *r)
{
	if (r->kept > 0)
		(void)close(r->kept);
	r->kept = 0;
	templates_free(&r->templates);
	policy_free(&r->policy);
	conf_free(&r->conf);
}
