/*
 * test_conf.c - the configuration: values, faults with their places, files
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "core/reply.h"
#include "core/rule.h"
#include "io/conf.h"
#include "io/conf_rule.h"
#include "io/conf_push.h"
#include "io/conf_table.h"
#include "io/dns.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A text with one fault: which, where, and a piece of the message. */
struct bad {
	const char *text;
	enum conf_rule rule;
	unsigned line, column;
	const char *says;
};

static const struct bad bads[] = {
	/* no YAML */
	{ "host: { https: [\n", CONF_RULE_SYNTAX, 2, 1, "expected node" },
	{ "host:\n\tworkers: 1\n", CONF_RULE_SYNTAX, 2, 1, "a tab" },
	{ "host: \"\xff\"\n", CONF_RULE_SYNTAX, 1, 8, "not UTF-8" },
	{ "log:\n  level: \"info\n", CONF_RULE_SYNTAX, 3, 1, "quoted scalar" },
	/* YAML that is refused */
	{ "log: &x { level: info }\n", CONF_RULE_FEATURE, 1, 6, "anchors" },
	{ "log: { level: *x }\n", CONF_RULE_FEATURE, 1, 15, "aliases" },
	{ "host: *x\n", CONF_RULE_FEATURE, 1, 7, "aliases" },
	{ "host: { https: [*x] }\n", CONF_RULE_FEATURE, 1, 17, "aliases" },
	{ "log: { level: !!str info }\n", CONF_RULE_FEATURE, 1, 15, "tags" },
	{ "host: { https: !x [] }\n", CONF_RULE_FEATURE, 1, 16, "tags" },
	{ "log: {}\n---\nlog: {}\n", CONF_RULE_FEATURE, 2, 1, "second" },
	{ "%YAML 1.1\n---\nlog: {}\n", CONF_RULE_FEATURE, 1, 1, "directives" },
	{ "host: { <<: {} }\n", CONF_RULE_OPTION, 1, 9, "\"<<\"" },
	/* another shape */
	{ "- host\n", CONF_RULE_SHAPE, 1, 1, "sections" },
	{ "host\n", CONF_RULE_SHAPE, 1, 1, "sections" },
	{ "host: yes\n", CONF_RULE_SHAPE, 1, 7, "host is a section" },
	{ "host: [https]\n", CONF_RULE_SHAPE, 1, 7, "host is a section" },
	{ "[a]: { b: c }\n", CONF_RULE_SHAPE, 1, 1, "a name" },
	{ "host: { { a: b }: { c: d }, workers: 1 }\n", CONF_RULE_SHAPE, 1, 9,
	    "a name" },
	{ "host: { workers: [1] }\n", CONF_RULE_SHAPE, 1, 18, "one value" },
	{ "host: { workers: { a: 1 } }\n", CONF_RULE_SHAPE, 1, 18, "one" },
	{ "host: { https: \"[::]:1\" }\n", CONF_RULE_SHAPE, 1, 16, "a list" },
	{ "host: { https: { a: b } }\n", CONF_RULE_SHAPE, 1, 16, "a list" },
	{ "host: { https: [[a]] }\n", CONF_RULE_SHAPE, 1, 17, "an item" },
	/* names */
	{ "hots: { workers: 1 }\n", CONF_RULE_SECTION, 1, 1,
	    "did you mean \"host\"?" },
	{ "workers: 1\n", CONF_RULE_SECTION, 1, 1, "an option of host" },
	{ "\"\\e[2J\": 1\n", CONF_RULE_SECTION, 1, 1, "no section" },
	{ "host:\n  wrokers: 1\n", CONF_RULE_OPTION, 2, 3,
	    "did you mean \"workers\"?" },
	{ "host: { max_requests: 1 }\n", CONF_RULE_OPTION, 1, 9,
	    "did you mean \"max-requests\"?" },
	{ "host: { url: \"sqlite:x\" }\n", CONF_RULE_OPTION, 1, 9,
	    "it belongs to store" },
	/* twice */
	{ "log: {}\nhost: {}\nlog: {}\n", CONF_RULE_TWICE, 3, 1, "line 1" },
	{ "host:\n  workers: 1\n  workers: 2\n", CONF_RULE_TWICE, 3, 3,
	    "line 2" },
	{ "host: { https: [\"[::]:1\", \"[::]:1\"] }\n", CONF_RULE_TWICE, 1, 27,
	    "already" },
	/* values */
	{ "host: { workers: two }\n", CONF_RULE_VALUE, 1, 18, "a number" },
	{ "host: { workers: -1 }\n", CONF_RULE_VALUE, 1, 18, "a number" },
	{ "host: { workers: 0x10 }\n", CONF_RULE_VALUE, 1, 18, "a number" },
	{ "host: { workers: 1_0 }\n", CONF_RULE_VALUE, 1, 18, "a number" },
	{ "host: { workers: 010 }\n", CONF_RULE_VALUE, 1, 18, "zeros" },
	{ "host: { idle-timeout: 1:30 }\n", CONF_RULE_VALUE, 1, 23, "5s" },
	{ "host: { max-header: 8x }\n", CONF_RULE_VALUE, 1, 21, "8k" },
	{ "host: { access-log: True }\n", CONF_RULE_VALUE, 1, 21, "true or" },
	{ "host: { access-log: \"\" }\n", CONF_RULE_VALUE, 1, 21, "true or" },
	{ "log: { level: loud }\n", CONF_RULE_VALUE, 1, 15, "debug" },
	{ "log: { level: 1 }\n", CONF_RULE_VALUE, 1, 15, "debug" },
	{ "store: { url: /var/lib }\n", CONF_RULE_VALUE, 1, 15, "sqlite:" },
	{ "store: { url: \"\" }\n", CONF_RULE_VALUE, 1, 15, "sqlite:" },
	{ "store: { url: \"sqlite:a\\0b\" }\n", CONF_RULE_VALUE, 1, 15,
	    "control" },
	{ "store: { url: \"sqlite:\\u202e\" }\n", CONF_RULE_VALUE, 1, 15,
	    "control" },
	{ "host: { https: [no] }\n", CONF_RULE_VALUE, 1, 17, "no port" },
	{ "host: { https: [\"\"] }\n", CONF_RULE_VALUE, 1, 17, "an address" },
	{ "host: { certificates: [etc] }\n", CONF_RULE_VALUE, 1, 24, "slash" },
	{ "host: { trusted-proxies: [10.0.0.0/33] }\n", CONF_RULE_VALUE, 1, 27,
	    "network" },
	{ "host: { trusted-proxies: [10.0.0.0/] }\n", CONF_RULE_VALUE, 1, 27,
	    "network" },
	{ "host: { trusted-proxies: [localhost] }\n", CONF_RULE_VALUE, 1, 27,
	    "network" },
	{ "host: { default-certificate: a/b }\n", CONF_RULE_VALUE, 1, 30,
	    "host name" },
	{ "dns: { server: [localhost] }\n", CONF_RULE_VALUE, 1, 17,
	    "an address such as" },
	{ "dns: { server: [\"::1:53\", \"[127.0.0.1]:53\"] }\n",
	    CONF_RULE_VALUE, 1, 27, "[127.0.0.1]:53" },
	{ "dns: { server: [\"127.0.0.1:0\"] }\n", CONF_RULE_VALUE, 1, 17,
	    "[::1]:53" },
	{ "dns: { server: [\"[\"] }\n", CONF_RULE_VALUE, 1, 17, "system" },
	{ "dns: { trust-anchor: \"\" }\n", CONF_RULE_VALUE, 1, 22, "slash" },
	{ "dns: { backend: trust }\n", CONF_RULE_VALUE, 1, 17, "stub" },
	{ "fetch: { proxy: \"https://a:1\" }\n", CONF_RULE_VALUE, 1, 17,
	    "http://proxy" },
	{ "fetch: { proxy: \"http://a\" }\n", CONF_RULE_VALUE, 1, 17,
	    "http://proxy" },
	{ "fetch: { proxy: \"http://a:1/\" }\n", CONF_RULE_VALUE, 1, 17,
	    "http://proxy" },
	{ "resolver: { control: run/ctl }\n", CONF_RULE_VALUE, 1, 22,
	    "control: " },
	{ "resolver: { dane: maybe }\n", CONF_RULE_VALUE, 1, 19, "by-map" },
	/* rules */
	{ "rules: { a.example: { mta-sts: always } }\n", CONF_RULE_VALUE, 1, 32,
	    "optional, require, disable" },
	{ "rules: { a.example: { mtasts: require } }\n", CONF_RULE_OPTION, 1,
	    23, "did you mean \"mta-sts\"?" },
	{ "rules: { a.example: { until: 2027-02-30 } }\n", CONF_RULE_VALUE, 1,
	    30, "a date" },
	{ "rules: { a.example: { until: tomorrow } }\n", CONF_RULE_VALUE, 1, 30,
	    "a date" },
	{ "rules: { a.example: { until: 1970-01-01T00:00:00Z } }\n",
	    CONF_RULE_VALUE, 1, 30, "a date" },
	{ "rules: { a.example: { until: } }\n", CONF_RULE_EMPTY, 1, 30,
	    "no value" },
	{ "rules: { a..example: {} }\n", CONF_RULE_VALUE, 1, 10,
	    "an empty label" },
	{ "rules: { \"*.example\": {} }\n", CONF_RULE_VALUE, 1, 10,
	    "no destination" },
	{ "rules: { 192.0.2.1: {} }\n", CONF_RULE_VALUE, 1, 10,
	    "no destination" },
	{ "rules: { '.': {} }\n", CONF_RULE_VALUE, 1, 10, "no destination" },
	{ "rules:\n  b\xc3\xbc"
	  "cher.example: {}\n  XN--BCHER-KVA.Example.: {}\n",
	    CONF_RULE_TWICE, 3, 3, "line 2" },
	{ "rules:\n  a.example:\n", CONF_RULE_SHAPE, 2, 13, "a mapping" },
	{ "rules: { a.example: require }\n", CONF_RULE_SHAPE, 1, 21,
	    "a mapping" },
	{ "rules: { a.example: { reason: [] } }\n", CONF_RULE_SHAPE, 1, 31,
	    "one value" },
	{ "rules: [a.example]\n", CONF_RULE_SHAPE, 1, 8, "is a section" },
	{ "rules: { a.example: { reason: x, reason: y } }\n", CONF_RULE_TWICE,
	    1, 34, "line 1" },
	{ "rules: { a.example: { mta-sts: require, reply: may } }\n",
	    CONF_RULE_VALUE, 1, 10, "nothing for mta-sts" },
	{ "rules: { a.example: { reply: secrue } }\n", CONF_RULE_VALUE, 1, 30,
	    "reply \"secrue\"" },
	{ "rules: { a.example: { reply: 'secure policy_domain=a.example' } }\n",
	    CONF_RULE_VALUE, 1, 30, "policy_type" },
	{ "resolver: { unknown-map: mta }\n", CONF_RULE_VALUE, 1, 26,
	    "QUERYwithTLSRPT, QUERY, postfix or sts" },
	/* push */
	{ "push: { method: hook }\n", CONF_RULE_SHAPE, 1, 7, "push is a list" },
	{ "push: [hook]\n", CONF_RULE_SHAPE, 1, 8, "is a mapping" },
	{ "push: [{ method: axfr }]\n", CONF_RULE_VALUE, 1, 18,
	    "rfc2136, powerdns, hook" },
	{ "push: [{ methd: hook }]\n", CONF_RULE_OPTION, 1, 10,
	    "did you mean \"method\"?" },
	{ "push: [{ server: \"192.0.2.1\" }]\n", CONF_RULE_EMPTY, 1, 8,
	    "rfc2136 needs key-file" },
	{ "push: [{ key-file: a }]\n", CONF_RULE_EMPTY, 1, 8,
	    "rfc2136 needs server" },
	{ "push: [{ method: hook }]\n", CONF_RULE_EMPTY, 1, 8,
	    "hook needs program" },
	{ "push: [{ method: powerdns, key-file: a }]\n", CONF_RULE_EMPTY, 1, 8,
	    "powerdns needs url" },
	{ "push: [{ server: system, key-file: a }]\n", CONF_RULE_VALUE, 1, 18,
	    "192.0.2.53" },
	{ "push: [{ server: ns1.test, key-file: a }]\n", CONF_RULE_VALUE, 1, 18,
	    "192.0.2.53" },
	{ "push: [{ method: powerdns, url: \"https://127.0.0.1:1\","
	  " key-file: a }]\n",
	    CONF_RULE_VALUE, 1, 33, "http://127.0.0.1:8081" },
	{ "push: [{ server: \"::1\", key-file: ../a }]\n", CONF_RULE_VALUE, 1,
	    35, "a credential" },
	{ "push: [{ method: hook, program: /a, zones: [\"*.a\"] }]\n",
	    CONF_RULE_VALUE, 1, 45, "a zone such as" },
	/* ranges */
	{ "fetch: { port: 0 }\n", CONF_RULE_RANGE, 1, 16, "1 to 65535" },
	{ "host: { workers: 257 }\n", CONF_RULE_RANGE, 1, 18, "0 to 256" },
	{ "host: { workers: 99999999999999999999 }\n", CONF_RULE_VALUE, 1, 18,
	    "a number" },
	{ "host: { max-header: 1 }\n", CONF_RULE_RANGE, 1, 21, "1k to 64k" },
	{ "host: { idle-timeout: 2h }\n", CONF_RULE_RANGE, 1, 23, "to 1h" },
	{ "host: { other-path-status: 200 }\n", CONF_RULE_RANGE, 1, 28,
	    "403 to 404" },
	/* no value */
	{ "log:\n  level:\n", CONF_RULE_EMPTY, 2, 9, "no value" },
	{ "host:\n  metrics:\n", CONF_RULE_EMPTY, 2, 11, "\"\"" },
	{ "host:\n  https: ~\n", CONF_RULE_EMPTY, 2, 10, "no value" },
	{ "host:\n  metrics: null\n", CONF_RULE_EMPTY, 2, 12, "no value" },
};

/* find_rule - the first finding of a rule */
static const struct mtasts_finding *
find_rule(const struct mtasts_diags *diags, enum conf_rule rule)
{
	const struct mtasts_finding *f;
	size_t i;

	for (i = 0; i < mtasts_diags_count(diags); i++) {
		f = mtasts_diags_get(diags, i);
		if (strcmp(f->name, conf_rules[rule].name) == 0)
			return f;
	}
	return NULL;
}

/* check_bad - one faulty text gives just the fault expected */
static void
check_bad(const struct bad *bad)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = conf_new();
	const struct mtasts_finding *f;
	enum mtasts_err err;

	err = conf_parse(conf, str_of(bad->text), "a.yaml", diags);
	f = find_rule(diags, bad->rule);
	if (err != MTASTS_ECONF || mtasts_diags_count(diags) != 1 ||
	    f == NULL || f->line != bad->line || f->column != bad->column ||
	    strcmp(f->file, "a.yaml") != 0 ||
	    strstr(f->message, bad->says) == NULL) {
		f = mtasts_diags_get(diags, 0);
		fail_msg("%s gives %d, %zu findings, first %s %u:%u %s",
		    bad->text, (int)err, mtasts_diags_count(diags),
		    f != NULL ? f->name : "", f != NULL ? f->line : 0,
		    f != NULL ? f->column : 0, f != NULL ? f->message : "");
	}
	conf_free(conf);
	mtasts_diags_free(diags);
}

/* each faulty text gives its one fault, at its place */
static void
test_bad(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		check_bad(&bads[i]);
}

/* every rule but those about files has a row above */
static void
test_rules_covered(void **state)
{
	unsigned seen = 0;
	size_t i;

	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		seen |= 1u << bads[i].rule;
	assert_int_equal(seen,
	    ((1u << CONF_RULE_COUNT) - 1) & ~(1u << CONF_RULE_FILE) &
		~(1u << CONF_RULE_SIZE) & ~(1u << CONF_RULE_LATER));
	for (i = 0; i < CONF_RULE_COUNT; i++) {
		assert_non_null(conf_rules[i].id);
		assert_non_null(conf_rules[i].fix);
	}
}

/* sections of programs that are still to come: one file serves both */
static void
test_later(void **state)
{
	static const char text[] =
	    "collector: { listen: [ \"127.0.0.1:9\" ] }\n"
	    "host: { workers: 3 }\n";
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = conf_new();

	assert_int_equal(conf_parse(conf, str_of(text), "a", diags), MTASTS_OK);
	assert_int_equal(conf->host.workers, 3);
	assert_int_equal(mtasts_diags_count(diags), 1);
	assert_string_equal(
	    mtasts_diags_get(diags, 0)->name, conf_rules[CONF_RULE_LATER].name);
	assert_non_null(
	    strstr(mtasts_diags_get(diags, 0)->message, "mtasts-collector"));
	conf_free(conf);
	mtasts_diags_free(diags);
}

/* A copy says the same, and lives longer. */
static void
test_dup(void **state)
{
	static const char text[] =
	    "host: { workers: 3, certificates: [\"/a b\", \"/c\\\"d\"] }\n"
	    "acme: { enabled: true, email: \"\" }\n"
	    "rules: { a.example: { reply: \"secure match=x\", "
	    "until: 2027-01-02 } }\n";
	struct conf *conf = conf_new(), *copy = NULL;

	assert_int_equal(conf_parse(conf, str_of(text), "a", NULL), MTASTS_OK);
	assert_int_equal(conf_dup(conf, &copy), MTASTS_OK);
	assert_true(conf_same(conf, copy));
	conf_free(conf);
	assert_int_equal(copy->host.workers, 3);
	assert_string_equal(copy->host.certificates.v[1], "/c\"d");
	assert_string_equal(copy->rules.v[0].reply, "secure match=x");
	copy->host.workers = 4;
	conf = conf_new();
	assert_false(conf_same(conf, copy));
	conf_free(conf);
	conf_free(copy);
}

/* parse_ok - a text that must be fine, over the defaults */
static struct conf *
parse_ok(const char *text)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = conf_new();

	assert_non_null(conf);
	if (conf_parse(conf, str_of(text), "a.yaml", diags) != MTASTS_OK)
		fail_msg("%s: %s", text, mtasts_diags_get(diags, 0)->message);
	mtasts_diags_free(diags);
	return conf;
}

/* all faults of a file are told, not only the first */
static void
test_all_faults(void **state)
{
	static const char text[] = "host:\n"
				   "  wrokers: 1\n"
				   "  max-requests: many\n"
				   "  https: [no, \"0.0.0.0:443\", maybe]\n"
				   "  nested: { a: [1, { b: 2 }], c: 3 }\n"
				   "lgo: { level: debug }\n"
				   "log: { level: loud }\n";
	static const unsigned lines[] = { 2, 3, 4, 4, 5, 6, 7 };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = conf_new();
	size_t i;

	assert_int_equal(
	    conf_parse(conf, str_of(text), "a", diags), MTASTS_ECONF);
	assert_int_equal(mtasts_diags_count(diags), 7);
	for (i = 0; i < 7; i++)
		assert_int_equal(mtasts_diags_get(diags, i)->line, lines[i]);
	conf_free(conf);
	mtasts_diags_free(diags);
}

/* how names are looked up, policies fetched and the MTA answered */
static void
test_resolver_defaults(void **state)
{
	struct conf *conf = conf_new();
	const struct conf_resolver *r = &conf->resolver;

	assert_int_equal(conf->dns.backend, DNS_VALIDATE);
	assert_int_equal(conf->dns.server.count, 1);
	assert_string_equal(conf->dns.server.v[0], "system");
	assert_string_equal(conf->dns.trust_anchor, "/usr/share/dns/root.key");
	assert_int_equal(conf->dns.timeout_ms, 5000);
	assert_string_equal(
	    conf->fetch.ca_file, "/etc/ssl/certs/ca-certificates.crt");
	assert_int_equal(conf->fetch.port, 443);
	assert_int_equal(conf->fetch.timeout_ms, 5000);
	assert_false(conf->fetch.allow_private);
	assert_int_equal(conf->fetch.allow_networks.count, 0);
	assert_string_equal(conf->fetch.proxy, "");
	assert_int_equal(r->listen.count, 3);
	assert_string_equal(r->listen.v[0], "127.0.0.1:8461");
	assert_string_equal(r->listen.v[1], "127.0.0.1:8642");
	assert_string_equal(
	    r->listen.v[2], "unix:/var/spool/postfix/mtasts/resolver.sock");
	assert_string_equal(r->control, "/run/mtasts/resolver.ctl");
	assert_string_equal(r->control_group, "");
	assert_string_equal(r->metrics, "127.0.0.1:9461");
	assert_int_equal(r->dane, REPLY_DANE_BY_MAP);
	assert_int_equal(r->mixed, DECIDE_MIXED_STS);
	assert_int_equal(r->testing_level, REPLY_TESTING_NONE);
	assert_false(r->observe);
	assert_string_equal(r->unknown_map, "");
	assert_int_equal(r->max_connections, 4096);
	assert_int_equal(conf->rules.count, 0);
	conf_free(conf);
}

/* choices stand in the order of the enums that they become */
static void
test_choices(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		int64_t want;
	} rows[] = {
#define AT(field) offsetof(struct conf, field)
		{ "dns: { backend: stub }", AT(dns.backend), DNS_STUB },
		{ "resolver: { dane: on }", AT(resolver.dane), REPLY_DANE_ON },
		{ "resolver: { dane: off }", AT(resolver.dane),
		    REPLY_DANE_OFF },
		{ "resolver: { mixed: dane-only }", AT(resolver.mixed),
		    DECIDE_MIXED_DANE_ONLY },
		{ "resolver: { mixed: dane }", AT(resolver.mixed),
		    DECIDE_MIXED_DANE },
		{ "resolver: { testing-level: may }",
		    AT(resolver.testing_level), REPLY_TESTING_MAY },
		{ "resolver: { testing-level: encrypt }",
		    AT(resolver.testing_level), REPLY_TESTING_ENCRYPT },
#undef AT
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *conf = parse_ok(rows[i].text);

		assert_int_equal(
		    *(int64_t *)((char *)conf + rows[i].offset), rows[i].want);
		conf_free(conf);
	}
}

/* rules for destinations: names in one form, dates to their end */
static void
test_dests(void **state)
{
	struct conf *conf = parse_ok(
	    "rules:\n"
	    "  '*': { reason: default }\n"
	    "  Partner.Example.: { mta-sts: require, until: 2027-11-30,\n"
	    "     reason: \"contract: 2026\" }\n"
	    "  .B\xc3\xbc"
	    "cher.example: { mta-sts: disable }\n"
	    "  mail.example:\n"
	    "    reply: secure match=mx.example.com\n"
	    "    until: 2027-11-30T12:00:00+01:00\n"
	    "  plain.example: {}\n");
	const struct conf_dest_rule *v = conf->rules.v;

	assert_int_equal(conf->rules.count, 5);
	assert_string_equal(v[0].name, "*");
	assert_int_equal(v[0].mta_sts, RULE_OPTIONAL);
	assert_string_equal(v[0].reason, "default");
	assert_string_equal(v[1].name, "partner.example");
	assert_int_equal(v[1].mta_sts, RULE_REQUIRE);
	assert_string_equal(v[1].reply, "");
	assert_string_equal(v[1].reason, "contract: 2026");
	assert_int_equal(v[1].until_at, 1827619199);
	assert_string_equal(v[2].name, ".xn--bcher-kva.example");
	assert_int_equal(v[2].mta_sts, RULE_DISABLE);
	assert_string_equal(v[3].reply, "secure match=mx.example.com");
	assert_int_equal(v[3].until_at, 1827572400);
	assert_string_equal(v[4].name, "plain.example");
	assert_int_equal(v[4].until_at, 0);
	/* What a later file says of a name replaces it as a whole. */
	assert_int_equal(conf_parse(conf,
			     STR("rules: { a.example: {}, partner.example: "
				 "{ mta-sts: disable } }"),
			     "b", NULL),
	    MTASTS_OK);
	v = conf->rules.v;
	assert_int_equal(conf->rules.count, 6);
	assert_string_equal(v[1].name, "partner.example");
	assert_int_equal(v[1].mta_sts, RULE_DISABLE);
	assert_string_equal(v[1].reason, "");
	assert_int_equal(v[1].until_at, 0);
	assert_string_equal(v[5].name, "a.example");
	conf_free(conf);
}

/* the defaults are those of the design */
static void
test_defaults(void **state)
{
	struct conf *conf = conf_new();
	const struct conf_host *host;

	assert_non_null(conf);
	host = &conf->host;
	assert_string_equal(conf->store.url, "sqlite:/var/lib/mtasts");
	assert_int_equal(conf->log.level, 2);
	assert_int_equal(host->https.count, 2);
	assert_string_equal(host->https.v[0], "0.0.0.0:443");
	assert_string_equal(host->https.v[1], "[::]:443");
	assert_int_equal(host->http.count, 1);
	assert_string_equal(host->http.v[0], "127.0.0.1:8080");
	assert_int_equal(host->certificates.count, 1);
	assert_string_equal(
	    host->certificates.v[0], "/var/lib/mtasts/certificates");
	assert_string_equal(host->default_certificate, "");
	assert_int_equal(host->certificate_cache, 20000);
	assert_int_equal(host->workers, 0);
	assert_int_equal(host->max_connections, 10000);
	assert_int_equal(host->max_connections_per_address, 200);
	assert_int_equal(host->max_header, 8192);
	assert_int_equal(host->first_byte_timeout_ms, 5000);
	assert_int_equal(host->idle_timeout_ms, 15000);
	assert_int_equal(host->max_requests, 100);
	assert_int_equal(host->trusted_proxies.count, 2);
	assert_string_equal(host->trusted_proxies.v[1], "::1");
	assert_int_equal(host->other_path_status, 404);
	assert_true(host->access_log);
	assert_string_equal(host->metrics, "127.0.0.1:9462");
	conf_free(conf);
}

/* values of every type, in block and in flow style, with a BOM */
static void
test_values(void **state)
{
	struct conf *conf = parse_ok("\xef\xbb\xbf# comment\r\n"
				     "store:\r\n"
				     "    url: sqlite:/srv/mta sts\r\n"
				     "log: { level: 'debug' }\r\n"
				     "host:\r\n"
				     "    https:\r\n"
				     "    - 192.0.2.1:443\r\n"
				     "    - \"[2001:db8::1]:443\"\r\n"
				     "    - systemd:https\r\n"
				     "    http: []\r\n"
				     "    workers: \"4\"\r\n"
				     "    max-header: 16k\r\n"
				     "    idle-timeout: 1m30s\r\n"
				     "    first-byte-timeout: 7\r\n"
				     "    access-log: no\r\n"
				     "    trusted-proxies: [10.0.0.0/8, "
				     "\"fd00::/8\"]\r\n"
				     "    metrics: \"\"\r\n");

	assert_string_equal(conf->store.url, "sqlite:/srv/mta sts");
	assert_int_equal(conf->log.level, 3);
	assert_int_equal(conf->host.https.count, 3);
	assert_string_equal(conf->host.https.v[2], "systemd:https");
	assert_int_equal(conf->host.http.count, 0);
	assert_int_equal(conf->host.workers, 4);
	assert_int_equal(conf->host.max_header, 16384);
	assert_int_equal(conf->host.idle_timeout_ms, 90000);
	assert_int_equal(conf->host.first_byte_timeout_ms, 7000);
	assert_false(conf->host.access_log);
	assert_int_equal(conf->host.trusted_proxies.count, 2);
	assert_string_equal(conf->host.metrics, "");
	conf_free(conf);
}

/* what says nothing changes nothing */
static void
test_empty(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n",
		"host:\n", "host:\nlog:\n  # level: info\n", "{}\n", "~\n",
		"\xef\xbb\xbf" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct conf *conf = parse_ok(texts[i]);

		assert_int_equal(conf->host.https.count, 2);
		conf_free(conf);
	}
	conf_free(NULL);
}

/* dump_of - the dump of a configuration; yours: mem_free() */
static char *
dump_of(const struct conf *conf)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	conf_dump(conf, &b);
	return buf_take(&b);
}

/* a dump is read back to the same dump */
static void
test_round_trip(void **state)
{
	static const char *const texts[] = { "",
		"store: { url: \"sqlite:/a \\\"b\\\" \\\\ \xc3\xa9 # : c\" }",
		"host: { https: [], metrics: \"\", access-log: off }",
		"host: { idle-timeout: 1500ms, max-header: 1025 }",
		"host: { http: [\"unix:/run/x,mode=0660\", '[::1]:1'] }",
		"dns: { backend: stub, server: [\"[::1]:53\", 127.0.0.1] }",
		"dns: { server: [] }\nfetch: { proxy: \"http://[::1]:1\" }",
		"resolver: { control: \"unix:/a,mode=0600\", dane: off }",
		"rules: { '*': {}, .a.example: { mta-sts: require } }",
		"rules: { a.example: { reply: 'secure match=b', until: 2030-01-01,"
		"  reason: \"a \\\"b\\\"\" } }",
		"rules: { a.example: { until: 2030-01-01T01:02:03+01:00 } }" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct conf *one = parse_ok(texts[i]), *two;
		char *first = dump_of(one), *second;

		two = parse_ok(first);
		second = dump_of(two);
		assert_string_equal(first, second);
		conf_free(one);
		conf_free(two);
		mem_free(first);
		mem_free(second);
	}
}

/* the sample gives the defaults, as it is and with its options switched on */
static void
test_sample(void **state)
{
	struct conf *conf = conf_new(), *read;
	char *want = dump_of(conf), *got;
	struct str rest, line;
	struct buf sample, on;
	size_t options = 0;

	buf_init(&sample, 1 << 20);
	buf_init(&on, 1 << 20);
	conf_sample(conf, &sample);
	for (rest = buf_str(&sample); str_line(&rest, &line, NULL);) {
		if (!str_starts(line, STR("  #")) || line.p[3] == ' ') {
			assert_true(line.len <= 80);
		} else {
			buf_puts(&on, "  ");
			line = str_sub(line, 3, line.len);
			options++;
		}
		buf_put_str(&on, line);
		buf_putc(&on, '\n');
	}
	read = parse_ok(sample.p);
	got = dump_of(read);
	assert_string_equal(want, got);
	conf_free(read);
	mem_free(got);
	read = parse_ok(on.p);
	got = dump_of(read);
	assert_string_equal(want, got);
	assert_true(options > 15);
	conf_free(read);
	mem_free(got);
	mem_free(want);
	conf_free(conf);
	buf_free(&sample);
	buf_free(&on);
}

/* size_of - bytes that an option's field takes in struct conf */
static size_t
size_of(const struct conf_option *row)
{
	switch (row->type) {
	case CONF_TEXT:
		return sizeof(const char *);
	case CONF_LIST:
		return sizeof(struct conf_list);
	case CONF_BOOL:
		return sizeof(bool);
	default:
		return sizeof(int64_t);
	}
}

/* ways to write: the first that has the zone; a later file has its own list */
static void
test_push(void **state)
{
	static const char text[] =
	    "push:\n"
	    "  - { server: \"192.0.2.1:5353\", key-file: tsig,\n"
	    "      zones: [a.test, B.Example.] }\n"
	    "  - { method: hook, program: /bin/hook, timeout: 1m }\n";
	struct conf *conf = parse_ok(text);
	char *first = dump_of(conf), *second;
	struct conf *read = parse_ok(first);

	assert_int_equal(conf->push.count, 2);
	assert_int_equal(conf->push.v[0].method, CONF_PUSH_RFC2136);
	assert_string_equal(conf->push.v[0].server, "192.0.2.1:5353");
	assert_int_equal(conf->push.v[0].timeout_ms, 30000);
	assert_int_equal(conf->push.v[1].timeout_ms, 60000);
	second = dump_of(read);
	assert_string_equal(first, second);

	assert_ptr_equal(conf_push_find(conf, STR("a.test")), &conf->push.v[0]);
	assert_ptr_equal(
	    conf_push_find(conf, STR("_x.a.test")), &conf->push.v[0]);
	assert_ptr_equal(
	    conf_push_find(conf, STR("s.b.example")), &conf->push.v[0]);
	assert_ptr_equal(
	    conf_push_find(conf, STR("aa.test")), &conf->push.v[1]);
	assert_ptr_equal(conf_push_find(conf, STR("test")), &conf->push.v[1]);
	assert_int_equal(
	    conf_parse(conf, STR("push: []\n"), "b", NULL), MTASTS_OK);
	assert_int_equal(conf->push.count, 0);
	assert_null(conf_push_find(conf, STR("a.test")));
	mem_free(first);
	mem_free(second);
	conf_free(read);
	conf_free(conf);
}

/* every field of a way has exactly one row */
static void
test_no_drift_push(void **state)
{
	unsigned char used[sizeof(struct conf_push)] = { 0 };
	const struct conf_option *row;
	size_t j;

	for (row = conf_push_options; row->section != NULL; row++) {
		for (j = 0; j < size_of(row); j++)
			assert_int_equal(used[row->offset + j]++, 0);
		assert_string_equal(row->section, CONF_PUSHES);
		assert_non_null(row->help);
		assert_non_null(row->preset);
	}
	for (j = 0; j < sizeof(used); j++)
		assert_int_equal(used[j], 1);
}

/* every field of struct conf has exactly one row, every row one field */
static void
test_no_drift(void **state)
{
	unsigned char used[sizeof(struct conf)] = { 0 };
	size_t i, j, rows, holes = 0;

	for (i = 0; conf_options[i].section != NULL; i++) {
		for (j = 0; j < size_of(&conf_options[i]); j++)
			assert_int_equal(used[conf_options[i].offset + j]++, 0);
		assert_non_null(
		    conf_section_help(str_of(conf_options[i].section)));
		assert_non_null(conf_options[i].help);
		assert_non_null(conf_options[i].preset);
	}
	rows = i;
	assert_true(rows < CONF_OPTION_MAX);
	/* What is left is padding behind a bool, never a whole field. */
	for (i = 0; i < offsetof(struct conf, rules); i++) {
		holes = used[i] ? 0 : holes + 1;
		assert_true(holes < sizeof(int64_t));
	}
}

/* the same of a rule, whose name is its key */
static void
test_no_drift_rules(void **state)
{
	unsigned char used[sizeof(struct conf_dest_rule)] = { 0 };
	const struct conf_option *row;
	size_t j;

	for (j = 0; j < sizeof(const char *); j++)
		used[offsetof(struct conf_dest_rule, name) + j] = 1;
	for (row = conf_dest_options; row->section != NULL; row++) {
		for (j = 0; j < size_of(row); j++)
			assert_int_equal(used[row->offset + j]++, 0);
		assert_string_equal(row->section, CONF_DESTS);
		assert_non_null(row->help);
		/* A dump leaves out what is empty, zero or the first. */
		assert_string_equal(row->preset,
		    row->type == CONF_CHOICE ? row->choices[0] : "");
	}
	for (j = 0; j < sizeof(used); j++)
		assert_int_equal(used[j], 1);
}

/* put_file - write a file of the test */
static void
put_file(const char *folder, const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* files of conf.d win in the order of their names; others are not read */
static void
test_load(void **state)
{
	char folder[] = "/tmp/mtasts-conf-XXXXXX", path[4096], command[4096];
	struct mtasts_diags *diags = mtasts_diags_new();
	const struct mtasts_finding *f;
	struct conf *conf = NULL;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/mtasts.yaml", folder);
	assert_int_equal(conf_load(path, &conf, diags), MTASTS_ENOENT);
	assert_int_equal(mtasts_diags_count(diags), 0);
	put_file(
	    folder, "mtasts.yaml", "host: { workers: 1, max-requests: 1 }\n");
	assert_int_equal(conf_load(path, &conf, diags), MTASTS_OK);
	conf_free(conf);

	snprintf(path, sizeof(path), "%s/conf.d", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	put_file(path, "20-b.yaml", "host: { workers: 3, http: [] }\n");
	put_file(path, "10-a.yaml", "host: { workers: 2, max-header: 4k }\n");
	put_file(path, "30-c.yaml~", "host: { workers: 4 }\n");
	put_file(path, ".40.yaml", "host: { workers: 4 }\n");
	put_file(path, "README", "{{{\n");
	snprintf(path, sizeof(path), "%s/mtasts.yaml", folder);
	assert_int_equal(conf_load(path, &conf, diags), MTASTS_OK);
	assert_int_equal(conf->host.workers, 3);
	assert_int_equal(conf->host.max_requests, 1);
	assert_int_equal(conf->host.max_header, 4096);
	assert_int_equal(conf->host.http.count, 0);
	conf_free(conf);
	conf = NULL;

	/* Faults of several files come together, each with its file. */
	put_file(folder, "mtasts.yaml", "host: { workers: x }\n");
	put_file(folder, "conf.d/50.yaml", "\nhost: { workers: y }\n");
	snprintf(command, sizeof(command), "%s/conf.d/60.yaml", folder);
	assert_int_equal(mkdir(command, 0755), 0);
	assert_int_equal(conf_load(path, &conf, diags), MTASTS_ECONF);
	assert_null(conf);
	assert_int_equal(mtasts_diags_count(diags), 3);
	f = mtasts_diags_get(diags, 1);
	assert_true(str_ends(str_of(f->file), STR("/conf.d/50.yaml")));
	assert_int_equal(f->line, 2);
	f = find_rule(diags, CONF_RULE_FILE);
	assert_non_null(f);
	assert_non_null(strstr(f->message, "no plain file"));

	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
	mtasts_diags_free(diags);
}

/* sizes are bounded: bytes of a file, items of a list, depth */
static void
test_bounds(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = conf_new();
	struct buf b;
	size_t i;

	buf_init(&b, 4 << 20);
	for (i = 0; i < (1 << 20) + 1; i++)
		buf_putc(&b, ' ');
	assert_int_equal(
	    conf_parse(conf, buf_str(&b), "a", diags), MTASTS_ECONF);
	assert_non_null(find_rule(diags, CONF_RULE_SIZE));
	buf_clear(&b);
	buf_puts(&b, "host: { https: [");
	for (i = 0; i < 257; i++)
		buf_putf(&b, "\"127.0.0.1:%zu\", ", i + 1);
	buf_puts(&b, "] }");
	assert_int_equal(
	    conf_parse(conf, buf_str(&b), "a", diags), MTASTS_ECONF);
	assert_int_equal(mtasts_diags_count(diags), 2);
	buf_clear(&b);
	for (i = 0; i < 1 << 20; i++)
		buf_putc(&b, '[');
	assert_int_equal(
	    conf_parse(conf, buf_str(&b), "a", diags), MTASTS_ECONF);
	buf_clear(&b);
	buf_puts(&b, "rules: {");
	for (i = 0; i < 10001; i++)
		buf_putf(&b, " d%zu.example: {},", i);
	buf_puts(&b, "}");
	i = mtasts_diags_count(diags);
	assert_int_equal(
	    conf_parse(conf, buf_str(&b), "a", diags), MTASTS_ECONF);
	assert_int_equal(mtasts_diags_count(diags), i + 1);
	assert_int_equal(conf->rules.count, 10000);
	buf_free(&b);
	conf_free(conf);
	mtasts_diags_free(diags);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_rules_covered),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_dup),
		cmocka_unit_test(test_all_faults),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_resolver_defaults),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_dests),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_no_drift_rules),
		cmocka_unit_test(test_push),
		cmocka_unit_test(test_no_drift_push),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
