/*
 * fuzz_audit - whatever was seen of a domain: what its audit always is
 *
 * Begins with a domain at which all is well and spoils parts of it as the bytes
 * say: texts of strangers and ends of lookups, fetches and probes in any
 * combination. Checked: each check is there once, with a status that fits its
 * texts; a repair wherever something is wrong; the result is that of the worst;
 * the object is JSON that we read ourselves, and holds no control byte.
 */
#include "../tests/support/seen_world.h"
#include "fuzz.h"

#include <stdio.h>

#define JSON_MAX (8u << 20)
#define TEXT_MAX 3000

struct fuzz {
	const uint8_t *p;
	size_t left;
	struct seen_world w;
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

/* text - bytes of the input as a text, its length in front; never null */
static struct str
text(struct fuzz *f)
{
	size_t len = byte(f) << 8 | byte(f);
	char *copy;

	len %= TEXT_MAX;
	if (len > f->left)
		len = f->left;
	copy = arena_dup(f->w.arena, str_make((const char *)f->p, len));
	require(copy != NULL);
	f->p += len;
	f->left -= len;
	return str_make(copy, len);
}

/* word - the same as a C string of printable bytes, as facts have them */
static const char *
word(struct fuzz *f)
{
	struct buf b;
	char *copy;

	buf_init(&b, 4 * TEXT_MAX + 10);
	buf_printable(&b, text(f), 200);
	copy = arena_dup(f->w.arena, buf_str(&b));
	require(copy != NULL);
	buf_free(&b);
	return copy;
}

/* reason - why something failed: never empty */
static const char *
reason(struct fuzz *f)
{
	const char *text = word(f);

	return text[0] != '\0' ? text : "no reason is known";
}

/* txt_fact - an answer with up to three TXT records, or none */
static struct dnsfact *
txt_fact(struct fuzz *f, const char *name)
{
	struct dnsfact *fact = seen_world_dns(&f->w, name, DNSTYPE_TXT,
	    (enum dnsfact_end)(byte(f) % DNSFACT_ENDS));
	struct dnsfact_record *list;

	fact->ttl_s = byte(f) << 12;
	fact->cnames = byte(f) % 5;
	fact->secure = byte(f) % 2;
	if (fact->end != DNSFACT_FOUND)
		return fact;
	fact->count = 1 + byte(f) % 3;
	list = seen_world_zalloc(&f->w, fact->count, sizeof(*list));
	for (size_t i = 0; i < fact->count; i++)
		list[i].txt = text(f);
	fact->records = list;
	return fact;
}

/* spoil_tls - something of a handshake */
static void
spoil_tls(struct fuzz *f, struct tlsfact *tls)
{
	struct certfact *cert;

	if (tls == NULL)
		return;
	cert = (struct certfact *)(uintptr_t)tls->cert;
	switch (byte(f) % 8) {
	case 0:
		tls->trust = (enum tlsfact_trust)(byte(f) % TLSFACT_TRUSTS);
		tls->why = tls->trust == TLSFACT_TRUSTED ? "" : reason(f);
		break;
	case 1:
		tls->names_host = byte(f) % 2;
		tls->name_count = byte(f) % 2;
		break;
	case 2:
		cert[0].not_after_at =
		    SEEN_WORLD_AT + ((int64_t)byte(f) - 100) * SEEN_WORLD_DAY;
		break;
	case 3:
		cert[byte(f) % 2].key_bits = byte(f) * 16;
		cert[0].key = byte(f) % 2 ? "RSA" : word(f);
		break;
	case 4:
		cert[byte(f) % 2].hash = byte(f) % 2 ? "SHA1" : word(f);
		break;
	case 5:
		tls->staple = (enum tlsfact_staple)(byte(f) % 4);
		tls->must_staple = byte(f) % 2;
		break;
	case 6:
		tls->count = tls->sent = byte(f) % 3;
		tls->in_order = byte(f) % 2;
		break;
	default:
		tls->weak_cipher = byte(f) % 2;
		tls->forward_secret = byte(f) % 2;
		tls->cipher = word(f);
		cert[0].issuer = word(f);
		cert[0].issuer_org = word(f);
	}
}

/* spoil_fetch - what an address of the policy host answered */
static void
spoil_fetch(struct fuzz *f)
{
	struct fetchfact *got = f->w.s.addr[0].got;

	got->end = (enum fetchfact_end)(byte(f) % FETCHFACT_ENDS);
	got->why = got->end == FETCHFACT_OK ? "" : reason(f);
	got->status = got->end == FETCHFACT_CONNECT ? 0 : (int)byte(f) * 3;
	got->took_ms = byte(f) * 100;
	got->type = byte(f) % 4 ? word(f) : NULL;
	got->location = byte(f) % 2 ? word(f) : NULL;
	got->hsts = byte(f) % 2 ? word(f) : NULL;
	got->cache_control = byte(f) % 2 ? word(f) : NULL;
	if (byte(f) % 3 == 0)
		got->tls = NULL;
	if (got->end != FETCHFACT_OK)
		seen_world_no_policy(&f->w);
}

/* spoil_probe - what a mail server showed */
static void
spoil_probe(struct fuzz *f)
{
	struct seen_mx *mx = &f->w.mx[byte(f) % 2];
	struct probefact *p = mx->addr[0].probe;

	p->end = (enum probefact_end)(byte(f) % PROBEFACT_ENDS);
	p->why = p->end == PROBEFACT_OK ? "" : reason(f);
	p->greeting = word(f);
	p->early = byte(f) % 2;
	p->ext_clear = byte(f) << 1;
	p->ext_tls = byte(f) << 1;
	if (p->end != PROBEFACT_OK && p->end != PROBEFACT_AFTER_TLS)
		p->tls = NULL;
	mx->old_tls->end = (enum probefact_end)(byte(f) % PROBEFACT_ENDS);
	if (byte(f) % 3 == 0)
		mx->no_sni = NULL;
}

/* spoil_mx - the MX records and what DANE says */
static void
spoil_mx(struct fuzz *f)
{
	struct seen *s = &f->w.s;
	struct seen_mx *mx = &f->w.mx[byte(f) % 2];

	switch (byte(f) % 5) {
	case 0:
		s->null_mx = true;
		s->mx_count = 0;
		break;
	case 1:
		s->mx = seen_world_dns(&f->w, "example.com", DNSTYPE_MX,
		    (enum dnsfact_end)(1 + byte(f) % (DNSFACT_ENDS - 1)));
		s->mx_count = 0;
		break;
	case 2:
		mx->implicit = byte(f) % 2;
		mx->times = 1 + byte(f) % 3;
		mx->addr_count = byte(f) % 2;
		break;
	case 3:
		snprintf(mx->name, sizeof(mx->name), "%s", word(f));
		break;
	default:
		mx->dane.result.dane = (enum dane_class)(byte(f) % 6);
		mx->dane.result.usable = byte(f) % 3;
		mx->dane.result.unusable = byte(f) % 3;
	}
}

/* spoil_rest - what stands around it */
static void
spoil_rest(struct fuzz *f)
{
	struct seen *s = &f->w.s;

	switch (byte(f) % 6) {
	case 0:
		s->dnssec = byte(f) % 2;
		s->no_smtp = byte(f) % 2;
		break;
	case 1:
		s->ns[byte(f) % 2].sts = txt_fact(f, "_mta-sts.example.com");
		break;
	case 2:
		s->caa[byte(f) % 3].fact = SEEN_WORLD_FOUND(
		    &f->w, "example.com", DNSTYPE_CAA, word(f), word(f));
		break;
	case 3:
		s->own.registered = true;
		s->own.mode = (enum mtasts_mode)(byte(f) % 3);
		s->own.mode_since_at = SEEN_WORLD_AT - (int64_t)byte(f) * 86400;
		s->own.text = text(f);
		break;
	case 4:
		s->rua[0].mx = seen_world_dns(&f->w, "reports.example",
		    DNSTYPE_MX, (enum dnsfact_end)(byte(f) % DNSFACT_ENDS));
		s->rua[0].uri = word(f);
		break;
	default:
		s->sts_apex = txt_fact(f, "example.com");
		s->rpt_old = txt_fact(f, "_smtp-tlsrpt.example.com");
	}
}

/* spoil - one thing more */
static void
spoil(struct fuzz *f)
{
	struct seen_world *w = &f->w;

	switch (byte(f) % 8) {
	case 0:
		seen_world_sts(w, txt_fact(f, "_mta-sts.example.com"));
		break;
	case 1:
		seen_world_rpt(w, txt_fact(f, "_smtp._tls.example.com"));
		break;
	case 2:
		seen_world_body(w, text(f));
		break;
	case 3:
		spoil_fetch(f);
		break;
	case 4:
		spoil_probe(f);
		break;
	case 5:
		spoil_mx(f);
		break;
	case 6:
		spoil_tls(f,
		    byte(f) % 2 ? w->mx[0].addr[0].probe->tls
				: w->s.addr[0].got->tls);
		break;
	default:
		spoil_rest(f);
	}
}

/* look_at_check - one result keeps its promises */
static void
look_at_check(const struct audit_check *c)
{
	bool wrong = c->status == AUDIT_INFO || c->status == AUDIT_WARN ||
	    c->status == AUDIT_FAIL;

	require(c->check != NULL && (unsigned)c->status < AUDIT_STATUSES);
	require(c->message[0] != '\0');
	require(wrong == (c->finding_count > 0));
	require(wrong ? c->fix[0] != '\0' : c->fix[0] == '\0');
	require(!c->unknown || c->status == AUDIT_SKIP);
}

/* look_at_audit - so does the whole */
static void
look_at_audit(const struct audit *a)
{
	enum audit_result worst = AUDIT_RESULT_PASS;

	for (size_t i = 0; i < a->count; i++) {
		look_at_check(&a->check[i]);
		require(i == 0 || a->check[i].check != a->check[i - 1].check);
		require(audit_get(a, a->check[i].check->id) == &a->check[i]);
		if (a->check[i].status == AUDIT_FAIL)
			worst = AUDIT_RESULT_FAIL;
	}
	require(
	    (worst == AUDIT_RESULT_FAIL) == (a->result == AUDIT_RESULT_FAIL));
	require(a->next != NULL && a->next[0] != '\0');
	require(a->sender_text[0] != '\0' && a->dane_text[0] != '\0');
}

/* look_at_json - it is what we read ourselves */
static void
look_at_json(const struct audit *a)
{
	struct js_writer w;
	struct js *js = NULL;
	struct buf b;

	buf_init(&b, JSON_MAX);
	js_begin(&w, &b, false);
	audit_json(a, &w);
	require(buf_error(&b) == MTASTS_OK);
	for (size_t i = 0; i < b.len; i++)
		require((unsigned char)b.p[i] >= ' ');
	require(js_parse(buf_str(&b), NULL, &js, NULL) == MTASTS_OK);
	require(js_len(js_get(js, "checks")) == a->count);
	js_free(js);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct judge_conf conf;
	struct fuzz f = { .p = data, .left = size };
	struct audit *audit = NULL;
	enum mtasts_err err;

	seen_world_open(&f.w);
	for (unsigned n = 0; n < 12 && f.left > 0; n++)
		spoil(&f);
	err = judge(&f.w.s, &conf, &audit);
	require(err == MTASTS_OK);
	look_at_audit(audit);
	look_at_json(audit);
	audit_free(audit);
	seen_world_close(&f.w);
	return 0;
}
