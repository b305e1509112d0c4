/*
 * test_chain - what a finished TLS handshake showed
 *
 * Handshakes within the program, with certificates of a laboratory authority.
 */
#include "io/chain.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "support/tlspair.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#define HOST "mx.example"

struct lab {
	struct mk_ca ca, other;
	struct mk_ca fake; /* names as ca has them, keys of its own */
	SSL_CTX *client;
	EVP_PKEY *key, *weak;
};

/* other_make - an authority of another name */
static void
other_make(struct mk_ca *ca)
{
	struct mk_want want = { .cn = "Other Root", .ca = true };

	ca->root_key = want.key = EVP_EC_gen("P-256");
	ca->root = mk_new(NULL, ca->root_key, &want);
	want.cn = "Other Issuer";
	ca->key = want.key = EVP_EC_gen("P-256");
	ca->cert = mk_new(ca->root, ca->root_key, &want);
}

/* set_up - an authority that is trusted, others that are not, a client */
static int
set_up(void **ctx)
{
	struct lab *l = calloc(1, sizeof(*l));

	mk_ca_make(&l->ca);
	mk_ca_make(&l->fake);
	other_make(&l->other);
	l->key = EVP_EC_gen("P-256");
	l->weak = EVP_RSA_gen(1024);
	l->client = SSL_CTX_new(TLS_client_method());
	MK_DO(l->key != NULL && l->weak != NULL && l->client != NULL);
	SSL_CTX_set_security_level(l->client, 0);
	MK_DO(chain_prepare(l->client));
	MK_DO(X509_STORE_add_cert(
		  SSL_CTX_get_cert_store(l->client), l->ca.root) == 1);
	*ctx = l;
	return 0;
}

/* tear_down - release all */
static int
tear_down(void **ctx)
{
	struct lab *l = *ctx;

	SSL_CTX_free(l->client);
	EVP_PKEY_free(l->key);
	EVP_PKEY_free(l->weak);
	mk_ca_free(&l->ca);
	mk_ca_free(&l->other);
	mk_ca_free(&l->fake);
	free(l);
	return 0;
}

/* look - what a server with these certificates shows */
static struct tlsfact *
look(struct lab *l, SSL_CTX *server, const char *host)
{
	struct tlsfact *fact;
	struct tlspair p;

	tlspair_open(&p, l->client, server);
	assert_true(tlspair_shake(&p));
	fact = chain_look(p.client, host, NULL);
	assert_non_null(fact);
	tlspair_close(&p);
	return fact;
}

/* look_at - the same with a server made for it */
static struct tlsfact *
look_at(struct lab *l, EVP_PKEY *key, X509 *const *certs)
{
	SSL_CTX *server = tlspair_server(key, certs);
	struct tlsfact *fact = look(l, server, HOST);

	SSL_CTX_free(server);
	return fact;
}

/* How a chain is sent. */
enum send {
	WHOLE = 0, /* leaf and issuer */
	LEAF, /* alone */
	ROOT_TOO,
	MIXED_UP, /* root before issuer */
	BY_SELF,
	BY_OTHER, /* another authority, with its root */
	WEAK_KEY
};

struct trust_case {
	const char *label;
	struct mk_want want;
	enum send send;
	enum tlsfact_trust trust;
	bool names_host, cn_fits, in_order;
	const char *why;
};

#define NAMED	     .names = "DNS:" HOST
#define FROM(a, b)   .from_s = (a), .until_s = (b)
#define OK_AND_NAMED TLSFACT_TRUSTED, true, false, true, ""

static const struct trust_case trust_cases[] = {
	{ "valid", { NAMED }, WHOLE, OK_AND_NAMED },
	{ "with root", { NAMED }, ROOT_TOO, OK_AND_NAMED },
	{ "upper case", { .names = "DNS:MX.Example" }, WHOLE, OK_AND_NAMED },
	{ "one label", { .names = "DNS:*.example" }, WHOLE, TLSFACT_TRUSTED,
	    false, false, true, "" },
	{ "part of a label", { .names = "DNS:m*.example" }, WHOLE,
	    TLSFACT_TRUSTED, false, false, true, "" },
	{ "another name", { .names = "DNS:other.example" }, WHOLE,
	    TLSFACT_TRUSTED, false, false, true, "" },
	{ "common name alone", { .cn = HOST }, WHOLE, TLSFACT_TRUSTED, false,
	    true, true, "" },
	{ "common name beside another",
	    { .names = "DNS:a.example", .cn = HOST }, WHOLE, TLSFACT_TRUSTED,
	    false, true, true, "" },
	{ "mixed up", { NAMED }, MIXED_UP, TLSFACT_TRUSTED, true, false, false,
	    "" },
	{ "expired", { NAMED, FROM(-90 * MK_DAY, -3 * MK_DAY - 60) }, WHOLE,
	    TLSFACT_EXPIRED, true, false, true,
	    "its certificate expired 3 days ago" },
	{ "not yet", { NAMED, FROM(2 * MK_DAY + 60, 90 * MK_DAY) }, WHOLE,
	    TLSFACT_NOT_YET, true, false, true,
	    "its certificate is not valid before another 2 days" },
	{ "self-signed", { NAMED }, BY_SELF, TLSFACT_SELF_SIGNED, true, false,
	    true, "its certificate is not trusted: self-signed certificate" },
	{ "no issuer", { NAMED }, LEAF, TLSFACT_INCOMPLETE, true, false, true,
	    "its certificate is not trusted: unable to get local issuer "
	    "certificate \"Lab Issuer\"; it came without its issuer's" },
	{ "another root", { NAMED }, BY_OTHER, TLSFACT_UNKNOWN_ROOT, true,
	    false, true,
	    "the certificate of its issuer \"Other Root\" is not trusted: "
	    "self-signed certificate in certificate chain" },
	{ "weak key", { NAMED }, WEAK_KEY, TLSFACT_WEAK, true, false, true,
	    "its certificate is not trusted: EE certificate key too weak (RSA, "
	    "1024 bits)" },
};

/* chain_of - the certificates of a case; leaf is yours */
static X509 *
chain_of(struct lab *l, const struct trust_case *t, X509 *out[4])
{
	struct mk_ca *ca = t->send == BY_OTHER ? &l->other : &l->ca;
	struct mk_want want = t->want;
	X509 *leaf;

	want.key = t->send == WEAK_KEY ? l->weak : l->key;
	leaf = t->send == BY_SELF ? mk_new(NULL, l->key, &want)
				  : mk_new(ca->cert, ca->key, &want);
	memset(out, 0, 4 * sizeof(*out));
	out[0] = leaf;
	if (t->send == LEAF || t->send == BY_SELF)
		return leaf;
	out[1] = t->send == MIXED_UP ? ca->root : ca->cert;
	if (t->send == ROOT_TOO || t->send == BY_OTHER)
		out[2] = ca->root;
	if (t->send == MIXED_UP)
		out[2] = ca->cert;
	return leaf;
}

/* trust - what is wrong with a chain, and with the name apart from it */
static void
trust(void **ctx)
{
	struct lab *l = *ctx;

	for (size_t i = 0; i < sizeof(trust_cases) / sizeof(trust_cases[0]);
	     i++) {
		const struct trust_case *t = &trust_cases[i];
		X509 *certs[4], *leaf = chain_of(l, t, certs);
		struct tlsfact *fact =
		    look_at(l, t->send == WEAK_KEY ? l->weak : l->key, certs);

		print_message("%s: %s\n", t->label, fact->why);
		assert_int_equal(fact->trust, t->trust);
		assert_string_equal(fact->why, t->why);
		assert_int_equal(fact->names_host, t->names_host);
		assert_int_equal(fact->cn_fits, t->cn_fits);
		assert_int_equal(fact->in_order, t->in_order);
		assert_int_equal(fact->staple, TLSFACT_STAPLE_NONE);
		assert_int_equal(tlsfact_valid(fact),
		    t->trust == TLSFACT_TRUSTED && t->names_host);
		tlsfact_free(fact);
		X509_free(leaf);
	}
}

/* one_certificate - all that is written down of it */
static void
one_certificate(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { .names = "DNS:B.example,IP:192.0.2.1,DNS:*.c.d",
		.cn = "Some Server",
		.key = l->key };
	X509 *certs[] = { mk_new(l->ca.cert, l->ca.key, &want), l->ca.cert,
		NULL };
	struct tlsfact *fact = look_at(l, l->key, certs);
	const struct certfact *c = &fact->cert[0];
	unsigned char md[64], *der = NULL;
	int len = i2d_X509(certs[0], &der);

	assert_int_equal(fact->count, 2);
	assert_int_equal(fact->sent, 2);
	assert_string_equal(c->subject, "Some Server");
	assert_string_equal(c->issuer, "Lab Issuer");
	assert_string_equal(c->issuer_org, "");
	assert_string_equal(c->key, "EC");
	assert_int_equal(c->key_bits, 256);
	assert_string_equal(c->hash, "SHA256");
	assert_false(c->self_signed);
	assert_true(c->signed_by_next);
	assert_false(fact->cert[1].signed_by_next);
	assert_int_equal(
	    c->not_after_at - c->not_before_at, 90 * MK_DAY + 3600);
	assert_in_range(c->not_before_at, time(NULL) - 3700, time(NULL) - 3500);
	assert_int_equal(c->der.len, len);
	assert_memory_equal(c->der.p, der, len);
	EVP_Digest(der, (size_t)len, md, NULL, EVP_sha256(), NULL);
	assert_memory_equal(c->of_der.sha256, md, 32);
	OPENSSL_free(der);
	der = NULL;
	len = i2d_PUBKEY(l->key, &der);
	assert_int_equal(c->spki.len, len);
	EVP_Digest(der, (size_t)len, md, NULL, EVP_sha512(), NULL);
	assert_memory_equal(c->of_spki.sha512, md, 64);
	OPENSSL_free(der);
	assert_int_equal(fact->name_count, 2);
	assert_string_equal(fact->names[0], "b.example");
	assert_string_equal(fact->names[1], "*.c.d");
	assert_string_equal(fact->version, "TLSv1.3");
	assert_string_equal(fact->group, "x25519");
	assert_true(fact->forward_secret);
	assert_true(fact->safe_renegotiation);
	assert_false(fact->weak_cipher || fact->compressed);
	tlsfact_free(fact);
	X509_free(certs[0]);
}

struct cipher_case {
	const char *ciphers;
	const char *cipher, *group;
	unsigned kex_bits;
	bool forward_secret, weak;
};

static const struct cipher_case cipher_cases[] = {
	{ "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "secp384r1", 0, true,
	    false },
	{ "DHE-RSA-AES128-SHA", "DHE-RSA-AES128-SHA", "DH", 1024, true, false },
	{ "AES256-GCM-SHA384", "AES256-GCM-SHA384", "", 0, false, false },
	{ "NULL-SHA256", "NULL-SHA256", "", 0, false, true },
	{ "NULL-MD5", "NULL-MD5", "", 0, false, true },
};

/* ciphers - what was agreed on with TLS 1.2 */
static void
ciphers(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { NAMED, .key = l->weak };
	X509 *certs[] = { mk_new(l->ca.cert, l->ca.key, &want), NULL };

	SSL_CTX_set_cipher_list(l->client, "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
	for (size_t i = 0; i < sizeof(cipher_cases) / sizeof(cipher_cases[0]);
	     i++) {
		const struct cipher_case *t = &cipher_cases[i];
		SSL_CTX *server = tlspair_server(l->weak, certs);
		struct tlsfact *fact;

		SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION);
		MK_DO(SSL_CTX_set_cipher_list(server, t->ciphers) == 1);
		MK_DO(SSL_CTX_set1_groups_list(server, "P-384") == 1);
		fact = look(l, server, HOST);
		assert_string_equal(fact->version, "TLSv1.2");
		assert_string_equal(fact->cipher, t->cipher);
		assert_string_equal(fact->group, t->group);
		assert_int_equal(fact->kex_bits, t->kex_bits);
		assert_int_equal(fact->forward_secret, t->forward_secret);
		assert_int_equal(fact->weak_cipher, t->weak);
		assert_true(fact->safe_renegotiation);
		tlsfact_free(fact);
		SSL_CTX_free(server);
	}
	X509_free(certs[0]);
}

/* no_certificate - an anonymous server */
static void
no_certificate(void **ctx)
{
	struct lab *l = *ctx;
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());
	struct tlsfact *fact;

	SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(server, "AECDH-AES256-SHA:@SECLEVEL=0");
	SSL_CTX_set_cipher_list(l->client, "ALL:@SECLEVEL=0");
	fact = look(l, server, HOST);
	assert_int_equal(fact->count, 0);
	assert_int_equal(fact->trust, TLSFACT_INVALID);
	assert_string_equal(fact->why, "it showed no certificate");
	tlsfact_free(fact);
	SSL_CTX_free(server);
}

/* server_of - shows a certificate and the same issuer so many times */
static SSL_CTX *
server_of(struct lab *l, X509 **leaf, size_t issuers)
{
	X509 *certs[302] = { NULL };
	struct mk_want want = { NAMED, .key = l->key };

	certs[0] = *leaf = mk_new(l->ca.cert, l->ca.key, &want);
	for (size_t i = 1; i <= issuers; i++)
		certs[i] = l->ca.cert;
	return tlspair_server(l->key, certs);
}

/* many - a chain far longer than any that is needed */
static void
many(void **ctx)
{
	struct lab *l = *ctx;
	X509 *leaf;
	SSL_CTX *server = server_of(l, &leaf, 50);
	struct tlsfact *fact = look(l, server, HOST);
	struct tlspair p;

	assert_int_equal(fact->sent, 51);
	assert_int_equal(fact->count, TLSFACT_CERTS_MAX);
	assert_true(tlsfact_valid(fact));
	assert_false(fact->in_order);
	assert_true(fact->cert[0].signed_by_next);
	assert_false(fact->cert[1].signed_by_next);
	tlsfact_free(fact);
	SSL_CTX_free(server);
	X509_free(leaf);

	server = server_of(l, &leaf, 300);
	tlspair_open(&p, l->client, server);
	ERR_clear_error();
	assert_false(tlspair_shake(&p));
	assert_int_equal(
	    ERR_GET_REASON(ERR_peek_error()), SSL_R_EXCESSIVE_MESSAGE_SIZE);
	tlspair_close(&p);
	SSL_CTX_free(server);
	X509_free(leaf);
}

/* many_names - more dNSNames than are kept */
static void
many_names(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { .key = l->key };
	char names[8000];
	size_t len = 0;
	X509 *certs[] = { NULL, l->ca.cert, NULL };
	struct tlsfact *fact;
	struct buf b;

	for (int i = 0; i < 300; i++)
		len += (size_t)snprintf(
		    names + len, sizeof(names) - len, "DNS:n%d.example,", i);
	snprintf(names + len, sizeof(names) - len, "DNS:" HOST);
	want.names = names;
	certs[0] = mk_new(l->ca.cert, l->ca.key, &want);
	fact = look_at(l, l->key, certs);
	assert_int_equal(fact->name_count, TLSFACT_NAMES_MAX);
	/* That not all are kept does not change what fits. */
	assert_true(tlsfact_valid(fact));
	buf_init(&b, 1000);
	tlsfact_put_names(fact, &b);
	assert_string_equal(b.p,
	    "n0.example, n1.example, n2.example, n3.example, n4.example and "
	    "95 more");
	buf_free(&b);
	tlsfact_free(fact);
	X509_free(certs[0]);
}

/* forged - a root sent along that has our root's name, but another key */
static void
forged(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { NAMED, .key = l->key };
	X509 *certs[] = { mk_new(l->ca.cert, l->ca.key, &want), l->ca.cert,
		l->fake.root, NULL };
	struct tlsfact *fact = look_at(l, l->key, certs);

	assert_true(tlsfact_valid(fact));
	assert_true(fact->in_order);
	assert_true(fact->cert[0].signed_by_next);
	assert_false(fact->cert[1].signed_by_next);
	tlsfact_free(fact);
	X509_free(certs[0]);
}

/* add_name - a dNSName of any bytes, and sign again */
static void
add_name(struct lab *l, X509 *x, struct str name)
{
	GENERAL_NAMES *all = GENERAL_NAMES_new();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	MK_DO(ASN1_STRING_set(text, name.p, (int)name.len) == 1);
	GENERAL_NAME_set0_value(one, GEN_DNS, text);
	MK_DO(sk_GENERAL_NAME_push(all, one) > 0);
	MK_DO(X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0) == 1);
	MK_DO(X509_sign(x, l->ca.key, EVP_sha256()) > 0);
	GENERAL_NAMES_free(all);
}

/* hostile - names that are cut off, or change a terminal, when not watched */
static void
hostile(void **ctx)
{
	static const struct {
		struct str name;
		const char *shown;
		bool fits;
	} cases[] = {
		{ STR(HOST "\0.evil.example"), HOST "\\x00.evil.example",
		    false },
		{ STR(HOST "\0"), HOST "\\x00", false },
		{ STR(HOST "."), HOST ".", false },
		{ STR("." HOST), "." HOST, false },
		{ STR("\x1b[2J"), "\\x1b[2j", false },
		{ STR("*"), "*", false },
		{ STR("*.*"), "*.*", false },
		{ STR(""), "", false },
		{ STR(HOST), HOST, true },
	};
	struct lab *l = *ctx;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mk_want want = { .key = l->key,
			.cn = "a\x1b[2J\xc3\xa9" };
		X509 *certs[] = { mk_new(l->ca.cert, l->ca.key, &want),
			l->ca.cert, NULL };
		struct tlsfact *fact;

		add_name(l, certs[0], cases[i].name);
		fact = look_at(l, l->key, certs);
		assert_string_equal(fact->names[0], cases[i].shown);
		assert_int_equal(fact->names_host, cases[i].fits);
		assert_string_equal(fact->cert[0].subject, "a\\x1B[2J\xc3\xa9");
		tlsfact_free(fact);
		X509_free(certs[0]);
	}
}

/* purpose - signed by what is no authority; not made for servers */
static void
purpose(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { NAMED, .key = l->key, .cn = "No Authority" };
	X509 *none = mk_new(l->ca.cert, l->ca.key, &want);
	X509 *certs[] = { NULL, none, l->ca.cert, NULL };
	X509_EXTENSION *ext =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "clientAuth");
	struct tlsfact *fact;

	want.cn = "Below";
	certs[0] = mk_new(none, l->key, &want);
	fact = look_at(l, l->key, certs);
	assert_int_equal(fact->trust, TLSFACT_PURPOSE);
	assert_non_null(strstr(fact->why, "\"No Authority\""));
	/* Whether it may sign is another question. */
	assert_true(fact->cert[1].signed_by_next);
	tlsfact_free(fact);
	X509_free(certs[0]);

	certs[0] = none;
	certs[1] = l->ca.cert;
	certs[2] = NULL;
	MK_DO(X509_add_ext(none, ext, -1) == 1);
	MK_DO(X509_sign(none, l->ca.key, EVP_sha256()) > 0);
	fact = look_at(l, l->key, certs);
	assert_int_equal(fact->trust, TLSFACT_PURPOSE);
	tlsfact_free(fact);
	X509_EXTENSION_free(ext);
	X509_free(none);
}

/* weak_hash - signed with SHA-1 */
static void
weak_hash(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { NAMED, .key = l->key };
	X509 *certs[] = { mk_new(l->ca.cert, l->ca.key, &want), l->ca.cert,
		NULL };
	struct tlsfact *fact;

	MK_DO(X509_sign(certs[0], l->ca.key, EVP_sha1()) > 0);
	fact = look_at(l, l->key, certs);
	assert_string_equal(fact->cert[0].hash, "SHA1");
	assert_int_equal(fact->trust, TLSFACT_WEAK);
	assert_non_null(strstr(fact->why, "(SHA1)"));
	assert_true(fact->cert[0].signed_by_next);
	tlsfact_free(fact);
	X509_free(certs[0]);
}

/* ---- stapled answers ---- */

struct staple_case {
	const char *label;
	int status; /* V_OCSP_CERTSTATUS_*; -1: bytes that are no answer */
	bool of_other; /* about another certificate */
	bool by_other; /* signed by somebody else */
	long from_s, until_s; /* from now */
	enum tlsfact_staple staple;
};

static const struct staple_case staple_cases[] = {
	{ "good", V_OCSP_CERTSTATUS_GOOD, false, false, -60, 3600,
	    TLSFACT_STAPLE_GOOD },
	{ "revoked", V_OCSP_CERTSTATUS_REVOKED, false, false, -60, 3600,
	    TLSFACT_STAPLE_REVOKED },
	{ "unknown", V_OCSP_CERTSTATUS_UNKNOWN, false, false, -60, 3600,
	    TLSFACT_STAPLE_BAD },
	{ "expired", V_OCSP_CERTSTATUS_GOOD, false, false, -7200, -3600,
	    TLSFACT_STAPLE_BAD },
	{ "of another", V_OCSP_CERTSTATUS_GOOD, true, false, -60, 3600,
	    TLSFACT_STAPLE_BAD },
	{ "by another", V_OCSP_CERTSTATUS_GOOD, false, true, -60, 3600,
	    TLSFACT_STAPLE_BAD },
	{ "junk", -1, false, false, 0, 0, TLSFACT_STAPLE_BAD },
};

/* staple_make - the DER of a response; yours: OPENSSL_free() */
static int
staple_make(
    struct lab *l, const struct staple_case *t, X509 *leaf, unsigned char **der)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(
	    NULL, t->of_other ? l->other.cert : leaf, l->ca.cert);
	ASN1_TIME *from = X509_gmtime_adj(NULL, t->from_s);
	ASN1_TIME *until = X509_gmtime_adj(NULL, t->until_s);
	const struct mk_ca *by = t->by_other ? &l->other : &l->ca;
	OCSP_RESPONSE *resp;
	int len;

	MK_DO(OCSP_basic_add1_status(
		  basic, id, t->status, 0, from, from, until) != NULL);
	MK_DO(OCSP_basic_sign(
		  basic, by->cert, by->key, EVP_sha256(), NULL, 0) == 1);
	resp = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	*der = NULL;
	len = i2d_OCSP_RESPONSE(resp, der);
	OCSP_RESPONSE_free(resp);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	return len;
}

/* on_status - hand out the response that the context carries */
static int
on_status(SSL *ssl, void *arg)
{
	const struct str *s = arg;

	SSL_set_tlsext_status_ocsp_resp(
	    ssl, OPENSSL_memdup(s->p, s->len), (long)s->len);
	return SSL_TLSEXT_ERR_OK;
}

/* staple - what the server says of revocation, with both versions of TLS */
static void
staple(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { NAMED, .key = l->key };
	X509 *certs[] = { mk_new(l->ca.cert, l->ca.key, &want), l->ca.cert,
		NULL };

	for (size_t i = 0;
	     i < 2 * sizeof(staple_cases) / sizeof(staple_cases[0]); i++) {
		const struct staple_case *t = &staple_cases[i / 2];
		SSL_CTX *server = tlspair_server(l->key, certs);
		unsigned char *der = NULL;
		struct str s = STR("junk");
		struct tlsfact *fact;

		if (t->status >= 0) {
			s.len = (size_t)staple_make(l, t, certs[0], &der);
			s.p = (char *)der;
		}
		SSL_CTX_set_max_proto_version(
		    server, i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
		SSL_CTX_set_tlsext_status_cb(server, on_status);
		SSL_CTX_set_tlsext_status_arg(server, &s);
		fact = look(l, server, HOST);
		print_message("staple %s\n", t->label);
		assert_int_equal(fact->staple, t->staple);
		assert_false(fact->must_staple);
		assert_true(tlsfact_valid(fact));
		tlsfact_free(fact);
		SSL_CTX_free(server);
		OPENSSL_free(der);
	}
	X509_free(certs[0]);
}

/* must_staple - the certificate demands what the server does not do */
static void
must_staple(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { NAMED, .key = l->key };
	X509 *certs[] = { mk_new(l->ca.cert, l->ca.key, &want), l->ca.cert,
		NULL };
	X509_EXTENSION *ext =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_tlsfeature, "status_request");
	struct tlsfact *fact;

	MK_DO(X509_add_ext(certs[0], ext, -1) == 1);
	MK_DO(X509_sign(certs[0], l->ca.key, EVP_sha256()) > 0);
	fact = look_at(l, l->key, certs);
	assert_true(fact->must_staple);
	assert_int_equal(fact->staple, TLSFACT_STAPLE_NONE);
	tlsfact_free(fact);
	X509_EXTENSION_free(ext);
	X509_free(certs[0]);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(trust),
		TEST(one_certificate),
		TEST(ciphers),
		TEST(no_certificate),
		TEST(many),
		TEST(many_names),
		TEST(forged),
		TEST(hostile),
		TEST(purpose),
		TEST(weak_hash),
		TEST(staple),
		TEST(must_staple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
