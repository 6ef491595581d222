#ifndef NOTICE_SUBJECT_H
#define NOTICE_SUBJECT_H

/*
 * notice_subject - what machines write into subjects, and people seldom; and
 * the marks of those who answer or forward.
 */
struct arena;

enum away {
	AWAY_NOT,
	AWAY_MAYBE,		/* if the words say so too */
	AWAY_ENDS,		/* unless the words tell of an incident */
	AWAY_SURE
};

/* "自動回覆: ...", "Wang is out of the office"; supported: something else
 * says as well that a machine wrote it. */
enum away subject_says_away(const char *, int supported);
/* Do a mail's words tell that its sender is away, or nothing at all? */
int	words_say_away(const char *);
/* Of something stolen, broken into or locked up? */
int	words_tell_loss(const char *);
/* 此為系統自動回覆; 您好，我目前休假中…如有急事請洽代理人: an answer that
 * nobody wrote now.  To be asked of answers only. */
int	words_say_automatic(struct arena *, const char *);
/* Return Receipt, Your document: ..., was received by: ... at: ... */
int	words_say_receipt(struct arena *, const char *);
/* "Undeliverable: ...", "退信". */
int	subject_says_bounce(const char *);
/* Behind "已讀取: ", or NULL. */
const char *subject_says_read(const char *);

/* Of a person who answers (Re[2]: too), or who forwards. */
int	subject_answers(const char *subject);
int	subject_forwards(const char *subject);

#endif
