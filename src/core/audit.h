/*
 * audit - the results of all checks of one domain
 *
 * The rooms judge_* write findings and remarks; audit_end() makes one result
 * per check of them, the worst finding in front. What a check is and why it
 * matters is core/checks' matter. One object, one free.
 */
#ifndef MTASTS_CORE_AUDIT_H
#define MTASTS_CORE_AUDIT_H

#include "base/diag.h"
#include "base/json.h"
#include "core/checks.h"
#include "core/live.h"

enum audit_status {
	AUDIT_PASS = 0,
	AUDIT_INFO, /* worth knowing */
	AUDIT_WARN, /* a risk */
	AUDIT_FAIL, /* the policy does not work, or mail is lost */
	AUDIT_SKIP, /* not looked at, or not found out: the message says why */
	AUDIT_STATUSES
};

enum audit_result {
	AUDIT_RESULT_PASS = 0,
	AUDIT_RESULT_WARN,
	AUDIT_RESULT_UNKNOWN, /* something could not be found out, no failure */
	AUDIT_RESULT_FAIL,
	AUDIT_RESULTS
};

/* What becomes of mail that a sender has for the domain now. */
enum audit_outlook {
	AUDIT_UNKNOWN = 0,
	AUDIT_DELIVER_TLS, /* authenticated TLS, or not at all */
	AUDIT_DELIVER_ANY, /* delivered, whoever answers */
	AUDIT_DEFER, /* waits, and comes back after some days */
	AUDIT_OUTLOOKS
};

/* The result of one check. Texts are printable and never null. */
struct audit_check {
	const struct check *check;
	enum audit_status status;
	bool unknown; /* of SKIP: it should have been found out */
	const char *seen; /* what was seen, a phrase; may be "" */
	const char *message; /* PASS: the check's title; SKIP: the reason;
			      * else the worst finding's sentence */
	const char *place; /* of that finding: a host, a line; or "" */
	const char *fix; /* its repair; "" unless INFO, WARN or FAIL */
	const char *rfc; /* "" when no section speaks of it */
	const char *name; /* of that finding: "mode-unknown"; or "" */
	size_t finding_count; /* the worst first, else in their order */
	const struct mtasts_finding *const *finding;
};

/* A recommendation of a country, and whether it is met. */
struct audit_advice {
	const char *country; /* "Netherlands" */
	const char *document; /* its short title */
	const char *url;
	const char *text; /* what it asks for, a phrase */
	enum { ADVICE_MET = 0, ADVICE_NOT_MET, ADVICE_UNKNOWN } met;
};

/* Which checks are wanted; zero is all of them. */
struct audit_pick {
	bool some; /* only those of "on" */
	uint64_t on[2]; /* bit i: checks_get(i) */
};

struct audit {
	const char *domain; /* A-labels */
	int64_t at; /* seconds UTC */
	int64_t took_ms;
	enum audit_result result;
	enum audit_outlook sender, dane;
	const char *sender_text, *dane_text; /* sentences */
	const char *next; /* a sentence: what to do next */
	const struct audit_check *next_of; /* the check it is of, or null */
	const char *mode; /* "enforce", ... of a policy that works; or null */
	uint32_t max_age_s;
	/* The first end of a certificate that was seen; 0: none was. */
	int64_t host_cert_until_at, mx_cert_until_at;
	struct live live; /* for decisions about the mode */
	size_t count; /* wanted checks, in the order of checks_get() */
	const struct audit_check *check;
	size_t advice_count;
	const struct audit_advice *advice;

	struct arena *arena;
	/* While judging: findings, by the ids of their rules. The file of a
	 * place is the subject: "mx.example.org [192.0.2.1]". */
	struct mtasts_diags *diags;
	struct audit_note *notes; /* private */
	struct audit_pick pick;
	bool short_of_memory;
};

/*
 * audit_new - nothing judged yet
 *
 * domain is copied. Yours: audit_free(). Null when memory is short.
 */
struct audit *audit_new(
    const char *domain, const struct audit_pick *pick, int64_t at);

/* audit_free - release; null is fine */
void audit_free(struct audit *a);

/* audit_seen - say what was seen, a phrase; a second call adds "; ..." */
void audit_seen(struct audit *a, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* audit_skip - it was not looked at, for this reason (a sentence) */
void audit_skip(struct audit *a, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* audit_unknown - it could not be found out, for this reason (a sentence) */
void audit_unknown(struct audit *a, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* audit_wants - is this check wanted? */
bool audit_wants(const struct audit *a, const char *id);

/* audit_worst - the worst status of a check by what was noted so far */
enum audit_status audit_worst(const struct audit *a, const char *id);

/*
 * audit_end - make the results of what was noted
 *
 * A check with findings has the worst one's status, even if it was skipped
 * too; else it is SKIP if it was skipped, else PASS. Sets a->result by them.
 * ENOMEM.
 */
enum mtasts_err audit_end(struct audit *a) MTASTS_MUST_CHECK;

/* audit_get - the result of a check, or null when it was not wanted */
const struct audit_check *audit_get(const struct audit *a, const char *id);

/* audit_count - how many checks ended so */
size_t audit_count(const struct audit *a, enum audit_status status);

/* audit_status_name - "pass", "info", "warn", "fail", "skip" */
const char *audit_status_name(enum audit_status status);

/* audit_result_name - "pass", "warn", "unknown", "fail" */
const char *audit_result_name(enum audit_result result);

/* audit_outlook_name - "deliver-tls", "deliver-any", "defer", "unknown" */
const char *audit_outlook_name(enum audit_outlook outlook);

/*
 * audit_pick_add - want (or not) the checks of a list: "S05,P,F01"
 *
 * A letter alone stands for all checks that begin with it. The first call with
 * on starts from none, with off from all; X01, which has to be asked for by
 * other means, stays wanted until it is named with off. False, with *bad the
 * word that fits no check: then *pick is as it was.
 */
bool audit_pick_add(
    struct audit_pick *pick, struct str list, bool on, struct str *bad);

/*
 * audit_opinion - the i-th other checker, from 0; null past the last
 *
 * Appends the address of its page about the domain.
 */
const char *audit_opinion(const struct audit *a, size_t i, struct buf *url);

/*
 * audit_json - the object of "check --json", contract of
 * docs/check.schema.json
 */
void audit_json(const struct audit *a, struct js_writer *w);

#endif
