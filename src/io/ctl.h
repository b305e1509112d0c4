/*
 * ctl - a daemon's control socket, and asking it
 *
 * A unix socket. A client sends one JSON object on one line; the daemon
 * answers with any number of JSON objects, one a line, and closes. The last
 * line is {"end":true} or {"end":true,"error":"sentence"}. Who asks is known
 * from the kernel (SO_PEERCRED).
 */
#ifndef MTASTS_IO_CTL_H
#define MTASTS_IO_CTL_H

#include "base/buf.h"
#include "base/diag.h"
#include "base/json.h"
#include "io/log.h"
#include "io/loop.h"

#include <sys/types.h>

#define CTL_REQUEST_MAX ((size_t)64 << 10) /* bytes of a request */
#define CTL_REPLY_MAX	((size_t)16 << 20) /* bytes of a line of a reply */
#define CTL_CLIENTS_MAX 32

struct ctl;
struct ctl_call;

struct ctl_conf {
	/*
	 * As io/listen. A path becomes "unix:PATH,mode=0660", with the group
	 * when there is one: who may connect sees where mail goes.
	 */
	const char *address;
	const char *group; /* who may change things beside root; or "" */
	/*
	 * A user who may, too; null, "" or one that is not there: nobody. He
	 * can connect when the socket file lets him.
	 */
	const char *user;
	/*
	 * request - a client asks; answer now or later
	 *
	 * js is borrowed for the call. Answer by ctl_line() any number of
	 * times and ctl_end() once; admin: root, the daemon's own user, "user",
	 * or a member of the group.
	 */
	void (*request)(void *ctx, struct ctl_call *call, const struct js *js);
	void *ctx;
	int64_t request_ms; /* for the whole request; 0: 5 s */
	int64_t stall_ms; /* while nobody reads the answer; 0: 30 s */
	struct loop *loop;
	struct log *log; /* may be null */
};

/*
 * ctl_open - listen and answer
 *
 * *out: yours, ctl_close(). conf is copied, texts too. A finding says why not:
 * those of listen_open(); ECONF when there is no such group; ENOMEM.
 */
enum mtasts_err ctl_open(const struct ctl_conf *conf, struct ctl **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* ctl_close - end all calls, remove the socket; null is fine */
void ctl_close(struct ctl *ctl);

/* ctl_admin - may this caller change things? */
bool ctl_admin(const struct ctl_call *call);

/* ctl_uid - who calls */
uid_t ctl_uid(const struct ctl_call *call);

/*
 * ctl_set - something of the daemon's that belongs to the call
 *
 * gone(data) is called once: in ctl_end(), or when the client has gone before
 * that. The call is not to be used afterwards.
 */
void ctl_set(struct ctl_call *call, void *data, void (*gone)(void *data));

/* ctl_get - what was set, or null */
void *ctl_get(const struct ctl_call *call);

/*
 * ctl_line - one JSON document of the answer; without line ends in it
 *
 * Nothing leaves before control is back in the loop, so that a call never
 * ends within a call of ctl_line(), ctl_on_drain() or request().
 */
void ctl_line(struct ctl_call *call, struct str json);

/*
 * ctl_on_drain - call once when what was written has left
 *
 * For long answers: write a part, wait for this, write on. A call whose
 * answer piles up beyond CTL_REPLY_MAX is cut.
 */
void ctl_on_drain(struct ctl_call *call, loop_callback *cb, void *ctx);

/* ctl_end - that was all; error is a sentence, or null */
void ctl_end(struct ctl_call *call, const char *error);

/* What a client asks. All borrowed. */
struct ctl_question {
	const char *path; /* of the socket; "unix:" before it is fine */
	struct str request; /* one JSON object on one line */
	int64_t timeout_ms; /* of silence */
	/*
	 * line - each line but the last, as text and parsed; may be null
	 *
	 * Borrowed for the call. False ends it early, with MTASTS_OK.
	 */
	bool (*line)(void *ctx, struct str text, const struct js *js);
	void *ctx;
};

/*
 * ctl_ask - a client's side: send a request, get the lines; blocks
 *
 * MTASTS_OK after {"end":true}. ENOENT: no daemon there; ESYS: errno (EACCES:
 * not allowed); ETIMEOUT; ESYNTAX: not our protocol; EINVAL: the daemon
 * refused, its sentence is appended to error, printable; ENOMEM.
 */
enum mtasts_err ctl_ask(
    const struct ctl_question *q, struct buf *error) MTASTS_MUST_CHECK;

#endif
