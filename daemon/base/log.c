#include "base/log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char	*log_ident = "tocsin";
static enum log_level	 log_most = LOG_L_INFO;
static int		 log_prio;
static int		 holding;
static char		 held[PIPE_BUF];	/* whole lines */
static size_t		 n_held;

/* One write, so that lines of several processes do not mix.  A log that cannot
 * be written stops nobody. */
static void
put_held(void)
{
	const size_t	n = n_held;

	n_held = 0;
	if (n > 0 && write(STDERR_FILENO, held, n) < 0)
		return;
}

static void
put_line(enum log_level level, const char *line, size_t n)
{
	if (n_held + n > sizeof(held))
		put_held();
	memcpy(held + n_held, line, n);
	n_held += n;
	if (!holding || level < LOG_L_INFO)
		put_held();
}

void
log_hold(int on)
{
	holding = on;
	if (!on)
		put_held();
}

void
log_open(const char *ident, enum log_level most)
{
	log_ident = ident;
	log_most = most;
	log_prio = getenv("JOURNAL_STREAM") != NULL;
}

static void	log_line(enum log_level, const char *, const char *, va_list)
		    __attribute__((format(printf, 3, 0)));

static void
log_line(enum log_level level, const char *tracking, const char *fmt,
    va_list ap)
{
	static const int prio[] = { 3, 4, 6, 7 };	/* syslog(3) */
	char	line[2048];		/* never more than PIPE_BUF */
	int	n = 0, m;

	if (level > log_most)
		return;
	if (log_prio)
		n = snprintf(line, sizeof(line), "<%d>", prio[level]);
	n += snprintf(line + n, sizeof(line) - (size_t)n, "%s: %s ", log_ident,
	    tracking != NULL && *tracking != '\0' ? tracking : "-");
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	if (m < 0)
		return;
	n += m;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	put_line(level, line, (size_t)n);
}

#define LOG_AT(name, level)						\
void									\
name(const char *tracking, const char *fmt, ...)			\
{									\
	va_list	ap;							\
									\
	va_start(ap, fmt);						\
	log_line(level, tracking, fmt, ap);				\
	va_end(ap);							\
}

LOG_AT(log_err, LOG_L_ERR)
LOG_AT(log_warn, LOG_L_WARN)
LOG_AT(log_info, LOG_L_INFO)
LOG_AT(log_debug, LOG_L_DEBUG)

int
log_is_trick(unsigned long c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    c == 0x200b || (c >= 0x200e && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe0fff);
}

/* Bytes of the UTF-8 character at s, 0 when it is none (or a trick). */
static size_t
character(const unsigned char *s)
{
	unsigned long	c = s[0];
	size_t		n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
		    s[0] < 0xf5 ? 4 : 0;

	c &= n == 2 ? 0x1f : n == 3 ? 0x0f : 0x07;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return n > 0 && log_is_trick(c) ? 0 : n;
}

char *
log_text(char *buf, size_t size, const char *text)
{
	const unsigned char	*s = (const unsigned char *)text;
	size_t			 n = 0, len;

	for (; s != NULL && *s != '\0'; s += len) {
		if (n + 7 >= size) {
			n += (size_t)snprintf(buf + n, size - n, "..");
			break;
		}
		len = character(s);
		if (len == 0 && *s < 0x80 && *s >= 0x20 && *s != 0x7f &&
		    *s != '"' && *s != '\\')
			len = 1;
		if (len > 0) {
			memcpy(buf + n, s, len);
			n += len;
		} else {
			n += (size_t)snprintf(buf + n, size - n, "\\x%02x",
			    *s);
			len = 1;
		}
	}
	buf[n < size ? n : size - 1] = '\0';
	return buf;
}
