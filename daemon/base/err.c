#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum rc
err_set(struct err *err, enum rc rc, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return rc;
}

enum rc
err_prefix(struct err *err, enum rc rc, const char *fmt, ...)
{
	char	old[sizeof(err->text)];
	size_t	n;
	va_list	ap;

	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s", old);
	return rc;
}

const char *
rc_name(enum rc rc)
{
	switch (rc) {
	case RC_OK:
		return "ok";
	case RC_AGAIN:
		return "again";
	case RC_REFUSED:
		return "refused";
	case RC_BROKEN:
		return "broken";
	}
	return "?";
}
