/*
 * Pushes that are given up, at any moment: while they wait, look, write or
 * verify; by the one who began them, and by closing all. And that many of them
 * share few connections. That they succeed is tested with real servers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/dnsfake.h"
#include "support/lab_registry.h"
#include "support/scratch.h"
#include "task/push.h"

#define DOMAINS 20
#define MANY	300

/* What the server does with updates. */
enum update { UPDATE_SILENT = 0, UPDATE_REFUSE, UPDATE_HANG_UP };

static struct world {
	struct scratch dir;
	struct loop *loop;
	struct dnsfake fake;
	struct dns *dns;
	struct registry *registry;
	struct conf *conf;
	struct pusher *pusher;
	struct loop_watch *timer;
	enum update update;
	bool slow; /* the server takes its time */
	unsigned updates, done;
	unsigned ends[PUSH_ENDS];
	struct push *jobs[MANY];
} w;

/* answer - the zone "bulk.example" without any records of ours */
static bool
answer(struct dnsfake *fake, const struct dnsfake_question *q, struct wire *out)
{
	static const struct wire_record ns = { 1, "bulk.example", 2, 300,
		"ns.test", 0 };
	static const struct wire_record a = { 1, "ns.test", 1, 300, "127.0.0.1",
		0 };
	unsigned flags = WIRE_QR | WIRE_AA;

	if (q->tcp && q->type == 6) {
		w.updates++;
		if (w.update == UPDATE_HANG_UP)
			for (size_t i = 0; i < DNSFAKE_CONNS; i++)
				if (fake->conns[i].fd >= 0)
					shutdown(fake->conns[i].fd, SHUT_RDWR);
		wire_begin(out, q->id, WIRE_QR | 5 << 11 | 5, "", 0);
		return w.update == UPDATE_REFUSE;
	}
	fake->delay_ms = w.slow && !q->tcp ? 2 : 0;
	wire_begin(out, q->id, flags, q->name, q->type);
	if (q->type == 2 && strcmp(q->name, "bulk.example") == 0)
		wire_add(out, &ns);
	else if (q->type == 1 && strcmp(q->name, "ns.test") == 0)
		wire_add(out, &a);
	return true;
}

/* fill_registry - d0.bulk.example and so on */
static void
fill_registry(void)
{
	struct arena *a = arena_new(1u << 20);
	struct settings s;
	char name[40];

	lab_registry_settings(
	    &s, a, "host=policy.test rua=mailto:r@example.net");
	assert_int_equal(registry_begin(w.registry, REGISTRY_WRITE), 0);
	assert_int_equal(registry_put_defaults(w.registry, &s), 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d.bulk.example", i);
		lab_registry_put(w.registry, name, NULL, "", REGISTRY_ID);
	}
	assert_int_equal(registry_commit(w.registry), 0);
	arena_free(a);
}

/* read_conf - one way, to the server of this test */
static void
read_conf(void)
{
	static const char key[] = "hmac-sha256:k.test:c2VjcmV0\n";
	char text[600];

	assert_int_equal(scratch_write(&w.dir, "key", key, sizeof(key) - 1), 0);
	assert_int_equal(chmod(scratch_file(&w.dir, "key"), 0600), 0);
	snprintf(text, sizeof(text),
	    "push: [{ server: \"127.0.0.1:%u\", key-file: %s, timeout: 1s }]\n",
	    w.fake.port, scratch_file(&w.dir, "key"));
	w.conf = conf_new();
	assert_int_equal(
	    conf_parse(w.conf, str_of(text), "test", NULL), MTASTS_OK);
}

static void
on_timer(void *ctx)
{
	loop_stop(w.loop);
}

static int
set_up(void **state)
{
	static char where[40];
	static const char *server = where;
	struct dns_conf dns = { .backend = DNS_STUB,
		.server = { &server, 1 },
		.timeout_ms = 2000 };

	assert_int_equal(scratch_open(&w.dir), 0);
	assert_int_equal(loop_new(&w.loop), MTASTS_OK);
	w.timer = loop_timer(w.loop, on_timer, NULL);
	dnsfake_open(&w.fake, w.loop, answer);
	snprintf(where, sizeof(where), "127.0.0.1:%u", w.fake.port);
	dns.loop = w.loop;
	assert_int_equal(dns_open(&dns, &w.dns, NULL), MTASTS_OK);
	assert_int_equal(
	    registry_open(w.dir.path, REGISTRY_WRITE, &w.registry, NULL),
	    MTASTS_OK);
	fill_registry();
	read_conf();
	return 0;
}

/* turn - the loop, for so long */
static void
turn(int64_t ms)
{
	loop_timer_start(w.timer, ms);
	assert_int_equal(loop_run(w.loop), MTASTS_OK);
}

static int
tear_down(void **state)
{
	/* Late answers must have been sent. */
	turn(20);
	dns_close(w.dns);
	dnsfake_close(&w.fake);
	loop_watch_close(w.timer);
	loop_free(w.loop);
	conf_free(w.conf);
	registry_close(w.registry);
	scratch_close(&w.dir);
	return 0;
}

/* open_pusher - with what the server does */
static void
open_pusher(enum update update, bool slow)
{
	struct pusher_conf conf = { .loop = w.loop,
		.dns = w.dns,
		.registry = w.registry,
		.store_url = w.dir.path,
		.conf = w.conf,
		.dns_port = w.fake.port,
		.verify_ms = 1000 };

	w.update = update;
	w.slow = slow;
	w.done = w.updates = 0;
	memset(w.ends, 0, sizeof(w.ends));
	memset(w.jobs, 0, sizeof(w.jobs));
	assert_int_equal(pusher_open(&conf, &w.pusher, NULL), MTASTS_OK);
}

/* on_done - one has ended */
static void
on_done(void *ctx, const struct push_result *r)
{
	struct push **job = ctx;

	assert_non_null(*job);
	*job = NULL;
	assert_true(r->end == PUSH_WRITTEN || r->why[0] != '\0');
	if (getenv("PUSH_TELL") != NULL)
		print_message(
		    "%s: %s: %s\n", r->domain, push_end_name(r->end), r->why);
	w.ends[r->end]++;
	w.done++;
}

/* start - the first count domains */
static void
start(size_t count)
{
	struct push_want want = { .done = on_done };
	char name[40];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "d%zu.bulk.example", i);
		want.domain = name;
		want.ctx = &w.jobs[i];
		w.jobs[i] = push_start(w.pusher, &want);
		assert_non_null(w.jobs[i]);
	}
}

/* every one is refused, over few connections; then nothing is left */
static void
test_refused(void **state)
{
	unsigned conns = 0;

	open_pusher(UPDATE_REFUSE, false);
	start(MANY);
	for (int i = 0; i < 400 && w.done < MANY; i++)
		turn(25);
	assert_int_equal(w.done, MANY);
	assert_int_equal(w.ends[PUSH_REFUSED], MANY);
	assert_int_equal(w.updates, MANY);
	for (size_t i = 0; i < DNSFAKE_CONNS; i++)
		conns += w.fake.conns[i].fd >= 0;
	assert_in_range(conns, 1, 8);
	pusher_close(w.pusher);
}

/* a server that closes connections under us is unreachable, after a retry */
static void
test_hang_up(void **state)
{
	open_pusher(UPDATE_HANG_UP, false);
	start(3);
	for (int i = 0; i < 200 && w.done < 3; i++)
		turn(25);
	assert_int_equal(w.ends[PUSH_UNKNOWN], 3);
	pusher_close(w.pusher);
}

/* one that says nothing: it is not known what it did */
static void
test_silent(void **state)
{
	open_pusher(UPDATE_SILENT, false);
	start(3);
	for (int i = 0; i < 200 && w.done < 3; i++)
		turn(25);
	assert_int_equal(w.ends[PUSH_UNKNOWN], 3);
	pusher_close(w.pusher);
}

/* given up one by one, or closed, after any time: nothing is told any more */
static void
test_given_up(void **state)
{
	static const int64_t times[] = { 0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20,
		30, 50 };

	for (size_t t = 0; t < 2 * sizeof(times) / sizeof(times[0]); t++) {
		bool cancel = t % 2 == 0;
		unsigned done;

		open_pusher(UPDATE_SILENT, t % 4 < 2);
		start(t % 3 == 0 ? MANY : DOMAINS);
		if (times[t / 2] > 0)
			turn(times[t / 2]);
		for (size_t i = 0; cancel && i < MANY; i++) {
			push_cancel(w.jobs[i]);
			w.jobs[i] = NULL;
		}
		done = w.done;
		if (cancel)
			turn(3);
		assert_int_equal(w.done, done);
		pusher_close(w.pusher);
	}
}

/* closed by the one who is told of an end */
static void
on_done_close(void *ctx, const struct push_result *r)
{
	w.done++;
	pusher_close(w.pusher);
	w.pusher = NULL;
	assert_non_null(r->why);
	loop_stop(w.loop);
}

static void
test_closed_inside(void **state)
{
	struct push_want want = { .domain = "d1.bulk.example",
		.done = on_done_close };

	open_pusher(UPDATE_REFUSE, false);
	start(DOMAINS);
	want.ctx = NULL;
	assert_non_null(push_start(w.pusher, &want));
	for (int i = 0; i < 200 && w.pusher != NULL; i++)
		turn(25);
	assert_null(w.pusher);
}

/* a look writes nothing, and says what would be written */
static void
test_look(void **state)
{
	struct push_want want = { .domain = "d1.bulk.example",
		.look = true,
		.done = on_done,
		.ctx = &w.jobs[0] };

	open_pusher(UPDATE_REFUSE, false);
	w.jobs[0] = push_start(w.pusher, &want);
	for (int i = 0; i < 200 && w.done < 1; i++)
		turn(25);
	assert_int_equal(w.ends[PUSH_DIFFERS], 1);
	assert_int_equal(w.updates, 0);
	assert_true(push_has_way(w.conf, "x.example"));
	pusher_close(w.pusher);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hang_up),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_closed_inside),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
