#include <stdlib.h>
#include <string.h>

#include "parsers/form_set.h"
#include "parsers/text.h"

#define TRIE_MAX	(16u * 1024 * 1024)	/* bytes, far beyond need */
#define CJK_BYTES	3		/* of an ideograph of the first plane */
#define CJK_FIRST	0xe4		/* its first byte */
#define CJK_LAST	0xe9
#define BLANKS_MAX	16		/* between two letters of a label */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *
form_dense(struct arena *a, const char *text, size_t len, size_t *n)
{
	struct folded	 f;
	char		*out;

	text_fold(a, text, len, &f);
	out = arena_alloc(a, f.len + 1);
	*n = 0;
	for (size_t i = 0; i < f.len; i++)
		if (f.s[i] != ' ' && f.s[i] != '\t')
			out[(*n)++] = lower(f.s[i]);
	out[*n] = '\0';
	return out;
}

/* The array in b with room for one more of this size behind n. */
static void *
more(struct buf *b, size_t n, size_t size)
{
	if (b->data == NULL)
		buf_init(b, TRIE_MAX);
	b->len = n * size;
	if (buf_room(b, size) == NULL)
		abort();		/* more labels than memory is meant for */
	return b->data;
}

static int
node_new(struct form_set *set, unsigned char c)
{
	if (set->n_nodes == 0)
		set->n_nodes = 1;	/* 0 means none */
	set->nodes = more(&set->node_room, set->n_nodes,
	    sizeof(*set->nodes));
	set->nodes[set->n_nodes] = (struct trie_node){ .c = c, .label = -1 };
	return (int)set->n_nodes++;
}

static int
child_of(const struct form_set *set, int node, unsigned char c)
{
	int	k = set->nodes[node].child;

	while (k != 0 && set->nodes[k].c != c)
		k = set->nodes[k].next;
	return k;
}

/* The node of a dense text, made when it is not there. */
static int
node_of(struct form_set *set, const char *s)
{
	int	at = set->root[(unsigned char)*s], k;

	if (at == 0)
		at = set->root[(unsigned char)*s] = node_new(set,
		    (unsigned char)*s);
	for (s++; *s != '\0'; s++) {
		k = child_of(set, at, (unsigned char)*s);
		if (k == 0) {
			k = node_new(set, (unsigned char)*s);
			set->nodes[k].next = set->nodes[at].child;
			set->nodes[at].child = k;
		}
		at = k;
	}
	return at;
}

void
form_label_add(struct form_set *set, const struct form_label *label)
{
	size_t	 n;
	char	*s = form_dense(set->scratch, label->text,
		    strlen(label->text), &n);
	int	 node = node_of(set, s);

	arena_reset(set->scratch);
	set->labels = more(&set->label_room, set->n_labels,
	    sizeof(*set->labels));
	set->labels[set->n_labels] = *label;
	set->labels[set->n_labels].next = set->nodes[node].label;
	set->nodes[node].label = (int)set->n_labels++;
}

/* Behind the n bytes at s, from the node at, or from the root: 0. */
static int
walk_bytes(const struct form_set *set, int at, const char *s, size_t n)
{
	size_t	i = 0;

	if (at == 0)
		at = set->root[(unsigned char)lower(s[i++])];
	while (at != 0 && i < n)
		at = child_of(set, at, (unsigned char)lower(s[i++]));
	return at;
}

const struct form_label *
form_label_of(const struct form_set *set, const struct form *form,
    const char *text)
{
	size_t	 n;
	char	*s = form_dense(set->scratch, text, strlen(text), &n);
	int	 at = n == 0 ? 0 : walk_bytes(set, 0, s, n);

	arena_reset(set->scratch);
	if (at == 0)
		return NULL;
	for (int k = set->nodes[at].label; k >= 0; k = set->labels[k].next)
		if (set->labels[k].form == form)
			return &set->labels[k];
	return NULL;
}

/*
 * Behind one character at s, of n bytes, from the node at, or from the root: 0.
 * 组别 and 組別 are labels, and so is 組别: programs, phones and people mix the
 * two hands.
 */
static int
walk_char(const struct form_set *set, int at, const char *s, size_t n)
{
	static const char	pairs[] =
	    "別别戶户戶戸户戸內内說説說说单單絡络連连電电話话時时間间發发報报資资"
	    "機机稱称屬属處处類类級级簡简況况狀状號号員员聯联業业響响設设備备統统"
	    "損损請请項项應应變变證证據据檢检測测軟软體体試试補补強强組组職职務务"
	    "門门構构實实災灾當当圍围評评關关經经過过題题異异現现覺觉獲获臺台衝冲";
	int	next = walk_bytes(set, at, s, n);

	if (next != 0 || n != CJK_BYTES)
		return next;
	for (const char *p = pairs; next == 0 && *p != '\0';
	    p += 2 * CJK_BYTES) {
		if (memcmp(p, s, n) == 0)
			next = walk_bytes(set, at, p + n, n);
		else if (memcmp(p + n, s, n) == 0)
			next = walk_bytes(set, at, p, n);
	}
	return next;
}

/* Bytes of the character at i. */
static size_t
char_at(const char *s, size_t i, size_t end)
{
	return (unsigned char)s[i] >= CJK_FIRST && (unsigned char)s[i] <=
	    CJK_LAST && i + CJK_BYTES <= end ? CJK_BYTES : 1;
}

size_t
form_trie_walk(const struct form_set *set, const char *s, size_t i,
    size_t end, struct form_leaf *out, size_t max)
{
	size_t	n = 0, blanks, bytes;
	int	at;

	if (i >= end)
		return 0;
	bytes = char_at(s, i, end);
	at = walk_char(set, 0, s + i, bytes);
	while (at != 0) {
		if (set->nodes[at].label >= 0) {
			if (n == max) {		/* keep the longest ones */
				memmove(out, out + 1, (max - 1) * sizeof(*out));
				n--;
			}
			out[n++] = (struct form_leaf){ set->nodes[at].label,
			    i + bytes };
		}
		for (i += bytes, blanks = 0; i < end && s[i] == ' ' &&
		    blanks < BLANKS_MAX; i++)
			blanks++;
		if (i >= end)
			break;
		bytes = char_at(s, i, end);
		at = walk_char(set, at, s + i, bytes);
	}
	return n;
}
