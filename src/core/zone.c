/*
 * zone - the DNS records that one domain publishes
 *
 * Decides names, types and contents; must not know how any DNS server writes
 * them (core/zone_format does), nor what is in DNS now. RFC 8461 sections 3.1,
 * 3.3 and 8.2, RFC 8460 section 3.
 */
#include "core/zone.h"
#include "base/enc.h"
#include "core/limits.h"

#define ARENA_MAX (1u << 20)

static const struct diag_rule rule_delegate_long = {
	"D10",
	"zone-delegate-long",
	MTASTS_ERROR,
	true,
	"RFC 8461 section 8.2",
	"Delegate to a host name of at most 211 bytes.",
};
static const struct diag_rule rule_bad_id = {
	"D07",
	"zone-bad-id",
	MTASTS_ERROR,
	true,
	"RFC 8461 section 3.1",
	"Use an id of 1 to 32 letters and digits.",
};
static const struct diag_rule rule_outside = {
	"D05",
	"zone-outside",
	MTASTS_ERROR,
	true,
	"RFC 1034 section 4.2",
	"Name a zone that is the name itself or stands above it.",
};
static const struct diag_rule rule_no_host = {
	"P01",
	"zone-no-host",
	MTASTS_ERROR,
	false,
	"RFC 8461 section 3.3",
	"Run: mtasts defaults set host=NAME (or addresses=ADDRESS,...), with "
	"the machine that serves the policies of all domains.",
};
static const struct diag_rule rule_host_is_self = {
	"P01",
	"zone-host-is-self",
	MTASTS_ERROR,
	false,
	"RFC 1034 section 3.6.2",
	"Give this name its addresses.",
};
static const struct diag_rule rule_no_rua = {
	"T06",
	"zone-no-rua",
	MTASTS_WARNING,
	false,
	"RFC 8460 section 3",
	"Run: mtasts defaults set rua=mailto:tls-reports@DOMAIN, with the "
	"address that reports are to go to.",
};
static const struct diag_rule rule_rua_long = {
	"T01",
	"zone-rua-long",
	MTASTS_ERROR,
	false,
	"RFC 8460 section 3",
	"Give fewer report addresses.",
};

const struct diag_rule *const zone_rules[] = { &rule_delegate_long,
	&rule_bad_id, &rule_outside, &rule_no_host, &rule_host_is_self,
	&rule_no_rua, &rule_rua_long, NULL };

static const char *const type_names[] = { "CNAME", "A", "AAAA", "TXT" };
static const char *const part_names[] = { "direct", "customer", "provider" };

/* A zone while it is being made. */
struct plan {
	const struct zone_source *src;
	struct settings merged;
	struct zone *z;
	struct zone_record *records; /* room for room records */
	size_t room;
	struct mtasts_diags *diags;
	bool short_of_memory;
};

const char *
zone_type_name(enum zone_type type)
{
	return type_names[type];
}

const char *
zone_part_name(enum zone_part part)
{
	return part_names[part];
}

bool
zone_part_find(struct str name, enum zone_part *part)
{
	for (unsigned i = 0; i < ZONE_PARTS; i++) {
		if (str_eq(name, str_of(part_names[i]))) {
			*part = (enum zone_part)i;
			return true;
		}
	}
	return false;
}

void
zone_free(struct zone *z)
{
	if (z != NULL)
		arena_free(z->arena);
}

/* put - add a record; name and data come from the arena, null: no memory */
static void
put(struct plan *p, enum zone_part part, enum zone_type type, const char *name,
    const char *data)
{
	if (name == NULL || data == NULL || p->z->count == p->room) {
		p->short_of_memory = true;
		return;
	}
	p->z->parts[part] = true;
	p->records[p->z->count++] = (struct zone_record){
		part,
		type,
		name,
		data,
	};
}

/* name - a prefix and a name, in the arena */
static const char *
name(struct plan *p, const char *prefix, const char *rest)
{
	return arena_printf(p->z->arena, "%s%s", prefix, rest);
}

/* given - is the list or name of a key given and not empty? */
static bool
given(const struct settings *s, enum settings_key key)
{
	if ((s->set & 1u << key) == 0)
		return false;
	switch (key) {
	case SETTINGS_HOST:
		return s->host != NULL && s->host[0] != '\0';
	case SETTINGS_ADDRESSES:
		return s->addresses.count > 0;
	case SETTINGS_RUA:
		return s->rua.count > 0;
	default:
		return true;
	}
}

/* same_list - the same texts in the same order */
static bool
same_list(const struct settings_list *a, const struct settings_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

/* text_sts - the text of the _mta-sts record */
static const char *
text_sts(struct plan *p)
{
	return arena_printf(
	    p->z->arena, "v=STSv1; id=%" STR_FMT ";", STR_ARG(p->src->id));
}

/*
 * put_tlsrpt - a _smtp._tls record with its text; RFC 8460 section 3
 *
 * Whatever could end a URI in the record is percent-encoded, and so is what no
 * URI may hold; a percent sign that is there already stays.
 */
static void
put_tlsrpt(struct plan *p, enum zone_part part, const char *at,
    const struct settings_list *rua)
{
	static const struct diag_place nowhere;
	struct buf b;

	buf_init(&b, ZONE_TXT_LEN);
	buf_puts(&b, "v=TLSRPTv1; rua=");
	for (size_t i = 0; i < rua->count; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		enc_percent(&b, str_of(rua->v[i]), "%:/?#[]@$&'()*+=");
	}
	if (buf_error(&b) == MTASTS_ELIMIT)
		diag_add(p->diags, &rule_rua_long, nowhere,
		    "the %zu report addresses make a record of over %u bytes: "
		    "%s is left out",
		    rua->count, ZONE_TXT_LEN, at);
	else if (buf_error(&b) != MTASTS_OK)
		p->short_of_memory = true;
	else
		put(p, part, ZONE_TXT, at, arena_dup(p->z->arena, buf_str(&b)));
	buf_free(&b);
}

/* put_addresses - the A records of the policy host, then the AAAA ones */
static void
put_addresses(struct plan *p, const char *at)
{
	const struct settings_list *list = &p->merged.addresses;

	for (int v6 = 0; v6 <= 1; v6++) {
		for (size_t i = 0; i < list->count; i++) {
			struct str address = str_of(list->v[i]);

			if ((str_chr(address, ':') < address.len) != v6)
				continue;
			put(p, ZONE_DIRECT, v6 ? ZONE_AAAA : ZONE_A, at,
			    arena_dup(p->z->arena, address));
		}
	}
}

/* prefer_addresses - do the addresses say more than the host's name? */
static bool
prefer_addresses(const struct plan *p, const char *at)
{
	if (!given(&p->merged, SETTINGS_ADDRESSES))
		return false;
	if (!given(&p->merged, SETTINGS_HOST) ||
	    strcmp(p->merged.host, at) == 0)
		return true;
	/* what is said of this domain goes before what is said of all */
	return given(p->src->own, SETTINGS_ADDRESSES) &&
	    !given(p->src->own, SETTINGS_HOST);
}

/* host_is_self - the finding that a CNAME would point at itself */
static void
host_is_self(struct plan *p, const char *at)
{
	static const struct diag_place nowhere;
	char *fix = arena_printf(p->z->arena,
	    "Run: mtasts domain set %s addresses=ADDRESS,... (or give that "
	    "name its A and AAAA records by hand)",
	    p->src->domain->text);

	diag_add_fix(p->diags, &rule_host_is_self, nowhere,
	    fix != NULL ? fix : rule_host_is_self.fix,
	    "%s is the policy host itself and cannot be a CNAME to itself", at);
}

/* put_host - mta-sts.D: where the policy is served */
static void
put_host(struct plan *p, const char *at)
{
	static const struct diag_place nowhere;

	if (at == NULL) {
		p->short_of_memory = true;
	} else if (prefer_addresses(p, at)) {
		put_addresses(p, at);
	} else if (!given(&p->merged, SETTINGS_HOST)) {
		diag_add(p->diags, &rule_no_host, nowhere,
		    "neither the name nor the addresses of the policy host "
		    "are set: %s is left out",
		    at);
	} else if (strcmp(p->merged.host, at) == 0) {
		host_is_self(p, at);
	} else {
		put(p, ZONE_DIRECT, ZONE_CNAME, at,
		    name(p, "", p->merged.host));
	}
}

/* shared_rua - are the domain's report addresses those of all domains? */
static bool
shared_rua(const struct plan *p)
{
	return same_list(&p->merged.rua, &p->src->defaults->rua);
}

/* tlsrpt_name - _smtp._tls.D, or null when there is to be none */
static const char *
tlsrpt_name(struct plan *p)
{
	static const struct diag_place nowhere;
	const struct mtasts_dname *d = p->src->domain;
	const char *at;

	if (p->merged.rua.count == 0) {
		diag_add(p->diags, &rule_no_rua, nowhere,
		    "no report address is set: _smtp._tls.%s is left out",
		    d->text);
		return NULL;
	}
	if (!zone_name_tlsrpt_fits(d))
		return NULL;
	at = name(p, ZONE_NAME_TLSRPT, d->text);
	p->short_of_memory |= at == NULL;
	return at;
}

/* plan_direct - the records of a domain in its own zone */
static void
plan_direct(struct plan *p)
{
	const char *d = p->src->domain->text;
	const char *at;

	put_host(p, name(p, ZONE_NAME_HOST, d));
	put(p, ZONE_DIRECT, ZONE_TXT, name(p, ZONE_NAME_STS, d), text_sts(p));
	at = tlsrpt_name(p);
	if (at != NULL)
		put_tlsrpt(p, ZONE_DIRECT, at, &p->merged.rua);
}

/* plan_alias - the names of an alias, which follow those of its target */
static void
plan_alias(struct plan *p)
{
	const char *d = p->src->domain->text;
	const struct mtasts_dname *target = p->src->alias_of;
	const char *at;

	put(p, ZONE_DIRECT, ZONE_CNAME, name(p, ZONE_NAME_HOST, d),
	    name(p, ZONE_NAME_HOST, target->text));
	put(p, ZONE_DIRECT, ZONE_CNAME, name(p, ZONE_NAME_STS, d),
	    name(p, ZONE_NAME_STS, target->text));
	at = tlsrpt_name(p);
	if (at == NULL)
		return;
	if (!zone_name_tlsrpt_fits(target))
		put_tlsrpt(p, ZONE_DIRECT, at, &p->merged.rua);
	else
		put(p, ZONE_DIRECT, ZONE_CNAME, at,
		    name(p, ZONE_NAME_TLSRPT, target->text));
}

/* plan_delegated - the names of a domain whose records a provider keeps */
static void
plan_delegated(struct plan *p)
{
	const struct mtasts_dname *d = p->src->domain;
	const struct mtasts_dname *host = p->src->delegate;
	const struct mtasts_dname *holder =
	    p->src->alias_of != NULL ? p->src->alias_of : d;
	const char *sts = zone_name_delegate(p->z->arena, holder, host);
	const char *tlsrpt = name(p, ZONE_NAME_TLSRPT, host->text);
	const char *own = name(p, ZONE_NAME_HOST, d->text);
	const char *at;
	bool shared = shared_rua(p);

	if (own != NULL && strcmp(own, host->text) == 0)
		host_is_self(p, own);
	else
		put(p, ZONE_CUSTOMER, ZONE_CNAME, own, name(p, "", host->text));
	put(p, ZONE_CUSTOMER, ZONE_CNAME, name(p, ZONE_NAME_STS, d->text), sts);
	at = tlsrpt_name(p);
	if (at != NULL && shared)
		put(p, ZONE_CUSTOMER, ZONE_CNAME, at, tlsrpt);
	else if (at != NULL)
		put_tlsrpt(p, ZONE_CUSTOMER, at, &p->merged.rua);
	put(p, ZONE_PROVIDER, ZONE_TXT, sts, text_sts(p));
	if (at != NULL && shared && tlsrpt != NULL)
		put_tlsrpt(p, ZONE_PROVIDER, tlsrpt, &p->merged.rua);
}

/* set_apex - the zone of a part: the one that was named, or our guess */
static bool
set_apex(struct plan *p, enum zone_part part, const struct mtasts_dname *named,
    struct str guess)
{
	static const struct diag_place nowhere;
	const struct mtasts_dname *held =
	    part == ZONE_PROVIDER ? p->src->delegate : p->src->domain;
	struct str apex = named != NULL ? str_of(named->text) : guess;

	if (!zone_name_below(str_of(held->text), apex)) {
		diag_add(p->diags, &rule_outside, nowhere,
		    "the zone %" STR_FMT " cannot hold records of %s",
		    STR_ARG(apex), held->text);
		return false;
	}
	p->z->apex[part] = arena_dup(p->z->arena, apex);
	p->short_of_memory |= p->z->apex[part] == NULL;
	return true;
}

/* valid_id - 1 to 32 letters and digits; RFC 8461 section 3.1 */
static bool
valid_id(struct str id)
{
	if (id.len < 1 || id.len > LIMIT_ID_LEN)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (!ascii_alnum(id.p[i]))
			return false;
	return true;
}

/* check - can records be made of this source at all? */
static bool
check(const struct zone_source *src, struct mtasts_diags *diags)
{
	static const struct diag_place nowhere;
	struct diag_quote q;

	if (!zone_name_check(src->domain, diags) ||
	    (src->alias_of != NULL && !zone_name_check(src->alias_of, NULL)))
		return false;
	if (!valid_id(src->id)) {
		diag_add(diags, &rule_bad_id, nowhere,
		    "\"%s\" is no id of a policy", diag_quote(&q, src->id));
		return false;
	}
	if (src->delegate != NULL &&
	    src->delegate->len > ZONE_NAME_DELEGATE_LEN) {
		diag_add(diags, &rule_delegate_long, nowhere,
		    "%s has %u bytes: names below it could be over 253",
		    src->delegate->text, src->delegate->len);
		return false;
	}
	return true;
}

/* make - the records and their zones; false when a zone does not fit */
static bool
make(struct plan *p)
{
	const struct zone_source *src = p->src;
	struct str domain = str_of(src->domain->text);

	if (src->delegate != NULL) {
		if (!set_apex(p, ZONE_CUSTOMER, src->apex, domain) ||
		    !set_apex(p, ZONE_PROVIDER, src->provider_apex,
			zone_name_registrable(src->delegate)))
			return false;
		plan_delegated(p);
		return true;
	}
	if (!set_apex(p, ZONE_DIRECT, src->apex, domain))
		return false;
	if (src->alias_of != NULL)
		plan_alias(p);
	else
		plan_direct(p);
	return true;
}

/* begin - an empty zone with room for its records */
static bool
begin(struct plan *p)
{
	struct arena *a = arena_new(ARENA_MAX);

	if (a == NULL)
		return false;
	p->room = 5 + p->merged.addresses.count;
	p->records = arena_zalloc(a, p->room, sizeof(*p->records));
	p->z = arena_alloc(a, sizeof(*p->z));
	if (p->z == NULL || p->records == NULL) {
		arena_free(a);
		p->z = NULL;
		return false;
	}
	p->z->arena = a;
	p->z->domain = name(p, "", p->src->domain->text);
	p->z->ttl_s = p->merged.ttl_s;
	p->z->records = p->records;
	p->short_of_memory = p->z->domain == NULL;
	return true;
}

enum mtasts_err
zone_plan(const struct zone_source *src, struct zone **out,
    struct mtasts_diags *diags)
{
	struct plan p = { .src = src, .diags = diags };

	if (!check(src, diags))
		return MTASTS_EINVAL;
	settings_merge(src->defaults, src->own, &p.merged);
	if (!begin(&p))
		return MTASTS_ENOMEM;
	if (!make(&p)) {
		zone_free(p.z);
		return MTASTS_EINVAL;
	}
	if (p.short_of_memory) {
		zone_free(p.z);
		return MTASTS_ENOMEM;
	}
	*out = p.z;
	return MTASTS_OK;
}
