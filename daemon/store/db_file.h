#ifndef DB_FILE_H
#define DB_FILE_H

/*
 * db_file - the files around an embedded database: its lock, its creation,
 * and copies that are whole or not there.
 */
#include <stddef.h>

#include "base/err.h"

/*
 * The file's real path.  Links in the directory are followed (a state
 * directory often is one); the name itself must not be a link, which the
 * opening refuses.
 */
enum rc	file_resolve(const char *file, char *to, size_t size, struct err *);
/*
 * Take FILE.lock for this process; RC_AGAIN names the one that has it.  The
 * lock is not inherited by children and goes when *fd is closed.
 */
enum rc	file_lock(const char *file, int *fd, struct err *);
/* Somebody may delete FILE.lock: then it is taken anew, or RC_AGAIN names the
 * process that has taken it since. */
enum rc	file_lock_keep(const char *file, int *fd, struct err *);
/*
 * Make the file (mode 0600) when `create`, else RC_REFUSED if it is missing or
 * empty.  RC_REFUSED also when a log of its changes lies beside none: to make
 * a file there would destroy it.
 */
enum rc	file_there(const char *file, int create, struct err *);
/*
 * Keep room on the disk, as the file FILE.room; RC_BROKEN when there is none.
 * file_use_room() gives it to whoever writes next.
 */
enum rc	file_hold_room(const char *file, struct err *);
void	file_use_room(const char *file);
/* An empty FILE.part beside a file that must not exist yet. */
enum rc	file_part(const char *file, char *to, size_t size, struct err *);
/* FILE.part becomes FILE, on disk, never over another one. */
enum rc	file_keep(const char *part, const char *file, struct err *);

#endif
