/*
 * conf_push - the ways to write into DNS: the list of the section "push"
 *
 * Shared by the rooms of conf, and by who looks for the way into a zone.
 */
#ifndef MTASTS_IO_CONF_PUSH_H
#define MTASTS_IO_CONF_PUSH_H

#include "io/conf_table.h"

#define CONF_PUSHES_MAX 256 /* ways of one file */

/* conf_push_preset - a way as nothing but defaults; ENOMEM */
enum mtasts_err conf_push_preset(
    struct conf_push *way, struct arena *arena) MTASTS_MUST_CHECK;

/*
 * conf_push_room - an empty list for conf, with room for one more than may be
 *
 * Its count is 0. Null when memory is short.
 */
struct conf_push *conf_push_room(struct conf *conf);

/*
 * conf_push_check - has a way all that its method needs?
 *
 * ECONF with a finding of "at" for each option that is missing.
 */
enum mtasts_err conf_push_check(const struct conf_push *way,
    struct diag_place at, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* conf_push_method_name - "rfc2136", "powerdns" or "hook" */
const char *conf_push_method_name(int64_t method);

/*
 * conf_push_find - the first way whose zones have this name; null: none
 *
 * A zone has itself and all below it; "*" has every name.
 */
const struct conf_push *conf_push_find(
    const struct conf *conf, struct str name);

/* conf_pushes_dump - append the section as YAML that reads back */
void conf_pushes_dump(const struct conf *conf, struct buf *b);

/* conf_pushes_json - all ways as the next JSON value, an array of objects */
void conf_pushes_json(const struct conf *conf, struct js_writer *w);

#endif
