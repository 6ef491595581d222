#ifndef CONF_H
#define CONF_H

/*
 * conf - tocsin.conf, checked.
 *
 * Every key stands once in conf_table.c with type, range, default and text;
 * the man page's list and the commented sample are made from it.  The struct
 * belongs to conf_free().  Secrets are not in it: only the names of the files
 * they are in; secret_read() reads one when a process needs it.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/conf_table.h"
#include "base/err.h"
#include "base/log.h"

enum mailbox_kind { MAILBOX_IMAP, MAILBOX_MAILDIR };
enum mailbox_after { AFTER_LEAVE, AFTER_FLAG, AFTER_MOVE };
enum auth_kind { AUTH_NONE, AUTH_LOGIN, AUTH_XOAUTH2 };

struct strings {
	size_t		  n;
	const char	**v;
};

struct conf_oauth2 {
	const char	*token_url;	/* NULL: not used */
	const char	*client_id;
	const char	*client_secret_file;
	const char	*refresh_token_file;
	const char	*scope;
	const char	*token_file;	/* a ready access token instead */
	int64_t		 secret_expires; /* UTC, 0: not said */
};

struct conf_mailbox {
	const char	*name;
	enum mailbox_kind kind;
	/* IMAP */
	const char	*url;		/* imaps://host[:port], imap://... */
	int		 cleartext;	/* imap:// without STARTTLS; loopback */
	const char	*user;
	enum auth_kind	 auth;
	const char	*password_file;
	int64_t		 secret_expires; /* the password; UTC, 0 */
	struct conf_oauth2 oauth2;
	const char	*folder;	/* INBOX */
	const char	*ca_file;	/* NULL: system's */
	const char	*resolve;	/* "host:port:addr", tests; or NULL */
	int		 idle;		/* 0: poll only */
	/* Maildir */
	const char	*path;
	/* both */
	int		 poll;		/* seconds between safety polls */
	enum mailbox_after after;
	const char	*move_to;
	int		 timeout;	/* seconds for one command */
	int64_t		 since;		/* a day as 0:00 UTC; 0: all mails */
};

struct conf_relay {
	const char	*name;
	const char	*url;		/* smtp://host[:port], smtps://... */
	int		 cleartext;	/* loopback only */
	enum auth_kind	 auth;
	const char	*user;
	const char	*password_file;
	int64_t		 secret_expires; /* the password; UTC, 0 */
	struct conf_oauth2 oauth2;
	const char	*ca_file;
	const char	*resolve;
	int		 timeout;	/* seconds for one step */
	int		 rate;		/* mails a minute, 0: no limit */
	const char	*maildir;	/* deliver into DIR/<address>/new instead
					   of SMTP (the demo); url is NULL */
};

struct conf_http {
	const char	*url;		/* NULL: no HTTP */
	int		 cleartext;	/* http:// to loopback */
	const char	*token_file;	/* bearer */
	const char	*cert_file, *key_file;	/* client certificate */
	const char	*hmac_key_file;	/* sign the body */
	int64_t		 secret_expires; /* the token or key; UTC, 0 */
	struct conf_oauth2 oauth2;
	const char	*ca_file;
	const char	*resolve;
	const char	*number_pointer; /* JSON pointer to the receiver's no. */
	const char	*format;	/* a name of incident/document.h */
	int		 timeout;
	int		 rate;		/* requests a minute, 0: no limit */
};

/* A role of the plan: who it is and how it is reached. R2, R12 */
struct conf_role {
	const char	*name;		/* team, ethics, secretary, ciso, ncert,
					   city_it, operator, ... */
	const char	*label;		/* "資安小組" */
	const char	*label_en;
	struct strings	 mail;		/* addresses that get mail */
	struct strings	 members;	/* more addresses that hold the role */
	const char	*lang;		/* "zh-TW", "en", "zh-TW+en" */
	const char	*phone, *fax;
	const char	*deputy;	/* role told when this one fails */
	const char	*number_pattern; /* PCRE2: receiver's no. in its mail */
	struct conf_http http;
};

/* Who answers for a unit: reminders and advisories. R31, R32 */
struct conf_contact {
	const char	*name;		/* the unit */
	struct strings	 mail;
	struct strings	 lists;		/* "units", "advisory" ... */
	const char	*lang;
};

struct conf {
	const char	*file;
	const char	*state_dir;
	const char	*store;		/* URL; default state_dir/tocsin.db */
	const char	*policy;	/* name of the active policy */
	const char	*policy_dir, *form_dir, *template_dir;
	enum log_level	 log;
	/* who we are */
	const char	*address;	/* incident@agency.example */
	const char	*address_name;
	const char	*bounce_address; /* MAIL FROM; NULL: address */
	const char	*agency, *agency_en;
	const char	*domain;	/* right side of our Message-IDs */
	const char	*phone;		/* the team's, printed in every mail */
	struct strings	 own_domains;	/* addresses we trust to be answered */
	struct strings	 units;		/* R1; empty: any */
	/* authority */
	struct strings	 authserv_ids;	/* trusted Authentication-Results */
	const char	*authority;	/* "token", "auth-results", "both",
					   "either", "address" (loopback/tests) */
	const char	*token_key_file; /* NULL: state_dir/token.key, made
					   (token_key.h) */
	int		 token_days;
	int		 plus_addressing; /* token in Reply-To too */
	/* limits */
	int64_t		 mail_max;	/* bytes */
	int		 sender_limit;	/* answers a day to one address */
	int		 reader_seconds; /* for one mail */
	int64_t		 reader_memory;	/* bytes */
	int		 couriers;
	int		 give_up;	/* seconds after which a promise that
					   nobody took is given up aloud */
	/* watching ourselves */
	int		 canary;	/* minutes between two, 0: none */
	int		 canary_late;	/* minutes until one is missed */
	int		 queue_late;	/* minutes a promise may wait */
	int		 expiry_days;	/* before a certificate ends */
	int64_t		 disk_min;	/* free bytes */
	/* confinement when started as root */
	const char	*user_desk, *user_intake, *user_reader, *user_courier;

	struct conf_mailbox *mailboxes;	size_t n_mailboxes;
	struct conf_relay *relays;	size_t n_relays;	/* in order */
	struct conf_role *roles;	size_t n_roles;
	struct conf_contact *contacts;	size_t n_contacts;
	const struct conf_file *source;	/* for conf_line() */
	struct arena	*arena;
};

/* RC_REFUSED with "file:line: found, expected" in err. */
enum rc	conf_load(const char *file, struct conf **, struct err *);
void	conf_free(struct conf **);
/*
 * Keys that take effect at a start only keep their old value in a conf that
 * was read again; kept() is called for each that would have another.
 */
void	conf_keep_started(struct conf *, const struct conf *old,
	    void (*kept)(void *, const char *key, int line), void *);
/* The line a key of a section (base: its struct) stands in; the section's,
 * or 1, when it was not given. */
int	conf_line(const struct conf *, const void *base, const char *key);
/* The file of the store, without the "sqlite:". */
const char *conf_store_file(const struct conf *);
const struct conf_role *conf_role(const struct conf *, const char *name);
/* The first role that an address holds ("mail" or "members"), or NULL. */
const struct conf_role *conf_role_of(const struct conf *, const char *addr);
/* Is it on the list of that name? */
int	conf_contact_on(const struct conf_contact *, const char *list);
int	conf_role_holds(const struct conf_role *, const char *addr);

/* A server that we prove ourselves to, with secrets of its section. */
struct conf_peer {
	const char	*kind;		/* "mailbox", "relay", "http" */
	const char	*name;		/* of the section; http: of its role */
	enum conf_section sec;
	const void	*base;		/* the struct of that section */
	const struct conf_oauth2 *oauth2;
	int64_t		 secret_expires; /* not that of oauth2 */
};
/* The mailboxes, the relays, then the roles, one by one: 0, or -1 when there
 * is no i-th. */
int	conf_peer(const struct conf *, size_t i, struct conf_peer *);

#define TOKEN_KEY	32		/* bytes of the file token-key-file */

/*
 * Read a secret: one line, without its end.  A name that starts with "cred:"
 * is a file in $CREDENTIALS_DIRECTORY (systemd).  Refuses a file that others
 * can read.  The text in err never holds the secret.
 */
enum rc	secret_read(const char *file, char *to, size_t size, struct err *);
/* The same for the first size bytes of a file, whatever they are. */
enum rc	secret_key(const char *file, unsigned char *to, size_t size,
	    struct err *);
/* Is the file of this key of the configuration a secret of its kind? */
enum rc	secret_try(const char *key, const char *file, struct err *);

/* The table as text: commented sample, and the mdoc list of the man page. */
void	conf_sample(void (*line)(void *, const char *), void *);
void	conf_mdoc(void (*line)(void *, const char *), void *);

#endif
