#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "incident/authority.h"

#define NOW	INT64_C(1180575000)
#define LATER	(NOW + 86400)
#define NUMBER	"CSI-20070531-0001"
#define HSU	"jianguo.hsu@secretariat.example"
#define LIST	"csteam@secretariat.example"
#define WANG	"ming.wang@secretariat.example"

static const unsigned char	key[TOKEN_KEY] = "0123456789abcdef0123456789abcde";
static const unsigned char	other_key[TOKEN_KEY] = "x";
static struct arena		*a;
static struct conf		 conf;

static const char *team_mail[] = { LIST }, *team_members[] = { HSU };
static const char *ciso_mail[] = { "boss@secretariat.example" };
static const char *servers[] = { "mx.secretariat.example" };
static struct conf_role roles[] = {
	{ .name = "team", .mail = { 1, team_mail },
	    .members = { 1, team_members } },
	{ .name = "ciso", .mail = { 1, ciso_mail } },
};

static int
setup(void **unused)
{
	(void)unused;
	a = arena_new();
	conf = (struct conf){ .address = "incident@secretariat.example",
	    .domain = "incident.secretariat.example", .authority = "token",
	    .authserv_ids = { 1, servers }, .roles = roles, .n_roles = 2 };
	return 0;
}

static int
teardown(void **unused)
{
	(void)unused;
	arena_free(&a);
	return 0;
}

static void
token_fits_where_it_was_sent(void **unused)
{
	const char	*verbs, *t;
	struct err	 err;

	(void)unused;
	t = token_make(a, key, NUMBER, LIST, "*", LATER);
	assert_int_equal(strlen(t), 48);
	assert_int_equal(strspn(t, "abcdefghijklmnopqrstuvwxyz0123456789"),
	    48);
	assert_int_equal(token_check(a, key, t, NUMBER, LIST, NOW, &verbs,
	    &err), RC_OK);
	assert_string_equal(verbs, "*");
	assert_int_equal(token_check(a, key, t, NUMBER,
	    "CSTeam@Secretariat.Example", LATER, &verbs, &err), RC_OK);
	t = token_make(a, key, NUMBER, WANG, "meeting,supplement,nonsense",
	    LATER);
	assert_int_equal(token_check(a, key, t, NUMBER, WANG, NOW, &verbs,
	    &err), RC_OK);
	assert_string_equal(verbs, "supplement,meeting");
}

static void
token_fits_nowhere_else(void **unused)
{
	const char	*good = token_make(a, key, NUMBER, LIST, "*", LATER);
	const char	*verbs;
	struct err	 err;
	const struct {
		const char		*what, *token, *number, *addr;
		const unsigned char	*k;
		int64_t			 now;
	} cases[] = {
		{ "other incident", good, "CSI-20070531-0002", LIST, key, NOW },
		{ "other address", good, NUMBER, HSU, key, NOW },
		{ "other key", good, NUMBER, LIST, other_key, NOW },
		{ "expired", good, NUMBER, LIST, key, LATER + 1 },
		{ "empty", "", NUMBER, LIST, key, NOW },
		{ "short", good + 1, NUMBER, LIST, key, NOW },
		{ "wrong letters", "111111111111111111111111111111111111111111"
		    "111111", NUMBER, LIST, key, NOW },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (token_check(a, cases[i].k, cases[i].token, cases[i].number,
		    cases[i].addr, cases[i].now, &verbs, &err) != RC_REFUSED ||
		    verbs != NULL)
			fail_msg("%s: was taken", cases[i].what);
}

static void
every_changed_letter_is_seen(void **unused)
{
	char		*t = token_make(a, key, NUMBER, LIST, "level", LATER);
	const char	*verbs;
	struct err	 err;

	(void)unused;
	for (size_t i = 0; t[i] != '\0'; i++) {
		char	old = t[i];

		t[i] = old == 'a' ? 'b' : 'a';
		if (token_check(a, key, t, NUMBER, LIST, NOW, &verbs, &err) !=
		    RC_REFUSED)
			fail_msg("letter %zu may be changed", i);
		t[i] = old;
	}
}

/* --- the judge ---------------------------------------------------------------- */

static struct report
mail(const char *from)
{
	return (struct report){ .kind = KIND_REPLY, .from_addr = from };
}

static struct authority
judged(const struct report *r)
{
	struct authority	who;

	authority_judge(&conf, key, r, NUMBER, WANG, NULL, NOW, a, &who);
	return who;
}

static const char *
id_with(const char *token)
{
	return arena_printf(a, "<%s.00ff.46x@incident.secretariat.example>",
	    token);
}

static void
judge_by_token(void **unused)
{
	struct report	 r = mail(HSU);
	const char	*refs[2], *to[1], *t;
	struct authority who;

	(void)unused;
	/* sent to the team's mailbox, answered by a member from his own */
	t = token_make(a, key, NUMBER, LIST, "*", LATER);
	r.in_reply_to = id_with(t);
	who = judged(&r);
	assert_string_equal(who.role, "team");
	assert_true(who.trusted);
	assert_string_equal(who.verbs, "*");
	/* in the references only, and in the recipients only */
	refs[0] = id_with(t);
	refs[1] = "<s06@secretariat.example>";
	r = mail(HSU);
	r.references = refs;
	r.n_references = 2;
	assert_true(judged(&r).trusted);
	to[0] = arena_printf(a, "incident+%s@secretariat.example", t);
	r = mail(HSU);
	r.recipients = to;
	r.n_recipients = 1;
	assert_true(judged(&r).trusted);
	/* the reporter's token is good for what it says */
	r = mail(WANG);
	r.in_reply_to = id_with(token_make(a, key, NUMBER, WANG, "supplement",
	    LATER));
	who = judged(&r);
	assert_string_equal(who.role, "reporter");
	assert_true(who.trusted);
	assert_string_equal(who.verbs, "supplement");
}

static void
judge_refuses(void **unused)
{
	const char	*wang = token_make(a, key, NUMBER, WANG, "*", LATER);
	const char	*team = token_make(a, key, NUMBER, LIST, "*", LATER);
	const char	*replay = token_make(a, key, "CSI-20070531-0009", LIST,
			    "*", LATER);
	const char	*old = token_make(a, key, NUMBER, LIST, "*", NOW - 1);
	const struct {
		const char	*what, *from, *id, *role;
	} cases[] = {
		{ "no token", HSU, NULL, "team" },
		{ "the reporter's token", HSU, id_with(wang), "team" },
		{ "another incident's", HSU, id_with(replay), "team" },
		{ "expired", HSU, id_with(old), "team" },
		{ "the team's token in a stranger's hand",
		    "x@evil.example", id_with(team), "other" },
		{ "the team's token in the reporter's", WANG, id_with(team),
		    "reporter" },
		{ "another domain's id", HSU, arena_printf(a,
		    "<%s.0.0@evil.example>", team), "team" },
		{ "the CISO with the team's", "boss@secretariat.example",
		    id_with(team), "ciso" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report	 r = mail(cases[i].from);
		struct authority who;

		r.in_reply_to = cases[i].id;
		who = judged(&r);
		if (who.trusted || who.why == NULL || who.verbs != NULL)
			fail_msg("%s: trusted", cases[i].what);
		if (strcmp(who.role, cases[i].role) != 0)
			fail_msg("%s: got role %s", cases[i].what, who.role);
	}
}

static void
judge_by_authentication_results(void **unused)
{
#define MX	"mx.secretariat.example"
	static const struct { const char *header; int want; } cases[] = {
		{ MX "; dkim=pass header.d=secretariat.example", 1 },
		{ MX " 1; spf=fail smtp.mailfrom=x@evil.example;\r\n dkim=pass "
		    "(2048-bit key) header.i=@secretariat.example "
		    "header.d=Secretariat.Example", 1 },
		{ "MX.Secretariat.Example; dmarc=pass (p=reject) "
		    "header.from=secretariat.example", 1 },
		{ MX "; spf=pass smtp.mailfrom=" HSU, 1 },
		{ MX "; dkim=pass reason=\"good; signature\" "
		    "header.d=secretariat.example", 1 },
		/* another server's word */
		{ "mx.evil.example; dkim=pass header.d=secretariat.example",
		    0 },
		{ "mx.secretariat.example.evil.example; dkim=pass "
		    "header.d=secretariat.example", 0 },
		{ "(mx.secretariat.example) evil; dkim=pass "
		    "header.d=secretariat.example", 0 },
		/* passed, but for another domain */
		{ MX "; dkim=pass header.d=evil.example", 0 },
		{ MX "; dkim=pass header.d=evilsecretariat.example", 0 },
		{ MX "; dkim=pass header.d=sub.secretariat.example", 0 },
		{ MX "; dkim=pass header.d=example", 0 },
		{ MX "; spf=pass smtp.mailfrom=x@evil.example", 0 },
		{ MX "; dmarc=pass header.from=evil.example", 0 },
		{ MX "; dkim=pass header.i=@secretariat.example", 0 },
		/* did not pass */
		{ MX "; none", 0 },
		{ MX "", 0 },
		{ MX "; dkim=fail header.d=secretariat.example", 0 },
		{ MX "; dkim=passed header.d=secretariat.example", 0 },
		{ MX "; dkim=pass header.d=secretariat.example; dmarc=fail "
		    "header.from=secretariat.example", 0 },
		/* a pass inside a comment or a quoted string is none */
		{ MX "; dkim=fail (dkim=pass header.d=secretariat.example)",
		    0 },
		{ MX "; dkim=fail reason=\"; dkim=pass "
		    "header.d=secretariat.example\" header.d=evil.example", 0 },
		{ MX "; dkim=fail (a (b) \\) ; dkim=pass "
		    "header.d=secretariat.example", 0 },
		{ MX "; x=y header.d=secretariat.example; spf=pass "
		    "smtp.mailfrom=\"" HSU, 0 },
		/* two domains in one result */
		{ MX "; dkim=pass header.d=evil.example "
		    "header.d=secretariat.example", 0 },
	};

	(void)unused;
	conf.authority = "auth-results";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report	 r = mail(HSU);
		const char	*h[2];
		struct authority who;

		h[0] = cases[i].header;
		r.auth_results = h;
		r.n_auth_results = 1;
		who = judged(&r);
		if (who.trusted != cases[i].want || who.why == NULL)
			fail_msg("%s: got %d (%s)", cases[i].header,
			    who.trusted, who.why);
	}
}

static void
only_the_topmost_header_counts(void **unused)
{
	struct report	 r = mail(HSU);
	const char	*h[] = { "mx.other.example; spf=pass smtp.mailfrom=" HSU,
			    MX "; dkim=pass header.d=secretariat.example" };

	(void)unused;
	conf.authority = "auth-results";
	r.auth_results = h;
	r.n_auth_results = 2;
	assert_false(judged(&r).trusted);
	r.auth_results = h + 1;
	r.n_auth_results = 1;
	assert_true(judged(&r).trusted);
}

static void
both_and_either(void **unused)
{
	static const struct {
		const char	*mode;
		int		 token, auth, want;
	} cases[] = {
		{ "both", 1, 1, 1 }, { "both", 1, 0, 0 }, { "both", 0, 1, 0 },
		{ "either", 1, 0, 1 }, { "either", 0, 1, 1 },
		{ "either", 0, 0, 0 }, { "token", 0, 1, 0 },
		{ "auth-results", 1, 0, 0 }, { "address", 0, 0, 1 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report	 r = mail(HSU);
		const char	*h[] = { MX "; dkim=pass "
				    "header.d=secretariat.example" };
		struct authority who;

		conf.authority = cases[i].mode;
		if (cases[i].token)
			r.in_reply_to = id_with(token_make(a, key, NUMBER, HSU,
			    "level", LATER));
		r.auth_results = h;
		r.n_auth_results = (size_t)cases[i].auth;
		who = judged(&r);
		if (who.trusted != cases[i].want)
			fail_msg("%s token=%d auth=%d: got %d", cases[i].mode,
			    cases[i].token, cases[i].auth, who.trusted);
		if (who.why == NULL)
			fail_msg("%s: no word why", cases[i].mode);
	}
}

/* Whose proof it is, whatever the From says; and a From that says two. */
static void
the_holder_of_the_proof(void **unused)
{
	struct report	 r = mail(HSU);
	const char	*h[] = { MX "; dkim=pass header.d=secretariat.example" };

	(void)unused;
	conf.authority = "token";
	r.in_reply_to = id_with(token_make(a, key, NUMBER, LIST, "*", LATER));
	assert_string_equal(judged(&r).holder, LIST);
	/* his own counts before the one of his role */
	r.references = (const char *[]){ r.in_reply_to, id_with(token_make(a,
	    key, NUMBER, HSU, "level", LATER)) };
	r.n_references = 2;
	assert_string_equal(judged(&r).holder, HSU);
	assert_string_equal(judged(&r).verbs, "level");
	conf.authority = "both";
	r.n_references = 0;
	r.auth_results = h;
	r.n_auth_results = 1;
	assert_string_equal(judged(&r).holder, HSU);
	r.from_doubtful = 1;
	assert_false(judged(&r).trusted);
	assert_null(judged(&r).holder);
	assert_string_equal(judged(&r).why, "more than one sender address");
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(token_fits_where_it_was_sent), T(token_fits_nowhere_else),
		T(every_changed_letter_is_seen), T(judge_by_token),
		T(judge_refuses), T(judge_by_authentication_results),
		T(only_the_topmost_header_counts), T(both_and_either),
		T(the_holder_of_the_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
