/*
 * fuzz_httpresp - a policy host's answer, whole, in pieces, and cut off
 *
 * The first byte says how the input is parted. Holds: the end and the body do
 * not depend on the parting; a body is whole unless it is only looked at, not
 * over the cap, and comes with status 200 only; a reason is there when there is
 * no body, and printable.
 */
#include "core/httpresp.h"
#include "core/limits.h"
#include "fuzz.h"

#include <stdint.h>
#include <stdlib.h>

/* check - what must hold whenever it is over */
static void
check(const struct httpresp *r, enum httpresp_kind kind)
{
	size_t i;

	require(r->phase == HTTPRESP_OVER);
	require(r->body.len <= LIMIT_POLICY_LEN);
	require((unsigned)r->end < FETCHFACT_ENDS);
	require(r->status == 0 || (r->status >= 100 && r->status <= 999));
	if (r->end == FETCHFACT_OK) {
		require(kind == HTTPRESP_TUNNEL || r->status == 200);
		return;
	}
	/* Only a look has a body that is not good. */
	if (kind == HTTPRESP_LOOK && r->head_end != FETCHFACT_OK)
		require(r->status == 200 && r->end == r->head_end);
	else
		require(r->head_end == FETCHFACT_OK);
	require(r->why.len > 0);
	for (i = 0; i < r->why.len; i++)
		require((unsigned char)r->why.p[i] >= ' ');
}

/* feed - a copy of exactly these bytes, so that a read past them is seen */
static bool
feed(struct httpresp *r, const uint8_t *data, size_t len)
{
	char *p = malloc(len ? len : 1);
	struct str bytes = { p, len };
	bool over;

	require(p != NULL);
	memcpy(p, data, len);
	over = httpresp_feed(r, &bytes);
	require(over || bytes.len == 0);
	free(p);
	return over;
}

/* run - all of it in pieces of at most step bytes; the end announced or not */
static void
run(struct httpresp *r, const uint8_t *data, size_t size, size_t step)
{
	size_t at, len;
	bool over = false;

	for (at = 0; !over && at < size; at += len) {
		len = size - at < step ? size - at : step;
		over = feed(r, data + at, len);
	}
	if (!over)
		httpresp_closed(r, size % 2 == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct httpresp whole, parts;
	enum httpresp_kind kind;
	size_t step;

	if (size == 0)
		return 0;
	kind = HTTPRESP_POLICY;
	if (data[0] >= 0xf0)
		kind = HTTPRESP_TUNNEL;
	else if (data[0] >= 0x80)
		kind = HTTPRESP_LOOK;
	step = data[0] % 32 + 1;
	data++;
	size--;
	httpresp_init(&whole, kind);
	httpresp_init(&parts, kind);
	run(&whole, data, size, size + 1);
	run(&parts, data, size, step);
	check(&whole, kind);
	check(&parts, kind);
	require(whole.end == parts.end && whole.status == parts.status);
	if (whole.end == FETCHFACT_OK || kind == HTTPRESP_LOOK)
		require(str_eq(buf_str(&whole.body), buf_str(&parts.body)));
	httpresp_free(&whole);
	httpresp_free(&parts);
	return 0;
}
