/*
 * test_listen - the grammar of addresses, and opening them
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_parse_good(void **state)
{
	static const struct {
		const char *text, *addr;
		unsigned port;
	} t[] = {
		{ "127.0.0.1:443", "127.0.0.1", 443 },
		{ "inet:127.0.0.1:0", "127.0.0.1", 0 },
		{ "*:80", "0.0.0.0", 80 },
		{ "0.0.0.0:65535", "0.0.0.0", 65535 },
		{ "[::1]:443", "::1", 443 },
		{ "[::]:8461", "::", 8461 },
		{ "inet:[2001:db8::1]:25", "2001:db8::1", 25 },
	};
	struct listen_addr a;
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)&a.sa;
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.sa;

		assert_int_equal(listen_parse(t[i].text, &a, NULL), MTASTS_OK);
		assert_int_equal(a.kind, LISTEN_INET);
		if (a.sa.ss_family == AF_INET)
			inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
		else
			inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		assert_string_equal(text, t[i].addr);
		assert_int_equal(ntohs(v4->sin_port), t[i].port);
	}
}

static void
test_parse_unix(void **state)
{
	struct listen_addr a;

	assert_int_equal(listen_parse("unix:/run/x.sock", &a, NULL), MTASTS_OK);
	assert_int_equal(a.kind, LISTEN_UNIX);
	assert_string_equal(
	    ((struct sockaddr_un *)&a.sa)->sun_path, "/run/x.sock");
	assert_int_equal(a.mode, -1);
	assert_string_equal(a.owner, "");
	assert_int_equal(
	    listen_parse("unix:/x,mode=0660,group=mail,owner=7", &a, NULL),
	    MTASTS_OK);
	assert_int_equal(a.mode, 0660);
	assert_string_equal(a.owner, "7");
	assert_string_equal(a.group, "mail");
	assert_int_equal(listen_parse("systemd:policy", &a, NULL), MTASTS_OK);
	assert_int_equal(a.kind, LISTEN_SYSTEMD);
	assert_string_equal(a.name, "policy");
}

/* rule_of - the finding of the only complaint; it says how to mend it */
static const char *
rule_of(const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f = mtasts_diags_get(diags, 0);

	assert_int_equal(mtasts_diags_count(diags), 1);
	assert_true(strlen(f->fix) > 10);
	assert_true(strlen(f->message) > 10);
	return f->name;
}

static void
test_parse_bad(void **state)
{
	static const char long_path[] =
	    "unix:/123456789/123456789/123456789/123456789/123456789/12345678"
	    "/123456789/123456789/123456789/123456789/12345678";
	static const struct {
		const char *text, *rule;
	} t[] = {
		{ "", "listen-form" },
		{ "443", "listen-form" },
		{ "127.0.0.1", "listen-form" },
		{ "::1:443", "listen-form" },
		{ "[::1:443", "listen-form" },
		{ "[::1]", "listen-form" },
		{ "[::1]x:443", "listen-form" },
		{ "127.0.0.1:", "listen-port" },
		{ "127.0.0.1:65536", "listen-port" },
		{ "127.0.0.1:-1", "listen-port" },
		{ "127.0.0.1:https", "listen-port" },
		{ "[::1]:", "listen-port" },
		{ "localhost:443", "listen-address" },
		{ ":443", "listen-address" },
		{ "127.0.0.256:443", "listen-address" },
		{ "[127.0.0.1]:443", "listen-address" },
		{ "[fe80::1%lo]:443", "listen-address" },
		{ "unix:", "listen-path" },
		{ "unix:relative", "listen-path" },
		{ long_path, "listen-path" },
		{ "unix:/x,", "listen-option" },
		{ "unix:/x,mode=9", "listen-option" },
		{ "unix:/x,mode=01777", "listen-option" },
		{ "unix:/x,mode=", "listen-option" },
		{ "unix:/x,user=a", "listen-option" },
		{ "systemd:", "listen-name" },
		{ "systemd:a:b", "listen-name" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct listen_addr a;

		memset(&a, 0x5a, sizeof(a));
		assert_int_equal(
		    listen_parse(t[i].text, &a, diags), MTASTS_ESYNTAX);
		if (strcmp(rule_of(diags), t[i].rule) != 0)
			fail_msg("%s: %s, want %s", t[i].text, rule_of(diags),
			    t[i].rule);
		assert_int_equal(a.mode, 0x5a5a5a5a);
		mtasts_diags_free(diags);
	}
}

/* connect_to - a client socket to a listening one; -1 with errno */
static int
connect_to(int listening)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd;

	assert_int_equal(
	    getsockname(listening, (struct sockaddr *)&sa, &len), 0);
	fd = socket(sa.ss_family, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&sa, len) == 0)
		return fd;
	close(fd);
	return -1;
}

/* option - the value of a socket option */
static int
option(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	getsockopt(fd, level, name, &value, &len);
	return value;
}

static void
test_open_inet(void **state)
{
	struct listen_set set;
	int client, peer;

	listen_init(&set);
	assert_int_equal(listen_open(&set, "127.0.0.1:0", NULL), MTASTS_OK);
	assert_int_equal(set.count, 1);
	assert_true(listen_port(&set.v[0]) > 0);
	assert_true(strncmp(set.v[0].label, "127.0.0.1:", 10) == 0);
	assert_false(set.v[0].is_unix);
	assert_true(fcntl(set.v[0].fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(set.v[0].fd, F_GETFD) & FD_CLOEXEC);
	client = connect_to(set.v[0].fd);
	assert_true(client >= 0);
	peer = accept(set.v[0].fd, NULL, NULL);
	assert_true(peer >= 0);
	assert_true(option(peer, IPPROTO_TCP, TCP_NODELAY) > 0);
	close(peer);
	close(client);
	listen_close(&set);
	assert_int_equal(set.count, 0);
}

static void
test_open_v6(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct listen_set set;
	char text[40];

	listen_init(&set);
	if (listen_open(&set, "[::1]:0", diags) != MTASTS_OK) {
		print_message("skipped: no IPv6 here\n");
		mtasts_diags_free(diags);
		skip();
	}
	assert_true(option(set.v[0].fd, IPPROTO_IPV6, IPV6_V6ONLY) > 0);
	assert_true(strncmp(set.v[0].label, "[::1]:", 6) == 0);
	/* The same port of IPv4 stays free for its own socket. */
	listen_close(&set);
	assert_int_equal(listen_open(&set, "[::]:0", NULL), MTASTS_OK);
	snprintf(text, sizeof(text), "0.0.0.0:%u", listen_port(&set.v[0]));
	assert_int_equal(listen_open(&set, text, NULL), MTASTS_OK);
	assert_int_equal(set.count, 2);
	listen_close(&set);
	mtasts_diags_free(diags);
}

static void
test_open_fails(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct listen_set set;
	char text[40];

	listen_init(&set);
	assert_int_equal(listen_open(&set, "127.0.0.1:0", NULL), MTASTS_OK);
	snprintf(text, sizeof(text), "127.0.0.1:%u", listen_port(&set.v[0]));
	assert_int_equal(listen_open(&set, text, diags), MTASTS_ESYS);
	assert_string_equal(rule_of(diags), "listen-in-use");
	assert_int_equal(set.count, 1);
	mtasts_diags_free(diags);

	diags = mtasts_diags_new();
	assert_int_equal(listen_open(&set, "192.0.2.1:0", diags), MTASTS_ESYS);
	assert_string_equal(rule_of(diags), "listen-not-here");
	mtasts_diags_free(diags);

	diags = mtasts_diags_new();
	assert_int_equal(
	    listen_open(&set, "unix:/nowhere/at/all/x", diags), MTASTS_ESYS);
	assert_string_equal(rule_of(diags), "listen-failed");
	mtasts_diags_free(diags);

	diags = mtasts_diags_new();
	assert_int_equal(listen_open(&set, "nonsense", diags), MTASTS_ESYNTAX);
	mtasts_diags_free(diags);
	assert_int_equal(set.count, 1);
	listen_close(&set);
}

/* privilege_child - as nobody: status 0 when the finding is right */
static int
privilege_child(void)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct listen_set set;

	listen_init(&set);
	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 77;
	if (listen_open(&set, "127.0.0.1:81", diags) == MTASTS_OK)
		return 77; /* net.ipv4.ip_unprivileged_port_start */
	return strcmp(mtasts_diags_get(diags, 0)->name, "listen-privilege") !=
	    0;
}

static void
test_privilege(void **state)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(privilege_child());
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped: cannot become an unprivileged user "
			      "who may not bind port 81\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_unix(void **state)
{
	char dir[] = "/tmp/mtasts-listen-XXXXXX", path[100], text[150];
	struct mtasts_diags *diags = mtasts_diags_new();
	struct listen_set set, other;
	struct stat st;
	int client, left;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	snprintf(text, sizeof(text), "unix:%s,mode=0620,owner=%u", path,
	    (unsigned)getuid());
	listen_init(&set);
	listen_init(&other);
	assert_int_equal(listen_open(&set, text, diags), MTASTS_OK);
	assert_true(set.v[0].is_unix);
	assert_int_equal(listen_port(&set.v[0]), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0620);
	client = connect_to(set.v[0].fd);
	assert_true(client >= 0);
	close(client);

	/* Another one does not take it away while it lives. */
	assert_int_equal(listen_open(&other, text, diags), MTASTS_ESYS);
	assert_string_equal(rule_of(diags), "listen-in-use");
	assert_int_equal(stat(path, &st), 0);

	/* Closed in order it is gone. */
	listen_close(&set);
	assert_int_not_equal(stat(path, &st), 0);

	/* Left behind by a crash it is replaced. */
	left = socket(AF_UNIX, SOCK_STREAM, 0);
	{
		struct sockaddr_un sa = { .sun_family = AF_UNIX };

		snprintf(sa.sun_path, sizeof(sa.sun_path), "%.90s", path);
		assert_int_equal(
		    bind(left, (struct sockaddr *)&sa, sizeof(sa)), 0);
	}
	close(left);
	assert_int_equal(listen_open(&set, text, NULL), MTASTS_OK);

	/* A file that took our place is not ours to remove. */
	assert_int_equal(unlink(path), 0);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	listen_close(&set);
	assert_int_equal(stat(path, &st), 0);
	/* And what is no socket is never replaced. */
	assert_int_equal(listen_open(&set, text, NULL), MTASTS_ESYS);
	assert_int_equal(stat(path, &st), 0);
	unlink(path);
	rmdir(dir);
	mtasts_diags_free(diags);
}

static void
test_unix_owner(void **state)
{
	char dir[] = "/tmp/mtasts-listen-XXXXXX", text[150];
	struct mtasts_diags *diags = mtasts_diags_new();
	struct listen_set set;

	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof(text), "unix:%s/s,owner=no-such-user-here", dir);
	listen_init(&set);
	assert_int_equal(listen_open(&set, text, diags), MTASTS_ESYS);
	assert_string_equal(rule_of(diags), "listen-owner");
	assert_int_equal(set.count, 0);
	/* Nothing is left behind, or this fails. */
	assert_int_equal(rmdir(dir), 0);
	mtasts_diags_free(diags);
}

/*
 * systemd_child - as systemd starts us: sockets from 3 on; 0 when all is well
 */
static int
systemd_child(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct listen_set set;
	char pid[20];
	int i, fd;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	closefrom(3);
	for (i = 0; i < 3; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd != 3 + i ||
		    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
		    (i < 2 && listen(fd, 5) != 0))
			return 1;
	}
	listen_init(&set);
	if (listen_open(&set, "systemd:a", diags) != MTASTS_ENOENT ||
	    strcmp(mtasts_diags_get(diags, 0)->name, "listen-systemd") != 0)
		return 2;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "3", 1);
	setenv("LISTEN_FDNAMES", "a:a:b", 1);
	if (listen_open(&set, "systemd:a", diags) != MTASTS_OK ||
	    set.count != 2 || !set.v[0].inherited || set.v[0].is_unix ||
	    listen_port(&set.v[0]) == 0 ||
	    (fcntl(set.v[0].fd, F_GETFL) & O_NONBLOCK) == 0)
		return 3;
	if (listen_open(&set, "systemd:c", diags) != MTASTS_ENOENT)
		return 4;
	/* The third does not listen. */
	if (listen_open(&set, "systemd:b", diags) != MTASTS_ESYS ||
	    set.count != 2)
		return 5;
	setenv("LISTEN_PID", "1", 1);
	if (listen_open(&set, "systemd:a", diags) != MTASTS_ENOENT)
		return 6;
	listen_close(&set);
	mtasts_diags_free(diags);
	return 0;
}

static void
test_systemd(void **state)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(systemd_child());
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_good),
		cmocka_unit_test(test_parse_unix),
		cmocka_unit_test(test_parse_bad),
		cmocka_unit_test(test_open_inet),
		cmocka_unit_test(test_open_v6),
		cmocka_unit_test(test_open_fails),
		cmocka_unit_test(test_privilege),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_unix_owner),
		cmocka_unit_test(test_systemd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
