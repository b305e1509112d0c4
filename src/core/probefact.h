/*
 * probefact - what a mail server showed at one of its addresses
 *
 * One SMTP connection: greeting, EHLO, STARTTLS, handshake, EHLO, QUIT. Facts
 * only: core/smtpdlg reads the dialogue, io/probe has the connection. RFC 5321,
 * RFC 3207. Shared by counting.
 */
#ifndef MTASTS_CORE_PROBEFACT_H
#define MTASTS_CORE_PROBEFACT_H

#include "core/ipnet.h"
#include "core/tlsfact.h"

/* How far it came. */
enum probefact_end {
	PROBEFACT_OK = 0, /* TLS, EHLO over TLS, QUIT */
	/* nothing is known of the server */
	PROBEFACT_OURS, /* memory, descriptors, no route of this family */
	PROBEFACT_UNREACHABLE, /* no route to it, or a firewall says so */
	PROBEFACT_REFUSED, /* the connection was refused */
	PROBEFACT_TIMEOUT, /* no connection in time */
	/* it talks, but not so far as to STARTTLS */
	PROBEFACT_SILENT, /* no greeting, or no reply, in time */
	PROBEFACT_BUSY, /* 4xx greeting, or 421 at any time */
	PROBEFACT_REJECTED, /* 5xx greeting */
	PROBEFACT_NO_SMTP, /* what it says is not SMTP, or breaks a bound */
	PROBEFACT_EHLO, /* EHLO was refused */
	PROBEFACT_CLOSED, /* it closed the connection before TLS */
	/* no TLS */
	PROBEFACT_NO_STARTTLS, /* not among the extensions */
	PROBEFACT_STARTTLS_LATER, /* 4xx to STARTTLS */
	PROBEFACT_STARTTLS_NEVER, /* 5xx, or another code than 220 */
	PROBEFACT_INJECTED, /* bytes in the clear behind the 220 */
	PROBEFACT_TLS, /* the handshake failed */
	PROBEFACT_TLS_LATE, /* the handshake was not over in time */
	/* TLS, and then no more mail */
	PROBEFACT_AFTER_TLS, /* EHLO over TLS failed */
	PROBEFACT_ENDS
};

/* SMTP extensions, as bits. */
enum {
	PROBEFACT_STARTTLS = 1 << 0,
	PROBEFACT_REQUIRETLS = 1 << 1,
	PROBEFACT_PIPELINING = 1 << 2,
	PROBEFACT_SIZE = 1 << 3,
	PROBEFACT_8BITMIME = 1 << 4,
	PROBEFACT_SMTPUTF8 = 1 << 5,
	PROBEFACT_CHUNKING = 1 << 6,
	PROBEFACT_DSN = 1 << 7,
	PROBEFACT_AUTH = 1 << 8
};

struct probefact {
	enum probefact_end end;
	const char *why; /* one sentence without final dot, printable: what
			  * happened, with numbers; "" for OK */
	char address[IPNET_TEXT_LEN];
	int greeting_code; /* 220; 0: none came */
	const char *greeting; /* text of its first line behind the code,
			       * printable, cut; or "" */
	bool early; /* it spoke again before it was its turn */
	unsigned ext_clear; /* extensions before TLS */
	unsigned ext_tls; /* and over TLS */
	struct tlsfact *tls; /* null: no handshake was finished */
	int64_t took_ms;
	struct arena *arena;
	unsigned holders;
};

/* probefact_hold - one more owner, who calls probefact_free(); returns it */
struct probefact *probefact_hold(struct probefact *fact);

/* probefact_free - give up ownership; null is fine */
void probefact_free(struct probefact *fact);

/* probefact_end_name - "ok", "refused", "no-starttls", ... */
const char *probefact_end_name(enum probefact_end end);

/* probefact_talked - did a server answer at all, in whatever way? */
bool probefact_talked(const struct probefact *fact);

#endif
