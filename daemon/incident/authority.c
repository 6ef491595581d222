#include "incident/authority.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "incident/authres.h"

/*
 * A token: version (1 byte), expiry (5), verbs (4), MAC (20), in base 32.
 * The incident and the address are under the MAC and not in the token: it
 * fits only where it was sent.
 */
#define TOKEN_VERSION	1
#define PAYLOAD		10
#define MAC		20
#define RAW		(PAYLOAD + MAC)		/* 30 bytes */
#define TEXT		(RAW * 8 / 5)		/* 48 characters */
#define EVERY_VERB	UINT32_C(0xffffffff)
#define TOKENS_MAX	64			/* looked at in one mail */

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static const char *const verbs[] = {
	"supplement", "fields", "level", "status", "confirm", "meeting",
	"forensic", "review"
};
#define NVERBS	(sizeof(verbs) / sizeof(verbs[0]))

static uint32_t
verbs_bits(const char *s)
{
	uint32_t	bits = 0;

	while (*s != '\0') {
		size_t	n = strcspn(s, ",");

		if (n == 1 && *s == '*')
			bits = EVERY_VERB;
		for (size_t i = 0; i < NVERBS; i++)
			if (strlen(verbs[i]) == n &&
			    strncmp(verbs[i], s, n) == 0)
				bits |= UINT32_C(1) << i;
		s += n + (s[n] == ',');
	}
	return bits;
}

static const char *
verbs_text(struct arena *a, uint32_t bits)
{
	const char	*s = "";

	if (bits == EVERY_VERB)
		return "*";
	for (size_t i = 0; i < NVERBS; i++)
		if (bits & UINT32_C(1) << i)
			s = arena_printf(a, "%s%s%s", s, *s != '\0' ? "," : "",
			    verbs[i]);
	return s;
}

static void
hash_text(gnutls_hmac_hd_t h, const char *s, int fold)
{
	char	some[64];
	size_t	n = strlen(s), k;

	for (int i = 0; i < 4; i++)
		some[i] = (char)(n >> (8 * (3 - i)));
	(void)gnutls_hmac(h, some, 4);
	for (; n > 0; n -= k, s += k) {
		k = n < sizeof(some) ? n : sizeof(some);
		for (size_t i = 0; i < k; i++)
			some[i] = fold && s[i] >= 'A' && s[i] <= 'Z' ?
			    (char)(s[i] - 'A' + 'a') : s[i];
		(void)gnutls_hmac(h, some, k);
	}
}

/* What begins each MAC, kept for the key in use: to make it is most of the
 * work of a token.  NULL: the library has none. */
static gnutls_hmac_hd_t
keyed(const unsigned char key[TOKEN_KEY])
{
	static gnutls_hmac_hd_t	h;
	static unsigned char	of[TOKEN_KEY];

	if (h != NULL && gnutls_memcmp(of, key, TOKEN_KEY) == 0)
		return h;
	if (h != NULL)
		gnutls_hmac_deinit(h, NULL);
	h = NULL;
	if (gnutls_hmac_init(&h, GNUTLS_MAC_SHA256, key, TOKEN_KEY) < 0)
		return NULL;
	memcpy(of, key, TOKEN_KEY);
	return h;
}

/* The MAC over purpose, payload, incident and address. 0, or -1. */
static int
mac(const unsigned char key[TOKEN_KEY], const unsigned char payload[PAYLOAD],
    const char *tracking, const char *addr, unsigned char out[MAC])
{
	unsigned char		full[32];
	gnutls_hmac_hd_t	h = keyed(key);

	if (h == NULL)
		return -1;
	hash_text(h, "tocsin reply token", 0);
	(void)gnutls_hmac(h, payload, PAYLOAD);
	hash_text(h, tracking, 1);
	hash_text(h, addr, 1);
	gnutls_hmac_output(h, full);	/* and it begins anew */
	memcpy(out, full, MAC);
	gnutls_memset(full, 0, sizeof(full));
	return 0;
}

char *
token_make(struct arena *a, const unsigned char key[TOKEN_KEY],
    const char *tracking, const char *addr, const char *want, int64_t expires)
{
	unsigned char	raw[RAW] = { TOKEN_VERSION };
	uint32_t	bits = verbs_bits(want), acc = 0;
	char		text[TEXT + 1];
	size_t		n = 0;
	int		have = 0;

	for (int i = 0; i < 5; i++)
		raw[1 + i] = (unsigned char)((uint64_t)expires >>
		    (8 * (4 - i)));
	for (int i = 0; i < 4; i++)
		raw[6 + i] = (unsigned char)(bits >> (8 * (3 - i)));
	if (mac(key, raw, tracking, addr, raw + PAYLOAD) != 0)
		return arena_strdup(a, "");	/* a token that fits nothing */
	for (size_t i = 0; i < RAW; i++) {
		acc = acc << 8 | raw[i];
		for (have += 8; have >= 5; have -= 5)
			text[n++] = digits[acc >> (have - 5) & 31];
	}
	text[n] = '\0';
	return arena_strdup(a, text);
}

static int
decode(const char *s, unsigned char raw[RAW])
{
	uint32_t	acc = 0;
	size_t		n = 0;
	int		have = 0;

	if (strlen(s) != TEXT)
		return -1;
	for (; *s != '\0'; s++) {
		char		 c = *s >= 'A' && *s <= 'Z' ?
				    (char)(*s - 'A' + 'a') : *s;
		const char	*d = strchr(digits, c);

		if (d == NULL)
			return -1;
		acc = acc << 5 | (uint32_t)(d - digits);
		if ((have += 5) >= 8) {
			have -= 8;
			raw[n++] = (unsigned char)(acc >> have);
		}
	}
	return 0;
}

enum rc
token_check(struct arena *a, const unsigned char key[TOKEN_KEY],
    const char *token, const char *tracking, const char *addr, int64_t now,
    const char **out, struct err *err)
{
	unsigned char	raw[RAW], want[MAC];
	int64_t		expires = 0;
	uint32_t	bits = 0;

	*out = NULL;
	if (decode(token, raw) != 0 || raw[0] != TOKEN_VERSION)
		return err_set(err, RC_REFUSED, "token: not one of ours");
	if (mac(key, raw, tracking, addr, want) != 0)
		return err_set(err, RC_BROKEN, "token: HMAC not available");
	if (gnutls_memcmp(want, raw + PAYLOAD, MAC) != 0)
		return err_set(err, RC_REFUSED, "token: forged, or made for "
		    "another incident or address");
	for (int i = 0; i < 5; i++)
		expires = expires << 8 | raw[1 + i];
	for (int i = 0; i < 4; i++)
		bits = bits << 8 | raw[6 + i];
	if (expires < now)
		return err_set(err, RC_REFUSED, "token: expired");
	*out = verbs_text(a, bits);
	return RC_OK;
}

/* --- who speaks ------------------------------------------------------------ */

struct search {
	const struct conf		*conf;
	const unsigned char		*key;
	const struct report		*r;
	const struct conf_role		*role;	/* or NULL */
	const char			*tracking;
	int64_t				 now;
	struct arena			*a;
	int				 seen, own;
	const char			*verbs;	/* found */
	const char			*holder; /* the token was made for */
	const char			*why;	/* the last that did not do */
};

static void
try_for(struct search *s, const char *token, const char *addr)
{
	const char	*v;
	struct err	 err;

	if (s->verbs != NULL || addr == NULL)
		return;
	if (token_check(s->a, s->key, token, s->tracking, addr, s->now, &v,
	    &err) == RC_OK) {
		s->verbs = v;
		s->holder = addr;
	} else
		s->why = arena_strdup(s->a, err.text);
}

static void
try_token(struct search *s, const char *token)
{
	if (s->seen++ >= TOKENS_MAX)
		return;
	if (s->own) {
		try_for(s, token, s->r->from_addr);
		return;
	}
	for (size_t i = 0; s->role != NULL && i < s->role->mail.n; i++)
		try_for(s, token, s->role->mail.v[i]);
}

/* Every piece of a local part that is as long as a token. */
static void
try_local(struct search *s, const char *local, size_t len)
{
	for (size_t i = 0; i < len && s->verbs == NULL;) {
		size_t	n = 0;

		while (i + n < len && strchr(".+-_=$", local[i + n]) == NULL)
			n++;
		if (n == TEXT)
			try_token(s, arena_strndup(s->a, local + i, n));
		i += n + 1;
	}
}

/* "<...TOKEN...@domain>", where the domain must be ours. */
static void
try_id(struct search *s, const char *id, const char *domain)
{
	const char	*at;
	size_t		 n;

	if (id == NULL || domain == NULL)
		return;
	id += *id == '<';
	if ((at = strrchr(id, '@')) == NULL)
		return;
	n = strcspn(at + 1, ">");
	if (n == strlen(domain) && strncasecmp(at + 1, domain, n) == 0)
		try_local(s, id, (size_t)(at - id));
}

static void
look_through(struct search *s)
{
	const struct report	*r = s->r;
	const char		*own = s->conf->address != NULL ?
				    strrchr(s->conf->address, '@') : NULL;

	s->seen = 0;
	try_id(s, r->in_reply_to, s->conf->domain);
	for (size_t i = r->n_references; i-- > 0 && s->verbs == NULL;)
		try_id(s, r->references[i], s->conf->domain);
	for (size_t i = 0; i < r->n_recipients && s->verbs == NULL; i++)
		if (own != NULL)
			try_id(s, r->recipients[i], own + 1);
}

/*
 * Made for the sender's own address, or else for a mailbox of his role: the
 * team reads its mail at one address and its members answer from theirs.
 */
static void
find_token(struct search *s)
{
	s->own = 1;
	look_through(s);
	s->own = 0;
	if (s->verbs == NULL && s->role != NULL)
		look_through(s);
}

static int
is_reporter(const char *from, const char *addr, const char *cc)
{
	return from != NULL && ((addr != NULL && strcasecmp(from, addr) == 0) ||
	    (cc != NULL && strcasecmp(from, cc) == 0));
}

/* By a token, by the trusted server's word, or by what the house demands. */
static void
judge(struct search *s, struct authority *out)
{
	const char	*mode = s->conf->authority != NULL ?
			    s->conf->authority : "token", *auth_why = NULL;
	int		 need_both = strcmp(mode, "both") == 0, auth = 0;
	int		 by_token = need_both || strcmp(mode, "token") == 0 ||
			    strcmp(mode, "either") == 0;
	int		 by_auth = need_both || strcmp(mode, "either") == 0 ||
			    strcmp(mode, "auth-results") == 0;

	if (strcmp(mode, "address") == 0) {
		out->trusted = 1;
		out->verbs = "*";
		out->holder = s->r->from_addr;
		out->why = "by the address alone, as configured";
		return;
	}
	if (by_token && s->tracking != NULL)
		find_token(s);
	if (by_auth)
		auth = authres_pass(s->conf, s->r, s->a, &auth_why);
	out->trusted = need_both ? auth && s->verbs != NULL :
	    (by_token && s->verbs != NULL) || auth;
	if (out->trusted) {
		out->verbs = s->verbs != NULL ? s->verbs : "*";
		out->holder = auth ? s->r->from_addr : s->holder;
		out->why = s->verbs == NULL ? auth_why : need_both ?
		    "reply token and authentication results" : "reply token";
		return;
	}
	if (by_token && s->verbs == NULL)
		out->why = s->why != NULL ? s->why : "no reply token";
	if (by_auth && !auth && (out->why == NULL || s->verbs != NULL))
		out->why = auth_why;
	else if (by_auth && !auth)
		out->why = arena_printf(s->a, "%s; %s", out->why, auth_why);
}

void
authority_judge(const struct conf *conf, const unsigned char key[TOKEN_KEY],
    const struct report *r, const char *tracking, const char *reporter_addr,
    const char *reporter_cc, int64_t now, struct arena *a,
    struct authority *out)
{
	struct search	s = { .conf = conf, .key = key, .r = r,
			    .tracking = tracking, .now = now, .a = a };

	*out = (struct authority){ .role = "other" };
	if (r->from_addr == NULL) {
		out->why = "no sender address";
		return;
	}
	s.role = conf_role_of(conf, r->from_addr);
	if (s.role != NULL)
		out->role = s.role->name;
	else if (is_reporter(r->from_addr, reporter_addr, reporter_cc))
		out->role = "reporter";
	else {
		out->why = "the address holds no role";
		return;
	}
	if (r->from_doubtful) {
		out->why = "more than one sender address";
		return;
	}
	judge(&s, out);
}
