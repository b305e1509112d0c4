/*
 * tlskeys - certificates and keys of many names
 *
 * Found by folder name (NAME/fullchain.pem, NAME/privkey.pem), then by an
 * index of the SAN names of all folders, built in the background. Loaded on
 * first use into a bounded cache, replaced within a second when the files
 * change and key and certificate fit. Never gives a certificate that does not
 * name the host. Safe for several threads.
 */
#ifndef MTASTS_IO_TLSKEYS_H
#define MTASTS_IO_TLSKEYS_H

#include "base/metrics.h"
#include "io/log.h"

struct ssl_st;
struct tlskeys;

struct tlskeys_conf {
	const char *const *folders; /* borrowed for the call, copied */
	size_t folder_count;
	const char *default_name; /* for clients without SNI, or "" */
	size_t cache_max; /* certificates kept loaded */
	struct log *log;
	struct metrics *metrics; /* gauges by days left, loads, failures */
};

/*
 * tlskeys_open - start the index and the watch
 *
 * Folders that cannot be read are logged with what to do, and looked at again.
 * *out on success: yours, tlskeys_close().
 */
enum mtasts_err tlskeys_open(
    const struct tlskeys_conf *conf, struct tlskeys **out) MTASTS_MUST_CHECK;

/* tlskeys_close - stop the watch, release everything; null is fine */
void tlskeys_close(struct tlskeys *keys);

/*
 * tlskeys_use - give a TLS session the certificate for a name
 *
 * ssl   a server session in its server name or certificate callback
 * name  SNI, lower case, or empty when the client sent none
 *
 * True when a certificate that names the host was set; false ends the
 * handshake (unknown name; the cause is counted and logged at most once a
 * minute per name).
 */
bool tlskeys_use(struct tlskeys *keys, struct ssl_st *ssl, struct str name);

/* tlskeys_has - is there a certificate for the name now? For checks. */
bool tlskeys_has(struct tlskeys *keys, struct str name);

#endif
