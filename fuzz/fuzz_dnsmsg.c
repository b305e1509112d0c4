/*
 * fuzz_dnsmsg - what is believed of an answer from the network
 *
 * The question is for a.example and for the type at the place where the answer
 * has it, so that most inputs get past the first check. Holds: the fact is one
 * of its kinds, its bounds are kept, and all its texts are printable.
 */
#include "core/dnsmsg.h"

#include "fuzz.h"

/* type_at - a type that can be asked for, from the message's question */
static enum dnstype
type_at(const uint8_t *data, size_t size)
{
	static const enum dnstype types[] = { DNSTYPE_A, DNSTYPE_CNAME,
		DNSTYPE_MX, DNSTYPE_AAAA, DNSTYPE_DNSKEY, DNSTYPE_TLSA };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (size > 24 && data[23] == 0 && data[24] == types[i])
			return types[i];
	return DNSTYPE_TXT;
}

/* is_name - printable, without blanks and upper case */
static void
is_name(const char *name)
{
	size_t len = strlen(name);

	require(len < 1024);
	require(len == 0 || name[len - 1] != '.' ||
	    (len > 1 && name[len - 2] == '\\'));
	for (; *name != '\0'; name++)
		require(*name > ' ' && *name <= '~' &&
		    (*name < 'A' || *name > 'Z'));
}

/* is_record - of its type */
static void
is_record(enum dnstype type, const struct dnsfact_record *r)
{
	unsigned sum = 0;

	if (type == DNSTYPE_MX)
		is_name(r->mx.name);
	if (type == DNSTYPE_CNAME)
		is_name(r->cname);
	/* The bytes are there. */
	if (type == DNSTYPE_TXT)
		for (size_t i = 0; i < r->txt.len; i++)
			sum += (uint8_t)r->txt.p[i];
	if (type == DNSTYPE_TLSA)
		for (size_t i = 0; i < r->tlsa.data.len; i++)
			sum += (uint8_t)r->tlsa.data.p[i];
	require(sum <= 65535 * 255);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum dnstype type = type_at(data, size);
	struct dnsfact *fact = NULL;
	/* A copy of exactly this size, so that a read past it is seen. */
	char *copy = malloc(size > 0 ? size : 1);

	require(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	require(dnsmsg_parse(str_make(copy, size), "a.example", type, &fact) ==
	    MTASTS_OK);
	free(copy);
	require(fact->end < DNSFACT_ENDS && fact->end != DNSFACT_BOGUS &&
	    fact->end != DNSFACT_TIMEOUT);
	require(fact->type == type && !fact->secure);
	require(fact->cnames <= DNSFACT_CNAMES_MAX);
	require(fact->count <= DNSFACT_RECORDS_MAX);
	require((fact->count > 0) == (fact->end == DNSFACT_FOUND));
	require(fact->ttl_s <= INT32_MAX);
	require(dnsfact_failed(fact) == (*fact->why != '\0'));
	is_name(fact->canonical);
	for (const char *p = fact->why; *p != '\0'; p++)
		require(*p >= ' ' && *p <= '~');
	for (size_t i = 0; i < fact->count; i++)
		is_record(type, &fact->records[i]);
	dnsfact_free(fact);
	return 0;
}
