/*
 * test_smtpdlg - dialogues whole, byte by byte, and cut at every point
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/smtptalk.h"

#include <stdio.h>

#define GREET  "220 mx.example ESMTP\r\n|"
#define EHLO   "250-mx.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n|"
#define AGREE  "220 go ahead\r\n|"
#define SECURE GREET EHLO AGREE
#define OURS1  "EHLO me.example\r\n"
#define OURS2  OURS1 "STARTTLS\r\n"
#define OURS3  OURS2 "EHLO me.example\r\n"
#define OURS4  OURS3 "QUIT\r\n"
#define SOME   (PROBEFACT_STARTTLS | PROBEFACT_SIZE)

struct row {
	const char *text;
	enum smtptalk_last last;
	enum probefact_end end;
	const char *why; /* whole */
	const char *sent;
	int code;
	const char *greeting;
	unsigned ext_clear, ext_tls;
	bool early;
};

#define MX 220, "mx.example ESMTP"
#define NO 0, ""

static const struct row rows[] = {
	/* all is well */
	{ SECURE "250-mx.example\r\n250-AUTH PLAIN\r\n250 REQUIRETLS\r\n",
	    TALK_OPEN, PROBEFACT_OK, "", OURS4, MX, SOME,
	    PROBEFACT_AUTH | PROBEFACT_REQUIRETLS, false },
	{ SECURE "250 mx.example\r\n|221 bye\r\n", TALK_OPEN, PROBEFACT_OK, "",
	    OURS4, MX, SOME, 0, false },
	{ "220-a\r\n220-b\r\n220 c\r\n|" EHLO AGREE "250 x\r\n", TALK_OPEN,
	    PROBEFACT_OK, "", OURS4, 220, "a", SOME, 0, false },
	{ "220\r\n|250-x\r\n250 STARTTLS\r\n|220\r\n|250\r\n", TALK_OPEN,
	    PROBEFACT_OK, "", OURS4, 220, "", PROBEFACT_STARTTLS, 0, false },
	{ "220 x\n|250-x\n250 STARTTLS\n|220 y\n|250 z\n", TALK_OPEN,
	    PROBEFACT_OK, "", OURS4, 220, "x", PROBEFACT_STARTTLS, 0, false },
	{ "220 a\\\x01\xff\"\r\n|" EHLO AGREE "250 x\r\n", TALK_OPEN,
	    PROBEFACT_OK, "", OURS4, 220, "a\\\\\\x01\\xFF\"", SOME, 0, false },

	/* extensions */
	{ GREET "250-STARTTLS DSN\r\n250-starttls\r\n250-Size\r\n"
		"250-8bitmime\r\n250-PIPELINING x\r\n250-CHUNKING\r\n"
		"250-SMTPUTF8\r\n250-DSN\r\n250-AUTH=LOGIN\r\n250-X\r\n"
		"250-\r\n250 STARTTLSX\r\n|" AGREE "250 STARTTLS\r\n",
	    TALK_OPEN, PROBEFACT_OK, "", OURS4, MX,
	    SOME | PROBEFACT_8BITMIME | PROBEFACT_PIPELINING |
		PROBEFACT_CHUNKING | PROBEFACT_SMTPUTF8 | PROBEFACT_DSN |
		PROBEFACT_AUTH,
	    0, false },
	/* The first line is the domain, whatever it is called. */
	{ GREET "250 STARTTLS\r\n", TALK_OPEN, PROBEFACT_NO_STARTTLS,
	    "it does not offer STARTTLS: its reply to EHLO has 1 line without "
	    "it",
	    OURS1, MX, 0, 0, false },
	{ GREET "250-x\r\n250-SIZE\r\n250 STARTTLS1\r\n", TALK_OPEN,
	    PROBEFACT_NO_STARTTLS,
	    "it does not offer STARTTLS: its reply to EHLO has 3 lines without "
	    "it",
	    OURS1, MX, PROBEFACT_SIZE, 0, false },

	/* greetings */
	{ "421 come back later\r\n", TALK_OPEN, PROBEFACT_BUSY,
	    "it closes the connection with code 421: \"come back later\"", "",
	    421, "come back later", 0, 0, false },
	{ "450-4.3.2 a\r\n450 b\r\n", TALK_OPEN, PROBEFACT_BUSY,
	    "it turned us away for now with code 450: \"4.3.2 a\"", "", 450,
	    "4.3.2 a", 0, 0, false },
	{ "554 no \x7f\r\n", TALK_OPEN, PROBEFACT_REJECTED,
	    "it turned us away with code 554: \"no \\x7F\"", "", 554,
	    "no \\x7F", 0, 0, false },
	{ "554\r\n", TALK_OPEN, PROBEFACT_REJECTED,
	    "it turned us away with code 554", "", 554, "", 0, 0, false },
	{ "250 hm\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it greeted with code 250: \"hm\"", "", 250, "hm", 0, 0, false },

	/* other protocols, and none */
	{ "HTTP/1.1 400 Bad Request\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it is a web server: it speaks HTTP, not SMTP: \"HTTP/1.1 400 Bad "
	    "Request\"",
	    "", NO, 0, 0, false },
	{ "SSH-2.0-OpenSSH_9.2\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it is an SSH server, not one for mail: \"SSH-2.0-OpenSSH_9.2\"",
	    "", NO, 0, 0, false },
	{ "+OK ready\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it is a POP3 server: it speaks no SMTP: \"+OK ready\"", "", NO, 0,
	    0, false },
	{ "* OK IMAP4\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it is an IMAP server: it speaks no SMTP: \"* OK IMAP4\"", "", NO,
	    0, 0, false },
	{ "\x15\x03\x01", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it speaks TLS where a line of SMTP should be", "", NO, 0, 0,
	    false },
	{ "\xff\xfb\x01", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it does not speak SMTP: its greeting begins with byte 0xff", "",
	    NO, 0, 0, false },
	{ "\r\n", TALK_OPEN, PROBEFACT_NO_SMTP, "it does not speak SMTP: \"\"",
	    "", NO, 0, 0, false },
	{ "22\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it does not speak SMTP: \"22\"", "", NO, 0, 0, false },
	{ "220mx\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it does not speak SMTP: \"220mx\"", "", NO, 0, 0, false },
	{ "620 x\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it does not speak SMTP: \"620 x\"", "", NO, 0, 0, false },
	{ "2200 x\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it does not speak SMTP: \"2200 x\"", "", NO, 0, 0, false },
	{ "220-a\r\n250 b\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "its greeting begins with code 220 and goes on with 250", "", 220,
	    "a", 0, 0, false },
	{ GREET "250-a\r\nhuh\r\n", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it said something that is no reply of SMTP: \"huh\"", OURS1, MX, 0,
	    0, false },
	{ GREET "250-a\r\n\x16", TALK_OPEN, PROBEFACT_NO_SMTP,
	    "it speaks TLS where a line of SMTP should be", OURS1, MX, 0, 0,
	    false },

	/* EHLO and STARTTLS refused */
	{ GREET "502 what?\r\n", TALK_OPEN, PROBEFACT_EHLO,
	    "it refused EHLO with code 502: \"what?\"", OURS1, MX, 0, 0,
	    false },
	{ GREET "450 greylisted\r\n", TALK_OPEN, PROBEFACT_EHLO,
	    "it refused EHLO with code 450: \"greylisted\"", OURS1, MX, 0, 0,
	    false },
	{ GREET "421 busy\r\n", TALK_OPEN, PROBEFACT_BUSY,
	    "it closes the connection with code 421: \"busy\"", OURS1, MX, 0, 0,
	    false },
	{ GREET EHLO "454 4.7.0 not now\r\n", TALK_OPEN,
	    PROBEFACT_STARTTLS_LATER,
	    "it offers STARTTLS and refused it for now with code 454: \"4.7.0 "
	    "not now\"",
	    OURS2, MX, SOME, 0, false },
	{ GREET EHLO "501 no\r\n", TALK_OPEN, PROBEFACT_STARTTLS_NEVER,
	    "it offers STARTTLS and refused it with code 501: \"no\"", OURS2,
	    MX, SOME, 0, false },
	{ GREET EHLO "250 fine\r\n", TALK_OPEN, PROBEFACT_STARTTLS_NEVER,
	    "it offers STARTTLS and refused it with code 250: \"fine\"", OURS2,
	    MX, SOME, 0, false },
	{ GREET EHLO "421 bye\r\n", TALK_OPEN, PROBEFACT_BUSY,
	    "it closes the connection with code 421: \"bye\"", OURS2, MX, SOME,
	    0, false },

	/* more than it may say */
	{ GREET EHLO "220 go\r\n250 injected\r\n", TALK_OPEN,
	    PROBEFACT_INJECTED,
	    "it sent more in the clear behind its consent to STARTTLS: \"250 "
	    "injected\\r\\n\"",
	    OURS2, MX, SOME, 0, false },
	{ "220 a\r\n250-x\r\n250 STARTTLS\r\n||" AGREE "250 x\r\n", TALK_OPEN,
	    PROBEFACT_OK, "", OURS4, 220, "a", PROBEFACT_STARTTLS, 0, true },
	{ "220 a\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n", TALK_CLOSED,
	    PROBEFACT_AFTER_TLS,
	    "it closed the connection without a reply to EHLO over TLS", OURS3,
	    220, "a", PROBEFACT_STARTTLS, 0, true },

	/* after TLS */
	{ SECURE "503 no\r\n", TALK_OPEN, PROBEFACT_AFTER_TLS,
	    "it refused EHLO over TLS with code 503: \"no\"", OURS3, MX, SOME,
	    0, false },
	{ SECURE "421 no\r\n", TALK_OPEN, PROBEFACT_AFTER_TLS,
	    "it closes the connection with code 421: \"no\"", OURS3, MX, SOME,
	    0, false },
	{ SECURE "hm\r\n", TALK_OPEN, PROBEFACT_AFTER_TLS,
	    "it said something that is no reply of SMTP: \"hm\"", OURS3, MX,
	    SOME, 0, false },
	{ SECURE, TALK_CLOSED, PROBEFACT_AFTER_TLS,
	    "it closed the connection without a reply to EHLO over TLS", OURS3,
	    MX, SOME, 0, false },
	{ SECURE "250-SIZE", TALK_LATE, PROBEFACT_AFTER_TLS,
	    "its reply to EHLO over TLS was not finished within 30s: "
	    "\"250-SIZE\"",
	    OURS3, MX, SOME, 0, false },

	/* closed */
	{ "", TALK_CLOSED, PROBEFACT_CLOSED,
	    "it closed the connection without a greeting", "", NO, 0, 0,
	    false },
	{ "220-a\r\n", TALK_CLOSED, PROBEFACT_CLOSED,
	    "it closed the connection amid its greeting: \"a\"", "", 220, "a",
	    0, 0, false },
	{ "HTTP/1.0 400", TALK_CLOSED, PROBEFACT_NO_SMTP,
	    "it is a web server: it speaks HTTP, not SMTP: \"HTTP/1.0 400\"",
	    "", NO, 0, 0, false },
	{ GREET, TALK_CLOSED, PROBEFACT_CLOSED,
	    "it closed the connection without a reply to EHLO", OURS1, MX, 0, 0,
	    false },
	{ GREET EHLO, TALK_CLOSED, PROBEFACT_CLOSED,
	    "it closed the connection without a reply to STARTTLS", OURS2, MX,
	    SOME, 0, false },
	{ GREET EHLO "220", TALK_CLOSED, PROBEFACT_CLOSED,
	    "it closed the connection amid its reply to STARTTLS: \"220\"",
	    OURS2, MX, SOME, 0, false },

	/* late */
	{ "", TALK_LATE, PROBEFACT_SILENT, "it sent no greeting within 30s", "",
	    NO, 0, 0, false },
	{ "220 ta", TALK_LATE, PROBEFACT_SILENT,
	    "its greeting was not finished within 30s: \"220 ta\"", "", NO, 0,
	    0, false },
	{ GREET, TALK_LATE, PROBEFACT_SILENT,
	    "it sent no reply to EHLO within 30s", OURS1, MX, 0, 0, false },
	{ GREET EHLO, TALK_LATE, PROBEFACT_SILENT,
	    "it sent no reply to STARTTLS within 30s", OURS2, MX, SOME, 0,
	    false },
};

/* check - what a row says */
static void
check(const struct row *row, const struct smtptalk *t)
{
	const struct smtpdlg *d = &t->d;

	assert_int_equal(t->step, SMTPDLG_OVER);
	assert_int_equal(d->end, row->end);
	assert_string_equal(d->why.len > 0 ? d->why.p : "", row->why);
	assert_string_equal(t->sent.len > 0 ? t->sent.p : "", row->sent);
	assert_int_equal(d->greeting_code, row->code);
	assert_string_equal(
	    d->greeting.len > 0 ? d->greeting.p : "", row->greeting);
	assert_int_equal(d->ext_clear, row->ext_clear);
	assert_int_equal(d->ext_tls, row->ext_tls);
	assert_int_equal(d->early, row->early);
}

/* test_rows - each dialogue, in whatever pieces it comes */
static void
test_rows(void **state)
{
	struct smtptalk whole, parts;
	size_t i, cut;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str text = str_of(rows[i].text);

		print_message("row %zu: %s\n", i, rows[i].text);
		smtptalk_run(&whole, text, rows[i].last, SIZE_MAX, 0);
		check(&rows[i], &whole);
		smtptalk_run(&parts, text, rows[i].last, 1, 0);
		assert_true(smtptalk_same(&whole, &parts));
		smtptalk_free(&parts);
		for (cut = 1; cut < text.len; cut++) {
			smtptalk_run(&parts, text, rows[i].last, SIZE_MAX, cut);
			assert_true(smtptalk_same(&whole, &parts));
			smtptalk_free(&parts);
		}
		smtptalk_free(&whole);
	}
}

/* run_both - whole and in odd pieces; the whole is left to be looked at */
static void
run_both(struct smtptalk *whole, struct str text)
{
	struct smtptalk parts;

	smtptalk_run(whole, text, TALK_OPEN, SIZE_MAX, 0);
	smtptalk_run(&parts, text, TALK_OPEN, 7, 0);
	assert_true(smtptalk_same(whole, &parts));
	smtptalk_free(&parts);
}

/* test_long - lines and replies at their bounds and past them */
static void
test_long(void **state)
{
	struct smtptalk t;
	struct buf b;
	int i;

	buf_init(&b, 200000);
	for (i = 0; i < 500; i++)
		buf_putf(&b, "220-line %d of a long welcome\r\n", i);
	buf_puts(&b, "220 at last\r\n");
	run_both(&t, buf_str(&b));
	assert_int_equal(t.d.state, SMTPDLG_EHLO);
	assert_string_equal(t.d.greeting.p, "line 0 of a long welcome");
	smtptalk_free(&t);

	/* Just in time, and one byte more. */
	for (i = 0; i < 2; i++) {
		buf_clear(&b);
		buf_putf(&b, "220 %0*d\n", SMTPDLG_LINE_MAX - 4 + i, 0);
		run_both(&t, buf_str(&b));
		assert_int_equal(
		    t.d.state, i == 0 ? SMTPDLG_EHLO : SMTPDLG_ENDED);
		smtptalk_free(&t);
	}

	buf_clear(&b);
	for (i = 0; i < 5000; i++)
		buf_puts(&b, "220-endless welcome\r\n");
	run_both(&t, buf_str(&b));
	assert_int_equal(t.d.end, PROBEFACT_NO_SMTP);
	assert_string_equal(
	    t.d.why.p, "its greeting has more than 65536 bytes and no end");
	smtptalk_free(&t);

	buf_clear(&b);
	for (i = 0; i < 20000; i++)
		buf_puts(&b, "2");
	run_both(&t, buf_str(&b));
	assert_int_equal(t.d.end, PROBEFACT_NO_SMTP);
	assert_string_equal(
	    t.d.why.p, "its greeting has a line of more than 2048 bytes");
	smtptalk_free(&t);
	buf_free(&b);
}

/* test_zero - NUL within a line does not end the text before its time */
static void
test_zero(void **state)
{
	struct smtptalk t;

	run_both(&t, STR("554 a\0b\r\n"));
	assert_int_equal(t.d.end, PROBEFACT_REJECTED);
	assert_string_equal(
	    t.d.why.p, "it turned us away with code 554: \"a\\x00b\"");
	smtptalk_free(&t);
	run_both(&t, STR("\0"));
	assert_string_equal(t.d.why.p,
	    "it does not speak SMTP: its greeting begins with byte 0x00");
	smtptalk_free(&t);
}

/* test_over - what comes after the end changes nothing */
static void
test_over(void **state)
{
	struct str more = STR("250 x\r\n");
	struct smtptalk t;

	smtptalk_run(&t, STR("554 no\r\n"), TALK_OPEN, SIZE_MAX, 0);
	assert_int_equal(smtpdlg_feed(&t.d, &more), SMTPDLG_OVER);
	assert_int_equal(smtpdlg_closed(&t.d), SMTPDLG_OVER);
	assert_int_equal(smtpdlg_late(&t.d, 1), SMTPDLG_OVER);
	assert_int_equal(t.d.end, PROBEFACT_REJECTED);
	smtptalk_free(&t);
}

/* test_handshake - what ends a handshake from outside */
static void
test_handshake(void **state)
{
	struct str text = STR("220 a\r\n"), none = STR("");
	struct smtpdlg d;

	for (int i = 0; i < 2; i++) {
		smtpdlg_init(&d, "me");
		assert_int_equal(smtpdlg_feed(&d, &text), SMTPDLG_SEND);
		text = STR("250-a\r\n250 STARTTLS\r\n");
		assert_int_equal(smtpdlg_feed(&d, &text), SMTPDLG_SEND);
		text = STR("220 a\r\n");
		assert_int_equal(smtpdlg_feed(&d, &text), SMTPDLG_TLS);
		assert_int_equal(smtpdlg_feed(&d, &none), SMTPDLG_TLS);
		text = STR("220 a\r\n");
		assert_int_equal(
		    i == 0 ? smtpdlg_closed(&d) : smtpdlg_late(&d, 1500),
		    SMTPDLG_OVER);
		assert_int_equal(
		    d.end, i == 0 ? PROBEFACT_TLS : PROBEFACT_TLS_LATE);
		assert_string_equal(d.why.p,
		    i == 0 ? "it closed the connection during the TLS handshake"
			   : "the TLS handshake was not finished within "
			     "1500ms");
		smtpdlg_free(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_handshake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
