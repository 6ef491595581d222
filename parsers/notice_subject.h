#ifndef NOTICE_SUBJECT_H
#define NOTICE_SUBJECT_H

/*
 * notice_subject - what machines write into subjects, and people seldom.
 */

enum away {
	AWAY_NOT,
	AWAY_MAYBE,		/* if the words say so too */
	AWAY_SURE
};

/* "自動回覆: ...", "Wang is out of the office"; supported: something else
 * says as well that a machine wrote it. */
enum away subject_says_away(const char *, int supported);
/* Do a mail's words tell that its sender is away, or nothing at all? */
int	words_say_away(const char *);
/* "Undeliverable: ...", "退信". */
int	subject_says_bounce(const char *);
/* Behind "已讀取: ", or NULL. */
const char *subject_says_read(const char *);

#endif
