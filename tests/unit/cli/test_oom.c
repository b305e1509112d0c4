/*
 * test_oom.c - each allocation of a command line fails once
 *
 * Nothing crashes, nothing leaks, and a command that says "fine" has printed
 * all that it prints when memory is there.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "cli/net.h"
#include "cli/out.h"
#include "io/conf.h"
#include "support/oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* run_echo - a command that takes settings and prints a table */
static enum cmd_status
run_echo(struct cmd_env *env, const struct cmd_args *args)
{
	static const char *const heads[] = { "WORD", "" };
	struct out_table *t = out_table_new(heads, 2);
	const char *cells[2] = { "", "" };
	size_t i;

	for (i = 0; i < args->word_count; i++) {
		cells[0] = args->words[i];
		out_table_row(t, cells);
	}
	out_table_print(env, t);
	return cmd_store_url(env) != NULL ? CMD_FINE : CMD_UNKNOWN;
}

static const struct cmd echo = { .name = "thing echo",
	.usage = "WORD...",
	.summary = "print words",
	.words_max = SIZE_MAX,
	.takes_settings = true,
	.run = run_echo };
static const struct cmd *const table[] = { &echo, &cmd_conf_check,
	&cmd_conf_dump, &cmd_query, &cmd_cache_list, &cmd_status,
	&cmd_doctor_postfix, &cmd_doctor_sendmail, NULL };

/* The command lines; CONF stands for a file's path. */
static const char *const lines[][6] = {
	{ "help" },
	{ "thing", "--help" },
	{ "thing", "echo", "--mode", "none", "a", "--config=CONF" },
	{ "thnig", "ehco" },
	{ "conf", "check", "CONF" },
	{ "conf", "check", "CONF", "--json" },
	{ "conf", "dump", "--json" },
	{ "conf", "dump", "--sample" },
	{ "conf", "dump", "--config=CONF" },
	{ "query", "a.example", "--config=CONF" },
	{ "query", "a.example", "--json", "--config=CONF" },
	{ "query", "a.example", "--reply", "QUERY", "--config=CONF" },
	{ "cache", "list", "--config=CONF" },
	{ "status", "--config=CONF" },
	{ "doctor", "postfix", "--postconf=/bin/echo", "--config=CONF" },
	{ "doctor", "sendmail", "--cf=CONF", "--config=CONF", "--json" },
	{ "__complete", "bash" },
	{ "__complete", "fish" },
};

/* The network of this test: one explanation. */
bool
net_given(const struct cmd_args *args)
{
	return false;
}

enum cmd_status
net_smtp_port(struct cmd_env *env, const struct cmd_args *args, unsigned *port)
{
	*port = 25;
	return CMD_FINE;
}

enum cmd_status
net_open(struct cmd_env *env, const struct cmd_args *args, struct net **out)
{
	*out = NULL;
	return CMD_FINE;
}

void
net_close(struct net *net)
{
}

enum mtasts_err
net_explain(struct net *net, struct str key, struct buf *json)
{
	buf_puts(json,
	    "{\"key\":\"a.example\",\"txt\":{\"state\":\"valid\","
	    "\"id\":\"1\"},\"policy\":{\"mode\":\"enforce\",\"mx\":[\"a\"],"
	    "\"until\":\"2026-01-01T00:00:00Z\"},\"mx\":{\"hosts\":[{\"name\":"
	    "\"a\",\"fits\":true,\"dane\":\"none\"}]},\"decision\":{"
	    "\"kind\":\"sts\",\"text\":\"so\"},\"replies\":{\"QUERY\":"
	    "\"OK secure\",\"sts\":\"OK secure\"}}");
	return buf_error(json);
}

/* What one run gave. */
struct got {
	enum cmd_status status;
	char out[65536];
};

/* run_line - run one command line into got */
static void
run_line(const char *const *words, const char *path, struct got *got)
{
	struct cmd_env env = { .in = stdin, .width = 80 };
	char copies[7][128] = { "mtasts" }, *argv[8] = { copies[0] };
	int i, argc;

	for (argc = 1; argc < 7 && words[argc - 1] != NULL; argc++) {
		i = snprintf(
		    copies[argc], sizeof(copies[argc]), "%s", words[argc - 1]);
		if (i >= 4 && strcmp(copies[argc] + i - 4, "CONF") == 0)
			snprintf(copies[argc] + i - 4,
			    sizeof(copies[argc]) - (size_t)i + 4, "%s", path);
		argv[argc] = copies[argc];
	}
	env.out = tmpfile();
	env.err = tmpfile();
	got->status = cmd_run(&env, table, argc, argv);
	conf_free(env.conf);
	rewind(env.out);
	got->out[fread(got->out, 1, sizeof(got->out) - 1, env.out)] = '\0';
	fclose(env.out);
	fclose(env.err);
}

/* test_lines - fail the first allocation, the second, ... of each line */
static void
test_lines(void **state)
{
	static const char text[] =
	    "store: { url: \"sqlite:/tmp\" }\n"
	    "resolver: { control: /tmp/mtasts-oom-none, listen: "
	    "[\"127.0.0.1:1\"] }\n"
	    "rules: { a.example: { mta-sts: require, until: 2030-01-01 }, "
	    "\"*\": { reason: x } }\n"
	    "host: { certificates: [/tmp], workers: 3, metrics: \"\", "
	    "https: [\"[::]:1\"] }\n";
	static struct got want, got;
	char path[] = "/tmp/mtasts-oom-XXXXXX";
	int fd = mkstemp(path);
	unsigned n;
	size_t i;

	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	for (i = 0; i < 2 * sizeof(lines) / sizeof(lines[0]); i++) {
		oom.left = 0;
		run_line(lines[i / 2], path, &want);
		oom.all = i % 2;
		for (n = 1; n < 5000; n++) {
			oom.left = n;
			oom.failed = 0;
			run_line(lines[i / 2], path, &got);
			oom.left = 0;
			if (oom.failed == 0)
				break;
			if (got.status == CMD_FINE &&
			    strcmp(got.out, want.out) != 0)
				fail_msg("%s %s: allocation %u failed, and "
					 "it is fine with %s",
				    lines[i / 2][0], lines[i / 2][1], n,
				    got.out);
		}
		assert_true(n > 1 && n < 5000);
	}
	close(fd);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
