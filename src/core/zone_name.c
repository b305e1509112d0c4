/*
 * zone_name - the names around a domain that MTA-STS and TLS-RPT use
 *
 * Must not know what records stand at the names. RFC 8461 sections 3.1, 3.3
 * and 8.2, RFC 8460 section 3.
 *
 * The shortened names of very long delegated domains come from a hash with a
 * public key: somebody who may choose both of two names of over 200 letters
 * could work for 2^64 steps to make them share one TXT record.
 */
#include "core/zone_name.h"
#include "base/siphash.h"
#include "core/limits.h"

static const struct diag_rule rule_domain_long = {
	"D01",
	"zone-domain-long",
	MTASTS_ERROR,
	true,
	"RFC 8461 section 3.1",
	"Use a domain of at most 244 bytes; this one cannot have MTA-STS.",
};
static const struct diag_rule rule_tlsrpt_long = {
	"T01",
	"zone-tlsrpt-long",
	MTASTS_WARNING,
	false,
	"RFC 8460 section 3",
	"Nothing can be done: a domain of over 242 bytes cannot have a TLSRPT "
	"record.",
};
const struct diag_rule *const zone_name_rules[] = { &rule_domain_long,
	&rule_tlsrpt_long, NULL };

bool
zone_name_tlsrpt_fits(const struct mtasts_dname *domain)
{
	return domain->len + strlen(ZONE_NAME_TLSRPT) <= LIMIT_DNAME_LEN;
}

bool
zone_name_check(const struct mtasts_dname *domain, struct mtasts_diags *diags)
{
	static const struct diag_place nowhere;

	if (domain->len > LIMIT_POLICY_DOMAIN_LEN) {
		diag_add(diags, &rule_domain_long, nowhere,
		    "%s has %u bytes: _mta-sts before it would make a name of "
		    "over 253",
		    domain->text, domain->len);
		return false;
	}
	if (!zone_name_tlsrpt_fits(domain))
		diag_add(diags, &rule_tlsrpt_long, nowhere,
		    "%s has %u bytes: _smtp._tls before it would make a name "
		    "of over 253",
		    domain->text, domain->len);
	return true;
}

const char *
zone_name_delegate(struct arena *a, const struct mtasts_dname *domain,
    const struct mtasts_dname *host)
{
	static const uint8_t key[SIPHASH_KEY_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8,
		9, 10, 11, 12, 13, 14, 15 };
	static const char digits[] = "0123456789abcdef";
	char first[2 * SIPHASH_LEN + 1] = "";
	uint8_t hash[SIPHASH_LEN];

	if (domain->len + strlen("." ZONE_NAME_STS) + host->len <=
	    LIMIT_DNAME_LEN)
		return arena_printf(
		    a, "%s." ZONE_NAME_STS "%s", domain->text, host->text);
	siphash128(key, str_make(domain->text, domain->len), hash);
	for (size_t i = 0; i < SIPHASH_LEN; i++) {
		first[2 * i] = digits[hash[i] >> 4];
		first[2 * i + 1] = digits[hash[i] & 15];
	}
	return arena_printf(a, "%s." ZONE_NAME_STS "%s", first, host->text);
}

struct str
zone_name_registrable(const struct mtasts_dname *name)
{
	struct str here = str_make(name->text, name->len), rest;
	struct mtasts_dname parent;

	while (str_cut(here, '.', NULL, &rest)) {
		memset(&parent, 0, sizeof(parent));
		memcpy(parent.text, rest.p, rest.len);
		parent.len = (unsigned char)rest.len;
		if (mtasts_dname_is_public_suffix(&parent))
			break;
		here = rest;
	}
	return here;
}

bool
zone_name_below(struct str name, struct str zone)
{
	return str_ends(name, zone) &&
	    (name.len == zone.len || name.p[name.len - zone.len - 1] == '.');
}

struct str
zone_name_relative(struct str name, struct str zone)
{
	if (name.len == zone.len)
		return STR("@");
	return str_sub(name, 0, name.len - zone.len - 1);
}
