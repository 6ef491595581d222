#ifndef REPORT_KEYS_H
#define REPORT_KEYS_H

/*
 * report_keys - the names that writing and reading a report share.
 */
#include "parsers/report.h"

/* Of the object "mail": JSON key, member of struct report. */
#define MAIL_LINES(X)							\
	X("reply_to", reply_to)						\
	X("message_id", message_id)					\
	X("in_reply_to", in_reply_to)					\
	X("return_path", return_path)					\
	X("why_not", why_not)						\
	X("lang", lang)							\
	X("body_sha256", body_sha256)					\
	X("original_message_id", original_message_id)			\
	X("original_envid", original_envid)
#define MAIL_FLAGS(X)							\
	X("answerable", answerable)					\
	X("encrypted", encrypted)					\
	X("from_doubtful", from_doubtful)				\
	X("drill", drill)						\
	X("for_person", for_person)
#define MAIL_LISTS(X)							\
	X("references", references)					\
	X("recipients", recipients)					\
	X("auth_results", auth_results)

const char *report_value_name(enum value_kind);
int	 report_value_parse(const char *, enum value_kind *);

#endif
