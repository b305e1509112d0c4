/*
 * reply - a decision in each MTA's dialect
 *
 * Postfix: TLS policy table values (postconf smtp_tls_policy_maps); sendmail:
 * FEATURE(sts). Everything is built from parsed tokens: no byte of a remote
 * policy enters a reply unvalidated.
 */
#ifndef MTASTS_CORE_REPLY_H
#define MTASTS_CORE_REPLY_H

#include "base/buf.h"
#include "core/decide.h"

enum dialect {
	DIALECT_TLSRPT = 0, /* QUERYwithTLSRPT: Postfix 3.10 and later */
	DIALECT_QUERY, /* QUERY: Postfix 3.4 to 3.9 */
	DIALECT_POSTFIX, /* postfix: as QUERY, DANE only when it is on */
	DIALECT_STS, /* sts: sendmail */
	DIALECT_LINE, /* the line protocol: Exim */
	DIALECT_COUNT
};

/* dialect_name - the map name: "QUERYwithTLSRPT", ..., "line" */
const char *dialect_name(enum dialect d);

/*
 * dialect_find - the dialect of a socketmap's map name, in any case
 *
 * False when there is none (DIALECT_LINE has no map name).
 */
bool dialect_find(struct str map_name, enum dialect *out);

enum reply_dane { REPLY_DANE_BY_MAP = 0, REPLY_DANE_ON, REPLY_DANE_OFF };

/* dialect_dane - may replies in this dialect carry a DANE level? */
bool dialect_dane(enum dialect d, enum reply_dane option);

/* dialect_deadline_ms - before it the reply must be out: 8 s, or 4 s */
int64_t dialect_deadline_ms(enum dialect d);

enum reply_status { REPLY_OK = 0, REPLY_NOTFOUND, REPLY_TEMP, REPLY_PERM };

/* reply_status_name - "OK", "NOTFOUND", "TEMP", "PERM" */
const char *reply_status_name(enum reply_status status);

enum reply_testing {
	REPLY_TESTING_NONE = 0,
	REPLY_TESTING_MAY,
	REPLY_TESTING_ENCRYPT
};

/* Bytes of a Postfix reply, status and blank included. */
#define REPLY_MAX	    99000
#define REPLY_TCP_TABLE_MAX 4000 /* of 4096: a blank becomes %20 */

struct reply_form {
	enum dialect dialect;
	enum reply_testing testing;
	size_t max; /* bytes of status, blank and data together */
};

/*
 * reply_format - append the data of a reply, without the status word
 *
 * Not for DIALECT_LINE. Over form->max the policy_string attributes go first,
 * then names in match= that are no MX now (d->match_current), then
 * mx_host_pattern; TEMP with a reason when it still does not fit. Reasons
 * follow NOTFOUND never, TEMP and PERM always, and hold printable ASCII only,
 * at most 200 bytes. A testing level is told of testing policies, and in the
 * dialect that can report it (policy_failure) of policies that could not be
 * had. Whether all was written is to be asked of buf_error().
 */
enum reply_status reply_format(
    const struct decision *d, const struct reply_form *form, struct buf *b);

/*
 * reply_line_mode - append the answer to "mode D": enforce, testing, none,
 * absent or "temp REASON"
 *
 * A rule's static reply: enforce for secure and verify, absent for none, may
 * and dane; other levels are not for Exim, and it is temp then.
 */
void reply_line_mode(const struct decision *d, struct buf *b);

/*
 * reply_line_mx - append the answer to "mx D HOST": nothing when mail may go
 * to the host, else the reason
 *
 * By RFC 8461 section 4.1; for a rule's static reply by its match= as Postfix
 * compares it. host is any bytes.
 */
void reply_line_mx(const struct decision *d, struct str host, struct buf *b);

#endif
