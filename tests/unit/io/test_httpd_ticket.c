/*
 * test_httpd_ticket - keys of tickets come, serve, and are forgotten
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/httpd_int.h"
#include "io/loop.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>

#define HOUR_MS (3600 * 1000)

struct fixture {
	struct httpd httpd;
	struct worker worker;
	struct conn conn;
	SSL_CTX *ctx;
	SSL *ssl;
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac;
	int64_t begun_ms;
};

static int
setup(void **state)
{
	static struct fixture f;
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	memset(&f, 0, sizeof(f));
	f.ctx = SSL_CTX_new(TLS_server_method());
	f.ssl = SSL_new(f.ctx);
	f.cipher = EVP_CIPHER_CTX_new();
	f.mac = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	f.worker.httpd = &f.httpd;
	f.conn.worker = &f.worker;
	SSL_set_app_data(f.ssl, &f.conn);
	f.begun_ms = loop_now_ms();
	assert_int_equal(httpd_ticket_open(&f.httpd), MTASTS_OK);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	httpd_ticket_close(&f->httpd);
	httpd_ticket_close(&f->httpd);
	EVP_MAC_CTX_free(f->mac);
	EVP_CIPHER_CTX_free(f->cipher);
	SSL_free(f->ssl);
	SSL_CTX_free(f->ctx);
	return 0;
}

/* use - seal, or open by name, some hours after the beginning */
static int
use(struct fixture *f, double hours, unsigned char *name, int seal)
{
	unsigned char iv[EVP_MAX_IV_LENGTH] = { 0 };

	f->worker.now_ms = f->begun_ms + (int64_t)(hours * HOUR_MS);
	return httpd_ticket_key(f->ssl, name, iv, f->cipher, f->mac, seal);
}

static void
test_rotation(void **state)
{
	unsigned char first[16], second[16], third[16];
	struct fixture *f = *state;

	assert_int_equal(use(f, 0, first, 1), 1);
	assert_int_equal(use(f, 0, first, 0), 1);
	assert_int_equal(use(f, 3.9, second, 1), 1);
	assert_memory_equal(first, second, 16);
	/* A new key; the old one still opens, and asks for a new ticket. */
	assert_int_equal(use(f, 4.1, second, 1), 1);
	assert_memory_not_equal(first, second, 16);
	assert_int_equal(use(f, 4.1, first, 0), 2);
	assert_int_equal(use(f, 8.0, first, 0), 2);
	/* Then it is forgotten. */
	assert_int_equal(use(f, 8.3, third, 1), 1);
	assert_int_equal(use(f, 8.3, first, 0), 0);
	assert_int_equal(use(f, 8.3, second, 0), 2);
	assert_int_equal(use(f, 8.3, third, 0), 1);
}

static void
test_long_silence(void **state)
{
	unsigned char first[16];
	struct fixture *f = *state;

	assert_int_equal(use(f, 0, first, 1), 1);
	/* Nobody came to turn the keys: both are too old all the same. */
	assert_int_equal(use(f, 20, first, 0), 0);
}

static void
test_unknown(void **state)
{
	unsigned char none[16] = "no key of ours";
	struct fixture *f = *state;

	assert_int_equal(use(f, 0, none, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rotation),
		TEST(test_long_silence),
		TEST(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
