/*
 * test_cmd_lint_policy - lint policy and match: words, JSON, exit status
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/lint_fetch.h"
#include "cli/net.h"
#include "core/host_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOOD                                               \
	"version: STSv1\nmode: enforce\nmx: *.mail.test\n" \
	"max_age: 604800\n"

static const struct cmd *const commands[] = {
	&cmd_lint_policy,
	&cmd_match,
	NULL,
};

/* One run of the command line. */
struct run {
	int status;
	char *out;
	char *err;
};

/* run - the words, null at the end, with "in" as standard input */
static struct run
run(const char *in, bool color, const char *const *words)
{
	struct run r = { 0 };
	size_t out_len, err_len;
	struct cmd_env env = { .width = 80, .color = color };
	char *argv[16] = { (char *)"mtasts" };
	int argc = 1;

	while (words[argc - 1] != NULL) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	env.in = tmpfile();
	env.out = open_memstream(&r.out, &out_len);
	env.err = open_memstream(&r.err, &err_len);
	assert_non_null(env.in);
	assert_non_null(env.out);
	assert_non_null(env.err);
	fputs(in, env.in);
	rewind(env.in);
	r.status = (int)cmd_run(&env, commands, argc, argv);
	fclose(env.in);
	fclose(env.out);
	fclose(env.err);
	return r;
}

/* run_free - release what was printed */
static void
run_free(struct run *r)
{
	free(r->out);
	free(r->err);
}

#define RUN(in, ...) run(in, false, (const char *const[]){ __VA_ARGS__, NULL })

/* One line, from where it begins, at most 80 columns wide. */
static void
test_text(void **state)
{
	struct run r = RUN(GOOD, "lint", "policy", "-");

	assert_int_equal(r.status, CMD_FINE);
	assert_string_equal(r.err, "");
	assert_string_equal(r.out,
	    "standard input: valid\n"
	    "  mode     enforce: senders deliver only to hosts that pass\n"
	    "  max_age  604800: senders remember it for 1 week\n"
	    "  mx       *.mail.test\n"
	    "\n"
	    "Nothing to mend.\n");
	run_free(&r);
}

static void
test_text_of_faults(void **state)
{
	static const struct {
		const char *in;
		int status;
		const char *out; /* a part of it */
	} rows[] = {
		{ GOOD "\n", CMD_PROBLEM, "input: usable, but not right\n" },
		{ GOOD "\n", CMD_PROBLEM, "Mend the error: strict senders" },
		{ GOOD "\nnpm\n", CMD_PROBLEM, "Mend the 2 errors" },
		{ "", CMD_PROBLEM, "input: invalid\n" },
		{ "", CMD_PROBLEM, "as if there were no policy." },
		{ GOOD "id: 1\n", CMD_FINE, "1 warning to think about" },
		{ GOOD "x: 1\n", CMD_FINE, "Nothing to mend." },
		{ "version: STSv1\nmode: none\nmax_age: 0\n", CMD_FINE,
		    "remember it not at all" },
		{ "version: STSv1\nmode: none\nmax_age: 31557600\n", CMD_FINE,
		    "remember it for 1 year" },
		{ "version: STSv1\nmode: none\nmax_age: 1209600\n", CMD_FINE,
		    "remember it for 2 weeks" },
		{ "version: STSv1\nmode: none\nmax_age: 86400\n", CMD_FINE,
		    "remember it for 1 day" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run r = RUN(rows[i].in, "lint", "policy", "-");

		assert_int_equal(r.status, rows[i].status);
		assert_non_null(strstr(r.out, rows[i].out));
		assert_string_equal(r.err, "");
		run_free(&r);
	}
}

/* A terminal gets colours, and no byte of the file that could give it more. */
static void
test_color(void **state)
{
	struct run r = run("version: STSv1\nmode: \033[31m\n", true,
	    (const char *const[]){ "lint", "policy", "-", NULL });

	assert_non_null(strstr(r.out, "\033[31minvalid"));
	assert_non_null(strstr(r.out, "\\x1B[31m"));
	run_free(&r);
}

static void
test_json(void **state)
{
	struct run r = RUN(GOOD "\n", "lint", "policy", "-", "--json");
	const struct js *f;
	struct js *doc;
	struct str s;
	int64_t n;

	assert_int_equal(r.status, CMD_PROBLEM);
	assert_int_equal(js_parse(str_of(r.out), "", &doc, NULL), MTASTS_OK);
	assert_true(js_str(js_get(doc, "verdict"), &s));
	assert_true(str_eq(s, STR("usable")));
	assert_true(js_str(js_get(doc, "mode"), &s));
	assert_true(str_eq(s, STR("enforce")));
	assert_true(js_int(js_get(doc, "max_age"), &n));
	assert_int_equal(n, 604800);
	assert_int_equal(js_len(js_get(doc, "mx")), 1);
	assert_int_equal(js_len(js_get(doc, "findings")), 1);
	f = js_at(js_get(doc, "findings"), 0);
	assert_true(js_str(js_get(f, "id"), &s));
	assert_true(str_eq(s, STR("F03")));
	assert_true(js_int(js_get(f, "line"), &n));
	assert_int_equal(n, 5);
	js_free(doc);
	run_free(&r);
}

/* Where no policy came out there is none to tell of, but every key is there. */
static void
test_json_without_policy(void **state)
{
	struct run r = RUN("{}", "lint", "policy", "-", "--json");
	struct js *doc;
	struct str s;
	int64_t n;

	assert_int_equal(r.status, CMD_PROBLEM);
	assert_int_equal(js_parse(str_of(r.out), "", &doc, NULL), MTASTS_OK);
	assert_true(js_str(js_get(doc, "verdict"), &s));
	assert_true(str_eq(s, STR("invalid")));
	assert_non_null(js_get(doc, "mode"));
	assert_false(js_str(js_get(doc, "mode"), &s));
	assert_non_null(js_get(doc, "max_age"));
	assert_false(js_int(js_get(doc, "max_age"), &n));
	assert_true(js_is_array(js_get(doc, "mx")));
	assert_int_equal(js_len(js_get(doc, "mx")), 0);
	assert_int_equal(js_len(js_get(doc, "findings")), 1);
	js_free(doc);
	run_free(&r);
}

static void
test_cannot_read(void **state)
{
	static const struct {
		const char *name;
		const char *err; /* a part of it */
	} rows[] = {
		{ "/does/not/exist", "No such file" },
		{ "/", "directory" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run r = RUN("", "lint", "policy", rows[i].name);

		assert_int_equal(r.status, CMD_UNKNOWN);
		assert_string_equal(r.out, "");
		assert_non_null(strstr(r.err, rows[i].err));
		run_free(&r);
	}
}

/* What net_fetch() gives. */
static struct net_fetched fetched;
static enum mtasts_err fetch_err;
static char fetched_host[300];

/* The network of this test. */
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
net_fetch(struct net *net, const char *host, struct net_fetched *out,
    struct buf *body)
{
	snprintf(fetched_host, sizeof(fetched_host), "%s", host);
	*out = fetched;
	if (fetched.end == FETCHFACT_OK)
		buf_puts(body, GOOD);
	return fetch_err;
}

#define URL "https://MTA-STS.mail.test/.well-known/mta-sts.txt"

/* A URL is fetched; how that ends is a finding, or cannot be found out. */

/* REQ: FET-1 */
static void
test_fetched(void **state)
{
	struct run r;
	unsigned seen = 0;

	fetched.end = FETCHFACT_OK;
	r = RUN("", "lint", "policy", URL);
	assert_int_equal(r.status, CMD_FINE);
	assert_non_null(strstr(r.out, URL ": valid\n"));
	assert_string_equal(fetched_host, "mta-sts.mail.test");
	run_free(&r);
	snprintf(fetched.why, sizeof(fetched.why), "because");
	for (int end = 1; end < FETCHFACT_ENDS; end++) {
		const struct diag_rule *theirs;

		fetched.end = (enum fetchfact_end)end;
		theirs = host_rule(fetched.end);
		r = RUN("", "lint", "policy", URL);
		assert_int_equal(
		    r.status, theirs != NULL ? CMD_PROBLEM : CMD_UNKNOWN);
		assert_non_null(
		    strstr(theirs != NULL ? r.out : r.err, "because"));
		if (theirs != NULL)
			assert_non_null(strstr(r.out, theirs->id));
		seen += theirs != NULL;
		run_free(&r);
	}
	assert_int_equal(seen, 13);
	r = RUN("", "lint", "policy", URL, "--json");
	assert_int_equal(r.status, CMD_UNKNOWN);
	run_free(&r);
	fetched.end = FETCHFACT_REDIRECT;
	r = RUN("", "lint", "policy", URL, "--json");
	assert_int_equal(r.status, CMD_PROBLEM);
	assert_non_null(strstr(r.out, "\"verdict\": \"none\""));
	assert_non_null(strstr(r.out, "\"policy-host-redirect\""));
	run_free(&r);
	fetch_err = MTASTS_ETIMEOUT;
	r = RUN("", "lint", "policy", URL);
	assert_int_equal(r.status, CMD_UNKNOWN);
	assert_non_null(strstr(r.err, "timed"));
	run_free(&r);
	fetch_err = MTASTS_OK;
}

/* Other URLs are no policies: nothing is fetched. */
static void
test_other_urls(void **state)
{
	static const struct {
		const char *url, *err;
	} rows[] = {
		{ "http://mta-sts.a.test/.well-known/mta-sts.txt",
		    "over https alone" },
		{ "file:///etc/passwd", "over https alone" },
		{ "https://mta-sts.a.test/", "senders look only at" },
		{ "https://mta-sts.a.test", "senders look only at" },
		{ URL "?x", "senders look only at" },
		{ "https://mta-sts.a.test:8443/.well-known/mta-sts.txt",
		    "--https-port" },
		{ "https://u@mta-sts.a.test/.well-known/mta-sts.txt",
		    "is no host name" },
		{ "https:///.well-known/mta-sts.txt", "is no host name" },
	};

	fetched_host[0] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run r = RUN("", "lint", "policy", rows[i].url);

		assert_int_equal(r.status, CMD_USAGE);
		assert_string_equal(r.out, "");
		assert_non_null(strstr(r.err, rows[i].err));
		run_free(&r);
	}
	assert_string_equal(fetched_host, "");
}

/* Longer than any policy: read no further, and say so. */

/* REQ: FET-8 */
static void
test_endless(void **state)
{
	struct run r = RUN("", "lint", "policy", "/dev/zero");

	assert_int_equal(r.status, CMD_PROBLEM);
	assert_non_null(strstr(r.out, "more than 65536 bytes"));
	run_free(&r);
}

/* REQ: VAL-2 */
static void
test_match(void **state)
{
	static const struct {
		const char *host, *pattern, *other;
		int status;
		const char *said; /* a part of it */
	} rows[] = {
		{ "mx1.mail.test", "*.mail.test", NULL, CMD_FINE,
		    "mx1.mail.test fits *.mail.test\n" },
		{ "MX1.Mail.Test.", "a.test", "mx1.mail.test", CMD_FINE,
		    "mx1.mail.test fits mx1.mail.test\n" },
		{ "a.b.mail.test", "*.mail.test", NULL, CMD_PROBLEM,
		    "exactly one label" },
		{ "mail.test", "*.mail.test", NULL, CMD_PROBLEM,
		    "not the name itself" },
		{ "evilmail.test", "*.mail.test", NULL, CMD_PROBLEM,
		    "evilmail.test does not fit\n" },
		{ "a.test", "b.test", "c.test", CMD_PROBLEM,
		    "does not fit any of the 2 patterns\n" },
		{ "192.0.2.1", "*.mail.test", NULL, CMD_USAGE, "IP address" },
		{ "*.mail.test", "*.mail.test", NULL, CMD_USAGE, "HOST" },
		{ "a.test", "a.test", "**.test", CMD_USAGE, "PATTERN" },
		{ "a.test", "", NULL, CMD_USAGE, "is empty" },
		{ "a.test", "10 a.test", NULL, CMD_USAGE, "preference" },
		{ "a.test", NULL, NULL, CMD_USAGE, "usage" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run r = RUN(
		    "", "match", rows[i].host, rows[i].pattern, rows[i].other);

		assert_int_equal(r.status, rows[i].status);
		assert_non_null(strstr(
		    r.status == CMD_USAGE ? r.err : r.out, rows[i].said));
		run_free(&r);
	}
}

static void
test_match_json(void **state)
{
	struct run r =
	    RUN("", "match", "--json", "A.test", "b.test", "*.Test.");
	struct js *doc;
	struct str s;
	bool fits;

	assert_int_equal(r.status, CMD_FINE);
	assert_int_equal(js_parse(str_of(r.out), "", &doc, NULL), MTASTS_OK);
	assert_true(js_str(js_get(doc, "host"), &s));
	assert_true(str_eq(s, STR("a.test")));
	assert_true(js_bool(js_get(doc, "fits"), &fits) && fits);
	assert_true(js_str(js_get(doc, "pattern"), &s));
	assert_true(str_eq(s, STR("*.test")));
	js_free(doc);
	run_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_of_faults),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_without_policy),
		cmocka_unit_test(test_cannot_read),
		cmocka_unit_test(test_fetched),
		cmocka_unit_test(test_other_urls),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_match_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
