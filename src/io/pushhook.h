/*
 * pushhook - records written by a program of the administrator's
 *
 * For every provider that has an interface of its own. The program gets the
 * changes as one JSON document on its standard input, no argument, and of our
 * environment only PATH and CREDENTIALS_DIRECTORY. It exits with 0 when the
 * records are as wanted, 1 when they will not be (refused), 2 when it may be
 * tried again; the last line of its standard error says why.
 */
#ifndef MTASTS_IO_PUSHHOOK_H
#define MTASTS_IO_PUSHHOOK_H

#include "base/buf.h"
#include "io/dnschange.h"
#include "io/loop.h"

struct pushhook;

/* What it is run for; borrowed until it has begun. */
struct pushhook_want {
	struct loop *loop;
	const char *program;
	const char *zone;
	const struct dnschange *changes;
	size_t count;
	int64_t timeout_ms;
};

/*
 * pushhook_start - run it
 *
 * The callback comes once, from the loop, never before this returns. *out:
 * until then, or pushhook_cancel(). ENOENT: no such program; ESYS: errno;
 * ENOMEM.
 */
enum mtasts_err pushhook_start(const struct pushhook_want *want,
    dnschange_callback *cb, void *ctx, struct pushhook **out) MTASTS_MUST_CHECK;

/* pushhook_cancel - kill it; the callback will not come; null is fine */
void pushhook_cancel(struct pushhook *hook);

/* pushhook_json - append the document that it gets */
void pushhook_json(const struct pushhook_want *want, struct buf *b);

/* pushhook_reason - the last line that says something, made printable */
void pushhook_reason(struct str said, struct buf *b);

#endif
