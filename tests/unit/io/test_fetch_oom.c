/*
 * test_fetch_oom - each allocation of a fetch fails once: nothing crashes or
 * leaks, it is called our own fault, and never one of the policy host
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/fetch_world.h"
#include "support/oom.h"

/* start - a fetch, or a look when an address is given */
static struct fetch *
start(struct fetch_world *w, const struct fetch_at *at)
{
	if (at != NULL)
		return fetch_start_at(w->fetcher, at, world_on_fact, w);
	return fetch_start(w->fetcher, HOST, world_on_fact, w);
}

/* fetch_once - open, fetch, close, with the n-th allocation failing */
static void
fetch_once(struct fetch_world *w, const struct fetch_at *at, unsigned n)
{
	struct result *r = &w->result;

	r->calls = 0;
	r->end = FETCHFACT_OURS;
	oom.failed = 0;
	oom.left = n;
	if (fetcher_open(&w->conf, &w->fetcher, NULL) == MTASTS_OK) {
		if (start(w, at) != NULL) {
			assert_int_equal(loop_run(w->loop), MTASTS_OK);
			assert_int_equal(r->calls, 1);
		}
		fetcher_close(w->fetcher);
		w->fetcher = NULL;
	}
	oom.left = 0;
	assert_int_equal(w->dns.open, 0);
}

/* check_all - fail one after the other; the end without failure is "end" */
static void
check_all(
    struct fetch_world *w, const struct fetch_at *at, enum fetchfact_end end)
{
	unsigned n, same = 0;

	for (n = 1; n < 1000; n++) {
		loop_timer_start(w->patience, PATIENCE_MS);
		fetch_once(w, at, n);
		if (w->result.end == end)
			same++;
		else
			assert_int_equal(w->result.end, FETCHFACT_OURS);
		if (oom.failed == 0)
			break;
	}
	assert_int_equal(w->result.end, end);
	/* Enough was refused for the test to mean something. */
	assert_true(n > 10 && n < 1000 && same > 0);
}

static void
test_allocations(void **state)
{
	struct fetch_world w;
	struct site *s;
	char url[100];

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	w.conf.port = w.port;
	check_all(&w, NULL, FETCHFACT_OK);
	s->answer = "HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n";
	check_all(&w, NULL, FETCHFACT_REDIRECT);
	site_cert(&w, s, &(struct mk_want){ .names = "DNS:a.test" });
	check_all(&w, NULL, FETCHFACT_CERT_NAME);
	site_cert(&w, s, &(struct mk_want){ .names = "DNS:" HOST });
	s->kind = SITE_PROXY;
	s->tunnel = "HTTP/1.1 200 OK\r\n\r\n";
	s->answer = HEAD "Transfer-Encoding: chunked\r\n\r\n"
			 "1\r\nx\r\n0\r\n\r\n";
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", w.port);
	w.conf.proxy = url;
	check_all(&w, NULL, FETCHFACT_OK);
	world_end(&w);
}

static void
test_looks(void **state)
{
	struct fetch_world w;
	struct fetch_at at;
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	at = world_at(&w, "127.0.0.1");
	w.conf.port = w.port;
	check_all(&w, &at, FETCHFACT_OK);
	s->answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
		    "Location: /\r\nCache-Control: public\r\n"
		    "Strict-Transport-Security: max-age=1\r\n"
		    "Content-Length: 1\r\n\r\nx";
	check_all(&w, &at, FETCHFACT_TYPE);
	s->kind = SITE_HTTP;
	at.plain = true;
	check_all(&w, &at, FETCHFACT_TYPE);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocations),
		cmocka_unit_test(test_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
