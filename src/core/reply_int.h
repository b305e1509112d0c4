/*
 * reply_int - what the rooms of reply share
 */
#ifndef MTASTS_CORE_REPLY_INT_H
#define MTASTS_CORE_REPLY_INT_H

#include "base/buf.h"

#define REPLY_REASON_MAX 200 /* bytes of a reason: Postfix logs no more */

/*
 * reply_put_reason - append why, in one line of printable ASCII
 *
 * Cut at REPLY_REASON_MAX; other bytes become "?"; never empty.
 */
void reply_put_reason(struct str text, struct buf *b);

#endif
