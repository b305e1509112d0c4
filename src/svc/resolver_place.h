/*
 * resolver_place - what mtasts-resolver finds on the machine it runs on
 */
#ifndef MTASTS_SVC_RESOLVER_PLACE_H
#define MTASTS_SVC_RESOLVER_PLACE_H

#include "io/conf.h"
#include "io/listen.h"
#include "io/log.h"

/*
 * resolver_sockets - open all addresses of a list
 *
 * As listen_open(); but a socket file whose folder is missing (that of Postfix,
 * where there is no Postfix) is left out with a warning, as long as there is
 * another address. A socket file without a mode gets 0666.
 */
enum mtasts_err resolver_sockets(const struct conf_list *list,
    struct listen_set *set, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * resolver_store - where the policies are kept, as a store's URL
 *
 * In the folder "resolver" of the store when there is one: there the daemon's
 * own user may write, as it may not in the registry's folder. out is
 * initialised; check buf_error().
 */
void resolver_store(const char *store, struct buf *out);

/*
 * resolver_room - connections that there are descriptors for, at most wanted
 *
 * Fewer are said in the log.
 */
unsigned resolver_room(int64_t wanted, struct log *log);

#endif
