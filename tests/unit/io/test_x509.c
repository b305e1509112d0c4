/*
 * test_x509 - certificates as the policy host needs them
 */
#include "io/x509.h"
#include "io/x509_parts.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/mkcert.h"
#include "support/scratch.h"

struct state {
	struct scratch dir;
	struct mk_ca ca;
	char chain[160], key[160];
};

/* set_up - a folder and an authority */
static int
set_up(void **ctx)
{
	struct state *s = calloc(1, sizeof(*s));

	MK_DO(scratch_open(&s->dir) == 0);
	mk_ca_make(&s->ca);
	snprintf(s->chain, sizeof(s->chain), "%s/x/fullchain.pem", s->dir.path);
	snprintf(s->key, sizeof(s->key), "%s/x/privkey.pem", s->dir.path);
	*ctx = s;
	return 0;
}

/* tear_down - release both */
static int
tear_down(void **ctx)
{
	struct state *s = *ctx;

	scratch_close(&s->dir);
	mk_ca_free(&s->ca);
	free(s);
	return 0;
}

/* make - write a certificate and its key */
static void
make(struct state *s, const struct mk_want *want)
{
	mk_folder(&s->ca, s->dir.path, "x", want);
}

/* put - write any text to a file */
static void
put(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* load - load what make() wrote */
static struct x509 *
load(struct state *s)
{
	struct x509 *x = NULL;

	assert_int_equal(
	    x509_load(NULL, s->chain, s->key, &x, NULL), MTASTS_OK);
	assert_non_null(x);
	return x;
}

/* has - is there a finding of this name, with a repair? */
static bool
has(const struct mtasts_diags *diags, const char *name)
{
	size_t i;

	for (i = 0; i < mtasts_diags_count(diags); i++) {
		const struct mtasts_finding *f = mtasts_diags_get(diags, i);

		if (strcmp(f->name, name) == 0)
			return f->fix[0] != '\0' && f->message[0] != '\0';
	}
	return false;
}

/* One name in a certificate, one host. */
static const struct {
	const char *names;
	const char *host;
	bool fits;
} name_rows[] = {
	{ "DNS:mta-sts.a.test", "mta-sts.a.test", true },
	{ "DNS:MTA-STS.A.test", "mta-sts.a.test", true },
	{ "DNS:a.test,DNS:mta-sts.a.test", "mta-sts.a.test", true },
	{ "DNS:*.a.test", "mta-sts.a.test", true },
	{ "DNS:a.test", "mta-sts.a.test", false },
	{ "DNS:mta-sts.a.test", "a.test", false },
	{ "DNS:*.a.test", "a.test", false },
	{ "DNS:*.a.test", "mta-sts.b.a.test", false },
	{ "DNS:*.a.test", ".a.test", false },
	{ "DNS:*.test", "mta-sts.a.test", false },
	{ "DNS:m*.a.test,DNS:x.test", "mta-sts.a.test", false },
	{ "DNS:mta-sts.*.test,DNS:x.test", "mta-sts.a.test", false },
	{ "DNS:*.*.test,DNS:x.test", "mta-sts.a.test", false },
	{ "DNS:*,DNS:x.test", "mta-sts", false },
	{ "DNS:mta-sts.a.test.,DNS:x.test", "mta-sts.a.test", false },
	{ "DNS:mta-sts.a.test", "mta-sts.a.tes", false },
	{ "DNS:mta-sts.a.test", "", false },
	{ "DNS:x.test,email:mta-sts@a.test,URI:https://a.test", "a.test",
	    false },
};

/* REQ: FET-1 FET-2 */
static void
names_decide(void **ctx)
{
	struct state *s = *ctx;
	size_t i;

	for (i = 0; i < sizeof(name_rows) / sizeof(name_rows[0]); i++) {
		struct mk_want want = { .names = name_rows[i].names,
			.cn = name_rows[i].host };
		struct x509 *x;

		if (want.cn[0] == '\0')
			want.cn = NULL;
		make(s, &want);
		x = load(s);
		if (x509_names_host(x, str_of(name_rows[i].host)) !=
		    name_rows[i].fits)
			fail_msg(
			    "%s, %s", name_rows[i].names, name_rows[i].host);
		x509_free(x);
	}
}

/* REQ: FET-2 */
static void
common_name_never_counts(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .cn = "mta-sts.a.test" };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct x509 *x = NULL;

	make(s, &want);
	assert_int_equal(
	    x509_load(NULL, s->chain, s->key, &x, diags), MTASTS_ESYNTAX);
	assert_null(x);
	assert_true(has(diags, "cert-no-dns-name"));
	/* Nor does a name with a NUL in it. */
	want.names = "otherName:1.2.3.4;UTF8:mta-sts.a.test";
	make(s, &want);
	assert_int_equal(
	    x509_load(NULL, s->chain, s->key, &x, NULL), MTASTS_ESYNTAX);
	mtasts_diags_free(diags);
}

/* A certificate whose name has a NUL behind a good beginning. */
static void
nul_in_a_name(void **ctx)
{
	static const char evil[] = "mta-sts.a.test\0.evil.test";
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:x.test" };
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	struct x509 *x = NULL;
	EVP_PKEY *key;
	X509 *leaf;

	make(s, &want);
	leaf = mk_leaf(&s->ca, &want, &key);
	X509_EXTENSION_free(X509_delete_ext(
	    leaf, X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1)));
	ASN1_STRING_set(text, evil, sizeof(evil) - 1);
	GENERAL_NAME_set0_value(one, GEN_DNS, text);
	sk_GENERAL_NAME_push(all, one);
	assert_int_equal(
	    X509_add1_ext_i2d(leaf, NID_subject_alt_name, all, 0, 0), 1);
	assert_true(X509_sign(leaf, s->ca.key, EVP_sha256()) > 0);
	mk_write_chain(&s->ca, leaf, s->chain);
	mk_write_key(key, s->key);
	assert_int_equal(
	    x509_load(NULL, s->chain, s->key, &x, NULL), MTASTS_ESYNTAX);
	GENERAL_NAMES_free(all);
	X509_free(leaf);
	EVP_PKEY_free(key);
}

/* Days before now and after now, and what is said of it. */
static const struct {
	long from_s, until_s;
	bool valid;
	int64_t days;
	const char *finding;
} time_rows[] = {
	{ -MK_DAY, 60 * MK_DAY + 60, true, 60, NULL },
	{ -MK_DAY, 21 * MK_DAY + 60, true, 21, NULL },
	{ -MK_DAY, 20 * MK_DAY + 60, true, 20, "cert-expires-soon" },
	{ -MK_DAY, 3600, true, 0, "cert-expires-soon" },
	{ -9 * MK_DAY, -3600, false, -1, "cert-expired" },
	{ -9 * MK_DAY, -2 * MK_DAY - 3600, false, -3, "cert-expired" },
	{ 3600, 60 * MK_DAY + 60, false, 60, "cert-not-yet-valid" },
};

/* REQ: FET-1 */
static void
validity(void **ctx)
{
	struct state *s = *ctx;
	size_t i;

	for (i = 0; i < sizeof(time_rows) / sizeof(time_rows[0]); i++) {
		struct mk_want want = { .names = "DNS:a.test",
			.from_s = time_rows[i].from_s,
			.until_s = time_rows[i].until_s };
		struct mtasts_diags *diags = mtasts_diags_new();
		int64_t now = (int64_t)time(NULL);
		struct x509 *x;

		make(s, &want);
		x = load(s);
		x509_check(x, STR("a.test"), now, s->chain, diags);
		assert_int_equal(x509_valid_at(x, now), time_rows[i].valid);
		assert_int_equal(x509_days_left(x, now), time_rows[i].days);
		assert_true(llabs(x509_not_after(x) - now - want.until_s) < 10);
		assert_true(llabs(x509_not_before(x) - now - want.from_s) < 10);
		assert_int_equal(mtasts_diags_count(diags),
		    time_rows[i].finding != NULL ? 1 : 0);
		if (time_rows[i].finding != NULL &&
		    !has(diags, time_rows[i].finding))
			fail_msg("row %zu", i);
		x509_free(x);
		mtasts_diags_free(diags);
	}
}

/* check_one - load what is there; exactly this finding */
static void
check_one(struct state *s, const char *host, const char *finding)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct x509 *x = load(s);

	x509_check(x, str_of(host), (int64_t)time(NULL), s->chain, diags);
	if (mtasts_diags_count(diags) != 1 || !has(diags, finding))
		fail_msg("%s wanted", finding);
	assert_string_equal(mtasts_diags_get(diags, 0)->file, s->chain);
	x509_free(x);
	mtasts_diags_free(diags);
}

/* REQ: FET-1 */
static void
host_and_chain_are_checked(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:a.test,DNS:b.test" };
	struct mk_ca other;
	EVP_PKEY *key;
	X509 *leaf;

	make(s, &want);
	check_one(s, "mta-sts.a.test", "cert-wrong-host");

	leaf = mk_leaf(&s->ca, &want, &key);
	mk_write_key(key, s->key);
	mk_write_chain(NULL, leaf, s->chain);
	check_one(s, "", "cert-chain-missing");
	mk_ca_make(&other);
	X509_free(other.cert);
	other.cert = other.root;
	X509_up_ref(other.root);
	mk_write_chain(&other, leaf, s->chain);
	check_one(s, "a.test", "cert-chain-order");
	mk_ca_free(&other);
	X509_free(leaf);
	EVP_PKEY_free(key);
}

/* write_key_as - the same key in another of its forms */
static void
write_key_as(EVP_PKEY *key, const char *path, const char *form)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	if (strcmp(form, "traditional") == 0) {
		BIO *bio = BIO_new_fp(f, BIO_NOCLOSE);

		assert_int_equal(PEM_write_bio_PrivateKey_traditional(
				     bio, key, NULL, NULL, 0, NULL, NULL),
		    1);
		BIO_free(bio);
	} else if (strcmp(form, "encrypted") == 0) {
		assert_int_equal(
		    PEM_write_PKCS8PrivateKey(
			f, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL),
		    1);
	} else if (strcmp(form, "old-encrypted") == 0) {
		BIO *bio = BIO_new_fp(f, BIO_NOCLOSE);

		assert_int_equal(
		    PEM_write_bio_PrivateKey_traditional(bio, key,
			EVP_aes_128_cbc(), (const unsigned char *)"secret", 6,
			NULL, NULL),
		    1);
		BIO_free(bio);
	} else {
		fputs(form, f);
	}
	assert_int_equal(fclose(f), 0);
}

/* A key file, and what is said of it. */
static const struct {
	const char *form;
	enum mtasts_err err;
	const char *finding;
} key_rows[] = {
	{ "traditional", MTASTS_OK, NULL },
	{ "encrypted", MTASTS_ESYNTAX, "key-encrypted" },
	{ "old-encrypted", MTASTS_ESYNTAX, "key-encrypted" },
	{ "", MTASTS_ESYNTAX, "key-missing" },
	{ "no PEM at all\n", MTASTS_ESYNTAX, "key-missing" },
	{ "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
	    MTASTS_ESYNTAX, "key-missing" },
	{ "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
	    MTASTS_ESYNTAX, "key-malformed" },
	{ "-----BEGIN EC PRIVATE KEY-----\nMAA=\n"
	  "-----END EC PRIVATE KEY-----\n",
	    MTASTS_ESYNTAX, "key-malformed" },
	{ "-----BEGIN PRIVATE KEY-----\nMAA", MTASTS_ESYNTAX, "key-malformed" },
	{ "-----BEGIN PRIVATE KEY-----\n\x01\x02%%%\n"
	  "-----END PRIVATE KEY-----\n",
	    MTASTS_ESYNTAX, "key-malformed" },
};

/* keys_of_kind - all forms of a key of one kind */
static void
keys_of_kind(struct state *s, EVP_PKEY *own)
{
	struct mk_want want = { .names = "DNS:a.test", .key = own };
	size_t i;

	make(s, &want);
	x509_free(load(s));
	for (i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct x509 *x = NULL;
		enum mtasts_err err;

		write_key_as(own, s->key, key_rows[i].form);
		err = x509_load(NULL, s->chain, s->key, &x, diags);
		if (err != key_rows[i].err ||
		    (key_rows[i].finding != NULL &&
			!has(diags, key_rows[i].finding)))
			fail_msg("row %zu: %d", i, (int)err);
		x509_free(x);
		mtasts_diags_free(diags);
	}
}

static void
keys_in_every_form(void **ctx)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	EVP_PKEY *rsa = EVP_RSA_gen(2048);

	keys_of_kind(*ctx, ec);
	keys_of_kind(*ctx, rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}

static void
key_of_another_certificate(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:a.test" };
	EVP_PKEY *others[2] = { EVP_EC_gen("P-256"), EVP_RSA_gen(2048) };
	size_t i;

	make(s, &want);
	for (i = 0; i < 2; i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct x509 *x = NULL;

		mk_write_key(others[i], s->key);
		assert_int_equal(
		    x509_load(NULL, s->chain, s->key, &x, diags), MTASTS_ETLS);
		assert_null(x);
		assert_true(has(diags, "key-mismatch"));
		mtasts_diags_free(diags);
		EVP_PKEY_free(others[i]);
	}
}

/* refused - loading fails so, with this finding */
static void
refused(struct state *s, const char *chain, enum mtasts_err err,
    const char *finding)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct x509 *x = NULL;

	assert_int_equal(x509_load(NULL, chain, s->key, &x, diags), err);
	assert_null(x);
	if (!has(diags, finding))
		fail_msg("%s wanted", finding);
	mtasts_diags_free(diags);
}

static void
files_that_are_none(void **ctx)
{
	static const char bad[] =
	    "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:a.test" };
	char path[200], *big;
	FILE *f;
	int i;

	make(s, &want);
	snprintf(path, sizeof(path), "%s/odd", s->dir.path);
	refused(s, path, MTASTS_ENOENT, "file-unreadable");
	refused(s, s->dir.path, MTASTS_ESYS, "file-unreadable");
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(s, path, MTASTS_ESYS, "file-unreadable");
	assert_int_equal(unlink(path), 0);
	big = calloc(1, X509_FILE_MAX + 1);
	put(path, big, X509_FILE_MAX + 1);
	refused(s, path, MTASTS_ELIMIT, "file-too-large");
	put(path, big, X509_FILE_MAX);
	refused(s, path, MTASTS_ESYNTAX, "cert-missing");
	free(big);
	put(path, "", 0);
	refused(s, path, MTASTS_ESYNTAX, "cert-missing");
	put(path, bad, sizeof(bad) - 1);
	refused(s, path, MTASTS_ESYNTAX, "cert-malformed");
	put(path, bad, sizeof(bad) - 10);
	refused(s, path, MTASTS_ESYNTAX, "cert-malformed");
	f = fopen(path, "w");
	for (i = 0; i < X509_CHAIN_MAX + 1; i++)
		assert_int_equal(PEM_write_X509(f, s->ca.cert), 1);
	fclose(f);
	refused(s, path, MTASTS_ELIMIT, "cert-chain-too-long");
}

static void
issuers_are_shared(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:a.test" };
	struct x509_pool *pool = x509_pool_new();
	struct x509 *a = NULL, *b = NULL;
	int i;

	make(s, &want);
	assert_int_equal(
	    x509_load(pool, s->chain, s->key, &a, NULL), MTASTS_OK);
	make(s, &want);
	assert_int_equal(
	    x509_load(pool, s->chain, s->key, &b, NULL), MTASTS_OK);
	assert_int_equal(x509_chain_len(a), 1);
	assert_ptr_equal(
	    sk_X509_value(a->issuers, 0), sk_X509_value(b->issuers, 0));
	assert_ptr_not_equal(a->leaf, b->leaf);
	x509_free(b);
	/* More authorities than are remembered: the oldest go, a lives. */
	for (i = 0; i < 70; i++) {
		struct mk_ca other;

		mk_ca_make(&other);
		mk_folder(&other, s->dir.path, "x", &want);
		assert_int_equal(
		    x509_load(pool, s->chain, s->key, &b, NULL), MTASTS_OK);
		x509_free(b);
		mk_ca_free(&other);
	}
	x509_pool_free(pool);
	assert_ptr_equal(x509_hold(a), a);
	x509_free(a);
	assert_true(x509_names_host(a, STR("a.test")));
	x509_free(a);
	x509_free(NULL);
	x509_pool_free(NULL);
}

static void
issuer_for_people(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:a.test,DNS:*.b.test" };
	struct x509 *x;
	struct buf b;

	make(s, &want);
	x = load(s);
	buf_init(&b, 1000);
	x509_issuer(x, &b);
	assert_string_equal(b.p, "Lab Issuer");
	buf_free(&b);
	assert_int_equal(x509_name_count(x), 2);
	assert_true(str_eq(x509_name(x, 1), STR("*.b.test")));
	assert_int_equal(x509_name(x, 2).len, 0);
	x509_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_decide),
		cmocka_unit_test(common_name_never_counts),
		cmocka_unit_test(nul_in_a_name),
		cmocka_unit_test(validity),
		cmocka_unit_test(host_and_chain_are_checked),
		cmocka_unit_test(keys_in_every_form),
		cmocka_unit_test(key_of_another_certificate),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(issuers_are_shared),
		cmocka_unit_test(issuer_for_people),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
