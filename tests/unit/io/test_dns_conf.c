/*
 * test_dns_conf - servers and anchors as people write them
 */
#include "io/dns_int.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "support/dnsbench.h"

#define LIST_MAX 20

/* A list of servers, and which they are or why they are none. */
struct server_row {
	enum dns_backend backend;
	const char *list[LIST_MAX];
	const char *want; /* "IP@PORT " each, "+" when on loopback */
	const char *finding;
};

/* clang-format off */
static const struct server_row server_rows[] = {
{ DNS_VALIDATE, { NULL }, "", NULL },
{ DNS_VALIDATE, { "192.0.2.1" }, "192.0.2.1@53 ", NULL },
{ DNS_VALIDATE, { "192.0.2.1:5353", "[2001:db8::1]:54", "2001:db8::2",
	"[2001:db8::3]" }, "192.0.2.1@5353 2001:db8::1@54 2001:db8::2@53 "
	"2001:db8::3@53 ", NULL },
{ DNS_VALIDATE, { "system", "127.0.0.1:1" },
	"192.0.2.53@53 +127.0.0.53@53 2001:db8::53@53 +127.0.0.1@1 ", NULL },
{ DNS_STUB, { "127.0.0.1", "127.9.9.9:99", "[::1]:5", "::1" },
	"+127.0.0.1@53 +127.9.9.9@99 +::1@5 +::1@53 ", NULL },
{ DNS_STUB, { NULL }, NULL, "dns-stub-server" },
{ DNS_STUB, { "127.0.0.1", "192.0.2.1" }, NULL, "dns-stub-remote" },
{ DNS_STUB, { "2001:db8::1" }, NULL, "dns-stub-remote" },
{ DNS_STUB, { "system" }, NULL, "dns-stub-remote" },
{ DNS_DIRECT, { "192.0.2.1" }, "192.0.2.1@53 ", NULL },
{ DNS_DIRECT, { "[2001:db8::1]:54" }, "2001:db8::1@54 ", NULL },
{ DNS_DIRECT, { NULL }, NULL, "dns-direct-server" },
{ DNS_DIRECT, { "192.0.2.1", "192.0.2.2" }, NULL, "dns-direct-server" },
{ DNS_DIRECT, { "system" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "localhost" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "System" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "192.0.2.1:" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "192.0.2.1:0" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "192.0.2.1:65536" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "192.0.2.1:53 " }, NULL, "dns-server" },
{ DNS_VALIDATE, { "192.0.2:53" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "[192.0.2.1]:53" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "[2001:db8::1" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "[2001:db8::1]53" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "[2001:db8::1]:x" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "fe80::1%eth0" }, NULL, "dns-server" },
{ DNS_VALIDATE, { "1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1",
	"1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1",
	"1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1", "1.1.1.1" },
	NULL, "dns-servers-many" },
};
/* clang-format on */

static const char resolv_conf[] = "# a comment\n"
				  "search example.com\n"
				  "nameserver 192.0.2.53\n"
				  "  nameserver\t127.0.0.53  # here\n"
				  "nameserver fe80::1%eth0\n"
				  "nameserver\n"
				  "; nameserver 192.0.2.99\n"
				  "nameserver 2001:db8::53\r\n"
				  "options edns0 trust-ad";

/* finding - the name of the only one */
static const char *
finding(void)
{
	assert_int_equal(mtasts_diags_count(bench.diags), 1);
	assert_true(*mtasts_diags_get(bench.diags, 0)->fix != '\0');
	return mtasts_diags_get(bench.diags, 0)->name;
}

/* forget - the findings so far */
static void
forget(void)
{
	mtasts_diags_free(bench.diags);
	bench.diags = mtasts_diags_new();
}

/* servers_text - "+" for loopback, IP@PORT */
static const char *
servers_text(const struct dns_servers *s)
{
	static char text[1000];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->count; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof(text) - len, "%s%s@%u ",
			s->v[i].loopback ? "+" : "", s->v[i].ip, s->v[i].port);
	return text;
}

static void
test_servers(void **state)
{
	const char *path;

	assert_int_equal(scratch_write(&bench.dir, "resolv.conf", resolv_conf,
			     sizeof(resolv_conf) - 1),
	    0);
	path = scratch_file(&bench.dir, "resolv.conf");
	for (size_t i = 0; i < sizeof(server_rows) / sizeof(*server_rows);
	     i++) {
		const struct server_row *row = &server_rows[i];
		struct dns_conf conf = { .backend = row->backend,
			.server = { row->list, 0 } };
		struct dns_servers servers;
		enum mtasts_err err;

		while (conf.server.count < LIST_MAX &&
		    row->list[conf.server.count] != NULL)
			conf.server.count++;
		forget();
		err = dns_conf_servers(&conf, path, &servers, bench.diags);
		if (row->finding != NULL) {
			assert_int_equal(err, MTASTS_ECONF);
			assert_string_equal(finding(), row->finding);
		} else {
			assert_int_equal(err, MTASTS_OK);
			assert_string_equal(servers_text(&servers), row->want);
		}
	}
}

/* test_no_resolv_conf - as the C library does */
static void
test_no_resolv_conf(void **state)
{
	static const char *const system_[] = { "system" };
	struct dns_conf conf = { .backend = DNS_STUB,
		.server = { system_, 1 } };
	struct dns_servers servers;

	assert_int_equal(dns_conf_servers(&conf, "/nonexistent/resolv.conf",
			     &servers, bench.diags),
	    MTASTS_OK);
	assert_string_equal(servers_text(&servers), "+127.0.0.1@53 ");
}

/* write_file - one of the two that are looked at */
static const char *
write_file(const char *name, const char *text)
{
	assert_int_equal(
	    scratch_write(&bench.dir, name, text, strlen(text)), 0);
	return scratch_file(&bench.dir, name);
}

/* test_changed - other servers or another anchor, but not for a moment */
static void
test_changed(void **state)
{
	static const char *const system_[] = { "system" };
	struct dns_conf conf = { .server = { system_, 1 } };
	const char *path;
	struct dns_servers servers;
	struct dns_stamp stamp;
	char anchor[200];

	snprintf(anchor, sizeof(anchor), "%s", write_file("anchor", "one"));
	conf.trust_anchor = anchor;
	path = write_file("resolv.conf", "nameserver 192.0.2.1\n");
	assert_int_equal(
	    dns_conf_servers(&conf, path, &servers, NULL), MTASTS_OK);
	stamp = dns_conf_stamp(&conf);
	assert_true(dns_conf_same(&conf, path, &servers, &stamp));
	path = write_file(
	    "resolv.conf", "# new\nsearch a.example\nnameserver 192.0.2.1\n");
	assert_true(dns_conf_same(&conf, path, &servers, &stamp));
	path = write_file("resolv.conf", "nameserver 192.0.2.2\n");
	assert_false(dns_conf_same(&conf, path, &servers, &stamp));
	/* A stub would not take it: what is open is better than nothing. */
	conf.backend = DNS_STUB;
	assert_true(dns_conf_same(&conf, path, &servers, &stamp));
	conf.backend = DNS_VALIDATE;
	write_file("anchor", "another");
	path = write_file("resolv.conf", "nameserver 192.0.2.1\n");
	assert_false(dns_conf_same(&conf, path, &servers, &stamp));
	conf.trust_anchor = "/nonexistent/anchor";
	assert_true(dns_conf_same(&conf, path, &servers, &stamp));
}

/* An anchor file, and whose it is or why it is none. */
struct anchor_row {
	const char *text;
	const char *name;
};

#define DIGEST "0123456789abcdef0123456789abcdef"

/* clang-format off */
static const struct anchor_row anchor_rows[] = {
{ ". IN DS 20326 8 2 " DIGEST DIGEST "\n", "" },
{ "; x\n\n$ORIGIN .\nexample. 172800\tIN\tDNSKEY 257 3 8 AwEAAQ== ; y",
	"example" },
{ "a.example ds 1 13 2 " DIGEST DIGEST "\nb.example. DS 1 13 2 00\n",
	"a.example" },
{ "", NULL },
{ "; . IN DS 1 13 2 " DIGEST "\n", NULL },
{ ". IN A 192.0.2.1\n", NULL },
{ "trusted-keys { };\n", NULL },
{ " IN DS 1 13 2 " DIGEST "\n", NULL },
};
/* clang-format on */

static void
test_anchor(void **state)
{
	char name[256];

	for (size_t i = 0; i < sizeof(anchor_rows) / sizeof(*anchor_rows);
	     i++) {
		const struct anchor_row *row = &anchor_rows[i];
		const char *path = scratch_file(&bench.dir, "anchor");
		enum mtasts_err err;

		scratch_write(
		    &bench.dir, "anchor", row->text, strlen(row->text));
		forget();
		err = dns_conf_anchor(path, name, bench.diags);
		if (row->name != NULL) {
			assert_int_equal(err, MTASTS_OK);
			assert_string_equal(name, row->name);
		} else {
			assert_int_equal(err, MTASTS_ECONF);
			assert_string_equal(finding(), "dns-anchor");
		}
	}
}

/* test_line_too_long - its rest is no line of its own */
static void
test_line_too_long(void **state)
{
	static char text[20000];
	char name[256];

	memset(text, ' ', sizeof(text));
	memcpy(text, "x IN TXT", 8);
	memcpy(text + 9000, ". IN DS 1 13 2 00", 17);
	memcpy(text + 15000, "\nexample. IN DS 1 13 2 00\n", 26);
	scratch_write(&bench.dir, "anchor", text, sizeof(text));
	assert_int_equal(dns_conf_anchor(scratch_file(&bench.dir, "anchor"),
			     name, bench.diags),
	    MTASTS_OK);
	assert_string_equal(name, "example");
}

/* refuses - dns_open() and dns_check_conf() find this */
static void
refuses(enum mtasts_err want, const char *name)
{
	struct dns *dns = (struct dns *)&bench;

	forget();
	assert_int_equal(dns_open(&bench.conf, &dns, bench.diags), want);
	assert_ptr_equal(dns, &bench);
	assert_string_equal(finding(), name);
	forget();
	dns_check_conf(&bench.conf, bench.diags);
	assert_string_equal(finding(), name);
}

static void
test_open(void **state)
{
	static const char *const remote[] = { "192.0.2.1" };
	struct dns *dns = NULL;
	const char *path;

	dns_check_conf(&bench.conf, bench.diags);
	assert_int_equal(mtasts_diags_count(bench.diags), 0);
	bench.conf.trust_anchor = "/nonexistent/root.key";
	refuses(MTASTS_ENOENT, "dns-anchor-file");
	assert_string_equal(
	    mtasts_diags_get(bench.diags, 0)->file, "/nonexistent/root.key");
	bench.conf.trust_anchor = NULL;
	refuses(MTASTS_ENOENT, "dns-anchor-file");
	bench.conf.trust_anchor = bench.dir.path;
	refuses(MTASTS_ECONF, "dns-anchor");
	bench.conf.server.v = remote;
	bench.conf.backend = DNS_STUB;
	refuses(MTASTS_ECONF, "dns-stub-remote");
	/* What looks like an anchor and is none shows when it is used. */
	bench.conf.backend = DNS_VALIDATE;
	scratch_write(&bench.dir, "bad", ". IN DS x y z\n", 14);
	path = scratch_file(&bench.dir, "bad");
	bench.conf.trust_anchor = path;
	forget();
	assert_int_equal(
	    dns_open(&bench.conf, &dns, bench.diags), MTASTS_ECONF);
	assert_string_equal(finding(), "dns-anchor");
	assert_null(dns);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_servers),
		TEST(test_no_resolv_conf),
		TEST(test_changed),
		TEST(test_anchor),
		TEST(test_line_too_long),
		TEST(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
