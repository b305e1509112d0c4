/*
 * test_reply - decisions, as each MTA is told
 */
#include "core/reply.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#define TEXT                                                         \
	"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\n" \
	"mx: *.example.net\r\nmax_age: 86400\r\n"
#define STRINGS                                    \
	" { policy_string = version: STSv1 }"      \
	" { policy_string = mode: enforce }"       \
	" { policy_string = mx: mx1.example.com }" \
	" { policy_string = mx: *.example.net }"   \
	" { policy_string = max_age: 86400 }"
#define MATCH "secure match=mx1.example.com:.example.net servername=hostname"
#define STS   " policy_type=sts policy_domain=example.com"
#define PATTERNS \
	" mx_host_pattern=mx1.example.com mx_host_pattern=*.example.net"

static const char *const mx[] = { "mx1.example.com", "*.example.net" };
static const char *const match[] = { "mx1.example.com", ".example.net" };
static const char *const alone[] = { "mx1.example.com" };

static const struct mtasts_policy enforce = {
	.mode = MTASTS_MODE_ENFORCE, .max_age_s = 86400, .mx_count = 2, .mx = mx
};
static const struct rule still = { .name = "example.com",
	.reply = "encrypt protocols=>=TLSv1.2" };

/* Decisions that several rows look at. */
static const struct decision sts = { .kind = DECISION_STS,
	.domain = { "example.com", 11 },
	.policy = &enforce,
	.policy_text = { TEXT, sizeof(TEXT) - 1 },
	.match_count = 2,
	.match = match,
	.match_current = 1,
	.pattern_count = 2,
	.pattern = mx };
static const struct decision one_out = { .kind = DECISION_STS,
	.domain = { "example.com", 11 },
	.policy = &enforce,
	.match_count = 1,
	.match = alone,
	.match_current = 1,
	.pattern_count = 1,
	.pattern = alone };
static const struct decision testing = { .kind = DECISION_TESTING,
	.domain = { "example.com", 11 },
	.policy = &enforce,
	.policy_text = { TEXT, sizeof(TEXT) - 1 } };
static const struct decision fetch_failed = { .kind = DECISION_NONE,
	.reason = DECISION_FETCH_FAILED,
	.domain = { "example.com", 11 },
	.failure = FETCHFACT_CERT_NAME };
static const struct decision bad_policy = { .kind = DECISION_NONE,
	.reason = DECISION_BAD_POLICY,
	.domain = { "example.com", 11 },
	.failure = FETCHFACT_POLICY };
static const struct decision timed_out = { .kind = DECISION_NONE,
	.reason = DECISION_FETCH_FAILED,
	.domain = { "example.com", 11 },
	.failure = FETCHFACT_TIMEOUT };
static const struct decision ours = { .kind = DECISION_NONE,
	.reason = DECISION_FETCH_FAILED,
	.domain = { "example.com", 11 },
	.failure = FETCHFACT_OURS };
static const struct decision mode_none = { .kind = DECISION_NONE,
	.reason = DECISION_MODE_NONE,
	.domain = { "example.com", 11 },
	.failure = FETCHFACT_TIMEOUT };
static const struct decision none = { .kind = DECISION_NONE,
	.reason = DECISION_NO_RECORD,
	.domain = { "example.com", 11 } };
static const struct decision dane_only = { .kind = DECISION_DANE_ONLY };
static const struct decision dane = { .kind = DECISION_DANE };
static const struct decision fixed = { .kind = DECISION_STATIC,
	.rule = &still };
static const struct decision temp = { .kind = DECISION_TEMP,
	.text = "no MX of example.com fits its policy" };
static const struct decision nameless = { .kind = DECISION_STS,
	.domain = { "example.com", 11 },
	.policy = &enforce };

/* REQ: APP-2 APP-3 VAL-4 */
static const struct {
	const struct decision *d;
	enum dialect dialect;
	enum reply_testing testing;
	enum reply_status status;
	const char *data;
} rows[] = {
	{ &sts, DIALECT_TLSRPT, 0, REPLY_OK, MATCH STS PATTERNS STRINGS },
	{ &sts, DIALECT_QUERY, 0, REPLY_OK, MATCH },
	{ &sts, DIALECT_POSTFIX, 0, REPLY_OK, MATCH },
	{ &sts, DIALECT_STS, 0, REPLY_OK, MATCH },
	{ &one_out, DIALECT_TLSRPT, 0, REPLY_OK,
	    "secure match=mx1.example.com servername=hostname" STS
	    " mx_host_pattern=mx1.example.com" },
	{ &nameless, DIALECT_QUERY, 0, REPLY_TEMP,
	    "no MX of this domain fits its policy" },

	{ &testing, DIALECT_TLSRPT, 0, REPLY_NOTFOUND, "" },
	{ &testing, DIALECT_QUERY, 0, REPLY_NOTFOUND, "" },
	{ &testing, DIALECT_TLSRPT, REPLY_TESTING_MAY, REPLY_OK,
	    "may" STS PATTERNS STRINGS },
	{ &testing, DIALECT_TLSRPT, REPLY_TESTING_ENCRYPT, REPLY_OK,
	    "encrypt" STS PATTERNS STRINGS },
	{ &testing, DIALECT_QUERY, REPLY_TESTING_MAY, REPLY_OK, "may" },
	{ &testing, DIALECT_POSTFIX, REPLY_TESTING_ENCRYPT, REPLY_OK,
	    "encrypt" },
	{ &testing, DIALECT_STS, REPLY_TESTING_ENCRYPT, REPLY_NOTFOUND, "" },

	{ &fetch_failed, DIALECT_TLSRPT, 0, REPLY_NOTFOUND, "" },
	{ &fetch_failed, DIALECT_TLSRPT, REPLY_TESTING_MAY, REPLY_OK,
	    "may" STS " policy_failure=sts-webpki-invalid" },
	{ &timed_out, DIALECT_TLSRPT, REPLY_TESTING_ENCRYPT, REPLY_OK,
	    "encrypt" STS " policy_failure=sts-policy-fetch-error" },
	{ &bad_policy, DIALECT_TLSRPT, REPLY_TESTING_MAY, REPLY_OK,
	    "may" STS " policy_failure=sts-policy-invalid" },
	{ &fetch_failed, DIALECT_QUERY, REPLY_TESTING_MAY, REPLY_NOTFOUND, "" },
	{ &fetch_failed, DIALECT_STS, REPLY_TESTING_MAY, REPLY_NOTFOUND, "" },
	{ &ours, DIALECT_TLSRPT, REPLY_TESTING_MAY, REPLY_NOTFOUND, "" },
	{ &mode_none, DIALECT_TLSRPT, REPLY_TESTING_MAY, REPLY_NOTFOUND, "" },
	{ &none, DIALECT_TLSRPT, REPLY_TESTING_MAY, REPLY_NOTFOUND, "" },
	{ &none, DIALECT_STS, 0, REPLY_NOTFOUND, "" },

	{ &dane_only, DIALECT_TLSRPT, 0, REPLY_OK, "dane-only" },
	{ &dane_only, DIALECT_QUERY, 0, REPLY_OK, "dane-only" },
	{ &dane, DIALECT_POSTFIX, 0, REPLY_OK, "dane" },
	{ &dane_only, DIALECT_STS, 0, REPLY_NOTFOUND, "" },
	{ &dane, DIALECT_STS, 0, REPLY_NOTFOUND, "" },

	{ &fixed, DIALECT_QUERY, 0, REPLY_OK, "encrypt protocols=>=TLSv1.2" },
	{ &fixed, DIALECT_STS, 0, REPLY_OK, "encrypt protocols=>=TLSv1.2" },
	{ &temp, DIALECT_TLSRPT, 0, REPLY_TEMP,
	    "no MX of example.com fits its policy" },
	{ &temp, DIALECT_STS, 0, REPLY_TEMP,
	    "no MX of example.com fits its policy" },
};

/* test_rows - every decision in every dialect that differs */
static void
test_rows(void **state)
{
	struct reply_form form;
	enum reply_status status;
	struct buf b;
	size_t i;

	buf_init(&b, 2 * REPLY_MAX);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		form = (struct reply_form){ rows[i].dialect, rows[i].testing,
			REPLY_MAX };
		buf_clear(&b);
		/* What stands in the buffer stays. */
		buf_puts(&b, "OK ");
		status = reply_format(rows[i].d, &form, &b);
		assert_int_equal(buf_error(&b), MTASTS_OK);
		if (status != rows[i].status ||
		    strcmp(b.p + 3, rows[i].data) != 0)
			fail_msg("row %zu: %s %s", i, reply_status_name(status),
			    b.p);
	}
	buf_free(&b);
}

/* format - a decision's reply in at most max bytes, status word included */
static enum reply_status
format(
    const struct decision *d, enum dialect dialect, size_t max, struct buf *b)
{
	struct reply_form form = { dialect, REPLY_TESTING_MAY, max };
	enum reply_status status;

	buf_clear(b);
	status = reply_format(d, &form, b);
	if (status == REPLY_OK)
		assert_true(b->len + 3 <= max);
	return status;
}

/* test_size - what is left out first, second and third */
static void
test_size(void **state)
{
	static const char full[] = MATCH STS PATTERNS STRINGS;
	static const char bare[] = MATCH STS PATTERNS;
	static const char now[] = "secure match=mx1.example.com "
				  "servername=hostname" STS PATTERNS;
	static const char least[] = "secure match=mx1.example.com "
				    "servername=hostname" STS;
	static const struct {
		size_t max;
		const char *want;
	} sizes[] = {
		{ sizeof(full) + 2, full },
		{ sizeof(full) + 1, bare },
		{ sizeof(bare) + 2, bare },
		{ sizeof(bare) + 1, now },
		{ sizeof(now) + 1, least },
		{ sizeof(least) + 2, least },
	};
	struct buf b;
	size_t i;

	buf_init(&b, REPLY_MAX);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(
		    format(&sts, DIALECT_TLSRPT, sizes[i].max, &b), REPLY_OK);
		assert_string_equal(b.p, sizes[i].want);
	}
	for (i = 0; i < sizeof(least) + 2; i++) {
		assert_int_equal(
		    format(&sts, DIALECT_TLSRPT, i, &b), REPLY_TEMP);
		assert_string_equal(
		    b.p, "the policy has more names than a reply can hold");
	}
	assert_int_equal(format(&fixed, DIALECT_QUERY, 10, &b), REPLY_TEMP);
	buf_free(&b);
}

/* test_size_unknown - without a present MX no name can be left out */
static void
test_size_unknown(void **state)
{
	struct decision d = sts;
	struct buf b;

	d.match_current = 0;
	buf_init(&b, REPLY_MAX);
	assert_int_equal(
	    format(&d, DIALECT_QUERY, sizeof(MATCH) + 1, &b), REPLY_TEMP);
	assert_int_equal(
	    format(&d, DIALECT_QUERY, sizeof(MATCH) + 2, &b), REPLY_OK);
	assert_string_equal(b.p, MATCH);
	buf_free(&b);
}

/*
 * Names and lines that a policy may hold to be taken for more than they are;
 * spec: the rows of mta_interfaces part 4.
 */
static const char *const hostile[] = { "mx1.x:25 match=evil", "a.b match=evil",
	"tafile=/etc/passwd", "a.b,ciphers=low", "a.b\nmatch=evil", "{", "}",
	"a.b}", "a.b:evil", "A.B", "a.b.", "*.a.b match=c", "**.a.b", "*", ".",
	"..a", "a..b", "", " ", "\xc3\xbc.example", "192.0.2.1", "a b",
	"a\tb.example", "a.b\r" };

#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

/* test_hostile_names - what is no name does not enter a reply */
static void
test_hostile_names(void **state)
{
	const char *names[HOSTILE + 1];
	struct decision d = sts;
	struct buf b;

	memcpy(names, hostile, sizeof(hostile));
	names[HOSTILE] = "mx.example.com";
	d.policy_text = STR("");
	d.match = names;
	d.match_count = HOSTILE + 1;
	d.pattern = names;
	d.pattern_count = HOSTILE + 1;
	buf_init(&b, REPLY_MAX);
	assert_int_equal(format(&d, DIALECT_TLSRPT, REPLY_MAX, &b), REPLY_OK);
	assert_string_equal(b.p,
	    "secure match=mx.example.com servername=hostname" STS
	    " mx_host_pattern=mx.example.com");
	d.match_count = HOSTILE;
	assert_int_equal(format(&d, DIALECT_TLSRPT, REPLY_MAX, &b), REPLY_TEMP);
	/* A domain that is none: no attribute can be had without it. */
	d.match_count = HOSTILE + 1;
	d.domain = STR("x match=y");
	assert_int_equal(format(&d, DIALECT_TLSRPT, REPLY_MAX, &b), REPLY_OK);
	assert_string_equal(
	    b.p, "secure match=mx.example.com servername=hostname");
	buf_free(&b);
}

/* test_words - an MX whose name means something else to Postfix */
static void
test_words(void **state)
{
	static const char *const words[] = { "hostname", "nexthop",
		"dot-nexthop", "hostname.example", ".hostname" };
	struct decision d = sts;
	struct buf b;

	d.match = words;
	d.match_count = 5;
	buf_init(&b, REPLY_MAX);
	assert_int_equal(format(&d, DIALECT_QUERY, REPLY_MAX, &b), REPLY_OK);
	assert_string_equal(
	    b.p, "secure match=hostname.example:.hostname servername=hostname");
	d.match_count = 3;
	assert_int_equal(format(&d, DIALECT_QUERY, REPLY_MAX, &b), REPLY_TEMP);
	buf_free(&b);
}

static const struct {
	const char *line;
	const char *want; /* what is told of it; null: nothing */
} lines[] = {
	{ "mode: enforce\n", "mode: enforce" },
	{ "mode: enforce", "mode: enforce" },
	{ " mx: a.b \t\r\n", "mx: a.b" },
	{ "mx: mx1.x:25 match=evil\r\n", "mx: mx1.x:25 match=evil" },
	{ "note: a=b, c; \"d\" \\ $e\n", "note: a=b, c; \"d\" \\ $e" },
	{ "\r\n", NULL },
	{ "note: x } match=evil { y\r\n", NULL },
	{ "note: }\n", NULL },
	{ "note: {\n", NULL },
	{ "note: a\tb\n", NULL },
	{ "note: a\rb\n", NULL },
	{ "note: \x1b[31m\n", NULL },
	{ "note: \x7f\n", NULL },
	{ "note: \xc3\xbc\n", NULL },
};

/* test_lines - policy lines go out between braces, or not at all */
static void
test_lines(void **state)
{
	struct decision d = one_out;
	char want[300];
	struct buf b;
	size_t i;

	buf_init(&b, REPLY_MAX);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		d.policy_text = str_of(lines[i].line);
		format(&d, DIALECT_TLSRPT, REPLY_MAX, &b);
		snprintf(want, sizeof(want), "%s%s%s%s",
		    "secure match=mx1.example.com servername=hostname" STS
		    " mx_host_pattern=mx1.example.com",
		    lines[i].want != NULL ? " { policy_string = " : "",
		    lines[i].want != NULL ? lines[i].want : "",
		    lines[i].want != NULL ? " }" : "");
		assert_string_equal(b.p, want);
	}
	d.policy_text = STR("a: \0b\nc: d\n");
	format(&d, DIALECT_TLSRPT, REPLY_MAX, &b);
	assert_non_null(strstr(b.p,
	    "pattern=mx1.example.com { policy_string "
	    "= c: d }"));
	buf_free(&b);
}

/* test_reason - one line of printable ASCII, at most 200 bytes, never none */
static void
test_reason(void **state)
{
	struct decision d = { .kind = DECISION_TEMP };
	struct buf b;

	buf_init(&b, REPLY_MAX);
	format(&d, DIALECT_QUERY, REPLY_MAX, &b);
	assert_string_equal(b.p, "temporary failure");
	memset(d.text, 'x', sizeof(d.text) - 1);
	d.text[3] = '\n';
	d.text[4] = '\xff';
	assert_int_equal(format(&d, DIALECT_QUERY, REPLY_MAX, &b), REPLY_TEMP);
	assert_int_equal(b.len, 200);
	assert_memory_equal(b.p, "xxx??x", 6);
	buf_clear(&b);
	reply_line_mode(&d, &b);
	assert_int_equal(b.len, 205);
	assert_memory_equal(b.p, "temp xxx??x", 11);
	buf_free(&b);
}

static const struct rule secure_rule = {
	.reply = "secure match=MX.partner.example:.mail.example servername=x"
};
static const struct rule next_rule = { .reply = "secure,servername=x" };
static const struct rule verify_rule = { .reply = "verify" };
static const struct rule may_rule = { .reply = "may" };
static const struct rule brace_rule = { .reply = "secure { match = a.b }" };
static const struct decision d_secure = { .kind = DECISION_STATIC,
	.domain = { "example.com", 11 },
	.rule = &secure_rule };
static const struct decision d_next = { .kind = DECISION_STATIC,
	.domain = { "example.com", 11 },
	.rule = &next_rule };
static const struct decision d_verify = { .kind = DECISION_STATIC,
	.rule = &verify_rule };
static const struct decision d_may = { .kind = DECISION_STATIC,
	.rule = &may_rule };
static const struct decision d_brace = { .kind = DECISION_STATIC,
	.rule = &brace_rule };

static const struct {
	const struct decision *d;
	const char *mode;
} mode_rows[] = {
	{ &sts, "enforce" },
	{ &testing, "testing" },
	{ &mode_none, "none" },
	{ &none, "absent" },
	{ &fetch_failed, "absent" },
	{ &dane, "absent" },
	{ &dane_only, "absent" },
	{ &temp, "temp no MX of example.com fits its policy" },
	{ &d_secure, "enforce" },
	{ &d_next, "enforce" },
	{ &d_verify, "enforce" },
	{ &d_may, "absent" },
	{ &fixed, "temp the rule's level is for Postfix only" },
	{ &d_brace, "temp the rule's level is for Postfix only" },
};

/* test_line_mode - the word for Exim */
static void
test_line_mode(void **state)
{
	struct buf b;
	size_t i;

	buf_init(&b, REPLY_MAX);
	for (i = 0; i < sizeof(mode_rows) / sizeof(mode_rows[0]); i++) {
		buf_clear(&b);
		reply_line_mode(mode_rows[i].d, &b);
		assert_string_equal(b.p, mode_rows[i].mode);
	}
	buf_free(&b);
}

#define NO(host) host " is no MX host that example.com allows"

/* REQ: VAL-2 */
static const struct {
	const struct decision *d;
	const char *host;
	const char *why; /* "": mail may go there */
} mx_rows[] = {
	{ &sts, "mx1.example.com", "" },
	{ &sts, "MX1.example.com.", "" },
	{ &sts, "a.example.net", "" },
	{ &sts, "a.b.example.net", NO("a.b.example.net") },
	{ &sts, "example.net", NO("example.net") },
	{ &sts, "xmx1.example.com", NO("xmx1.example.com") },
	{ &sts, "", " is no host name" },
	{ &sts, "192.0.2.1", "192.0.2.1 is no host name" },
	{ &sts, "a b\n", "a b? is no host name" },
	{ &one_out, "mx1.example.com", "" },
	{ &one_out, "a.example.net", NO("a.example.net") },
	{ &nameless, "a.example.net", "" },
	{ &testing, "evil.example", "" },
	{ &none, "evil.example", "" },
	{ &dane, "evil.example", "" },
	{ &dane_only, "evil.example", "" },
	{ &temp, "mx1.example.com", "no MX of example.com fits its policy" },
	{ &d_secure, "mx.partner.example", "" },
	{ &d_secure, "a.b.mail.example", "" },
	{ &d_secure, "mail.example", NO("mail.example") },
	{ &d_secure, "xmail.example", NO("xmail.example") },
	{ &d_next, "example.com", "" },
	{ &d_next, "mx.example.com", "" },
	{ &d_next, "mx.example.net", NO("mx.example.net") },
	{ &d_verify, "evil.example", "" },
	{ &d_may, "evil.example", "" },
};

/* test_line_mx - whether mail may go to the host, by RFC 8461 section 4.1 */
static void
test_line_mx(void **state)
{
	struct buf b;
	size_t i;

	buf_init(&b, REPLY_MAX);
	for (i = 0; i < sizeof(mx_rows) / sizeof(mx_rows[0]); i++) {
		buf_clear(&b);
		buf_putc(&b, ' ');
		reply_line_mx(mx_rows[i].d, str_of(mx_rows[i].host), &b);
		if (strcmp(b.p + 1, mx_rows[i].why) != 0)
			fail_msg("%s: \"%s\"", mx_rows[i].host, b.p + 1);
	}
	buf_free(&b);
}

/* test_dialects - names, DANE levels, deadlines */
static void
test_dialects(void **state)
{
	enum dialect d = DIALECT_LINE;

	assert_true(dialect_find(STR("querywithtlsrpt"), &d));
	assert_int_equal(d, DIALECT_TLSRPT);
	assert_true(dialect_find(STR("QUERY"), &d));
	assert_int_equal(d, DIALECT_QUERY);
	assert_true(dialect_find(STR("Postfix"), &d));
	assert_int_equal(d, DIALECT_POSTFIX);
	assert_true(dialect_find(STR("sts"), &d));
	assert_int_equal(d, DIALECT_STS);
	assert_false(dialect_find(STR("line"), &d));
	assert_false(dialect_find(STR("QUERYwithTLSRPT2"), &d));
	assert_false(dialect_find(STR(""), &d));
	assert_int_equal(d, DIALECT_STS);

	assert_string_equal(dialect_name(DIALECT_TLSRPT), "QUERYwithTLSRPT");
	assert_string_equal(dialect_name(DIALECT_LINE), "line");
	assert_string_equal(dialect_name(DIALECT_COUNT), "?");

	assert_true(dialect_dane(DIALECT_TLSRPT, REPLY_DANE_BY_MAP));
	assert_true(dialect_dane(DIALECT_QUERY, REPLY_DANE_BY_MAP));
	assert_false(dialect_dane(DIALECT_POSTFIX, REPLY_DANE_BY_MAP));
	assert_true(dialect_dane(DIALECT_POSTFIX, REPLY_DANE_ON));
	assert_false(dialect_dane(DIALECT_TLSRPT, REPLY_DANE_OFF));
	assert_false(dialect_dane(DIALECT_STS, REPLY_DANE_ON));
	assert_false(dialect_dane(DIALECT_LINE, REPLY_DANE_ON));

	assert_int_equal(dialect_deadline_ms(DIALECT_TLSRPT), 8000);
	assert_int_equal(dialect_deadline_ms(DIALECT_QUERY), 8000);
	assert_int_equal(dialect_deadline_ms(DIALECT_POSTFIX), 8000);
	assert_int_equal(dialect_deadline_ms(DIALECT_STS), 4000);
	assert_int_equal(dialect_deadline_ms(DIALECT_LINE), 4000);

	assert_string_equal(reply_status_name(REPLY_OK), "OK");
	assert_string_equal(reply_status_name(REPLY_NOTFOUND), "NOTFOUND");
	assert_string_equal(reply_status_name(REPLY_TEMP), "TEMP");
	assert_string_equal(reply_status_name(REPLY_PERM), "PERM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_size_unknown),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_line_mode),
		cmocka_unit_test(test_line_mx),
		cmocka_unit_test(test_dialects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
