#include "base/record.h"

#include <string.h>

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const incident_states[] = {
#define X(id, name) [INC_##id] = name,
	INCIDENT_STATES(X)
#undef X
};
static const char *const dispositions[] = {
#define X(id, name) [DISP_##id] = name,
	DISPOSITIONS(X)
#undef X
};
static const char *const outbox_states[] = {
#define X(id, name) [OUT_##id] = name,
	OUTBOX_STATES(X)
#undef X
};
static const char *const channel_kinds[] = {
	[CHANNEL_SMTP] = "smtp", [CHANNEL_HTTP] = "http"
};
_Static_assert(COUNT(channel_kinds) == CHANNEL_NKINDS, "a name each");

static const char *
name_of(const char *const *names, size_t n, unsigned i)
{
	return i < n ? names[i] : "?";
}

static int
index_of(const char *const *names, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], s) == 0)
			return (int)i;
	return -1;
}

#define NAMES(what, type, names)					\
const char *								\
what##_name(enum type v)						\
{									\
	return name_of(names, COUNT(names), (unsigned)v);		\
}									\
									\
int									\
what##_parse(const char *s, enum type *out)				\
{									\
	int	i = index_of(names, COUNT(names), s);			\
									\
	if (i == -1)							\
		return -1;						\
	*out = (enum type)i;						\
	return 0;							\
}

NAMES(incident_state, incident_state, incident_states)
NAMES(disposition, disposition, dispositions)
NAMES(outbox_state, outbox_state, outbox_states)
NAMES(channel_kind, channel_kind, channel_kinds)
