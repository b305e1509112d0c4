/*
 * The configuration of web servers, byte for byte, and what may not get into
 * it. The texts are in tests/vectors/proxy/CASE.KIND.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/proxy.h"
#include "support/golden.h"

static const struct mtasts_dname domains[] = {
	{ "example.com", 11 },
	{ "xn--bcher-kva.example", 21 },
};

static const struct mtasts_dname long_domains[] = {
	{ "a-name-of-more-than-forty-letters.mail.example.org", 50 },
	{ "b.example", 9 },
	{ "c.example", 9 },
	{ "d.example", 9 },
	{ "e.example", 9 },
};

/* usual - what the command line has when nothing is said */
static struct proxy
usual(void)
{
	return (struct proxy){
		.upstream = STR("127.0.0.1:8080"),
		.certificates = STR("/var/lib/mtasts/certificates"),
		.webroot = STR(PROXY_WEBROOT),
		.https_port = PROXY_HTTPS_PORT,
		.http_port = PROXY_HTTP_PORT,
	};
}

static void
check_text(const char *name, enum proxy_kind kind, const struct proxy *proxy,
    const struct mtasts_dname *d, size_t count)
{
	char file[128];
	struct buf b;

	assert_int_equal(proxy_check(kind, proxy, NULL), MTASTS_OK);
	buf_init(&b, 1u << 16);
	proxy_format(kind, proxy, d, count, &b);
	snprintf(
	    file, sizeof(file), "proxy/%s.%s", name, proxy_kind_name(kind));
	golden_check(file, &b);
	buf_free(&b);
}

/* REQ: OPS-3 */
static void
test_texts(void **state)
{
	for (unsigned k = 0; k < PROXY_KINDS; k++) {
		struct proxy p = usual();

		if (k == PROXY_CADDY)
			p.certificates = STR("");
		check_text("usual", (enum proxy_kind)k, &p, domains, 2);
		p = (struct proxy){
			.upstream = STR("unix:/run/mtasts/host.sock"),
			.certificates = STR("/etc/letsencrypt/live"),
			.webroot = STR("/srv/acme"),
			.https_port = 8443,
			.http_port = 8081,
		};
		check_text("unix", (enum proxy_kind)k, &p, domains, 1);
	}
}

static void
test_standalone(void **state)
{
	struct proxy p = usual();

	p.standalone = true;
	check_text("standalone", PROXY_CERTBOT, &p, domains, 2);
}

static void
test_many(void **state)
{
	struct proxy p = usual();

	p.upstream = STR("[::1]:8080");
	p.http_port = 0;
	check_text("many", PROXY_NGINX, &p, long_domains, 5);
}

static const struct {
	const char *upstream;
	const char *certificates;
	const char *webroot;
	unsigned https_port;
	enum proxy_kind kind;
	const char *finding; /* null: fine */
} checks[] = {
	{ "localhost:1", "/a/B_c.d-e+f@g", "/w", 443, PROXY_NGINX, NULL },
	{ "127.0.0.1:8080", "", "/w", 443, PROXY_CADDY, NULL },
	{ "", "", "/w", 443, PROXY_CERTBOT, NULL },
	{ "127.0.0.1", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "127.0.0.1:", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "127.0.0.1:0", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "127.0.0.1:65536", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ ":8080", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "[:8080", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "[]:8080", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "[::1;]:8080", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "a;b:8080", "/c", "/w", 443, PROXY_APACHE, "proxy-upstream" },
	{ "a\n:8080", "/c", "/w", 443, PROXY_CADDY, "proxy-upstream" },
	{ "unix:relative", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "unix:/a|http://x/", "/c", "/w", 443, PROXY_APACHE,
	    "proxy-upstream" },
	{ "unix:/a;}", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "systemd:x", "/c", "/w", 443, PROXY_NGINX, "proxy-upstream" },
	{ "[::1]:1", "", "/w", 443, PROXY_NGINX, "proxy-path" },
	{ "[::1]:1", "c", "/w", 443, PROXY_NGINX, "proxy-path" },
	{ "[::1]:1", "/c d", "/w", 443, PROXY_CADDY, "proxy-path" },
	{ "[::1]:1", "/c\"", "/w", 443, PROXY_APACHE, "proxy-path" },
	{ "[::1]:1", "/$c", "/w", 443, PROXY_NGINX, "proxy-path" },
	{ "[::1]:1", "/c", "/w;x", 443, PROXY_NGINX, "proxy-path" },
	{ "[::1]:1", "/c", "/w'$(x)", 443, PROXY_CERTBOT, "proxy-path" },
	{ "[::1]:1", "/c", "/w", 80, PROXY_NGINX, "proxy-port" },
};

static void
test_checks(void **state)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct proxy p = {
			.upstream = str_of(checks[i].upstream),
			.certificates = str_of(checks[i].certificates),
			.webroot = str_of(checks[i].webroot),
			.https_port = (uint16_t)checks[i].https_port,
			.http_port = 80,
		};
		enum mtasts_err err = proxy_check(checks[i].kind, &p, diags);

		print_message("%s %s\n", checks[i].upstream,
		    checks[i].finding != NULL ? checks[i].finding : "fine");
		if (checks[i].finding == NULL) {
			assert_int_equal(err, MTASTS_OK);
			assert_int_equal(mtasts_diags_count(diags), 0);
		} else {
			assert_int_equal(err, MTASTS_EINVAL);
			assert_int_equal(mtasts_diags_count(diags), 1);
			assert_string_equal(mtasts_diags_get(diags, 0)->name,
			    checks[i].finding);
			assert_int_equal(proxy_check(checks[i].kind, &p, NULL),
			    MTASTS_EINVAL);
		}
		mtasts_diags_free(diags);
	}
}

static const struct {
	const char *listen;
	const char *upstream; /* null: nothing can connect to it */
} upstreams[] = {
	{ "127.0.0.1:8080", "127.0.0.1:8080" },
	{ "inet:127.0.0.1:8080", "127.0.0.1:8080" },
	{ "0.0.0.0:80", "127.0.0.1:80" },
	{ "*:80", "127.0.0.1:80" },
	{ "[::]:80", "[::1]:80" },
	{ "[2001:db8::1]:80", "[2001:db8::1]:80" },
	{ "unix:/run/mtasts/host.sock", "unix:/run/mtasts/host.sock" },
	{ "unix:/run/host.sock,mode=660,group=www", "unix:/run/host.sock" },
	{ "systemd:http", NULL },
	{ "nonsense", NULL },
	{ "", NULL },
};

static void
test_upstreams(void **state)
{
	for (size_t i = 0; i < sizeof(upstreams) / sizeof(upstreams[0]); i++) {
		struct str listen = str_of(upstreams[i].listen);
		char out[PROXY_UPSTREAM_LEN] = "untouched";

		print_message("%s\n", upstreams[i].listen);
		if (upstreams[i].upstream == NULL) {
			assert_false(proxy_upstream(listen, out));
			assert_string_equal(out, "untouched");
		} else {
			assert_true(proxy_upstream(listen, out));
			assert_string_equal(out, upstreams[i].upstream);
		}
	}
}

/* A path longer than the result may be is refused, not cut. */
static void
test_upstream_long(void **state)
{
	char path[400], out[PROXY_UPSTREAM_LEN];

	memset(path, 'a', sizeof(path));
	memcpy(path, "unix:/", 6);
	assert_false(proxy_upstream(str_make(path, sizeof(path)), out));
	assert_true(proxy_upstream(str_make(path, 255), out));
	assert_int_equal(strlen(out), 255);
}

static void
test_kinds(void **state)
{
	enum proxy_kind kind;

	for (unsigned k = 0; k < PROXY_KINDS; k++) {
		assert_true(proxy_kind_find(
		    str_of(proxy_kind_name((enum proxy_kind)k)), &kind));
		assert_int_equal(kind, k);
	}
	assert_false(proxy_kind_find(STR("lighttpd"), &kind));
}

/* Every rule is triggered by a row of checks. */
static void
test_rules(void **state)
{
	for (size_t i = 0; proxy_rules[i] != NULL; i++) {
		bool seen = false;

		for (size_t k = 0; k < sizeof(checks) / sizeof(checks[0]); k++)
			seen |= checks[k].finding != NULL &&
			    strcmp(checks[k].finding, proxy_rules[i]->name) ==
				0;
		assert_true(seen);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_standalone),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_upstreams),
		cmocka_unit_test(test_upstream_long),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
