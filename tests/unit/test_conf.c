/* conf.c: each bad file's exact message, defaults, ranges, secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/conf_table.h"

static char	dir[] = "/tmp/test_conf.XXXXXX";

static const char *
put(const char *name, const char *text, size_t len, mode_t mode)
{
	static char	 path[256];
	FILE		*fp;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
	fp = fopen(path, "w");
	assert_non_null(fp);
	assert_int_equal(fwrite(text, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

/* Two lines that every good file needs, on lines 1 to 3. */
#define ADDR	"address = incident@agency.example\n"
#define BOX	"mailbox main { url = imaps://mail.agency.example\n" \
		"user = u password-file = p }\n"
#define MDIR	"mailbox main { kind = maildir\npath = in }\n"
#define RELAY	"relay out { maildir = out }\n"
#define GOOD	ADDR MDIR RELAY			/* lines 1 to 4 */

struct bad {
	const char	*text;
	const char	*want;		/* behind "FILE:" */
};

static const struct bad bad[] = {
	/* syntax, found before or by libconfuse */
	{ "", "1: address: found nothing, expected the address people "
	    "report to" },
	{ "address\n", "2: syntax: found premature end of file, expected "
	    "key = value" },
	{ "# a\n# b\n\n/* c\n */\naddress incident\n", "6: address: found no "
	    "=, expected address = value" },
	{ "address = {a@b.example}\n", "1: syntax: found {, expected a value "
	    "or a key" },
	{ GOOD "mailbox {\n}\n", "5: mailbox: found no name, expected mailbox "
	    "\"name\" {" },
	{ GOOD "role x y {\n}\n", "5: role: found something else, expected "
	    "{" },
	{ GOOD "role team { mail = {a@b.example}\n", "5: {: found the end of "
	    "the file, expected a closing brace" },
	{ GOOD "}\n", "5: }: found a closing brace, expected one that is "
	    "open" },
	{ ADDR "agency = \"x\n\n", "2: string: found the end of the file, "
	    "expected a closing \"" },
	{ ADDR "\n/* x\n\n", "3: comment: found the end of the file, expected "
	    "*/" },
	{ ADDR "agency = \"\xff\"\n", "2: text: found byte 0xff, expected "
	    "UTF-8" },
	{ ADDR "agency = \"\x1b[2J\"\n", "2: text: found control byte 0x1b, "
	    "expected text" },
	{ ADDR "agency = \"two\nlines\"\n", "3: agency: found \"two\\x0alines"
	    "\", expected one line of text" },
	{ ADDR "agency = \"\"\n", "2: agency: found \"\", expected one line "
	    "of text" },
	{ ADDR "agency = b c\n", "2: c: found an unknown key, expected one "
	    "that tocsin.conf(5) lists" },

	/* unknown and repeated */
	{ GOOD "# x\npol-icy = x\n", "6: pol-icy: found an unknown key, "
	    "expected policy" },
	{ GOOD "frobnicate = x\n", "5: frobnicate: found an unknown key, "
	    "expected one that tocsin.conf(5) lists" },
	{ ADDR "mailbox m {\n pol = 3\n}\n", "3: pol: found an unknown key, "
	    "expected poll" },
	{ ADDR "mailbox m {\n address = 3\n}\n", "3: address: found an "
	    "unknown key, expected one of mailbox that tocsin.conf(5) "
	    "lists" },
	{ GOOD "oauth2 {\n}\n", "5: oauth2: found an unknown key, expected "
	    "one that tocsin.conf(5) lists" },
	{ ADDR ADDR, "2: address: found a second time, expected once (line "
	    "1)" },
	{ GOOD "units = {a, b}\nunits = {c}\n", "6: units: found a second "
	    "time, expected once (line 5)" },
	{ GOOD "mailbox main {\n kind = maildir\n path = x }\n",
	    "5: main: found a second section of this name, expected each "
	    "name once" },
	{ GOOD "role t { mail = {a@b.example} http { url = https://a.example "
	    "}\nhttp { url = https://b.example } }\n", "6: http: found 2 "
	    "sections, expected at most one" },

	/* types and ranges */
	{ "address = incident\n", "1: address: found \"incident\", expected "
	    "a plain address like name@domain" },
	{ "address = \"<a@b.example>\"\n", "1: address: found "
	    "\"<a@b.example>\", expected a plain address like name@domain" },
	{ "address = 人@b.example\n", "1: address: found \"人@b.example\", "
	    "expected a plain address like name@domain" },
	{ "address = a..b@b.example\n", "1: address: found "
	    "\"a..b@b.example\", expected a plain address like name@domain" },
	{ GOOD "token-days = 0\n", "5: token-days: found \"0\", expected a "
	    "whole number from 1 to 3650 (days)" },
	{ GOOD "token-days = 3651\n", "5: token-days: found \"3651\", "
	    "expected a whole number from 1 to 3650 (days)" },
	{ GOOD "token-days = -1\n", "5: token-days: found \"-1\", expected a "
	    "whole number from 1 to 3650 (days)" },
	{ GOOD "token-days = 1.5\n", "5: token-days: found \"1.5\", expected "
	    "a whole number from 1 to 3650 (days)" },
	{ GOOD "token-days = 99999999999999999999\n", "5: token-days: found "
	    "\"99999999999999999999\", expected a whole number from 1 to "
	    "3650 (days)" },
	{ GOOD "couriers = many\n", "5: couriers: found \"many\", expected a "
	    "whole number from 1 to 16" },
	{ GOOD "mail-max = 49M\n", "5: mail-max: found \"49M\", expected a "
	    "size from 64K to 48M (bytes, K, M or G)" },
	{ GOOD "mail-max = 9999999999G\n", "5: mail-max: found "
	    "\"9999999999G\", expected a size from 64K to 48M (bytes, K, M or "
	    "G)" },
	{ GOOD "mail-max = 25MB\n", "5: mail-max: found \"25MB\", expected a "
	    "size from 64K to 48M (bytes, K, M or G)" },
	{ GOOD "plus-addressing = maybe\n", "5: plus-addressing: found "
	    "\"maybe\", expected true or false" },
	{ GOOD "log = loud\n", "5: log: found \"loud\", expected err, warn, "
	    "info or debug" },
	{ GOOD "authority = trust\n", "5: authority: found \"trust\", "
	    "expected token, auth-results, both, either or address" },
	{ GOOD "policy = ../x\n", "5: policy: found \"../x\", expected a name "
	    "of a-z, 0-9, _ and -" },
	{ GOOD "domain = -x.example\n", "5: domain: found \"-x.example\", "
	    "expected a domain name" },
	{ GOOD "own-domains = {a.example, \"b c\"}\n", "5: own-domains: found "
	    "\"b c\", expected a domain name" },
	{ ADDR RELAY "mailbox m {\n kind = pop3\n}\n", "4: kind: found "
	    "\"pop3\", expected imap or maildir" },
	{ ADDR RELAY "mailbox m {\n poll = 0\n}\n", "4: poll: found \"0\", "
	    "expected a whole number from 1 to 3600 (seconds)" },
	{ ADDR RELAY "mailbox m {\n secret-expires = 2027-02-29\n}\n",
	    "4: secret-expires: found \"2027-02-29\", expected a day like "
	    "2027-01-31" },
	{ ADDR RELAY "mailbox m {\n secret-expires = 1/31/2027\n}\n",
	    "4: secret-expires: found \"1/31/2027\", expected a day like "
	    "2027-01-31" },
	{ ADDR RELAY "mailbox m {\n since = \"2026-11-31\"\n}\n",
	    "4: since: found \"2026-11-31\", expected a day like "
	    "2027-01-31" },
	{ ADDR RELAY "mailbox m {\n resolve = a:b\n}\n", "4: resolve: found "
	    "\"a:b\", expected host:port:address" },
	{ ADDR RELAY "mailbox m {\n ca-file = cred:ca\n}\n", "4: ca-file: "
	    "found \"cred:ca\", expected a file name" },
	{ GOOD "role t {\n mail = {a@b.example,\n b@}\n}\n", "7: mail: found "
	    "\"b@\", expected a plain address like name@domain" },

	/* what belongs together */
	{ ADDR, "1: mailbox: found none, expected at least one" },
	{ ADDR MDIR, "1: relay: found none, expected at least one" },
	{ ADDR RELAY "mailbox m {\n}\n", "3: url: found nothing, expected "
	    "imaps://host[:port] or imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n kind = maildir\n}\n", "3: path: found "
	    "nothing, expected the directory of the Maildir" },
	{ ADDR RELAY "mailbox m {\n url = imaps:/host\n}\n", "4: url: found "
	    "\"imaps:/host\", expected imaps://host[:port] or "
	    "imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = imaps://u@host\n}\n", "4: url: "
	    "found \"imaps://...@host\", expected imaps://host[:port] or "
	    "imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = imaps://host:0\n}\n", "4: url: "
	    "found \"imaps://host:0\", expected imaps://host[:port] or "
	    "imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = imaps://host:65536\n}\n", "4: url: "
	    "found \"imaps://host:65536\", expected imaps://host[:port] or "
	    "imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = imaps://host/INBOX\n}\n", "4: url: "
	    "found \"imaps://host/INBOX\", expected imaps://host[:port] or "
	    "imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = \"imaps://me:secret@host\"\n}\n",
	    "4: url: found \"imaps://...@host\", expected "
	    "imaps://host[:port] or imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = \"me:secret@host\"\n}\n",
	    "4: url: found \"...@host\", expected "
	    "imaps://host[:port] or imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = https://host\n}\n", "4: url: "
	    "found \"https://host\", expected imaps://host[:port] or "
	    "imap://host[:port]" },
	{ ADDR RELAY "mailbox m {\n url = imap://mail.example\n"
	    " cleartext = true\n}\n", "5: cleartext: found true for host "
	    "mail.example, expected a loopback host" },
	{ ADDR RELAY "mailbox m {\n url = imap://mail.example\n resolve = "
	    "other.example:143:127.0.0.1\n cleartext = true\n}\n", "6: "
	    "cleartext: found true for host mail.example, expected a loopback "
	    "host" },
	{ ADDR RELAY "mailbox m {\n url = imaps://localhost\n"
	    " cleartext = true\n}\n", "5: cleartext: found true with "
	    "imaps://, expected imap://" },
	{ ADDR RELAY "mailbox m {\n url = imaps://h.example\n}\n", "3: user: "
	    "found nothing, expected the name to log in with" },
	{ ADDR RELAY "mailbox m {\n url = imaps://h.example\n user = u\n}\n",
	    "3: password-file: found nothing, expected the file of the "
	    "password" },
	{ ADDR RELAY "mailbox m {\n url = imaps://h.example\n user = u\n auth "
	    "= xoauth2\n}\n", "3: oauth2: found neither token-url nor "
	    "token-file, expected one of them for xoauth2" },
	{ ADDR RELAY "mailbox m {\n url = imaps://h.example\n user = u\n auth "
	    "= xoauth2\n oauth2 {\n token-url = http://h.example/t } }\n",
	    "8: token-url: found \"http://h.example/t\", expected "
	    "https://host[:port]/path" },
	{ ADDR RELAY "mailbox m {\n url = imaps://h.example\n user = u\n auth "
	    "= xoauth2\n oauth2 {\n token-url = https://h.example/t } }\n",
	    "7: client-id: found nothing, expected our identifier at "
	    "token-url" },
	{ ADDR RELAY "mailbox m {\n kind = maildir\n path = x\n after = move"
	    "\n}\n", "3: move-to: found nothing, expected the folder to move "
	    "to" },
	{ ADDR MDIR "relay r {\n}\n", "4: url: found nothing, expected "
	    "smtps://host[:port] or smtp://host[:port]" },
	{ ADDR MDIR "relay r {\n url = smtp://h.example\n maildir = x\n}\n",
	    "6: maildir: found with url, expected one of them" },
	{ ADDR MDIR "relay r {\n url = smtp://192.0.2.1\n cleartext = yes\n}"
	    "\n", "6: cleartext: found true for host 192.0.2.1, expected a "
	    "loopback host" },
	{ ADDR MDIR "relay r {\n url = smtp://h.example\n auth = login\n}\n",
	    "4: user: found nothing, expected the name to log in with" },
	{ GOOD "role Team {\n mail = {a@b.example} }\n", "5: role: found "
	    "\"Team\", expected a name of a-z, 0-9, _ and -" },
	{ GOOD "role parts {\n mail = {a@b.example} }\n", "5: role: found "
	    "\"parts\", which has a meaning of its own, expected another "
	    "name" },
	{ GOOD "\nrole team {\n label = x }\n", "6: role: found no way to "
	    "reach \"team\", expected mail, http, phone or fax" },
	{ GOOD "role team {\n mail = {a@b.example}\n deputy = boss }\n",
	    "7: deputy: found \"boss\", expected the name of a role in this "
	    "file" },
	{ GOOD "role team {\n mail = {a@b.example}\n deputy = team }\n",
	    "7: deputy: found the role itself, expected another role" },
	{ GOOD "role n {\n http {\n timeout = 3 } }\n", "6: url: found "
	    "nothing, expected https://host[:port]/path" },
	{ GOOD "role n {\n http {\n url = http://h.example/ } }\n", "7: url: "
	    "found \"http://h.example/\", expected https://host[:port]/path" },
	{ GOOD "role n {\n http {\n url = http://h.example/\n cleartext = on "
	    "} }\n", "8: cleartext: found true for host h.example, expected a "
	    "loopback host" },
	{ GOOD "role n {\n http {\n url = https://h.example/\n cert-file = c "
	    "} }\n", "6: key-file: found nothing, expected it beside "
	    "cert-file" },
	{ GOOD "role n {\n http {\n url = https://h.example/\n"
	    " number-pointer = case } }\n", "8: number-pointer: found "
	    "\"case\", expected a JSON pointer like /case/number" },
	{ GOOD "domain = Agency.example\n", "5: domain: found "
	    "\"Agency.example\", expected one that people's mails do not "
	    "come from, like tocsin.Agency.example" },
	{ GOOD "own-domains = {a.example, b.example}\ndomain = b.example\n",
	    "6: domain: found \"b.example\", expected one that people's "
	    "mails do not come from, like tocsin.b.example" },
	{ GOOD "authority = both\n", "5: authority: found both without "
	    "authserv-ids, expected the names of trusted servers there" },
	{ ADDR BOX RELAY "authority = address\n", "5: authority: found "
	    "address with mailbox \"main\" on host mail.agency.example, "
	    "expected token, auth-results, both or either" },
};

static void
bad_files_say_where_and_what(void **unused)
{
	char		 want[512];
	const char	*file;
	struct conf	*c;
	struct err	 err;

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		file = put("tocsin.conf", bad[i].text, strlen(bad[i].text),
		    0644);
		(void)snprintf(want, sizeof(want), "%s:%s", file, bad[i].want);
		err.text[0] = '\0';
		if (conf_load(file, &c, &err) != RC_REFUSED)
			fail_msg("accepted: %s", bad[i].text);
		if (strcmp(err.text, want) != 0)
			fail_msg("%s\ngot:  %s\nwant: %s", bad[i].text,
			    err.text, want);
		assert_null(c);
	}
}

static struct conf *
load(const char *text)
{
	struct conf	*c;
	struct err	 err;

	if (conf_load(put("tocsin.conf", text, strlen(text), 0644), &c,
	    &err) != RC_OK)
		fail_msg("refused: %s", err.text);
	return c;
}

static void
defaults_are_there(void **unused)
{
	struct conf	*c = load(GOOD "role team { mail = {t@b.example} }\n");
	char		 path[256];

	(void)unused;
	assert_string_equal(c->address, "incident@agency.example");
	assert_string_equal(c->domain, "tocsin.agency.example");
	assert_string_equal(c->agency, "agency.example");
	assert_string_equal(c->agency_en, "agency.example");
	assert_null(c->bounce_address);
	assert_int_equal(c->own_domains.n, 1);
	assert_string_equal(c->own_domains.v[0], "agency.example");
	assert_string_equal(c->state_dir, "/var/lib/tocsin");
	assert_string_equal(c->store, "sqlite:/var/lib/tocsin/tocsin.db");
	assert_string_equal(c->policy, "taipei-2007");
	assert_string_equal(c->authority, "token");
	assert_int_equal(c->log, LOG_L_INFO);
	assert_int_equal(c->token_days, 180);
	assert_int_equal(c->plus_addressing, 0);
	assert_int_equal(c->mail_max, 25 * 1024 * 1024);
	assert_int_equal(c->reader_memory, 256 * 1024 * 1024);
	assert_int_equal(c->reader_seconds, 2);
	assert_int_equal(c->couriers, 2);
	assert_int_equal(c->give_up, 432000);
	assert_string_equal(c->user_reader, "nobody");
	assert_int_equal(c->n_mailboxes, 1);
	assert_string_equal(c->mailboxes[0].name, "main");
	assert_int_equal(c->mailboxes[0].kind, MAILBOX_MAILDIR);
	(void)snprintf(path, sizeof(path), "%s/in", dir);
	assert_string_equal(c->mailboxes[0].path, path);
	assert_string_equal(c->mailboxes[0].folder, "INBOX");
	assert_int_equal(c->mailboxes[0].idle, 1);
	assert_int_equal(c->mailboxes[0].poll, 60);
	assert_int_equal(c->mailboxes[0].since, 0);
	assert_int_equal(c->mailboxes[0].after, AFTER_FLAG);
	assert_int_equal(c->relays[0].timeout, 120);
	assert_int_equal(c->roles[0].http.timeout, 30);
	assert_null(c->roles[0].http.url);
	assert_string_equal(c->roles[0].label, "team");
	assert_string_equal(c->roles[0].lang, "zh-TW+en");
	conf_free(&c);
	assert_null(c);
}

static void
everything_is_read(void **unused)
{
	struct conf	*c = load("\xef\xbb\xbf# BOM\n"
	    "address = a@b.example // who\n"
	    "address-name = '資安 \"通報\"'\n"
	    "store = x.db\nlog = debug\nmail-max = 64K\n"
	    "units = {\"機要組\", \"總務組\",\n\"秘書組\"}\n"
	    "units += {\"政風室\"}\nstate-dir = state\n"
	    "mailbox one { url = \"imap://[::1]:1143\"\n cleartext = true\n"
	    " auth = none }\n"
	    "mailbox two { url = imaps://mail.example:993\n user = u\n"
	    " resolve = mail.example:993:127.0.0.1\n auth = xoauth2\n"
	    " oauth2 { token-file = cred:tok }\n after = move\n"
	    " move-to = Done\n since = 2026-11-01 }\n"
	    "relay r1 { url = smtps://h.example }\n"
	    "relay r2 { url = smtp://127.0.0.9:25\n cleartext = yes }\n"
	    "role ncert { label = 應變中心\n members = {x@y.example}\n"
	    " number-pattern = 'N-\\d+'\n"
	    " http { url = 'https://g.example/a?b=c'\n timeout = 9\n"
	    "  oauth2 { token-url = https://t.example/t\n client-id = i\n"
	    "   client-secret-file = s } } }\n"
	    "role team { mail = {t@b.example}\n deputy = ncert }\n");
	char		 path[256];

	(void)unused;
	assert_string_equal(c->address_name, "資安 \"通報\"");
	(void)snprintf(path, sizeof(path), "sqlite:%s/x.db", dir);
	assert_string_equal(c->store, path);
	(void)snprintf(path, sizeof(path), "%s/state", dir);
	assert_string_equal(c->state_dir, path);
	assert_int_equal(c->log, LOG_L_DEBUG);
	assert_int_equal(c->mail_max, 65536);
	assert_int_equal(c->units.n, 4);
	assert_string_equal(c->units.v[3], "政風室");
	assert_int_equal(c->n_mailboxes, 2);
	assert_string_equal(c->mailboxes[1].name, "two");
	assert_int_equal(c->mailboxes[1].auth, AUTH_XOAUTH2);
	assert_string_equal(c->mailboxes[1].oauth2.token_file, "cred:tok");
	assert_int_equal(c->mailboxes[1].after, AFTER_MOVE);
	assert_int_equal(c->mailboxes[1].since, 1793491200);
	assert_int_equal(c->n_relays, 2);
	assert_string_equal(c->relays[0].name, "r1");
	assert_int_equal(c->relays[1].cleartext, 1);
	assert_string_equal(c->roles[0].number_pattern, "N-\\d+");
	assert_string_equal(c->roles[0].label_en, "應變中心");
	assert_int_equal(c->roles[0].http.timeout, 9);
	assert_string_equal(c->roles[0].http.oauth2.client_id, "i");
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	assert_string_equal(c->roles[0].http.oauth2.client_secret_file, path);
	assert_ptr_equal(conf_role(c, "team"), &c->roles[1]);
	assert_null(conf_role(c, "none"));
	assert_ptr_equal(conf_role_of(c, "X@Y.example"), &c->roles[0]);
	assert_null(conf_role_of(c, "z@y.example"));
	assert_int_equal(conf_role_holds(&c->roles[1], "t@b.example"), 1);
	assert_int_equal(conf_role_holds(&c->roles[1], "x@y.example"), 0);
	conf_free(&c);
}

static void
address_authority_only_on_loopback(void **unused)
{
	struct conf	*c;

	(void)unused;
	c = load(GOOD "authority = address\n");
	conf_free(&c);
	c = load(ADDR RELAY "authority = address\nmailbox m {\n"
	    " url = imaps://imap.test:993\n user = u\n password-file = p\n"
	    " resolve = \"imap.test:993:[::1]\"\n}\n");
	conf_free(&c);
}

static void
missing_file_is_named(void **unused)
{
	struct conf	*c;
	struct err	 err;

	(void)unused;
	assert_int_equal(conf_load("/nonexistent/x.conf", &c, &err),
	    RC_REFUSED);
	assert_string_equal(err.text,
	    "/nonexistent/x.conf: No such file or directory");
}

/* --- sample and manual, from the table --- */

static void
collect(void *arg, const char *line)
{
	(void)buf_puts(arg, line);
	(void)buf_putc(arg, '\n');
}

static void
sample_loads_and_has_every_key(void **unused)
{
	const struct conf_key	*keys;
	struct conf		*c;
	struct buf		 b, man;
	char			 line[128];
	size_t			 n;

	(void)unused;
	buf_init(&b, 1 << 20);
	buf_init(&man, 1 << 20);
	conf_sample(collect, &b);
	conf_mdoc(collect, &man);
	assert_int_equal(b.over, 0);
	c = load(b.data);
	assert_string_equal(c->mailboxes[0].name, "incident");
	conf_free(&c);
	keys = conf_keys(&n);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(line, sizeof(line), "%s = ", keys[i].name);
		if (strstr(b.data, line) == NULL)
			fail_msg("not in the sample: %s", keys[i].name);
		(void)snprintf(line, sizeof(line), ".It Ic %s Ar ",
		    keys[i].name);
		if (strstr(man.data, line) == NULL)
			fail_msg("not in the manual: %s", keys[i].name);
		/* A key stands once in its section. */
		for (size_t j = 0; j < i; j++)
			if (keys[i].sec == keys[j].sec &&
			    strcmp(keys[i].name, keys[j].name) == 0)
				fail_msg("twice: %s", keys[i].name);
		if (keys[i].text == NULL || (keys[i].def == NULL &&
		    keys[i].sample == NULL))
			fail_msg("no text or sample: %s", keys[i].name);
	}
	for (char *p = b.data; *p != '\0'; p = strchr(p, '\n') + 1)
		if (strchr(p, '\n') - p > 100)
			fail_msg("long line: %.100s", p);
	buf_free(&b);
	buf_free(&man);
}

/* Each commented-out key, taken in by itself, has a good value. */
static void
sample_values_are_good(void **unused)
{
	struct conf	*c;
	struct buf	 b;
	struct err	 err;
	const char	*file;
	char		*p;
	int		 tried = 0;

	(void)unused;
	buf_init(&b, 1 << 20);
	conf_sample(collect, &b);
	for (p = strchr(b.data, '#'); p != NULL; p = strchr(p + 1, '#')) {
		if (p[1] < 'a' || p[1] > 'z' || strstr(p, " = ") == NULL ||
		    strstr(p, " = ") > strchr(p, '\n') ||
		    (p > b.data && p[-1] != '\n' && p[-1] != '\t'))
			continue;
		*p = ' ';
		file = put("s.conf", b.data, b.len, 0644);
		if (conf_load(file, &c, &err) == RC_OK)
			conf_free(&c);
		else if (strstr(err.text, "found \"") != NULL &&
		    strstr(err.text, "deputy") == NULL)
			fail_msg("%.60s: %s", p, err.text);
		*p = '#';
		tried++;
	}
	assert_true(tried > 50);
	buf_free(&b);
}

/* --- secrets --- */

static void
secrets(void **unused)
{
	static const struct {
		const char	*text;
		size_t		 len;
		mode_t		 mode;
		enum rc		 rc;
		const char	*want;	/* the secret, or the message's end */
	} cases[] = {
		{ "s3cret\n", 7, 0600, RC_OK, "s3cret" },
		{ "s3cret", 6, 0400, RC_OK, "s3cret" },
		{ "with blanks \r\n", 14, 0600, RC_OK, "with blanks " },
		{ "s3cret\n", 7, 0640, RC_REFUSED, ": found mode 0640, "
		    "expected one that only the owner can read, like 0600" },
		{ "s3cret\n", 7, 0604, RC_REFUSED, ": found mode 0604, "
		    "expected one that only the owner can read, like 0600" },
		{ "", 0, 0600, RC_REFUSED, ": found nothing, expected one "
		    "line" },
		{ "\n", 1, 0600, RC_REFUSED, ": found nothing, expected one "
		    "line" },
		{ "a\nb\n", 4, 0600, RC_REFUSED, ": found several lines, "
		    "expected one" },
		{ "a\0b", 3, 0600, RC_REFUSED, ": found several lines, "
		    "expected one" },
		{ "0123456789012345678901234567890123456789", 40, 0600,
		    RC_REFUSED, ": found 40 bytes or more, expected less than "
		    "32" },
	};
	char		 got[32];
	const char	*file;
	struct err	 err;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		file = put("secret", cases[i].text, cases[i].len,
		    cases[i].mode);
		assert_int_equal(secret_read(file, got, sizeof(got), &err),
		    cases[i].rc);
		if (cases[i].rc == RC_OK) {
			assert_string_equal(got, cases[i].want);
			continue;
		}
		assert_string_equal(err.text + strlen(file), cases[i].want);
		assert_null(strstr(err.text, "s3cret"));
	}
	assert_int_equal(secret_read("/nonexistent", got, sizeof(got), &err),
	    RC_REFUSED);
	assert_int_equal(secret_read(dir, got, sizeof(got), &err), RC_REFUSED);
}

static void
secrets_of_systemd(void **unused)
{
	char		got[32];
	struct err	err;

	(void)unused;
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(secret_read("cred:x", got, sizeof(got), &err),
	    RC_REFUSED);
	assert_non_null(strstr(err.text, "$CREDENTIALS_DIRECTORY"));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
	(void)put("tok", "t0ken\n", 6, 0444);
	assert_int_equal(secret_read("cred:tok", got, sizeof(got), &err),
	    RC_OK);
	assert_string_equal(got, "t0ken");
	assert_int_equal(secret_read("cred:../tok", got, sizeof(got), &err),
	    RC_REFUSED);
	assert_int_equal(secret_read("cred:", got, sizeof(got), &err),
	    RC_REFUSED);
}

static int
setup(void **unused)
{
	(void)unused;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **unused)
{
	static const char *const files[] = {
		"tocsin.conf", "s.conf", "secret", "tok"
	};
	char	path[256];

	(void)unused;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_files_say_where_and_what),
		cmocka_unit_test(defaults_are_there),
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(address_authority_only_on_loopback),
		cmocka_unit_test(missing_file_is_named),
		cmocka_unit_test(sample_loads_and_has_every_key),
		cmocka_unit_test(sample_values_are_good),
		cmocka_unit_test(secrets),
		cmocka_unit_test(secrets_of_systemd),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
