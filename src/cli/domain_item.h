/*
 * domain_item - how a registered name is, in a few words and as JSON
 */
#ifndef MTASTS_CLI_DOMAIN_ITEM_H
#define MTASTS_CLI_DOMAIN_ITEM_H

#include "base/json.h"
#include "cli/cmd.h"
#include "task/overview.h"

/* domain_item_state - how it is, in a few words */
void domain_item_state(const struct overview *o, struct buf *out);

/* domain_item_cert - "61d", "expired", "refused", or "": nothing is known */
void domain_item_cert(
    const struct overview *o, int64_t now_at, struct buf *out);

/* domain_item_json - the members of an object about a name */
void domain_item_json(const struct overview *o, struct js_writer *w);

#endif
