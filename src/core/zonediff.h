/*
 * zonediff - live DNS beside the records that a domain is to have
 *
 * RFC 8461 sections 3.1 and 8.1, RFC 8460 section 3. Compares by meaning: the
 * id of a record counts and not its blanks, addresses have no order, names no
 * case. Says for each name what every authoritative server has, what is to be
 * added, changed or removed at the primary one, and whether what stands there
 * is somebody else's. Pure: who asks the servers fills in what they said.
 *
 *   d = zonediff_new(domain), zonediff_want(d, zone), zonediff_at() for names
 *   that are wanted no more; ours and ids; a zonediff_server() each; then
 *   zonediff_judge(), as often as what was filled in changes.
 */
#ifndef MTASTS_CORE_ZONEDIFF_H
#define MTASTS_CORE_ZONEDIFF_H

#include "base/buf.h"
#include "core/zone.h"

#define ZONEDIFF_TYPES 4 /* of enum zone_type */

/* What stands at a name; decides how it is compared. */
enum zonediff_kind {
	ZONEDIFF_HOST = 0, /* mta-sts: CNAME, A, AAAA */
	ZONEDIFF_STS, /* TXT v=STSv1, or a CNAME to it */
	ZONEDIFF_TLSRPT, /* TXT v=TLSRPTv1, or a CNAME to it */
	ZONEDIFF_VALUE /* one TXT among others: that of dns-01 */
};

/* Values of one type, in no order: addresses, names, texts of any bytes. */
struct zonediff_set {
	const struct str *v;
	size_t count, room;
};

/* What was noticed of a name at a server though it is no difference; bits. */
enum {
	ZONEDIFF_NOTE_TTL = 1, /* another TTL */
	ZONEDIFF_NOTE_WORDS = 2, /* the same in other words */
	ZONEDIFF_NOTE_ELSEWHERE = 4 /* leads to the same by other records */
};

/* What one server has at a name. */
struct zonediff_server {
	const char *name; /* of the server; "" when it is known by address */
	const char *address;
	/* Filled in by who asks. */
	bool failed; /* nothing is known of it */
	const char *why; /* a phrase when it failed, else "" */
	uint32_t ttl_s;
	struct zonediff_set set[ZONEDIFF_TYPES]; /* at the name itself */
	struct zonediff_set far_txt; /* where its CNAME leads, if it is here */
	/* By zonediff_judge(). */
	bool same; /* it says what is wanted */
	bool has_id; /* the record with the wanted id, straight or by CNAME */
	unsigned notes;
};

/* What is to be done at a name. */
enum zonediff_state {
	ZONEDIFF_SAME = 0,
	ZONEDIFF_ADD,
	ZONEDIFF_CHANGE,
	ZONEDIFF_REMOVE,
	ZONEDIFF_UNKNOWN, /* no server said anything */
	ZONEDIFF_STATES
};

/* All records of one type that are to become others. */
struct zonediff_change {
	enum zone_type type;
	struct zonediff_set old,
	    new_; /* complete, others' records among them */
};

struct zonediff_name {
	const char *name;
	enum zonediff_kind kind;
	enum zone_part part;
	bool watched; /* looked at for the id alone; never written */
	bool gone; /* KIND_VALUE: the wanted value is to be absent */
	const char *zone; /* that holds it; null: not found */
	struct zonediff_set want[ZONEDIFF_TYPES]; /* none: what is ours goes */
	struct zonediff_set ours[ZONEDIFF_TYPES]; /* ever written */
	/* Those of ours that were written for this domain; for who fills in. */
	struct zonediff_set noted[ZONEDIFF_TYPES];
	struct zonediff_server *servers;
	size_t server_count, server_room;
	size_t primary; /* whose records are replaced; server_count: none */
	/* Addresses in the end, by a resolver; for HOST, when asked. */
	struct zonediff_set want_ends, has_ends;
	/* By zonediff_judge(). */
	enum zonediff_state state;
	bool foreign; /* a value that is to be replaced is not ours */
	struct str foreign_value; /* the first of them */
	struct zonediff_change change[ZONEDIFF_TYPES];
	size_t change_count; /* 0: nothing is to be written */
};

struct zonediff {
	struct arena *arena;
	const char *domain;
	const char *id; /* wanted; "": none */
	uint32_t ttl_s;
	struct zonediff_set ids; /* ever served: records with them are ours */
	struct zonediff_name *names;
	size_t count, room;
	bool short_of_memory; /* what was put is not complete */
};

/* zonediff_new - nothing wanted, nothing known; yours: zonediff_free() */
struct zonediff *zonediff_new(const char *domain);

/* zonediff_free - release; null is fine */
void zonediff_free(struct zonediff *d);

/*
 * zonediff_want - every record of a zone is wanted, with its TTL
 *
 * id is that of the served policy. All is copied.
 */
void zonediff_want(struct zonediff *d, const struct zone *z, struct str id);

/*
 * zonediff_at - the name, added when it is new; null when memory is short
 *
 * Its kind is told by the name. Names move when one is added.
 */
struct zonediff_name *zonediff_at(struct zonediff *d, const char *name);

/* zonediff_put - copy a value into a set, unless it is there */
void zonediff_put(
    struct zonediff *d, struct zonediff_set *set, struct str value);

/* zonediff_server - one more server of a name; null when memory is short */
struct zonediff_server *zonediff_server(struct zonediff *d,
    struct zonediff_name *n, const char *name, const char *address);

/* zonediff_judge - fill in all that is said to be by it */
void zonediff_judge(struct zonediff *d);

/*
 * zonediff_needs_ends - are the addresses in the end what is left to know?
 *
 * For HOST: the primary has others' records of other types than wanted.
 */
bool zonediff_needs_ends(const struct zonediff_name *n);

/* zonediff_agree - does every server that answers a name say what it should? */
bool zonediff_agree(const struct zonediff_name *n);

/*
 * zonediff_id_live - has every server of every name that leads to the record
 * with the id just that? False when one of them could not be asked.
 */
bool zonediff_id_live(const struct zonediff *d);

/* zonediff_state_name - "same", "add", "change", "remove" or "unknown" */
const char *zonediff_state_name(enum zonediff_state state);

/* zonediff_put_want - append what should be: "CNAME host", "nothing of ours" */
void zonediff_put_want(const struct zonediff_name *n, struct buf *b);

/* zonediff_put_has - append what a server has, printable: "TXT ...", "nothing" */
void zonediff_put_has(const struct zonediff_name *n,
    const struct zonediff_server *s, struct buf *b);

/*
 * zonediff_same_text - do two records of a kind mean the same?
 *
 * STS: the same id; TLSRPT: the same addresses in any order; else and when one
 * is malformed: the same bytes.
 */
bool zonediff_same_text(enum zonediff_kind kind, struct str a, struct str b);

/* zonediff_id_of - the id of a well-formed v=STSv1 record; false: it is none */
bool zonediff_id_of(struct str text, char id[33]);

/* zonediff_relevant - is a TXT record one of the kind, not somebody's SPF? */
bool zonediff_relevant(enum zonediff_kind kind, struct str text);

#endif
