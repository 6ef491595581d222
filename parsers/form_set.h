#ifndef FORM_SET_H
#define FORM_SET_H

/*
 * form_set - the forms in memory, for form*.c only.
 *
 * All labels of all forms stand in one trie, folded, in lower case and without
 * blanks; a leaf leads to the chain of fields that use the label.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "parsers/choice.h"
#include "parsers/form.h"
#include "parsers/pattern.h"

#define FORMS_MAX	32
#define FORM_FIELDS_MAX	64
#define FORM_PATTERNS	16

enum field_kind {
	FIELD_TEXT, FIELD_LINE, FIELD_DATETIME, FIELD_DATE, FIELD_PHONE,
	FIELD_CHOICE, FIELD_CATEGORY, FIELD_LEVEL, FIELD_BOOL, FIELD_PERSON
};

struct form_field {
	const char	*name;
	enum field_kind	 kind;
	const struct choice_set *choices;
	const char	*second;	/* field of a second phone, or NULL */
	int		 required, always, bare, date_line, repeatable;
	const char	**none;		/* of a level: words for 0 */
	size_t		 n_none;
	struct pattern	*patterns[FORM_PATTERNS];
	const char	*pattern_text[FORM_PATTERNS];
	size_t		 n_patterns;
};

struct form {
	const char	*name, *title, *file;
	struct pattern	*titles[FORM_PATTERNS];
	size_t		 n_titles;
	int		 for_report, for_reply;
	int		 rank, reply_rank;	/* the lower one wins a tie */
	const struct form *also[FORMS_MAX];	/* in replies */
	size_t		 n_also;
	const char	*lone[4];	/* fields a text without labels may be */
	size_t		 n_lone;
	struct form_field *fields;
	size_t		 n_fields, n_patterns;
};

struct form_label {
	const char	*text;		/* as in the file */
	const struct form *form;
	const struct form_field *field;
	int		 whole;		/* a part of the value */
	int		 next;		/* chain of one leaf; -1: end */
};

struct trie_node {
	int		 child, next;	/* 0: none */
	int		 label;		/* first of the chain, or -1 */
	unsigned char	 c;
};

struct form_set {
	struct arena	*arena, *scratch;	/* while files are read */
	struct form	 forms[FORMS_MAX];
	size_t		 n_forms;
	struct choice_set *sets;
	size_t		 n_sets, cap_sets;
	struct form_label *labels;
	size_t		 n_labels;
	struct trie_node *nodes;	/* 0 is not used */
	size_t		 n_nodes;
	struct buf	 label_room, node_room;	/* where those two stand */
	int		 root[256];
};

/* form_trie.c: text is folded by this. */
void	form_label_add(struct form_set *, const struct form_label *);
/* Is the label already one of this form? */
const struct form_label *form_label_of(const struct form_set *,
	    const struct form *, const char *text);
struct form_leaf {
	int		 label;
	size_t		 end;		/* behind its last byte */
};
/*
 * Labels that begin at s[i], shortest first, blanks skipped; at most max.
 */
size_t	form_trie_walk(const struct form_set *, const char *s, size_t i,
	    size_t end, struct form_leaf *, size_t max);
/* Folded, lower case, no blanks. */
char	*form_dense(struct arena *, const char *text, size_t len, size_t *n);

/* form_file.c: one file into the set. */
enum rc	form_file_read(struct form_set *, const char *file, struct err *);
/* What needs all files: also. */
enum rc	form_set_link(struct form_set *, struct err *);

#endif
