/*
 * test_cmd_query - query and cache, before a daemon that answers from a table
 *
 * What the network says is the test's own: see net_explain() below. The pages
 * are compared with tests/vectors/query.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "cli/net.h"
#include "cli/query_print.h"
#include "io/conf.h"
#include "support/fake_resolver.h"
#include "support/golden.h"

#include <stdio.h>
#include <stdlib.h>

static const struct cmd *const commands[] = { &cmd_query, &cmd_cache_list,
	&cmd_cache_show, &cmd_cache_purge, &cmd_cache_refresh, NULL };

/* What net_explain() gives; null: it fails. */
static const char *explained;
static char asked[256];

/* The network of this test. */
bool
net_given(const struct cmd_args *args)
{
	return cmd_value(args, "resolver") != NULL;
}

enum cmd_status
net_smtp_port(struct cmd_env *env, const struct cmd_args *args, unsigned *port)
{
	*port = cmd_value(args, "smtp-port") != NULL ? 2525 : 25;
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
	snprintf(asked, sizeof(asked), "%" STR_FMT, STR_ARG(key));
	if (explained == NULL)
		return MTASTS_ETIMEOUT;
	buf_puts(json, explained);
	return MTASTS_OK;
}

/* One run of the command line. */
struct run {
	int status;
	char *out, *err;
};

/* run_words - a line of words with the configuration's option behind it */
static struct run
run_words(const struct fake_resolver *f, const char *line)
{
	struct cmd_env env = { .in = stdin, .width = 80 };
	char copy[512], *argv[16] = { (char *)"mtasts" }, *save = NULL;
	struct run r = { 0 };
	size_t out_len, err_len;
	int argc = 1;

	assert_int_equal(
	    timefmt_parse_rfc3339(STR("2026-01-31T12:00:00Z"), &env.now_at),
	    MTASTS_OK);
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc++] = (char *)"--config";
	argv[argc++] = (char *)f->config;
	env.out = open_memstream(&r.out, &out_len);
	env.err = open_memstream(&r.err, &err_len);
	r.status = (int)cmd_run(&env, commands, argc, argv);
	fclose(env.out);
	fclose(env.err);
	conf_free(env.conf);
	return r;
}

/* run_free - release what was printed */
static void
run_free(struct run *r)
{
	free(r->out);
	free(r->err);
}

/* check - run a line; status and pieces of output and messages must fit */
static void
check(const struct fake_resolver *f, const char *line, int status,
    const char *out, const char *err)
{
	struct run r = run_words(f, line);

	if (r.status != status || (out != NULL && !strstr(r.out, out)) ||
	    (err != NULL && !strstr(r.err, err)))
		fail_msg("%s: %d\n%s\n%s", line, r.status, r.out, r.err);
	run_free(&r);
}

/* load - a file of the vectors; yours: free() */
static char *
load(const char *name, const char *end)
{
	const char *source = getenv("MTASTS_SOURCE");
	char path[1024], *text = calloc(1, GOLDEN_MAX);
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/vectors/query/%s.%s",
	    source != NULL ? source : ".", name, end);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, GOLDEN_MAX - 1, f) > 0);
	fclose(f);
	return text;
}

/* Explanations and the exit status each must have. */
static const struct {
	const char *name;
	enum cmd_status status;
} pages[] = {
	{ "enforce", CMD_FINE },
	{ "dane", CMD_FINE },
	{ "broken", CMD_PROBLEM },
	{ "temp", CMD_PROBLEM },
	{ "nothing", CMD_PROBLEM },
	{ "unknown", CMD_UNKNOWN },
	{ "address", CMD_USAGE },
};

/* each explanation makes its page, no line wider than the screen */
static void
test_pages(void **state)
{
	struct fake_resolver f;
	struct str rest, line;
	char name[64], *json;
	struct run r;
	struct buf b;
	size_t i;

	fake_open(&f, NULL);
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		explained = json = load(pages[i].name, "json");
		r = run_words(&f, "query x.example --direct");
		assert_int_equal(r.status, pages[i].status);
		assert_string_equal(r.err, "");
		buf_init(&b, GOLDEN_MAX);
		buf_puts(&b, r.out);
		snprintf(name, sizeof(name), "query/%s.txt", pages[i].name);
		golden_check(name, &b);
		for (rest = buf_str(&b); str_line(&rest, &line, NULL);)
			assert_true(line.len <= 80 ||
			    str_chr(str_trim(str_sub(line, 20, line.len)),
				' ') == line.len - 20);
		buf_free(&b);
		run_free(&r);
		free(json);
	}
	fake_close(&f);
}

/* the same with --json, and the exact answers of the MTAs */
static void
test_json(void **state)
{
	struct fake_resolver f;
	char *json;
	struct js *js = NULL;
	struct run r;
	struct str s;

	fake_open(&f, NULL);
	explained = json = load("enforce", "json");
	r = run_words(&f, "query x.example --direct --json");
	assert_int_equal(r.status, CMD_FINE);
	assert_int_equal(js_parse(str_of(r.out), "", &js, NULL), MTASTS_OK);
	assert_true(js_str(js_get(js_get(js, "decision"), "kind"), &s));
	assert_true(str_eq(s, STR("sts")));
	js_free(js);
	run_free(&r);
	check(&f, "query x.example --direct --reply line", CMD_FINE,
	    "enforce\n", NULL);
	check(&f, "query x.example --direct --reply querywithtlsrpt", CMD_FINE,
	    "OK secure match=mail.example.com:", NULL);
	check(&f, "query x.example --direct --reply STS --json", CMD_FINE,
	    "\"reply\": \"OK secure match=", NULL);
	check(&f, "query x.example --direct --reply other", CMD_USAGE, "",
	    "no answer for the map name 'other'");
	free(json);
	explained = json = load("temp", "json");
	check(&f, "query x.example --direct --reply QUERY", CMD_PROBLEM,
	    "TEMP no MX of moved.example fits its policy\n", NULL);
	check(&f, "query x.example --direct --reply line", CMD_PROBLEM,
	    "temp no MX", NULL);
	free(json);
	explained = "[";
	check(&f, "query x.example --direct", CMD_UNKNOWN, "", "cannot find");
	explained = NULL;
	check(&f, "query x.example --direct", CMD_UNKNOWN, "", "timed out");
	fake_close(&f);
}

static const struct fake_answer answers[] = {
	{ "{\"do\":\"query\",\"key\":\"a.example\",\"renew\":false}",
	    "{\"key\":\"a.example\",\"domain\":\"a.example\",\"decision\":"
	    "{\"kind\":\"sts\",\"reason\":\"mode-enforce\"},"
	    "\"replies\":{\"line\":\"enforce\",\"odd\":1}}\n",
	    NULL },
	{ "{\"do\":\"query\",\"key\":\"a.example\",\"renew\":true}",
	    "{\"key\":\"a.example\",\"decision\":{\"kind\":\"new-kind\"},"
	    "\"replies\":{\"QUERY\":\"NOTFOUND\"}}\n",
	    NULL },
	{ "{\"do\":\"query\",\"key\":\"a.example:2525\",\"renew\":false}",
	    "{\"key\":\"a.example:2525\",\"decision\":{\"kind\":\"dane\"}}\n",
	    NULL },
	{ "{\"do\":\"query\",\"key\":\"empty.example\",\"renew\":false}",
	    "{}\n", NULL },
	{ "{\"do\":\"query\",\"key\":\"silent.example\",\"renew\":false}", NULL,
	    NULL },
	{ "{\"do\":\"reply\",\"map\":\"QUERY\",\"key\":\"a.example\"}",
	    "{\"reply\":\"OK secure match=\\u001b[1m\"}\n", NULL },
	{ "{\"do\":\"reply\",\"map\":\"x\",\"key\":\"a.example\"}",
	    "{\"reply\":\"PERM unknown map\"}\n", NULL },
	{ "{\"do\":\"list\"}",
	    "{\"domain\":\"b.example\",\"id\":\"2\",\"mode\":\"testing\","
	    "\"max_age\":86400,\"fetched\":\"2026-01-31T10:00:00Z\","
	    "\"until\":\"2026-02-01T10:00:00Z\",\"failures\":2,"
	    "\"error\":\"x\"}\n"
	    "{\"domain\":\"a.example\",\"id\":\"20260101T000000\",\"mode\":"
	    "\"enforce\",\"max_age\":604800,\"fetched\":"
	    "\"2026-01-31T11:59:00Z\",\"until\":\"2026-02-07T11:59:00Z\","
	    "\"failures\":0,\"error\":\"\"}\n"
	    "{\"domain\":\"c.example\",\"id\":\"3\",\"mode\":\"none\","
	    "\"fetched\":\"2026-01-01T00:00:00Z\",\"until\":"
	    "\"2026-01-02T00:00:00Z\",\"failures\":1,\"error\":\"y\"}\n",
	    NULL },
	{ "{\"do\":\"show\",\"domain\":\"a.example\"}",
	    "{\"domain\":\"a.example\",\"id\":\"1\",\"mode\":\"enforce\","
	    "\"fetched\":\"2026-01-31T10:00:00Z\",\"until\":"
	    "\"2026-02-07T10:00:00Z\",\"text\":"
	    "\"version: STSv1\\r\\nmode: enforce\\r\\n\\u001b[2J\\n\"}\n",
	    NULL },
	{ "{\"do\":\"show\",\"domain\":\"no.example\"}", NULL,
	    "nothing is remembered of no.example" },
	{ "{\"do\":\"purge\",\"domain\":\"a.example\"}", "{\"purged\":1}\n",
	    NULL },
	{ "{\"do\":\"purge\",\"domain\":\"no.example\"}", "{\"purged\":0}\n",
	    NULL },
	{ "{\"do\":\"purge\",\"all\":true}", NULL, "only root may do this" },
	{ "{\"do\":\"refresh\",\"domain\":\"a.example\"}",
	    "{\"domain\":\"a.example\",\"decision\":{\"kind\":\"temp\","
	    "\"text\":\"all is down\"}}\n",
	    NULL },
	{ NULL, NULL, NULL },
};

/* the daemon is asked, and its words are ours */
static void
test_daemon(void **state)
{
	struct fake_resolver f;

	fake_open(&f, answers);
	check(&f, "query a.example", CMD_FINE,
	    "a.example: protected by MTA-STS", NULL);
	check(&f, "query a.example --renew", CMD_FINE,
	    "the decision is not known here", NULL);
	check(&f, "query a.example --smtp-port 2525", CMD_FINE,
	    "a.example:2525: protected by DANE in part", NULL);
	check(&f, "query a.example --reply QUERY", CMD_FINE,
	    "OK secure match=\\x1B[1m\n", NULL);
	check(&f, "query a.example --reply x", CMD_PROBLEM,
	    "PERM unknown map\n", NULL);
	check(&f, "query a.example --reply LINE", CMD_FINE, "enforce\n", NULL);
	check(&f, "query a.example --reply QUERY --renew", CMD_FINE,
	    "NOTFOUND\n", NULL);
	check(&f, "query empty.example", CMD_UNKNOWN, "not known here", NULL);
	check(&f, "query silent.example", CMD_UNKNOWN, "", "no answer");
	check(&f, "query other.example", CMD_UNKNOWN, "",
	    "refuses: the test has no answer");
	/* An option of the network, or --direct: not the daemon. */
	explained = "{\"key\":\"here\",\"decision\":{\"kind\":\"none\"}}";
	check(&f, "query a.example --direct", CMD_FINE, "here: not", NULL);
	check(&f, "query a.example --resolver 127.0.0.1", CMD_FINE, "here: not",
	    NULL);
	check(&f, "query a.example --direct --smtp-port 2525", CMD_FINE,
	    "here: not", NULL);
	assert_string_equal(asked, "a.example:2525");
	fake_close(&f);
}

/* cache: lists, filters, one, forgetting, and who may not */
static void
test_cache(void **state)
{
	struct fake_resolver f;

	fake_open(&f, answers);
	check(&f, "cache list", CMD_FINE,
	    "DOMAIN     MODE     FETCHED AGO  HOLDS FOR  ID\n"
	    "a.example  enforce  1 minute     6 days     20260101T000000\n"
	    "b.example  testing  2 hours      22 hours   2                "
	    "2 refreshes failed\n"
	    "c.example  none     30 days      run out    3                "
	    "1 refresh failed\n"
	    "3 policies\n",
	    NULL);
	check(&f, "cache list --mode enforce", CMD_FINE, "\n1 policy\n", NULL);
	check(&f, "cache list --expiring 1d", CMD_FINE, "\n2 policies\n", NULL);
	check(&f, "cache list --failing --mode testing", CMD_FINE, "b.example",
	    NULL);
	check(&f, "cache list --expiring 1m --mode enforce", CMD_FINE,
	    "0 policies\n", NULL);
	check(&f, "cache list --mode off", CMD_USAGE, "", "'off' is no mode");
	check(&f, "cache list --expiring soon", CMD_USAGE, "", "a duration");
	check(&f, "cache list --json --mode enforce", CMD_FINE,
	    "[\n{\"domain\":\"a.example\"", NULL);
	check(&f, "cache show a.example", CMD_FINE,
	    "a.example\n"
	    "  mode         enforce\n"
	    "  id           1\n"
	    "  fetched      2026-01-31 10:00 UTC (2 hours ago)\n"
	    "  holds until  2026-02-07 10:00 UTC (in 6 days)\n"
	    "\n"
	    "As it was fetched:\n"
	    "  version: STSv1\n"
	    "  mode: enforce\n"
	    "  \\x1B[2J\n",
	    NULL);
	check(&f, "cache show a.example --json", CMD_FINE, "\"text\": ", NULL);
	check(&f, "cache show no.example", CMD_UNKNOWN, "",
	    "nothing is remembered of no.example");
	check(
	    &f, "cache purge a.example", CMD_FINE, "1 policy forgotten", NULL);
	check(&f, "cache purge a.example --json", CMD_FINE, "\"purged\": 1",
	    NULL);
	check(&f, "cache purge no.example", CMD_FINE, "Nothing was", NULL);
	check(&f, "cache purge --all", CMD_UNKNOWN, "", "only root may");
	check(&f, "cache purge", CMD_USAGE, "", "say --all");
	check(&f, "cache purge a.example --all", CMD_USAGE, "", "not both");
	check(&f, "cache refresh a.example", CMD_PROBLEM,
	    "mail has to wait.\nWhy: all is down.\n", NULL);
	fake_close(&f);
}

/* nobody listens: query helps itself and says so, the others cannot */
static void
test_nobody(void **state)
{
	struct fake_resolver f;

	fake_open(&f, NULL);
	explained = "{\"key\":\"here\",\"decision\":{\"kind\":\"none\"}}";
	check(&f, "query a.example", CMD_FINE, "here: not",
	    "mtasts-resolver does not run here");
	check(&f, "query a.example --reply x", CMD_USAGE, "", "no answer for");
	check(&f, "cache list", CMD_UNKNOWN, "", "nobody listens at");
	check(&f, "cache show a.example", CMD_UNKNOWN, "", "systemctl start");
	check(&f, "cache purge --all", CMD_UNKNOWN, "", "nobody listens");
	check(&f, "cache refresh a.example", CMD_UNKNOWN, "", "nobody");
	assert_int_equal(scratch_write(&f.folder, "c.yaml",
			     "resolver: { control: \"\" }\n", 26),
	    0);
	check(&f, "cache list", CMD_UNKNOWN, "", "no control socket");
	assert_int_equal(
	    scratch_write(&f.folder, "c.yaml", "resolver: [\n", 12), 0);
	check(&f, "cache list", CMD_UNKNOWN, "", "conf check");
	fake_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
