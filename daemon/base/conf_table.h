#ifndef CONF_TABLE_H
#define CONF_TABLE_H

/*
 * conf_table - every key of tocsin.conf, once.
 *
 * The parser (conf_read.c), the commented sample and the man page's key list
 * (conf_text.c) are made from these rows and from nothing else.
 */
#include <stddef.h>
#include <stdint.h>

enum conf_section {
	SEC_TOP, SEC_MAILBOX, SEC_RELAY, SEC_ROLE, SEC_CONTACT, SEC_HTTP,
	SEC_OAUTH2, SEC_N
};

enum conf_type {
	KEY_STRING,		/* one line of text */
	KEY_PATH,		/* relative to the configuration file */
	KEY_SECRET,		/* a path, or "cred:NAME" */
	KEY_NAME,		/* [a-z0-9_-]+ */
	KEY_DOMAIN,
	KEY_ADDRESS,		/* plain ASCII addr-spec */
	KEY_STRINGS,		/* the same as lists, into struct strings */
	KEY_DOMAINS,
	KEY_ADDRESSES,
	KEY_INT,		/* into an int, min..max */
	KEY_SIZE,		/* into an int64_t; K, M, G */
	KEY_BOOL,		/* into an int */
	KEY_WORD,		/* one of words, kept as text */
	KEY_ENUM,		/* one of words, into an int: its place */
	KEY_RESOLVE,		/* host:port:address */
	KEY_DATE		/* 2027-01-31, into an int64_t: 0:00 UTC */
};

struct conf_key {
	enum conf_section sec;
	const char	*name;
	enum conf_type	 type;
	size_t		 offset;	/* in the struct of the section */
	int64_t		 min, max;	/* INT, SIZE */
	const char	*words;		/* WORD, ENUM: separated by blanks */
	const char	*def;		/* as in the file; NULL: none */
	const char	*def_text;	/* a default that is worked out */
	const char	*unit;		/* "seconds", "days" or NULL */
	const char	*sample;	/* value in the sample; NULL: def */
	int		 shown;		/* not commented out in the sample */
	int		 restart;	/* at a start only; SEC_TOP, a text */
	const char	*text;		/* whole sentences, plain English */
};

struct conf_section_row {
	const char	*name;		/* NULL: top level */
	int		 titled;	/* name "title" { } */
	const char	*sample;	/* title in the sample */
	const char	*text;
};

const struct conf_key *conf_keys(size_t *n);
const struct conf_section_row *conf_section_row(enum conf_section);
int	conf_is_list(enum conf_type);
/* Does a nested section stand in this one? */
int	conf_nests(enum conf_section parent, enum conf_section child);

#endif
