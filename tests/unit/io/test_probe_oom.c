/*
 * test_probe_oom - each allocation of a look fails once: nothing crashes or
 * leaks, it is called our own fault, and never one of the server
 *
 * OpenSSL's own allocations are not ours to fail.
 */
#include "io/probe.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/oom.h"
#include "support/scratch.h"
#include "support/smtp_site.h"

#define HOST "mx.example"

struct lab {
	struct scratch dir;
	struct loop *loop;
	struct smtp_site site;
	enum probefact_end end;
	bool told, secured;
};

/* on_fact - note the end */
static void
on_fact(void *ctx, struct probefact *fact)
{
	struct lab *l = ctx;

	l->told = true;
	l->end = fact->end;
	l->secured = fact->tls != NULL;
	assert_int_equal(fact->end == PROBEFACT_OK, fact->why[0] == '\0');
	loop_stop(l->loop);
}

/* look_once - open, look, close, with the n-th allocation failing */
static void
look_once(struct lab *l, unsigned n)
{
	struct prober_conf conf = { .ca_file = l->dir.file,
		.helo = "me.example",
		.timeout_ms = 60000,
		.loop = l->loop };
	struct probe_want want = { .host = HOST, .port = l->site.port };
	struct prober *p;

	assert_true(ipnet_addr_parse(STR("127.0.0.1"), &want.addr));
	l->told = false;
	l->end = PROBEFACT_OURS;
	oom.failed = 0;
	oom.left = n;
	if (prober_open(&conf, &p, NULL) == MTASTS_OK) {
		if (probe_start(p, &want, on_fact, l) != NULL) {
			assert_int_equal(loop_run(l->loop), MTASTS_OK);
			assert_true(l->told);
		}
		prober_close(p);
	}
	oom.left = 0;
}

/* check_all - fail one after the other; the end without failure is "end" */
static void
check_all(
    struct lab *l, const char *script, SSL_CTX *server, enum probefact_end end)
{
	unsigned n, same = 0;

	site_start(&l->site, script, SITE_CLOSES, server);
	for (n = 1; n < 1000; n++) {
		look_once(l, n);
		if (l->end == end)
			same++;
		else
			assert_int_equal(l->end, PROBEFACT_OURS);
		if (oom.failed == 0)
			break;
	}
	site_stop(&l->site);
	assert_int_equal(l->end, end);
	/* Enough was refused for the test to mean something. */
	assert_true(n > 10 && n < 1000 && same > 0);
}

static void
test_allocations(void **state)
{
	struct mk_want want = { .names = "DNS:" HOST };
	struct lab l = { 0 };
	struct mk_ca ca;
	X509 *certs[3] = { NULL };
	SSL_CTX *server;
	FILE *f;

	mk_ca_make(&ca);
	MK_DO(scratch_open(&l.dir) == 0);
	f = fopen(scratch_file(&l.dir, "ca.pem"), "w");
	MK_DO(f != NULL && PEM_write_X509(f, ca.root) == 1);
	MK_DO(fclose(f) == 0);
	MK_DO(loop_new(&l.loop) == MTASTS_OK);
	certs[0] = mk_leaf(&ca, &want, &want.key);
	certs[1] = ca.cert;
	server = tlspair_server(want.key, certs);
	check_all(&l,
	    "220 a\r\n|250-a\r\n250 STARTTLS\r\n|220 x\r\n|TLS||250 b\r\n|",
	    server, PROBEFACT_OK);
	check_all(&l, "554-long\r\n554 no\r\n", server, PROBEFACT_REJECTED);
	check_all(&l,
	    "220 a\r\n|250-a\r\n250 STARTTLS\r\n|220 x\r\n|hm, hm, hm\r\n",
	    server, PROBEFACT_TLS);
	SSL_CTX_free(server);
	EVP_PKEY_free(want.key);
	X509_free(certs[0]);
	mk_ca_free(&ca);
	scratch_close(&l.dir);
	loop_free(l.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
