/*
 * form_tick_table - 等級|說明|勾選: a table of the levels, of which one row is
 * ticked in a column of its own.
 */
#include <string.h>

#include "base/buf.h"
#include "parsers/form_reading.h"
#include "parsers/words.h"

#define CELLS_MAX	8
#define ROWS_MAX	12		/* lines below a head */
#define TICK_MAX	9		/* bytes of a tick, without blanks */
#define LEVEL_MAX	24		/* bytes of 第 3 級 */
#define LEVELS		4
#define LEVELS_MIN	3		/* of which one is chosen */

struct tick_row {
	const char	*cell[CELLS_MAX];	/* dense */
	size_t		 n;
};

/* The cells of the line; how many, 0: it is no row. */
static size_t
read_row(struct arena *a, const char *line, size_t len, struct tick_row *r)
{
	char		 mark = memchr(line, '|', len) != NULL ? '|' : '\t';
	const char	*end = line + len, *to;
	size_t		 d;

	r->n = 0;
	if (memchr(line, mark, len) == NULL)
		return 0;
	if (mark == '|' && line[strspn(line, " ")] == '|')
		line += strspn(line, " ") + 1;
	for (; line <= end && r->n < CELLS_MAX; line = to + 1) {
		to = memchr(line, mark, (size_t)(end - line));
		if (to == NULL)
			to = end;
		r->cell[r->n++] = form_dense(a, line, (size_t)(to - line), &d);
	}
	return r->n;
}

static int
is_one(const char *cell, const char *const *words)
{
	size_t	len = strlen(cell);

	return len > 0 && words_start(cell, cell + len, words) == len;
}

/* The columns of the levels and of the ticks in a head; 0: it is none. */
static int
is_head(const struct tick_row *r, size_t *level, size_t *tick)
{
	static const char *const levels[] = {
		"事件等級", "影響等級", "評估等級", "等級", "级别", "級別",
		"等级", "level", "severity", NULL
	};
	static const char *const ticks[] = {
		"勾選欄", "請勾選", "勾選", "打勾", "選取", "選擇", "圈選",
		"核取", "勾选", "tick", "check", "select", NULL
	};
	int	has_level = 0, has_tick = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (is_one(r->cell[i], levels)) {
			*level = i;
			has_level++;
		} else if (is_one(r->cell[i], ticks)) {
			*tick = i;
			has_tick++;
		}
	}
	return has_level == 1 && has_tick == 1;
}

/* |---|---| */
static int
is_rule(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr("-|+=: \t\r", s[i]) == NULL)
			return 0;
	return 1;
}

/* Is the cell a box that is ticked, as it stands? */
static int
is_marked(struct arena *a, const char *cell)
{
	struct choice_option o[CHOICE_OPTIONS];
	const char	*text = arena_printf(a, "%s 級", cell);
	size_t		 n = choice_ticks(text, strlen(text), o);

	return n == 1 && o[0].tick == TICK_MARKED;
}

static int
is_filled(const char *cell)
{
	static const char *const noes[] = {
		"否", "不是", "不", "無", "非", "-", "n", "no", "n/a", NULL
	};

	return *cell != '\0' && !is_one(cell, noes);
}

/* What the rows below a head come to. */
struct ticked {
	unsigned	 seen, filled, marked;	/* of the levels, 1 << each */
	const char	*end;			/* of the last row */
};

static int
read_rows(struct arena *a, const char *s, size_t level, size_t tick,
    struct ticked *t)
{
	struct tick_row	r;
	size_t		len;
	unsigned	bit;

	for (int i = 0; i < ROWS_MAX && *s != '\0'; i++) {
		len = strcspn(s, "\n");
		if (is_rule(s, len)) {
			s += len + (s[len] == '\n');
			continue;
		}
		if (read_row(a, s, len, &r) <= level ||
		    strlen(r.cell[level]) > LEVEL_MAX)
			break;
		bit = 1u << level_read(a, r.cell[level], NULL);
		if (bit == 1 || (t->seen & bit) != 0 || (tick < r.n &&
		    strlen(r.cell[tick]) > TICK_MAX))
			return 0;
		t->seen |= bit;
		t->filled |= tick < r.n && is_filled(r.cell[tick]) ? bit : 0;
		t->marked |= tick < r.n && is_marked(a, r.cell[tick]) ? bit : 0;
		t->end = s + len;
		s += len + (s[len] == '\n');
	}
	return t->end != NULL;
}

/* 等級：3, or both where two are ticked; nothing where none is. */
static void
add_levels(struct buf *b, const struct ticked *t)
{
	unsigned	one = (t->filled & (t->filled - 1)) == 0 ? t->filled :
			    t->marked;
	const char	*before = "等級：";

	for (int i = LEVELS; i > 0; i--)
		if ((one >> i) & 1) {
			(void)buf_addf(b, "%s%d", before, i);
			before = "、";
		}
}

const char *
form_tick_table(struct arena *a, const char *text)
{
	size_t		 len, level = 0, tick = 0;
	struct tick_row	 r;
	struct buf	 b;
	const char	*flat, *rest;

	for (const char *s = text; *s != '\0'; s += len + (s[len] == '\n')) {
		struct ticked	t = { 0 };
		int		n = 0;

		len = strcspn(s, "\n");
		if (read_row(a, s, len, &r) < 2 || !is_head(&r, &level,
		    &tick) || s[len] == '\0' ||
		    !read_rows(a, s + len + 1, level, tick, &t))
			continue;
		for (int i = 1; i <= LEVELS; i++)
			n += (t.seen >> i) & 1;
		if (n < LEVELS_MIN)
			continue;
		buf_init(&b, strlen(text) + LEVEL_MAX * LEVELS);
		(void)buf_add(&b, text, (size_t)(s - text));
		add_levels(&b, &t);
		for (rest = s; rest < t.end; rest++)
			if (*rest == '\n')	/* lines keep their numbers */
				(void)buf_putc(&b, '\n');
		(void)buf_puts(&b, t.end);
		flat = arena_strndup(a, b.data, b.len);
		buf_free(&b);
		return flat;
	}
	return text;
}
