/*
 * test_cmd.c - the command line: parsing, help, guesses, exit status
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/out.h"
#include "io/conf.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define ARGS_MAX 12

/* run_echo - prints the words and options it was given */
static enum cmd_status
run_echo(struct cmd_env *env, const struct cmd_args *args)
{
	const char *format = cmd_value(args, "format");
	size_t i;

	fprintf(env->out, "run");
	for (i = 0; i < args->word_count; i++)
		fprintf(env->out, " %s", args->words[i]);
	if (format != NULL)
		fprintf(env->out, " format:%s", format);
	if (cmd_flag(args, "force"))
		fputs(" force", env->out);
	if (env->json)
		fputs(" json", env->out);
	if (env->config != NULL)
		fprintf(env->out, " config:%s", env->config);
	if (env->store != NULL)
		fprintf(env->out, " store:%s", env->store);
	fputc('\n', env->out);
	return CMD_FINE;
}

/* run_problem - a command that finds something */
static enum cmd_status
run_problem(struct cmd_env *env, const struct cmd_args *args)
{
	return CMD_PROBLEM;
}

/* run_store - prints the registry's URL */
static enum cmd_status
run_store(struct cmd_env *env, const struct cmd_args *args)
{
	const char *url = cmd_store_url(env);

	if (url == NULL)
		return CMD_UNKNOWN;
	fprintf(env->out, "%s\n", url);
	return CMD_FINE;
}

static const struct cmd_opt echo_opts[] = {
	{ "format", "bind|table", "which form" },
	{ "force", NULL, "do it all the same" },
	{ NULL, NULL, NULL },
};

static const struct cmd thing_add = {
	.name = "thing add",
	.usage = "NAME [KEY=VALUE...]",
	.summary = "add a thing",
	.help = "First paragraph of some length, which is wrapped when the "
		"terminal is not so wide.\n\n  code stays\n\nLast.",
	.opts = echo_opts,
	.words_min = 1,
	.words_max = SIZE_MAX,
	.takes_settings = true,
	.run = run_echo,
};
static const struct cmd thing_show = { .name = "thing show",
	.usage = "NAME",
	.summary = "show a thing",
	.words_min = 1,
	.words_max = 1,
	.run = run_echo };
static const struct cmd match = { .name = "match",
	.usage = "HOST FILE...",
	.summary = "match it",
	.opts = echo_opts,
	.words_min = 2,
	.words_max = SIZE_MAX,
	.run = run_echo };
static const struct cmd match_all = { .name = "match all",
	.usage = "",
	.summary = "match all of it's things",
	.run = run_echo };
static const struct cmd problem = { .name = "problem",
	.usage = "",
	.summary = "find something",
	.run = run_problem };
static const struct cmd store = { .name = "store",
	.usage = "",
	.summary = "where the registry is",
	.run = run_store };

static const struct cmd *const table[] = { &thing_add, &thing_show, &match,
	&match_all, &problem, &store, &cmd_conf_check, &cmd_conf_dump, NULL };

/* What a command line printed. */
struct got {
	enum cmd_status status;
	char *out, *err;
};

/* drain - all bytes of a stream that was written to; yours: mem_free() */
static char *
drain(FILE *f)
{
	char chunk[4096];
	struct buf b;
	size_t n;

	buf_init(&b, 1 << 20);
	fflush(f);
	rewind(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&b, chunk, n);
	buf_puts(&b, "");
	fclose(f);
	return b.p != NULL ? buf_take(&b) : mem_strdup(STR(""));
}

/* run_argv - run a command line */
static struct got
run_argv(int argc, char **argv)
{
	struct cmd_env env = { .in = stdin,
		.out = tmpfile(),
		.err = tmpfile(),
		.width = 80,
		.now_at = 1800000000 };
	struct got got;

	got.status = cmd_run(&env, table, argc, argv);
	got.out = drain(env.out);
	got.err = drain(env.err);
	conf_free(env.conf);
	return got;
}

/* run_words - the same of words between blanks */
static struct got
run_words(const char *line)
{
	char name[] = "mtasts", *argv[ARGS_MAX + 2] = { name };
	struct arena *arena = arena_new(65536);
	struct str rest = str_of(line), word;
	struct got got;
	int argc = 1;

	while (rest.len > 0) {
		str_cut(rest, ' ', &word, &rest);
		argv[argc++] = arena_dup(arena, word);
	}
	got = run_argv(argc, argv);
	arena_free(arena);
	return got;
}

/* A command line and what it must say. */
struct line {
	const char *line;
	enum cmd_status status;
	const char *out; /* a piece of the output, or null: nothing there */
	const char *err; /* a piece of the messages, or null: none */
};

static const struct line lines[] = {
	/* words and options */
	{ "thing add a b", CMD_FINE, "run a b\n", NULL },
	{ "thing add --force a --format table b", CMD_FINE,
	    "run a b format:table force\n", NULL },
	{ "thing add --format=table a", CMD_FINE, "run a format:table\n",
	    NULL },
	{ "thing add --format= a", CMD_FINE, "run a format:\n", NULL },
	{ "thing add a -- --force -x", CMD_FINE, "run a --force -x\n", NULL },
	{ "match - --force --", CMD_USAGE, NULL, "a word is missing" },
	{ "match - -", CMD_FINE, "run - -\n", NULL },
	{ "match all", CMD_FINE, "run\n", NULL },
	{ "match --force all b", CMD_FINE, "run all b force\n", NULL },
	{ "-- match a b", CMD_FINE, "run a b\n", NULL },
	{ "problem", CMD_PROBLEM, NULL, NULL },
	/* options of all commands, before and behind */
	{ "--json thing --config /a add x --store sqlite:b", CMD_FINE,
	    "run x json config:/a store:sqlite:b\n", NULL },
	{ "thing add x --json", CMD_FINE, "run x json\n", NULL },
	{ "--store=sqlite:/s store", CMD_FINE, "sqlite:/s\n", NULL },
	{ "store --config /does/not/exist", CMD_UNKNOWN, NULL,
	    "no configuration file /does/not/exist" },
	/* settings */
	{ "thing add x --mode testing --max-age=1w", CMD_FINE,
	    "run x mode=testing max-age=1w\n", NULL },
	{ "thing add x --mode", CMD_USAGE, NULL, "--mode needs a value" },
	{ "thing show x --mode testing", CMD_USAGE, NULL,
	    "unknown option --mode" },
	{ "thing add x --mdoe testing", CMD_USAGE, NULL,
	    "did you mean --mode?" },
	/* wrong usage */
	{ "", CMD_USAGE, NULL, "usage: mtasts COMMAND" },
	{ "thing", CMD_USAGE, NULL, "usage: mtasts thing COMMAND" },
	{ "thing add", CMD_USAGE, NULL, "usage: mtasts thing add NAME" },
	{ "thing show a b", CMD_USAGE, NULL, "'b' is one word too many" },
	{ "thing add --force=yes a", CMD_USAGE, NULL, "takes no value" },
	{ "thing add --force --force a", CMD_USAGE, NULL, "given twice" },
	{ "thing add a --format", CMD_USAGE, NULL,
	    "--format needs a value: --format bind|table" },
	{ "thing add a --frmat x", CMD_USAGE, NULL, "did you mean --format?" },
	{ "thing add a --jsn", CMD_USAGE, NULL, "did you mean --json?" },
	{ "thing add a -x", CMD_USAGE, NULL, "unknown option -x" },
	{ "--force thing add a", CMD_USAGE, NULL, "stand behind its name" },
	{ "--jsno thing add a", CMD_USAGE, NULL, "did you mean --json?" },
	{ "--config", CMD_USAGE, NULL, "--config needs a value" },
	{ "__complete tcsh", CMD_USAGE, NULL, "bash, zsh and fish" },
	/* commands that do not exist */
	{ "thnig add x", CMD_USAGE, NULL, "did you mean 'mtasts thing add'?" },
	{ "thing ad x", CMD_USAGE, NULL, "did you mean 'mtasts thing add'?" },
	{ "add x", CMD_USAGE, NULL, "did you mean 'mtasts thing add'?" },
	{ "show thing x", CMD_USAGE, NULL,
	    "did you mean 'mtasts thing show'?" },
	{ "mtach a b", CMD_USAGE, NULL, "did you mean 'mtasts match'?" },
	{ "mtach", CMD_USAGE, NULL, "did you mean 'mtasts match'?" },
	{ "teleport", CMD_USAGE, NULL, "'mtasts help' lists them" },
	{ "\033[2J", CMD_USAGE, NULL, "'\\x1B[2J'" },
	/* help and version */
	{ "--version", CMD_FINE, "mtasts " MTASTS_VERSION "\n", NULL },
	{ "--help", CMD_FINE, "usage: mtasts COMMAND", NULL },
	{ "-h", CMD_FINE, "usage: mtasts COMMAND", NULL },
	{ "help", CMD_FINE, "Example:", NULL },
	{ "help thing", CMD_FINE, "  add NAME [KEY=VALUE...]", NULL },
	{ "thing --help", CMD_FINE, "  show NAME", NULL },
	{ "help thing add", CMD_FINE, "--format bind|table", NULL },
	{ "thing add --help", CMD_FINE, "\n  code stays\n", NULL },
	{ "--help thing add", CMD_FINE, "KEY is one of mode, mx", NULL },
	{ "help thign", CMD_USAGE, NULL, "did you mean 'mtasts thing" },
	{ "help help", CMD_USAGE, NULL, "unknown command" },
	/* the configuration */
	{ "conf check /does/not/exist", CMD_UNKNOWN, NULL, "no file" },
	{ "conf dump --sample", CMD_FINE, "  #max-requests: 100\n", NULL },
};

/* test_lines - every row of the table */
static void
test_lines(void **state)
{
	struct got got;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct line *l = &lines[i];

		got = run_words(l->line);
		if (got.status != l->status ||
		    (l->out != NULL ? strstr(got.out, l->out) == NULL
				    : got.out[0] != '\0') ||
		    (l->err != NULL ? strstr(got.err, l->err) == NULL
				    : got.err[0] != '\0'))
			fail_msg("'%s': status %d\nout: %s\nerr: %s", l->line,
			    (int)got.status, got.out, got.err);
		mem_free(got.out);
		mem_free(got.err);
	}
}

/* test_help_screen - help for all fits 80 columns and one screen */
static void
test_help_screen(void **state)
{
	struct got got = run_words("help");
	struct str rest = str_of(got.out), line;
	size_t count = 0;

	while (str_line(&rest, &line, NULL)) {
		assert_true(line.len <= 80);
		count++;
	}
	assert_true(count <= 24);
	mem_free(got.out);
	mem_free(got.err);
}

/* test_check - conf check: text and JSON, good and bad */
static void
test_check(void **state)
{
	char path[] = "/tmp/mtasts-cmd-XXXXXX", line[256];
	int fd = mkstemp(path);
	struct got got;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "host: { wrokers: 1 }\n", 21), 21);
	snprintf(line, sizeof(line), "conf check %s", path);
	got = run_words(line);
	assert_int_equal(got.status, CMD_PROBLEM);
	assert_non_null(strstr(got.out, ":1:9: "));
	assert_non_null(strstr(got.out, ": 1 fault\n"));
	mem_free(got.out);
	mem_free(got.err);
	snprintf(line, sizeof(line), "--json conf check %s", path);
	got = run_words(line);
	assert_int_equal(got.status, CMD_PROBLEM);
	assert_non_null(strstr(got.out, "\"valid\": false"));
	assert_non_null(strstr(got.out, "conf-unknown-option"));
	mem_free(got.out);
	mem_free(got.err);
	snprintf(line, sizeof(line), "conf dump --config %s", path);
	got = run_words(line);
	assert_int_equal(got.status, CMD_UNKNOWN);
	assert_string_equal(got.out, "");
	mem_free(got.out);
	mem_free(got.err);

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(
	    pwrite(fd, "store: { url: \"sqlite:/no/f\" }\n", 31, 0), 31);
	snprintf(line, sizeof(line), "conf check %s", path);
	got = run_words(line);
	assert_int_equal(got.status, CMD_FINE);
	assert_non_null(strstr(got.out, ": ok, but see the warnings"));
	assert_non_null(strstr(got.out, "warning store: url: /no/f "));
	mem_free(got.out);
	mem_free(got.err);
	snprintf(line, sizeof(line), "conf dump --json --config %s", path);
	got = run_words(line);
	assert_int_equal(got.status, CMD_FINE);
	assert_non_null(strstr(got.out, "\"url\": \"sqlite:/no/f\""));
	assert_non_null(strstr(got.out, "\"idle-timeout\": \"15s\""));
	mem_free(got.out);
	mem_free(got.err);
	snprintf(line, sizeof(line), "store --config=%s", path);
	got = run_words(line);
	assert_string_equal(got.out, "sqlite:/no/f\n");
	mem_free(got.out);
	mem_free(got.err);
	close(fd);
	unlink(path);
}

/* What conf check must warn of. */
static const struct {
	const char *conf;
	const char *says; /* "!" before it: must not be there */
} warnings[] = {
	{ "host: { https: [], http: [] }", "no address to listen on [C14]" },
	{ "host: { http: [\"0.0.0.0:80\"] }", "0.0.0.0:80 is open" },
	{ "host: { http: [\"[::]:80\"] }", "[::]:80 is open to other" },
	{ "host: { http: [\"[::1]:80\", \"127.9.9.9:80\", \"systemd:x\", "
	  "\"unix:/x\"] }",
	    "![C15]" },
	{ "dns: { backend: stub, server: [192.0.2.1] }",
	    "mtasts-resolver will not start" },
	{ "dns: { trust-anchor: /nonexistent }", "[C16]" },
	{ "dns: { backend: stub, server: [127.0.0.1] }", "![C16]" },
	{ "resolver: { listen: [\"0.0.0.0:8461\"] }", "0.0.0.0:8461 is open" },
	{ "resolver: { listen: [\"127.0.0.1:1\", \"unix:/x\"] }", "![C17]" },
	{ "rules: { a.example: { until: 1999-01-31 } }",
	    "a.example has not held since 1999-01-31" },
	{ "rules: { a.example: { until: 2999-01-31 }, b.example: {} }",
	    "![C18]" },
	{ "acme: { enabled: true, program: /nonexistent/uacme }",
	    "no certificate can be ordered" },
	{ "acme: { enabled: true, program: /nonexistent/uacme }", "[C23]" },
	{ "acme: { enabled: false, program: /nonexistent/uacme }", "![C23]" },
	/* Authorities come by http. */
	{ "acme: { enabled: true }\nhost: { http: [\"0.0.0.0:80\"] }",
	    "![C15]" },
	/* What mtasts-publisher will do with it. */
	{ "acme: { enabled: false }", "off: certificates come from elsewhere" },
	{ "push: []", "none: records are set by hand" },
	{ "push: [ { method: hook, program: /bin/true } ]",
	    "hook for every zone" },
};

/* test_warnings - what is allowed but hardly meant */
static void
test_warnings(void **state)
{
	char path[] = "/tmp/mtasts-cmd-XXXXXX", line[256];
	int fd = mkstemp(path);
	const char *says;
	struct got got;
	size_t i;

	snprintf(line, sizeof(line), "conf check %s", path);
	for (i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(
		    pwrite(fd, warnings[i].conf, strlen(warnings[i].conf), 0),
		    strlen(warnings[i].conf));
		got = run_words(line);
		assert_int_equal(got.status, CMD_FINE);
		says = warnings[i].says;
		if (says[0] == '!')
			assert_null(strstr(got.out, says + 1));
		else
			assert_non_null(strstr(got.out, says));
		mem_free(got.out);
		mem_free(got.err);
	}
	close(fd);
	unlink(path);
}

/* run_into - a command line whose output goes to a file */
static struct got
run_into(FILE *out, const char *word)
{
	char name[] = "mtasts", copy[64], *argv[] = { name, copy, NULL };
	struct cmd_env env = { .out = out, .err = tmpfile(), .width = 80 };
	struct got got;

	snprintf(copy, sizeof(copy), "%s", word);
	got.status = cmd_run(&env, table, 2, argv);
	got.out = NULL;
	got.err = drain(env.err);
	fclose(out);
	return got;
}

/* test_write_error - output that is lost is noticed, a closed pipe silently */
static void
test_write_error(void **state)
{
	struct got got;
	int fds[2];
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	got = run_into(full, "help");
	assert_int_equal(got.status, CMD_UNKNOWN);
	assert_non_null(strstr(got.err, "cannot write the output"));
	mem_free(got.err);

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	got = run_into(fdopen(fds[1], "w"), "help");
	assert_int_equal(got.status, CMD_UNKNOWN);
	assert_string_equal(got.err, "");
	mem_free(got.err);
}

/* script_of - the completion script of a shell; yours: mem_free() */
static char *
script_of(const char *shell)
{
	char line[64];
	struct got got;

	snprintf(line, sizeof(line), "__complete %s", shell);
	got = run_words(line);
	assert_int_equal(got.status, CMD_FINE);
	assert_string_equal(got.err, "");
	mem_free(got.err);
	return got.out;
}

/* What bash must offer at the end of a line. */
static const struct {
	const char *words; /* of COMP_WORDS, the last one is completed */
	const char *offers; /* sorted, between blanks */
} bash_rows[] = {
	{ "mtasts th", "thing" },
	{ "mtasts thing ''", "--help add show" },
	{ "mtasts thing a", "add" },
	{ "mtasts help ma", "match" },
	{ "mtasts --config x thing sh", "show" },
	{ "mtasts thing add --fo", "--force --format" },
	{ "mtasts thing add --format ''", "bind table" },
	{ "mtasts thing add --format = t", "table" },
	{ "mtasts thing add x --mo", "--mode" },
	{ "mtasts match a /etc/pass", "/etc/passwd" },
	{ "mtasts thing add /etc/pass", "" },
	{ "mtasts match all --", "--config --help --json --store" },
	{ "mtasts match a", "all" },
	{ "mtasts --config /etc/pass", "/etc/passwd" },
};

/* test_bash - what bash itself offers with the script */
static void
test_bash(void **state)
{
	char *script = script_of("bash");
	char path[] = "/tmp/mtasts-bash-XXXXXX", command[2048], line[1024];
	int fd = mkstemp(path);
	size_t i;
	FILE *f;

	if (system("command -v bash >/dev/null") != 0) {
		print_message("skipped: bash is not installed\n");
		mem_free(script);
		skip();
	}
	assert_int_equal(
	    write(fd, script, strlen(script)), (ssize_t)strlen(script));
	close(fd);
	snprintf(command, sizeof(command),
	    "bash -uc '. %s; eval \"COMP_WORDS=($WORDS)\"; "
	    "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mtasts; "
	    "printf \"%%s\\n\" \"${COMPREPLY[@]}\" | LC_ALL=C sort -u | "
	    "grep -v \"^/etc/passwd.\" | paste -sd \" \"'",
	    path);
	for (i = 0; i < sizeof(bash_rows) / sizeof(bash_rows[0]); i++) {
		/* The words hold quotes, so they travel outside the command. */
		setenv("WORDS", bash_rows[i].words, 1);
		f = popen(command, "r");
		assert_non_null(f);
		line[fread(line, 1, sizeof(line) - 1, f)] = '\0';
		pclose(f);
		line[strcspn(line, "\n")] = '\0';
		assert_string_equal(line, bash_rows[i].offers);
	}
	unlink(path);
	mem_free(script);
}

/* test_shells - the scripts of zsh and fish know the table */
static void
test_shells(void **state)
{
	char *zsh = script_of("zsh"), *fish = script_of("fish");

	assert_true(str_starts(str_of(zsh), STR("#compdef mtasts\n")));
	assert_non_null(strstr(zsh, "'thing add')"));
	assert_non_null(strstr(fish, "-a show -d 'show a thing'"));
	assert_non_null(strstr(fish, "match all of it'\\''s things"));
	assert_non_null(strstr(fish, "-l format -x -a 'bind table'"));
	mem_free(zsh);
	mem_free(fish);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_help_screen),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_write_error),
		cmocka_unit_test(test_bash),
		cmocka_unit_test(test_shells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
