/*
 * notify - telling systemd how we are: the sd_notify protocol
 *
 * Does nothing when NOTIFY_SOCKET is not set. Never blocks, never fails: the
 * supervisor's trouble is not ours; the result, whether it was told, is for
 * tests.
 */
#ifndef MTASTS_IO_NOTIFY_H
#define MTASTS_IO_NOTIFY_H

#include <stdbool.h>

/* notify_ready - the service has started or finished its reload */
bool notify_ready(void);

/* notify_reloading - a reload begins; notify_ready() ends it */
bool notify_reloading(void);

/* notify_stopping - the service has begun to stop */
bool notify_stopping(void);

/* notify_status - one line for "systemctl status"; line ends are cut */
bool notify_status(const char *text);

#endif
