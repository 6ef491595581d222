#include "base/conf_table.h"

#include "base/conf.h"

#define TOP(m)		offsetof(struct conf, m)
#define BOX(m)		offsetof(struct conf_mailbox, m)
#define RELAY(m)	offsetof(struct conf_relay, m)
#define ROLE(m)		offsetof(struct conf_role, m)
#define CONTACT(m)	offsetof(struct conf_contact, m)
#define HTTP(m)		offsetof(struct conf_http, m)
#define OAUTH2(m)	offsetof(struct conf_oauth2, m)

#define KIB		((int64_t)1024)
#define MIB		(KIB * 1024)
#define GIB		(MIB * 1024)

static const struct conf_section_row sections[SEC_N] = {
	[SEC_TOP] = { NULL, 0, NULL,
	    "Keys outside any section." },
	[SEC_MAILBOX] = { "mailbox", 1, "incident",
	    "A mailbox to watch; at least one, any number.  One that is "
	    "broken never stops the others." },
	[SEC_RELAY] = { "relay", 1, "main",
	    "A mail server that takes our mails; at least one.  They are "
	    "tried in the order of the file." },
	[SEC_ROLE] = { "role", 1, "team",
	    "A role of the plan: who it is and how it is reached.  The names "
	    "that count are those the policy uses, such as team, ethics, "
	    "secretary, ciso, ncert and city_it; operator is told of faults "
	    "of Tocsin itself." },
	[SEC_CONTACT] = { "contact", 1, "機要組",
	    "Who answers for a unit: gets the regular reminders and the "
	    "advisories of the lists it is on." },
	[SEC_HTTP] = { "http", 0, NULL,
	    "In a role: where its reports go as JSON, beside mail." },
	[SEC_OAUTH2] = { "oauth2", 0, NULL,
	    "In a mailbox, a relay or http: how to get access tokens." },
};

static const struct conf_key keys[] = {
	/* who we are */
	{ SEC_TOP, "address", KEY_ADDRESS, TOP(address), .shown = 1,
	    .sample = "incident@agency.example",
	    .text = "The address people report to and our mails come from.  "
	    "Required." },
	{ SEC_TOP, "address-name", KEY_STRING, TOP(address_name),
	    .sample = "資安通報",
	    .text = "The name beside that address in our mails." },
	{ SEC_TOP, "bounce-address", KEY_ADDRESS, TOP(bounce_address),
	    .def_text = "the value of address", .sample =
	    "incident-bounce@agency.example",
	    .text = "The envelope sender of our mails: where bounces come "
	    "back.  It must be delivered into one of the mailboxes." },
	{ SEC_TOP, "agency", KEY_STRING, TOP(agency),
	    .def_text = "the domain of address",
	    .sample = "臺北市政府秘書處", .shown = 1,
	    .text = "The agency's name in our mails and reports." },
	{ SEC_TOP, "agency-en", KEY_STRING, TOP(agency_en),
	    .def_text = "the value of agency", .sample =
	    "Secretariat, Taipei City Government",
	    .text = "The same in English." },
	{ SEC_TOP, "domain", KEY_DOMAIN, TOP(domain),
	    .def_text = "tocsin. before the domain of address",
	    .sample = "tocsin.agency.example",
	    .text = "The right side of the Message-IDs we make and the name "
	    "we greet mail servers with.  A mail with such a Message-ID is "
	    "taken for our own and not answered, so nobody else may use it: "
	    "neither the domain of address nor one of own-domains." },
	{ SEC_TOP, "phone", KEY_STRING, TOP(phone), .sample = "02-5550-0100",
	    .text = "The team's telephone number, printed in every mail for "
	    "those whose mail cannot be trusted any more." },
	{ SEC_TOP, "own-domains", KEY_DOMAINS, TOP(own_domains),
	    .def_text = "the domain of address",
	    .sample = "{\"agency.example\"}",
	    .text = "Domains of our own people.  Only in these is the inner "
	    "sender of a forwarded report answered too." },
	{ SEC_TOP, "units", KEY_STRINGS, TOP(units),
	    .def_text = "empty: any unit", .sample = "{\"機要組\", \"總務組\"}",
	    .text = "The units that report.  A report of another unit is "
	    "accepted and flagged." },

	/* files */
	{ SEC_TOP, "state-dir", KEY_PATH, TOP(state_dir),
	    .def = "/var/lib/tocsin", .restart = 1,
	    .text = "The directory of the store and of keys made by Tocsin." },
	{ SEC_TOP, "store", KEY_STRING, TOP(store),
	    .def_text = "tocsin.db in state-dir", .restart = 1,
	    .sample = "sqlite:/var/lib/tocsin/tocsin.db",
	    .text = "The store, as a file name or as sqlite:FILE." },
	{ SEC_TOP, "policy", KEY_NAME, TOP(policy), .def = "taipei-2007",
	    .text = "The policy for new incidents: NAME.policy in "
	    "policy-dir.  Open incidents keep the one they began with." },
	{ SEC_TOP, "policy-dir", KEY_PATH, TOP(policy_dir),
	    .def_text = "the installed directory",
	    .sample = "/usr/share/tocsin/policies",
	    .text = "The directory of policy files." },
	{ SEC_TOP, "form-dir", KEY_PATH, TOP(form_dir),
	    .def_text = "the installed directory",
	    .sample = "/usr/share/tocsin/forms",
	    .text = "The directory of form files." },
	{ SEC_TOP, "template-dir", KEY_PATH, TOP(template_dir),
	    .def_text = "the installed directory",
	    .sample = "/usr/share/tocsin/templates",
	    .text = "The directory of mail templates." },
	{ SEC_TOP, "log", KEY_ENUM, TOP(log), .words = "err warn info debug",
	    .def = "info",
	    .text = "How much is logged: this word and everything before "
	    "it in the list." },

	/* authority */
	{ SEC_TOP, "authority", KEY_WORD, TOP(authority), .def = "token",
	    .words = "token auth-results both either address",
	    .text = "What makes a command authentic beside the sender's "
	    "address: the reply token of our mail (token), a trusted "
	    "Authentication-Results header (auth-results), both of them, or "
	    "either.  address takes the sender's word and is accepted only "
	    "when every mailbox is a Maildir or on a loopback host." },
	{ SEC_TOP, "authserv-ids", KEY_STRINGS, TOP(authserv_ids),
	    .def_text = "empty: none is trusted",
	    .sample = "{\"mx.agency.example\"}",
	    .text = "Names of our own mail servers whose topmost "
	    "Authentication-Results header is believed (RFC 8601)." },
	{ SEC_TOP, "token-key-file", KEY_SECRET, TOP(token_key_file),
	    .def_text = "token.key in state-dir, made at the first start",
	    .sample = "cred:token-key", .restart = 1,
	    .text = "The key that signs reply tokens: the first 32 bytes of "
	    "the file.  A new key makes every token already sent worthless, "
	    "so it is refused without tocsind --new-key." },
	{ SEC_TOP, "token-days", KEY_INT, TOP(token_days), .min = 1,
	    .max = 3650, .def = "180", .unit = "days",
	    .text = "How long a reply token may be used." },
	{ SEC_TOP, "plus-addressing", KEY_BOOL, TOP(plus_addressing),
	    .def = "false",
	    .text = "Put the token into Reply-To too, as address+TOKEN.  The "
	    "mail server must deliver such addresses into the mailbox." },

	/* limits */
	{ SEC_TOP, "mail-max", KEY_SIZE, TOP(mail_max), .min = 64 * KIB,
	    .max = 48 * MIB, .def = "25M", .unit = "bytes",
	    .text = "The largest mail that is fetched.  A larger one is "
	    "recorded without its content and put before a person." },
	{ SEC_TOP, "sender-limit", KEY_INT, TOP(sender_limit), .min = 1,
	    .max = 100000, .def = "50", .unit = "answers a day",
	    .text = "How many answers one address gets.  Further mails are "
	    "recorded and not answered, so that two automata fall quiet." },
	{ SEC_TOP, "reader-seconds", KEY_INT, TOP(reader_seconds), .min = 1,
	    .max = 60, .def = "2", .unit = "seconds",
	    .text = "How long the reader may work on one mail before it is "
	    "killed." },
	{ SEC_TOP, "reader-memory", KEY_SIZE, TOP(reader_memory),
	    .min = 64 * MIB, .max = 4 * GIB, .def = "256M", .unit = "bytes",
	    .text = "How much memory the reader may use." },
	{ SEC_TOP, "couriers", KEY_INT, TOP(couriers), .min = 1, .max = 16,
	    .def = "2",
	    .text = "How many couriers send at the same time, so that a slow "
	    "receiver does not hold up the others." },
	{ SEC_TOP, "give-up", KEY_INT, TOP(give_up), .min = 60,
	    .max = 2592000, .def = "432000", .unit = "seconds",
	    .text = "After this time a mail that nobody took is given up, and "
	    "the team and the operator are told so.  Not at once when the "
	    "daemon was not running for more than a day." },

	/* watching ourselves */
	{ SEC_TOP, "canary", KEY_INT, TOP(canary), .min = 0, .max = 1440,
	    .def = "0", .sample = "30", .unit = "minutes",
	    .text = "How often we mail ourselves, through the relay into the "
	    "mailbox, to know that both work and how long it takes; 0 is "
	    "never.  address must be delivered into one of the mailboxes." },
	{ SEC_TOP, "canary-late", KEY_INT, TOP(canary_late), .min = 1,
	    .max = 1440, .def = "15", .unit = "minutes",
	    .text = "A mail to ourselves that is not back after this time "
	    "raises an alarm." },
	{ SEC_TOP, "queue-late", KEY_INT, TOP(queue_late), .min = 1,
	    .max = 10080, .def = "60", .unit = "minutes",
	    .text = "A mail that waits longer than this to be sent raises an "
	    "alarm." },
	{ SEC_TOP, "expiry-days", KEY_INT, TOP(expiry_days), .min = 0,
	    .max = 365, .def = "14", .unit = "days",
	    .text = "So long before a certificate or a token ends an alarm is "
	    "raised; 0 is never.  Of the policy's days off it is thirty days "
	    "or never." },
	{ SEC_TOP, "disk-min", KEY_SIZE, TOP(disk_min), .min = 0,
	    .max = 1024 * GIB, .def = "100M", .unit = "bytes",
	    .text = "Less free space than this in state-dir, or where "
	    "the store is, raises an alarm." },

	/* confinement */
	{ SEC_TOP, "user-desk", KEY_NAME, TOP(user_desk), .def = "tocsin",
	    .restart = 1,
	    .text = "When started as root: the user the desk becomes." },
	{ SEC_TOP, "user-intake", KEY_NAME, TOP(user_intake), .def = "tocsin",
	    .restart = 1,
	    .text = "When started as root: the user the intake becomes." },
	{ SEC_TOP, "user-reader", KEY_NAME, TOP(user_reader), .def = "nobody",
	    .restart = 1,
	    .text = "When started as root: the user the reader becomes." },
	{ SEC_TOP, "user-courier", KEY_NAME, TOP(user_courier),
	    .def = "tocsin", .restart = 1,
	    .text = "When started as root: the user the couriers become." },

	/* mailbox */
	{ SEC_MAILBOX, "kind", KEY_ENUM, BOX(kind), .words = "imap maildir",
	    .def = "imap",
	    .text = "Where the mails are: on an IMAP server, or in a local "
	    "Maildir." },
	{ SEC_MAILBOX, "url", KEY_STRING, BOX(url), .shown = 1,
	    .sample = "imaps://mail.agency.example",
	    .text = "The IMAP server: imaps://host[:port], or "
	    "imap://host[:port] for STARTTLS.  Required for kind imap.  "
	    "There is no fallback to clear text." },
	{ SEC_MAILBOX, "cleartext", KEY_BOOL, BOX(cleartext), .def = "false",
	    .text = "Speak imap:// without TLS.  Only to a loopback host." },
	{ SEC_MAILBOX, "user", KEY_STRING, BOX(user), .shown = 1,
	    .sample = "incident",
	    .text = "The name to log in with.  Required unless auth is "
	    "none." },
	{ SEC_MAILBOX, "auth", KEY_ENUM, BOX(auth), .def = "login",
	    .words = "none login xoauth2",
	    .text = "How to log in: with a password, or with an OAuth2 "
	    "token (OAUTHBEARER where the server has no XOAUTH2)." },
	{ SEC_MAILBOX, "password-file", KEY_SECRET, BOX(password_file),
	    .sample = "/etc/tocsin/imap.password", .shown = 1,
	    .text = "The file the password is in, on one line.  cred:NAME "
	    "names a systemd credential.  Required for auth login." },
	{ SEC_MAILBOX, "secret-expires", KEY_DATE, BOX(secret_expires),
	    .def_text = "not known", .sample = "2027-01-31",
	    .text = "The day the password ends, if it does.  The "
	    "operator is told expiry-days before, since a login that fails is "
	    "too late." },
	{ SEC_MAILBOX, "folder", KEY_STRING, BOX(folder), .def = "INBOX",
	    .text = "The folder to watch.  Where the server refuses the "
	    "name, it is tried behind the prefix of our own folders there, "
	    "as INBOX. at Cyrus and Courier." },
	{ SEC_MAILBOX, "ca-file", KEY_PATH, BOX(ca_file),
	    .def_text = "the system's authorities",
	    .sample = "/etc/tocsin/ca.pem",
	    .text = "The authorities to trust instead of the system's, as "
	    "PEM." },
	{ SEC_MAILBOX, "resolve", KEY_RESOLVE, BOX(resolve),
	    .sample = "mail.agency.example:993:192.0.2.1",
	    .text = "Connect to this address instead of asking the DNS, as "
	    "host:port:address.  The certificate is still checked against "
	    "the host's name." },
	{ SEC_MAILBOX, "idle", KEY_BOOL, BOX(idle), .def = "true",
	    .text = "Let the server tell of new mail (IDLE) where it can." },
	{ SEC_MAILBOX, "path", KEY_PATH, BOX(path),
	    .sample = "/var/mail/incident",
	    .text = "The Maildir, the directory that holds new, cur and tmp.  "
	    "Required for kind maildir." },
	{ SEC_MAILBOX, "poll", KEY_INT, BOX(poll), .min = 1, .max = 3600,
	    .def = "60", .unit = "seconds",
	    .text = "How long to wait between two looks at the mailbox, even "
	    "while the server is trusted to tell of new mail." },
	{ SEC_MAILBOX, "after", KEY_ENUM, BOX(after), .def = "flag",
	    .words = "leave flag move",
	    .text = "What to do with a mail on the server once it is stored: "
	    "nothing, set \\Seen and $Tocsin, or move it." },
	{ SEC_MAILBOX, "move-to", KEY_STRING, BOX(move_to),
	    .sample = "Tocsin",
	    .text = "The folder to move to, by the same rule as folder; it is "
	    "made when it is not there.  Required for after move." },
	{ SEC_MAILBOX, "since", KEY_DATE, BOX(since),
	    .def_text = "to take every mail", .sample = "2026-11-01",
	    .text = "Mails that came to the server, or whose file in the "
	    "Maildir was written, before this day are left alone: neither "
	    "fetched nor stored nor marked.  The day begins at 0:00 in the "
	    "zone of the policy.  A mail that is moved into the folder "
	    "keeps its time, so an old report that a person moves there is "
	    "left alone too.  With an earlier day, or none, what came since "
	    "then is taken as well." },
	{ SEC_MAILBOX, "timeout", KEY_INT, BOX(timeout), .min = 1,
	    .max = 600, .def = "60", .unit = "seconds",
	    .text = "How long one command may take before the connection is "
	    "given up." },

	/* relay */
	{ SEC_RELAY, "url", KEY_STRING, RELAY(url), .shown = 1,
	    .sample = "smtp://mail.agency.example:587",
	    .text = "The mail server: smtps://host[:port], or "
	    "smtp://host[:port] for STARTTLS.  Either this or maildir.  "
	    "There is no fallback to clear text." },
	{ SEC_RELAY, "cleartext", KEY_BOOL, RELAY(cleartext), .def = "false",
	    .text = "Speak smtp:// without TLS.  Only to a loopback host." },
	{ SEC_RELAY, "auth", KEY_ENUM, RELAY(auth), .def = "none",
	    .words = "none login xoauth2",
	    .text = "How to log in: not at all, with a password, or with an "
	    "OAuth2 token (XOAUTH2 or OAUTHBEARER, as the server offers)." },
	{ SEC_RELAY, "user", KEY_STRING, RELAY(user), .sample = "incident",
	    .text = "The name to log in with." },
	{ SEC_RELAY, "password-file", KEY_SECRET, RELAY(password_file),
	    .sample = "/etc/tocsin/smtp.password",
	    .text = "The file the password is in, on one line.  cred:NAME "
	    "names a systemd credential." },
	{ SEC_RELAY, "secret-expires", KEY_DATE, RELAY(secret_expires),
	    .def_text = "not known", .sample = "2027-01-31",
	    .text = "The day the password ends, if it does.  The "
	    "operator is told expiry-days before, since a login that fails is "
	    "too late." },
	{ SEC_RELAY, "ca-file", KEY_PATH, RELAY(ca_file),
	    .def_text = "the system's authorities",
	    .sample = "/etc/tocsin/ca.pem",
	    .text = "The authorities to trust instead of the system's, as "
	    "PEM." },
	{ SEC_RELAY, "resolve", KEY_RESOLVE, RELAY(resolve),
	    .sample = "mail.agency.example:587:192.0.2.1",
	    .text = "Connect to this address instead of asking the DNS, as "
	    "host:port:address." },
	{ SEC_RELAY, "timeout", KEY_INT, RELAY(timeout), .min = 1,
	    .max = 900, .def = "120", .unit = "seconds",
	    .text = "How long one step of the dialogue may take." },
	{ SEC_RELAY, "rate", KEY_INT, RELAY(rate), .min = 0, .max = 100000,
	    .def = "0", .unit = "mails a minute",
	    .text = "The most mails this server gets in any minute; 0 is no "
	    "limit.  What is over it waits and is not counted as tried." },
	{ SEC_RELAY, "maildir", KEY_PATH, RELAY(maildir),
	    .sample = "/var/lib/tocsin/out",
	    .text = "Deliver into the Maildir of this directory that is named "
	    "after the recipient's address, instead of by SMTP.  For "
	    "demonstrations and drills." },

	/* role */
	{ SEC_ROLE, "label", KEY_STRING, ROLE(label), .shown = 1,
	    .def_text = "the role's name", .sample = "資安小組",
	    .text = "What the role is called in our mails." },
	{ SEC_ROLE, "label-en", KEY_STRING, ROLE(label_en),
	    .def_text = "the value of label", .sample = "Security team",
	    .text = "The same in English." },
	{ SEC_ROLE, "mail", KEY_ADDRESSES, ROLE(mail), .shown = 1,
	    .sample = "{\"team@agency.example\"}",
	    .text = "The addresses that get the role's mails." },
	{ SEC_ROLE, "members", KEY_ADDRESSES, ROLE(members),
	    .sample = "{\"chen@agency.example\"}",
	    .text = "More addresses that speak for the role without getting "
	    "its mails." },
	{ SEC_ROLE, "lang", KEY_WORD, ROLE(lang), .def = "zh-TW+en",
	    .words = "zh-TW en zh-TW+en",
	    .text = "The language of mails to the role." },
	{ SEC_ROLE, "phone", KEY_STRING, ROLE(phone),
	    .sample = "02-5550-0101",
	    .text = "The number to call when nothing else arrives." },
	{ SEC_ROLE, "fax", KEY_STRING, ROLE(fax), .sample = "02-5550-0102",
	    .text = "The fax number, for the same." },
	{ SEC_ROLE, "deputy", KEY_NAME, ROLE(deputy), .sample = "secretary",
	    .text = "The role that is told when this one cannot be "
	    "reached." },
	{ SEC_ROLE, "number-pattern", KEY_STRING, ROLE(number_pattern),
	    .sample = "'NCERT-[0-9]{4}-[0-9]+'",
	    .text = "A PCRE2 pattern that finds the receiver's own number in "
	    "its mails.  Single quotes keep backslashes as they are." },

	/* contact */
	{ SEC_CONTACT, "mail", KEY_ADDRESSES, CONTACT(mail), .shown = 1,
	    .sample = "{\"chen@agency.example\"}",
	    .text = "The addresses that get the unit's mails and may answer "
	    "for it.  Required." },
	{ SEC_CONTACT, "lists", KEY_STRINGS, CONTACT(lists),
	    .def_text = "units and advisory",
	    .sample = "{\"units\", \"hosts\", \"backup\", \"contracts\", "
	    "\"advisory\"}",
	    .text = "The lists the unit is on, by the names the policy's "
	    "schedules use; advisory is that of the advisories." },
	{ SEC_CONTACT, "lang", KEY_WORD, CONTACT(lang), .def = "zh-TW+en",
	    .words = "zh-TW en zh-TW+en",
	    .text = "The language of mails to the unit." },

	/* http */
	{ SEC_HTTP, "url", KEY_STRING, HTTP(url),
	    .sample = "https://gateway.example/incidents",
	    .text = "Where to POST the report: https://...  Required in "
	    "http." },
	{ SEC_HTTP, "cleartext", KEY_BOOL, HTTP(cleartext), .def = "false",
	    .text = "Accept http:// in url.  Only to a loopback host." },
	{ SEC_HTTP, "token-file", KEY_SECRET, HTTP(token_file),
	    .sample = "/etc/tocsin/gateway.token",
	    .text = "The file of a bearer token." },
	{ SEC_HTTP, "cert-file", KEY_PATH, HTTP(cert_file),
	    .sample = "/etc/tocsin/client.pem",
	    .text = "Our client certificate, as PEM; needs key-file." },
	{ SEC_HTTP, "key-file", KEY_SECRET, HTTP(key_file),
	    .sample = "/etc/tocsin/client.key",
	    .text = "Its private key, as PEM." },
	{ SEC_HTTP, "hmac-key-file", KEY_SECRET, HTTP(hmac_key_file),
	    .sample = "/etc/tocsin/gateway.hmac",
	    .text = "The file of a key to sign each request with (HMAC-SHA-256 "
	    "over identifier, timestamp and body)." },
	{ SEC_HTTP, "secret-expires", KEY_DATE, HTTP(secret_expires),
	    .def_text = "not known", .sample = "2027-01-31",
	    .text = "The day the token or the key ends, if it does.  The "
	    "operator is told expiry-days before, since a login that fails is "
	    "too late." },
	{ SEC_HTTP, "ca-file", KEY_PATH, HTTP(ca_file),
	    .def_text = "the system's authorities",
	    .sample = "/etc/tocsin/ca.pem",
	    .text = "The authorities to trust instead of the system's, as "
	    "PEM." },
	{ SEC_HTTP, "resolve", KEY_RESOLVE, HTTP(resolve),
	    .sample = "gateway.example:443:192.0.2.2",
	    .text = "Connect to this address instead of asking the DNS, as "
	    "host:port:address." },
	{ SEC_HTTP, "number-pointer", KEY_STRING, HTTP(number_pointer),
	    .sample = "/case/number",
	    .text = "Where the receiver's own number stands in its JSON "
	    "answer, as a JSON pointer (RFC 6901).  Only an answer with a "
	    "number is a receipt then; without this, any 2xx but a web page." },
	{ SEC_HTTP, "format", KEY_WORD, HTTP(format), .def = "json",
	    .words = "json iodef-xml iodef-json annex2-html",
	    .text = "What is posted: our own JSON (its schema is installed "
	    "with the documentation), IODEF version 2 as XML (RFC 7970) or as "
	    "JSON (RFC 8727), or Annex 2 as a page to print." },
	{ SEC_HTTP, "timeout", KEY_INT, HTTP(timeout), .min = 1, .max = 600,
	    .def = "30", .unit = "seconds",
	    .text = "How long one request may take." },

	{ SEC_HTTP, "rate", KEY_INT, HTTP(rate), .min = 0, .max = 100000,
	    .def = "0", .unit = "requests a minute",
	    .text = "The most requests this receiver gets in any minute; 0 "
	    "is no limit." },

	/* oauth2 */
	{ SEC_OAUTH2, "token-url", KEY_STRING, OAUTH2(token_url),
	    .sample = "https://login.example/oauth2/token",
	    .text = "Where access tokens are asked for: https://..." },
	{ SEC_OAUTH2, "client-id", KEY_STRING, OAUTH2(client_id),
	    .sample = "tocsin",
	    .text = "Our identifier there.  Required with token-url." },
	{ SEC_OAUTH2, "client-secret-file", KEY_SECRET,
	    OAUTH2(client_secret_file),
	    .sample = "/etc/tocsin/oauth2.secret",
	    .text = "The file of our secret there." },
	{ SEC_OAUTH2, "secret-expires", KEY_DATE, OAUTH2(secret_expires),
	    .def_text = "not known", .sample = "2027-01-31",
	    .text = "The day our secret there ends, if it does.  The "
	    "operator is told expiry-days before, since a login that fails is "
	    "too late." },
	{ SEC_OAUTH2, "refresh-token-file", KEY_SECRET,
	    OAUTH2(refresh_token_file),
	    .sample = "/var/lib/tocsin/oauth2.refresh",
	    .text = "The file of a refresh token.  Without one the client "
	    "credentials grant is used.  A new one from the server is "
	    "written back." },
	{ SEC_OAUTH2, "scope", KEY_STRING, OAUTH2(scope),
	    .sample = "https://mail.example/.default",
	    .text = "The scope to ask for." },
	{ SEC_OAUTH2, "token-file", KEY_SECRET, OAUTH2(token_file),
	    .sample = "/run/tocsin/access-token",
	    .text = "The file of a ready access token that something else "
	    "keeps fresh, instead of token-url." },
};

const struct conf_key *
conf_keys(size_t *n)
{
	*n = sizeof(keys) / sizeof(keys[0]);
	return keys;
}

const struct conf_section_row *
conf_section_row(enum conf_section sec)
{
	return &sections[sec];
}

int
conf_is_list(enum conf_type type)
{
	return type == KEY_STRINGS || type == KEY_DOMAINS ||
	    type == KEY_ADDRESSES;
}

int
conf_nests(enum conf_section parent, enum conf_section child)
{
	switch (child) {
	case SEC_MAILBOX:
	case SEC_RELAY:
	case SEC_ROLE:
	case SEC_CONTACT:
		return parent == SEC_TOP;
	case SEC_HTTP:
		return parent == SEC_ROLE;
	case SEC_OAUTH2:
		return parent == SEC_MAILBOX || parent == SEC_RELAY ||
		    parent == SEC_HTTP;
	case SEC_TOP:
	case SEC_N:
		break;
	}
	return 0;
}
