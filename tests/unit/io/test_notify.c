/*
 * test_notify - what systemd is told, and silence without it
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* listen_at - a supervisor at a path; '@' stands for the abstract namespace */
static int
listen_at(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (sa.sun_path[0] == '@')
		sa.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

/* heard - the next message */
static const char *
heard(int fd, char *text, size_t size)
{
	ssize_t n = recv(fd, text, size - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
test_messages(void **state)
{
	char path[100], text[500], big[1000];
	int i, fd;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s-%d-notify",
		    i == 0 ? "@mtasts-test" : "/tmp/mtasts-test",
		    (int)getpid());
		fd = listen_at(path);
		assert_true(notify_ready());
		assert_string_equal(heard(fd, text, sizeof(text)), "READY=1");
		assert_true(notify_stopping());
		assert_string_equal(
		    heard(fd, text, sizeof(text)), "STOPPING=1");
		assert_true(notify_reloading());
		assert_memory_equal(heard(fd, text, sizeof(text)),
		    "RELOADING=1\nMONOTONIC_USEC=", 27);
		/* A line end would begin another assignment. */
		assert_true(notify_status("all is well\nREADY=0"));
		assert_string_equal(
		    heard(fd, text, sizeof(text)), "STATUS=all is well");
		memset(big, 'x', sizeof(big) - 1);
		big[sizeof(big) - 1] = '\0';
		assert_true(notify_status(big));
		assert_int_equal(
		    strlen(heard(fd, text, sizeof(text))), 7 + 200);
		close(fd);
		if (path[0] == '/')
			unlink(path);
		/* Nobody listens any more. */
		assert_false(notify_ready());
	}
}

static void
test_silence(void **state)
{
	static const char *const bad[] = {
		"", "@", "relative", "/tmp/no/such/socket",
		"/0123456789012345678901234567890123456789012345678901234567"
		"890123456789012345678901234567890123456789012345678901234567"
	};
	size_t i;

	unsetenv("NOTIFY_SOCKET");
	assert_false(notify_ready());
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		assert_false(notify_ready());
		assert_false(notify_status("x"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
