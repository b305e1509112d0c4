/*
 * reply - a decision in each MTA's dialect
 *
 * postconf(5) smtp_tls_policy_maps; sendmail's FEATURE(sts); for Exim see
 * reply_line.c. What Postfix cannot read defers the mail, and what it reads it
 * obeys: names go out only when they are names in their one form, and lines of
 * a policy only in braces and without any. Knows no protocol frame and asks
 * nothing: all that it says stands in the decision.
 *
 * A reply that grows over the form's size is begun again with less in it.
 */
#include "core/reply.h"

#include "core/reply_int.h"

/* What a reply may still hold; each attempt has less. */
enum parts {
	PARTS_ALL = 0,
	PARTS_NO_STRINGS, /* no policy_string */
	PARTS_CURRENT, /* and of match= only present MX hosts */
	PARTS_NO_PATTERNS, /* and no mx_host_pattern */
	PARTS_END
};

/* A reply as it grows. */
struct writer {
	struct buf *b;
	size_t start; /* where it begins in the buffer */
	size_t room; /* bytes it may have */
	bool over; /* it needs more */
};

static const struct str dialect_names[DIALECT_COUNT] = {
	[DIALECT_TLSRPT] = { "QUERYwithTLSRPT", 15 },
	[DIALECT_QUERY] = { "QUERY", 5 },
	[DIALECT_POSTFIX] = { "postfix", 7 },
	[DIALECT_STS] = { "sts", 3 },
	[DIALECT_LINE] = { "line", 4 },
};

const char *
dialect_name(enum dialect d)
{
	return (unsigned)d < DIALECT_COUNT ? dialect_names[d].p : "?";
}

bool
dialect_find(struct str map_name, enum dialect *out)
{
	unsigned i;

	for (i = 0; i < DIALECT_LINE; i++) {
		if (!str_eq_nocase(map_name, dialect_names[i]))
			continue;
		*out = (enum dialect)i;
		return true;
	}
	return false;
}

bool
dialect_dane(enum dialect d, enum reply_dane option)
{
	/* sendmail and Exim have DANE of their own, beside what we say. */
	if (d == DIALECT_STS || d == DIALECT_LINE)
		return false;
	if (option == REPLY_DANE_BY_MAP)
		return d != DIALECT_POSTFIX;
	return option == REPLY_DANE_ON;
}

int64_t
dialect_deadline_ms(enum dialect d)
{
	/* sendmail and Exim give up after 5 seconds, Postfix after 10. */
	return d == DIALECT_STS || d == DIALECT_LINE ? 4000 : 8000;
}

const char *
reply_status_name(enum reply_status status)
{
	switch (status) {
	case REPLY_OK:
		return "OK";
	case REPLY_NOTFOUND:
		return "NOTFOUND";
	case REPLY_TEMP:
		return "TEMP";
	case REPLY_PERM:
		return "PERM";
	}
	return "PERM";
}

/* put - append a span, unless the reply has no room for it */
static void
put(struct writer *w, struct str s)
{
	if (w->over || s.len > w->room - (w->b->len - w->start))
		w->over = true;
	else
		buf_put_str(w->b, s);
}

/* is_host - a host name in its one form, so that nothing else comes through */
static bool
is_host(struct str s)
{
	struct mtasts_dname name;

	return mtasts_dname_parse(s.p, s.len, &name, NULL, NULL) == MTASTS_OK &&
	    str_eq(s, str_make(name.text, name.len));
}

/* is_word - does it stand for other names? Postfix takes any MX's "hostname" */
static bool
is_word(struct str s)
{
	return str_eq(s, STR("hostname")) || str_eq(s, STR("nexthop")) ||
	    str_eq(s, STR("dot-nexthop"));
}

/* put_match - "match=" and the first names; false when none is a name */
static bool
put_match(struct writer *w, const struct decision *d, size_t count)
{
	bool any = false;
	size_t i;

	for (i = 0; i < count; i++) {
		struct str name = str_of(d->match[i]);

		if (is_word(name) ||
		    !is_host(str_starts(name, STR("."))
			    ? str_sub(name, 1, name.len)
			    : name))
			continue;
		put(w, any ? STR(":") : STR(" match="));
		put(w, name);
		any = true;
	}
	return any;
}

/* put_pattern - one pattern of the policy, or a name, for Postfix to compare */
static void
put_pattern(struct writer *w, struct str s)
{
	if (!is_host(str_starts(s, STR("*.")) ? str_sub(s, 2, s.len) : s))
		return;
	put(w, STR(" mx_host_pattern="));
	put(w, s);
}

/* put_patterns - those that the decision names, else the policy's */
static void
put_patterns(struct writer *w, const struct decision *d)
{
	const char *const *list = d->pattern;
	size_t i, count = d->pattern_count;

	if (count == 0 && d->policy != NULL) {
		list = d->policy->mx;
		count = d->policy->mx_count;
	}
	for (i = 0; i < count && !w->over; i++)
		put_pattern(w, str_of(list[i]));
}

/* is_tame - may this line of a policy stand between braces? */
static bool
is_tame(struct str line)
{
	size_t i;

	for (i = 0; i < line.len; i++)
		if (line.p[i] < ' ' || line.p[i] > '~' || line.p[i] == '{' ||
		    line.p[i] == '}')
			return false;
	return line.len > 0;
}

/* put_strings - the policy's lines, for the report, but the untamed ones */
static void
put_strings(struct writer *w, const struct decision *d)
{
	struct str line, rest = d->policy_text;

	while (!w->over && str_line(&rest, &line, NULL)) {
		if (str_ends(line, STR("\r")))
			line.len--;
		line = str_trim(line);
		if (!is_tame(line))
			continue;
		put(w, STR(" { policy_string = "));
		put(w, line);
		put(w, STR(" }"));
	}
}

/* put_domain - what all TLSRPT replies have; false when it is no name */
static bool
put_domain(struct writer *w, const struct decision *d)
{
	if (!is_host(d->domain))
		return false;
	put(w, STR(" policy_type=sts policy_domain="));
	put(w, d->domain);
	return true;
}

/* put_policy - the attributes that Postfix needs for patterns and reports */
static void
put_policy(struct writer *w, const struct decision *d, enum parts parts)
{
	if (!put_domain(w, d))
		return;
	if (parts < PARTS_NO_PATTERNS)
		put_patterns(w, d);
	if (parts < PARTS_NO_STRINGS)
		put_strings(w, d);
}

/* put_enforce - the level that checks certificates; false without a name */
static bool
put_enforce(struct writer *w, const struct decision *d, enum dialect dialect,
    enum parts parts)
{
	size_t count = d->match_count;

	if (parts >= PARTS_CURRENT && d->match_current > 0)
		count = d->match_current;
	put(w, STR("secure"));
	if (!put_match(w, d, count))
		return false;
	put(w, STR(" servername=hostname"));
	if (dialect == DIALECT_TLSRPT)
		put_policy(w, d, parts);
	return true;
}

/* put_testing - a level that checks no names, with the policy for the report */
static void
put_testing(struct writer *w, const struct decision *d,
    const struct reply_form *form, enum parts parts)
{
	put(w,
	    form->testing == REPLY_TESTING_MAY ? STR("may") : STR("encrypt"));
	if (form->dialect != DIALECT_TLSRPT)
		return;
	if (d->kind == DECISION_TESTING) {
		put_policy(w, d, parts);
		return;
	}
	/* A policy that could not be had: only the report hears of it. */
	if (!put_domain(w, d))
		return;
	put(w, STR(" policy_failure="));
	put(w, str_of(fetchfact_result_type(d->failure)));
}

/* temp - instead of what was begun: come back later, and why */
static enum reply_status
temp(struct writer *w, const char *why)
{
	buf_cut(w->b, w->start);
	reply_put_reason(str_of(why), w->b);
	return REPLY_TEMP;
}

/* fit - attempt after attempt, until a reply has room; else TEMP */
static enum reply_status
fit(struct writer *w, const struct decision *d, const struct reply_form *form)
{
	bool named = true;
	int parts;

	for (parts = PARTS_ALL; parts < PARTS_END && named; parts++) {
		w->over = false;
		buf_cut(w->b, w->start);
		if (d->kind == DECISION_STS)
			named =
			    put_enforce(w, d, form->dialect, (enum parts)parts);
		else
			put_testing(w, d, form, (enum parts)parts);
		if (named && !w->over)
			return REPLY_OK;
	}
	return temp(w,
	    named ? "the policy has more names than a reply can hold"
		  : "no MX of this domain fits its policy");
}

/* testing_level - is the testing level's reply the one for this? */
static bool
testing_level(const struct decision *d, const struct reply_form *form)
{
	if (form->testing == REPLY_TESTING_NONE || form->dialect >= DIALECT_STS)
		return false;
	if (d->kind == DECISION_TESTING)
		return true;
	/* Without the attribute the level would say nothing but "less". */
	return form->dialect == DIALECT_TLSRPT && is_host(d->domain) &&
	    (d->reason == DECISION_FETCH_FAILED ||
		d->reason == DECISION_BAD_POLICY) &&
	    fetchfact_result_type(d->failure) != NULL;
}

/* put_static - the reply of a rule, as it is */
static enum reply_status
put_static(struct writer *w, const struct decision *d)
{
	put(w, str_of(d->rule != NULL ? d->rule->reply : NULL));
	if (!w->over && w->b->len > w->start)
		return REPLY_OK;
	return temp(w, "the rule's reply is longer than a reply can be");
}

void
reply_put_reason(struct str text, struct buf *b)
{
	char out[REPLY_REASON_MAX];
	size_t i, len = text.len < sizeof(out) ? text.len : sizeof(out);

	if (len == 0) {
		buf_puts(b, "temporary failure");
		return;
	}
	for (i = 0; i < len; i++)
		out[i] = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';
	buf_put(b, out, len);
}

enum reply_status
reply_format(
    const struct decision *d, const struct reply_form *form, struct buf *b)
{
	/* "OK " stands before it. */
	size_t room = form->max > 3 ? form->max - 3 : 0;
	struct writer w = { .b = b, .start = b->len, .room = room };
	bool dane = form->dialect < DIALECT_STS;

	switch (d->kind) {
	case DECISION_STS:
		return fit(&w, d, form);
	case DECISION_NONE:
	case DECISION_TESTING:
		if (!testing_level(d, form))
			return REPLY_NOTFOUND;
		return fit(&w, d, form);
	case DECISION_DANE_ONLY:
	case DECISION_DANE:
		if (!dane)
			return REPLY_NOTFOUND;
		buf_puts(b, d->kind == DECISION_DANE ? "dane" : "dane-only");
		return REPLY_OK;
	case DECISION_STATIC:
		return put_static(&w, d);
	case DECISION_TEMP:
	case DECISION_KINDS:
		break;
	}
	return temp(&w, d->text);
}
