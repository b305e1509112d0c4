/*
 * judge_live.c - which hosts there are, and whether each would pass a policy
 *
 * The facts that a decision about mode enforce stands on. Stricter than what
 * one sender does: a host passes when every address that answers passes, for
 * senders take any of them. What did not answer is not called bad, but not good
 * either. Knows no policy that is to come.
 *
 * RFC 8461 sections 3.3, 4.1, 4.2, 8.1.
 */
#include "core/judge_int.h"

#include "base/arena.h"
#include "core/limits.h"

#include <stdio.h>

const struct live_mx *
live_find(const struct live *l, const char *name)
{
	for (size_t i = 0; i < l->mx_count; i++)
		if (strcmp(l->mx[i].name, name) == 0)
			return &l->mx[i];
	return NULL;
}

/* keep - a text of the audit's own; "" when memory is short */
static const char *
keep(struct audit *a, const char *text)
{
	const char *copy = arena_dup(a->arena, str_of(text));

	if (copy == NULL)
		a->short_of_memory = true;
	return copy != NULL ? copy : "";
}

/* cert_why - what is wrong with a certificate, a sentence */
static const char *
cert_why(struct audit *a, const char *host, const struct tlsfact *tls)
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, 2048);
	if (tls->trust == TLSFACT_EXPIRED)
		buf_putf(&b, "the certificate of %s has expired", host);
	else if (tls->trust != TLSFACT_TRUSTED)
		buf_putf(&b, "the certificate of %s is not trusted: %s", host,
		    tls->why);
	else {
		buf_putf(&b, "the certificate of %s is not for it; it is for ",
		    host);
		tlsfact_put_names(tls, &b);
	}
	if (buf_error(&b) == MTASTS_OK)
		text = keep(a, b.p);
	buf_free(&b);
	return text != NULL ? text : "its certificate is not valid";
}

/* addr_state - what one address says of its host */
static enum live_state
addr_state(const struct probefact *p)
{
	switch (p->end) {
	case PROBEFACT_OK:
		return tlsfact_valid(p->tls) ? LIVE_WORKS : LIVE_FAILS;
	case PROBEFACT_OURS:
	case PROBEFACT_UNREACHABLE:
	case PROBEFACT_REFUSED:
	case PROBEFACT_TIMEOUT:
	case PROBEFACT_SILENT:
	case PROBEFACT_BUSY:
	case PROBEFACT_STARTTLS_LATER:
	/* It may have been the moment; what is between us closes, too. */
	case PROBEFACT_CLOSED:
	case PROBEFACT_TLS_LATE:
		return LIVE_OPEN;
	default:
		return LIVE_FAILS;
	}
}

/* fail_by - an address of the host does not pass */
static void
fail_by(struct audit *a, struct live_mx *out, const struct probefact *p)
{
	bool cert = p->tls != NULL && !tlsfact_valid(p->tls);

	out->state = LIVE_FAILS;
	out->fault = LIVE_NO_TLS;
	if (cert)
		out->fault = p->tls->trust == TLSFACT_EXPIRED ? LIVE_EXPIRED
							      : LIVE_BAD_CERT;
	out->why = cert ? cert_why(a, out->name, p->tls) : keep(a, p->why);
}

/* open_by - nothing is known of the host, or not yet */
static void
open_by(struct audit *a, struct live_mx *out, bool blocked, const char *why)
{
	if (out->state != LIVE_OPEN || out->why[0] != '\0')
		return;
	out->fault = blocked ? LIVE_BLOCKED : LIVE_UNSEEN;
	out->why = keep(a, why);
}

/* lookup_failed - is an address perhaps there that we do not know of? */
static const struct dnsfact *
lookup_failed(const struct seen_mx *mx)
{
	if (mx->a == NULL || dnsfact_failed(mx->a))
		return mx->a;
	return mx->aaaa != NULL && dnsfact_failed(mx->aaaa) ? mx->aaaa : NULL;
}

/* no_address - a host that was not connected to at all */
static void
no_address(struct audit *a, const struct seen_mx *mx, struct live_mx *out)
{
	const struct dnsfact *failed = lookup_failed(mx);
	struct judge_text t;

	if (mx->a == NULL || failed != NULL) {
		snprintf(t.text, sizeof(t.text),
		    "the addresses of %.253s could not be looked up", mx->name);
		open_by(a, out, false, t.text);
		return;
	}
	snprintf(t.text, sizeof(t.text),
	    "%.253s has no address that can be reached from outside", mx->name);
	out->state = LIVE_FAILS;
	out->fault = LIVE_NO_ADDRESS;
	out->why = keep(a, t.text);
}

/* judge_one - one MX host by all its addresses */
static void
judge_one(const struct seen *s, struct audit *a, const struct seen_mx *mx,
    struct live_mx *out)
{
	bool blocked = judge_blocked(s);
	size_t usable = 0;

	*out = (struct live_mx){ .name = keep(a, mx->name), .why = "" };
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;

		usable += mx->addr[i].refused == NULL;
		if (p == NULL)
			continue;
		switch (addr_state(p)) {
		case LIVE_FAILS:
			fail_by(a, out, p);
			return;
		case LIVE_WORKS:
			out->state = LIVE_WORKS;
			out->fault = LIVE_FINE;
			out->why = "";
			break;
		case LIVE_OPEN:
			open_by(a, out, blocked, p->why);
			break;
		}
	}
	if (usable == 0)
		no_address(a, mx, out);
	else if (out->state == LIVE_OPEN)
		open_by(a, out, false, "it was not connected to");
}

/* mx_same - does each authoritative server name the hosts we looked at? */
static bool
mx_same(const struct seen *s)
{
	for (size_t i = 0; i < s->mx_ns_count; i++)
		if (s->mx_ns[i].mx == NULL ||
		    !dnsfact_same_mx(s->mx_ns[i].mx, s->mx))
			return false;
	return s->mx_ns_count > 0 && s->mx_ns_more == 0;
}

/* put_mail - the MX hosts */
static void
put_mail(const struct seen *s, struct audit *a)
{
	struct live *l = &a->live;
	struct live_mx *v;

	l->mx_why = "";
	l->known = s->mx != NULL && !dnsfact_failed(s->mx) &&
	    s->mx->end != DNSFACT_NXDOMAIN;
	l->null_mx = s->null_mx;
	l->mx_more = s->mx_more;
	if (!l->known) {
		l->mx_why = s->mx == NULL ? "they were not looked up"
		    : s->mx->end == DNSFACT_NXDOMAIN
		    ? "the domain is not in DNS"
		    : keep(a, s->mx->why);
		return;
	}
	l->mx_same = mx_same(s);
	v = arena_zalloc(a->arena, s->mx_count + 1, sizeof(*v));
	if (v == NULL) {
		a->short_of_memory = true;
		l->known = false;
		return;
	}
	for (size_t i = 0; i < s->mx_count; i++)
		judge_one(s, a, &s->mxs[i], &v[i]);
	l->mx = v;
	l->mx_count = s->mx_count;
}

/* put_host - may senders trust the policy host at every address? */
static void
put_host(const struct seen *s, struct audit *a)
{
	struct live *l = &a->live;
	const struct tlsfact *tls;

	l->host_why = "";
	if (s->host_a == NULL || dnsfact_failed(s->host_a) ||
	    s->host_aaaa == NULL || dnsfact_failed(s->host_aaaa)) {
		l->host_why = "its addresses could not be looked up";
		return;
	}
	if (s->addr_count == 0) {
		l->host = LIVE_FAILS;
		l->host_why = "it has no address in DNS";
		return;
	}
	for (size_t i = 0; i < s->addr_count; i++) {
		tls = s->addr[i].got != NULL ? s->addr[i].got->tls : NULL;
		if (tls != NULL && !tlsfact_valid(tls)) {
			l->host = LIVE_FAILS;
			l->host_why = cert_why(a, s->policy_host, tls);
			return;
		}
		if (tls != NULL)
			l->host = LIVE_WORKS;
		else if (s->addr[i].got != NULL && s->addr[i].got->connected) {
			l->host = LIVE_FAILS;
			l->host_why = keep(a, s->addr[i].got->why);
			return;
		}
	}
	if (l->host == LIVE_OPEN)
		l->host_why = "it could not be reached";
}

/* says_id - does an answer of a server carry the id, or lead elsewhere? */
static bool
says_id(const struct seen *s, const struct dnsfact *fact)
{
	struct mtasts_txt txt[LIMIT_TXT_COUNT];
	struct mtasts_stsrec rec;
	size_t n = 0;

	/* Where an alias leads to is another zone's; the resolver knows. */
	if (fact->cnames > 0 && fact->end != DNSFACT_FOUND)
		return !dnsfact_failed(fact);
	if (fact->end != DNSFACT_FOUND)
		return false;
	for (; n < fact->count && n < LIMIT_TXT_COUNT; n++) {
		txt[n].text = fact->records[n].txt.p;
		txt[n].len = fact->records[n].txt.len;
	}
	return mtasts_stsrec_parse(txt, n, &rec, NULL) ==
	    MTASTS_VERDICT_VALID &&
	    strcmp(rec.id, s->own.id) == 0;
}

/* unseen - could a name server not be asked? */
static bool
unseen(const struct seen_ns *ns)
{
	return ns->sts == NULL || dnsfact_failed(ns->sts);
}

/* published_dns - is the id at every server of the zone? Else why not */
static enum live_state
published_dns(const struct seen *s, struct judge_text *why)
{
	const struct seen_ns *open = NULL;

	if (s->sts == NULL || dnsfact_failed(s->sts)) {
		snprintf(why->text, sizeof(why->text),
		    "the record _mta-sts.%.253s could not be looked up",
		    s->domain);
		return LIVE_OPEN;
	}
	for (size_t i = 0; i < s->ns_count; i++) {
		if (unseen(&s->ns[i])) {
			open = &s->ns[i];
			continue;
		}
		if (says_id(s, s->ns[i].sts))
			continue;
		snprintf(why->text, sizeof(why->text),
		    "the name server %.253s does not have id=%s yet",
		    s->ns[i].name, s->own.id);
		return LIVE_FAILS;
	}
	if (s->rec_verdict != MTASTS_VERDICT_VALID ||
	    strcmp(s->rec.id, s->own.id) != 0) {
		snprintf(why->text, sizeof(why->text),
		    "the record _mta-sts.%.253s does not have id=%s yet",
		    s->domain, s->own.id);
		return LIVE_FAILS;
	}
	if (open == NULL && s->ns_count > 0)
		return LIVE_WORKS;
	snprintf(why->text, sizeof(why->text),
	    "the name server%s%.253s could not be asked",
	    open != NULL ? " " : "s of ",
	    open != NULL ? open->name : s->domain);
	return LIVE_OPEN;
}

/* published_text - does the policy host serve what it should? Else why not */
static enum live_state
published_text(
    const struct seen *s, const struct live *l, struct judge_text *why)
{
	if (s->policy != NULL && str_eq(s->best->got->body, s->own.text))
		return LIVE_WORKS;
	if (s->policy != NULL)
		snprintf(why->text, sizeof(why->text),
		    "the policy host serves another text than the registry "
		    "has");
	else if (l->host != LIVE_WORKS)
		snprintf(why->text, sizeof(why->text),
		    "senders cannot fetch the policy: %.300s", l->host_why);
	else
		snprintf(why->text, sizeof(why->text),
		    "senders cannot fetch the policy: %.300s",
		    s->best != NULL ? s->best->got->why : "no answer");
	return s->policy == NULL && l->host == LIVE_OPEN ? LIVE_OPEN
							 : LIVE_FAILS;
}

/* put_published - is what the registry wants out there, everywhere? */
static void
put_published(const struct seen *s, struct audit *a)
{
	struct judge_text why = { "" }, text_why = { "" };
	struct live *l = &a->live;
	enum live_state text;

	l->published_why = l->published_id = "";
	if (!s->own.registered)
		return;
	l->published_id = keep(a, s->own.id);
	l->published = published_dns(s, &why);
	text = published_text(s, l, &text_why);
	/* What is wrong weighs more than what is not known. */
	if (l->published == LIVE_WORKS ||
	    (l->published == LIVE_OPEN && text == LIVE_FAILS)) {
		l->published = text;
		why = text_why;
	}
	l->published_why = keep(a, why.text);
}

void
judge_live(const struct seen *s, struct audit *a)
{
	put_mail(s, a);
	put_host(s, a);
	put_published(s, a);
}
