#ifndef REPLY_LINE_H
#define REPLY_LINE_H

/*
 * reply_line - what a single line of a mail is: a quote header, a signature,
 * a disclaimer.  For reply.c and form reading only.
 */
#include <stddef.h>

#include "base/err.h"

/* One line, folded and trimmed, and where it stood. */
struct mail_line {
	const char	*s;
	size_t		 len;
	size_t		 from, to;	/* bytes of the original, without LF */
};

enum mail_header {			/* of a header block inside a body */
	HEADER_NOT, HEADER_FROM, HEADER_DATE, HEADER_TO, HEADER_SUBJECT,
	HEADER_OTHER
};

enum separator { SEP_NOT, SEP_QUOTE, SEP_FORWARD };

/* reply_header.c: 寄件者: ..., or | 寄件者 | ... | in a table. */
enum mail_header mail_header_of(const struct mail_line *, size_t *value);
/* The name of a header alone on its line, or before a TAB and its *value. */
enum mail_header mail_bare_header(const struct mail_line *, int *value);
/* The name alone in the last column of a line, behind a wide gap. */
enum mail_header mail_column_header(const struct mail_line *);
/* 寄件者 "李淑芬" <a@b>, without a colon, as below a separator only. */
enum mail_header mail_spaced_header(const struct mail_line *, size_t *value);
/* An address, a name in quotes or a day with its hour, and no label. */
int	mail_names_sender(const struct mail_line *);
/* -----原始郵件-----, ---------- Forwarded message ---------, ... */
enum separator mail_separator(const struct mail_line *);
/* "X <a@b> 於 2025年9月26日 上午2:31寫道：": lines it takes from i, or 0. */
size_t	mail_attribution(const struct mail_line *, size_t i, size_t n);
/* 寫道： or 通報系統 寫道：, and no more. */
int	mail_is_bare_attribution(const struct mail_line *);
/* 引述 王小明 <a@b>:, 2007/5/31 王小明 <a@b>: above lines with > only. */
int	mail_names_author(const struct mail_line *);
/* ">>> 王小明 <a@b> 2007/5/31 10:00 >>>": GroupWise, above what it quotes. */
int	mail_is_groupwise_head(const struct mail_line *);
int	mail_is_quoted(const struct mail_line *);	/* > */
/* "駭客於 2007/5/31 09:20 在網頁留言寫道：": no program writes the end. */
int	mail_tells_in_prose(const struct mail_line *);
/* ※ 引述《who (name)》之銘言：, and below it ": " and "→ who: ". */
int	mail_is_bbs_head(const struct mail_line *);
int	mail_is_bbs_quote(const struct mail_line *);
/* "王小明 ---2007/05/31 上午 09:23:10---您好": the stamp of Notes. */
int	mail_is_notes_stamp(const struct mail_line *);
int	mail_is_address(const struct mail_line *);	/* and nothing else */
/* Where a signature begins: "-- ", 敬上, 從我的 iPhone 傳送, a disclaimer. */
int	mail_is_signature(const struct mail_line *);
/* 補充資料如下: are the lines below it an answer? */
int	mail_announces(const struct mail_line *);
int	mail_is_dashes(const struct mail_line *);	/* "-- " */
int	mail_is_sign_off(const struct mail_line *);	/* 王小明 敬上 */
/* 王小明, 視察室 科員, and 電話：, E-mail：: of one who signs. */
int	mail_is_bare(const struct mail_line *);
int	mail_is_contact(const struct mail_line *);
int	mail_is_site(const struct mail_line *);
int	mail_is_greeting(const struct mail_line *);	/* 長官您好：, Hi, */
int	mail_is_prose(const struct mail_line *);
/* reply_sign.c: of these what no person typed: all but "-- " and 敬上. */
int	mail_is_printed(const struct mail_line *);
/* reply_tail.c: the same by patterns; compiled here or when first used. */
enum rc	mail_tail_prepare(struct err *);
int	mail_is_tail(const struct mail_line *);
/* [外部郵件] 請勿點選...: what a gateway puts above a mail. */
int	mail_is_banner(const struct mail_line *);
/* 機密等級：一般, alone at an end of the words. */
int	mail_is_stamp(const struct mail_line *);
/* "標籤：..." that is no line of a signature (電話, 地址 ...). */
int	mail_is_labelled(const struct mail_line *);
/* A label that says who somebody is, as in a form and in a signature. */
int	mail_is_personal(const struct mail_line *);

#endif
