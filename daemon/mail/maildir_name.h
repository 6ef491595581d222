#ifndef MAILDIR_NAME_H
#define MAILDIR_NAME_H

/*
 * maildir_name - the name of a file in a Maildir as a uid, and back.
 *
 * Used by: maildir.c alone.
 */
#include <stddef.h>

#define NAME_SIZE	256		/* of a file, with its end */
#define UID_SIZE	512		/* what the desk takes */

/* "a,S=1" -> "a%2CS=1"; UTF-8 stays.  -1 when it would be too long. */
int	maildir_uid(const char *name, char to[UID_SIZE]);
/* 0, or -1 when it is no name of a mail: nothing may lead out of new/. */
int	maildir_name(const char *uid, size_t len, char to[NAME_SIZE]);

#endif
