/*
 * test_fetchfact - what a response's head means; facts that are kept
 */
#include "core/fetchfact.h"

#include "base/arena.h"
#include "core/limits.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

struct row {
	int status;
	const char *type; /* null: absent */
	bool several;
	const char *coding;
	enum fetchfact_end want;
	const char *why;
};

/* clang-format off */
/* REQ: FET-4 FET-5 POL-12 */
static const struct row rows[] = {
	{ 200, "text/plain", false, NULL, FETCHFACT_OK, "" },
	{ 200, "text/plain; charset=utf-8", false, NULL, FETCHFACT_OK, "" },
	{ 200, "TEXT/Plain", false, NULL, FETCHFACT_OK, "" },
	{ 200, " text/plain\t;garbage;;=", false, NULL, FETCHFACT_OK, "" },
	{ 200, "text/plain", false, "identity", FETCHFACT_OK, "" },
	{ 200, "text/plain", false, " Identity ", FETCHFACT_OK, "" },
	{ 200, "text/plain", false, "", FETCHFACT_OK, "" },

	{ 200, NULL, false, NULL, FETCHFACT_TYPE, "no Content-Type" },
	{ 200, "", false, NULL, FETCHFACT_TYPE, "is \"\"" },
	{ 200, "text/html", false, NULL, FETCHFACT_TYPE, "\"text/html\"" },
	{ 200, "text/plainer", false, NULL, FETCHFACT_TYPE, "plainer" },
	{ 200, "text", false, NULL, FETCHFACT_TYPE, "\"text\"" },
	{ 200, "application/octet-stream", false, NULL, FETCHFACT_TYPE,
	    "octet" },
	{ 200, "text/plain, text/html", false, NULL, FETCHFACT_TYPE, "html" },
	{ 200, "text / plain", false, NULL, FETCHFACT_TYPE, "text / plain" },
	{ 200, "text/plain", true, NULL, FETCHFACT_TYPE, "several" },
	{ 200, "x\r\n\x1b[31m", false, NULL, FETCHFACT_TYPE, "x\\r\\n\\x1B" },

	{ 200, "text/plain", false, "gzip", FETCHFACT_ENCODING, "\"gzip\"" },
	{ 200, "text/plain", false, "identity, gzip", FETCHFACT_ENCODING,
	    "gzip" },

	{ 201, "text/plain", false, NULL, FETCHFACT_STATUS, "201" },
	{ 204, "text/plain", false, NULL, FETCHFACT_STATUS, "204" },
	{ 206, "text/plain", false, NULL, FETCHFACT_STATUS, "206" },
	{ 100, "text/plain", false, NULL, FETCHFACT_STATUS, "100" },
	{ 404, "text/html", true, "gzip", FETCHFACT_STATUS, "404, not 200" },
	{ 500, "text/plain", false, NULL, FETCHFACT_STATUS, "500" },
	{ 0, NULL, false, NULL, FETCHFACT_STATUS, "0" },
	{ 300, "text/plain", false, NULL, FETCHFACT_REDIRECT, "300" },
	{ 301, "text/plain", false, NULL, FETCHFACT_REDIRECT, "redirect" },
	{ 302, NULL, false, NULL, FETCHFACT_REDIRECT, "redirect" },
	{ 304, NULL, false, NULL, FETCHFACT_REDIRECT, "304" },
	{ 308, "text/plain", false, NULL, FETCHFACT_REDIRECT, "redirect" },
};
/* clang-format on */

/* test_judge - each head */
static void
test_judge(void **state)
{
	struct fetchfact_head head;
	enum fetchfact_end end;
	const char *why;
	char scratch[200];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		head = (struct fetchfact_head){ .status = rows[i].status,
			.content_type = str_of(rows[i].type),
			.several_content_types = rows[i].several,
			.content_encoding = str_of(rows[i].coding) };
		end = fetchfact_judge(&head, scratch, &why);
		if (end != rows[i].want)
			fail_msg("row %zu: %s", i, fetchfact_end_name(end));
		if (strstr(why, rows[i].why) == NULL ||
		    (end == FETCHFACT_OK) != (why[0] == '\0'))
			fail_msg("row %zu: %s", i, why);
	}
}

/* test_long - a field of any length and bytes gives a short printable reason */
static void
test_long(void **state)
{
	struct fetchfact_head head = { .status = 200 };
	char field[5000], scratch[200];
	const char *why, *p;

	memset(field, '\xff', sizeof(field));
	head.content_type = str_make(field, sizeof(field));
	assert_int_equal(fetchfact_judge(&head, scratch, &why), FETCHFACT_TYPE);
	assert_true(strlen(why) < sizeof(scratch));
	for (p = why; *p != '\0'; p++)
		assert_in_range(*p, ' ', '~');
	head.content_encoding = head.content_type;
	head.content_type = STR("text/plain");
	assert_int_equal(
	    fetchfact_judge(&head, scratch, &why), FETCHFACT_ENCODING);
	assert_true(strlen(why) < sizeof(scratch));
}

static const struct {
	enum fetchfact_end end;
	const char *name;
	const char *type;
} end_rows[] = {
	{ FETCHFACT_OK, "ok", NULL },
	{ FETCHFACT_DNS, "dns", "sts-policy-fetch-error" },
	{ FETCHFACT_NO_ADDRESS, "no-address", "sts-policy-fetch-error" },
	{ FETCHFACT_PRIVATE, "private", "sts-policy-fetch-error" },
	{ FETCHFACT_CONNECT, "connect", "sts-policy-fetch-error" },
	{ FETCHFACT_TIMEOUT, "timeout", "sts-policy-fetch-error" },
	{ FETCHFACT_PROXY, "proxy", "sts-policy-fetch-error" },
	{ FETCHFACT_TLS, "tls", "sts-policy-fetch-error" },
	{ FETCHFACT_CERT_EXPIRED, "cert-expired", "sts-webpki-invalid" },
	{ FETCHFACT_CERT_NAME, "cert-name", "sts-webpki-invalid" },
	{ FETCHFACT_CERT_UNTRUSTED, "cert-untrusted", "sts-webpki-invalid" },
	{ FETCHFACT_STATUS, "status", "sts-policy-fetch-error" },
	{ FETCHFACT_REDIRECT, "redirect", "sts-policy-fetch-error" },
	{ FETCHFACT_TYPE, "type", "sts-policy-fetch-error" },
	{ FETCHFACT_ENCODING, "encoding", "sts-policy-fetch-error" },
	{ FETCHFACT_TOO_LARGE, "too-large", "sts-policy-fetch-error" },
	{ FETCHFACT_CUT, "cut", "sts-policy-fetch-error" },
	{ FETCHFACT_HTTP, "http", "sts-policy-fetch-error" },
	{ FETCHFACT_POLICY, "policy", "sts-policy-invalid" },
	{ FETCHFACT_OURS, "ours", NULL },
	{ (enum fetchfact_end)99, "?", "sts-policy-fetch-error" },
};

/* test_ends - names, numbers and result types; numbers are stored */
static void
test_ends(void **state)
{
	const char *type;
	size_t i;

	for (i = 0; i < sizeof(end_rows) / sizeof(end_rows[0]); i++) {
		assert_string_equal(
		    fetchfact_end_name(end_rows[i].end), end_rows[i].name);
		type = fetchfact_result_type(end_rows[i].end);
		if (end_rows[i].type == NULL)
			assert_null(type);
		else
			assert_string_equal(type, end_rows[i].type);
		if (i < FETCHFACT_ENDS)
			assert_int_equal(end_rows[i].end, i);
	}
}

/* spoil - overwrite what was lent */
static void
spoil(char *p, size_t len)
{
	memset(p, '#', len);
}

/* test_keep - a copy of everything; the handshake is shared */
static void
test_keep(void **state)
{
	static char body[LIMIT_POLICY_LEN];
	char why[] = "why", address[] = "192.0.2.1", type[] = "text/html";
	char location[] = "/x", hsts[] = "max-age=1", cache[] = "public";
	struct arena *arena = arena_new(4096);
	struct tlsfact *tls = arena_alloc(arena, sizeof(*tls));
	struct fetchfact *kept;
	struct fetchfact fact = { .end = FETCHFACT_TYPE,
		.status = 200,
		.body = { body, sizeof(body) },
		.why = why,
		.address = address,
		.took_ms = 7,
		.tls = tls,
		.type = type,
		.location = location,
		.hsts = hsts,
		.cache_control = cache };

	memset(body, 'b', sizeof(body));
	*tls = (struct tlsfact){ .version = "TLSv1.3", .arena = arena };
	kept = fetchfact_keep(&fact);
	assert_non_null(kept);
	tlsfact_free(tls);
	spoil(body, sizeof(body));
	spoil(why, strlen(why));
	spoil(address, strlen(address));
	spoil(type, strlen(type));
	spoil(location, strlen(location));
	spoil(hsts, strlen(hsts));
	spoil(cache, strlen(cache));
	assert_int_equal(kept->end, FETCHFACT_TYPE);
	assert_int_equal(kept->status, 200);
	assert_int_equal(kept->took_ms, 7);
	assert_int_equal(kept->body.len, sizeof(body));
	for (size_t i = 0; i < sizeof(body); i++)
		assert_int_equal(kept->body.p[i], 'b');
	assert_string_equal(kept->why, "why");
	assert_string_equal(kept->address, "192.0.2.1");
	assert_string_equal(kept->type, "text/html");
	assert_string_equal(kept->location, "/x");
	assert_string_equal(kept->hsts, "max-age=1");
	assert_string_equal(kept->cache_control, "public");
	assert_string_equal(kept->tls->version, "TLSv1.3");
	fetchfact_free(kept);
}

/* test_keep_little - what is not there is not there in the copy either */
static void
test_keep_little(void **state)
{
	struct fetchfact fact = {
		.end = FETCHFACT_CONNECT, .why = "", .address = ""
	};
	struct fetchfact *kept = fetchfact_keep(&fact), *again;

	assert_null(kept->body.p);
	assert_true(kept->type == NULL && kept->location == NULL);
	assert_true(kept->hsts == NULL && kept->cache_control == NULL);
	assert_null(kept->tls);
	fact.body = STR("");
	again = fetchfact_keep(&fact);
	assert_non_null(again->body.p);
	assert_int_equal(again->body.len, 0);
	fetchfact_free(again);
	/* A copy of a copy outlives it. */
	again = fetchfact_keep(kept);
	fetchfact_free(kept);
	assert_string_equal(again->why, "");
	fetchfact_free(again);
	fetchfact_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_keep_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
