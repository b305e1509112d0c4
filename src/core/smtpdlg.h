/*
 * smtpdlg - the STARTTLS dialogue of a client that only looks
 *
 * RFC 5321 sections 4.1.1.1, 4.2, RFC 3207. A push machine: bytes of the
 * server in, what to do next out. It opens no socket and reads no clock:
 *
 *	smtpdlg_init(&d, helo);
 *	... bytes came: step = smtpdlg_feed(&d, &bytes)
 *	    SMTPDLG_MORE      read on
 *	    SMTPDLG_SEND      send smtpdlg_line(), then feed what is left, be it
 *			      nothing: the dialogue may be over
 *	    SMTPDLG_TLS       begin the handshake; smtpdlg_secured() when over
 *	    SMTPDLG_OVER      d.end and d.why say how it ended
 *
 * Replies may have many lines, in any number of pieces; a line over
 * SMTPDLG_LINE_MAX or a reply over SMTPDLG_REPLY_MAX bytes is no SMTP.
 */
#ifndef MTASTS_CORE_SMTPDLG_H
#define MTASTS_CORE_SMTPDLG_H

#include "base/buf.h"
#include "core/probefact.h"

#define SMTPDLG_LINE_MAX  2048 /* RFC 5321 has 512; some say more */
#define SMTPDLG_REPLY_MAX 65536

enum smtpdlg_step { SMTPDLG_MORE = 0, SMTPDLG_SEND, SMTPDLG_TLS, SMTPDLG_OVER };

enum smtpdlg_state {
	SMTPDLG_GREETING = 0,
	SMTPDLG_EHLO,
	SMTPDLG_STARTTLS,
	SMTPDLG_HANDSHAKE,
	SMTPDLG_EHLO_TLS,
	SMTPDLG_QUIT,
	SMTPDLG_ENDED
};

struct smtpdlg {
	enum smtpdlg_state state;
	enum probefact_end end; /* when over */
	struct buf why; /* printable; a sentence without final dot */
	int greeting_code;
	struct buf greeting; /* first line's text, printable, cut */
	bool early;
	unsigned ext_clear, ext_tls;
	struct buf line; /* private: of the server, not yet whole */
	struct buf said; /* private: text of the reply's first line */
	struct buf out; /* private: to be sent */
	const char *helo;
	int code; /* private: of the reply being read; 0: none yet */
	size_t reply_len; /* private: bytes of it */
	unsigned reply_lines; /* private */
};

/* smtpdlg_init - before the first byte; helo is borrowed until the end */
void smtpdlg_init(struct smtpdlg *d, const char *helo);

/* smtpdlg_free - release what it holds */
void smtpdlg_free(struct smtpdlg *d);

/*
 * smtpdlg_feed - take bytes from the front of *bytes
 *
 * After SMTPDLG_SEND what is left of *bytes came before our turn: feed it
 * again, and d->early says so. After SMTPDLG_TLS nothing may be left: if bytes
 * are, or are fed before smtpdlg_secured(), the end is PROBEFACT_INJECTED at
 * once, SMTPDLG_OVER.
 */
enum smtpdlg_step smtpdlg_feed(struct smtpdlg *d, struct str *bytes);

/* smtpdlg_line - what is to be sent now, CRLF included */
struct str smtpdlg_line(const struct smtpdlg *d);

/* smtpdlg_secured - the handshake is over: SMTPDLG_SEND, EHLO once more */
enum smtpdlg_step smtpdlg_secured(struct smtpdlg *d);

/* smtpdlg_closed - the server ended the connection: SMTPDLG_OVER */
enum smtpdlg_step smtpdlg_closed(struct smtpdlg *d);

/* smtpdlg_late - time is up: SMTPDLG_OVER, and "why" says what for */
enum smtpdlg_step smtpdlg_late(struct smtpdlg *d, int64_t waited_ms);

#endif
