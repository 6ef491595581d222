#ifndef CONFINE_H
#define CONFINE_H

/*
 * confine - what each process gives up: uid, privileges, files, network,
 * system calls, memory, time.
 *
 * What the kernel does not have is said in the log in plain words, never
 * passed over.
 */
#include <stddef.h>

#include "base/conf.h"
#include "base/err.h"

enum confine_role {
	CONFINE_DESK,
	CONFINE_INTAKE,
	CONFINE_READER,
	CONFINE_COURIER
};

/*
 * Between fork and exec (and in the desk itself): become the user of the
 * role when we are root.  RC_OK also when there is nothing to do; said names
 * what could not be done.
 */
enum rc	confine_user(enum confine_role, const struct conf *, char *said,
	    size_t size, struct err *);
/*
 * Between fork and exec instead, for a child that must read our files before
 * it becomes its user by confine_user(): let it keep the right to do so.
 */
void	confine_later(void);
/*
 * After the process has read its files: no_new_privs, rlimits, Landlock,
 * seccomp.  memory: bytes of address space for the reader.  RC_REFUSED when
 * even no_new_privs fails.
 */
enum rc	confine_enter(enum confine_role, const struct conf *, char *said,
	    size_t size, struct err *);

/*
 * Nobody takes Landlock back: told, by key and line, is what of a later
 * configuration the desk and its children may not write to.
 */
void	confine_misses(const struct conf *, void (*say)(void *,
	    const char *key, int line), void *);

#endif
