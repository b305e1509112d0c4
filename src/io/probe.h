/*
 * probe - look at one address: STARTTLS over SMTP, or TLS at once
 *
 * Never sends mail, AUTH or a report: EHLO, STARTTLS, EHLO, QUIT, or only the
 * handshake. What the certificate is changes nothing in the way through:
 * it is looked at afterwards (io/chain). One absolute deadline, bounded bytes.
 * How many connections one address gets is the caller's matter. All calls come
 * from the loop's thread.
 */
#ifndef MTASTS_IO_PROBE_H
#define MTASTS_IO_PROBE_H

#include "base/diag.h"
#include "core/probefact.h"
#include "io/loop.h"
#include "mtasts/err.h"

struct prober;
struct probe;

enum probe_kind {
	PROBE_SMTP = 0,
	PROBE_TLS /* TLS from the first byte; SMTP's facts stay empty */
};

struct prober_conf {
	const char *ca_file; /* PEM; read at open */
	const char *helo; /* the name in EHLO */
	int64_t timeout_ms; /* of one probe */
	struct loop *loop;
};

/* What to look at. */
struct probe_want {
	enum probe_kind kind;
	const char *host; /* for SNI and comparing names; copied */
	struct ipnet_addr addr;
	unsigned port;
	bool no_sni; /* say no name in the handshake */
	bool old_tls; /* offer TLS 1.0 and 1.1 alone, and old ciphers too */
	struct tlsfact *like; /* see chain_look(); null, or
			       * borrowed until the callback */
};

/* probe_callback - the result; hold it to keep it. Never null */
typedef void probe_callback(void *ctx, struct probefact *fact);

/*
 * prober_open - read the roots, prepare
 *
 * *out: yours, prober_close(). A finding says what is wrong with the CA file:
 * ENOENT, ESYS, ESYNTAX; else ETLS, ENOMEM.
 */
enum mtasts_err prober_open(const struct prober_conf *conf, struct prober **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* prober_close - cancel everything, release; null is fine */
void prober_close(struct prober *p);

/*
 * probe_start - connect and look
 *
 * The callback comes once, from the loop, never before this returns. Null when
 * memory is short.
 */
struct probe *probe_start(struct prober *p, const struct probe_want *want,
    probe_callback *cb, void *ctx);

/* probe_cancel - the callback will not come; null is fine */
void probe_cancel(struct probe *probe);

#endif
