/*
 * push_world - domains, a DNS server on the test's loop, a pusher
 *
 * The server has the zone bulk.example without any records of ours, and does
 * with updates what the test says, but never what they want: it has no key.
 */
#ifndef TESTS_SUPPORT_PUSH_WORLD_H
#define TESTS_SUPPORT_PUSH_WORLD_H

#include "support/dnsfake.h"
#include "support/lab_registry.h"
#include "support/scratch.h"
#include "task/push.h"

#define PUSH_WORLD_DOMAINS 300

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
	int64_t ask_ms; /* 0: as usual */
	unsigned updates, done;
	unsigned ends[PUSH_ENDS];
	struct push *jobs[PUSH_WORLD_DOMAINS];
} push_world;

/* push_world_answer - the zone "bulk.example" without any records of ours */
static inline bool
push_world_answer(
    struct dnsfake *fake, const struct dnsfake_question *q, struct wire *out)
{
	static const struct wire_record ns = { 1, "bulk.example", 2, 300,
		"ns.test", 0 };
	static const struct wire_record a = { 1, "ns.test", 1, 300, "127.0.0.1",
		0 };
	unsigned flags = WIRE_QR | WIRE_AA;

	if (q->tcp && q->type == 6) {
		push_world.updates++;
		if (push_world.update == UPDATE_HANG_UP)
			for (size_t i = 0; i < DNSFAKE_CONNS; i++)
				if (fake->conns[i].fd >= 0)
					shutdown(fake->conns[i].fd, SHUT_RDWR);
		wire_begin(out, q->id, WIRE_QR | 5 << 11 | 5, "", 0);
		return push_world.update == UPDATE_REFUSE;
	}
	fake->delay_ms = push_world.slow && !q->tcp ? 2 : 0;
	wire_begin(out, q->id, flags, q->name, q->type);
	if (q->type == 2 && strcmp(q->name, "bulk.example") == 0)
		wire_add(out, &ns);
	else if (q->type == 1 && strcmp(q->name, "ns.test") == 0)
		wire_add(out, &a);
	return true;
}

/* push_world_fill_registry - d0.bulk.example and so on */
static inline void
push_world_fill_registry(void)
{
	struct arena *a = arena_new(1u << 20);
	struct settings s;
	char name[40];

	lab_registry_settings(
	    &s, a, "host=policy.test rua=mailto:r@example.net");
	assert_int_equal(
	    registry_begin(push_world.registry, REGISTRY_WRITE), 0);
	assert_int_equal(registry_put_defaults(push_world.registry, &s), 0);
	for (int i = 0; i < PUSH_WORLD_DOMAINS; i++) {
		snprintf(name, sizeof(name), "d%d.bulk.example", i);
		lab_registry_put(
		    push_world.registry, name, NULL, "", REGISTRY_ID);
	}
	assert_int_equal(registry_commit(push_world.registry), 0);
	arena_free(a);
}

/* push_world_read_conf - one way, to the server of this test */
static inline void
push_world_read_conf(void)
{
	static const char key[] = "hmac-sha256:k.test:c2VjcmV0\n";
	char text[600];

	assert_int_equal(
	    scratch_write(&push_world.dir, "key", key, sizeof(key) - 1), 0);
	assert_int_equal(chmod(scratch_file(&push_world.dir, "key"), 0600), 0);
	snprintf(text, sizeof(text),
	    "push: [{ server: \"127.0.0.1:%u\", key-file: %s, timeout: 1s }]\n",
	    push_world.fake.port, scratch_file(&push_world.dir, "key"));
	push_world.conf = conf_new();
	assert_int_equal(
	    conf_parse(push_world.conf, str_of(text), "test", NULL), MTASTS_OK);
}

static inline void
push_world_on_timer(void *ctx)
{
	loop_stop(push_world.loop);
}

static inline int
push_world_set_up(void **state)
{
	static char where[40];
	static const char *server = where;
	struct dns_conf dns = { .backend = DNS_STUB,
		.server = { &server, 1 },
		.timeout_ms =
		    push_world.ask_ms != 0 ? push_world.ask_ms : 2000 };

	assert_int_equal(scratch_open(&push_world.dir), 0);
	assert_int_equal(loop_new(&push_world.loop), MTASTS_OK);
	push_world.timer =
	    loop_timer(push_world.loop, push_world_on_timer, NULL);
	dnsfake_open(&push_world.fake, push_world.loop, push_world_answer);
	snprintf(where, sizeof(where), "127.0.0.1:%u", push_world.fake.port);
	dns.loop = push_world.loop;
	assert_int_equal(dns_open(&dns, &push_world.dns, NULL), MTASTS_OK);
	assert_int_equal(registry_open(push_world.dir.path, REGISTRY_WRITE,
			     &push_world.registry, NULL),
	    MTASTS_OK);
	push_world_fill_registry();
	push_world_read_conf();
	return 0;
}

/* push_world_turn - the loop, for so long */
static inline void
push_world_turn(int64_t ms)
{
	loop_timer_start(push_world.timer, ms);
	assert_int_equal(loop_run(push_world.loop), MTASTS_OK);
}

static inline int
push_world_tear_down(void **state)
{
	/* Late answers must have been sent. */
	push_world_turn(20);
	dns_close(push_world.dns);
	dnsfake_close(&push_world.fake);
	loop_watch_close(push_world.timer);
	loop_free(push_world.loop);
	conf_free(push_world.conf);
	registry_close(push_world.registry);
	scratch_close(&push_world.dir);
	return 0;
}

/* push_world_open_pusher - with what the server does */
static inline void
push_world_open_pusher(enum update update, bool slow)
{
	struct pusher_conf conf = { .loop = push_world.loop,
		.dns = push_world.dns,
		.registry = push_world.registry,
		.store_url = push_world.dir.path,
		.conf = push_world.conf,
		.dns_port = push_world.fake.port,
		.verify_ms = 1000,
		.ask_ms = push_world.ask_ms };

	push_world.update = update;
	push_world.slow = slow;
	push_world.done = push_world.updates = 0;
	memset(push_world.ends, 0, sizeof(push_world.ends));
	memset(push_world.jobs, 0, sizeof(push_world.jobs));
	assert_int_equal(
	    pusher_open(&conf, &push_world.pusher, NULL), MTASTS_OK);
}

#endif
