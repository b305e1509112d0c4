/*
 * registry_db_certs - what is known of the certificates that we order
 *
 * Part of the registry: when each policy domain was tried, how that ended, and
 * when orders were made, so that back-off and rate survive a restart. No key
 * and no certificate is kept here. For task/certify alone.
 */
#ifndef MTASTS_STORE_REGISTRY_DB_CERTS_H
#define MTASTS_STORE_REGISTRY_DB_CERTS_H

#include "store/registry_db.h"

/* How the last try for a domain ended. */
enum registry_cert_state {
	REGISTRY_CERT_NONE = 0, /* not tried yet */
	REGISTRY_CERT_ISSUED,
	REGISTRY_CERT_REFUSED, /* something was missing: no order was made */
	REGISTRY_CERT_FAILED, /* the order */
	REGISTRY_CERT_OTHERS, /* somebody else keeps its certificate */
	REGISTRY_CERT_STATES
};

/* What is known of the certificate of one policy domain. */
struct registry_cert {
	struct str domain;
	enum registry_cert_state state;
	bool managed; /* one was ordered here: it is ours to renew */
	int64_t not_before_at; /* of what is in place; 0: none */
	int64_t not_after_at;
	int64_t tried_at; /* 0: never */
	int64_t next_at; /* not before then, unless somebody wants it */
	unsigned failures; /* in a row */
	struct str why; /* of the last try, a sentence; or empty */
};

/* registry_cert_state_name - "none", "issued", "refused", "failed" ... */
const char *registry_cert_state_name(enum registry_cert_state state);

/*
 * registry_find_cert - that of one domain, copied into the arena
 *
 * *out is of state NONE when nothing is known. ESTORE, ENOMEM, as all here.
 */
enum mtasts_err registry_find_cert(struct registry *r, struct str domain,
    struct arena *a, struct registry_cert *out) MTASTS_MUST_CHECK;

/*
 * registry_each_cert - call fn for every domain and alias, in order
 *
 * Those that are registered, whatever is known. Spans live during the call; fn
 * returns false to stop, and must not change the registry.
 */
enum mtasts_err registry_each_cert(struct registry *r,
    bool (*fn)(void *arg, const struct registry_cert *cert),
    void *arg) MTASTS_MUST_CHECK;

/*
 * registry_each_due_cert - the same for the first whose turn it is, in order
 *
 * At most count of them, by next_at, then by name: those that were never tried
 * come first. With "ours" only those that are ours to renew.
 */
enum mtasts_err registry_each_due_cert(struct registry *r, bool ours,
    size_t count, bool (*fn)(void *arg, const struct registry_cert *cert),
    void *arg) MTASTS_MUST_CHECK;

/* registry_put_cert - remember; in a transaction that writes */
enum mtasts_err registry_put_cert(
    struct registry *r, const struct registry_cert *cert) MTASTS_MUST_CHECK;

/*
 * registry_add_order - one is made now; those before "since_at" are forgotten
 *
 * In a transaction that writes. What is known of domains that are registered
 * no more is forgotten, too.
 */
enum mtasts_err registry_add_order(struct registry *r, struct str domain,
    int64_t at, int64_t since_at) MTASTS_MUST_CHECK;

/* Times of orders, ascending. */
struct registry_orders {
	int64_t *at; /* yours: mem_free() */
	size_t count;
};

/* registry_orders_since - those made later than a time */
enum mtasts_err registry_orders_since(struct registry *r, int64_t since_at,
    struct registry_orders *out) MTASTS_MUST_CHECK;

#endif
