/*
 * test_httpd - framing, limits and the orderly end, over plain sockets
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/httpd_world.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define HOST "Host: a.example\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST "\r\n"

#define TIMEOUTS(phase) "mtasts_http_timeouts_total{phase=\"" phase "\"}"
#define REFUSED(cause)	"mtasts_http_refused_total{cause=\"" cause "\"}"
#define REQUESTS(code)	"mtasts_http_requests_total{status=\"" code "\"}"
#define OPEN		"mtasts_http_connections"

static void
test_answer(void **state)
{
	struct answer a;
	struct world w;
	int fd;

	world_init(&w);
	world_start(&w);
	fd = client_open(&w);
	assert_int_equal(client_ask(fd, GET, &a), 200);
	assert_true(str_eq(a.body, STR("hello\n")));
	assert_true(str_eq(
	    field(&a, "Content-Type"), STR("text/plain; charset=utf-8")));
	assert_true(str_eq(field(&a, "Content-Length"), STR("6")));
	assert_true(str_eq(field(&a, "Server"), STR("mtasts")));
	assert_int_equal(field(&a, "Date").len, 29);
	assert_null(field(&a, "Connection").p);
	assert_int_equal(atomic_load(&w.released), 1);

	/* HEAD says what GET would, and sends no body. */
	client_send(fd, "HEAD / HTTP/1.1\r\n" HOST "\r\n" GET);
	read_answer(plain_get, &fd, false, &a);
	assert_true(str_eq(field(&a, "Content-Length"), STR("6")));
	assert_int_equal(client_read(fd, &a), 200);
	assert_true(str_eq(a.body, STR("hello\n")));

	/* Without a body of its own a refusal says what is wrong. */
	assert_int_equal(
	    client_ask(fd, "GET /x HTTP/1.1\r\n" HOST "\r\n", &a), 404);
	assert_true(str_ends(a.body, STR(".\n")));
	assert_int_equal(
	    client_ask(fd, "GET /allow HTTP/1.1\r\n" HOST "\r\n", &a), 405);
	assert_true(str_eq(field(&a, "Allow"), STR("GET, HEAD")));
	assert_int_equal(
	    client_ask(fd, "GET /who HTTP/1.1\r\n" HOST "\r\n", &a), 200);
	assert_true(str_eq(a.body, STR("client=127.0.0.1 sni= tls=0")));
	close(fd);
	world_until(&w, OPEN, 0);
	assert_int_equal(world_metric(&w, REQUESTS("200")), 4);
	assert_int_equal(world_metric(&w, REQUESTS("404")), 1);
	world_end(&w);
}

static void
test_pipelined(void **state)
{
	struct answer a;
	struct world w;
	int fd, i;

	world_init(&w);
	world_start(&w);
	fd = client_open(&w);
	client_send(fd,
	    GET "GET /who HTTP/1.1\r\n" HOST "\r\n" GET
		"GET /x HTTP/1.1\r\nHost:");
	assert_int_equal(client_read(fd, &a), 200);
	assert_true(str_eq(a.body, STR("hello\n")));
	assert_int_equal(client_read(fd, &a), 200);
	assert_true(str_starts(a.body, STR("client=")));
	assert_int_equal(client_read(fd, &a), 200);
	assert_int_equal(client_ask(fd, " a\r\n\r\n", &a), 404);
	/* Byte by byte it is the same. */
	for (i = 0; GET[i] != '\0'; i++)
		assert_int_equal(send(fd, GET + i, 1, MSG_NOSIGNAL), 1);
	assert_int_equal(client_read(fd, &a), 200);
	close(fd);
	world_end(&w);
}

static void
test_connection_end(void **state)
{
	static const struct {
		const char *request, *connection;
		bool ends;
	} t[] = {
		{ GET, NULL, false },
		{ "GET / HTTP/1.0\r\n\r\n", "close", true },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		    "keep-alive", false },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		    "close", true },
		{ "GET /close HTTP/1.1\r\n" HOST "\r\n", "close", true },
		{ "GET /x HTTP/1.1\r\n" HOST "\r\n", NULL, false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "close",
		    true },
	};
	struct answer a;
	struct world w;
	size_t i;
	int fd;

	world_init(&w);
	w.conf.max_requests = 3;
	world_start(&w);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		fd = client_open(&w);
		client_ask(fd, t[i].request, &a);
		if (!str_eq(field(&a, "Connection"), str_of(t[i].connection)))
			fail_msg("%s: Connection", t[i].request);
		if (t[i].ends)
			assert_true(client_eof(fd));
		else
			assert_int_equal(client_ask(fd, GET, &a), 200);
		close(fd);
	}
	/* The last of max_requests says so, what follows is not answered. */
	fd = client_open(&w);
	client_send(fd, GET GET GET GET GET);
	assert_int_equal(client_read(fd, &a), 200);
	assert_int_equal(client_read(fd, &a), 200);
	assert_null(field(&a, "Connection").p);
	assert_int_equal(client_read(fd, &a), 200);
	assert_true(str_eq(field(&a, "Connection"), STR("close")));
	assert_true(client_eof(fd));
	close(fd);
	world_end(&w);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *request;
		int status;
	} t[] = {
		{ "\x16\x03\x01", 400 },
		{ "GET /\r\n", 400 },
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\n", 400 },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody",
		    413 },
		{ "GET / HTTP/1.1\r\n" HOST
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		    413 },
		{ "POST /allow HTTP/1.1\r\n" HOST
		  "Content-Length: 4\r\n\r\nbody",
		    405 },
		{ "GET / HTTP/1.1\r\n" HOST
		  "Transfer-Encoding: gzip, chunked\r\n\r\n",
		    501 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n",
		    400 },
	};
	struct answer a;
	struct world w;
	size_t i;
	int fd;

	world_init(&w);
	world_start(&w);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		fd = client_open(&w);
		if (client_ask(fd, t[i].request, &a) != t[i].status)
			fail_msg("%s: %d", t[i].request, a.status);
		assert_true(str_eq(field(&a, "Connection"), STR("close")));
		assert_true(a.body.len > 10);
		assert_true(client_eof(fd));
		close(fd);
	}
	world_until(&w, OPEN, 0);
	world_end(&w);
}

static void
test_large_head(void **state)
{
	struct answer a;
	struct world w;
	char *text = malloc(BIG_LEN);
	int fd;

	/* The client goes on sending; the answer must reach it all the same. */
	memset(text, 'x', BIG_LEN);
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	world_init(&w);
	world_start(&w);
	fd = client_open(&w);
	assert_true(send(fd, text, 200000, MSG_NOSIGNAL) == 200000);
	assert_int_equal(client_read(fd, &a), 431);
	assert_true(client_eof(fd));
	close(fd);

	/* A megabyte: the server has heard enough at some point. */
	fd = client_open(&w);
	while (send(fd, text, BIG_LEN, MSG_NOSIGNAL) > 0)
		continue;
	close(fd);
	world_until(&w, REQUESTS("431"), 2);
	world_until(&w, OPEN, 0);

	/* One byte under the bound is served. */
	fd = client_open(&w);
	text[8192 - 4 - 17] = '\0';
	client_send(fd, text);
	assert_int_equal(client_ask(fd, "\r\n" HOST "\r\n", &a), 200);
	close(fd);
	free(text);
	world_end(&w);
}

static void
test_big_bodies(void **state)
{
	struct answer a;
	struct world w;
	int fd, i;

	world_init(&w);
	world_start(&w);
	fd = client_open(&w);
	/* More than any socket takes: it must wait for us, and go on. */
	for (i = 0; i < 20; i++)
		client_send(fd, "GET /big HTTP/1.1\r\n" HOST "\r\n");
	client_send(fd, GET);
	for (i = 0; i < 20; i++) {
		assert_int_equal(client_read(fd, &a), 200);
		assert_int_equal(a.body.len, BIG_LEN);
	}
	assert_int_equal(client_read(fd, &a), 200);
	assert_true(str_eq(a.body, STR("hello\n")));
	close(fd);
	world_end(&w);
}

/* drip - one byte each 10 ms until the server ends it; how long it lasted */
static int64_t
drip(int fd)
{
	int64_t begun_ms = loop_now_ms();
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, 10) == 0)
		if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			break;
	return loop_now_ms() - begun_ms;
}

static void
test_slow_head(void **state)
{
	struct answer a;
	struct world w;
	int64_t ms;
	int fd;

	world_init(&w);
	w.conf.first_byte_timeout_ms = 300;
	world_start(&w);
	/* Bytes do not start the timer anew. */
	fd = client_open(&w);
	ms = drip(fd);
	assert_in_range(ms, 250, 5000);
	close(fd);
	world_until(&w, TIMEOUTS("first"), 1);
	/* No byte at all. */
	fd = client_open(&w);
	assert_true(client_eof(fd));
	close(fd);
	world_until(&w, TIMEOUTS("first"), 2);
	/* The second head has such a timer too. */
	fd = client_open(&w);
	assert_int_equal(client_ask(fd, GET, &a), 200);
	ms = drip(fd);
	assert_in_range(ms, 250, 5000);
	close(fd);
	world_until(&w, TIMEOUTS("head"), 1);
	world_until(&w, OPEN, 0);
	world_end(&w);
}

static void
test_idle(void **state)
{
	struct answer a;
	struct world w;
	int fd;

	world_init(&w);
	w.conf.idle_timeout_ms = 200;
	world_start(&w);
	fd = client_open(&w);
	assert_int_equal(client_ask(fd, GET, &a), 200);
	assert_true(client_eof(fd));
	assert_int_equal(world_metric(&w, TIMEOUTS("idle")), 1);
	close(fd);
	/* Who does not take his answer is ended likewise. */
	fd = client_open(&w);
	client_send(fd,
	    "GET /big HTTP/1.1\r\n" HOST "\r\n"
	    "GET /big HTTP/1.1\r\n" HOST "\r\n"
	    "GET /big HTTP/1.1\r\n" HOST "\r\n"
	    "GET /big HTTP/1.1\r\n" HOST "\r\n"
	    "GET /big HTTP/1.1\r\n" HOST "\r\n"
	    "GET /big HTTP/1.1\r\n" HOST "\r\n");
	world_until(&w, TIMEOUTS("send"), 1);
	close(fd);
	world_end(&w);
}

static void
test_per_address(void **state)
{
	struct answer a;
	struct world w;
	int fd[4], other;

	world_init(&w);
	w.conf.max_per_address = 3;
	world_open(&w);
	world_listen(&w, "0.0.0.0:0", false);
	assert_int_equal(httpd_start(w.httpd), MTASTS_OK);
	fd[0] = client_from(&w, 0, "127.0.0.1");
	fd[1] = client_from(&w, 0, "127.0.0.1");
	fd[2] = client_from(&w, 0, "127.0.0.1");
	assert_int_equal(client_ask(fd[0], GET, &a), 200);
	world_until(&w, OPEN, 3);
	fd[3] = client_from(&w, 0, "127.0.0.1");
	assert_true(client_eof(fd[3]));
	assert_int_equal(world_metric(&w, REFUSED("per_address")), 1);
	close(fd[3]);
	/* Others do not suffer. */
	other = client_from(&w, 0, "127.0.0.2");
	assert_int_equal(client_ask(other, GET, &a), 200);
	close(other);
	/* One gone makes room for one. */
	close(fd[1]);
	world_until(&w, OPEN, 2);
	fd[1] = client_from(&w, 0, "127.0.0.1");
	assert_int_equal(client_ask(fd[1], GET, &a), 200);
	close(fd[0]);
	close(fd[1]);
	close(fd[2]);
	world_until(&w, OPEN, 0);
	world_end(&w);
}

/* via - a request as the proxy of ours would send it */
static int
via(int fd, const char *forwarded, struct answer *a)
{
	char text[300];

	snprintf(text, sizeof(text),
	    "GET /who HTTP/1.1\r\n" HOST "X-Forwarded-For: %s\r\n\r\n",
	    forwarded);
	return client_ask(fd, text, a);
}

static void
test_forwarded(void **state)
{
	static const char *const trusted[] = { "127.0.0.1", "10.0.0.0/8",
		"2001:db8:1::/48" };
	static const struct {
		const char *list, *client;
	} t[] = {
		{ "192.0.2.1", "client=192.0.2.1 " },
		{ "192.0.2.1:8080", "client=192.0.2.1 " },
		{ "198.51.100.7, 192.0.2.1", "client=192.0.2.1 " },
		{ "192.0.2.1, 10.1.2.3 , 127.0.0.1", "client=192.0.2.1 " },
		{ "192.0.2.1, 11.1.2.3", "client=11.1.2.3 " },
		{ "[2001:db8::1]:99", "client=2001:db8::1 " },
		{ "2001:db8::1, 2001:db8:1:f::1", "client=2001:db8::1 " },
		{ "::ffff:192.0.2.1", "client=192.0.2.1 " },
		{ "unknown", "client=127.0.0.1 " },
		{ "unknown, 2001:db8:1:f::1", "client=2001:db8:1:f::1 " },
		{ "192.0.2.1, ", "client=127.0.0.1 " },
		{ "", "client=127.0.0.1 " },
		{ "10.0.0.1", "client=10.0.0.1 " },
	};
	struct answer a;
	struct world w;
	int fd, more[3];
	size_t i;

	world_init(&w);
	w.conf.max_per_address = 2;
	w.conf.trusted_proxies = trusted;
	w.conf.trusted_proxy_count = 3;
	world_open(&w);
	world_listen(&w, "0.0.0.0:0", false);
	assert_int_equal(httpd_start(w.httpd), MTASTS_OK);
	fd = client_from(&w, 0, "127.0.0.1");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(via(fd, t[i].list, &a), 200);
		if (!str_starts(a.body, str_of(t[i].client)))
			fail_msg("%s: %.*s", t[i].list, STR_ARG(a.body));
	}
	/* Two of one client; a third, on the same /64, is one too many. */
	for (i = 0; i < 3; i++)
		more[i] = client_from(&w, 0, "127.0.0.1");
	assert_int_equal(via(more[0], "2001:db8:2:3::1", &a), 200);
	assert_int_equal(via(more[1], "2001:db8:2:3:9::2", &a), 200);
	assert_int_equal(via(more[2], "2001:db8:2:4::1", &a), 200);
	assert_int_equal(via(fd, "2001:db8:2:3::3", &a), 429);
	assert_true(client_eof(fd));
	close(fd);
	/* A proxy's connection that serves another client now counts there. */
	assert_int_equal(via(more[0], "192.0.2.9", &a), 200);
	assert_int_equal(via(more[2], "2001:db8:2:3::3", &a), 200);
	/* Who is no proxy of ours cannot say who he is. */
	fd = client_from(&w, 0, "127.0.0.2");
	assert_int_equal(via(fd, "192.0.2.1", &a), 200);
	assert_true(str_starts(a.body, STR("client=127.0.0.2 ")));
	close(fd);
	for (i = 0; i < 3; i++)
		close(more[i]);
	world_until(&w, OPEN, 0);
	world_end(&w);
}

static void
test_bad_proxies(void **state)
{
	static const char *const bad[] = { "", "x", "127.0.0.1/33",
		"127.0.0.1/", "::/129", "/8", "127.0.0.1/8/8", "localhost" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct httpd_conf conf = { .trusted_proxies = &bad[i],
			.trusted_proxy_count = 1 };
		struct httpd *h = NULL;

		assert_int_equal(httpd_open(&conf, &h, diags), MTASTS_EINVAL);
		assert_null(h);
		assert_int_equal(mtasts_diags_count(diags), 1);
		assert_string_equal(
		    mtasts_diags_get(diags, 0)->name, "trusted-proxy");
		mtasts_diags_free(diags);
	}
}

static void
test_unix_socket(void **state)
{
	char dir[] = "/tmp/mtasts-httpd-XXXXXX", text[100];
	struct answer a;
	struct world w;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof(text), "unix:%s/s", dir);
	world_init(&w);
	w.conf.max_per_address = 1;
	world_open(&w);
	world_listen(&w, text, false);
	assert_int_equal(httpd_start(w.httpd), MTASTS_OK);
	fd = client_open(&w);
	assert_int_equal(
	    client_ask(fd, "GET /who HTTP/1.1\r\n" HOST "\r\n", &a), 200);
	assert_true(str_starts(a.body, STR("client=unix ")));
	/* Whoever reaches the socket is a proxy of ours. */
	assert_int_equal(via(fd, "192.0.2.1", &a), 200);
	assert_true(str_starts(a.body, STR("client=192.0.2.1 ")));
	close(fd);
	world_end(&w);
	assert_int_equal(rmdir(dir), 0);
}

static void
test_max_connections(void **state)
{
	struct answer a;
	struct world w;
	int idle, busy, third, fourth;

	world_init(&w);
	w.conf.max_connections = 2;
	world_start(&w);
	idle = client_open(&w);
	assert_int_equal(client_ask(idle, GET, &a), 200);
	busy = client_open(&w);
	client_send(busy, "GET / HT");
	world_until(&w, OPEN, 2);
	/* The idle one makes room. */
	third = client_open(&w);
	client_send(third, "GET /wh");
	assert_true(client_eof(idle));
	assert_int_equal(world_metric(&w, "mtasts_http_idle_closed_total"), 1);
	/* Nobody is idle: the newcomer must go. */
	fourth = client_open(&w);
	assert_true(client_eof(fourth));
	assert_int_equal(world_metric(&w, REFUSED("limit")), 1);
	assert_int_equal(client_ask(busy, "TP/1.1\r\n" HOST "\r\n", &a), 200);
	assert_int_equal(
	    client_ask(third, "o HTTP/1.1\r\n" HOST "\r\n", &a), 200);
	close(idle);
	close(busy);
	close(third);
	close(fourth);
	world_end(&w);
}

/* stop_main - httpd_stop() in another thread */
static void *
stop_main(void *arg)
{
	struct world *w = arg;

	return (void *)(uintptr_t)httpd_stop(w->httpd, PATIENCE_MS);
}

static void
test_graceful_stop(void **state)
{
	pthread_t thread;
	struct answer a;
	struct world w;
	int idle, busy;
	void *cut;

	world_init(&w);
	w.conf.workers = 2;
	world_start(&w);
	idle = client_open(&w);
	assert_int_equal(client_ask(idle, GET, &a), 200);
	busy = client_open(&w);
	client_send(busy, "GET / HTTP/1.1\r\nHo");
	world_until(&w, OPEN, 2);
	assert_int_equal(pthread_create(&thread, NULL, stop_main, &w), 0);
	/* Idle ones end at once, who is being served is served. */
	assert_true(client_eof(idle));
	assert_int_equal(client_ask(busy, "st: a\r\n\r\n", &a), 200);
	assert_true(str_eq(field(&a, "Connection"), STR("close")));
	assert_true(client_eof(busy));
	close(busy);
	close(idle);
	pthread_join(thread, &cut);
	assert_null(cut);
	assert_int_equal(httpd_connections(w.httpd), 0);
	world_end(&w);
}

static void
test_stop_cuts(void **state)
{
	struct world w;
	int fd;

	world_init(&w);
	world_start(&w);
	fd = client_open(&w);
	client_send(fd, "GET / HT");
	world_until(&w, OPEN, 1);
	assert_int_equal(httpd_stop(w.httpd, 50), 1);
	assert_int_equal(httpd_connections(w.httpd), 0);
	close(fd);
	world_end(&w);
}

static void
test_access_log(void **state)
{
	struct answer a;
	struct world w;
	char text[4096];
	size_t n;
	int fd;

	world_init(&w);
	world_log(&w);
	world_start(&w);
	fd = client_open(&w);
	assert_int_equal(client_ask(fd, GET, &a), 200);
	assert_int_equal(
	    client_ask(fd, "FROB /a\\b?q HTTP/1.1\r\nHost: x\r\n\r\n", &a),
	    404);
	assert_int_equal(client_ask(fd, "x\r\n", &a), 400);
	close(fd);
	httpd_stop(w.httpd, 1000);
	log_flush(w.conf.log);
	rewind(w.log_file);
	n = fread(text, 1, sizeof(text) - 1, w.log_file);
	text[n] = '\0';
	assert_non_null(strstr(text,
	    "info request client=127.0.0.1 host=a.example method=GET path=/ "
	    "status=200 bytes=6 duration_us="));
	assert_non_null(strstr(text,
	    "info request client=127.0.0.1 host=x method=FROB "
	    "path=\"/a\\\\b\" status=404 bytes="));
	assert_non_null(
	    strstr(text, "info request client=127.0.0.1 status=400 bytes="));
	world_end(&w);
}

/* The log reaches its reader although nobody asks again. */
static void
test_access_log_in_time(void **state)
{
	int64_t end_ms = loop_now_ms() + PATIENCE_MS;
	struct answer a;
	struct world w;
	int fd;

	world_init(&w);
	world_log(&w);
	world_start(&w);
	fd = client_open(&w);
	assert_int_equal(client_ask(fd, GET, &a), 200);
	do {
		assert_true(loop_now_ms() < end_ms);
		poll(NULL, 0, 5);
		fseek(w.log_file, 0, SEEK_END);
	} while (ftell(w.log_file) == 0);
	close(fd);
	world_end(&w);
}

/* cpu_ms - processor time of this process */
static int64_t
cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * emfile_child - a server that has no descriptor left until it is told
 *
 * 0: it paused, did not spin, said so, and served when it could again.
 */
static int
emfile_child(int to_parent, int from_parent)
{
	unsigned port, said = 0;
	struct rlimit limit;
	char line[1000], c;
	struct world w;
	int64_t cpu;

	world_init(&w);
	world_log(&w);
	world_start(&w);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)dup(0); /* the lowest that is free */
	close((int)limit.rlim_cur);
	setrlimit(RLIMIT_NOFILE, &limit);
	port = listen_port(&w.sockets.v[0]);
	if (write(to_parent, &port, sizeof(port)) != sizeof(port))
		return 1;
	world_until(&w, "mtasts_http_accept_pauses_total", 3);
	cpu = cpu_ms();
	world_until(&w, "mtasts_http_accept_pauses_total", 6);
	if (cpu_ms() - cpu > 250)
		return 2;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (read(from_parent, &c, 1) != 1)
		return 3;
	if (world_metric(&w, REFUSED("emfile")) < 6)
		return 4;
	httpd_stop(w.httpd, 0);
	log_flush(w.conf.log);
	rewind(w.log_file);
	while (fgets(line, sizeof(line), w.log_file) != NULL)
		said += strstr(line, "error accept-paused") != NULL;
	world_end(&w);
	/* Once a second at most. */
	return said >= 1 && said <= 5 ? 0 : 5;
}

static void
test_emfile(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int up[2], down[2], fd, status = 0;
	struct answer a;
	unsigned port;
	pid_t pid;

	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	pid = fork();
	if (pid == 0)
		_exit(emfile_child(up[1], down[0]));
	assert_int_equal(read(up[0], &port, sizeof(port)), sizeof(port));
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sa.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	/* It waits in the backlog, and is served in the end. */
	assert_int_equal(client_ask(fd, GET, &a), 200);
	assert_int_equal(write(down[1], "x", 1), 1);
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd);
}

/* ask_many - a client thread */
static void *
ask_many(void *arg)
{
	struct answer a;
	int i, fd;

	for (i = 0; i < 50; i++) {
		fd = client_open(arg);
		assert_int_equal(client_ask(fd, GET, &a), 200);
		assert_int_equal(client_ask(fd, GET, &a), 200);
		close(fd);
	}
	return NULL;
}

static void
test_workers(void **state)
{
	pthread_t threads[4];
	struct world w;
	int i;

	world_init(&w);
	w.conf.workers = 3;
	w.conf.max_per_address = 100;
	world_start(&w);
	for (i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, ask_many, &w), 0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	world_until(&w, OPEN, 0);
	assert_int_equal(world_metric(&w, REQUESTS("200")), 400);
	assert_int_equal(atomic_load(&w.released), 400);
	world_end(&w);
}

static void
test_misuse(void **state)
{
	struct httpd_listener tls = { .fd = 0, .tls = true };
	struct httpd_listener plain = { .fd = 0 };
	struct world w;
	int i;

	world_init(&w);
	world_open(&w);
	/* Without certificates there is no TLS. */
	assert_int_equal(httpd_listen(w.httpd, &tls), MTASTS_EINVAL);
	for (i = 0; i < 64; i++)
		assert_int_equal(httpd_listen(w.httpd, &plain), MTASTS_OK);
	assert_int_equal(httpd_listen(w.httpd, &plain), MTASTS_ELIMIT);
	httpd_close(NULL);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_emfile),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_connection_end),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_large_head),
		cmocka_unit_test(test_big_bodies),
		cmocka_unit_test(test_slow_head),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_per_address),
		cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_bad_proxies),
		cmocka_unit_test(test_unix_socket),
		cmocka_unit_test(test_max_connections),
		cmocka_unit_test(test_graceful_stop),
		cmocka_unit_test(test_stop_cuts),
		cmocka_unit_test(test_access_log),
		cmocka_unit_test(test_access_log_in_time),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
