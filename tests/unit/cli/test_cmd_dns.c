/*
 * dns and proxy: words, options, JSON, exit status, messages.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"
#include "cli/commands.h"
#include "io/conf.h"
#include "support/lab_registry.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

static const struct cmd *const commands[] = { &cmd_dns, &cmd_proxy, NULL };

static struct scratch full; /* host and report address are set */
static struct scratch bare; /* nothing is set for all */
static struct scratch none; /* no registry */

static int
set_up(void **state)
{
	static const char conf[] =
	    "host:\n  http: [\"unix:/run/h.sock,mode=660\"]\n"
	    "  certificates: [/etc/letsencrypt/live]\n";

	assert_int_equal(scratch_open(&full), 0);
	assert_int_equal(scratch_open(&bare), 0);
	assert_int_equal(scratch_open(&none), 0);
	lab_registry_fill(
	    full.path, "host=policy.example.net rua=mailto:r@example.net");
	lab_registry_fill(bare.path, "");
	return scratch_write(&none, "mtasts.yaml", conf, strlen(conf));
}

static int
tear_down(void **state)
{
	scratch_close(&full);
	scratch_close(&bare);
	scratch_close(&none);
	return 0;
}

/* One run of the command line. */
struct run {
	int status;
	char *out;
	char *err;
};

/* run - words parted by single blanks, after --store */
static struct run
run(const struct scratch *store, const char *words)
{
	struct run r = { 0 };
	size_t out_len, err_len;
	struct cmd_env env = { .width = 200 };
	char text[1024], *argv[32] = { (char *)"mtasts" }, *save = NULL;
	int argc = 1;

	snprintf(text, sizeof(text), "--config %s/mtasts.yaml --store %s %s",
	    none.path, store->path, words);
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	env.in = tmpfile();
	env.out = open_memstream(&r.out, &out_len);
	env.err = open_memstream(&r.err, &err_len);
	assert_non_null(env.in);
	assert_non_null(env.out);
	assert_non_null(env.err);
	r.status = (int)cmd_run(&env, commands, argc, argv);
	fclose(env.in);
	fclose(env.out);
	fclose(env.err);
	conf_free(env.conf);
	return r;
}

static const struct {
	const char *words;
	const struct scratch *store;
	int status;
	const char *out; /* in the output; null: it is empty */
	const char *err; /* in the messages; null: there are none */
} rows[] = {
	{ "dns example.com", &full, CMD_FINE,
	    "mta-sts     CNAME  300     policy.example.net\n", NULL },
	{ "dns EXAMPLE.com. --format bind", &full, CMD_FINE,
	    "_mta-sts.example.com. 300 IN TXT \"v=STSv1; id=" REGISTRY_ID
	    ";\"\n",
	    NULL },
	{ "dns alias.example --format bind", &full, CMD_FINE,
	    "_mta-sts.alias.example. 300 IN CNAME _mta-sts.example.com.\n",
	    NULL },
	{ "dns own.example --format bind", &full, CMD_FINE,
	    "mta-sts.own.example. 60 IN A 192.0.2.1\n", NULL },
	{ "dns example.com --format bind --delegate sts.provider.example",
	    &full, CMD_FINE,
	    "the provider's zone provider.example\n"
	    "example.com._mta-sts.sts.provider.example. 300 IN TXT",
	    NULL },
	{ "dns example.com --format pdnsutil --delegate a.b.example --part "
	  "provider --provider-zone a.b.example",
	    &full, CMD_FINE,
	    "pdnsutil replace-rrset a.b.example example.com._mta-sts TXT",
	    NULL },
	{ "dns own.example --format octodns --zone example", &full, CMD_FINE,
	    "\nmta-sts.own:\n", NULL },
	{ "dns own.example --json", &full, CMD_FINE,
	    "\"data\": \"v=TLSRPTv1; rua=mailto:own@own.example\"", NULL },
	/* what is missing is said, what can be published is printed */
	{ "dns example.com --format bind", &bare, CMD_PROBLEM,
	    "_mta-sts.example.com. 300 IN TXT",
	    "mtasts defaults set host=NAME" },
	{ "dns own.example --format bind", &bare, CMD_FINE,
	    "mta-sts.own.example. 60 IN A 192.0.2.1\n", NULL },
	{ "dns example.com --delegate sts.provider.example", &bare, CMD_FINE,
	    "sts.provider.example", "mtasts defaults set rua=" },
	{ "dns example.com --json", &bare, CMD_PROBLEM, "\"zone-no-host\"",
	    NULL },
	{ "dns unknown.example", &full, CMD_PROBLEM, NULL,
	    "mtasts domain add unknown.example" },
	{ "dns unknown.example --json", &full, CMD_PROBLEM,
	    "\"records-unknown\"", NULL },
	{ "dns example.com", &none, CMD_PROBLEM, NULL,
	    "mtasts domain add example.com" },
	{ "dns empty.example", &full, CMD_PROBLEM, NULL,
	    "mtasts domain set empty.example mx=" },
	{ "dns example.com --zone example.org", &full, CMD_PROBLEM, NULL,
	    "cannot hold records of example.com" },
	/* wrong usage */
	{ "dns", &full, CMD_USAGE, NULL, "usage" },
	{ "dns exa_mple..com", &full, CMD_USAGE, NULL, "exa_mple..com" },
	{ "dns example.com --format binds", &full, CMD_USAGE, NULL,
	    "\"binds\" is none of bind, pdnsutil, nsupdate" },
	{ "dns example.com --delegate -", &full, CMD_USAGE, NULL,
	    "--delegate" },
	{ "dns example.com --part provider", &full, CMD_USAGE, NULL,
	    "--part needs --delegate" },
	{ "dns example.com --delegate h.example --part direct", &full,
	    CMD_USAGE, NULL, "customer or provider" },
	/* proxy: options, else the configuration */
	{ "proxy nginx example.com", &full, CMD_FINE,
	    "proxy_pass http://unix:/run/h.sock;", NULL },
	{ "proxy nginx example.com", &full, CMD_FINE,
	    "ssl_certificate /etc/letsencrypt/live/mta-sts.example.com/",
	    NULL },
	{ "proxy nginx example.com --upstream [::1]:81 --certificates /c "
	  "--listen 444 --http-port 82 --webroot /w",
	    &full, CMD_FINE,
	    "\tlisten 444 ssl;\n\tlisten [::]:444 ssl;\n"
	    "\tserver_name mta-sts.example.com;\n"
	    "\tssl_certificate /c/mta-sts.example.com/fullchain.pem;\n",
	    NULL },
	{ "proxy apache example.com alias.example example.com", &full, CMD_FINE,
	    "for example.com alias.example\n", NULL },
	{ "proxy caddy example.com", &full, CMD_FINE,
	    "https://mta-sts.example.com {\n\t@policy", NULL },
	{ "proxy certbot example.com", &full, CMD_FINE,
	    "-d mta-sts.example.com", NULL },
	{ "proxy dehydrated example.com own.example", &full, CMD_FINE,
	    "\nmta-sts.example.com\nmta-sts.own.example\n", NULL },
	{ "proxy nginx unknown.example", &full, CMD_FINE,
	    "mta-sts.unknown.example", "mtasts domain add unknown.example" },
	{ "proxy nginx unknown.example", &none, CMD_FINE,
	    "mta-sts.unknown.example", NULL },
	{ "proxy lighttpd example.com", &full, CMD_USAGE, NULL, "lighttpd" },
	{ "proxy nginx", &full, CMD_USAGE, NULL, "usage" },
	{ "proxy nginx example.com;}", &full, CMD_USAGE, NULL,
	    "example.com;}" },
	{ "proxy nginx example.com --listen 0", &full, CMD_USAGE, NULL,
	    "--listen: a port is a number from 1" },
	{ "proxy nginx example.com --http-port 65536", &full, CMD_USAGE, NULL,
	    "--http-port: a port is a number from 0" },
	{ "proxy nginx example.com --upstream a;b:1", &full, CMD_USAGE, NULL,
	    "a;b:1" },
	{ "proxy nginx example.com --certificates relative", &full, CMD_USAGE,
	    NULL, "relative" },
};

static void
test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run r = run(rows[i].store, rows[i].words);
		const char *out = rows[i].out, *err = rows[i].err;

		if (r.status != rows[i].status ||
		    (out == NULL ? r.out[0] != '\0'
				 : strstr(r.out, out) == NULL) ||
		    (err == NULL ? r.err[0] != '\0'
				 : strstr(r.err, err) == NULL))
			fail_msg("mtasts %s: status %d\n%.300s---\n%s",
			    rows[i].words, r.status, r.out, r.err);
		free(r.out);
		free(r.err);
	}
}

/* The contract of --json. */
static void
test_json(void **state)
{
	struct run r = run(
	    &full, "dns example.com --json --delegate sts.provider.example");
	const struct js *records, *one;
	struct js *root = NULL;
	struct str text;
	int64_t ttl;

	assert_int_equal(r.status, CMD_FINE);
	assert_int_equal(js_parse(str_of(r.out), "", &root, NULL), 0);
	assert_true(js_str(js_get(root, "domain"), &text));
	assert_true(str_eq(text, STR("example.com")));
	records = js_get(root, "records");
	assert_int_equal(js_len(records), 5);
	one = js_at(records, 3);
	assert_true(js_str(js_get(one, "zone"), &text));
	assert_true(str_eq(text, STR("provider")));
	assert_true(js_str(js_get(one, "name"), &text));
	assert_true(
	    str_eq(text, STR("example.com._mta-sts.sts.provider.example")));
	assert_true(js_str(js_get(one, "type"), &text));
	assert_true(str_eq(text, STR("TXT")));
	assert_true(js_int(js_get(one, "ttl"), &ttl));
	assert_int_equal(ttl, 300);
	assert_true(js_str(js_get(one, "data"), &text));
	assert_true(str_eq(text, STR("v=STSv1; id=" REGISTRY_ID ";")));
	assert_int_equal(js_len(js_get(root, "findings")), 0);
	js_free(root);
	free(r.out);
	free(r.err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
