/*
 * test_cmd_domain.c - domain and defaults as people type them: what is
 * printed, as text and as JSON, and the exit status
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"
#include "cli/commands.h"
#include "io/conf.h"
#include "store/registry_publish.h"
#include "support/scratch.h"

#include <sys/wait.h>

static const struct cmd *const commands[] = { &cmd_domain_add, &cmd_domain_set,
	&cmd_domain_alias, &cmd_domain_show, &cmd_domain_list,
	&cmd_domain_remove, &cmd_domain_import, &cmd_domain_export,
	&cmd_defaults_show, &cmd_defaults_set, NULL };

static struct scratch dir;
static int64_t now_at;
static char *out, *err; /* of the last run */

static int
set_up(void **state)
{
	now_at = INT64_C(1740614400); /* 2025-02-27T00:00:00Z */
	return scratch_open(&dir);
}

static int
tear_down(void **state)
{
	free(out);
	free(err);
	out = err = NULL;
	scratch_close(&dir);
	return 0;
}

/* run_in - words parted by single blanks, with text on standard input */
static int
run_in(const char *words, const char *input)
{
	struct cmd_env env = { .width = 80, .now_at = now_at };
	char text[1024], *argv[32] = { (char *)"mtasts" }, *save = NULL;
	size_t out_len, err_len;
	int argc = 1, status;

	free(out);
	free(err);
	snprintf(text, sizeof(text), "--store %s %s", dir.path, words);
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	env.in = tmpfile();
	fputs(input, env.in);
	rewind(env.in);
	env.out = open_memstream(&out, &out_len);
	env.err = open_memstream(&err, &err_len);
	status = (int)cmd_run(&env, commands, argc, argv);
	fclose(env.in);
	fclose(env.out);
	fclose(env.err);
	conf_free(env.conf);
	return status;
}

/* run - the same without input */
static int
run(const char *words)
{
	return run_in(words, "");
}

/* does - the command ends with this status and prints exactly this */
#define does(words, status, text)                     \
	do {                                          \
		assert_int_equal(run(words), status); \
		assert_string_equal(out, text);       \
	} while (0)

/* says - the last command said this somewhere */
static void
says(const char *where, const char *what)
{
	if (strstr(where, what) == NULL)
		print_message("no \"%s\" in:\n%s\n", what, where);
	assert_non_null(strstr(where, what));
}

static void
a_domains_life(void **state)
{
	assert_int_equal(run("domain list"), CMD_PROBLEM);
	says(err, "there is no registry in ");
	assert_int_equal(run("domain add example.org"), CMD_PROBLEM);
	says(err, "[F09]");
	assert_string_equal(out, "");
	assert_int_equal(run("domain list"), CMD_FINE);
	assert_string_equal(err, "mtasts: no domain yet\n");
	does("domain add example.org mx=mail.example.org --ttl 1h", CMD_FINE,
	    "example.org: added\n"
	    "  mx         (default) -> mail.example.org\n"
	    "  ttl        (default) -> 1h\n"
	    "  id         20250227T000000\n"
	    "Publish in DNS now:\n"
	    "  _mta-sts.example.org. 3600 IN TXT \"v=STSv1; "
	    "id=20250227T000000;\"\n"
	    "All its records: mtasts dns example.org\n");
	now_at += 60;
	does("domain set example.org max-age=2w", CMD_FINE,
	    "example.org: changed\n"
	    "  max-age    (default) -> 2w\n"
	    "  id         20250227T000000 -> 20250227T000100\n"
	    "Publish in DNS now:\n"
	    "  _mta-sts.example.org. 3600 IN TXT \"v=STSv1; "
	    "id=20250227T000100;\"\n");
	does("domain set example.org ttl=default rua=mailto:r@example.org",
	    CMD_FINE,
	    "example.org: changed\n"
	    "  rua        (default) -> mailto:r@example.org\n"
	    "  ttl        1h -> (default)\n"
	    "  id         20250227T000100 (unchanged: senders see no "
	    "difference)\n"
	    "All its records: mtasts dns example.org\n");
	does("domain alias Alias.Example example.org", CMD_FINE,
	    "alias.example: added\n"
	    "  alias of   example.org\n"
	    "  id         20250227T000100\n"
	    "All its records: mtasts dns alias.example\n");
	does("domain list", CMD_FINE,
	    "DOMAIN         MODE     ID               STATE\n"
	    "alias.example  testing  20250227T000100  alias of example.org\n"
	    "example.org    testing  20250227T000100  served\n");
	does("domain show example.org", CMD_FINE,
	    "example.org: served\n"
	    "  mode       testing  (default)\n"
	    "  mx         mail.example.org\n"
	    "  max-age    2w\n"
	    "  rua        mailto:r@example.org\n"
	    "  host       -  (default)\n"
	    "  addresses  -  (default)\n"
	    "  ttl        5m  (default)\n"
	    "  delegate   -  (default)\n"
	    "  id         20250227T000100\n"
	    "  aliases    alias.example\n"
	    "Policy\n"
	    "  version: STSv1\n"
	    "  mode: testing\n"
	    "  mx: mail.example.org\n"
	    "  max_age: 1209600\n"
	    "History\n"
	    "ID               MODE     MAX-AGE  MX  FROM                  "
	    "REPLACED\n"
	    "20250227T000100  testing  2w       1   2025-02-27T00:01:00Z\n"
	    "20250227T000000  testing  1w       1   2025-02-27T00:00:00Z  "
	    "2025-02-27T00:01:00Z\n");
}

static void
leaving(void **state)
{
	/* REQ: OPS-4 */
	assert_int_equal(run("domain add example.org mx=m.example mode=enforce "
			     "--force"),
	    CMD_FINE);
	does("domain remove example.org", CMD_FINE,
	    "example.org serves mode none from now on. Keep its DNS records "
	    "and this host for\n"
	    "it until 2025-03-06T00:05:00Z: by then all that it ever served "
	    "has run out at\n"
	    "every sender.\n"
	    "Publish in DNS now, in place of what stands there:\n"
	    "  _mta-sts.example.org. 300 IN TXT \"v=STSv1; "
	    "id=20250227T000001;\"\n"
	    "mtasts-publisher, or \"mtasts publish example.org\" now and then, "
	    "does all of that\n"
	    "by itself, takes its records out of DNS after that date, and then "
	    "deletes it.\n"
	    "Without either, take them out and run \"mtasts domain remove "
	    "example.org\" again.\n");
	assert_int_equal(run("domain remove example.org"), CMD_FINE);
	says(out, "is being removed already");
	assert_int_equal(run("domain set example.org ttl=60"), CMD_PROBLEM);
	says(err, "is being removed [R48]");
	assert_int_equal(run("domain list"), CMD_FINE);
	says(out, "removing until 2025-03-06");
	assert_int_equal(
	    run("domain remove example.org --now --dry-run"), CMD_FINE);
	says(out, "Dry run");
	says(out, "senders who fetched it in mode enforce");
	now_at += 8 * 86400;
	assert_int_equal(run("domain list"), CMD_FINE);
	says(out, "run out: remove it");
	assert_int_equal(run("domain remove example.org"), CMD_FINE);
	says(out, "example.org is deleted. All that it served has run out");
	assert_int_equal(run("domain remove example.org"), CMD_PROBLEM);
	assert_int_equal(run("domain add example.org mx=m.example"), CMD_FINE);
	assert_int_equal(run("domain remove example.org --now"), CMD_FINE);
	says(out, "nobody defers mail");
}

static void
defaults(void **state)
{
	does("defaults set mx=m.example host=sts.example.net", CMD_FINE,
	    "defaults\n"
	    "  mx         (default) -> m.example\n"
	    "  host       (default) -> sts.example.net\n"
	    "  domains    0 with a new id, 0 keep their old policy\n"
	    "Other DNS records may change: mtasts dns DOMAIN\n");
	assert_int_equal(
	    run_in("domain import -", "a.example\nb.example\n"), CMD_FINE);
	says(out, "2 added\n");
	now_at += 1;
	assert_int_equal(run("defaults set max-age=2w"), CMD_FINE);
	says(out, "2 with a new id, 0 keep");
	says(out,
	    "_mta-sts.b.example. 300 IN TXT \"v=STSv1; "
	    "id=20250227T000001;\"");
	assert_int_equal(run("defaults set mx=default"), CMD_PROBLEM);
	says(out, "0 with a new id, 2 keep");
	says(err, "warning b.example would have no mx; it keeps its policy");
	assert_int_equal(run("domain list b"), CMD_FINE);
	says(out, "needs mx");
	assert_int_equal(run("domain show b.example"), CMD_FINE);
	says(out, "These settings give no policy");
	does("defaults show", CMD_FINE,
	    "mode       testing  (built in)\n"
	    "mx         -  (built in)\n"
	    "max-age    2w\n"
	    "rua        -  (built in)\n"
	    "host       sts.example.net\n"
	    "addresses  -  (built in)\n"
	    "ttl        5m  (built in)\n"
	    "delegate   -  (built in)\n");
}

/* tried - what publishing saw of a name, as task/publish leaves it */
static void
tried(const char *name, const char *live_id, const char *end, const char *dns)
{
	struct registry_published p = { .domain = str_of(name),
		.live_id = str_of(live_id),
		.live_at = now_at - 100,
		.step = STR("host"),
		.end = str_of(end),
		.dns = str_of(dns),
		.tried_at = now_at - 50,
		.next_at = now_at + 300,
		.since_at = strcmp(end, "live") == 0 ? 0 : now_at - 7200,
		.changes = 0 };
	struct registry *r = NULL;

	if (strcmp(end, "live") == 0) {
		p.cert_until_at = now_at + 61 * 86400 + 5;
	} else {
		p.why = STR("mta-sts has no address in DNS");
		p.fix = STR("Set in DNS: mta-sts CNAME somewhere");
	}
	assert_int_equal(
	    registry_open(dir.path, REGISTRY_WRITE, &r, NULL), MTASTS_OK);
	assert_int_equal(registry_put_published(r, &p, false), MTASTS_OK);
	registry_close(r);
}

static void
states(void **state)
{
	assert_int_equal(run("domain add a.example mx=m.example"), CMD_FINE);
	assert_int_equal(run("domain add b.example mx=m.example"), CMD_FINE);
	assert_int_equal(run("domain add c.example mode=none"), CMD_FINE);
	assert_int_equal(run("domain add d.example mx=m.example"), CMD_FINE);
	tried("a.example", "20250227T000000", "live", "same");
	tried("b.example", "", "by hand", "");
	tried("c.example", "20250101T000000", "later", "lagging");
	does("domain list", CMD_FINE,
	    "DOMAIN     MODE     ID               POLICY  DNS      CERT  "
	    "STATE\n"
	    "a.example  testing  20250227T000000  live    in step  61d   "
	    "served\n"
	    "b.example  testing  20250227T000000  new     by hand        "
	    "waits for records\n"
	    "c.example  none     20250227T000000  waits   lags           "
	    "served\n"
	    "d.example  testing  20250227T000000                         "
	    "served\n");
	says(err, "1 of 4 needs somebody: mtasts domain list --problems");
	does("domain list --problems", CMD_FINE,
	    "b.example  for 2 hours\n"
	    "    mta-sts has no address in DNS\n"
	    "    Set in DNS: mta-sts CNAME somewhere\n");
	assert_int_equal(run("domain list --mode none"), CMD_FINE);
	says(out, "c.example");
	assert_null(strstr(out, "a.example"));
	assert_int_equal(run("domain list --state by-hand"), CMD_FINE);
	says(out, "b.example");
	assert_null(strstr(out, "a.example"));
	assert_int_equal(run("domain list --state lags"), CMD_FINE);
	says(out, "c.example");
	assert_null(strstr(out, "b.example"));
	assert_int_equal(run("domain list --state run-out"), CMD_FINE);
	assert_string_equal(err, "mtasts: no domain is like that\n");
	assert_int_equal(run("domain list a.example --problems"), CMD_FINE);
	assert_string_equal(err, "mtasts: no domain needs anybody\n");
	assert_int_equal(run("domain list --state dead"), CMD_USAGE);
	says(err, "--state is one of: served, needs-mx");
	assert_int_equal(run("domain list --mode dead"), CMD_USAGE);
	assert_int_equal(run("domain list --json --state waits"), CMD_FINE);
	says(out, "\"policy\": \"waits\"");
	says(out, "\"live_id\": \"20250101T000000\"");
	says(out, "\"why\": \"mta-sts has no address in DNS\"");
	assert_null(strstr(out, "b.example"));
	assert_int_equal(run("domain show b.example"), CMD_FINE);
	says(out, "b.example: waits for records\n");
	says(out,
	    "Published\n"
	    "  policy     not live yet\n"
	    "  dns        by hand\n"
	    "  looked     2025-02-26T23:59:10Z, again as soon as somebody "
	    "looks\n");
	says(out, "Set in DNS: mta-sts CNAME somewhere\n");
	assert_int_equal(run("domain show a.example"), CMD_FINE);
	says(out, "  policy     live since 2025-02-26T23:58:20Z\n");
	says(out, "  cert       61d\n");
}

static void
delegated(void **state)
{
	assert_int_equal(
	    run("defaults set mx=m.example delegate=sts.p.example"), CMD_FINE);
	does("domain add a.example", CMD_FINE,
	    "a.example: added\n"
	    "  id         20250227T000000\n"
	    "Publish in DNS now:\n"
	    "  a.example._mta-sts.sts.p.example. 300 IN TXT \"v=STSv1; "
	    "id=20250227T000000;\"\n"
	    "Its owner has to set three CNAMEs, once:\n"
	    "  mta-sts.a.example CNAME sts.p.example\n"
	    "  _mta-sts.a.example CNAME a.example._mta-sts.sts.p.example\n"
	    "  _smtp._tls.a.example CNAME _smtp._tls.sts.p.example\n"
	    "All its records: mtasts dns a.example\n");
	assert_int_equal(
	    run_in("domain import -", "b.example\nc.example\n"), CMD_FINE);
	says(out,
	    "The owner of each DOMAIN has to set three CNAMEs, once:\n"
	    "  mta-sts.DOMAIN CNAME sts.p.example\n");
	assert_int_equal(run("domain set a.example delegate="), CMD_FINE);
	assert_int_equal(run("domain set a.example max-age=2w"), CMD_FINE);
	says(out, "  _mta-sts.a.example. 300 IN TXT ");
}

static void
files(void **state)
{
	char *text;

	assert_int_equal(run("domain add a.example mx=m.example"), CMD_FINE);
	assert_int_equal(run("domain export"), CMD_FINE);
	text = strdup(out);
	assert_int_equal(run_in("domain import -", text), CMD_FINE);
	assert_string_equal(out, "1 unchanged\n");
	assert_int_equal(run_in("domain import -", "b c\na..b\n"), CMD_PROBLEM);
	says(err, "error standard input:1: ");
	says(err, "error standard input:2: ");
	says(err, "standard input was refused as a whole; nothing was changed");
	assert_int_equal(run("domain import /nonexistent"), CMD_UNKNOWN);
	says(err, "cannot open /nonexistent: No such file");
	assert_int_equal(
	    run_in("domain import - --prune --dry-run", ""), CMD_PROBLEM);
	says(err, "[R50]");
	assert_int_equal(
	    run_in("domain import - --prune --dry-run --force", ""), CMD_FINE);
	says(out, "1 removing\n");
	says(out, "Dry run: nothing was changed.\n");
	assert_int_equal(run("domain export"), CMD_FINE);
	assert_string_equal(out, text);
	free(text);
}

static void
wrong_words(void **state)
{
	static const struct {
		const char *words;
		int status;
		const char *says;
	} rows[] = {
		{ "domain add", CMD_USAGE, "missing" },
		{ "domain set example.org", CMD_USAGE, "missing" },
		{ "domain add example.org mail.example.org", CMD_USAGE,
		    "\"mail.example.org\" has no = [R40]" },
		{ "domain add example.org mods=x", CMD_USAGE,
		    "did you mean \"mode\"?" },
		{ "domain add example.org mode=x mx=y:25", CMD_USAGE,
		    "has a port" },
		{ "domain add ex..org mx=m.example", CMD_USAGE, "[R22]" },
		{ "domain add a.example --previous-max-age 1y", CMD_USAGE,
		    "goes with --from-live" },
		{ "domain add a.example --from-live --previous-max-age 2000d",
		    CMD_USAGE, "a time up to a year" },
		{ "domain add a..example --from-live", CMD_USAGE, "[R22]" },
		{ "domain show nope.example", CMD_PROBLEM, "[R41]" },
		{ "--store ftp:x domain list", CMD_PROBLEM, "[R01]" },
		{ "--store /nonexistent/x domain list", CMD_UNKNOWN, "[R02]" },
	};

	assert_int_equal(run("defaults set ttl=300"), CMD_FINE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(run(rows[i].words), rows[i].status);
		assert_string_equal(out, "");
		says(err, rows[i].says);
	}
}

/* json - the last output as a tree, to be released */
static struct js *
json(void)
{
	struct js *v = NULL;

	assert_int_equal(js_parse(str_of(out), "out", &v, NULL), MTASTS_OK);
	assert_string_equal(err, "");
	return v;
}

/* is - has an object this text under a key? */
static void
is(const struct js *v, const char *key, const char *want)
{
	struct str text = { 0 };

	assert_true(js_str(js_get(v, key), &text));
	assert_true(str_eq(text, str_of(want)));
}

static void
as_json(void **state)
{
	const struct js *list;
	struct js *v;
	bool ok = true;

	assert_int_equal(run("domain list --json"), CMD_PROBLEM);
	v = json();
	assert_true(js_bool(js_get(v, "ok"), &ok) && !ok);
	is(js_at(js_get(v, "findings"), 0), "name", "registry-absent");
	js_free(v);
	assert_int_equal(
	    run("domain add a.example mx=m.example --json"), CMD_FINE);
	v = json();
	assert_true(js_bool(js_get(v, "ok"), &ok) && ok);
	is(js_at(js_get(v, "domains"), 0), "id", "20250227T000000");
	is(js_at(js_get(v, "domains"), 0), "did", "added");
	is(js_get(js_get(v, "settings"), "mx"), "new", "m.example");
	js_free(v);
	/* Nobody can be asked: it is not known, and so not done. */
	assert_int_equal(run("domain set a.example mode=enforce --json "
			     "--resolver 127.0.0.1:1 --timeout 1"),
	    CMD_UNKNOWN);
	v = json();
	assert_true(js_bool(js_get(v, "ok"), &ok) && !ok);
	is(js_at(js_get(v, "findings"), 0), "name", "safe-mx-unknown");
	js_free(v);
	assert_int_equal(run("domain list --json"), CMD_FINE);
	v = json();
	list = js_get(v, "domains");
	assert_int_equal(js_len(list), 1);
	is(js_at(list, 0), "domain", "a.example");
	is(js_at(list, 0), "state", "served");
	is(js_at(list, 0), "mode", "testing");
	js_free(v);
	assert_int_equal(run("domain show a.example --json"), CMD_FINE);
	v = json();
	is(v, "body",
	    "version: STSv1\r\nmode: testing\r\nmx: m.example\r\n"
	    "max_age: 604800\r\n");
	assert_int_equal(js_len(js_get(v, "history")), 1);
	is(js_get(v, "settings"), "mode", "testing");
	assert_null(js_get(js_get(v, "own"), "mode"));
	js_free(v);
	assert_int_equal(run("defaults show --json"), CMD_FINE);
	v = json();
	assert_int_equal(js_len(js_get(v, "set")), 0);
	is(js_get(v, "settings"), "mode", "testing");
	js_free(v);
	assert_int_equal(run("domain remove a.example --json"), CMD_FINE);
	v = json();
	is(js_at(js_get(v, "domains"), 0), "until", "2025-03-06T00:05:00Z");
	js_free(v);
	assert_int_equal(run("--store ftp:x domain list --json"), CMD_PROBLEM);
	v = json();
	is(js_at(js_get(v, "findings"), 0), "id", "R01");
	js_free(v);
}

static void
root_becomes_the_owner(void **state)
{
	struct stat st;
	int status = 1;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("needs root to have rights to drop\n");
		skip();
	}
	assert_int_equal(chown(dir.path, 4321, 5432), 0);
	assert_int_equal(chmod(dir.path, 02750), 0);
	pid = fork();
	if (pid == 0) {
		status = run("domain add a.example mx=m.example");
		_exit(status != 0 || geteuid() != 4321 || setuid(0) == 0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(stat(scratch_file(&dir, "registry.db"), &st), 0);
	assert_int_equal(st.st_uid, 4321);
	assert_int_equal(st.st_gid, 5432);
	assert_int_equal(st.st_mode & 07777, 0640);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_domains_life),
		TEST(leaving),
		TEST(defaults),
		TEST(states),
		TEST(delegated),
		TEST(files),
		TEST(wrong_words),
		TEST(as_json),
		TEST(root_becomes_the_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
