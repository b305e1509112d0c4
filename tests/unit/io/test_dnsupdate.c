/*
 * Dynamic updates: the message that is sent, and what an answer means. Answers
 * are made by hand here; real servers are asked by e2e.dns.push.*.
 */
#include "io/dnsupdate_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the three above first. */
#include <cmocka.h>

static const struct tsigkey key = { "k.test", "hmac-sha256", "c2VjcmV0" };
static const struct str old[] = { { "v=STSv1; id=1;", 14 } };
static const struct str new_[] = { { "v=STSv1; id=2;", 14 } };
static const struct str host[] = { { "h.test", 6 } };
static const struct str addr[] = { { "192.0.2.1", 9 } };
static const struct dnschange sets[] = {
	{ "_mta-sts.a.test", DNSTYPE_TXT, 300, old, new_, 1, 1 },
	{ "mta-sts.a.test", DNSTYPE_CNAME, 300, NULL, host, 0, 1 },
	{ "mta-sts.a.test", DNSTYPE_A, 300, addr, NULL, 1, 0 },
};
static const struct dnsupdate_want want = {
	.key = &key, .zone = "a.test", .sets = sets, .count = 3
};

/* count_of - one of the four counts of a message's head */
static unsigned
count_of(const struct dnsupdate_msg *msg, size_t i)
{
	return (unsigned)msg->wire[4 + 2 * i] << 8 | msg->wire[5 + 2 * i];
}

/* the message: one zone, a need for each set, what goes and what comes, TSIG */
static void
test_message(void **state)
{
	struct dnsupdate_msg msg = { .wire = NULL };
	struct dnschange bad = sets[2];
	struct dnsupdate_want other = want;
	static const struct str none[] = { { "192.0.2", 7 } };

	assert_int_equal(dnsupdate_msg_update(&want, NULL, &msg), MTASTS_OK);
	/* Opcode 5, a question. */
	assert_int_equal(msg.wire[2] & 0xf8, 5 << 3);
	assert_int_equal(msg.id, (unsigned)msg.wire[0] << 8 | msg.wire[1]);
	assert_int_equal(count_of(&msg, 0), 1);
	assert_int_equal(count_of(&msg, 1), 3);
	assert_int_equal(count_of(&msg, 2), 4);
	assert_int_equal(count_of(&msg, 3), 1);
	dnsupdate_msg_free(&msg);

	bad.old = none;
	other.sets = &bad;
	other.count = 1;
	assert_int_equal(
	    dnsupdate_msg_update(&other, NULL, &msg), MTASTS_EINVAL);
	other = want;
	other.zone = "";
	assert_int_equal(
	    dnsupdate_msg_update(&other, NULL, &msg), MTASTS_EINVAL);
}

/* head - the head of an answer to a message */
static size_t
head(const struct dnsupdate_msg *msg, unsigned code, unsigned char out[12])
{
	memset(out, 0, 12);
	out[0] = (unsigned char)(msg->id >> 8);
	out[1] = (unsigned char)msg->id;
	out[2] = 0x80 | 5 << 3;
	out[3] = (unsigned char)code;
	return 12;
}

/* add_tsig - a TSIG record with an error and no signature */
static size_t
add_tsig(unsigned char *p, size_t len, unsigned error)
{
	static const unsigned char record[] = "\1k\4test\0\0\xfa\0\xff"
					      "\0\0\0\0\0\x1d"
					      "\13hmac-sha256\0\0\0\0\0\0\1"
					      "\1\x2c\0\0\0\1\0";

	p[11] = 1;
	memcpy(p + len, record, sizeof(record) - 1);
	len += sizeof(record) - 1;
	p[len++] = (unsigned char)error;
	p[len++] = 0;
	p[len++] = 0;
	return len;
}

/* what each code means; good news without a signature is none */
static void
test_codes(void **state)
{
	static const struct {
		unsigned code, error;
		enum dnschange_end end;
	} rows[] = {
		{ 0, 0, DNSCHANGE_UNSIGNED },
		{ 1, 0, DNSCHANGE_FAILED },
		{ 2, 0, DNSCHANGE_FAILED },
		{ 3, 0, DNSCHANGE_CHANGED },
		{ 4, 0, DNSCHANGE_FAILED },
		{ 5, 0, DNSCHANGE_REFUSED },
		{ 6, 0, DNSCHANGE_CHANGED },
		{ 7, 0, DNSCHANGE_CHANGED },
		{ 8, 0, DNSCHANGE_CHANGED },
		{ 9, 0, DNSCHANGE_NOT_AUTH },
		{ 10, 0, DNSCHANGE_NOT_AUTH },
		{ 9, 16, DNSCHANGE_BAD_KEY },
		{ 9, 17, DNSCHANGE_BAD_KEY },
		{ 9, 18, DNSCHANGE_BAD_TIME },
	};
	struct dnsupdate_msg msg = { .wire = NULL };
	unsigned char p[200];
	size_t len;

	assert_int_equal(dnsupdate_msg_update(&want, NULL, &msg), MTASTS_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		len = head(&msg, rows[i].code, p);
		if (rows[i].error != 0)
			len = add_tsig(p, len, rows[i].error);
		assert_int_equal(dnsupdate_msg_read(&want, &msg,
				     str_make((const char *)p, len)),
		    rows[i].end);
	}
	/* Of another message, or none. */
	len = head(&msg, 5, p);
	p[1] ^= 1;
	assert_int_equal(
	    dnsupdate_msg_read(&want, &msg, str_make((const char *)p, len)),
	    DNSCHANGE_FAILED);
	assert_int_equal(
	    dnsupdate_msg_read(&want, &msg, STR("x")), DNSCHANGE_FAILED);
	/* Its own question come back is no answer, though it is signed. */
	assert_int_equal(dnsupdate_msg_read(&want, &msg,
			     str_make((const char *)msg.wire, msg.len)),
	    DNSCHANGE_FAILED);
	dnsupdate_msg_free(&msg);
}

/* every end has words */
static void
test_words(void **state)
{
	for (unsigned i = 0; i < DNSCHANGE_ENDS; i++) {
		assert_non_null(dnschange_end_name((enum dnschange_end)i));
		assert_string_not_equal(
		    dnschange_end_text((enum dnschange_end)i), "");
		assert_int_equal(
		    dnschange_end_fix((enum dnschange_end)i)[0] == '\0',
		    i == DNSCHANGE_DONE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
