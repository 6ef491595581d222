#ifndef COURIER_H
#define COURIER_H

/*
 * courier - the process that carries promises to their receivers.
 *
 * Knows the receivers' credentials, opens no store and keeps nothing: one
 * JOB in, one RECEIPT out, in order.
 *
 * JOB:	    outbox id n, json, content
 *	    json: "channel" "smtp" or "http", "from" envelope sender, "to"
 *	    address, "role", "message_id", "envid" (SUCCESS notices are asked
 *	    for when it is there), "now", "type" (HTTP, application/json),
 *	    "rest" [relay names]: not to be tried now
 * RECEIPT: outbox id n, json
 *	    "result" "accepted", "again", "refused" (this item never works) or
 *	    "unknown" (may have been taken); "code", "status" (RFC 3463),
 *	    "text", "peer", "remote_id", "tls", "step", "relay" (its name, or
 *	    "http/ROLE"), "relay_fault" (the way is broken: the item is never
 *	    refused for it, tell the operator), "retry_after", "expires" (UTC:
 *	    the peer's certificate), "renew_by" (UTC: a refresh token),
 *	    "faults" [{"relay","text"}]: relays that were tried in vain
 */
#include "base/conf.h"
#include "base/frame.h"

/* Until QUIT or the desk closes its end.  0, or 1: the desk spoke nonsense. */
int	courier_main(struct channel *, const struct conf *);

#endif
