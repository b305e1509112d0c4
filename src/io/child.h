/*
 * child - another program, run beside the loop
 *
 * No shell: words stay words. Nothing of ours is inherited but what is given:
 * no environment, no descriptor. Bounded in time and in bytes; what it left
 * running in its process group ends with it.
 */
#ifndef MTASTS_IO_CHILD_H
#define MTASTS_IO_CHILD_H

#include "base/buf.h"
#include "io/loop.h"

struct child;

enum child_end {
	CHILD_EXITED = 0, /* status is its exit status */
	CHILD_SIGNALED, /* status is the signal */
	CHILD_TIMEOUT /* killed: it took too long */
};

/* How it ended. Borrowed for the call. */
struct child_result {
	enum child_end end;
	int status;
	struct str out, err; /* the beginning of what it wrote */
	bool out_cut, err_cut; /* there was more */
};

/* child_callback - it has ended; comes once, from the loop */
typedef void child_callback(void *ctx, const struct child_result *result);

struct child_conf {
	struct loop *loop;
	const char *const *argv; /* argv[0] is a path; null at the end */
	const char *const *env; /* "KEY=VALUE"; null at the end */
	struct str input; /* for its standard input; copied */
	size_t out_max, err_max; /* bytes that are kept; the rest is dropped */
	int64_t timeout_ms;
	/*
	 * A descriptor that it keeps as number 3, so that a lock lives as long
	 * as it does; 0: none.
	 */
	int keep_fd;
};

/*
 * child_start - run it
 *
 * SIGPIPE must be ignored. *out: until the callback came or child_cancel().
 * ENOENT when there is no such program; ESYS: errno; ENOMEM.
 */
enum mtasts_err child_start(const struct child_conf *conf, child_callback *cb,
    void *ctx, struct child **out) MTASTS_MUST_CHECK;

/* child_cancel - kill it; the callback will not come; null is fine */
void child_cancel(struct child *child);

#endif
