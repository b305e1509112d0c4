/*
 * test_dns_life - lookups that are cancelled, closed, too many, too late
 *
 * Every test is made with both engines.
 */
#include "io/dns.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "io/dns_int.h"
#include "support/dnsbench.h"

#define TXT  DNSTYPE_TXT
#define MANY 5000

/* each - run a scene with both engines, a fresh one each */
static void
each(void (*scene)(void))
{
	bench_open(DNS_STUB);
	scene();
	bench_reopen(DNS_VALIDATE);
	scene();
}

/* What one ask came to. */
struct come {
	enum dnsfact_end end;
	unsigned count;
	struct dns_ask *cancel; /* when this comes */
	bool close, again;
};

/* on_come - count it, then do what the test wants */
static void
on_come(void *ctx, const struct dnsfact *fact)
{
	struct come *come = ctx;
	struct dns *dns = bench.dns;

	come->end = fact->end;
	come->count++;
	dns_cancel(come->cancel);
	come->cancel = NULL;
	if (come->again) {
		come->again = false;
		bench.waiting++;
		assert_non_null(
		    dns_start(bench.dns, "ok.test", TXT, on_come, come));
	}
	if (come->close) {
		bench.dns = NULL;
		dns_close(dns);
	}
	bench_came();
}

/* ask - a lookup whose callback is waited for */
static struct dns_ask *
ask(const char *name, struct come *come)
{
	struct dns_ask *a = dns_start(bench.dns, name, TXT, on_come, come);

	assert_non_null(a);
	bench.waiting++;
	return a;
}

/* ask_never - a lookup whose callback must not come */
static void
on_never(void *ctx, const struct dnsfact *fact)
{
	fail_msg("called back");
}

static struct dns_ask *
ask_never(const char *name)
{
	struct dns_ask *a = dns_start(bench.dns, name, TXT, on_never, NULL);

	assert_non_null(a);
	return a;
}

/* ask_ok - one more lookup works */
static void
ask_ok(void)
{
	struct come come = { .end = DNSFACT_ENDS };

	ask("ok.test", &come);
	bench_run();
	assert_int_equal(come.end, DNSFACT_FOUND);
	assert_int_equal(come.count, 1);
}

/* cancel_scene - waiting for its turn, running, answered too late, done */
static void
cancel_scene(void)
{
	struct come come = { 0 };
	struct dns_ask *a;

	dns_cancel(NULL);
	ask_ok();
	a = ask_never("mute.test");
	dns_cancel(a);
	a = ask_never("slow.test");
	bench_spin(20);
	dns_cancel(a);
	bench_spin(250);
	/* Done at once, but not yet told: no name, or from the memory. */
	dns_cancel(ask_never("a..test"));
	dns_cancel(ask_never("ok.test"));
	/* One more in the round of the one that cancels it. */
	ask("a..test", &come);
	come.cancel = ask_never("b..test");
	bench_run();
	assert_int_equal(come.count, 1);
	ask_ok();
	assert_int_equal(bench_metric("mtasts_dns_in_flight"), 0);
}

static void
test_cancel(void **state)
{
	each(cancel_scene);
}

/* queue_scene - with room for two, one of which is the proof's */
static void
queue_scene(void)
{
	struct come one = { 0 }, two = { 0 }, three = { 0 };
	struct dns_ask *a;

	bench_spin(50);
	ask("slow.test", &one);
	ask("slow.test", &two);
	a = ask_never("ok.test");
	ask("a..test", &three);
	assert_in_range(bench_metric("mtasts_dns_in_flight"), 1, 2);
	dns_cancel(a);
	bench_run();
	assert_int_equal(one.end, DNSFACT_FOUND);
	assert_int_equal(two.end, DNSFACT_FOUND);
	assert_int_equal(three.end, DNSFACT_MALFORMED);
}

static void
test_queue(void **state)
{
	bench.conf.max_asks = 2;
	each(queue_scene);
}

/* late_scene - the time of those that wait for their turn runs too */
static void
late_scene(void)
{
	struct come come[5] = { 0 };
	int64_t begun_ms = loop_now_ms();

	for (int i = 0; i < 5; i++)
		ask("mute.test", &come[i]);
	bench_run();
	for (int i = 0; i < 5; i++)
		assert_int_equal(come[i].end, DNSFACT_TIMEOUT);
	/* One after the other they would need five times as long. */
	assert_in_range(
	    loop_now_ms() - begun_ms, BENCH_TIME_MS - 200, 4 * BENCH_TIME_MS);
}

static void
test_late(void **state)
{
	bench.conf.max_asks = 1;
	each(late_scene);
}

/* left_scene - cancelled ones are bounded, and make way in the end */
static void
left_scene(void)
{
	struct come come = { .end = DNSFACT_ENDS };
	char name[32];

	bench_spin(50);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "mute.%d.test", i);
		dns_cancel(ask_never(name));
		assert_true(bench.dns->query_count <= 8);
	}
	for (int i = 0; i < 20 && come.end != DNSFACT_FOUND; i++) {
		snprintf(name, sizeof(name), "ok.%d.test", i);
		ask(name, &come);
		bench_run();
		bench_spin(200);
	}
	assert_int_equal(come.end, DNSFACT_FOUND);
	print_message("after %u lookups\n", come.count);
}

static void
test_left_behind(void **state)
{
	bench.conf.max_asks = 2;
	each(left_scene);
}

/* close_scene - with asks in every state */
static void
close_scene(void)
{
	enum dns_backend backend = bench.conf.backend;
	struct come come = { .close = true };

	ask_ok();
	ask_never("mute.test");
	ask_never("slow.test");
	ask_never("ok.test");
	ask_never("a..test");
	ask_never("tc.test");
	bench_reopen(backend);
	bench_spin(300);
	/* From a callback, with others done in the same round. */
	ask("a..test", &come);
	ask_never("b..test");
	ask_never("mute.test");
	bench_run();
	assert_int_equal(come.count, 1);
	assert_null(bench.dns);
	bench_spin(50);
	bench_reopen(backend);
	ask_ok();
}

static void
test_close(void **state)
{
	each(close_scene);
	dns_close(NULL);
}

/* again_scene - a callback may ask again */
static void
again_scene(void)
{
	struct come come = { .again = true };

	ask("ok.test", &come);
	bench_run();
	assert_int_equal(come.count, 2);
	assert_int_equal(come.end, DNSFACT_FOUND);
}

static void
test_again(void **state)
{
	each(again_scene);
}

/* on_many - count, and see that no more are in flight than allowed */
static void
on_many(void *ctx, const struct dnsfact *fact)
{
	size_t *found = ctx;

	*found += fact->end == DNSFACT_FOUND;
	if (bench.waiting % 64 == 0)
		assert_in_range(bench_metric("mtasts_dns_in_flight"), 0, 64);
	bench_came();
}

/* many_scene - 5,000 names at once */
static void
many_scene(void)
{
	size_t found = 0;
	char name[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "ok.%d.test", i);
		bench.waiting++;
		assert_non_null(
		    dns_start(bench.dns, name, TXT, on_many, &found));
	}
	bench_run();
	assert_int_equal(found, MANY);
	assert_in_range(bench_metric("mtasts_dns_lookups_total{end=\"found\"}"),
	    MANY, MANY + 1);
}

static void
test_many(void **state)
{
	bench.conf.max_asks = 64;
	bench.conf.timeout_ms = 60000;
	each(many_scene);
}

/* dead_scene - nobody listens; when somebody does again, it is noticed */
static void
dead_scene(void)
{
	struct come come = { 0 };
	int64_t begun_ms = loop_now_ms(), took_ms;
	unsigned port = bench.fake.port, tries;
	char name[32];

	while (bench.fake.pending > 0)
		bench_spin(20);
	dnsfake_close(&bench.fake);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "ok.%d.test", i);
		ask(name, &come);
		bench_run();
		assert_true(come.end == DNSFACT_SERVFAIL ||
		    come.end == DNSFACT_TIMEOUT);
	}
	assert_in_range(loop_now_ms() - begun_ms, 0, 3 * (BENCH_TIME_MS + 400));
	dnsfake_open_at(&bench.fake, bench.loop, bench_answer, port);
	begun_ms = loop_now_ms();
	for (tries = 1; tries < 20; tries++) {
		snprintf(name, sizeof(name), "ok.0%u.test", tries);
		ask(name, &come);
		bench_run();
		if (come.end == DNSFACT_FOUND)
			break;
		bench_spin(200);
	}
	took_ms = loop_now_ms() - begun_ms;
	print_message("back after %u lookups, %d ms\n", tries, (int)took_ms);
	assert_int_equal(come.end, DNSFACT_FOUND);
	assert_in_range(took_ms, 0, 5000);
}

static void
test_dead(void **state)
{
	each(dead_scene);
}

/* test_two - as in a reload: the old one ends while the new one works */
static void
test_two(void **state)
{
	struct come come = { 0 };
	struct dns *old, *new;

	for (int i = 0; i < 4; i++) {
		bench_open(i % 2 != 0 ? DNS_STUB : DNS_VALIDATE);
		old = bench.dns;
		ask("slow.test", &come);
		bench_open(i / 2 != 0 ? DNS_STUB : DNS_VALIDATE);
		new = bench.dns;
		ask("slow.test", &come);
		bench_run();
		ask_ok();
		bench.dns = old;
		ask_never("slow.0.test");
		bench.dns = new;
		ask("slow.1.test", &come);
		dns_close(old);
		bench_run();
		ask_ok();
		dns_close(new);
		bench.dns = NULL;
	}
	assert_int_equal(come.count, 12);
	assert_int_equal(come.end, DNSFACT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cancel),
		TEST(test_queue),
		TEST(test_late),
		TEST(test_left_behind),
		TEST(test_close),
		TEST(test_again),
		TEST(test_many),
		TEST(test_dead),
		TEST(test_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
