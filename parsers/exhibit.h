#ifndef EXHIBIT_H
#define EXHIBIT_H

/*
 * exhibit - the files of a mail as evidence for somebody outside.
 *
 * What may ever leave is a short list of types that are shown and not run.
 * A file is of a type when its name ends so and its bytes, from the first to
 * the last, are so; what a mail calls it counts for nothing.  All else stays
 * in the spool: programs, scripts, shortcuts, archives (one may hold any of
 * these), office documents, web pages, mails.  Which of the types leave, and
 * how large, is the policy's.
 *
 * Only the reader calls exhibits_read(); the desk gets exhibits_json() and
 * the bytes beside it.
 */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define EXHIBITS_MAX	64u		/* of one mail; the rest is counted */
#define EXHIBIT_FILES	12u		/* whose bytes go into one frame */
#define EXHIBIT_EACH	(8 * 1024 * 1024)	/* no policy allows more */
#define EXHIBIT_TOTAL	(16 * 1024 * 1024)

/* A type, and how names of it end. */
#define EXHIBIT_TYPES(X)						\
	X(PNG,	"image/png",		"png")				\
	X(JPEG,	"image/jpeg",		"jpg jpeg")			\
	X(GIF,	"image/gif",		"gif")				\
	X(BMP,	"image/bmp",		"bmp")				\
	X(PDF,	"application/pdf",	"pdf")				\
	X(TEXT,	"text/plain",		"txt log")			\
	X(CSV,	"text/csv",		"csv")				\
	X(PCAP,	"application/vnd.tcpdump.pcap",	"pcap cap pcapng")

enum exhibit_type {
#define X(id, name, endings) EXHIBIT_##id,
	EXHIBIT_TYPES(X)
#undef X
	EXHIBIT_NTYPES
};

/* Why a file stays: for people, so each has words in policies/reasons.words. */
#define EXHIBIT_FAULTS(X)						\
	X(NONE,		"it may go")					\
	X(NO_NAME,	"it has no file name")				\
	X(NAME,		"its name is not a plain one")			\
	X(DOUBLE,	"its name has two endings")			\
	X(PROGRAM,	"it is a program or a script")			\
	X(SHORTCUT,	"it is a shortcut to something else")		\
	X(ARCHIVE,	"it is an archive, which may hold a program")	\
	X(OFFICE,	"it is an office document, which may hold macros") \
	X(PAGE,		"it is a web page or the like, which may hold scripts") \
	X(MAIL,		"it is a mail, which may hold other files")	\
	X(TYPE,		"its type is not one that may leave")		\
	X(DIFFERS,	"its content is not what its name says")	\
	X(BROKEN,	"its content is broken, or goes on behind its end") \
	X(ACTIVE,	"it holds something that runs when it is opened") \
	X(LOCKED,	"it cannot be looked into")			\
	X(PASSWORD,	"it seems to contain a password")		\
	X(EMPTY,	"it is empty")					\
	X(POLICY,	"the policy does not let this type go")		\
	X(LARGE,	"it is larger than the policy allows")		\
	X(TOGETHER,	"with it, all would be larger than the policy allows") \
	X(MANY,		"there are too many files")			\
	X(LIST,		"only the list of files goes to this receiver")	\
	X(UNREAD,	"the reader could not read it again")		\
	X(CHANGED,	"it is not as it was read the first time")

enum exhibit_fault {
#define X(id, text) EXHIBIT_IS_##id,
	EXHIBIT_FAULTS(X)
#undef X
	EXHIBIT_NFAULTS
};

struct exhibit {
	const char	*name;		/* as the sender wrote it, or NULL */
	enum exhibit_type type;		/* EXHIBIT_NTYPES: of none of them */
	enum exhibit_fault fault;
	int64_t		 size;
	char		 sha256[65];
	const char	*charset;	/* of a text: "UTF-8", "Big5" */
	const char	*data;		/* NULL: not asked for, or it stays */
	size_t		 len;
};

/* Whose bytes are wanted: at most the widest of all receivers. */
struct exhibit_want {
	unsigned	 types;		/* EXHIBIT_BIT() */
	int64_t		 each, total;
};
#define EXHIBIT_BIT(t)	(1U << (unsigned)(t))

const char *exhibit_type_name(enum exhibit_type);
int	 exhibit_type_parse(const char *, enum exhibit_type *);
const char *exhibit_fault_text(enum exhibit_fault);
/* Why no policy may name this type: a text, or NULL when one may. */
const char *exhibit_type_bad(const char *);

/* A signature beside a mail is no file of it; type as the mail calls it. */
int	 exhibit_none(const char *type);
/* The files of a mail, judged.  *more: how many there were beyond the list.
 * RC_REFUSED: the mail breaks a guard. */
enum rc	exhibits_read(struct arena *, const char *raw, size_t len,
	    const struct exhibit_want *, struct exhibit **, size_t *n,
	    size_t *more, struct err *);
/* exhibit_name.c: the type a name promises, or why it stays. */
enum exhibit_fault exhibit_name(struct arena *, const char *name,
	    enum exhibit_type *);
/* exhibit_type.c: are the bytes of the type that the name promises? */
enum exhibit_fault exhibit_content(struct arena *, enum exhibit_type,
	    const char *, size_t, const char **charset);
/* exhibit_pdf.c: a whole document, and nothing in it that acts. */
enum exhibit_fault exhibit_pdf(const char *, size_t);

/* For the way from the reader to the desk; `more` goes along.  A file's
 * bytes are the next field of the frame.  New reference. */
json_t	*exhibits_json(const struct exhibit *, size_t n, size_t more);
/* RC_REFUSED for what exhibits_json() would not write; has_data of those
 * whose bytes follow is set in order, the caller fills data and len. */
enum rc	exhibits_from_json(const char *, size_t, struct arena *,
	    struct exhibit **, size_t *n, size_t *more, size_t *files,
	    struct err *);

#endif
