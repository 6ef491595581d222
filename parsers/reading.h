#ifndef READING_H
#define READING_H

/*
 * reading - one mail while parse_mail() reads it (parse.c), the places where
 * a form may stand in it (reading_form.c), those in its files (reading_file.c,
 * reading_sheet.c), what kind of mail that is (reading_kind.c), what somebody
 * passed on by it (reading_forward.c), what it names and does not say
 * (reading_named.c), and what a person should know of it (reading_note.c).
 * For these only.
 */
#include "parsers/limits.h"
#include "parsers/mime.h"
#include "parsers/notice.h"
#include "parsers/parse.h"
#include "parsers/reply.h"

struct reading {
	const struct parse_conf	*pc;
	struct arena		*a;
	struct mime		 m;
	struct body		 body;
	const char		*text;		/* of the body */
	struct reply		 cut;
	struct notice		 notice;
	struct report		*r;
	int			 ours;		/* answers a mail of ours */
	int			 direct;	/* and no other since */
	int			 threaded;	/* answers some mail */
	int			 n_values;
	size_t			 n_problems;	/* before a form was read */
	int			 secrets;	/* passwords that were masked */
	const struct part	*formless[OFFICE_DOCS];	/* read, and no form */
	size_t			 n_formless;
};

/* The first place that holds a filled form; else what the own text gave. */
void	reading_find_form(struct reading *);
/* One try at a form: how many values, NULL form: of none that is known.  What
 * an earlier try left is forgotten. */
int	reading_form(struct reading *, const char *text, int part, int line);
/* Does another text of the mail hold a form that tells of something else than
 * the one that was read?  Then it is put before people, for one mail opens one
 * incident. */
void	reading_another(struct reading *, const char *text);
/* Without secrets; then what is own and what is quoted. */
const char *reading_cut(struct reading *, const char *text, struct reply *);
/*
 * A form in a document of an office program, whatever its name; a list of
 * incidents or people, one below the other, is none; in an answer, neither is
 * one line below such titles, nor what is called a record or an example.  Rows
 * of text with commas are evidence in an answer, and where they tell of no
 * incident.
 */
int	reading_documents(struct reading *, const struct mime *);
/* The documents behind that with the number, or all: 0, are others. */
void	reading_other_documents(struct reading *, const struct mime *, int part);
/*
 * A table of an office program that came with an answer and sets a level or a
 * state: is it one of our forms, does it name the incident, or do the words
 * send to it (reading_sheet.c)?
 */
int	reading_is_answer(struct reading *, const char *text);
/*
 * A mail without a word that brings a text: the text is what its sender has
 * to say, when it is a form.  Beside words, and in an answer, a text is
 * evidence, such as a log.
 */
int	reading_text_files(struct reading *);

/* To be asked when words and form are read; no bounce and the like, which
 * notice_judge() knows by the header. */
enum mail_kind reading_kind(const struct reading *);
/*
 * Came somebody's report in free words round by a list?  The first mail of a
 * thread that a colleague wrote, or that has words of an incident.  And from
 * postmaster@ with nothing of a bounce: such words, or values of a form.
 */
int	reading_may_report(const struct reading *);
/* Is a mail there to bring the one attached to it: a forward, without words of
 * its own, or a wrapper that bears its subject? */
int	reading_passes(const struct report *outer, const struct report *inner);
/* It is a forward: who passed it on, and whom we answer. */
void	reading_forwarded(struct reading *);
/*
 * What somebody forwards to an incident is for its people to see, though none
 * of it is an order.  Not a letter of ours, which bears the number.
 */
void	reading_passed_on(struct reading *);
/*
 * Levels and states that stand in an answer's words and were not read as its
 * own: 可能是3級, 可以結案嗎.  Whoever wrote them is told so (reading_named.c).
 */
void	reading_named(struct reading *);
/* Problems of the mail as a whole: cut, encrypted, files that are not read. */
void	reading_notes(struct reading *);
/* Is an address or a Message-ID of this domain?  Either may be NULL. */
int	reading_domain_is(const char *id, const char *domain);

#endif
