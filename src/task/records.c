/*
 * records - what a registered domain has to publish in DNS
 *
 * One read transaction over the registry, so that settings and id belong
 * together. Must not know how records are made or written.
 */
#include "task/records.h"
#include "store/registry_db.h"

#define ARENA_MAX (8u << 20)

static const struct diag_rule rule_unknown = {
	.id = "R41",
	.name = "records-unknown",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Add it first: mtasts domain add DOMAIN",
};
static const struct diag_rule rule_unserved = {
	.id = "R51",
	.name = "records-unserved",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "RFC 8461 section 3.2",
	.fix = "Name the MX hosts: mtasts domain set DOMAIN mx=HOST,...",
};

static const struct diag_place nowhere;

/* unknown - the finding that a domain is not there */
static enum mtasts_err
unknown(const struct mtasts_dname *domain, struct mtasts_diags *diags)
{
	struct buf fix;

	buf_init(&fix, 1024);
	buf_putf(&fix, "Add it first: mtasts domain add %s", domain->text);
	diag_add_fix(diags, &rule_unknown, nowhere,
	    fix.p != NULL ? fix.p : rule_unknown.fix,
	    "%s is not in the registry", domain->text);
	buf_free(&fix);
	return MTASTS_ENOENT;
}

/* unserved - the finding that a domain has no policy */
static enum mtasts_err
unserved(struct str domain, struct mtasts_diags *diags)
{
	struct buf fix;

	buf_init(&fix, 1024);
	buf_putf(&fix,
	    "Name the MX hosts: mtasts domain set %" STR_FMT
	    " mx=HOST,...; or, with mx=auto, have them looked at: mtasts "
	    "domain refresh-mx %" STR_FMT,
	    STR_ARG(domain), STR_ARG(domain));
	diag_add_fix(diags, &rule_unserved, nowhere,
	    fix.p != NULL ? fix.p : rule_unserved.fix,
	    "%" STR_FMT " has no policy to serve", STR_ARG(domain));
	buf_free(&fix);
	return MTASTS_ENOENT;
}

/* read_row - the row that says it all: the domain's, or its target's */
static enum mtasts_err
read_row(struct registry *db, struct records *r, struct registry_row *row,
    struct mtasts_diags *diags)
{
	struct str name = str_of(r->domain.text), target;
	enum mtasts_err err;

	err = registry_find(db, name, r->arena, row);
	if (err == MTASTS_ENOENT)
		return unknown(&r->domain, diags);
	if (err || row->target.len == 0)
		return err;
	target = row->target;
	if (target.len >= sizeof(r->target.text))
		return MTASTS_ESTORE;
	memcpy(r->target.text, target.p, target.len);
	r->target.len = (unsigned char)target.len;
	err = registry_find(db, target, r->arena, row);
	if (err == MTASTS_ENOENT)
		return unknown(&r->target, diags);
	return err;
}

/* read_delegate - the provider's name that holds for it */
static enum mtasts_err
read_delegate(struct records *r)
{
	struct settings merged;

	settings_merge(&r->defaults, &r->own, &merged);
	if (merged.delegate == NULL || merged.delegate[0] == '\0')
		return MTASTS_OK;
	return mtasts_dname_parse(
	    merged.delegate, strlen(merged.delegate), &r->delegate, NULL, NULL);
}

/* read_all - defaults, settings and id, inside a transaction */
static enum mtasts_err
read_all(struct registry *db, struct records *r, struct mtasts_diags *diags)
{
	struct settings builtin, set;
	struct registry_row row;
	enum mtasts_err err;

	err = registry_defaults(db, r->arena, &set);
	if (err)
		return err;
	settings_builtin(&builtin);
	settings_merge(&builtin, &set, &r->defaults);
	err = read_row(db, r, &row, diags);
	if (!err)
		err = registry_settings(db, &row, r->arena, &r->own);
	if (err)
		return err;
	if (!row.served)
		return unserved(row.name, diags);
	r->id = row.policy.id;
	return read_delegate(r);
}

/* begin - an object to fill in */
static struct records *
begin(const struct mtasts_dname *domain)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct records *r;

	if (a == NULL)
		return NULL;
	r = arena_alloc(a, sizeof(*r));
	if (r == NULL) {
		arena_free(a);
		return NULL;
	}
	r->arena = a;
	r->domain = *domain;
	return r;
}

enum mtasts_err
records_read_in(struct registry *db, const struct mtasts_dname *domain,
    struct records **out, struct mtasts_diags *diags)
{
	struct records *r = begin(domain);
	enum mtasts_err err;

	if (r == NULL)
		return MTASTS_ENOMEM;
	err = registry_begin(db, REGISTRY_READ);
	if (!err)
		err = read_all(db, r, diags);
	if (err == MTASTS_ESTORE)
		registry_explain(db, diags);
	registry_rollback(db);
	if (err)
		records_free(r);
	else
		*out = r;
	return err;
}

enum mtasts_err
records_read(const char *url, const struct mtasts_dname *domain,
    struct records **out, struct mtasts_diags *diags)
{
	struct registry *db = NULL;
	enum mtasts_err err;

	err = registry_open(url, REGISTRY_READ, &db, diags);
	if (err == MTASTS_ENOENT)
		err = unknown(domain, diags);
	if (!err)
		err = records_read_in(db, domain, out, diags);
	registry_close(db);
	return err;
}

void
records_free(struct records *r)
{
	if (r != NULL)
		arena_free(r->arena);
}

void
records_source(const struct records *r, struct zone_source *src)
{
	*src = (struct zone_source){
		.domain = &r->domain,
		.alias_of = r->target.len > 0 ? &r->target : NULL,
		.id = r->id,
		.defaults = &r->defaults,
		.own = &r->own,
		.delegate = r->delegate.len > 0 ? &r->delegate : NULL,
	};
}
