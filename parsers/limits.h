#ifndef LIMITS_H
#define LIMITS_H

/*
 * limits - how much of one mail the reader takes in, and the names under
 * which a broken guard is reported (problem field "guard").
 *
 * Bytes unless said otherwise.  What goes beyond a text limit is cut and
 * noted; what goes beyond a guard makes the mail unreadable: kept whole in
 * the spool, put before a person, never half read.
 */
#define MAIL_MAX	(25u * 1024 * 1024)	/* "size" */
#define HEADER_MAX	(256u * 1024)		/* "header_size" */
#define HEADER_LINE_MAX	(64u * 1024)		/* "header_line", unfolded */
#define PAREN_MAX	200u			/* "header_parens", deep */
#define TYPES_MAX	500u			/* "nesting": Content-Type lines */
#define NESTING_WORK	(1024ull * 1024 * 1024)	/* "nesting": levels * size */
#define DASHES_MAX	100000u			/* "parts": "--" lines */
#define PARTS_MAX	1000u			/* "parts": leaves */

#define BODY_MAX	(512u * 1024)		/* decoded text of the body */
#define HTML_MAX	(2u * 1024 * 1024)	/* HTML source that is read */
#define HTML_DEPTH	400			/* open elements */

#define OFFICE_FILE_MAX	(16u * 1024 * 1024)	/* the packed document */
#define OFFICE_ENTRIES	2000			/* files in the archive */
#define OFFICE_XML_MAX	(8u * 1024 * 1024)	/* the text's XML, unpacked */
#define OFFICE_RATIO	200			/* unpacked : packed */
#define OFFICE_DOCS	4			/* documents of one mail */

/* What a report may hold; longer strings are cut, longer lists too. */
#define REPORT_NAME_MAX		128u
#define REPORT_LINE_MAX		2048u
#define REPORT_TEXT_MAX		(64u * 1024)
#define REPORT_EXCERPT_MAX	400u
#define REPORT_FIELDS_MAX	256u
#define REPORT_LIST_MAX		256u
#define REPORT_REPEAT_MAX	32u	/* values of a repeatable field */
#define REPORT_ATTACHMENTS_MAX	PARTS_MAX
#define REPORT_JSON_MAX		(48u * 1024 * 1024)

#endif
