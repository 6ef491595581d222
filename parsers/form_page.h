#ifndef FORM_PAGE_H
#define FORM_PAGE_H

/*
 * form_page - one text and the labels found in it, for form*.c only.
 */
#include "parsers/form_set.h"
#include "parsers/text.h"

#define HITS_MAX	256
#define HITS_FEW	32
#define PAGE_LINES	8192		/* further lines are not searched */

enum hit_how {
	HIT_COLON,		/* 組別：, [組別], a numbered pattern */
	HIT_CELL,		/* a cell or a line of its own */
	HIT_BARE,		/* 等級由2級改為3級 */
	HIT_WHOLE		/* 召開 6/1 14:00 */
};

/* One blank behind a label that begins its line. */
enum gap {
	GAP_NONE,		/* not there, or it parts words of prose */
	GAP_NARROW,		/* it parts columns */
	GAP_WEAK		/* so it does amid lines that look so */
};

struct form_hit {
	uint32_t	 pos;		/* where its cell begins */
	uint32_t	 label_at;	/* behind numbering and brackets */
	uint32_t	 value;		/* where its value may begin */
	uint32_t	 line;
	uint32_t	 cell;		/* its number in the line */
	int		 label;		/* chain, or -1: by pattern */
	enum hit_how	 how;
	enum gap	 narrow;	/* a cell by the one blank behind it */
	int		 soft;		/* behind one blank or a comma */
	int		 loose;		/* amid a line: form_flat.c */
	/* by pattern */
	const struct form_field *field;
	const char	*rule;
};

struct page_line {
	size_t		 from, to;	/* folded bytes, without LF */
};

struct form_page {
	const struct form_set *set;
	struct arena	*arena;
	const char	*text;
	struct folded	 f;
	struct page_line *lines;
	size_t		 n_lines;
	struct form_hit	*hits;
	size_t		 n_hits;
	struct choice_option *ticks;	/* NULL: not looked for yet */
	size_t		 n_ticks;
};

void	form_page_read(const struct form_set *, struct arena *,
	    const char *text, struct form_page *);
/* One more label, unless there are HITS_MAX. */
void	form_page_add(struct form_page *, const struct form_hit *);
/* What the blank or stroke at i is, behind the label of a hit, in a line up to
 * end; the value begins behind a stroke. */
enum gap form_page_gap(const struct form_page *, struct form_hit *, size_t i,
	    size_t end);
/* form_match.c: the labels of one line, behind those found so far. */
void	form_page_scan(struct form_page *, size_t line);
/* Hits of a form's patterns, in place of those on the same lines. */
void	form_page_patterns(struct form_page *, const struct form *);
/* The boxes of the whole page; how many. */
size_t	form_page_ticks(struct form_page *, const struct choice_option **);
size_t	form_line_of(const struct form_page *, size_t at);

/* A hit that counts for the form in hand, and where its value stands. */
struct form_match {
	const struct form_hit *hit;
	const struct form_field *field;
	const char	*rule;
	size_t		 from, to;
	int		 cell_below;	/* from..to is a whole cell */
	int		 listed;	/* of the first of several rows */
	int		 joined;	/* a date and its hour, a number and its
					   extension on two lines */
};
/* form_phone.c: (02) of a number that goes on behind close; a number, and
 * nothing but its extension or another up to end. */
int	form_is_area_code(const char *open, const char *close, const char *end);
int	form_is_number(const char *s, const char *end);
/* form_flat.c: enough colons for a form that lost its line ends? */
int	form_flat_maybe(const struct form_page *, size_t line);
/* May a loose label begin at i? */
int	form_flat_begin(const struct form_page *, size_t from, size_t i);
/* Bytes of the bracket that opens the line, 0: none does. */
size_t	form_flat_opens(const struct form_page *, size_t line);
/* May a label begin in a bracket at i, as in that one?
 * 【等級】3級【狀態】已控制 */
int	form_flat_bracket(const struct form_page *, size_t line, size_t opens,
	    size_t i);

/* form_table.c: 項目 | 內容 | 備註: titles of columns, and no labels? */
int	form_table_titles(const struct form_page *, size_t line);
/* Nothing but blanks and marks of cells? */
int	form_table_empty(const struct form_page *, size_t from, size_t to);
/* Does the title say no more than that something stands below it? */
int	form_table_generic(const struct form_page *, size_t from, size_t to);
/* What parts the cells of a line: TAB, |, or NUL when there are none. */
char	form_table_mark(const struct form_page *, size_t line);
/* Does a cell begin at i, blanks aside, in the line that begins at from? */
int	form_table_opens(const struct form_page *, size_t from, size_t i);
/* One cell by its number, 0 when there are not so many; or the one at. */
int	form_table_cell(const struct form_page *, size_t line, size_t cell,
	    size_t *from, size_t *to);
size_t	form_table_column(const struct form_page *, size_t line, size_t at);

/*
 * form_lead.c: behind what stands before a label at i, and the bracket that it
 * opens, if any; or behind a remark in brackets, (下午更新), or the end.
 */
size_t	form_lead(const char *, size_t i, size_t end, int at_start,
	    const char **closer);
size_t	form_lead_remark(const char *, size_t i, size_t end);
/* form_trim.c: a text of several lines without what only stands around it, on
 * the spot; its bytes. */
size_t	form_trim(char *, size_t len);
/* form_marks.c: the options that marks in columns stand for, as the value of a
 * choice; NULL: no marks stand there, or not in columns. */
char	*form_marks_raw(const struct form_page *, const struct form_match *,
	    size_t *at);
/* form_value.c: the value as written, NULL when there is none; *at: offset. */
char	*form_value_raw(const struct form_page *, const struct form_match *,
	    int more_below, size_t *at);
/* Words up to the next label that are not in the value? */
int	form_value_rest(const struct form_page *, const struct form_match *,
	    const char *raw);
/* Fill the field from raw; next_line may complete a date. */
struct value_scene {
	struct arena	*arena;
	struct report	*report;
	int64_t		 ref;
	int		 zone;
};
void	form_value_read(const struct value_scene *, const struct form_field *,
	    const char *raw, struct field *, struct field *second);

#endif
