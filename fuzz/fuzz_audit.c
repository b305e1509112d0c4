/*
 * fuzz_audit - any world, judged: a whole result in JSON, whatever was seen
 *
 * A world in which all is well is spoilt step by step: the bytes choose what is
 * seen otherwise, and are the texts of strangers. Holds: the verdict is whole,
 * each check that was asked for is there once with words of its own, the JSON
 * is JSON, and judging again gives the same.
 */
#include "core/dnsmsg.h"
#include "fuzz.h"

#include "../tests/support/seen_world.h"

#include <stdio.h>

#define STEPS_MAX 64 /* each takes memory of the world */
#define JSON_MAX  (8u << 20)
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

struct fuzz {
	const uint8_t *p;
	size_t left;
	struct seen_world w;
	struct judge_conf conf;
};

/* byte - the next byte of the input; zeros behind its end */
static unsigned
byte(struct fuzz *f)
{
	if (f->left == 0)
		return 0;
	f->left--;
	return *f->p++;
}

/* bytes - so many of the input, or what is left */
static struct str
bytes(struct fuzz *f, size_t len)
{
	struct str s;

	if (len > f->left)
		len = f->left;
	s = str_make((const char *)f->p, len);
	f->p += len;
	f->left -= len;
	return s;
}

/* text - a stranger's, of up to 255 bytes, made printable as facts are */
static const char *
text(struct fuzz *f)
{
	struct str s = bytes(f, byte(f));
	char *copy = arena_dup(f->w.arena, s);

	require(copy != NULL);
	for (size_t i = 0; i < s.len; i++)
		if (copy[i] < ' ' || copy[i] > '~')
			copy[i] = '?';
	return copy;
}

/* phrase - what a fact says of a failure, never nothing */
static const char *
phrase(struct fuzz *f)
{
	const char *s = text(f);

	return *s != '\0' ? s : "some reason";
}

/* name - of a host as an answer has it: one of a few, or the input's own */
static const char *
name(struct fuzz *f)
{
	static const char *const names[] = { "mx1.example.com",
		"mx2.example.com", "", "example.com", "mx.example.net",
		"aspmx.l.google.com", "192.0.2.1", "localhost",
		"mta-sts.example.com", "*.example.com", "mx\\.a.example",
		"example-com.mail.protection.outlook.com", "mx_1.example.com" };
	unsigned b = byte(f);
	struct str s;
	char *copy;

	if (b < 128)
		return names[b % COUNT(names)];
	s = bytes(f, b % 64);
	copy = arena_dup(f->w.arena, s);
	require(copy != NULL);
	for (size_t i = 0; i < s.len; i++) {
		copy[i] = ascii_lower(copy[i]);
		if (copy[i] <= ' ' || copy[i] > '~' || copy[i] == '.')
			copy[i] = i % 8 == 7 && i + 1 < s.len ? '.' : 'x';
	}
	return copy;
}

/* ---- answers of DNS ---- */

/* read_record - one of a type */
static void
read_record(struct fuzz *f, enum dnstype type, struct dnsfact_record *r)
{
	struct str ip;

	switch (type) {
	case DNSTYPE_TXT:
		r->txt = bytes(f, byte(f));
		break;
	case DNSTYPE_MX:
		r->mx.preference = (uint16_t)byte(f);
		r->mx.name = name(f);
		break;
	case DNSTYPE_TLSA:
		r->tlsa.usage = (uint8_t)(byte(f) % 5);
		r->tlsa.selector = (uint8_t)(byte(f) % 3);
		r->tlsa.matching = (uint8_t)(byte(f) % 4);
		r->tlsa.data = bytes(f, byte(f) % 65);
		break;
	case DNSTYPE_CAA:
		r->caa.flags = (uint8_t)byte(f);
		r->caa.tag = bytes(f, byte(f) % 16);
		r->caa.value = bytes(f, byte(f));
		break;
	case DNSTYPE_A:
	case DNSTYPE_AAAA:
		ip = bytes(f, sizeof(r->ip));
		memcpy(r->ip, ip.p, ip.len);
		break;
	default:
		r->ns = name(f);
	}
}

/* answer - some answer for a name */
static struct dnsfact *
answer(struct fuzz *f, const char *asked, enum dnstype type)
{
	unsigned b = byte(f), n = byte(f) % 12;
	struct dnsfact *fact = seen_world_dns(&f->w, asked, type,
	    b & 1 ? (enum dnsfact_end)(b / 2 % DNSFACT_ENDS) : DNSFACT_FOUND);
	struct dnsfact_record *r;
	const char **chain;

	fact->secure = (b & 16) != 0 && !dnsfact_failed(fact);
	fact->ttl_s = byte(f) << (b >> 4);
	if (dnsfact_failed(fact))
		fact->why = phrase(f);
	if (b & 32) {
		chain = seen_world_zalloc(&f->w, 1, sizeof(*chain));
		fact->canonical = chain[0] = name(f);
		fact->chain = chain;
		fact->cnames = 1;
	}
	if (fact->end != DNSFACT_FOUND)
		return fact;
	fact->count = n + 1;
	fact->records = r = seen_world_zalloc(&f->w, fact->count, sizeof(*r));
	for (size_t i = 0; i < fact->count; i++)
		read_record(f, type, &r[i]);
	return fact;
}

/* message - what the bytes of a message tell of the MX records; or null */
static struct dnsfact *
message(struct fuzz *f)
{
	struct str msg = bytes(f, byte(f) << 8 | byte(f));
	struct dnsfact *fact, *copy;
	struct dnsfact_record *r;

	require(
	    dnsmsg_parse(msg, "example.com", DNSTYPE_MX, &fact) == MTASTS_OK);
	copy = seen_world_dns(&f->w, "example.com", DNSTYPE_MX, fact->end);
	copy->count = fact->count < 100 ? fact->count : 100;
	copy->records = r = seen_world_zalloc(&f->w, 100, sizeof(*r));
	for (size_t i = 0; i < copy->count; i++) {
		r[i].mx.preference = fact->records[i].mx.preference;
		r[i].mx.name = seen_world_dup(&f->w, fact->records[i].mx.name);
	}
	dnsfact_free(fact);
	return copy;
}

/* add_mx - a host of the records, with an address or without */
static void
add_mx(struct fuzz *f, const char *host, uint16_t preference)
{
	struct seen *s = &f->w.s;
	struct mtasts_dname parsed;
	struct seen_mx *mx;

	for (size_t i = 0; i < s->mx_count; i++) {
		if (strcmp(s->mxs[i].name, host) == 0) {
			s->mxs[i].times++;
			return;
		}
	}
	if (s->mx_count == SEEN_MX_MAX) {
		s->mx_more++;
		return;
	}
	mx = seen_world_mx(&f->w, host, "192.0.2.25");
	mx->preference = preference;
	if (mtasts_dname_parse(host, strlen(host), &parsed, NULL, NULL) ==
	    MTASTS_OK)
		return;
	mx->addr_count = 0;
	mx->no_sni = mx->old_tls = NULL;
	mx->a = mx->aaaa = mx->tlsa = NULL;
	mx->dane.result.dane = DANE_OPEN;
}

/* see_mx - other MX records, and their hosts */
static void
see_mx(struct fuzz *f, struct dnsfact *fact)
{
	struct seen *s = &f->w.s;

	s->mx = fact;
	s->mx_count = s->mx_more = 0;
	s->null_mx = fact->end == DNSFACT_FOUND && fact->count == 1 &&
	    fact->records[0].mx.name[0] == '\0';
	if (fact->end == DNSFACT_NODATA) {
		add_mx(f, s->domain, 0);
		s->mxs[0].implicit = true;
	}
	for (size_t i = 0; i < fact->count && !s->null_mx; i++)
		add_mx(f, fact->records[i].mx.name,
		    fact->records[i].mx.preference);
}

/* one_mx - a mail server of the input's choice, or null */
static struct seen_mx *
one_mx(struct fuzz *f)
{
	unsigned b = byte(f);

	return f->w.s.mx_count == 0 ? NULL : &f->w.s.mxs[b % f->w.s.mx_count];
}

/* see_dns - another answer somewhere, or none */
static void
see_dns(struct fuzz *f)
{
	struct seen *s = &f->w.s;
	struct seen_mx *mx = one_mx(f);
	unsigned which = byte(f) % 18, b = byte(f);
	const struct {
		struct dnsfact **at;
		enum dnstype type;
	} at[18] = { { &s->host_a, DNSTYPE_A }, { &s->host_aaaa, DNSTYPE_AAAA },
		{ &s->sts_apex, DNSTYPE_TXT }, { &s->sts_plain, DNSTYPE_TXT },
		{ &s->sts_under, DNSTYPE_TXT }, { &s->ns_set, DNSTYPE_NS },
		{ &s->ns[0].address, DNSTYPE_A },
		{ &s->ns[1].sts, DNSTYPE_TXT }, { &s->rpt_old, DNSTYPE_TXT },
		{ &s->rua[0].mx, DNSTYPE_MX }, { &s->rua[0].a, DNSTYPE_A },
		{ &s->rua[0].aaaa, DNSTYPE_AAAA },
		{ &s->caa[b % 3].fact, DNSTYPE_CAA },
		{ &s->sub[0].mx, DNSTYPE_MX }, { &s->sub[0].sts, DNSTYPE_TXT },
		{ mx != NULL ? &mx->a : NULL, DNSTYPE_A },
		{ mx != NULL ? &mx->aaaa : NULL, DNSTYPE_AAAA },
		{ mx != NULL ? &mx->tlsa : NULL, DNSTYPE_TLSA } };

	if (at[which].at == NULL)
		return;
	if (which == 13 || which == 14) {
		s->sub_count = 1;
		strcpy(s->sub[0].name, "www.example.com");
		s->sub[0].wildcard = (b & 1) != 0;
	}
	*at[which].at =
	    b == 255 ? NULL : answer(f, "some.example.com", at[which].type);
}

/* see_dane - what DANE says of a mail server */
static void
see_dane(struct fuzz *f)
{
	struct seen_mx *mx = one_mx(f);
	struct dane_result *r;
	unsigned b = byte(f);

	if (mx == NULL)
		return;
	r = &mx->dane.result;
	r->dane = (enum dane_class)(b % (DANE_GONE + 1));
	r->address_secure = (b & 8) != 0;
	r->usable = b >> 4 & 3;
	r->unusable = b >> 6;
	snprintf(r->base, sizeof(r->base), "%s", mx->name);
	snprintf(r->why, sizeof(r->why), "%s", phrase(f));
}

/* ---- servers ---- */

/* tls_at - a handshake of the input's choice, or null */
static struct tlsfact *
tls_at(struct fuzz *f)
{
	struct seen *s = &f->w.s;
	struct seen_mx *mx = one_mx(f);
	unsigned b = byte(f) % 5;

	if (b == 0 && s->best != NULL && s->best->got != NULL)
		return s->best->got->tls;
	if (b == 1 && s->host_no_sni != NULL)
		return s->host_no_sni->tls;
	if (mx == NULL || mx->addr_count == 0)
		return NULL;
	if (b == 2)
		return mx->no_sni != NULL ? mx->no_sni->tls : NULL;
	return mx->addr[0].probe->tls;
}

/* spoil_cert - another certificate */
static void
spoil_cert(struct fuzz *f, struct certfact *cert)
{
	static const char *const keys[] = { "RSA", "EC", "ED25519", "DSA", "" };
	static const char *const hashes[] = { "SHA256", "SHA1", "MD5", "" };
	unsigned b = byte(f);

	cert->subject = text(f);
	cert->issuer = text(f);
	cert->issuer_org = text(f);
	cert->not_before_at += (int64_t)(byte(f) - 128) * SEEN_WORLD_DAY;
	cert->not_after_at += (int64_t)(byte(f) - 128) * SEEN_WORLD_DAY;
	cert->key = keys[b % COUNT(keys)];
	cert->key_bits = byte(f) << 5;
	cert->hash = hashes[b >> 4 & 3];
	cert->self_signed = (b & 64) != 0;
	cert->signed_by_next = (b & 128) != 0;
	memset(&cert->of_der, (int)byte(f), sizeof(cert->of_der));
}

/* see_tls - another handshake */
static void
see_tls(struct fuzz *f)
{
	static const char *const versions[] = { "TLSv1.3", "TLSv1.2", "TLSv1.1",
		"TLSv1" };
	struct tlsfact *tls = tls_at(f);
	unsigned b = byte(f), c = byte(f);
	const char **names;

	if (tls == NULL)
		return;
	tls->version = versions[b % COUNT(versions)];
	tls->forward_secret = (b & 4) != 0;
	tls->weak_cipher = (b & 8) != 0;
	tls->safe_renegotiation = (b & 16) != 0;
	tls->compressed = (b & 32) != 0;
	tls->in_order = (b & 64) != 0;
	tls->must_staple = (b & 128) != 0;
	tls->trust = (enum tlsfact_trust)(c % TLSFACT_TRUSTS);
	tls->names_host = (c & 16) != 0;
	tls->cn_fits = (c & 32) != 0;
	tls->staple = (enum tlsfact_staple)(c >> 6);
	tls->kex_bits = byte(f) << 5;
	tls->why = tls->trust != TLSFACT_TRUSTED ? phrase(f) : "";
	tls->name_count = byte(f) % 4;
	tls->names = names = seen_world_zalloc(&f->w, 4, sizeof(*names));
	for (size_t i = 0; i < tls->name_count; i++)
		names[i] = name(f);
	tls->sent = byte(f) % 14;
	tls->count = tls->sent < 2 ? tls->sent : 2;
	for (size_t i = 0; i < tls->count; i++)
		spoil_cert(f, (struct certfact *)&tls->cert[i]);
}

/* see_probe - a mail server does otherwise */
static void
see_probe(struct fuzz *f)
{
	struct seen_mx *mx = one_mx(f);
	unsigned which = byte(f) % 5;
	struct probefact *at[5] = { f->w.s.host_no_sni, NULL, NULL, NULL,
		NULL };
	struct probefact *p;

	if (mx != NULL && mx->addr_count > 0) {
		at[1] = mx->no_sni;
		at[2] = mx->old_tls;
		at[3] = at[4] = mx->addr[0].probe;
	}
	p = at[which];
	if (p == NULL)
		return;
	p->end = (enum probefact_end)(byte(f) % PROBEFACT_ENDS);
	p->why = p->end == PROBEFACT_OK ? "" : phrase(f);
	p->greeting_code = (int)(byte(f) * 3);
	p->greeting = text(f);
	p->early = (byte(f) & 1) != 0;
	p->ext_clear = byte(f) << 1 | (byte(f) & 1);
	p->ext_tls = byte(f) << 1;
	p->took_ms = (int64_t)byte(f) * 300;
	if (p->end != PROBEFACT_OK && p->end != PROBEFACT_AFTER_TLS)
		p->tls = NULL;
	else if (p->tls == NULL)
		p->tls = seen_world_tls(&f->w, "mx1.example.com");
}

/* see_fetch - the policy host does otherwise, or its port for HTTP does */
static void
see_fetch(struct fuzz *f)
{
	struct seen *s = &f->w.s;
	struct fetchfact *got;
	unsigned b = byte(f);

	if (b & 1) {
		s->host_plain = got = seen_world_fetch(&f->w, "192.0.2.80", "");
		got->tls = NULL;
	} else {
		got = s->best->got;
	}
	got->end = (enum fetchfact_end)(byte(f) % FETCHFACT_ENDS);
	got->connected = (b & 2) != 0;
	got->status = (int)(byte(f) * 3);
	got->why = got->end == FETCHFACT_OK ? "" : phrase(f);
	got->took_ms = (int64_t)byte(f) * 300;
	got->type = b & 4 ? text(f) : NULL;
	got->location = b & 8 ? text(f) : NULL;
	got->hsts = b & 16 ? text(f) : NULL;
	got->cache_control = b & 32 ? text(f) : NULL;
	if (b & 64)
		got->tls = NULL;
	if (got->end != FETCHFACT_OK && (b & 1) == 0) {
		got->body = str_make(NULL, 0);
		seen_world_no_policy(&f->w);
	}
}

/* see_own - what the registry says of the domain */
static void
see_own(struct fuzz *f)
{
	struct seen_own *own = &f->w.s.own;
	unsigned b = byte(f);

	own->registered = (b & 1) != 0;
	snprintf(own->id, sizeof(own->id), "%s", b & 2 ? text(f) : "20260101");
	own->text = bytes(f, byte(f));
	own->mode = (enum mtasts_mode)(b >> 2 & 3);
	own->mode_since_at = b & 16 ? SEEN_WORLD_AT - SEEN_WORLD_DAY * 40 : 0;
	own->id_was_ours = (b & 32) != 0;
	own->text_was_ours = (b & 64) != 0;
	own->remove_after_at = b & 128 ? SEEN_WORLD_AT + 1000 : 0;
}

/* see_rua - another address for reports */
static void
see_rua(struct fuzz *f)
{
	struct seen *s = &f->w.s;
	struct seen_rua *rua = &s->rua[0];
	unsigned b = byte(f);

	s->rua_count = b % 2;
	rua->uri = phrase(f);
	rua->https = (b & 2) != 0;
	snprintf(rua->host, sizeof(rua->host), "%s", name(f));
	rua->tls = b & 4 ? seen_world_probe(&f->w, "192.0.2.90",
			       seen_world_tls(&f->w, rua->host))
			 : NULL;
	if (rua->tls != NULL)
		rua->tls->end = (enum probefact_end)(byte(f) % PROBEFACT_ENDS);
}

/* see_world - what holds for all of it, and what is wanted */
static void
see_world(struct fuzz *f)
{
	static const char *const modes[] = { "enforce", "testing", "none",
		NULL };
	unsigned b = byte(f);

	f->w.s.dnssec = (b & 1) != 0;
	f->w.s.no_smtp = (b & 2) != 0;
	f->conf.expect = modes[b >> 2 & 3];
	f->w.s.at += (int64_t)byte(f) * SEEN_WORLD_DAY;
	f->conf.pick.some = (b & 16) != 0;
	for (size_t i = 0; i < 16; i++)
		f->conf.pick.on[i / 8] |= (uint64_t)byte(f) << i % 8 * 8;
}

/* step - one thing is seen otherwise */
static void
step(struct fuzz *f)
{
	switch (byte(f) % 13) {
	case 0:
		seen_world_sts(&f->w, answer(f, "_mta-sts", DNSTYPE_TXT));
		break;
	case 1:
		seen_world_rpt(&f->w, answer(f, "_smtp._tls", DNSTYPE_TXT));
		break;
	case 2:
		seen_world_body(&f->w, bytes(f, byte(f) << 8 | byte(f)));
		break;
	case 3:
		see_mx(f, answer(f, "example.com", DNSTYPE_MX));
		break;
	case 4:
		see_mx(f, message(f));
		break;
	case 5:
		see_dane(f);
		break;
	case 6:
		see_tls(f);
		break;
	case 7:
		see_probe(f);
		break;
	case 8:
		see_fetch(f);
		break;
	case 9:
		see_own(f);
		break;
	case 10:
		see_rua(f);
		break;
	case 11:
		see_world(f);
		break;
	default:
		see_dns(f);
	}
}

/* ---- what must hold ---- */

/* words - of one result, whole in its own way */
static void
words(const struct audit_check *c)
{
	require(c->status < AUDIT_STATUSES);
	require(c->seen != NULL && c->place != NULL && c->rfc != NULL);
	require(c->message != NULL && c->message[0] != '\0');
	require(!c->unknown || c->status == AUDIT_SKIP);
	require((c->finding_count > 0) == (c->fix[0] != '\0'));
	require((c->finding_count > 0) == (c->name[0] != '\0'));
	for (size_t i = 0; i < c->finding_count; i++)
		require(strcmp(c->finding[i]->id, c->check->id) == 0);
}

/* whole - every check that is wanted once, in its order */
static void
whole(const struct fuzz *f, const struct audit *a)
{
	const struct audit_pick *pick = &f->conf.pick;
	const struct check *check;
	size_t n = 0;

	require(a->result < AUDIT_RESULTS && a->next[0] != '\0');
	require(a->sender < AUDIT_OUTLOOKS && a->dane < AUDIT_OUTLOOKS);
	require(a->sender_text[0] != '\0' && a->dane_text[0] != '\0');
	for (size_t i = 0; (check = checks_get(i)) != NULL; i++) {
		if (pick->some && (pick->on[i / 64] >> i % 64 & 1) == 0)
			continue;
		if (strcmp(check->id, "X01") == 0 && f->conf.expect == NULL)
			continue;
		require(n < a->count && a->check[n].check == check);
		require(audit_get(a, check->id) == &a->check[n]);
		words(&a->check[n++]);
	}
	require(n == a->count);
	require((audit_count(a, AUDIT_FAIL) > 0) ==
	    (a->result == AUDIT_RESULT_FAIL));
}

/* write_json - the object; the text is the caller's */
static void
write_json(const struct audit *a, struct buf *b)
{
	struct js_writer w;

	buf_init(b, JSON_MAX);
	js_begin(&w, b, false);
	audit_json(a, &w);
	require(buf_error(b) == MTASTS_OK && w.depth == 0);
	for (size_t i = 0; i < b->len; i++)
		require((unsigned char)b->p[i] >= ' ');
}

/* same_text - is the member this text? */
static bool
same_text(const struct js *object, const char *key, const char *want)
{
	struct str s;

	return js_str(js_get(object, key), &s) && str_eq(s, str_of(want));
}

/* readable - the JSON, and that it says what the audit does */
static void
readable(const struct audit *a, struct str text)
{
	const struct js *checks;
	struct js *root;

	require(js_parse(text, "", &root, NULL) == MTASTS_OK);
	require(same_text(root, "result", audit_result_name(a->result)));
	require(same_text(root, "next", a->next));
	checks = js_get(root, "checks");
	require(js_is_array(checks) && js_len(checks) == a->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct js *c = js_at(checks, i);

		require(same_text(c, "id", a->check[i].check->id));
		require(same_text(
		    c, "status", audit_status_name(a->check[i].status)));
		require(
		    js_len(js_get(c, "findings")) == a->check[i].finding_count);
	}
	js_free(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { .p = data, .left = size };
	struct audit *a, *again;
	struct buf text, same;

	seen_world_open(&f.w);
	for (unsigned n = 0; n < STEPS_MAX && f.left > 0; n++)
		step(&f);
	require(judge(&f.w.s, &f.conf, &a) == MTASTS_OK);
	require(judge(&f.w.s, &f.conf, &again) == MTASTS_OK);
	whole(&f, a);
	write_json(a, &text);
	write_json(again, &same);
	require(str_eq(buf_str(&text), buf_str(&same)));
	readable(a, buf_str(&text));
	audit_free(a);
	audit_free(again);
	buf_free(&text);
	buf_free(&same);
	seen_world_close(&f.w);
	return 0;
}
