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
	static const enum dnstype types[] = { DNSTYPE_A, DNSTYPE_NS,
		DNSTYPE_CNAME, DNSTYPE_MX, DNSTYPE_AAAA, DNSTYPE_DNSKEY,
		DNSTYPE_TLSA, DNSTYPE_CAA };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (size > 24 && (data[23] << 8 | data[24]) == (int)types[i])
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

/* are_there - bytes that can be read */
static void
are_there(struct str bytes)
{
	unsigned sum = 0;

	for (size_t i = 0; i < bytes.len; i++)
		sum += (uint8_t)bytes.p[i];
	require(sum <= 65535 * 255);
}

/* is_record - of its type */
static void
is_record(enum dnstype type, const struct dnsfact_record *r)
{
	if (type == DNSTYPE_MX)
		is_name(r->mx.name);
	if (type == DNSTYPE_NS)
		is_name(r->ns);
	if (type == DNSTYPE_CNAME)
		is_name(r->cname);
	if (type == DNSTYPE_TXT)
		are_there(r->txt);
	if (type == DNSTYPE_TLSA)
		are_there(r->tlsa.data);
	if (type == DNSTYPE_CAA) {
		require(r->caa.tag.len > 0 && r->caa.tag.len < 256);
		are_there(r->caa.tag);
		are_there(r->caa.value);
	}
}

/* is_chain - its names, the last of which is the canonical one */
static void
is_chain(const struct dnsfact *fact)
{
	for (unsigned i = 0; i < fact->cnames; i++)
		is_name(fact->chain[i]);
	if (fact->cnames > 0)
		require(strcmp(fact->chain[fact->cnames - 1],
			    fact->canonical) == 0);
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
	is_chain(fact);
	for (const char *p = fact->why; *p != '\0'; p++)
		require(*p >= ' ' && *p <= '~');
	for (size_t i = 0; i < fact->count; i++)
		is_record(type, &fact->records[i]);
	dnsfact_free(fact);
	return 0;
}
