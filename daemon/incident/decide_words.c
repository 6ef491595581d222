/*
 * decide_words - lines of a mail's own text that begin with a command word of
 * the policy.
 */
#include "incident/decide_draft.h"

#include <string.h>
#include <strings.h>

#define WORD_LINES_MAX	32
#define LINE_MAX_BYTES	300		/* of one that is kept in records */
#define MINUTES_SHORT	60		/* bytes that may say when they come */

/* What may stand between a command and its argument. */
static size_t
delimiter(const char *s)
{
	static const char *const wide[] = {
		"\xe3\x80\x80" /* ideographic space */, "：", "，", "。", "、",
		"；", "（", "！", "—", "－"
	};
	unsigned char	c = (unsigned char)*s;

	if (c == ' ' || c == '\t' || (c != '\0' && strchr(":,.;!-([", c)))
		return 1;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(s, wide[i], strlen(wide[i])) == 0)
			return strlen(wide[i]);
	return 0;
}

static const char *
skip(const char *s)
{
	size_t	n;

	while ((n = delimiter(s)) > 0)
		s += n;
	return s;
}

/* The argument when the line begins with the word, or NULL. */
static const char *
begins(const char *line, const char *word)
{
	size_t		 n = strlen(word);
	unsigned char	 next;

	if (strncasecmp(line, word, n) != 0)
		return NULL;
	next = (unsigned char)line[n];
	if (next == '\0' || delimiter(line + n) > 0)
		return skip(line + n);
	/* A number may follow a Chinese word directly: 併案CSI-... */
	if ((unsigned char)word[n - 1] >= 0x80 && next < 0x80)
		return line + n;
	return NULL;
}

/* "續報：否" is no command. */
static int
denied(const struct policy *p, const char *arg)
{
	for (size_t i = 0; i < p->commands[CMD_NOT].n; i++)
		if (begins(arg, p->commands[CMD_NOT].v[i]) != NULL)
			return 1;
	return 0;
}

#define WIDE	3			/* bytes of a Chinese character */

/* "不需要協助": where yes and no are asked for, a word of two characters that
 * says no needs nothing behind it. */
static int
says_no(const struct policy *p, const char *arg)
{
	const struct policy_strings	*no = &p->commands[CMD_NOT];

	for (size_t i = 0; i < no->n; i++)
		if ((unsigned char)*no->v[i] >= 0x80 &&
		    strlen(no->v[i]) > WIDE &&
		    strncmp(arg, no->v[i], strlen(no->v[i])) == 0)
			return 1;
	return denied(p, arg);
}

/* What is meant when the answer to a question is no. */
static int
meant(const struct policy *p, int found, const char *arg)
{
	if (found == CMD_MEETING_YES)
		return says_no(p, arg) ? CMD_MEETING_NO : found;
	if (found == CMD_FORENSIC)
		return says_no(p, arg) ? CMD_FORENSIC_NO : found;
	if (found == CMD_CONFIRM)
		return says_no(p, arg) ? CMD_REFUSE : found;
	if (found == CMD_MEETING_NO || found == CMD_FORENSIC_NO ||
	    found == CMD_REFUSE)
		return found;		/* no is no */
	return denied(p, arg) ? -1 : found;
}

static int
command_of(const struct policy *p, const char *line, const char **arg)
{
	int	found = -1;
	size_t	longest = 0;

	for (int c = 0; c < CMD_NOT; c++)
		for (size_t i = 0; i < p->commands[c].n; i++) {
			const char	*w = p->commands[c].v[i];
			const char	*rest = begins(line, w);

			if (rest == NULL || strlen(w) <= longest)
				continue;
			longest = strlen(w);
			found = c;
			*arg = rest;
		}
	return found == -1 ? -1 : meant(p, found, *arg);
}

/* The fields of the forms that are commands. */
static const struct {
	const char	*field;
	enum command	 command;	/* of a value without a word of its own;
					   CMD_N: none */
} word_fields[] = {
	{ "meeting", CMD_N }, { "forwarded", CMD_PHONED },
	{ "forensics", CMD_FORENSIC }, { "final_report", CMD_FINAL_REPORT }
};
#define N_WORD_FIELDS	(sizeof(word_fields) / sizeof(word_fields[0]))

int
words_field(const char *name)
{
	for (size_t i = 0; i < N_WORD_FIELDS; i++)
		if (strcmp(word_fields[i].field, name) == 0)
			return 1;
	return 0;
}

int
words_have(const struct word_line *w, size_t n, enum command c)
{
	for (size_t i = 0; i < n; i++)
		if (w[i].command == c && !w[i].doubted)
			return 1;
	return 0;
}

const char *
words_typed(const struct word_line *w, struct arena *a)
{
	size_t	n = 0;

	while (w->text + n < w->arg && skip(w->text + n) != w->arg)
		n++;
	return arena_strndup(a, w->text, n);
}

/* --- what asks or waits is no order --- */

static const char *const asks[] = {
	"?", "？", "嗎", "吗", "是否", "可否", "能否", "與否", "若", "如果",
	"必要時", "視情", "視狀", "視需要", "尚未", "還沒", "if ", "unless ",
	"not yet", NULL
};
static const char *const waits[] = {
	"明天", "明日", "下週", "下周", "待", "俟", "稍後", "稍晚", "晚點", "再送",
	"再報", "再補", "再說", "再議", "另送", "後補", "補送", "預計", "預定",
	"撰寫", "草擬", "準備", "未完成", "進行中", "once ", "when ", "until ",
	"later", "pending", "in progress", "draft", "tomorrow", "next week",
	"due ", NULL
};
static const char *const days[] = { "明天", "明日", "tomorrow", NULL };
/* whom a telephone did not reach */
static const char *const fails[] = {
	"沒人接", "無人接", "未接", "未通", "不通", "忙線", "占線", "佔線", "聯絡不上",
	"未聯絡上", "失敗", "no answer", "not reach", "busy", "voicemail", NULL
};
/* 確認 收到, 同意，惟…: what else one may confirm, and with what */
static const char *const confirms[] = {
	"不是", "不可", "不行", "但", "惟", "不過", "還", "收到", "receipt",
	"receiv", "with the", "first", "whether", " but ", NULL
};
/* transfer files to the vendor */
static const char *const things[] = { "file", "data ", "清冊", "檔案", NULL };

static int
holds(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasestr(s, *words) != NULL)
			return 1;
	return 0;
}

/* Its first clause, behind which reasons may stand. */
static const char *
first_clause(const char *s, struct arena *a)
{
	static const char *const ends[] = { "，", "。", "；" };
	size_t	n = strcspn(s, ",;");

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char	*end = strstr(s, ends[i]);

		if (end != NULL && (size_t)(end - s) < n)
			n = (size_t)(end - s);
	}
	return arena_strndup(a, s, n);
}

/* A confirmation may end an alarm: of that nothing may be left open. */
int
words_doubted(enum command c, const char *arg, struct arena *a)
{
	const char	*clause = first_clause(arg, a);

	if (strcmp(clause, "中") == 0)		/* 等級審核 中 */
		return 1;
	switch (c) {
	case CMD_CONFIRM:
		return holds(arg, asks) || holds(arg, waits) ||
		    holds(arg, confirms);
	case CMD_TRANSFER:
		return holds(clause, asks) || holds(clause, waits) ||
		    holds(clause, things);
	case CMD_FOLLOWUP:
	case CMD_MERGE:
	case CMD_UNMERGE:
	case CMD_FINAL_REPORT:
	case CMD_REVIEWED:
	case CMD_PLATFORM:
		return holds(clause, asks) || holds(clause, waits);
	case CMD_PHONED:
		return holds(clause, asks) || holds(clause, days) ||
		    holds(arg, fails);
	case CMD_REOPEN:
	case CMD_MEETING_YES:
		return holds(clause, asks);
	case CMD_MINUTES:
		return strlen(arg) <= MINUTES_SHORT && (holds(arg, asks) ||
		    holds(arg, waits));
	case CMD_WITHDRAW:
	case CMD_REFUSE:
	case CMD_MEETING_NO:
	case CMD_FORENSIC:
	case CMD_FORENSIC_NO:
	case CMD_NOT:
	case CMD_N:
		break;			/* they stop, or say so themselves */
	}
	return 0;
}

/* Bytes of the longest word of the command that the text begins with. */
static size_t
word_at(const struct policy_strings *words, const char *text)
{
	size_t	longest = 0;

	for (size_t i = 0; i < words->n; i++) {
		const char	*w = words->v[i];
		size_t		 n = strlen(w);

		if (n > longest && strncasecmp(text, w, n) == 0 &&
		    ((unsigned char)w[n - 1] >= 0x80 || text[n] == '\0' ||
		    delimiter(text + n) > 0))
			longest = n;
	}
	return longest;
}

const char *
words_after(const struct policy *p, enum command c, const char *text)
{
	size_t	n = 0;

	while (*text != '\0' && (n = word_at(&p->commands[c], text)) == 0)
		text++;
	text = skip(text + n);
	return *text != '\0' ? text : NULL;
}

/* One line, a field's value or a line of the text: what does it order? */
static size_t
add_line(const struct policy *p, const char *line, int otherwise,
    struct arena *a, struct word_line *out, size_t n)
{
	const char	*arg = skip(line);
	int		 c = command_of(p, arg, &arg);

	if (c == -1 && otherwise != -1 && otherwise != CMD_N)
		c = meant(p, otherwise, skip(line));
	for (size_t i = 0; i < n; i++)
		if (strcmp(out[i].text, skip(line)) == 0)
			return n;		/* said twice is said once */
	if (c == -1 || n == WORD_LINES_MAX ||
	    (otherwise != -1 && words_have(out, n, (enum command)c)))
		return n;
	out[n] = (struct word_line){ (enum command)c, skip(line), arg,
	    words_doubted((enum command)c, arg, a) };
	return n + 1;
}

static char *
one_line(struct arena *a, const char *s)
{
	return draft_cut(a, arena_strndup(a, s, strcspn(s, "\n")),
	    LINE_MAX_BYTES);
}

static size_t
add_fields(const struct policy *p, const struct report *r, struct arena *a,
    struct word_line *out, size_t n)
{
	for (size_t i = 0; i < r->n_fields; i++) {
		const struct field	*f = &r->fields[i];

		for (size_t k = 0; k < N_WORD_FIELDS; k++) {
			int			 c = (int)word_fields[k].command;

			if (f->raw == NULL || !f->known ||
			    strcmp(f->name, word_fields[k].field) != 0)
				continue;
			if (f->kind == VALUE_BOOL && f->number == 0 &&
			    c != CMD_FORENSIC)
				continue;
			if (f->kind == VALUE_BOOL && f->number == 0)
				c = CMD_FORENSIC_NO;
			n = add_line(p, one_line(a, f->raw), c, a, out, n);
		}
	}
	return n;
}

size_t
words_find(const struct policy *p, const struct report *r, struct arena *a,
    struct word_line **out)
{
	const char	*s = r->own_text != NULL ? r->own_text : "";
	size_t		 n = 0;

	*out = arena_array(a, WORD_LINES_MAX, sizeof(**out));
	while (*s != '\0') {
		size_t	len = strcspn(s, "\n");

		n = add_line(p, one_line(a, s), -1, a, *out, n);
		s += len + (s[len] == '\n');
	}
	return add_fields(p, r, a, *out, n);
}

/* Does the line open and close a mail, and say nothing? */
static int
courtesy(const char *line)
{
	static const char *const words[] = {
		"您好", "你好", "各位好", "大家好", "同仁好", "長官好", "早安",
		"午安", "敬啟者", "收到", "謝謝", "感謝", "辛苦了", "麻煩了",
		"以上", "hello", "hi", "dear all", "thanks", "thank you"
	};
	const char	*rest = NULL;

	for (size_t i = 0; rest == NULL &&
	    i < sizeof(words) / sizeof(words[0]); i++)
		rest = begins(line, words[i]);
	return rest != NULL && (*rest == '\0' || courtesy(rest));
}

/* 【演練】 alone, or as people write it: it marks a mail and tells nothing. */
static int
drill_mark(const char *line)
{
	static const char *const words[] = { "演練", "drill" };
	static const char *const ends[] = { "】", "）", "]", ")" };
	const char		*rest = NULL;

	if (strncmp(line, "【", WIDE) == 0)
		line += WIDE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncasecmp(line, words[i], strlen(words[i])) == 0)
			rest = line + strlen(words[i]);
	for (size_t i = 0; rest != NULL &&
	    i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strncmp(rest, ends[i], strlen(ends[i])) == 0)
			rest += strlen(ends[i]);
	return rest != NULL && *skip(rest) == '\0';
}

/*
 * 3級（系統停頓，業務無法運作）: a level, and what the plan calls it.  Whatever
 * else stands behind it may tell of an incident.
 */
static int
level_alone(const struct policy *p, const struct field *f)
{
	const char	*rest = f->raw, *text;
	size_t		 n;

	while (*rest != '\0' && delimiter(rest) == 0)
		rest++;
	rest = skip(rest);
	if (*rest == '\0' || courtesy(rest))
		return 1;
	if (f->number < 1 || f->number >= LEVELS)
		return 0;
	text = p->levels[f->number].text.zh;
	n = strlen(text);
	if (n > WIDE && strcmp(text + n - WIDE, "。") == 0)
		n -= WIDE;
	return strncmp(rest, text, n) == 0 && strlen(rest) <= n + 2 * WIDE;
}

/* 狀況：無法開機 is read as in progress, and is what people report: that state
 * is an order in the plan's own words alone. */
static int
status_alone(const struct policy *p, const struct field *f)
{
	const struct words	*w = &p->states[INC_IN_PROGRESS].label;

	return f->text == NULL || strcmp(f->text,
	    incident_state_name(INC_IN_PROGRESS)) != 0 ||
	    strcmp(f->raw, w->zh) == 0 ||
	    (w->en != NULL && strcasecmp(f->raw, w->en) == 0);
}

/* Does it stand in the line, or the line in it? */
static int
shares(const struct policy *p, const struct field *f, const char *line)
{
	size_t	n;

	if (!f->known || f->raw == NULL ||
	    (strcmp(f->name, "level") == 0 && !level_alone(p, f)) ||
	    (strcmp(f->name, "status") == 0 && !status_alone(p, f)))
		return 0;
	n = strcspn(f->raw, "\n");
	return memmem(line, strlen(line), f->raw, n) != NULL ||
	    strstr(f->raw, line) != NULL;
}

/*
 * 案號：CSI-20260401-0001 alone, also when it was typed wrong: it names an
 * incident and tells nothing of one.
 */
static int
number_line(const struct policy *p, const char *line)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-]";
	const char	*const heads[] = { p->tracking_series, p->drill_series };
	const char	*rest = begins(line, "案號");

	line = rest != NULL ? rest : line;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t	n = strlen(heads[i]);

		if (strncasecmp(line, heads[i], n) == 0 && line[n] == '-' &&
		    line[n + strspn(line + n, chars)] == '\0')
			return 1;
	}
	return 0;
}

static int
accounted(const struct policy *p, const struct report *r,
    const struct word_line *w, size_t n, const char *line)
{
	if (*line == '\0' || courtesy(line) || drill_mark(line) ||
	    number_line(p, line) ||
	    (r->from_name != NULL &&
	    strcmp(line, r->from_name) == 0))
		return 1;
	for (size_t i = 0; i < n; i++)
		if (strncmp(w[i].text, line, strlen(w[i].text)) == 0)
			return 1;
	for (size_t i = 0; i < r->n_fields; i++)
		if (shares(p, &r->fields[i], line))
			return 1;
	return 0;
}

/* Something of an incident itself: then it may be a report. */
static int
has_content(const struct policy *p, const struct report *r)
{
	if (r->n_attachments > 0 || r->forwarded || r->encrypted ||
	    r->category != NULL)
		return 1;
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].raw != NULL &&
		    (policy_has(&p->report_required, r->fields[i].name) ||
		    strcmp(r->fields[i].name, "impact") == 0 ||
		    strcmp(r->fields[i].name, "damage") == 0))
			return 1;
	return 0;
}

int
decide_only_orders(const struct policy *p, const struct report *r,
    struct arena *a)
{
	const char		*s = r->own_text != NULL ? r->own_text : "";
	struct word_line	*w;
	size_t			 n = words_find(p, r, a, &w), len, known = n;

	for (size_t i = 0; i < r->n_fields; i++)
		known += r->fields[i].known != 0;
	if (known == 0 || has_content(p, r))
		return 0;
	for (; *s != '\0'; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		if (!accounted(p, r, w, n, skip(arena_strndup(a, s,
		    len))))
			return 0;
	}
	return 1;
}
