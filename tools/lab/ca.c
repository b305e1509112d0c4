/*
 * ca.c - an authority for the laboratory, and certificates of every kind
 *
 * Root and issuer as public ones are; a second pair that nobody knows. Keys are
 * ECDSA P-256, one for all servers, since they are nobody's secret: what takes
 * time is left out. Knows no connection.
 */
#include "ca.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define DAY_S	   86400L
#define LONG_CHAIN 199 /* certificates behind the server's */
#define CACHED_MAX 4096

struct pair {
	X509 *cert;
	EVP_PKEY *key;
};

struct lab_ca {
	struct pair root, issuer, other_root, other;
	EVP_PKEY *key, *rsa, *rsa1024; /* of servers */
	struct lab_ident *idents;
	/* of ca_cached(), the oldest first */
	struct lab_ident *cached, **cached_end;
	struct map by_name;
};

/* What is special about a certificate. */
struct kind {
	const char *name;
	long from_days, until_days;
	enum { BY_ISSUER = 0, BY_OTHER, BY_SELF } by;
	enum { SEND_ISSUER = 0, SEND_NONE, SEND_ROOT_FIRST, SEND_LONG } send;
	enum { KEY_EC = 0, KEY_RSA, KEY_RSA1024 } key;
	bool wrong_name, cn_only, sha1, must_staple, revoked;
};

static const struct kind kinds[] = {
	{ .name = "valid" },
	{ .name = "expired", .from_days = -92, .until_days = -2 },
	{ .name = "soon", .from_days = -85, .until_days = 5 },
	{ .name = "soon20", .from_days = -75, .until_days = 15 },
	{ .name = "late", .from_days = -66, .until_days = 24 },
	{ .name = "not-yet", .from_days = 2, .until_days = 92 },
	{ .name = "self-signed", .by = BY_SELF, .send = SEND_NONE },
	{ .name = "other-ca", .by = BY_OTHER },
	{ .name = "no-intermediate", .send = SEND_NONE },
	{ .name = "wrong-order", .send = SEND_ROOT_FIRST },
	{ .name = "wrong-name", .wrong_name = true },
	{ .name = "cn-only", .cn_only = true },
	{ .name = "rsa", .key = KEY_RSA },
	{ .name = "rsa1024", .key = KEY_RSA1024 },
	{ .name = "sha1", .sha1 = true },
	{ .name = "must-staple", .must_staple = true },
	{ .name = "staple-revoked", .revoked = true },
	{ .name = "long", .send = SEND_LONG },
};

/* kind_of - by its name, or null */
static const struct kind *
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

bool
ca_kind(const char *kind)
{
	return kind_of(kind) != NULL;
}

/* add_ext - an extension as openssl.cnf would write it */
static void
add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	lab_check(ext != NULL && X509_add_ext(x, ext, -1), value);
	X509_EXTENSION_free(ext);
}

/* add_serial - a random serial number */
static void
add_serial(X509 *x)
{
	unsigned char serial[12];
	BIGNUM *bn;

	lab_check(RAND_bytes(serial, sizeof(serial)) == 1, "random numbers");
	serial[0] = (serial[0] & 0x3f) | 0x40;
	bn = BN_bin2bn(serial, sizeof(serial), NULL);
	lab_check(bn != NULL &&
		BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL,
	    "serial number");
	BN_free(bn);
}

/* add_subject - the organisation "Lab" and a common name */
static void
add_subject(X509 *x, const char *cn, size_t len)
{
	X509_NAME *name = X509_get_subject_name(x);

	lab_check(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
		      (const unsigned char *)"Lab", -1, -1, 0) &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		    (const unsigned char *)cn, (int)len, -1, 0),
	    "subject");
}

/* begin - a certificate with key and times, not yet signed */
static X509 *
begin(EVP_PKEY *key, long from_days, long until_days)
{
	X509 *x = X509_new();

	lab_check(x != NULL && X509_set_version(x, 2), "memory");
	add_serial(x);
	X509_gmtime_adj(X509_getm_notBefore(x), from_days * DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(x), until_days * DAY_S);
	lab_check(X509_set_pubkey(x, key), "key");
	return x;
}

/* make_ca - an authority below another, or a root */
static struct pair
make_ca(const char *cn, const struct pair *above)
{
	struct pair p;

	p.key = EVP_EC_gen("P-256");
	lab_check(p.key != NULL, "EC key");
	p.cert = begin(p.key, -30, 3650);
	add_subject(p.cert, cn, strlen(cn));
	if (above == NULL)
		above = &p;
	lab_check(
	    X509_set_issuer_name(p.cert, X509_get_subject_name(above->cert)),
	    "issuer");
	add_ext(p.cert, above->cert, NID_basic_constraints, "critical,CA:TRUE");
	add_ext(
	    p.cert, above->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_ext(p.cert, above->cert, NID_subject_key_identifier, "hash");
	lab_check(X509_sign(p.cert, above->key, EVP_sha256()) > 0, "signing");
	return p;
}

/* write_root - ca.pem in the folder */
static void
write_root(struct lab *lab)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/ca.pem", lab->state);
	f = fopen(path, "w");
	if (f == NULL || PEM_write_X509(f, lab->ca->root.cert) != 1 ||
	    fclose(f) != 0)
		lab_fail("cannot write %s", path);
}

void
ca_open(struct lab *lab)
{
	struct lab_ca *ca = mem_zalloc(1, sizeof(*ca));
	uint64_t seed[2];

	lab_check(ca != NULL, "memory");
	lab_check(RAND_bytes((unsigned char *)seed, sizeof(seed)) == 1,
	    "random numbers");
	map_init(&ca->by_name, seed);
	ca->cached_end = &ca->cached;
	lab->ca = ca;
	ca->root = make_ca("Lab Root", NULL);
	ca->issuer = make_ca("Lab Issuer", &ca->root);
	ca->other_root = make_ca("Unknown Root", NULL);
	ca->other = make_ca("Unknown Issuer", &ca->other_root);
	ca->key = EVP_EC_gen("P-256");
	ca->rsa = EVP_RSA_gen(2048);
	ca->rsa1024 = EVP_RSA_gen(1024);
	lab_check(
	    ca->key != NULL && ca->rsa != NULL && ca->rsa1024 != NULL, "keys");
	write_root(lab);
}

/* free_pair - release */
static void
free_pair(struct pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
}

/* free_ident - release */
static void
free_ident(struct lab_ident *ident)
{
	X509_free(ident->cert);
	sk_X509_pop_free(ident->chain, X509_free);
	OPENSSL_free(ident->staple);
	mem_free(ident->name);
	mem_free(ident);
}

/* free_idents - release a list */
static void
free_idents(struct lab_ident *list)
{
	while (list != NULL) {
		struct lab_ident *next = list->next;

		free_ident(list);
		list = next;
	}
}

void
ca_close(struct lab *lab)
{
	struct lab_ca *ca = lab->ca;

	free_idents(ca->idents);
	free_idents(ca->cached);
	map_free(&ca->by_name);
	free_pair(&ca->root);
	free_pair(&ca->issuer);
	free_pair(&ca->other_root);
	free_pair(&ca->other);
	EVP_PKEY_free(ca->key);
	EVP_PKEY_free(ca->rsa);
	EVP_PKEY_free(ca->rsa1024);
	mem_free(ca);
	lab->ca = NULL;
}

/* add_names - the dNSNames */
static void
add_names(X509 *x, struct str names)
{
	struct str name;
	struct buf b;

	buf_init(&b, 65536);
	while (names.len > 0) {
		str_cut(names, ',', &name, &names);
		buf_putf(
		    &b, "%sDNS:%" STR_FMT, b.len > 0 ? "," : "", STR_ARG(name));
	}
	lab_check(buf_error(&b) == MTASTS_OK && b.len > 0, "names");
	add_ext(x, x, NID_subject_alt_name, b.p);
	buf_free(&b);
}

/* send_chain - what the server sends behind its certificate */
static void
send_chain(
    const struct lab_ca *ca, const struct kind *kind, struct lab_ident *ident)
{
	X509 *issuer = kind->by == BY_OTHER ? ca->other.cert : ca->issuer.cert;
	unsigned count = kind->send == SEND_NONE ? 0
	    : kind->send == SEND_LONG		 ? LONG_CHAIN
						 : 1;

	ident->chain = sk_X509_new_null();
	lab_check(ident->chain != NULL, "memory");
	if (kind->send == SEND_ROOT_FIRST)
		lab_check(X509_add_cert(ident->chain, ca->root.cert,
			      X509_ADD_FLAG_UP_REF),
		    "chain");
	for (unsigned i = 0; i < count; i++)
		lab_check(
		    X509_add_cert(ident->chain, issuer, X509_ADD_FLAG_UP_REF),
		    "chain");
	if (kind->by == BY_OTHER)
		lab_check(X509_add_cert(ident->chain, ca->other_root.cert,
			      X509_ADD_FLAG_UP_REF),
		    "chain");
}

/* staple - an OCSP response of the issuer: revoked an hour ago */
static void
staple(const struct lab_ca *ca, struct lab_ident *ident)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id =
	    OCSP_cert_to_id(EVP_sha1(), ident->cert, ca->issuer.cert);
	ASN1_TIME *then = X509_gmtime_adj(NULL, -3600);
	ASN1_TIME *next = X509_gmtime_adj(NULL, 5 * DAY_S);
	OCSP_RESPONSE *r;
	int len;

	lab_check(basic != NULL && id != NULL && then != NULL && next != NULL,
	    "memory");
	lab_check(
	    OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_REVOKED,
		OCSP_REVOKED_STATUS_KEYCOMPROMISE, then, then, next) != NULL &&
		OCSP_basic_sign(basic, ca->issuer.cert, ca->issuer.key,
		    EVP_sha256(), NULL, 0),
	    "OCSP response");
	r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(r, &ident->staple);
	lab_check(len > 0, "OCSP response");
	ident->staple_len = (size_t)len;
	OCSP_RESPONSE_free(r);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(then);
	ASN1_TIME_free(next);
}

/* sign - who signs it, and how */
static void
sign(const struct lab_ca *ca, const struct kind *kind, struct lab_ident *ident)
{
	struct pair self = { ident->cert, ident->key };
	const struct pair *by = kind->by == BY_SELF ? &self
	    : kind->by == BY_OTHER		    ? &ca->other
						    : &ca->issuer;

	lab_check(X509_set_issuer_name(
		      ident->cert, X509_get_subject_name(by->cert)) &&
		X509_sign(ident->cert, by->key,
		    kind->sha1 ? EVP_sha1() : EVP_sha256()) > 0,
	    "signing");
}

/* key_of - of a kind */
static EVP_PKEY *
key_of(const struct lab_ca *ca, const struct kind *kind)
{
	return kind->key == KEY_RSA1024 ? ca->rsa1024
	    : kind->key == KEY_RSA	? ca->rsa
					: ca->key;
}

struct lab_ident *
ca_mint(struct lab *lab, const char *kind_name, const char *names)
{
	const struct kind *kind = kind_of(kind_name);
	struct lab_ca *ca = lab->ca;
	struct lab_ident *ident = mem_zalloc(1, sizeof(*ident));
	struct str first;
	bool usual;

	lab_check(kind != NULL && ident != NULL, "kind of certificate");
	usual = kind->from_days == 0 && kind->until_days == 0;
	ident->key = key_of(ca, kind);
	ident->cert = begin(ident->key, usual ? -10 : kind->from_days,
	    usual ? 80 : kind->until_days);
	str_cut(str_of(names), ',', &first, NULL);
	if (kind->wrong_name)
		names = "somebody-else.test";
	if (kind->wrong_name || first.len > 64)
		first = STR("somebody-else.test");
	add_subject(ident->cert, first.p, first.len);
	if (!kind->cn_only)
		add_names(ident->cert, str_of(names));
	add_ext(ident->cert, ident->cert, NID_basic_constraints,
	    "critical,CA:FALSE");
	add_ext(ident->cert, ident->cert, NID_ext_key_usage, "serverAuth");
	if (kind->must_staple)
		add_ext(
		    ident->cert, ident->cert, NID_tlsfeature, "status_request");
	sign(ca, kind, ident);
	send_chain(ca, kind, ident);
	if (kind->revoked)
		staple(ca, ident);
	ident->next = ca->idents;
	ca->idents = ident;
	return ident;
}

/* drop_oldest - make room among those of ca_cached() */
static void
drop_oldest(struct lab_ca *ca)
{
	struct lab_ident *oldest = ca->cached;

	ca->cached = oldest->next;
	map_del(&ca->by_name, str_of(oldest->name));
	free_ident(oldest);
}

/* is_host - can a host have this name? */
static bool
is_host(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!ascii_alnum(*p) && *p != '.' && *p != '-' && *p != '_')
			return false;
	return *name != '\0';
}

struct lab_ident *
ca_cached(struct lab *lab, const char *name)
{
	struct lab_ca *ca = lab->ca;
	struct lab_ident *ident;

	if (!is_host(name))
		name = "lab.test";
	ident = map_get(&ca->by_name, str_of(name));
	if (ident != NULL)
		return ident;
	if (ca->by_name.count >= CACHED_MAX)
		drop_oldest(ca);
	ident = ca_mint(lab, "valid", name);
	ca->idents = ident->next;
	ident->next = NULL;
	ident->name = mem_strdup(str_of(name));
	lab_check(ident->name != NULL &&
		map_put(&ca->by_name, str_of(ident->name), ident, NULL) ==
		    MTASTS_OK,
	    "memory");
	*ca->cached_end = ident;
	ca->cached_end = &ident->next;
	return ident;
}

/* put_hash - a digest, or all of it, in hex */
static void
put_hash(struct buf *b, const uint8_t *der, int len, unsigned matching)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_len = 0;

	if (matching != 0) {
		lab_check(
		    EVP_Digest(der, (size_t)len, digest, &digest_len,
			matching == 2 ? EVP_sha512() : EVP_sha256(), NULL) == 1,
		    "digest");
		der = digest;
		len = (int)digest_len;
	}
	for (int i = 0; i < len; i++)
		buf_putf(b, "%02x", der[i]);
}

void
ca_tlsa(struct lab *lab, const struct lab_ident *ident,
    const unsigned params[3], struct buf *b)
{
	X509 *x = params[0] == 2 || params[0] == 0 ? lab->ca->issuer.cert
						   : ident->cert;
	unsigned char *der = NULL;
	int len = params[1] == 1
	    ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der)
	    : i2d_X509(x, &der);

	lab_check(len > 0, "certificate");
	put_hash(b, der, len, params[2]);
	OPENSSL_free(der);
}
