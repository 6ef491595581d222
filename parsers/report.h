#ifndef REPORT_H
#define REPORT_H

/*
 * report - what the reader says about one mail: fixed, bounded, UTF-8.
 *
 * report_text() is what `tocsin parse` prints and what the reader sends to
 * the desk; report_from_json() is the desk's way back.  All strings are valid
 * UTF-8 without control bytes but TAB and LF, and belong to the arena.
 * NULL: not there.  Times: UTC seconds, TIME_NONE: not there.
 */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define TIME_NONE	INT64_MIN

#define MAIL_KINDS(X)							\
	X(REPORT,		"report")				\
	X(REPORT_FREEFORM,	"report_freeform")			\
	X(REPLY,		"reply")				\
	X(BOUNCE,		"bounce")				\
	X(AUTO_REPLY,		"auto_reply")				\
	X(LIST,			"list")					\
	X(RECEIPT_NOTICE,	"receipt_notice")			\
	X(FEEDBACK,		"feedback")				\
	X(OWN,			"own")					\
	X(UNREADABLE,		"unreadable")				\
	X(POISON,		"poison")

enum mail_kind {
#define X(id, name) KIND_##id,
	MAIL_KINDS(X)
#undef X
	KIND_N
};

const char *mail_kind_name(enum mail_kind);
int	 mail_kind_parse(const char *, enum mail_kind *);

enum value_kind {
	VALUE_TEXT,		/* may have several lines */
	VALUE_LINE,
	VALUE_DATETIME,
	VALUE_DATE,
	VALUE_PHONE,
	VALUE_CHOICE,		/* a word of a fixed set, in text */
	VALUE_NUMBER,		/* level */
	VALUE_BOOL,
	VALUE_PERSON
};

struct phone {
	const char	*raw;
	const char	*e164;		/* "+886255500101", or NULL */
	const char	*ext;
	const char	*short_number;	/* "1999", JSON name "short" */
};

struct field {
	const char	*name;		/* as in DOMAIN.md, "occurred_at" */
	enum value_kind	 kind;
	const char	*raw;		/* as written, trimmed; NULL: missing */
	int		 known;		/* the value below could be read */
	const char	*text;		/* TEXT LINE CHOICE PERSON */
	int64_t		 time;		/* DATETIME; DATE: its midnight +08:00 */
	int		 number;	/* NUMBER; BOOL: 0 or 1 */
	struct phone	 phone;
	int		 line;		/* where it starts in the decoded text */
	int		 part;		/* MIME part number, from 1 */
	const char	*rule;		/* which label variant matched */
	struct field	*more;		/* of a repeatable field: its next
					   value; raw is that of all, in lines */
};

struct problem {
	const char	*field;		/* or "mail", "charset", "guard" */
	const char	*text;		/* what stood there, cut */
	const char	*reason;	/* one English sentence */
	const char	*value;		/* "3", "closed": what was named there;
					   or NULL */
};

struct attachment {
	const char	*name;
	const char	*type;		/* "image/png" */
	int64_t		 size;		/* decoded bytes */
	char		 sha256[65];
};

struct bounce_recipient {
	const char	*address;	/* Final- or Original-Recipient */
	const char	*action;	/* failed, delayed, delivered, relayed,
					   expanded */
	const char	*status;	/* "5.1.1" */
	const char	*diagnostic;
};

struct report {
	enum mail_kind	 kind;
	const char	*form;		/* "annex1", "annex1_in_docx", or NULL */
	const char	*tracking;	/* well-formed number from the subject,
					   else from own text, else from the
					   letter of ours that it answers */
	const char	*subject;
	const char	*from_name, *from_addr;
	int		 from_doubtful;	/* From names several, or none at all */
	const char	*reply_to;	/* address */
	struct field	*fields;	size_t n_fields; /* every field of the form */
	const char	**missing;	size_t n_missing; /* required, not known */
	int		 whole;		/* all labels have values that are
					   known, and no word is left over */
	int		 titled;	/* a form's title stands in the text */
	int		 is_list;	/* its labels head rows of values */
	const char	*category, *category_source;
	/* timing: R4 */
	int64_t		 received_at;
	const char	*verdict;	/* on_time, claimed_on_time, late,
					   inconsistent, unknown */
	int		 declared_minutes, receipt_minutes;	/* INT_MIN: none */
	struct attachment *attachments;	size_t n_attachments;
	const char	*own_text;	/* without quotes and signature */
	struct problem	*problems;	size_t n_problems;
	int		 forwarded;
	const char	*another;	/* text from another form on, which tells
					   of something else; or NULL */
	const char	*passed_on;	/* somebody else's words, forwarded to
					   an incident we know; or NULL */
	const char	*reporter_email; /* inner sender of a forward */
	const char	*submitted_by;
	int		 encrypted;	/* could not be read: for a person */
	int		 drill;		/* 【演練】 in the subject */
	int		 for_person;	/* of a list or of postmaster@, and may be
					   a person's report */
	const char	*lang;		/* "zh-TW" or "en": what it is written in */
	/* what the desk needs of the header */
	const char	*message_id;
	const char	*in_reply_to;	/* first id */
	const char	**references;	size_t n_references;
	const char	*return_path;	/* "" for <> */
	const char	**recipients;	size_t n_recipients; /* To Cc Delivered-To */
	const char	**auth_results;	size_t n_auth_results; /* topmost first,
					   unfolded Authentication-Results */
	int		 answerable;	/* 0: no answer may be sent (RFC 3834) */
	const char	*why_not;	/* the header that forbids it */
	int64_t		 date;		/* Date: */
	const char	*body_sha256;	/* of the bytes after the header */
	/* bounce */
	struct bounce_recipient *bounced; size_t n_bounced;
	const char	*original_message_id;
	const char	*original_envid;
};

const struct field *report_field(const struct report *, const char *name);
/* The same when its value could be read, else NULL. */
const struct field *report_known(const struct report *, const char *name);
/* The first of that name that is filled in, or NULL. */
const struct field *report_given(const struct report *, const char *name);
/* Ideographs make it Chinese; so does having nothing to go by. */
const char *report_language(const struct report *);
/* Has its form a place for an account?  Forms of the team have none. */
int	report_opens_case(const struct report *);
/* Is there an account of what happened, or of when? */
int	report_tells(const struct report *);
/* As if no form had been read: its fields, what it lacks, another beside it. */
void	report_forget_form(struct report *);
/* What the one leaves empty, the other may say; then it is not missing. */
void	report_fill(struct arena *, struct report *,
	    const struct report *other);
/* 無, 不詳, N/A: whoever says so does not know; with 同上, 如附件 and the like: an
 * answer, but no value. */
int	 report_says_unknown(struct arena *, const char *raw);
int	 report_says_nothing(struct arena *, const char *raw);
/* Is it one of the forms whose names begin so, with something filled in? */
int	report_filled_in(const struct report *, const char *form);
/* Two readings of one mail: does the first know all fields that the second
 * knows, and more; or far more, without some of them; or have the whole of a
 * text that is cut in the second? */
int	 report_says_more(const struct report *, const struct report *);
/* Do two forms tell of two things: of a common kind of fields, some of them not
 * the same, and one of these says when or what? */
int	 report_differs(struct arena *, const struct report *,
	    const struct report *other);
/* Does the text have the words of a value, blanks aside, but not among those
 * that are its sender's own? */
int	 report_quotes(struct arena *, const struct report *, const char *text,
	    const char *own);
/* report_write.c: the JSON text, in the arena; NULL: longer than
 * REPORT_JSON_MAX. */
char	*report_text(struct arena *, const struct report *);
/* Bounded reading back: RC_REFUSED for what report_text() would not write. */
enum rc	report_from_json(const char *, size_t, struct arena *,
	    struct report *, struct err *);
/* One field's value as JSON: null when not known, a list when the form asks
 * for the field more than once and several were given.  New reference. */
json_t	*field_json(const struct field *);
/* The same as text, in the arena; NULL: longer than REPORT_JSON_MAX. */
char	*field_text(struct arena *, const struct field *);

#endif
