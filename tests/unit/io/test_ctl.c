/*
 * test_ctl.c - a control socket and its clients, good and hostile
 *
 * The socket lives on a loop in a thread of its own; clients block.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/ctl.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 50000 /* lines of a long answer */

/* A daemon that knows a few requests. */
struct world {
	char folder[64], path[80];
	struct loop *loop;
	struct ctl *ctl;
	struct loop_watch *timer; /* ends calls that were put off */
	struct ctl_call *put_off;
	pthread_t thread;
	atomic_int gone; /* calls that ended */
	atomic_int asked;
	int next; /* line of the long answer */
};

/* on_gone - a call has ended */
static void
on_gone(void *data)
{
	struct world *w = data;

	w->gone++;
	w->put_off = NULL;
}

/* on_later - end the call that was put off */
static void
on_later(void *ctx)
{
	struct world *w = ctx;

	if (w->put_off != NULL) {
		ctl_line(w->put_off, STR("{\"late\":true}"));
		ctl_end(w->put_off, NULL);
	}
}

/* on_drain - a part of a long answer has left */
static void
on_drain(void *ctx)
{
	struct ctl_call *call = ctx;
	struct world *w = ctl_get(call);
	char text[64];
	int i;

	for (i = 0; i < 1000 && w->next < MANY; i++) {
		snprintf(text, sizeof(text), "{\"n\":%d}", w->next++);
		ctl_line(call, str_of(text));
	}
	if (w->next == MANY)
		ctl_end(call, NULL);
	else
		ctl_on_drain(call, on_drain, call);
}

/* on_request - the daemon's side */
static void
on_request(void *ctx, struct ctl_call *call, const struct js *js)
{
	struct world *w = ctx;
	struct str what;
	char text[100];
	int i;

	w->asked++;
	ctl_set(call, w, on_gone);
	assert_ptr_equal(ctl_get(call), w);
	if (!js_str(js_get(js, "do"), &what)) {
		ctl_end(call, "nothing to do");
	} else if (str_eq(what, STR("who"))) {
		snprintf(text, sizeof(text), "{\"uid\":%u,\"admin\":%s}",
		    (unsigned)ctl_uid(call),
		    ctl_admin(call) ? "true" : "false");
		ctl_line(call, str_of(text));
		ctl_end(call, NULL);
	} else if (str_eq(what, STR("late"))) {
		w->put_off = call;
		loop_timer_start(w->timer, 50);
	} else if (str_eq(what, STR("never"))) {
		w->put_off = call;
	} else if (str_eq(what, STR("many"))) {
		w->next = 0;
		ctl_on_drain(call, on_drain, call);
	} else if (str_eq(what, STR("flood"))) {
		for (i = 0; i < (1 << 20); i++)
			ctl_line(call, STR("{\"fill\":\"0123456789\"}"));
		ctl_end(call, NULL);
	} else {
		ctl_end(call, "I do not do \x1b[31mthat");
	}
}

/* run - the thread of the loop */
static void *
run(void *ctx)
{
	struct world *w = ctx;

	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	return NULL;
}

/* world_open - a daemon with a control socket */
static void
world_open(struct world *w, const char *group)
{
	struct ctl_conf conf = { .group = group, .request = on_request };

	*w = (struct world){ .folder = "/tmp/mtasts-ctl-XXXXXX" };
	assert_non_null(mkdtemp(w->folder));
	assert_int_equal(chmod(w->folder, 0755), 0);
	snprintf(w->path, sizeof(w->path), "%s/s", w->folder);
	assert_int_equal(loop_new(&w->loop), MTASTS_OK);
	w->timer = loop_timer(w->loop, on_later, w);
	assert_non_null(w->timer);
	conf.address = w->path;
	conf.ctx = w;
	conf.request_ms = 300;
	conf.stall_ms = 300;
	conf.loop = w->loop;
	assert_int_equal(ctl_open(&conf, &w->ctl, NULL), MTASTS_OK);
	assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
}

/* world_close - end of the daemon */
static void
world_close(struct world *w)
{
	loop_stop(w->loop);
	assert_int_equal(pthread_join(w->thread, NULL), 0);
	ctl_close(w->ctl);
	loop_watch_close(w->timer);
	loop_free(w->loop);
	/* The socket file went with it. */
	assert_int_equal(access(w->path, F_OK), -1);
	assert_int_equal(rmdir(w->folder), 0);
}

/* wait_gone - until so many calls have ended */
static void
wait_gone(struct world *w, int count)
{
	int i;

	for (i = 0; i < 500 && w->gone < count; i++)
		usleep(10000);
	assert_int_equal(w->gone, count);
}

/* What an answer was. */
struct heard {
	size_t lines;
	size_t stop_after; /* 0: never */
	char last[200];
	int64_t sum;
};

/* on_line - a line of an answer */
static bool
on_line(void *ctx, struct str text, const struct js *js)
{
	struct heard *h = ctx;
	int64_t n;

	h->lines++;
	assert_true(js_is_object(js));
	snprintf(h->last, sizeof(h->last), "%" STR_FMT, STR_ARG(text));
	if (js_int(js_get(js, "n"), &n))
		h->sum += n;
	return h->lines != h->stop_after;
}

/* ask - one question; what the daemon refuses with goes to error */
static enum mtasts_err
ask(struct world *w, const char *request, struct heard *h, struct buf *error)
{
	struct ctl_question q = { .path = w->path,
		.request = str_of(request),
		.timeout_ms = 5000,
		.line = on_line,
		.ctx = h };

	h->lines = 0;
	h->sum = 0;
	return ctl_ask(&q, error);
}

/* dial - a raw connection */
static int
dial(const struct world *w)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", w->path);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

/* say - send raw bytes; the other side may have had enough */
static void
say(int fd, const char *text)
{
	send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* hear - all that comes until the end, within 2 s */
static const char *
hear(int fd, char *out, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len + 1 < size) {
		assert_int_equal(poll(&p, 1, 2000), 1);
		n = recv(fd, out + len, size - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
	}
	out[len] = '\0';
	return out;
}

/* questions and answers: at once, later, long, refused */
static void
test_answers(void **state)
{
	struct world w;
	struct heard h = { 0 };
	struct buf error;

	buf_init(&error, 4096);
	world_open(&w, "");
	assert_int_equal(ask(&w, "{\"do\":\"who\"}", &h, &error), MTASTS_OK);
	assert_int_equal(h.lines, 1);
	assert_non_null(strstr(h.last, "\"admin\":true"));
	assert_int_equal(ask(&w, "{\"do\":\"late\"}", &h, &error), MTASTS_OK);
	assert_string_equal(h.last, "{\"late\":true}");
	assert_int_equal(ask(&w, "{\"do\":\"many\"}", &h, &error), MTASTS_OK);
	assert_int_equal(h.lines, MANY);
	assert_int_equal(h.sum, (int64_t)MANY * (MANY - 1) / 2);
	assert_int_equal(error.len, 0);
	/* The caller has heard enough; the daemon notices. */
	h.stop_after = 3;
	assert_int_equal(ask(&w, "{\"do\":\"many\"}", &h, &error), MTASTS_OK);
	assert_int_equal(h.lines, 3);
	h.stop_after = 0;
	assert_int_equal(ask(&w, "{}", &h, &error), MTASTS_EINVAL);
	assert_string_equal(error.p, "nothing to do");
	buf_clear(&error);
	/* Nothing of an answer reaches a terminal raw. */
	assert_int_equal(ask(&w, "{\"do\":\"x\"}", &h, &error), MTASTS_EINVAL);
	assert_string_equal(error.p, "I do not do \\x1B[31mthat");
	wait_gone(&w, 6);
	world_close(&w);
	buf_free(&error);
}

/* A request on the wire and what the answer must hold. */
static const struct {
	const char *say;
	const char *hear;
} wires[] = {
	{ "{\"do\":\"who\"}\n", "\"uid\":" },
	{ "{\"do\":\"who\"}\r\n", "{\"end\":true}" },
	{ "  {\"do\": \"who\"} \n", "{\"end\":true}" },
	{ "{\"do\":\"who\"}\n{\"do\":\"who\"}\n", "{\"end\":true}" },
	{ "\n", "no JSON object" },
	{ "[]\n", "no JSON object" },
	{ "\"who\"\n", "no JSON object" },
	{ "{\"do\":\"who\"} x\n", "no JSON object" },
	{ "{\"do\":\"who\",\"do\":\"x\"}\n", "no JSON object" },
	{ "{\"do\":\"\xff\"}\n", "no JSON object" },
	{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	  "[[[[[[[[[[[[[[[[[[[[[[[[\n",
	    "no JSON object" },
	{ "GET / HTTP/1.0\r\n", "no JSON object" },
};

/* each of them gets its answer, and the connection ends */
static void
test_wire(void **state)
{
	char text[4096];
	struct world w;
	size_t i;
	int fd;

	world_open(&w, "");
	for (i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		fd = dial(&w);
		say(fd, wires[i].say);
		if (strstr(hear(fd, text, sizeof(text)), wires[i].hear) == NULL)
			fail_msg("%zu: %s", i, text);
		close(fd);
	}
	/* A request without line end, then the end of all. */
	fd = dial(&w);
	say(fd, "{\"do\":\"late\"}");
	shutdown(fd, SHUT_WR);
	assert_string_equal(
	    hear(fd, text, sizeof(text)), "{\"late\":true}\n{\"end\":true}\n");
	close(fd);
	/* Byte by byte. */
	fd = dial(&w);
	for (i = 0; wires[0].say[i] != '\0'; i++)
		assert_int_equal(send(fd, &wires[0].say[i], 1, 0), 1);
	assert_non_null(strstr(hear(fd, text, sizeof(text)), "uid"));
	close(fd);
	world_close(&w);
}

/* huge lines, silence, answers that nobody reads, clients that vanish */
static void
test_hostile(void **state)
{
	char text[4096];
	struct world w;
	struct heard h = { 0 };
	char *huge = malloc((1 << 20) + 1);
	int fd, silent, half, deaf;

	memset(huge, 'x', 1 << 20);
	huge[1 << 20] = '\0';
	world_open(&w, "");
	fd = dial(&w);
	say(fd, huge);
	hear(fd, text, sizeof(text));
	assert_true(text[0] == '\0' || strstr(text, "too long") != NULL);
	close(fd);

	silent = dial(&w);
	half = dial(&w);
	say(half, "{\"do\":");
	deaf = dial(&w);
	say(deaf, "{\"do\":\"many\"}\n");
	assert_string_equal(hear(silent, text, sizeof(text)), "");
	assert_string_equal(hear(half, text, sizeof(text)), "");
	wait_gone(&w, 1);
	/* An answer out of all bounds is cut, and the next one is fine. */
	fd = dial(&w);
	say(fd, "{\"do\":\"flood\"}\n");
	wait_gone(&w, 2);
	hear(fd, text, sizeof(text));
	close(fd);
	/* Gone while the daemon is at work. */
	fd = dial(&w);
	say(fd, "{\"do\":\"never\"}\n");
	while (w.asked < 3)
		usleep(1000);
	close(fd);
	wait_gone(&w, 3);
	/* More and more behind the request. */
	fd = dial(&w);
	say(fd, "{\"do\":\"never\"}\n");
	say(fd, huge);
	wait_gone(&w, 4);
	close(fd);
	assert_int_equal(ask(&w, "{\"do\":\"who\"}", &h, NULL), MTASTS_OK);
	close(silent);
	close(half);
	close(deaf);
	world_close(&w);
	free(huge);
}

/* more clients than there are places: refused with a sentence, not stuck */
static void
test_crowd(void **state)
{
	int fds[CTL_CLIENTS_MAX];
	struct world w;
	struct heard h = { 0 };
	struct buf error;
	size_t i;

	buf_init(&error, 4096);
	world_open(&w, "");
	for (i = 0; i < CTL_CLIENTS_MAX; i++) {
		fds[i] = dial(&w);
		say(fds[i], "{\"do\":\"never\"}\n");
	}
	while (w.asked < CTL_CLIENTS_MAX)
		usleep(1000);
	assert_int_equal(
	    ask(&w, "{\"do\":\"who\"}", &h, &error), MTASTS_EINVAL);
	assert_string_equal(error.p, "too many clients at a time");
	for (i = 0; i < CTL_CLIENTS_MAX; i++)
		close(fds[i]);
	wait_gone(&w, CTL_CLIENTS_MAX);
	assert_int_equal(ask(&w, "{\"do\":\"who\"}", &h, &error), MTASTS_OK);
	world_close(&w);
	buf_free(&error);
}

/* as_user - ask as another user and group; 0 when it went as expected */
static int
as_user(struct world *w, gid_t group, const char *want)
{
	struct heard h = { 0 };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		/* No sanitizer report about the parent's memory. */
		if (setgroups(1, &group) != 0 || setgid(65534) != 0 ||
		    setuid(65534) != 0)
			_exit(2);
		if (ask(w, "{\"do\":\"who\"}", &h, NULL) != MTASTS_OK)
			_exit(3);
		_exit(strstr(h.last, want) != NULL ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* who may change things: root, and members of the group, first or other */
static void
test_admin(void **state)
{
	const struct group *group;
	struct world w;

	if (getuid() != 0)
		skip();
	group = getgrnam("daemon");
	assert_non_null(group);
	world_open(&w, "daemon");
	/* Another user may not even connect, unless the group lets him. */
	assert_int_equal(as_user(&w, 65534, "x"), 3 << 8);
	assert_int_equal(as_user(&w, group->gr_gid, "\"admin\":true"), 0);
	assert_int_equal(chmod(w.path, 0666), 0);
	assert_int_equal(as_user(&w, 65534, "\"admin\":false"), 0);
	assert_int_equal(as_user(&w, 65534, "\"uid\":65534"), 0);
	world_close(&w);
}

/* one user who is no administrator leaves room for others */
static void
test_user_limit(void **state)
{
	struct world w;
	struct heard h = { 0 };
	int status = -1, i;
	pid_t pid;

	if (getuid() != 0)
		skip();
	world_open(&w, "");
	assert_int_equal(chmod(w.path, 0666), 0);
	pid = fork();
	if (pid == 0) {
		struct buf error;

		buf_init(&error, 4096);
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(2);
		for (i = 0; i < CTL_CLIENTS_MAX / 4; i++)
			say(dial(&w), "{\"do\":\"never\"}\n");
		_exit(
		    ask(&w, "{\"do\":\"who\"}", &h, &error) == MTASTS_EINVAL &&
			    strstr(error.p, "one user") != NULL
			? 0
			: 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(ask(&w, "{\"do\":\"who\"}", &h, NULL), MTASTS_OK);
	world_close(&w);
}

/* what ctl_open() refuses */
static void
test_open(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct ctl_conf conf = { .request = on_request };
	struct ctl *ctl = NULL;

	assert_int_equal(loop_new(&conf.loop), MTASTS_OK);
	conf.address = "/tmp/mtasts-ctl-none";
	conf.group = "no-such-group";
	assert_int_equal(ctl_open(&conf, &ctl, diags), MTASTS_ECONF);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, "control-group");
	conf.group = "";
	conf.address = "/nonexistent/ctl";
	assert_int_not_equal(ctl_open(&conf, &ctl, diags), MTASTS_OK);
	conf.address = "unix:";
	assert_int_not_equal(ctl_open(&conf, &ctl, diags), MTASTS_OK);
	assert_null(ctl);
	assert_int_equal(mtasts_diags_count(diags), 3);
	ctl_close(NULL);
	loop_free(conf.loop);
	mtasts_diags_free(diags);
}

/* A peer that is no daemon of ours: what it says, how asking it ends. */
static const struct {
	const char *say;
	enum mtasts_err want;
	size_t lines;
} peers[] = {
	{ "{\"end\":true}\n", MTASTS_OK, 0 },
	{ "{\"a\":1}\n{\"end\":false}\n{\"end\":true}\n{", MTASTS_OK, 2 },
	{ "{\"end\":true,\"error\":null}\n", MTASTS_OK, 0 },
	{ "", MTASTS_ESYNTAX, 0 },
	{ "{\"a\":1}\n", MTASTS_ESYNTAX, 1 },
	{ "{\"end\":true}", MTASTS_ESYNTAX, 0 },
	{ "[1]\n", MTASTS_ESYNTAX, 0 },
	{ "SSH-2.0-x\r\n", MTASTS_ESYNTAX, 0 },
	{ NULL, MTASTS_ETIMEOUT, 0 },
};

/* serve_one - be such a peer once */
static void *
serve_one(void *ctx)
{
	int *fd = ctx, c = accept(fd[0], NULL, NULL);
	const char *text = peers[fd[1]].say;
	char chunk[1000];

	assert_true(recv(c, chunk, sizeof(chunk), 0) > 0);
	if (text != NULL)
		say(c, text);
	else
		recv(c, chunk, sizeof(chunk), 0);
	close(c);
	return NULL;
}

/* the client's side, with each of them, and with nobody */
static void
test_client(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct world w = { .folder = "/tmp/mtasts-ctl-XXXXXX" };
	int fd[2] = { socket(AF_UNIX, SOCK_STREAM, 0), 0 };
	struct ctl_question q = { .path = w.path,
		.request = STR("{}"),
		.timeout_ms = 200,
		.line = on_line };
	struct heard h = { 0 };
	pthread_t thread;
	struct buf error;

	q.ctx = &h;
	buf_init(&error, 100);
	assert_non_null(mkdtemp(w.folder));
	snprintf(w.path, sizeof(w.path), "%s/s", w.folder);
	assert_int_equal(ctl_ask(&q, &error), MTASTS_ENOENT);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", w.path);
	assert_int_equal(bind(fd[0], (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(ctl_ask(&q, &error), MTASTS_ENOENT);
	assert_int_equal(listen(fd[0], 5), 0);
	for (; fd[1] < (int)(sizeof(peers) / sizeof(peers[0])); fd[1]++) {
		h.lines = 0;
		assert_int_equal(
		    pthread_create(&thread, NULL, serve_one, fd), 0);
		if (ctl_ask(&q, &error) != peers[fd[1]].want ||
		    h.lines != peers[fd[1]].lines)
			fail_msg("%d", fd[1]);
		pthread_join(thread, NULL);
	}
	q.path = "systemd:ctl";
	assert_int_equal(ctl_ask(&q, &error), MTASTS_ENOENT);
	q.path = "";
	assert_int_equal(ctl_ask(&q, &error), MTASTS_ENOENT);
	assert_int_equal(error.len, 0);
	close(fd[0]);
	unlink(w.path);
	rmdir(w.folder);
	buf_free(&error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_admin),
		cmocka_unit_test(test_user_limit),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
