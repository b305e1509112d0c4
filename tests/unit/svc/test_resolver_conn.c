/*
 * test_resolver_conn.c - connections of MTAs: those that take too long, ask
 * too much, go away or are there at the end; DNS is played
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/resolve_world.h"
#include "support/scratch.h"
#include "svc/resolver_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STATIC	     "20:QUERY static.example,"
#define REPLY	     "10:OK encrypt,"
#define SLOW	     "18:postfix slow.other,"

static struct scratch dir;
static struct listen_set sockets;
static struct conns *conns;
static struct rule_set *rules;
static struct conns_conf conf;
static unsigned stopped;

static int
set_up(void **state)
{
	const struct rule rule = { "static.example", RULE_OPTIONAL, "encrypt",
		"", 0 };
	const uint64_t seed[2] = { 1, 2 };

	if (scratch_open(&dir) != 0 ||
	    rule_set_new(&rule, 1, seed, &rules) != MTASTS_OK)
		return -1;
	world.conf.rules = rules;
	if (world_open() != MTASTS_OK)
		return -1;
	conf = (struct conns_conf){ .max = 10,
		.idle_ms = 200,
		.request_ms = 200,
		.send_ms = 200,
		.resolve = world.r,
		.loop = world.loop,
		.metrics = world.metrics };
	return 0;
}

/* begin - listen with the limits in conf */
static void
begin(void)
{
	char address[200];

	snprintf(address, sizeof(address), "unix:%s/s", dir.path);
	listen_init(&sockets);
	assert_int_equal(listen_open(&sockets, address, NULL), MTASTS_OK);
	assert_int_equal(conns_open(&conf, &conns), MTASTS_OK);
	assert_int_equal(conns_listen(conns, &sockets), MTASTS_OK);
}

static int
tear_down(void **state)
{
	conns_close(conns);
	conns = NULL;
	listen_close(&sockets);
	world_close();
	rule_set_free(rules);
	scratch_close(&dir);
	stopped = 0;
	return 0;
}

/* connect_one - a client, whose reads do not wait */
static int
connect_one(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%.100s/s", dir.path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void
end_run(void *ctx)
{
	loop_stop(world.loop);
}

/* run_for - let the loop turn */
static void
run_for(int64_t ms)
{
	struct loop_watch *timer = loop_timer(world.loop, end_run, NULL);

	loop_timer_start(timer, ms);
	assert_int_equal(loop_run(world.loop), MTASTS_OK);
	loop_watch_close(timer);
}

/* say - send all of a text */
static void
say(int fd, const char *text)
{
	assert_int_equal(
	    send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* heard - what has come; *closed: and then the end */
static struct str
heard(int fd, bool *closed)
{
	static char text[100000];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, text + len, sizeof(text) - len, 0)) > 0)
		len += (size_t)n;
	*closed = n == 0 || (errno != EAGAIN && errno != EINTR);
	return str_make(text, len);
}

/* hears - exactly this has come, and the connection is open, or not */
static void
hears(int fd, const char *text, bool wanted)
{
	bool closed;
	struct str got = heard(fd, &closed);

	if (!str_eq(got, str_of(text)))
		fail_msg("got %" STR_FMT ", not %s", STR_ARG(got), text);
	assert_int_equal(closed, wanted);
}

static void
test_too_slow(void **state)
{
	int idle, half, deaf, waits, good;
	bool closed;

	begin();
	idle = connect_one();
	half = connect_one();
	say(half, "20:QUERY stat");
	deaf = connect_one();
	waits = connect_one();
	say(waits, SLOW);
	/* Asks and never reads, until neither side can go on. */
	for (int i = 0; i < 200; i++) {
		if (send(deaf, STATIC STATIC STATIC STATIC, 4 * strlen(STATIC),
			MSG_NOSIGNAL) < 0)
			i += 9;
		run_for(1);
	}
	run_for(2500);
	good = connect_one();
	say(good, STATIC);
	run_for(50);
	hears(good, REPLY, false);
	hears(idle, "", true);
	hears(half, "", true);
	heard(deaf, &closed);
	assert_true(closed);
	/* How long resolve takes is resolve's matter. */
	hears(waits, "", false);
	assert_int_equal(conns_count(conns), 2);
	close(idle);
	close(half);
	close(deaf);
	close(waits);
	close(good);
}

static void
test_order_and_bounds(void **state)
{
	char many[10000] = "";
	struct str got;
	bool closed;
	int fd;

	conf.idle_ms = conf.request_ms = conf.send_ms = 10000;
	begin();
	fd = connect_one();
	say(fd, SLOW);
	for (int i = 0; i < 100; i++)
		strcat(many, STATIC);
	/* More than is taken while the first one waits. */
	for (int i = 0; i < 100; i++) {
		ssize_t n = send(fd, many, strlen(many), MSG_NOSIGNAL);

		run_for(1);
		if (n < 0)
			break;
		assert_true(i < 99);
	}
	hears(fd, "", false);
	/* It is answered; those behind it follow, in order. */
	world_settle();
	run_for(20);
	got = heard(fd, &closed);
	assert_false(closed);
	assert_true(str_starts(got, STR("9:NOTFOUND ," REPLY REPLY)));
	close(fd);
	run_for(20);
	assert_int_equal(conns_count(conns), 0);
}

static void
test_gone_while_waiting(void **state)
{
	int fd;

	begin();
	fd = connect_one();
	say(fd, SLOW);
	run_for(20);
	close(fd);
	run_for(20);
	/* It might only have shut down its side, as Exim does. */
	assert_int_equal(conns_count(conns), 1);
	world_settle();
	assert_int_equal(conns_count(conns), 0);
	assert_int_equal(world.r->wait_count, 0);
}

static void
test_limit(void **state)
{
	int fd[10], one_more;

	conf.idle_ms = conf.request_ms = 10000;
	begin();
	for (size_t i = 0; i < COUNT(fd); i++) {
		fd[i] = connect_one();
		run_for(5);
		if (i < 5) {
			say(fd[i], SLOW);
			run_for(5);
		}
	}
	/* The oldest of those that wait for nothing makes room. */
	one_more = connect_one();
	say(one_more, STATIC);
	run_for(20);
	hears(one_more, REPLY, false);
	for (size_t i = 0; i < COUNT(fd); i++)
		hears(fd[i], "", i == 5);
	for (size_t i = 0; i < COUNT(fd); i++)
		close(fd[i]);
	close(one_more);
}

static void
on_stopped(void *ctx)
{
	stopped++;
}

static void
test_stop(void **state)
{
	int idle, waits;

	begin();
	idle = connect_one();
	waits = connect_one();
	say(waits, SLOW);
	run_for(20);
	conns_stop(conns, on_stopped, NULL);
	assert_int_equal(stopped, 0);
	hears(idle, "", true);
	hears(waits, "", false);
	world_settle();
	hears(waits, "9:NOTFOUND ,", true);
	assert_int_equal(stopped, 1);
	close(idle);
	close(waits);
}

static void
test_stop_with_nobody(void **state)
{
	begin();
	conns_stop(conns, on_stopped, NULL);
	assert_int_equal(stopped, 1);
}

#define WITH_WORLD(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_too_slow),
		WITH_WORLD(test_order_and_bounds),
		WITH_WORLD(test_gone_while_waiting),
		WITH_WORLD(test_limit),
		WITH_WORLD(test_stop),
		WITH_WORLD(test_stop_with_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
