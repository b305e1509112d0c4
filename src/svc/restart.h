/*
 * restart - what a running daemon does not take over from the configuration
 *
 * Rows of io/conf_table that are marked so. Their values at the start are
 * kept; a later configuration that differs is told of in the log.
 */
#ifndef MTASTS_SVC_RESTART_H
#define MTASTS_SVC_RESTART_H

#include "base/buf.h"
#include "io/conf.h"
#include "io/log.h"

/* restart_note - append the values that this daemon begins with */
void restart_note(const struct conf *conf, const char *section, struct buf *b);

/*
 * restart_say - warn of each option that differs from what was noted
 *
 * section  of the daemon; those that all programs share are looked at, too
 */
void restart_say(const struct conf *conf, const char *section, struct str noted,
    struct log *log);

#endif
