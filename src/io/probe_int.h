/*
 * probe_int - what the files of the room probe share, and nobody else
 *
 * probe.c holds the probes, their deadline and the result; probe_conn.c is the
 * connection and moves the dialogue of core/smtpdlg; probe_tls.c is its TLS.
 *
 * Everything happens in callbacks of the loop: neither probe_start() nor what
 * OpenSSL calls ends a probe.
 */
#ifndef MTASTS_IO_PROBE_INT_H
#define MTASTS_IO_PROBE_INT_H

#include "io/probe.h"

#include "core/limits.h"
#include "core/smtpdlg.h"

struct ssl_st;
struct ssl_ctx_st;
struct bio_method_st;

#define PROBE_WHY_MAX	1000 /* bytes of a reason */
#define PROBE_BYTES_MAX ((size_t)512 << 10) /* from one server, TLS's too */

enum probe_io { PROBE_IO_DONE = 0, PROBE_IO_WAIT, PROBE_IO_FAILED };

enum probe_step {
	PROBE_IDLE = 0, /* it could not begin */
	PROBE_CONNECT,
	PROBE_TALK, /* SMTP, in the clear or over TLS */
	PROBE_SHAKE
};

struct probe {
	struct prober *p;
	struct probe *next, **link;
	probe_callback *cb;
	void *ctx;
	struct probe_want want; /* host is the text below */
	char host[LIMIT_DNAME_LEN + 1];
	int64_t started_ms;
	struct loop_watch *timer;
	enum probe_step step;
	int fd;
	struct loop_watch *watch;
	int watched; /* LOOP_READ and LOOP_WRITE */
	struct smtpdlg dlg;
	struct ssl_st *ssl;
	bool secured; /* the handshake is over */
	struct buf out; /* not yet sent */
	size_t sent; /* of it */
	size_t received; /* bytes, TLS's own too */
	bool flooded; /* past PROBE_BYTES_MAX */
	bool at_eof; /* the peer has ended TCP */
	int io_errno; /* of the last failed call */
	enum probefact_end end;
	struct buf why;
	struct probefact *fact; /* to be filled in */
};

/* What all probes share. */
struct probe_tls {
	struct ssl_ctx_st *ctx, *old_ctx; /* the second for want.old_tls */
	struct bio_method_st *bio;
};

struct prober {
	struct loop *loop;
	char *helo;
	int64_t timeout_ms;
	struct probe_tls tls;
	struct probe *first;
};

/* ---- probe.c ---- */

/* probe_ended - how it ended, with a sentence; the probe lives on */
void probe_ended(struct probe *probe, enum probefact_end end, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* probe_done - tell the result; the probe is gone afterwards */
void probe_done(struct probe *probe);

/* ---- probe_conn.c ---- */

/* probe_conn_start - begin to connect; false: probe_ended() knows why */
bool probe_conn_start(struct probe *probe);

/* probe_conn_late - its time is up: probe_ended() */
void probe_conn_late(struct probe *probe);

/* probe_conn_close - say good bye if it is worth it, release */
void probe_conn_close(struct probe *probe);

/* ---- probe_tls.c ---- */

/* probe_tls_open - read the roots; errors as prober_open() */
enum mtasts_err probe_tls_open(struct probe_tls *tls, const char *ca_file,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* probe_tls_close - release */
void probe_tls_close(struct probe_tls *tls);

/* probe_tls_begin - TLS over the connected socket; false: no memory */
bool probe_tls_begin(struct probe *probe);

/*
 * probe_tls_handshake - go on
 *
 * DONE: the facts are in probe->fact->tls. FAILED: probe_ended() knows why.
 */
enum probe_io probe_tls_handshake(struct probe *probe);

/* probe_tls_write - all of it goes into probe->out; false: no memory */
bool probe_tls_write(struct probe *probe, struct str bytes);

/* probe_tls_read - up to size bytes, their number in *len; FAILED: the end */
enum probe_io probe_tls_read(
    struct probe *probe, char *p, size_t size, size_t *len);

/* probe_tls_end - put our good bye into probe->out, release */
void probe_tls_end(struct probe *probe);

#endif
