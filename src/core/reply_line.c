/*
 * reply_line - a decision in the line protocol that Exim asks
 *
 * Exim takes a decision twice: for the message ("mode D"), where it chooses
 * the transport, and for each host it is about to connect to ("mx D HOST"),
 * where any text in the answer keeps it away. So whatever cannot be said here
 * is said as a reason: mail waits and the log tells why. RFC 8461 section 4.1.
 *
 * A static reply is written for Postfix; of its levels, only those that Exim's
 * recipe can do as well are carried over.
 */
#include "core/reply.h"

#include "core/mxpattern.h"
#include "core/reply_int.h"

#include <stdio.h>

/* What a rule's static reply means here. */
enum still { STILL_ABSENT = 0, STILL_ENFORCE, STILL_UNABLE };

/* A static reply, as far as it decides here. */
struct still_reply {
	enum still mode;
	struct str match; /* names between colons, for ENFORCE */
};

/* next_word - up to a blank or comma, off *rest; empty at the end */
static struct str
next_word(struct str *rest)
{
	struct str word;
	size_t len = 0;

	while (rest->len > 0 && (rest->p[0] == ' ' || rest->p[0] == ','))
		*rest = str_sub(*rest, 1, rest->len);
	while (len < rest->len && rest->p[len] != ' ' && rest->p[len] != ',')
		len++;
	word = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, len, rest->len);
	return word;
}

/* read_static - level and match= of a reply that rule_check_reply() passed */
static struct still_reply
read_static(const struct decision *d)
{
	struct str rest = str_of(d->rule != NULL ? d->rule->reply : "");
	struct still_reply r = { .mode = STILL_UNABLE };
	struct str level = next_word(&rest), word;

	/* What Postfix uses when there is no match=. */
	if (str_eq_nocase(level, STR("secure")))
		r.match = STR("nexthop:dot-nexthop");
	else if (str_eq_nocase(level, STR("verify")))
		r.match = STR("hostname");
	else if (str_eq_nocase(level, STR("none")) ||
	    str_eq_nocase(level, STR("may")) ||
	    str_eq_nocase(level, STR("dane")))
		/* Exim does DANE by itself, when it is told to. */
		r.mode = STILL_ABSENT;
	if (r.match.len > 0 && str_chr(rest, '{') == rest.len)
		r.mode = STILL_ENFORCE;
	while ((word = next_word(&rest)).len > 0)
		if (str_starts_nocase(word, STR("match=")))
			r.match = str_sub(word, 6, word.len);
	return r;
}

void
reply_line_mode(const struct decision *d, struct buf *b)
{
	struct str why = str_of(d->text);

	switch (d->kind) {
	case DECISION_STS:
		buf_puts(b, "enforce");
		return;
	case DECISION_TESTING:
		buf_puts(b, "testing");
		return;
	case DECISION_NONE:
		buf_puts(
		    b, d->reason == DECISION_MODE_NONE ? "none" : "absent");
		return;
	case DECISION_DANE_ONLY:
	case DECISION_DANE:
		buf_puts(b, "absent");
		return;
	case DECISION_STATIC:
		switch (read_static(d).mode) {
		case STILL_ABSENT:
			buf_puts(b, "absent");
			return;
		case STILL_ENFORCE:
			buf_puts(b, "enforce");
			return;
		case STILL_UNABLE:
			why = STR("the rule's level is for Postfix only");
		}
		break;
	case DECISION_TEMP:
	case DECISION_KINDS:
		break;
	}
	buf_puts(b, "temp ");
	reply_put_reason(why, b);
}

/* fits_list - does the host fit one of these patterns? */
static bool
fits_list(
    const struct mtasts_dname *host, const char *const *list, size_t count)
{
	struct mxpattern p;
	size_t i;

	for (i = 0; i < count; i++)
		if (mxpattern_parse(str_of(list[i]), &p, NULL, NULL, NULL) &&
		    mxpattern_fits(&p, host))
			return true;
	return false;
}

/* fits_policy - by the decision's patterns, or those of its policy */
static bool
fits_policy(const struct mtasts_dname *host, const struct decision *d)
{
	if (d->pattern_count > 0)
		return fits_list(host, d->pattern, d->pattern_count);
	if (d->policy != NULL)
		return fits_list(host, d->policy->mx, d->policy->mx_count);
	return fits_list(host, d->match, d->match_count);
}

/* below - is the host's name the suffix's, with labels before it? */
static bool
below(struct str host, struct str suffix)
{
	struct str end;

	if (host.len <= suffix.len)
		return false;
	end = str_sub(host, host.len - suffix.len - 1, host.len);
	return end.p[0] == '.' &&
	    str_eq_nocase(str_sub(end, 1, end.len), suffix);
}

/* fits_entry - one name of match=, as Postfix compares it */
static bool
fits_entry(struct str host, struct str entry, struct str domain)
{
	if (str_eq_nocase(entry, STR("hostname")))
		return true;
	if (str_eq_nocase(entry, STR("nexthop")))
		return str_eq(host, domain);
	if (str_eq_nocase(entry, STR("dot-nexthop")))
		return below(host, domain);
	if (str_starts(entry, STR(".")))
		return below(host, str_sub(entry, 1, entry.len));
	return str_eq_nocase(host, entry);
}

/* fits_static - by the names of a static reply */
static bool
fits_static(const struct mtasts_dname *host, const struct decision *d)
{
	struct still_reply r = read_static(d);
	struct str entry, text = str_make(host->text, host->len);

	if (r.mode == STILL_ABSENT)
		return true;
	if (r.mode == STILL_UNABLE)
		return false;
	while (r.match.len > 0) {
		str_cut(r.match, ':', &entry, &r.match);
		if (fits_entry(text, entry, d->domain))
			return true;
	}
	return false;
}

/* allowed - may mail go to this host, as far as names decide? */
static bool
allowed(const struct mtasts_dname *host, const struct decision *d)
{
	switch (d->kind) {
	case DECISION_STS:
		return fits_policy(host, d);
	case DECISION_STATIC:
		return fits_static(host, d);
	case DECISION_NONE:
	case DECISION_TESTING:
	case DECISION_DANE_ONLY:
	case DECISION_DANE:
		return true;
	case DECISION_TEMP:
	case DECISION_KINDS:
		break;
	}
	return false;
}

void
reply_line_mx(const struct decision *d, struct str host, struct buf *b)
{
	char text[REPLY_REASON_MAX + 1];
	struct str shown = str_sub(host, 0, 80);
	struct str domain = str_sub(d->domain, 0, 80);
	struct mtasts_dname name;

	if (d->kind == DECISION_TEMP) {
		reply_put_reason(str_of(d->text), b);
		return;
	}
	if (mtasts_dname_parse(host.p, host.len, &name, NULL, NULL) !=
	    MTASTS_OK)
		snprintf(text, sizeof(text), "%" STR_FMT " is no host name",
		    STR_ARG(shown));
	else if (allowed(&name, d))
		return;
	else
		snprintf(text, sizeof(text),
		    "%" STR_FMT " is no MX host that %" STR_FMT " allows",
		    STR_ARG(shown), STR_ARG(domain));
	reply_put_reason(str_of(text), b);
}
