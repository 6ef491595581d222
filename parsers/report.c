#include "parsers/report.h"

#include <limits.h>
#include <string.h>

#include "base/civil.h"
#include "parsers/form_set.h"
#include "parsers/limits.h"
#include "parsers/report_keys.h"

#define NOTHING_MAX	32	/* bytes of 不詳 and the like */
#define FAR_MORE	3	/* fields, for one that was taken wrongly */
#define COMMON_LEAST	3	/* fields of two forms that may be compared */
#define UNLIKE_LEAST	2

static const char *const kind_names[KIND_N] = {
#define X(id, name) [KIND_##id] = name,
	MAIL_KINDS(X)
#undef X
};

static const char *const value_names[] = {
	[VALUE_TEXT] = "text",
	[VALUE_LINE] = "line",
	[VALUE_DATETIME] = "datetime",
	[VALUE_DATE] = "date",
	[VALUE_PHONE] = "phone",
	[VALUE_CHOICE] = "choice",
	[VALUE_NUMBER] = "number",
	[VALUE_BOOL] = "bool",
	[VALUE_PERSON] = "person",
};

const char *
mail_kind_name(enum mail_kind k)
{
	return (unsigned)k < KIND_N ? kind_names[k] : "?";
}

int
mail_kind_parse(const char *s, enum mail_kind *k)
{
	for (int i = 0; i < KIND_N; i++)
		if (s != NULL && strcmp(s, kind_names[i]) == 0) {
			*k = (enum mail_kind)i;
			return 0;
		}
	return -1;
}

const char *
report_value_name(enum value_kind k)
{
	return (unsigned)k <= VALUE_PERSON ? value_names[k] : "text";
}

int
report_value_parse(const char *s, enum value_kind *k)
{
	for (int i = 0; i <= VALUE_PERSON; i++)
		if (s != NULL && strcmp(s, value_names[i]) == 0) {
			*k = (enum value_kind)i;
			return 0;
		}
	return -1;
}

const struct field *
report_field(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return &r->fields[i];
	return NULL;
}

const struct field *
report_known(const struct report *r, const char *name)
{
	const struct field	*f = report_field(r, name);

	return f != NULL && f->known ? f : NULL;
}

const struct field *
report_given(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].raw != NULL &&
		    strcmp(r->fields[i].name, name) == 0)
			return &r->fields[i];
	return NULL;
}

const char *
report_language(const struct report *r)
{
	const char	*texts[] = { r->own_text, r->subject };
	int		 any = 0;

	for (size_t i = 0; i < 2; i++)
		for (const unsigned char *p = (const unsigned char *)texts[i];
		    p != NULL && *p != '\0'; p++) {
			if (*p >= 0xe4 && *p <= 0xe9)
				return "zh-TW";
			any |= (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z';
		}
	/* what is encrypted is not known; a few letters outside tell nothing */
	return any && !r->encrypted ? "en" : "zh-TW";
}

int
report_opens_case(const struct report *r)
{
	return report_field(r, "description") != NULL ||
	    report_field(r, "occurred_at") != NULL;
}

int
report_tells(const struct report *r)
{
	const struct field	*what = report_field(r, "description");
	const struct field	*when = report_field(r, "occurred_at");

	return (what != NULL && what->raw != NULL) ||
	    (when != NULL && when->raw != NULL);
}

static void
drop_found(struct report *r)
{
	size_t	n = 0;

	for (size_t i = 0; i < r->n_missing; i++)
		if (report_known(r, r->missing[i]) == NULL)
			r->missing[n++] = r->missing[i];
	r->n_missing = n;
}

void
report_forget_form(struct report *r)
{
	r->form = NULL;
	r->fields = NULL;
	r->n_fields = 0;
	r->missing = NULL;
	r->n_missing = 0;
	r->whole = 0;
	r->another = NULL;
}

void
report_fill(struct arena *a, struct report *r, const struct report *other)
{
	struct field	*all = arena_array(a, r->n_fields + other->n_fields,
			    sizeof(*all));
	size_t		 n = r->n_fields, at;

	if (n > 0)
		memcpy(all, r->fields, n * sizeof(*all));
	for (size_t i = 0; i < other->n_fields; i++) {
		const struct field	*f = &other->fields[i];

		for (at = 0; at < n && strcmp(all[at].name, f->name) != 0;
		    at++)
			;
		if (f->raw == NULL || (at < n && all[at].raw != NULL))
			continue;
		all[at] = *f;
		n += at == n;
	}
	r->fields = all;
	r->n_fields = n;
	drop_found(r);
}

/* Is it one of the words, without what may stand around it? */
static int
says_one_of(struct arena *a, const char *raw, const char *const *words)
{
	size_t	 n;
	char	*s;

	if (strlen(raw) > NOTHING_MAX)
		return 0;
	s = form_dense(a, raw, strlen(raw), &n);
	while (n > 0 && (s[n - 1] == '.' || s[n - 1] == ',' ||
	    s[n - 1] == ')'))
		s[--n] = '\0';
	if (n >= 3 && memcmp(s + n - 3, "。", 3) == 0)
		s[n - 3] = '\0';
	s += *s == '(';
	for (; *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return 1;
	return 0;
}

int
report_says_unknown(struct arena *a, const char *raw)
{
	static const char *const words[] = {
		"無", "无", "不詳", "不详", "不明", "不知", "不知道", "未知",
		"待查", "n/a", "na", "none", "unknown", "nil", "沒有", NULL
	};

	return says_one_of(a, raw, words);
}

int
report_says_nothing(struct arena *a, const char *raw)
{
	static const char *const words[] = {
		"免填", "略", "x", "?", "??",
		"同上", "如下", "如後", "詳如下", "詳下", "如下述", "如下所述",
		"如下说明", "如下說明", "如附", "如附件", "如附檔", "詳如附件",
		"詳附件", "詳見附件", "見附件", "請見附件",
		"同寄件人", "同寄件者", "如寄件人", "如寄件者", "同發信人",
		"本人", "如簽名檔", "同簽名檔", "見簽名檔", NULL
	};

	return report_says_unknown(a, raw) || says_one_of(a, raw, words);
}

int
report_filled_in(const struct report *r, const char *form)
{
	if (r->form == NULL || strncmp(r->form, form, strlen(form)) != 0)
		return 0;
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].raw != NULL)
			return 1;
	return 0;
}

/* The whole begins with the part, blanks and newlines aside, and goes on. */
static int
goes_on(const char *whole, const char *part)
{
	for (;;) {
		whole += strspn(whole, " \t\n");
		part += strspn(part, " \t\n");
		if (*part == '\0')
			return *whole != '\0';
		if (*whole++ != *part++)
			return 0;
	}
}

int
report_says_more(const struct report *r, const struct report *than)
{
	const struct field	*f;
	size_t			 had = 0, has = 0, lost = 0;
	int			 longer = 0;

	for (size_t i = 0; i < r->n_fields; i++)
		has += r->fields[i].known != 0;
	for (size_t i = 0; i < than->n_fields; i++) {
		if (!than->fields[i].known)
			continue;
		had++;
		f = report_field(r, than->fields[i].name);
		if (f == NULL || !f->known)
			lost++;
		else
			longer |= f->kind == VALUE_TEXT &&
			    goes_on(f->text, than->fields[i].text);
	}
	if (lost > 0)
		return has >= had + FAR_MORE;
	return has > had || longer;
}

/* Without blanks, also those of pages and of Chinese, and marks of quotes. */
static char *
squeeze(struct arena *a, const char *s)
{
	static const char	nbsp[] = "\xc2\xa0", wide[] = "\xe3\x80\x80";
	char			*out = arena_alloc(a, strlen(s) + 1), *o = out;

	while (*s != '\0') {
		if ((unsigned char)*s <= ' ' || *s == '>')
			s++;
		else if (strncmp(s, nbsp, sizeof(nbsp) - 1) == 0)
			s += sizeof(nbsp) - 1;
		else if (strncmp(s, wide, sizeof(wide) - 1) == 0)
			s += sizeof(wide) - 1;
		else
			*o++ = *s++;
	}
	*o = '\0';
	return out;
}

int
report_quotes(struct arena *a, const struct report *r, const char *text,
    const char *own)
{
	const char	*raw;

	text = squeeze(a, text);
	own = squeeze(a, own);
	for (size_t i = 0; i < r->n_fields; i++) {
		if (r->fields[i].raw == NULL)
			continue;
		raw = squeeze(a, r->fields[i].raw);
		if (strstr(own, raw) == NULL && strstr(text, raw) != NULL)
			return 1;
	}
	return 0;
}

/* A phone is written as one likes, who sends a form again does so later, and
 * of two accounts one may be an extract. */
static int
is_same(struct arena *a, const struct field *f, const struct field *g)
{
	const char	*one, *two;

	if (strcmp(f->name, "reported_at") == 0)
		return 1;
	if (f->kind == VALUE_DATETIME && g->kind == VALUE_DATETIME)
		return f->time == g->time;
	if (f->kind == VALUE_PHONE || f->kind == VALUE_DATE)
		return 1;
	one = squeeze(a, f->raw);
	two = squeeze(a, g->raw);
	return strstr(one, two) != NULL || strstr(two, one) != NULL;
}

int
report_differs(struct arena *a, const struct report *r,
    const struct report *other)
{
	const struct field	*f, *g;
	size_t			 common = 0, unlike = 0;
	int			 account = 0;

	for (size_t i = 0; i < r->n_fields; i++) {
		f = &r->fields[i];
		g = report_known(other, f->name);
		if (!f->known || f->raw == NULL || g == NULL || g->raw == NULL)
			continue;
		common++;
		if (is_same(a, f, g))
			continue;
		unlike++;
		account |= f->kind == VALUE_TEXT || f->kind == VALUE_DATETIME;
	}
	return common >= COMMON_LEAST && unlike >= UNLIKE_LEAST && account;
}
