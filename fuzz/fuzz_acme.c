/*
 * fuzz_acme - what others say when a certificate is to be ordered
 *
 * The first byte says what the rest is: 'c': CAA records, one a line, as
 * FLAG TAG=VALUE; else what uacme wrote, with an authority's words in it.
 */
#include "core/caa.h"
#include "core/uacme.h"

#include <stdint.h>
#include <stdlib.h>

#define RECORDS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* inside - is it a span of the text, or empty? */
static bool
inside(struct str part, struct str text)
{
	return part.len == 0 ||
	    (part.p >= text.p && part.p + part.len <= text.p + text.len);
}

/* means - for caa_read() */
static bool
means(const void *ctx, struct str domain)
{
	return str_eq(domain, STR("ca.test"));
}

/* fuzz_caa - nobody may issue whom no record means */
static void
fuzz_caa(struct str text)
{
	static const char *const methods[] = { "http-01", "dns-01" };
	struct dnsfact_record records[RECORDS] = { 0 };
	struct caa_question q = {
		.means = means, .methods = methods, .method_count = 2
	};
	struct str rest = text, line;
	struct dnsfact fact = {
		.end = DNSFACT_FOUND, .type = DNSTYPE_CAA, .records = records
	};
	struct caa_verdict v;

	while (fact.count < RECORDS && str_line(&rest, &line, NULL)) {
		struct dnsfact_record *r = &records[fact.count++];

		r->caa.flags = line.len > 0 ? (uint8_t)line.p[0] : 0;
		str_cut(str_sub(line, 1, line.len), '=', &r->caa.tag,
		    &r->caa.value);
	}
	for (unsigned i = 0; i < 2; i++) {
		q.wildcard = i == 1;
		caa_read(&fact, &q, &v);
		if ((v.fits && str_find(text, STR("ca.test")) >= text.len) ||
		    !inside(v.other, text) || !inside(v.critical, text))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uacme_said said;
	struct str text;

	if (size == 0)
		return 0;
	text = str_make((const char *)data + 1, size - 1);
	if (data[0] == 'c') {
		fuzz_caa(text);
		return 0;
	}
	uacme_read(text, &said);
	if (!inside(said.why, text))
		abort();
	return 0;
}
