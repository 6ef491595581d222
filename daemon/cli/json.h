#ifndef CLI_JSON_H
#define CLI_JSON_H

/*
 * json - the records of base/record.h as JSON, for --json.
 *
 * Names are those of the records; times are RFC 3339 in the policy's zone;
 * what is not known is null.  New references.
 */
#include <jansson.h>

#include "base/record.h"
#include "cli/cli.h"

json_t	*json_incident(struct cli *, const struct incident *);
json_t	*json_mail(struct cli *, const struct mail *);
json_t	*json_field(struct cli *, const struct incident_field *);
json_t	*json_deadline(struct cli *, const struct deadline *);
json_t	*json_item(struct cli *, const struct outbox_item *);
json_t	*json_receipt(struct cli *, const struct receipt *);
json_t	*json_journal(struct cli *, const struct journal_row *);
/* JSON text as a value; null for NULL, a string for what is no JSON. */
json_t	*json_text(const char *);
/* A string that may not be UTF-8, or null. */
json_t	*json_str(const char *);
const char *deadline_state_name(enum deadline_state);

#endif
