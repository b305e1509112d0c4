/*
 * test_uacme - one sentence of what uacme says; all texts are real ones
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/uacme.h"

#include <stdio.h>

#define AT "https://ca.test:14000"

static const struct {
	const char *name;
	const char *text;
	enum uacme_cause cause;
	const char *why;
} rows[] = {
	{ "nothing", "", UACME_OTHER, "" },
	{ "blank lines", "\n \n\t\n", UACME_OTHER, "" },
	{ "the authority cannot connect",
	    "uacme: challenge " AT "/chalZ/OlaJ failed with status invalid\n"
	    "uacme: the server reported the following error:\n"
	    "{\n"
	    "    \"type\": \"urn:ietf:params:acme:error:unauthorized\",\n"
	    "    \"detail\": \"Failed to connect to 127.0.0.1:25640 for the "
	    "tls-alpn-01 challenge\",\n"
	    "    \"status\": 403\n"
	    "}\n"
	    "uacme: failed to authorize order at " AT "/my-order/y1VQ\n",
	    UACME_OTHER,
	    "Failed to connect to 127.0.0.1:25640 for the tls-alpn-01 "
	    "challenge" },
	{ "too many",
	    "uacme: failed to create new order at " AT "/acme/new-order\n"
	    "uacme: the server reported the following error:\n"
	    "{\n"
	    "    \"type\": \"urn:ietf:params:acme:error:rateLimited\",\n"
	    "    \"detail\": \"too many new orders recently: see "
	    "https://ca.test/limits.\",\n"
	    "    \"status\": 429\n"
	    "}\n",
	    UACME_LIMITED,
	    "too many new orders recently: see https://ca.test/limits" },
	{ "nonces that ran out twice",
	    "uacme: acme_post: server rejected nonce, retrying\n"
	    "uacme: failed to create new order at " AT "/acme/new-order\n"
	    "uacme: the server reported the following error:\n"
	    "{\n"
	    "    \"type\": \"urn:ietf:params:acme:error:badNonce\",\n"
	    "    \"detail\": \"JWS has an invalid anti-replay nonce: 51D-\",\n"
	    "    \"status\": 400\n"
	    "}\n",
	    UACME_NONCE, "JWS has an invalid anti-replay nonce: 51D-" },
	{ "an account that was made before",
	    "uacme: Account already exists at " AT "/my-account/1\n",
	    UACME_HAS_ACCOUNT,
	    "Account already exists at " AT "/my-account/1" },
	{ "no host",
	    "mtasts: tls-alpn-01: nobody listens at /run/mtasts/host.ctl; is "
	    "mtasts-host running?\n"
	    "uacme: no challenge completed\n"
	    "uacme: failed to authorize order at " AT "/my-order/3IQs\n",
	    UACME_DECLINED,
	    "tls-alpn-01: nobody listens at /run/mtasts/host.ctl; is "
	    "mtasts-host running?" },
	{ "declined without a word",
	    "uacme: no challenge completed\n"
	    "uacme: failed to authorize order at " AT "/my-order/3IQs\n",
	    UACME_OTHER, "failed to authorize order at " AT "/my-order/3IQs" },
	{ "no authority",
	    "uacme: curl_get: GET " AT "/dir failed: Couldn't connect to "
	    "server\n"
	    "uacme: curl_get: waiting 5 seconds before retrying\n"
	    "uacme: acme_get: curl_get failed\n"
	    "uacme: failed to fetch directory at " AT "/dir\n",
	    UACME_UNREACHABLE, "Couldn't connect to server" },
	{ "a strange authority",
	    "uacme: curl_get: GET " AT "/dir failed: SSL peer certificate or "
	    "SSH remote key was not OK\n"
	    "uacme: failed to fetch directory at " AT "/dir\n",
	    UACME_UNTRUSTED,
	    "SSL peer certificate or SSH remote key was not OK" },
	{ "no account",
	    "uacme: no account associated with /a/private/key.pem found at " AT
	    "/sign-me-up. Consider trying 'new'\n",
	    UACME_NO_ACCOUNT,
	    "no account associated with /a/private/key.pem found at " AT
	    "/sign-me-up. Consider trying 'new'" },
	{ "of the shell",
	    "/usr/bin/uacme: 3: Syntax error: \"(\" unexpected\n\n",
	    UACME_OTHER, "/usr/bin/uacme: 3: Syntax error: \"(\" unexpected" },
	{ "hostile: broken documents",
	    "\"detail\"\n\"detail\": \"\",\n\"detail\":\n\"detail\": ...\n"
	    "\"detail\": \"x\n",
	    UACME_OTHER, "x" },
	{ "hostile: no end of line", "uacme: \x01\xff", UACME_OTHER,
	    "\x01\xff" },
};

static void
test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct uacme_said said;

		uacme_read(str_of(rows[i].text), &said);
		if (said.cause != rows[i].cause ||
		    !str_eq(said.why, str_of(rows[i].why)))
			fail_msg("%s: %d \"%.*s\"", rows[i].name, said.cause,
			    STR_ARG(said.why));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
