/*
 * zone - the DNS records that one domain publishes
 *
 * RFC 8461 sections 3.1 and 8.2, RFC 8460 section 3. From a domain's settings
 * and the id of its served policy to a list of records; core/zone_format
 * writes the list in the language of each DNS server. Pure.
 *
 * direct     mta-sts.D        CNAME host, or A and AAAA addresses
 *            _mta-sts.D       TXT v=STSv1; id=...;
 *            _smtp._tls.D     TXT v=TLSRPTv1; rua=...
 * alias      mta-sts.A        CNAME mta-sts.D, and so for the other two
 * delegated  mta-sts.D        CNAME HOST                   customer's zone
 *            _mta-sts.D       CNAME D._mta-sts.HOST
 *            _smtp._tls.D     CNAME _smtp._tls.HOST
 *            D._mta-sts.HOST  TXT v=STSv1; id=...;         provider's zone
 *            _smtp._tls.HOST  TXT v=TLSRPTv1; rua=...
 *
 * A delegated alias points at the provider's records of its target. A domain
 * with report addresses of its own gets its own _smtp._tls TXT everywhere, as
 * the provider's is shared by all.
 */
#ifndef MTASTS_CORE_ZONE_H
#define MTASTS_CORE_ZONE_H

#include "core/settings.h"
#include "core/zone_name.h"

/* Longest text of one TXT record here, bytes; an answer must hold it. */
#define ZONE_TXT_LEN 32768

enum zone_type { ZONE_CNAME = 0, ZONE_A, ZONE_AAAA, ZONE_TXT };

/* Whose zone a record goes to. */
enum zone_part {
	ZONE_DIRECT = 0,
	ZONE_CUSTOMER, /* delegated: the domain's own zone */
	ZONE_PROVIDER, /* delegated: the zone of the host delegated to */
	ZONE_PARTS
};

struct zone_record {
	enum zone_part part;
	enum zone_type type;
	const char *name; /* absolute, without the final dot */
	/* CNAME: a name as above; TXT: its text, unsplit and unescaped */
	const char *data;
};

/* Records of one domain; those of one RRset stand next to each other. */
struct zone {
	struct arena *arena;
	const char *domain;
	uint32_t ttl_s;
	bool parts[ZONE_PARTS]; /* which are in use */
	/* the zone that a part's records are in; null for unused parts */
	const char *apex[ZONE_PARTS];
	const struct zone_record *records;
	size_t count;
};

/* What zone_plan() starts from; all borrowed for the call. */
struct zone_source {
	const struct mtasts_dname *domain;
	const struct mtasts_dname *alias_of; /* target of an alias, or null */
	struct str id; /* of the policy served now */
	const struct settings *defaults; /* complete */
	const struct settings *own; /* the domain's, or its target's */
	const struct mtasts_dname *delegate; /* HOST, or null */
	/*
	 * The zones that hold the records. Null: the domain itself, and for
	 * the provider the name below HOST's public suffix.
	 */
	const struct mtasts_dname *apex;
	const struct mtasts_dname *provider_apex;
};

/*
 * zone_plan - the records of one domain
 *
 * out    on success yours: zone_free()
 * diags  may be null. An error among them with MTASTS_OK: a record is left
 *        out that the domain cannot do without; the others are there
 *
 * Returns MTASTS_OK; EINVAL when the domain cannot be published so (a name
 * too long, a zone that does not hold it) or the id is none: findings say
 * why; ENOMEM.
 */
enum mtasts_err zone_plan(const struct zone_source *src, struct zone **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* zone_free - release; null is fine */
void zone_free(struct zone *z);

/* zone_type_name - "CNAME", "A", "AAAA" or "TXT" */
const char *zone_type_name(enum zone_type type);

/* zone_part_name - "direct", "customer" or "provider" */
const char *zone_part_name(enum zone_part part);

/* zone_part_find - the part of a name; false when there is none */
bool zone_part_find(struct str name, enum zone_part *part);

/* zone_rules - every finding of this room, a null at the end; for tests */
extern const struct diag_rule *const zone_rules[];

#endif
