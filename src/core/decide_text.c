/*
 * decide_text.c - the words of a decision: names, sentences, findings, JSON
 *
 * Decides nothing.
 */
#include "core/decide_int.h"

#include "base/timefmt.h"

#include <stdio.h>

/* clang-format off */
const struct diag_rule decide_rules[DECIDE_RULES] = {
[DECIDE_TXT_VANISHED] = { "D01", "policy-record-vanished", MTASTS_WARNING,
	false, "RFC 8461 section 8.3",
	"The domain's administrator should publish the record again, or a "
	"policy in mode none until the old one has run out." },
[DECIDE_REFRESH_FAILED] = { "sender", "policy-refresh-failed", MTASTS_WARNING,
	false, "RFC 8461 section 3.3",
	"Nothing yet: it is tried again, at least once an hour. See \"mtasts "
	"query\" for the reason." },
[DECIDE_EXPIRES_SOON] = { "sender", "policy-expires-soon", MTASTS_ERROR,
	false, "RFC 8461 section 10.2",
	"See whether the policy host can be reached from here, and tell the "
	"domain's administrator if it is broken: without the policy mail goes "
	"out unprotected." },
[DECIDE_POLICY_LENIENT] = { "sender", "policy-lenient", MTASTS_INFO,
	false, "RFC 8461 section 3.2",
	"The domain's administrator should mend the policy: other senders may "
	"refuse it. See \"mtasts lint policy\"." },
[DECIDE_POLICY_REFUSED] = { "sender", "policy-refused", MTASTS_INFO,
	false, "RFC 8461 section 3.2",
	"The domain's administrator should mend the policy. See \"mtasts lint "
	"policy\"." },
[DECIDE_MIXED_UNCHECKED] = { "S09", "dane-mixed", MTASTS_INFO,
	false, "RFC 8461 section 2",
	"The domain should have DANE records for every MX host; the option "
	"\"mixed\" says which of the two counts until then." },
};
/* clang-format on */

const char *
decision_kind_name(enum decision_kind kind)
{
	static const char *const name[DECISION_KINDS] = {
		[DECISION_NONE] = "none",
		[DECISION_STS] = "sts",
		[DECISION_DANE_ONLY] = "dane-only",
		[DECISION_DANE] = "dane",
		[DECISION_TESTING] = "testing",
		[DECISION_TEMP] = "temp",
		[DECISION_STATIC] = "static",
	};

	return (unsigned)kind < DECISION_KINDS ? name[kind] : "?";
}

/*
 * A reason: its word, and its sentence. In the sentence "%s" is the domain,
 * "%w" what went wrong, if that is known.
 */
struct words {
	const char *name;
	const char *text;
};

static const struct words reasons[DECISION_REASONS] = {
	[DECISION_NO_RECORD] = { "no-record", "%s has no MTA-STS record" },
	[DECISION_BAD_RECORD] = { "bad-record",
	    "the MTA-STS record of %s does not count: %w" },
	[DECISION_TXT_FAILED] = { "txt-failed",
	    "the MTA-STS record of %s could not be looked up: %w" },
	[DECISION_FETCH_FAILED] = { "fetch-failed",
	    "the policy of %s could not be fetched: %w" },
	[DECISION_BAD_POLICY] = { "bad-policy",
	    "what mta-sts.%s serves is no policy: %w" },
	[DECISION_MODE_NONE] = { "mode-none",
	    "the policy of %s is in mode none" },
	[DECISION_MODE_TESTING] = { "mode-testing",
	    "the policy of %s is in mode testing" },
	[DECISION_MODE_ENFORCE] = { "mode-enforce",
	    "the policy of %s is enforced" },
	[DECISION_CACHED] = { "cached",
	    "the cached policy of %s is enforced: %w" },
	[DECISION_NULL_MX] = { "null-mx", "%s takes no mail" },
	[DECISION_MX_FAILED] = { "mx-failed",
	    "the MX records of %s could not be looked up: %w" },
	[DECISION_NO_MX_FITS] = { "no-mx-fits", "no MX of %s fits its policy" },
	[DECISION_DANE_ALL] = { "dane-all",
	    "the MX of %s are checked by DANE" },
	[DECISION_DANE_SOME] = { "dane-some",
	    "some MX of %s are checked by DANE" },
	[DECISION_DANE_FAILED] = { "dane-failed",
	    "of no MX of %s it can be said whether it has DANE: %w" },
	[DECISION_DISABLED] = { "disabled",
	    "a rule switches MTA-STS off for %s" },
	[DECISION_REQUIRED] = { "required", "a rule requires TLS for %s: %w" },
	[DECISION_RULE_REPLY] = { "rule-reply", "a rule has the reply for %s" },
	[DECISION_DEADLINE] = { "deadline",
	    "%s could not be looked up in time" },
	[DECISION_NO_DOMAIN] = { "no-domain", "that is no domain" },
	[DECISION_OURS] = { "ours", "memory is short" },
};

const char *
decision_reason_name(enum decision_reason reason)
{
	return (unsigned)reason < DECISION_REASONS ? reasons[reason].name : "?";
}

/* host_why - what went wrong with the first host in error, or "" */
static const char *
host_why(const struct dest *d)
{
	for (size_t i = 0; i < d->mx_count && d->mx[i].current; i++)
		if (d->mx[i].dane == DANE_ERROR && d->mx[i].why != NULL)
			return d->mx[i].why;
	return "";
}

/* cached_why - why only the cached policy is left */
static const char *
cached_why(const struct dest *d)
{
	if (d->txt.state == DEST_TXT_NONE && d->txt.why[0] == '\0')
		return "its record has gone";
	if (d->txt.state != DEST_TXT_VALID && d->txt.why[0] != '\0')
		return d->txt.why;
	return d->failure.end != FETCHFACT_OK ? d->failure.why : d->mx_why;
}

/* required_why - what is there instead of what the rule requires */
static const char *
required_why(const struct decide *run)
{
	const struct dest *d = run->dest;

	if (d->policy != NULL && d->parsed != NULL &&
	    d->policy->mode == MTASTS_MODE_NONE)
		return "its policy is in mode none and its DANE not complete";
	if (d->txt.why[0] != '\0')
		return d->txt.why;
	if (d->txt.state == DEST_TXT_VALID && d->failure.why[0] != '\0')
		return d->failure.why;
	return "it has no policy, and no complete DANE";
}

/* why - what went wrong, or "" */
static const char *
why(const struct decide *run, enum decision_reason reason)
{
	const struct dest *d = run->dest;

	switch (reason) {
	case DECISION_BAD_RECORD:
	case DECISION_TXT_FAILED:
		return d->txt.why;
	case DECISION_FETCH_FAILED:
	case DECISION_BAD_POLICY:
		return d->failure.why;
	case DECISION_CACHED:
		return cached_why(d);
	case DECISION_MX_FAILED:
		return d->mx_why;
	case DECISION_DANE_FAILED:
		return host_why(d);
	case DECISION_REQUIRED:
		return required_why(run);
	default:
		return "";
	}
}

void
decide_copy(char *out, size_t size, const char *text)
{
	struct str s = str_of(text);

	/* Sentences become parts of others. */
	if (str_ends(s, STR(".")))
		s.len--;
	snprintf(out, size, "%" STR_FMT, STR_ARG(s));
}

void
decide_text(const struct decide *run, struct decision *d)
{
	const char *form = reasons[d->reason].text;
	const char *what = why(run, d->reason);
	const char *name = run->dest->key.domain.text;
	struct str head, tail, rest;

	str_cut(str_of(form), '%', &head, &rest);
	/* Two forms name no domain. */
	if (rest.len == 0) {
		decide_copy(d->text, sizeof(d->text), form);
		return;
	}
	str_cut(str_sub(rest, 1, rest.len), '%', &tail, NULL);
	if (what[0] == '\0' && str_ends(tail, STR(": ")))
		tail.len -= 2;
	snprintf(d->text, sizeof(d->text), "%" STR_FMT "%s%" STR_FMT "%s",
	    STR_ARG(head), name, STR_ARG(tail), what);
}

/* put_names - a key and an array of names */
static void
put_names(
    struct js_writer *w, const char *key, const char *const *name, size_t count)
{
	js_key(w, key);
	js_array(w);
	for (size_t i = 0; i < count; i++)
		js_put_str(w, str_of(name[i]));
	js_end_array(w);
}

void
decision_explain(const struct decision *d, struct js_writer *w)
{
	struct timefmt t;

	js_key(w, "decision");
	js_object(w);
	js_kv_str(w, "kind", decision_kind_name(d->kind));
	js_kv_str(w, "reason", decision_reason_name(d->reason));
	js_kv_str(w, "text", d->text);
	js_kv_str(w, "rule", d->rule != NULL ? d->rule->name : NULL);
	js_kv_str(w, "until",
	    d->until_at > 0 ? timefmt_rfc3339(&t, d->until_at) : NULL);
	put_names(w, "match", d->match, d->match_count);
	put_names(w, "patterns", d->pattern, d->pattern_count);
	js_end_object(w);
}
