#ifndef LOG_H
#define LOG_H

/*
 * log - one line per fact: tracking number first, then key=value.
 *
 * Only the deciding layers log (the four processes and the command).  Text
 * from outside goes through log_text(); passwords never come here.
 */
#include <stddef.h>

enum log_level { LOG_L_ERR, LOG_L_WARN, LOG_L_INFO, LOG_L_DEBUG };

/* Where lines go: stderr, with "<n>" priorities when journald reads it. */
void	log_open(const char *ident, enum log_level most);

/*
 * While on, lines of info and debug go out many at a time, at the latest when
 * it ends; a warning or an error goes at once, behind what was said before it.
 * Not over a fork().
 */
void	log_hold(int on);

/* tracking may be NULL: "-" is written. */
void	log_err(const char *tracking, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	log_warn(const char *tracking, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	log_info(const char *tracking, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	log_debug(const char *tracking, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Make outside text safe for one log line: tricks, quotes and backslashes as
 * \xHH, cut to fit with "..".  Returns buf.
 */
char	*log_text(char *buf, size_t size, const char *s);
/*
 * Would this character (UCS-4) turn, hide or command what is shown beside it?
 * C0 and C1 controls, bidirectional overrides, invisible marks.
 */
int	log_is_trick(unsigned long c);

#endif
