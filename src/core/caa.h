/*
 * caa - which authorities may issue, by the CAA records of a name
 *
 * RFC 8659 sections 3 and 4, RFC 8657 section 4. Of the names on the way up the
 * first with records counts; finding that one is the caller's work.
 */
#ifndef MTASTS_CORE_CAA_H
#define MTASTS_CORE_CAA_H

#include "core/dnsfact.h"

#define CAA_AUTHORITY_NAMES 6

/* An authority: its organisation, and its names in CAA records. */
struct caa_authority {
	const char *org; /* a part of it, any case */
	const char *directory; /* host of its ACME directory, or null */
	const char *domains[CAA_AUTHORITY_NAMES]; /* null behind the last */
};

/* caa_of_org - the authority that an issuer's organisation names, or null */
const struct caa_authority *caa_of_org(const char *org);

/* caa_of_directory - the one of a URL of an ACME directory, or null */
const struct caa_authority *caa_of_directory(struct str url);

/* caa_is - is this one of the authority's names? */
bool caa_is(const struct caa_authority *authority, struct str domain);

/* caa_words_fit - does a telling word of the organisation stand in the name? */
bool caa_words_fit(const char *org, struct str domain);

/* Who is asking. */
struct caa_question {
	/* Does a name in a record mean the authority? */
	bool (*means)(const void *ctx, struct str domain);
	const void *ctx;
	bool wildcard; /* for a wildcard name */
	/*
	 * Types of challenge that are at hand, by RFC 8657; none: whatever is
	 * written there about them is not looked at.
	 */
	const char *const *methods;
	size_t method_count;
};

/* What the records say. Spans of the fact. */
struct caa_verdict {
	bool restricts; /* there is an issue or issuewild that counts */
	bool fits; /* one of those allows the authority */
	bool all_forbid; /* each is ";" */
	bool method; /* one means it, but none of the methods */
	struct str other; /* an authority that is named; or empty */
	bool is_critical; /* a critical tag is not known: */
	struct str critical;
};

/* caa_read - read the records of the name that counts */
void caa_read(const struct dnsfact *fact, const struct caa_question *q,
    struct caa_verdict *out);

/* caa_allows - may the authority issue? */
static inline bool
caa_allows(const struct caa_verdict *v)
{
	return (!v->restricts || v->fits) && !v->is_critical;
}

#endif
