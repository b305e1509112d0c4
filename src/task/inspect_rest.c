/*
 * inspect_rest.c - reports, certification authorities, names below the domain
 *
 * RFC 8460 section 3, RFC 8659 section 3. What comes only with a valid record
 * (authorities, names below) is not looked at for the many domains that have
 * none. To an address for reports nothing is sent: a handshake, no request.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

#include <stdio.h>

/* ---- where reports go ---- */

static void try_rua(struct inspect *in, struct inspect_rua *r);

/* tells_more - is a the better reason to judge the host by? */
static bool
tells_more(const struct probefact *a, const struct probefact *b)
{
	if (b == NULL || a->tls != NULL)
		return true;
	return b->tls == NULL && b->end == PROBEFACT_OURS;
}

/* on_rua_look - one address of an HTTPS host is done */
static void
on_rua_look(struct inspect *in, void *arg)
{
	struct inspect_rua *r = arg;
	struct probefact *worse = r->probe;

	if (tells_more(r->probe, r->rua->tls)) {
		worse = r->rua->tls;
		r->rua->tls = r->probe;
		snprintf(r->rua->text, sizeof(r->rua->text), "%s",
		    r->probe->address);
	}
	r->probe = NULL;
	probefact_free(worse);
	if (r->rua->tls->tls == NULL)
		try_rua(in, r);
}

/* rua_address - the first of a kind that may be asked; false: none */
static bool
rua_address(const struct inspect *in, const struct dnsfact *fact,
    struct ipnet_addr *out)
{
	if (fact == NULL || fact->end != DNSFACT_FOUND)
		return false;
	for (size_t i = 0; i < fact->count; i++) {
		if (fact->type == DNSTYPE_A)
			*out = ipnet_addr_v4(fact->records[i].ip);
		else
			memcpy(out->b, fact->records[i].ip, sizeof(out->b));
		if (inspect_refused(in, out) == NULL)
			return true;
	}
	return false;
}

/* try_rua - an address of an HTTPS host, as senders go on to the next one */
static void
try_rua(struct inspect *in, struct inspect_rua *r)
{
	struct probe_want want = { .kind = PROBE_TLS,
		.host = r->rua->host,
		.port = in->ins->conf.https_port };

	while (r->tried < 2) {
		const struct dnsfact *fact =
		    r->tried == 0 ? r->rua->a : r->rua->aaaa;

		r->tried++;
		if (!rua_address(in, fact, &want.addr))
			continue;
		look_start(in, &want, &r->probe, on_rua_look, r);
		return;
	}
}

/* on_rua_address - of an HTTPS host: when both kinds are known */
static void
on_rua_address(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct inspect_rua *r = arg;

	if (++r->answers == 2 && r->rua->https && !r->other_port)
		try_rua(in, r);
}

/* ask_addresses - of the host */
static void
ask_addresses(struct inspect *in, struct inspect_rua *r)
{
	struct seen_rua *rua = r->rua;
	struct inspect_question q = { rua->host, DNSTYPE_A, &rua->a,
		on_rua_address, r };

	inspect_ask(in, &q);
	q.type = DNSTYPE_AAAA;
	q.where = &rua->aaaa;
	inspect_ask(in, &q);
}

/* on_rua_mx - a mail domain without MX records may have addresses */
static void
on_rua_mx(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	if (fact->end == DNSFACT_NODATA)
		ask_addresses(in, arg);
}

/* rua_host - the host of a URL, or the domain of a mail address */
static struct str
rua_host(struct str uri, bool https)
{
	struct str rest = str_sub(uri, strlen("mailto:"), uri.len);
	size_t at;

	if (https) {
		rest = str_sub(uri, strlen("https://"), uri.len);
		rest = str_sub(rest, 0, str_chr(rest, '/'));
	}
	rest = str_sub(rest, 0, str_chr(rest, '?'));
	while ((at = str_chr(rest, '@')) < rest.len)
		rest = str_sub(rest, at + 1, rest.len);
	/* Behind an address in brackets there may be a port, too. */
	return rest.len > 0 && rest.p[0] == '['
	    ? rest
	    : str_sub(rest, 0, str_chr(rest, ':'));
}

/* has_port - does the URL name a port that is not HTTPS's? */
static bool
has_port(struct str uri, struct str host)
{
	struct str rest =
	    str_sub(uri, (size_t)(host.p - uri.p) + host.len, uri.len);

	return rest.len > 0 && rest.p[0] == ':' &&
	    !str_starts(rest, STR(":443/")) && !str_eq(rest, STR(":443"));
}

/* begin_rua - one address for reports */
static void
begin_rua(struct inspect *in, struct inspect_rua *r, const char *uri)
{
	struct seen_rua *rua = r->rua;
	struct inspect_question q = { rua->host, DNSTYPE_MX, &rua->mx,
		on_rua_mx, r };
	struct mtasts_dname name;
	struct str host;

	rua->uri = uri;
	rua->https = str_starts_nocase(str_of(uri), STR("https:"));
	host = rua_host(str_of(uri), rua->https);
	if (mtasts_dname_parse(host.p, host.len, &name, NULL, NULL) !=
	    MTASTS_OK)
		return;
	memcpy(rua->host, name.text, sizeof(rua->host));
	r->other_port = rua->https && has_port(str_of(uri), host);
	if (rua->https)
		ask_addresses(in, r);
	else
		inspect_ask(in, &q);
}

/* read_rpt - the record, when it is there and valid */
static void
read_rpt(struct seen *s, const struct dnsfact *fact)
{
	struct mtasts_txt txt[LIMIT_TXT_COUNT];
	enum mtasts_verdict verdict;
	size_t i;

	if (fact->end != DNSFACT_FOUND)
		return;
	for (i = 0; i < fact->count && i < LIMIT_TXT_COUNT; i++) {
		txt[i].text = fact->records[i].txt.p;
		txt[i].len = fact->records[i].txt.len;
	}
	verdict = mtasts_rptrec_parse(txt, i, &s->rpt_rec, NULL);
	if (verdict != MTASTS_VERDICT_VALID)
		s->rpt_rec = NULL;
}

/* on_rpt - the record _smtp._tls */
static void
on_rpt(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct seen *s = in->seen;
	size_t i;

	read_rpt(s, fact);
	if (s->rpt_rec == NULL) {
		inspect_apex(in);
		return;
	}
	for (i = 0; i < s->rpt_rec->rua_count && i < SEEN_RUA_MAX; i++) {
		in->ruas[i].rua = &s->rua[s->rua_count++];
		begin_rua(in, &in->ruas[i], s->rpt_rec->rua[i]);
	}
}

void
inspect_begin_rpt(struct inspect *in)
{
	struct seen *s = in->seen;
	struct inspect_question q = { NULL, DNSTYPE_TXT, &s->rpt, on_rpt,
		NULL };

	q.name = arena_printf(s->arena, "_smtp._tls.%s", s->domain);
	if (q.name != NULL)
		inspect_ask(in, &q);
	else
		in->failed = true;
	q.name = arena_printf(s->arena, "_smtp-tlsrpt.%s", s->domain);
	q.where = &s->rpt_old;
	q.then = NULL;
	if (q.name != NULL)
		inspect_ask(in, &q);
	else
		in->failed = true;
}

/* ---- who may issue certificates ---- */

static void ask_caa(struct inspect *in);

/* on_caa - records here end the climb (RFC 8659 section 3) */
static void
on_caa(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	if (fact->end != DNSFACT_FOUND && !dnsfact_failed(fact))
		ask_caa(in);
}

/* ask_caa - of the next name, if there is one left below the top */
static void
ask_caa(struct inspect *in)
{
	struct seen *s = in->seen;
	const char *name = in->caa_name, *dot;
	struct inspect_question q = { name, DNSTYPE_CAA, NULL, on_caa, NULL };

	if (name == NULL || s->caa_count == SEEN_CAA_MAX)
		return;
	snprintf(s->caa[s->caa_count].name, sizeof(s->caa[0].name), "%s", name);
	q.where = &s->caa[s->caa_count++].fact;
	dot = strchr(name, '.');
	in->caa_name =
	    dot != NULL && strchr(dot + 1, '.') != NULL ? dot + 1 : NULL;
	inspect_ask(in, &q);
}

/* ---- names below ---- */

/* on_sub_mx - it receives mail: has it a policy? */
static void
on_sub_mx(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct seen_sub *sub = arg;
	struct inspect_question q = { NULL, DNSTYPE_TXT, &sub->sts, NULL,
		NULL };

	if (fact->end != DNSFACT_FOUND)
		return;
	q.name = arena_printf(in->seen->arena, "_mta-sts.%s", sub->name);
	if (q.name == NULL)
		in->failed = true;
	else if (strlen(q.name) <= LIMIT_DNAME_LEN)
		inspect_ask(in, &q);
}

/* ask_sub - the MX records of a name below the domain */
static void
ask_sub(struct inspect *in, const char *label, bool wildcard)
{
	struct seen *s = in->seen;
	struct seen_sub *sub = &s->sub[s->sub_count];
	struct inspect_question q = { sub->name, DNSTYPE_MX, &sub->mx,
		on_sub_mx, sub };
	int len =
	    snprintf(sub->name, sizeof(sub->name), "%s.%s", label, s->domain);

	if (s->sub_count == SEEN_SUB_MAX || len > LIMIT_POLICY_DOMAIN_LEN)
		return;
	s->sub_count++;
	sub->wildcard = wildcard;
	inspect_ask(in, &q);
}

void
inspect_with_record(struct inspect *in)
{
	char label[40];

	/* A name that nobody has made: what answers is a wildcard. */
	snprintf(label, sizeof(label), "no-such-name-%08x",
	    (unsigned)(in->ins->conf.seed[0] & 0xffffffff));
	ask_sub(in, "www", false);
	ask_sub(in, "mail", false);
	ask_sub(in, label, true);
	in->caa_name = in->seen->policy_host;
	ask_caa(in);
}
