#ifndef DATETIME_TOKEN_H
#define DATETIME_TOKEN_H

/*
 * datetime_token - the words and numbers of a date, for datetime.c only.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TOKENS_MAX	48

enum token_kind {
	TK_END,
	TK_NUMBER,		/* value, digits; cn: Chinese numerals */
	TK_YEAR, TK_MONTH, TK_DAY,
	TK_HOUR,		/* value: 1 for 點, as one speaks; 2 for hrs,
				   which 2 hrs has, too */
	TK_MINUTE, TK_SECOND,
	TK_HALF, TK_QUARTER, TK_SHARP,
	TK_ERA,			/* value: enum era */
	TK_REL_DAY,		/* value: days from the receipt */
	TK_REL_DAY_PERIOD,	/* value: day * 16 + period */
	TK_REL_YEAR, TK_REL_MONTH,	/* value: from the receipt's */
	TK_PERIOD,		/* value: enum period */
	TK_MONTH_NAME,		/* value: 1..12 */
	TK_SEP,			/* value: '/' '-' '.' ':' '+', '|' for 、 */
	TK_OPEN, TK_CLOSE, TK_COMMA,
	TK_RANGE,
	TK_AGO,			/* value: 1 for ago, which no time has behind it */
	TK_SPAN, TK_T,
	TK_ZONE,		/* value: seconds east */
	TK_THIS,		/* 今 本 昨 前: before a bracketed number */
	TK_FIX,			/* 更正為: what follows replaces what was */
	TK_OR, TK_NOT,
	TK_NEXT_DAY,		/* 翌日: of which day? */
	TK_LUNAR,		/* 農曆: no date of ours */
	TK_NOISE, TK_ORDINAL, TK_WEEKDAY,
	TK_SOME_DAY,		/* 除夕, 那天: a day, but which? */
	TK_JUNK
};

enum era {
	ERA_NONE, ERA_ROC, ERA_BEFORE_ROC, ERA_AD, ERA_HEISEI, ERA_REIWA
};

enum period {
	PERIOD_NONE, PERIOD_AM, PERIOD_MORNING, PERIOD_DAWN, PERIOD_NOON,
	PERIOD_PM, PERIOD_DUSK, PERIOD_NIGHT, PERIOD_MIDNIGHT
};

struct token {
	enum token_kind	 kind;
	int		 digits;
	int		 cn;
	int		 gap;		/* a blank stood before it */
	int		 latin;		/* "am", not 上午; junk: ASCII */
	int64_t		 value;
};

struct tokens {
	struct token	 t[TOKENS_MAX + 1];	/* closed by TK_END */
	int		 n;
	int		 weekday;	/* one was named */
	int		 some_day;	/* the same */
};

/* The i-th token, or the one that ends them. */
static inline const struct token *
tok(const struct tokens *p, int i)
{
	return &p->t[i < p->n ? i : p->n];
}

/* A number of so few digits. */
static inline int
tok_is_number(const struct token *t, int digits_max)
{
	return t->kind == TK_NUMBER && t->digits <= digits_max;
}

/* One of the separators in set. */
static inline int
tok_is_sep(const struct token *t, const char *set)
{
	return t->kind == TK_SEP && strchr(set, (int)t->value) != NULL;
}

/* Cut a folded text; what does not fit is left out. */
void	tokens_read(const char *folded, size_t len, struct tokens *);

#endif
