/*
 * test_judge_oom - each allocation of a judgement fails once: it tells that
 * memory was short, or it tells what it always tells
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/oom.h"
#include "support/seen_world.h"

#define CHECKS_MAX 128

/* spoil - a world with findings of many kinds */
static void
spoil(struct seen_world *w)
{
	static const char *const chain[] = { "a.provider.example" };

	seen_world_policy(w,
	    "\nversion: STSv1\nmode: testing\nmax_age: 3600\n"
	    "mx: *.example.com\nmx: 192.0.2.1\n");
	w->s.sts->cnames = 1;
	w->s.sts->chain = chain;
	w->s.ns[1].sts = seen_world_dns(
	    w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_TIMEOUT);
	w->mx[0].addr[0].probe->tls->trust = TLSFACT_EXPIRED;
	w->mx[1].addr[0].probe->tls->names_host = false;
	w->s.rua[0].mx =
	    seen_world_dns(w, "reports.example", DNSTYPE_MX, DNSFACT_SERVFAIL);
	w->s.caa[1].fact = SEEN_WORLD_FOUND(
	    w, "example.com", DNSTYPE_CAA, "0 issue digicert.com");
}

/* letters - the status of each check; "" when memory was short */
static void
letters(struct seen_world *w, char out[CHECKS_MAX + 1])
{
	struct judge_conf conf = { .expect = "enforce" };
	struct audit *a = NULL;
	enum mtasts_err err = judge(&w->s, &conf, &a);
	size_t n = 0;

	if (err != MTASTS_OK) {
		assert_int_equal(err, MTASTS_ENOMEM);
		assert_null(a);
	}
	for (; a != NULL && n < a->count && n < CHECKS_MAX; n++)
		out[n] = audit_status_name(a->check[n].status)[0];
	if (a != NULL)
		assert_true(a->advice_count > 0);
	out[n] = '\0';
	audit_free(a);
}

/* test_each - the n-th allocation fails, for every n; alone, then all after */
static void
test_each(void **state)
{
	char right[CHECKS_MAX + 1], now[CHECKS_MAX + 1];
	struct seen_world w;
	unsigned n;

	seen_world_open(&w);
	spoil(&w);
	letters(&w, right);
	assert_true(strlen(right) > 70);
	for (unsigned all = 0; all < 2; all++) {
		for (n = 1; n < 10000; n++) {
			oom.left = n;
			oom.all = all != 0;
			oom.failed = 0;
			letters(&w, now);
			oom.left = 0;
			if (now[0] != '\0')
				assert_string_equal(now, right);
			if (oom.failed == 0)
				break;
		}
		assert_true(n > 20 && n < 10000);
	}
	seen_world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
