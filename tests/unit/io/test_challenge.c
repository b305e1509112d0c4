/*
 * test_challenge - what is pending: bounds in number and time, what is refused
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/challenge.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>

#define PRINT "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"

static struct challenges *c;

/* open_with - so many, so long */
static void
open_with(unsigned max, int64_t life_ms)
{
	struct challenges_conf conf = { { 1, 2 }, max, life_ms, NULL };

	assert_int_equal(challenges_open(&conf, &c), MTASTS_OK);
}

/* make - a challenge of these texts */
static struct challenge
make(enum challenge_type type, const char *name, const char *token,
    const char *auth)
{
	return (struct challenge){ type, str_of(name), str_of(token),
		str_of(auth) };
}

/* answer - what is told for a host and a token at a time; "" for nothing */
static const char *
answer(const char *host, const char *token, int64_t at)
{
	struct challenge asked = make(CHALLENGE_HTTP, host, token, "");
	static char text[300];
	struct buf b;

	buf_init(&b, sizeof(text));
	text[0] = '\0';
	if (challenges_answer(c, &asked, at, &b))
		snprintf(text, sizeof(text), "%.*s", STR_ARG(buf_str(&b)));
	buf_free(&b);
	return text;
}

/* begin - announce for http-01 */
static enum mtasts_err
begin(const char *name, const char *token, int64_t at)
{
	char auth[300];
	struct challenge ch;

	snprintf(auth, sizeof(auth), "%s." PRINT, token);
	ch = make(CHALLENGE_HTTP, name, token, auth);
	return challenges_begin(c, &ch, at);
}

static void
test_http(void **state)
{
	struct challenge ch = make(CHALLENGE_HTTP, "a.example", "t1", "");

	open_with(0, 0);
	assert_false(challenges_any(c));
	assert_int_equal(begin("a.example", "t1", 0), MTASTS_OK);
	assert_int_equal(begin("a.example", "t2", 0), MTASTS_OK);
	assert_int_equal(begin("b.example", "t1", 0), MTASTS_OK);
	assert_true(challenges_any(c));
	assert_int_equal(challenges_count(c), 3);
	assert_string_equal(answer("a.example", "t1", 1), "t1." PRINT);
	assert_string_equal(answer("A.Example", "t2", 1), "t2." PRINT);
	assert_string_equal(answer("b.example", "t2", 1), "");
	assert_string_equal(answer("c.example", "t1", 1), "");
	assert_string_equal(answer("a.example", "T1", 1), "");
	assert_string_equal(answer("a.example t1", "", 1), "");
	/* Again is instead. */
	assert_int_equal(begin("a.example", "t1", 5), MTASTS_OK);
	assert_int_equal(challenges_count(c), 3);
	assert_true(challenges_done(c, &ch));
	assert_false(challenges_done(c, &ch));
	assert_string_equal(answer("a.example", "t1", 1), "");
	assert_int_equal(challenges_count(c), 2);
	challenges_close(c);
	challenges_close(NULL);
}

/* REQ of the bounds: 10,000 at most, an hour at most */
static void
test_bounds(void **state)
{
	char name[40];

	open_with(0, 0);
	for (unsigned i = 0; i < CHALLENGE_MAX; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		assert_int_equal(begin(name, "t", i), MTASTS_OK);
	}
	assert_int_equal(begin("one.more", "t", 20000), MTASTS_ELIMIT);
	assert_int_equal(challenges_count(c), CHALLENGE_MAX);
	/* One that is there may be announced anew. */
	assert_int_equal(begin("n5.example", "t", 20000), MTASTS_OK);
	assert_string_equal(
	    answer("n0.example", "t", CHALLENGE_LIFE_MS - 1), "t." PRINT);
	assert_string_equal(answer("n0.example", "t", CHALLENGE_LIFE_MS), "");
	/* Those that are too old make room. */
	assert_int_equal(
	    begin("one.more", "t", CHALLENGE_LIFE_MS + 9), MTASTS_OK);
	assert_int_equal(challenges_count(c), CHALLENGE_MAX - 8);
	assert_string_equal(
	    answer("n5.example", "t", CHALLENGE_LIFE_MS + 9), "t." PRINT);
	challenges_close(c);
}

static void
test_refused(void **state)
{
	static const char long_token[] =
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "4";
	const struct {
		const char *name;
		struct challenge ch;
	} rows[] = {
		{ "no name", make(CHALLENGE_ALPN, "", "t", PRINT) },
		{ "an address", make(CHALLENGE_ALPN, "192.0.2.1", "t", PRINT) },
		{ "no name, with blanks",
		    make(CHALLENGE_ALPN, "a b.example", "t", PRINT) },
		{ "no token", make(CHALLENGE_ALPN, "a.example", "", PRINT) },
		{ "a path", make(CHALLENGE_ALPN, "a.example", "../t", PRINT) },
		{ "a long token",
		    make(CHALLENGE_ALPN, "a.example", long_token, PRINT) },
		{ "no digest", make(CHALLENGE_ALPN, "a.example", "t", "") },
		{ "a short digest",
		    make(CHALLENGE_ALPN, "a.example", "t", "LPJN") },
		{ "base64, not base64url",
		    make(CHALLENGE_ALPN, "a.example", "t",
			"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ") },
		{ "stray bits",
		    make(CHALLENGE_ALPN, "a.example", "t",
			"LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCR") },
		{ "of another token",
		    make(CHALLENGE_HTTP, "a.example", "t", "u." PRINT) },
		{ "without thumbprint",
		    make(CHALLENGE_HTTP, "a.example", "t", "t.") },
		{ "for DNS", make(CHALLENGE_DNS, "a.example", "t", PRINT) },
	};

	open_with(0, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (challenges_begin(c, &rows[i].ch, 0) != MTASTS_EINVAL)
			fail_msg("%s", rows[i].name);
		if (i + 1 < sizeof(rows) / sizeof(*rows))
			assert_non_null(challenge_fault(&rows[i].ch));
	}
	assert_false(challenges_any(c));
	challenges_close(c);
}

/* the certificate: one name, a critical acmeIdentifier, what was announced */
static void
test_cert(void **state)
{
	struct challenge ch = make(CHALLENGE_ALPN, "A.example", "t", PRINT);
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = SSL_new(ctx);
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
	X509_EXTENSION *ext;
	const ASN1_OCTET_STRING *value;
	X509 *cert;
	int at;

	open_with(2, 100);
	assert_false(challenges_use(c, ssl, STR("a.example"), 0));
	assert_int_equal(challenges_begin(c, &ch, 0), MTASTS_OK);
	assert_false(challenges_use(c, ssl, STR("b.example"), 0));
	assert_false(challenges_use(c, ssl, STR(""), 0));
	assert_false(challenges_use(c, ssl, STR("a.example"), 100));
	assert_true(challenges_use(c, ssl, STR("a.example"), 99));
	challenges_close(c); /* the session keeps what it has */
	cert = SSL_get_certificate(ssl);
	assert_non_null(cert);
	assert_int_equal(X509_check_host(cert, "a.example", 0, 0, NULL), 1);
	at = X509_get_ext_by_OBJ(cert, oid, -1);
	assert_true(at >= 0);
	ext = X509_get_ext(cert, at);
	assert_int_equal(X509_EXTENSION_get_critical(ext), 1);
	value = X509_EXTENSION_get_data(ext);
	assert_int_equal(ASN1_STRING_length(value), 34);
	assert_memory_equal(
	    ASN1_STRING_get0_data(value), "\x04\x20\x2c\xf2\x4d\xba", 6);
	ASN1_OBJECT_free(oid);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

/* asker - asks while others come and go */
static void *
asker(void *arg)
{
	struct challenge asked = make(CHALLENGE_HTTP, "n7.example", "t", "");
	size_t *found = arg;
	struct buf b;

	buf_init(&b, 1000);
	for (unsigned i = 0; i < 3000; i++) {
		buf_clear(&b);
		*found +=
		    challenges_any(c) && challenges_answer(c, &asked, 1, &b);
	}
	buf_free(&b);
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[3];
	size_t found[3] = { 0 };
	char name[40];

	open_with(0, 0);
	assert_int_equal(begin("n7.example", "t", 0), MTASTS_OK);
	for (size_t i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, asker, &found[i]);
	for (unsigned i = 0; i < 2000; i++) {
		struct challenge ch;

		snprintf(name, sizeof(name), "m%u.example", i % 50);
		assert_int_equal(begin(name, "t", 0), MTASTS_OK);
		ch = make(CHALLENGE_HTTP, name, "t", "");
		if (i % 3 == 0)
			assert_true(challenges_done(c, &ch));
	}
	for (size_t i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(found[i], 3000);
	}
	challenges_close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cert),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
