/*
 * cmd_dns.c - dns: the records that a domain has to publish
 *
 * Prints what is to be put into DNS, in the language of the server or tool
 * that keeps it there; asks no DNS server itself.
 */
#include "cli/commands.h"
#include "cli/out.h"
#include "core/zone_format.h"
#include "task/records.h"

#define TEXT_MAX (16u << 20)

/* What the words and options ask for. */
struct request {
	struct mtasts_dname domain;
	struct mtasts_dname delegate; /* len 0 when not given, as below */
	struct mtasts_dname apex;
	struct mtasts_dname provider_apex;
	enum zone_format format;
	bool one_part;
	enum zone_part part;
};

/* read_name - a domain name; a message when it is none */
static bool
read_name(struct cmd_env *env, const char *what, const char *text,
    struct mtasts_dname *out)
{
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct diag_quote q;

	if (text == NULL ||
	    mtasts_dname_parse(text, strlen(text), out, NULL, &fault) ==
		MTASTS_OK)
		return true;
	out_error(env, "%s: \"%s\" %s", what, diag_quote(&q, str_of(text)),
	    mtasts_dname_fault_text(fault));
	return false;
}

/* read_format - the format's name; a message when it is none */
static bool
read_format(struct cmd_env *env, const char *text, enum zone_format *out)
{
	struct diag_quote q;
	struct buf names;

	*out = ZONE_FORMAT_TABLE;
	if (text == NULL || zone_format_find(str_of(text), out))
		return true;
	buf_init(&names, 1024);
	for (unsigned f = 0; f < ZONE_FORMATS; f++)
		buf_putf(&names, "%s%s", f > 0 ? ", " : "",
		    zone_format_name((enum zone_format)f));
	out_error(env, "--format: \"%s\" is none of %s",
	    diag_quote(&q, str_of(text)), names.p != NULL ? names.p : "");
	buf_free(&names);
	return false;
}

/* read_part - the part's name; a message when it is none, or not there */
static bool
read_part(struct cmd_env *env, const struct cmd_args *args, struct request *rq)
{
	const char *text = cmd_value(args, "part");

	rq->one_part = text != NULL;
	if (text == NULL)
		return true;
	if (!zone_part_find(str_of(text), &rq->part) ||
	    rq->part == ZONE_DIRECT) {
		out_error(env, "--part is customer or provider");
		return false;
	}
	if (cmd_value(args, "delegate") == NULL) {
		out_error(env, "--part needs --delegate HOST");
		return false;
	}
	return true;
}

/* read_request - all words and options; false after a message */
static bool
read_request(
    struct cmd_env *env, const struct cmd_args *args, struct request *rq)
{
	return read_name(env, "dns", args->words[0], &rq->domain) &&
	    read_name(env, "--delegate", cmd_value(args, "delegate"),
		&rq->delegate) &&
	    read_name(env, "--zone", cmd_value(args, "zone"), &rq->apex) &&
	    read_name(env, "--provider-zone", cmd_value(args, "provider-zone"),
		&rq->provider_apex) &&
	    read_format(env, cmd_value(args, "format"), &rq->format) &&
	    read_part(env, args, rq);
}

/* given - a name that was given, or null */
static const struct mtasts_dname *
given(const struct mtasts_dname *name)
{
	return name->len > 0 ? name : NULL;
}

/* say_json - the records as JSON */
static enum cmd_status
say_json(struct cmd_env *env, const struct request *rq, const struct zone *z,
    const struct mtasts_diags *diags)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_str(&w, "domain", rq->domain.text);
	js_key(&w, "records");
	js_array(&w);
	for (size_t i = 0; z != NULL && i < z->count; i++) {
		const struct zone_record *r = &z->records[i];

		if (rq->one_part && r->part != rq->part)
			continue;
		js_object(&w);
		js_kv_str(&w, "zone", zone_part_name(r->part));
		js_kv_str(&w, "name", r->name);
		js_kv_str(&w, "type", zone_type_name(r->type));
		js_kv_int(&w, "ttl", z->ttl_s);
		js_kv_str(&w, "data", r->data);
		js_end_object(&w);
	}
	js_end_array(&w);
	js_findings(&w, "findings", diags);
	js_end_object(&w);
	return out_json(env, &b);
}

/* say_text - the records in the format asked for; findings beside it */
static enum cmd_status
say_text(struct cmd_env *env, const struct request *rq, const struct zone *z,
    const struct mtasts_diags *diags)
{
	enum cmd_status status = CMD_FINE;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	if (z != NULL && rq->one_part)
		zone_format_part(z, rq->format, rq->part, &b);
	else if (z != NULL)
		zone_format(z, rq->format, &b);
	if (buf_error(&b) != MTASTS_OK) {
		out_error(env, "%s", mtasts_strerror(buf_error(&b)));
		status = CMD_UNKNOWN;
	} else if (z != NULL) {
		status = out_buf(env, &b);
	}
	buf_free(&b);
	out_findings(env, env->err, diags);
	return status;
}

/* plan - the records of the request; err tells why there are none */
static enum mtasts_err
plan(const char *url, const struct request *rq, struct zone **out,
    struct mtasts_diags *diags)
{
	struct records *records = NULL;
	struct zone_source src;
	enum mtasts_err err;

	err = records_read(url, &rq->domain, &records, diags);
	if (err)
		return err;
	records_source(records, &src);
	if (rq->delegate.len > 0)
		src.delegate = &rq->delegate;
	src.apex = given(&rq->apex);
	src.provider_apex = given(&rq->provider_apex);
	err = zone_plan(&src, out, diags);
	records_free(records);
	return err;
}

/* run_dns - dns */
static enum cmd_status
run_dns(struct cmd_env *env, const struct cmd_args *args)
{
	struct mtasts_diags *diags = NULL;
	struct request rq = { .one_part = false };
	struct zone *z = NULL;
	enum cmd_status status;
	enum mtasts_err err;
	const char *url;

	if (!read_request(env, args, &rq))
		return CMD_USAGE;
	url = cmd_store_url(env);
	if (url == NULL)
		return CMD_UNKNOWN;
	diags = mtasts_diags_new();
	err = diags != NULL ? plan(url, &rq, &z, diags) : MTASTS_ENOMEM;
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(env, "%s: %s", rq.domain.text, mtasts_strerror(err));
	status = env->json ? say_json(env, &rq, z, diags)
			   : say_text(env, &rq, z, diags);
	if (status == CMD_FINE && (err || diag_errors(diags) > 0))
		status = err == MTASTS_OK || err == MTASTS_ENOENT ||
			err == MTASTS_EINVAL
		    ? CMD_PROBLEM
		    : CMD_UNKNOWN;
	zone_free(z);
	mtasts_diags_free(diags);
	return status;
}

static const struct cmd_opt opts[] = {
	{ "format", "FORMAT", "for which server or tool; else a table" },
	{ "delegate", "HOST", "CNAMEs in the domain's zone lead to HOST" },
	{ "part", "PART",
	    "with --delegate: only those of customer or provider" },
	{ "zone", "ZONE", "the zone of the domain, if not the domain itself" },
	{ "provider-zone", "ZONE",
	    "the zone of HOST; else just below its public suffix" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_dns = {
	.name = "dns",
	.usage = "DOMAIN",
	.summary = "the DNS records that a domain has to publish",
	.help =
	    "Prints the records of mta-sts, _mta-sts and _smtp._tls of a "
	    "registered domain, ready for the server or tool that keeps its "
	    "zone; the default is a table for the forms of DNS providers. "
	    "What is missing among the settings is said on standard error.\n"
	    "\n"
	    "FORMAT is bind (a zone file), pdnsutil (commands), nsupdate, "
	    "powerdns-json (the API's), dnscontrol, octodns, terraform "
	    "(Cloudflare), terraform-route53 or table.\n"
	    "\n"
	    "With --delegate HOST the records come in two parts, for two "
	    "zones: the customer's has CNAMEs that never change, the "
	    "provider's has one text record per domain, and one for the "
	    "reports of all. HOST must be a name that serves the policies.\n"
	    "\n"
	    "An alias has CNAMEs to the names of its domain, so that one "
	    "change of the id serves all.",
	.opts = opts,
	.words_min = 1,
	.words_max = 1,
	.run = run_dns,
};
