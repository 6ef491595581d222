#ifndef FORM_READING_H
#define FORM_READING_H

/*
 * form_reading - the work in hand of form.c and form_lone.c only.
 */
#include "parsers/form_page.h"

#define SLOTS_MAX	80

/* One reading of one text. */
struct reading {
	struct form_page	 page;
	struct value_scene	 scene;
	const struct form_set	*set;
	const char		*titles;	/* dense subject and text */
	size_t			 titles_len;
	int			 is_reply;
	int			 part, first_line;
	int			 rest;	/* words that no value took */
	size_t			 listed; /* matches that head a list */
	/* fields of the report, by name */
	const struct form_field *field[SLOTS_MAX];
	struct field		 slot[SLOTS_MAX];
	size_t			 n;
};

/*
 * form_table.c: when the first of n matches stands in a row of labels alone,
 * their values are the cells of the row below.  Where more rows follow it,
 * they head a list.
 */
void	 form_table_below(struct reading *, struct form_match *, size_t n);
/* In an answer: is the match a level or a state of a list, or of what a column
 * beside it names?  Then it is told about. */
int	 form_table_of_another(struct reading *, const struct form_match *);
/*
 * Columns of names and telephones, and none that tells what happened or when;
 * columns for levels and states: a line of a list of people, or of a register
 * of incidents, though there is but one.
 */
int	 form_table_of_people(const struct form_match *, size_t n);
int	 form_table_of_incidents(const struct form_match *, size_t n);
/*
 * form_joint.c: 單位/姓名：機要組/王小明: the matches of each label by itself, where
 * there are as many values; how many, 0: it is one label.
 */
#define JOINT_MAX	4
size_t	 form_joint(const struct reading *, const struct form *,
	    const struct form_match *, struct form_match out[JOINT_MAX]);
/* The field a hit means in a form (in replies: or in those it reads too). */
const struct form_field *form_field_of(const struct reading *,
	    const struct form *, const struct form_hit *, const char **rule);
/*
 * form_phone.c: 電話：02-2720-8889 and 分機：1234, in either order, are one
 * number; did `to` take the match?  And 手機 alone is the phone of a report:
 * who is called there is not asked for another.
 */
int	 form_phone_extension(struct reading *, const struct form_match *,
	    int more_below, struct field *to);
void	 form_phone_alone(struct reading *, const struct form *);
/* A number, and 分機 1234 on the line below it in its cell. */
void	 form_phone_join(struct reading *, struct form_match *);
/*
 * form_flat.c: does the line of the hit hold a form that lost its line ends?
 * If so, does the hit go on with it behind the n matches so far?  parted: a
 * blank or a comma parts it from a short value, where any order is right.
 */
int	 form_flat_line(const struct reading *, const struct form *,
	    size_t line);
int	 form_flat_fits(const struct form *, const struct form_match *,
	    size_t n, const struct form_field *, const char *rule, int parted);
/* Where the value that ends at to ends without the number of the next one. */
size_t	 form_flat_end(const struct form_page *, size_t from, size_t to,
	    size_t n);
/* Where a date stands behind the last value: 中華民國96年5月31日, or to. */
size_t	 form_flat_date(const struct form_page *, size_t from, size_t to);
/* The slot of a field's name; NULL when there are too many. */
struct field *form_slot(struct reading *, const struct form_field *);
/* form_another.c: the match with which another form begins, other than the
 * first in what it tells; n: none does.  The report has its text then, but not
 * that of an example. */
size_t	 form_another(struct reading *, const struct form_match *, size_t n);
/* Answers that are ticks before the labels; how many were taken. */
int	 form_ticked(struct reading *, const struct form *);
/* form_lone.c: the form of an answer without any label, or NULL. */
const struct form *form_lone(struct reading *);
/* 結案，謝謝 above 電話 and other labels of who signs only. */
void	 form_lone_above(struct reading *);
/* form_corrected.c: the text of an answer with 發生時間： for 更正發生時間：; its lines
 * keep their numbers. */
const char *form_corrected(const struct form_set *, struct arena *,
	    const char *text);
/*
 * form_asks.c: a question, a condition, a restriction is no answer.  The same of
 * the first len bytes of the page, but for an offer to be called.
 */
int	 form_asks(const char *s, size_t len);
int	 form_asks_text(const struct reading *, size_t len);
/* Restored from snapshot but services have not started. */
int	 form_takes_away(const char *s, size_t len);
/* A level behind the status's value, a status behind the level's. */
void	 form_lone_beside(struct reading *);
/* The boxes of the levels, where no label stands before them; 1 when read. */
int	 form_lone_levels(struct reading *, const struct form *);
/* Whose words the lines of an answer are: not another's, another's up to a blank
 * line, in a chat up to the next hour too, of another mail up to the end. */
enum heard { HEARD_NONE, HEARD_CHAT, HEARD_WORDS, HEARD_MAIL };
/*
 * form_speech.c: is the line what another than the sender says, 科長：結案?
 * Does it go on with what a line above it opened, 廠商回覆如下：?  heard: the
 * line before did.  And are two incidents named by their numbers?
 */
int	 form_speech_line(const struct reading *, const char *s, size_t len);
enum heard form_speech_goes_on(const struct reading *, size_t line,
	    enum heard);
/* The same of a value behind its label: 狀態：科長：可結案. */
int	 form_speech_value(const struct reading *, const char *raw);
int	 form_speech_two_cases(const char *s, size_t len);
/* Reads the line like one of a chat, by an hour and a name: 15:01 Jenny 可以結案?
 * Alone it may tell when something was done, but it ends no case. */
int	 form_speech_chat(const struct reading *, size_t line);
/* Stands the line below one that names another incident, another mail, or
 * who said it: 案號：CSI-..., 以下為原信, 科長說：? */
int	 form_speech_of_another(const struct reading *, size_t line);

/* form_recant.c: answers that a line below them takes back are not known. */
void	 form_recant(struct reading *, const struct form *);

#endif
