#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * notify - readiness and watchdog for systemd, sd_notify(3) by hand.
 * Nothing happens where $NOTIFY_SOCKET is not set.
 */
#include <stdint.h>

void	notify_send(const char *lines);		/* "READY=1\nSTATUS=..." */
/* $WATCHDOG_USEC in ms, or 0: no watchdog. */
int64_t	notify_watchdog_ms(void);

#endif
