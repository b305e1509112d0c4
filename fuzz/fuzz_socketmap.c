/*
 * fuzz_socketmap - requests of all three protocols, their keys, and frames
 *
 * Holds: a prefix says "more" or what the whole says; spans lie within the
 * input or the scratch; what was read can be written and is read again; a
 * frame holds its data and nothing else.
 */
#include "core/destkey.h"
#include "core/socketmap.h"
#include "fuzz.h"

#include <string.h>

#define MAX_IN (SOCKETMAP_MAX + 100)

/* One parse, with all that it gave. */
struct result {
	enum socketmap_end end;
	struct socketmap_request rq;
	char scratch[SOCKETMAP_MAX];
};

/* within - the span lies within these bytes */
static bool
within(struct str s, const char *p, size_t len)
{
	return s.len == 0 || (s.p >= p && s.p + s.len <= p + len);
}

/* parse - a copy of exactly len bytes, so that a read past them is seen */
static char *
parse(struct str in, bool at_end, struct result *r)
{
	char *p = malloc(in.len ? in.len : 1);

	require(p != NULL);
	memcpy(p, in.p, in.len);
	r->end =
	    socketmap_parse(str_make(p, in.len), at_end, r->scratch, &r->rq);
	require(r->rq.used <= in.len && r->rq.why != NULL);
	require((r->rq.used > 0) ==
	    (r->end == SOCKETMAP_REQUEST || r->end == SOCKETMAP_REFUSED));
	require((r->rq.why[0] != '\0') ==
	    (r->end == SOCKETMAP_REFUSED || r->end == SOCKETMAP_BROKEN));
	require(within(r->rq.map, p, in.len));
	require(within(r->rq.host, p, in.len));
	require(within(r->rq.key, p, in.len) ||
	    within(r->rq.key, r->scratch, sizeof(r->scratch)));
	return p;
}

/* check_prefixes - some of them, spread by the first byte */
static void
check_prefixes(struct str in, const struct result *whole, uint8_t spread)
{
	static struct result part;
	size_t len, step = in.len / 64 + 1 + spread % 7;

	for (len = 1; len < in.len; len += step) {
		free(parse(str_sub(in, 0, len), false, &part));
		if (part.end == SOCKETMAP_MORE)
			continue;
		require(
		    part.end == whole->end && part.rq.used == whole->rq.used);
		require(part.rq.protocol == whole->rq.protocol);
		require(part.rq.verb == whole->rq.verb);
	}
}

/* again - write a request of a netstring and read it back */
static void
again(const struct socketmap_request *rq)
{
	static struct result r;
	struct buf b;
	char *p;

	buf_init(&b, MAX_IN);
	buf_putf(&b, "%zu:", rq->map.len + 1 + rq->key.len);
	buf_put_str(&b, rq->map);
	buf_putc(&b, ' ');
	buf_put_str(&b, rq->key);
	buf_putc(&b, ',');
	require(buf_error(&b) == MTASTS_OK);
	p = parse(buf_str(&b), false, &r);
	require(r.end == SOCKETMAP_REQUEST && r.rq.used == b.len);
	require(str_eq(r.rq.map, rq->map) && str_eq(r.rq.key, rq->key));
	free(p);
	buf_free(&b);
}

/* frame_netstring - the length, the status and the data, and a comma */
static void
frame_netstring(enum reply_status status, struct str data)
{
	struct str len, rest, word;
	struct buf b;
	uint64_t n;

	buf_init(&b, 2 * MAX_IN);
	socketmap_frame(SOCKETMAP_NETSTRING, status, data, &b);
	require(str_cut(buf_str(&b), ':', &len, &rest));
	require(str_u64(len, SIZE_MAX, &n) && n + 1 == rest.len);
	require(rest.p[n] == ',');
	require(str_cut(str_sub(rest, 0, n), ' ', &word, &rest));
	require(str_eq(word, str_of(reply_status_name(status))));
	require(str_eq(rest, data));
	buf_free(&b);
}

/* frame_tcp - one line of printable bytes; as a key it is the data again */
static void
frame_tcp(enum reply_status status, struct str data)
{
	static struct result r;
	struct str line, rest;
	struct buf b, get;
	size_t i;

	buf_init(&b, 4 * MAX_IN);
	socketmap_frame(SOCKETMAP_TCP_TABLE, status, data, &b);
	require(b.len <= SOCKETMAP_TCP_MAX && b.len > 5);
	require(str_cut(buf_str(&b), '\n', &line, &rest) && rest.len == 0);
	for (i = 0; i < line.len; i++)
		require(line.p[i] >= ' ' && line.p[i] <= '~');
	require(line.p[3] == ' ');
	buf_init(&get, 4 * MAX_IN);
	buf_puts(&get, "get ");
	buf_put_str(&get, str_sub(buf_str(&b), 4, b.len));
	free(parse(buf_str(&get), false, &r));
	require(r.end == SOCKETMAP_REQUEST && r.rq.used == get.len);
	if (data.len > 0 && data.len * 3 < SOCKETMAP_TCP_MAX - 5)
		require(r.rq.key.len == data.len);
	buf_free(&get);
	buf_free(&b);
}

/* check_key - what has no brackets and no port is what dname makes of it */
static void
check_key(struct str key)
{
	enum mtasts_dname_fault fault;
	struct mtasts_dname name;
	struct destkey k, again;
	enum destkey_kind kind = destkey_parse(key, &k, &fault);
	bool good = mtasts_dname_parse(key.p, key.len, &name, NULL, NULL) ==
		MTASTS_OK &&
	    name.len <= 244;

	if (str_chr(key, ':') == key.len && str_chr(key, '[') == key.len)
		require((kind == DESTKEY_DOMAIN) == good);
	if (kind != DESTKEY_DOMAIN)
		return;
	require(strlen(k.text) == k.len && k.len <= DESTKEY_MAX);
	require(strlen(k.domain.text) == k.domain.len);
	if (good)
		require(strcmp(k.domain.text, name.text) == 0);
	require(destkey_parse(str_make(k.text, k.len), &again, NULL) == kind);
	require(strcmp(k.text, again.text) == 0 && k.port == again.port);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct result whole, ended;
	struct str in;
	char *p;

	if (size < 2 || size > MAX_IN)
		return 0;
	in = str_make((const char *)data + 1, size - 1);
	p = parse(in, false, &whole);
	if (whole.end == SOCKETMAP_REQUEST)
		check_key(whole.rq.key);
	check_prefixes(in, &whole, data[0]);
	free(parse(in, true, &ended));
	/* The end of the input can only tell more. */
	require(whole.end == SOCKETMAP_MORE || ended.end == whole.end);
	if (whole.end == SOCKETMAP_REQUEST &&
	    whole.rq.protocol == SOCKETMAP_NETSTRING)
		again(&whole.rq);
	free(p);
	frame_netstring((enum reply_status)(data[0] % 4), in);
	frame_tcp((enum reply_status)(data[0] % 4), in);
	return 0;
}
