/*
 * fuzz_httphead - the request head and what it asks of a policy host
 *
 * Holds: no prefix says anything else than "more" or the final verdict; a
 * result points into the bytes; the route is one of its statuses and gives a
 * domain exactly with 200.
 */
#include "core/policyhost.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define MAX_HEAD 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* inside - the span lies within the head */
static void
inside(struct str s, const char *p, const struct httphead *head)
{
	assert(s.len == 0 || (s.p >= p && s.p + s.len <= p + head->len) ||
	    s.len == 1);
}

/* check_route - with and without SNI */
static void
check_route(const struct httphead *head)
{
	struct policyhost_rules rules = { .other_path_status = 403 };
	struct mtasts_dname plain, named;
	struct str sni = STR("mta-sts.example.com");
	int a, b;

	a = policyhost_route(&rules, head, STR(""), &plain);
	b = policyhost_route(&rules, head, sni, &named);
	assert(a == 200 || a == 400 || a == 403 || a == 404 || a == 405);
	assert(b == a || b == 421);
	if (a == 200) {
		assert(plain.len > 0 && plain.len <= 244);
		assert(strlen(plain.text) == plain.len);
		assert(head->method != HTTPHEAD_OTHER);
	}
	if (b == 200)
		assert(strcmp(named.text, "example.com") == 0);
}

/* parse - a copy of exactly len bytes, so that a read past them is seen */
static int
parse(const uint8_t *data, size_t len, bool route)
{
	struct httphead head;
	char *p = malloc(len ? len : 1);
	int status;

	assert(p != NULL);
	memcpy(p, data, len);
	status = httphead_parse(str_make(p, len), MAX_HEAD, &head);
	if (status == 200) {
		assert(head.len > 0 && head.len <= len);
		assert(head.len <= MAX_HEAD);
		inside(head.method_text, p, &head);
		inside(head.path, p, &head);
		inside(head.query, p, &head);
		inside(head.uri_host, p, &head);
		inside(head.host, p, &head);
		inside(head.forwarded_for, p, &head);
		inside(head.user_agent, p, &head);
		if (route)
			check_route(&head);
	}
	free(p);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len, step;
	int whole, part;

	if (size > 2 * MAX_HEAD)
		return 0;
	whole = parse(data, size, true);
	assert(whole == 0 || whole == 200 || whole == 400 || whole == 431 ||
	    whole == 501 || whole == 505);
	step = size / 256 + 1;
	for (len = 0; len < size; len += step) {
		part = parse(data, len, false);
		/* Once it is said it stays; 0 may become anything. */
		assert(part == 0 || part == whole);
	}
	return 0;
}
