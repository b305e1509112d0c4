/*
 * pdnsapi - records of a zone replaced through PowerDNS's HTTP API
 *
 * What is there is read first and compared, then all changes are made by one
 * request: all of them or none. Between the two somebody else could change
 * something, as the API has no conditions. Plain HTTP, as PowerDNS speaks.
 */
#ifndef MTASTS_IO_PDNSAPI_H
#define MTASTS_IO_PDNSAPI_H

#include "base/arena.h"
#include "base/buf.h"
#include "io/dnschange.h"
#include "io/loop.h"
#include "mtasts/err.h"

struct pdnsapi;

/* What is wanted; all borrowed until the callback came, or the cancel. */
struct pdnsapi_want {
	struct loop *loop;
	const char *url; /* "http://ADDR:PORT" */
	struct str key;
	const char *zone;
	const struct dnschange *changes;
	size_t count;
	int64_t timeout_ms;
};

/*
 * pdnsapi_start - have it done
 *
 * The callback comes once, from the loop, never before this returns. Null when
 * memory is short.
 */
struct pdnsapi *pdnsapi_start(
    const struct pdnsapi_want *want, dnschange_callback *cb, void *ctx);

/* pdnsapi_cancel - the callback will not come; null is fine */
void pdnsapi_cancel(struct pdnsapi *job);

/* Values that an answer of the API has; in the arena. */
struct pdnsapi_values {
	const struct str *v;
	size_t count;
};

/*
 * pdnsapi_read - the values of one name and type in a zone's JSON
 *
 * Texts without quotes and escapes, strings joined; names without final dot.
 * ESYNTAX when it is no such answer; ENOMEM.
 */
enum mtasts_err pdnsapi_read(struct str json, const struct dnschange *change,
    struct arena *a, struct pdnsapi_values *out) MTASTS_MUST_CHECK;

/* pdnsapi_put - append the JSON of the request that changes records */
void pdnsapi_put(const struct dnschange *changes, size_t count, struct buf *b);

/* pdnsapi_reason - append the "error" of an answer, printable; or nothing */
void pdnsapi_reason(struct str json, struct buf *b);

#endif
