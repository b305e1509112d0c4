/*
 * fuzz_push - what comes from outside when DNS is written
 *
 * The first byte says what the rest is: a key of TSIG, an answer of PowerDNS's
 * API, what a hook said, an answer to a dynamic update.
 */
#include "base/arena.h"
#include "io/dnsupdate_int.h"
#include "io/pdnsapi.h"
#include "io/pushhook.h"
#include "io/tsigkey.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct str values[] = { { "v=STSv1; id=1;", 14 } };
static const struct dnschange change = { "_mta-sts.a.test", DNSTYPE_TXT, 300,
	values, values, 1, 1 };
static const struct tsigkey key = { "k.test", "hmac-sha256", "c2VjcmV0" };
static const struct dnsupdate_want want = {
	.key = &key, .zone = "a.test", .sets = &change, .count = 1
};

/* fuzz_key - what is accepted is a key that can be written and read again */
static void
fuzz_key(struct str text)
{
	struct tsigkey one, two;
	struct buf b;

	if (tsigkey_parse(text, "fuzz", &one, NULL) != MTASTS_OK)
		return;
	buf_init(&b, 4096);
	buf_putf(&b, "key \"%s\" { algorithm %s; secret \"%s\"; };", one.name,
	    one.algorithm, one.secret);
	if (tsigkey_parse(buf_str(&b), "fuzz", &two, NULL) != MTASTS_OK ||
	    strcmp(one.name, two.name) != 0 ||
	    strcmp(one.secret, two.secret) != 0)
		abort();
	buf_free(&b);
}

/* fuzz_api - what is read may be sent and read again */
static void
fuzz_api(struct str text)
{
	struct arena *a = arena_new(1 << 24);
	struct pdnsapi_values v;
	struct buf b;

	buf_init(&b, 1 << 20);
	if (pdnsapi_read(text, &change, a, &v) == MTASTS_OK) {
		struct dnschange again = change;

		again.new_ = v.v;
		again.new_count = v.count;
		pdnsapi_put(&again, 1, &b);
	}
	buf_clear(&b);
	pdnsapi_reason(text, &b);
	buf_free(&b);
	arena_free(a);
}

/* fuzz_answer - to an update, and to a question; none of it is signed */
static void
fuzz_answer(struct str text)
{
	struct dnsupdate_msg msg = { .wire = NULL };
	struct dnsupdate_exact exact = { NULL };

	if (text.len >= 2)
		msg.id = (uint16_t)((unsigned char)text.p[0] << 8 |
		    (unsigned char)text.p[1]);
	if (dnsupdate_msg_read(&want, &msg, text) == DNSCHANGE_DONE ||
	    dnsupdate_msg_learn(&want, &change, &msg, text, &exact) ==
		DNSCHANGE_DONE)
		abort();
	dnsupdate_exact_free(&exact);
}

/* fuzz_hook - its last line */
static void
fuzz_hook(struct str text)
{
	struct buf b;

	buf_init(&b, 4096);
	pushhook_reason(text, &b);
	if (buf_error(&b) != MTASTS_OK)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text;

	if (size == 0)
		return 0;
	text = str_make((const char *)data + 1, size - 1);
	switch (data[0]) {
	case 'k':
		fuzz_key(text);
		break;
	case 'a':
		fuzz_api(text);
		break;
	case 'h':
		fuzz_hook(text);
		break;
	default:
		fuzz_answer(text);
		break;
	}
	return 0;
}
