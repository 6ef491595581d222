#include "config.h"

#include "confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
say(char *said, size_t size, const char *what)
{
	size_t	n = strlen(said);

	if (n < size)
		(void)snprintf(said + n, size - n, "%s%s", n > 0 ? "; " : "",
		    what);
}

static const char *
user_of(enum confine_role role, const struct conf *c)
{
	switch (role) {
	case CONFINE_DESK:
		return c->user_desk;
	case CONFINE_INTAKE:
		return c->user_intake;
	case CONFINE_READER:
		return c->user_reader;
	case CONFINE_COURIER:
		return c->user_courier;
	}
	return NULL;
}

#define CAPS_SETUID	(1u << CAP_SETUID | 1u << CAP_SETGID)

static int
set_capabilities(unsigned bits, unsigned inheritable)
{
	struct __user_cap_header_struct	h = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct	d[2];

	memset(d, 0, sizeof(d));
	d[0].effective = d[0].permitted = bits;
	d[0].inheritable = inheritable;
	return (int)syscall(SYS_capset, &h, d);
}

/* The desk must be able to start children under other uids and end them;
 * nobody else keeps anything. */
static int
keep_capabilities(enum confine_role role)
{
	return set_capabilities(role == CONFINE_DESK ?
	    CAPS_SETUID | 1u << CAP_KILL : 0, 0);
}

/* An unprivileged desk has no CAP_SETUID: its children share its uid. */
static int
may_setuid(void)
{
	struct __user_cap_header_struct	h = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct	d[2];

	memset(d, 0, sizeof(d));
	if (syscall(SYS_capget, &h, d) == -1)
		return 0;
	return (d[0].effective & 1u << CAP_SETUID) != 0;
}

enum rc
confine_user(enum confine_role role, const struct conf *c, char *said,
    size_t size, struct err *err)
{
	const char	*name = user_of(role, c);
	struct passwd	*pw;

	if (!may_setuid())
		return RC_OK;
	if (name == NULL || *name == '\0') {
		if (role != CONFINE_READER) {
			say(said, size, "no user configured: stays as it is");
			return RC_OK;
		}
		name = "nobody";	/* needs no file at all */
	}
	pw = getpwnam(name);
	if (pw == NULL)
		return err_set(err, RC_REFUSED, "confine: no user %s", name);
	if (role == CONFINE_DESK && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		return err_set(err, RC_REFUSED, "confine: keepcaps: %s",
		    strerror(errno));
	if ((role == CONFINE_DESK ? initgroups(name, pw->pw_gid) :
	    setgroups(1, &pw->pw_gid)) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		return err_set(err, RC_REFUSED, "confine: become %s: %s", name,
		    strerror(errno));
	if (keep_capabilities(role) == -1)
		return err_set(err, RC_REFUSED, "confine: capabilities: %s",
		    strerror(errno));
	return RC_OK;
}

void
confine_later(void)
{
	if (!may_setuid() || set_capabilities(CAPS_SETUID, CAPS_SETUID) == -1)
		return;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETGID, 0, 0);
}

#ifdef HAVE_LINUX_LANDLOCK_H
/* Takes a directory that a role writes to, and the key that names it. */
typedef void place_fn(void *, const char *dir, const void *base,
    const char *key);

/* A file is replaced by rename, so its directory must be writable. */
static void
place_of_file(const char *file, const void *base, const char *key,
    place_fn *take, void *arg)
{
	char	 dir[PATH_MAX], *slash;

	if (file == NULL || strncmp(file, "cred:", 5) == 0)
		return;
	(void)snprintf(dir, sizeof(dir), "%s", file);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return;
	*slash = '\0';
	take(arg, dir, base, key);
}

/* One that is not there is made, in the directory above. */
static void
place_of_dir(const char *dir, const void *base, const char *key,
    place_fn *take, void *arg)
{
	char	name[PATH_MAX];
	size_t	n;

	if (dir == NULL)
		return;
	if (access(dir, F_OK) == 0) {
		take(arg, dir, base, key);
		return;
	}
	(void)snprintf(name, sizeof(name), "%s", dir);
	for (n = strlen(name); n > 1 && name[n - 1] == '/'; )
		name[--n] = '\0';
	place_of_file(name, base, key, take, arg);
}

static void
places_of_mailbox(const struct conf_mailbox *m, place_fn *take, void *arg)
{
	if (m->kind == MAILBOX_MAILDIR)
		take(arg, m->path, m, "path");
	/* Its own folders lie beneath it. */
	if (m->kind == MAILBOX_MAILDIR && m->after == AFTER_MOVE &&
	    m->move_to != NULL && m->move_to[0] == '/')
		place_of_dir(m->move_to, m, "move-to", take, arg);
	place_of_file(m->oauth2.refresh_token_file, &m->oauth2,
	    "refresh-token-file", take, arg);
}

/* The store has companions (lock, log) and may lie apart from our state. */
static void
places_of_desk(const struct conf *c, place_fn *take, void *arg)
{
	take(arg, c->state_dir, c, "state-dir");
	place_of_file(conf_store_file(c), c, "store", take, arg);
}

static void
places(enum confine_role role, const struct conf *c, place_fn *take, void *arg)
{
	static const char	token[] = "refresh-token-file";

	if (role == CONFINE_DESK)
		places_of_desk(c, take, arg);
	if (role == CONFINE_DESK || role == CONFINE_INTAKE)
		for (size_t i = 0; i < c->n_mailboxes; i++)
			places_of_mailbox(&c->mailboxes[i], take, arg);
	if (role != CONFINE_DESK && role != CONFINE_COURIER)
		return;
	for (size_t i = 0; i < c->n_relays; i++) {
		const struct conf_relay *r = &c->relays[i];

		place_of_dir(r->maildir, r, "maildir", take, arg);
		place_of_file(r->oauth2.refresh_token_file, &r->oauth2, token,
		    take, arg);
	}
	for (size_t i = 0; i < c->n_roles; i++)
		place_of_file(c->roles[i].http.oauth2.refresh_token_file,
		    &c->roles[i].http.oauth2, token, take, arg);
}

#define FS_READ	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
		    LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_ABI1	((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_REFER	(1ull << 13)	/* rename to another directory, ABI 2 */
#define FS_TRUNCATE	(1ull << 14)	/* ABI 3 */

/* All that this kernel can forbid. */
static unsigned long long
landlock_all(void)
{
	long	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
		    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 1)
		return 0;
	return FS_ABI1 | (abi >= 2 ? FS_REFER : 0) |
	    (abi >= 3 ? FS_TRUNCATE : 0);
}

/* What this process and its children may write to; n is 0: anything. */
static struct {
	char	*dir[64];
	size_t	 n;
} confined;

struct landlock {
	int			ruleset;
	unsigned long long	all;
	int			keep;	/* note in confined */
};

struct missed {
	const struct conf	*conf;
	void			(*say)(void *, const char *, int);
	void			*arg;
};

static int
landlock_beneath(int ruleset, const char *dir, unsigned long long access)
{
	struct landlock_path_beneath_attr	at;
	int	fd, rc;

	fd = open(dir, O_PATH | O_CLOEXEC);
	if (fd == -1)
		return -1;
	memset(&at, 0, sizeof(at));
	at.allowed_access = access;
	at.parent_fd = fd;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &at, 0);
	(void)close(fd);
	return rc;
}

static void
landlock_place(void *arg, const char *dir, const void *base, const char *key)
{
	const struct landlock	*l = arg;
	char			*real;

	(void)base;
	(void)key;
	if (landlock_beneath(l->ruleset, dir, l->all) == -1 || !l->keep ||
	    confined.n == COUNT(confined.dir))
		return;
	real = realpath(dir, NULL);
	if (real != NULL)
		confined.dir[confined.n++] = real;
}

/* Reading is everywhere but in the reader; writing only where it must be. */
static int
landlock_files(enum confine_role role, const struct conf *c)
{
	struct landlock_ruleset_attr	attr;
	unsigned long long		all = landlock_all();
	int				rs, rc;

	/* The first Landlock could not allow a Maildir's rename at all. */
	if (all == 0 || (role != CONFINE_READER && !(all & FS_REFER))) {
		errno = ENOSYS;
		return -1;
	}
	memset(&attr, 0, sizeof(attr));
	attr.handled_access_fs = all;
	rs = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rs == -1)
		return -1;
	if (role != CONFINE_READER) {
		(void)landlock_beneath(rs, "/", FS_READ);
		(void)landlock_beneath(rs, "/dev/null", FS_READ |
		    LANDLOCK_ACCESS_FS_WRITE_FILE);
	}
	places(role, c, landlock_place, &(struct landlock){ rs, all,
	    role == CONFINE_DESK });
	rc = (int)syscall(SYS_landlock_restrict_self, rs, 0);
	(void)close(rs);
	if (rc != 0)
		confined.n = 0;
	return rc;
}

/* The real path of a directory, or of what it would be made in. */
static char *
real_place(const char *dir)
{
	char	 name[PATH_MAX], *real, *slash;

	(void)snprintf(name, sizeof(name), "%s", dir);
	while ((real = realpath(name, NULL)) == NULL &&
	    (slash = strrchr(name, '/')) != NULL)
		*slash = '\0';
	return real;
}

static int
is_reached(const char *dir)
{
	char	*real = real_place(dir);
	size_t	 n;
	int	 yes = 0;

	for (size_t i = 0; real != NULL && !yes && i < confined.n; i++) {
		n = strlen(confined.dir[i]);
		yes = strncmp(real, confined.dir[i], n) == 0 &&
		    (real[n] == '/' || real[n] == '\0');
	}
	free(real);
	return yes;
}

static void
tell_missed(void *arg, const char *dir, const void *base, const char *key)
{
	const struct missed	*m = arg;

	if (!is_reached(dir))
		m->say(m->arg, key, conf_line(m->conf, base, key));
}

void
confine_misses(const struct conf *c, void (*say_missed)(void *, const char *,
    int), void *arg)
{
	if (confined.n > 0 && confined.n < COUNT(confined.dir))
		places(CONFINE_DESK, c, tell_missed,
		    &(struct missed){ c, say_missed, arg });
}
#else
void
confine_misses(const struct conf *c, void (*say_missed)(void *, const char *,
    int), void *arg)
{
	(void)c;
	(void)say_missed;
	(void)arg;
}

static int
landlock_files(enum confine_role role, const struct conf *c)
{
	(void)role;
	(void)c;
	errno = ENOSYS;
	return -1;
}
#endif

/* All that pure computation over an inherited socket needs. */
static const int reader_calls[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto),
	SCMP_SYS(sendmsg), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(close),
	SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
	SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(setitimer),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
	SCMP_SYS(restart_syscall), SCMP_SYS(getrandom), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(lseek), SCMP_SYS(sched_yield),
	SCMP_SYS(getrusage), SCMP_SYS(rseq), SCMP_SYS(membarrier),
	SCMP_SYS(set_robust_list), SCMP_SYS(sysinfo)
};

/* What no process of ours ever has a reason to call. */
static const int never_calls[] = {
#ifndef WITH_SANITIZERS			/* the leak checker traces itself */
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(kexec_load), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(io_uring_setup), SCMP_SYS(swapon), SCMP_SYS(swapoff),
	SCMP_SYS(reboot), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
	SCMP_SYS(personality), SCMP_SYS(open_by_handle_at)
};

static int
seccomp_filter(enum confine_role role)
{
	int		reader = role == CONFINE_READER, rc = 0;
	scmp_filter_ctx	ctx;

	ctx = seccomp_init(reader ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);
	if (ctx == NULL)
		return -1;
	if (reader)
		for (size_t i = 0; rc == 0 && i < COUNT(reader_calls); i++)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
			    reader_calls[i], 0);
	else
		for (size_t i = 0; rc == 0 && i < COUNT(never_calls); i++)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
			    never_calls[i], 0);
	if (rc == 0 && (role == CONFINE_INTAKE || role == CONFINE_COURIER)) {
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
		    SCMP_SYS(execve), 0);
		if (rc == 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
			    SCMP_SYS(execveat), 0);
	}
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc == 0 ? 0 : -1;
}

static void
limit(int what, rlim_t value)
{
	struct rlimit	rl = { .rlim_cur = value, .rlim_max = value };

	(void)setrlimit((unsigned)what, &rl);
}

static void
limits(enum confine_role role, const struct conf *c)
{
	limit(RLIMIT_CORE, 0);
	if (role != CONFINE_READER)
		return;
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NPROC, 0);
#ifndef WITH_SANITIZERS			/* their shadow is terabytes large */
	limit(RLIMIT_AS, (rlim_t)c->reader_memory);
#else
	(void)c;
#endif
}

/* Under valgrind the filter would hit valgrind itself: test builds may. */
static int
switched_off(void)
{
#ifdef WITH_FAULTS
	const char	*s = getenv("TOCSIN_CONFINE");

	return s != NULL && strcmp(s, "off") == 0;
#else
	return 0;
#endif
}

enum rc
confine_enter(enum confine_role role, const struct conf *c, char *said,
    size_t size, struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set(err, RC_REFUSED, "confine: no_new_privs: %s",
		    strerror(errno));
	if (switched_off()) {
		say(said, size, "confinement is switched off (test build)");
		return RC_OK;
	}
	if (landlock_files(role, c) == -1)
		say(said, size, "no Landlock here (kernel 5.19): files stay open");
	limits(role, c);
	if (seccomp_filter(role) == -1)
		say(said, size, "kernel has no seccomp: system calls stay open");
	return RC_OK;
}
