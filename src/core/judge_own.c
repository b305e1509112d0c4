/*
 * judge_own - O01, O02, O05, O07: what stands around a policy
 *
 * Whether it is still in testing, how long one that goes away must stay, names
 * below the domain, and what senders make of it. Says of senders only what the
 * standards have them do, or what is known of many of them.
 *
 * RFC 8461 sections 3.4, 5, 8.3 and 10.2.
 */
#include "core/judge_own.h"

#include "base/timefmt.h"
#include "core/limits.h"

#include <stdio.h>

#define DAY_S	       86400
#define TESTING_LONG_S (28 * DAY_S)

/* clang-format off */
const struct diag_rule judge_own_rules[OWN_RULES + 1] = {
[OWN_TESTING_LONG] = { "O01", "testing-long", MTASTS_WARNING, false,
	"RFC 8461 section 5",
	"If the reports of the last weeks tell of no failure, write \"mode: "
	"enforce\" into the policy, and change the id of the record." },
[OWN_MODE_NONE] = { "O02", "mode-none", MTASTS_INFO, false,
	"RFC 8461 section 8.3",
	"Keep record and policy until the longest max_age that was ever "
	"served has passed since the mode became none; then take both "
	"down." },
[OWN_REMOVAL] = { "O02", "removal", MTASTS_INFO, false,
	"RFC 8461 section 8.3",
	"Keep record, policy and certificate until that day." },
[OWN_REMOVAL_DONE] = { "O02", "removal-done", MTASTS_INFO, false,
	"RFC 8461 section 8.3",
	"Take the TXT record down, then the policy host." },
[OWN_NOT_READY] = { "O03", "not-ready", MTASTS_INFO, false,
	"RFC 8461 section 8.4",
	"Mend it before the mode becomes enforce." },
[OWN_CAA_FORBIDS] = { "O04", "caa-forbids", MTASTS_WARNING, false,
	"RFC 8659 section 4.2",
	"Add a CAA record that names the authority whose certificates you "
	"use, or remove the one that forbids all." },
[OWN_CAA_OTHER] = { "O04", "caa-other", MTASTS_WARNING, false,
	"RFC 8659 section 4.2",
	"Add a CAA record for the authority in use, or get the next "
	"certificate from one that is named." },
[OWN_CAA_UNKNOWN] = { "O04", "caa-unknown", MTASTS_INFO, false,
	"RFC 8659 section 4.2",
	"Ask the authority which name it looks for in CAA records, and "
	"compare." },
[OWN_CAA_CRITICAL] = { "O04", "caa-critical", MTASTS_WARNING, false,
	"RFC 8659 section 4.1",
	"Correct the record's tag, or write 0 in place of 128 if "
	"authorities may pass over it." },
[OWN_CAA_BOGUS] = { "O04", "caa-bogus", MTASTS_WARNING, false,
	"RFC 8659 section 3",
	"Sign the zone anew: an authority that gets no answer must not "
	"issue." },
[OWN_SUB] = { "O05", "sub-no-policy", MTASTS_INFO, false,
	"RFC 8461 section 3.4",
	"Publish a policy for that name, too, or remove its MX records if it "
	"is not to get mail." },
[OWN_SUB_WILDCARD] = { "O05", "sub-wildcard", MTASTS_INFO, false,
	"RFC 8461 section 3.4",
	"Replace the wildcard by MX records for the names that are to get "
	"mail, each with a policy." },
[OWN_RENEWAL_LATE] = { "O06", "renewal-late", MTASTS_WARNING, false, "",
	"See why it is not renewed: look at the log of the program that should "
	"(\"mtasts cert list\" for those of mtasts), and whether the server "
	"was told to read the new one." },
[OWN_LARGE_SHORT] = { "O07", "senders-short", MTASTS_INFO, false,
	"RFC 8461 section 10.2",
	"Set max_age to a week or more." },
[OWN_LARGE_LENIENT] = { "O07", "senders-differ", MTASTS_INFO, false,
	"RFC 8461 section 3.2",
	"Mend what the checks of the policy file found." },
[OWN_LARGE_TESTING] = { "O07", "senders-testing", MTASTS_INFO, false,
	"RFC 8461 section 5",
	"Read the reports, and change the mode to enforce when they tell of "
	"no failure." },
[OWN_LARGE_NONE] = { "O07", "senders-none", MTASTS_INFO, false,
	"RFC 8461 section 5",
	"Change the mode to testing if the domain is to have MTA-STS." },
};
/* clang-format on */

static const struct judge_at of_domain;

/* id_time - the time that an id tells, as many tools make them; or 0 */
static int64_t
id_time(const struct seen *s)
{
	struct str id = str_of(s->rec.id), day = str_sub(id, 0, 8), rest;
	char text[16] = "";
	int64_t at = 0;

	if (s->rec_verdict != MTASTS_VERDICT_VALID || !str_digits(day) ||
	    day.len < 8)
		return 0;
	rest = str_sub(id, 8, id.len);
	if (rest.len > 0 && (rest.p[0] == 'T' || rest.p[0] == 't'))
		rest = str_sub(rest, 1, rest.len);
	if (rest.len > 0 && ascii_lower(rest.p[rest.len - 1]) == 'z')
		rest = str_sub(rest, 0, rest.len - 1);
	/* A day, hours and minutes, or seconds too; a counter is no time. */
	if (rest.len != 0 && rest.len != 2 && rest.len != 4 && rest.len != 6)
		return 0;
	if (rest.len > 0 && !str_digits(rest))
		return 0;
	snprintf(text, sizeof(text), "%.8sT%.6s", day.p, "000000");
	if (rest.len > 2)
		memcpy(text + 9, rest.p, rest.len);
	if (timefmt_parse_id(str_of(text), &at) != MTASTS_OK || at > s->at)
		return 0;
	return at;
}

/* check_testing - O01 */
static void
check_testing(const struct seen *s, struct audit *a)
{
	int64_t since = s->own.registered ? s->own.mode_since_at : id_time(s);
	struct judge_text date;
	struct timefmt ago;

	audit_seen(a, "O01", "mode %s", mtasts_mode_name(s->policy->mode));
	if (s->policy->mode != MTASTS_MODE_TESTING)
		return;
	if (since <= 0) {
		audit_skip(a, "O01",
		    "It is not known since when the policy is in mode "
		    "testing.");
		return;
	}
	judge_date(&date, since);
	audit_seen(a, "O01", "since %s", date.text);
	if (s->at - since > TESTING_LONG_S)
		judge_find(a, own_rule(OWN_TESTING_LONG), of_domain,
		    "The policy has been in mode testing since %s (%s)%s: mail is "
		    "still delivered however insecure the way is.",
		    date.text, timefmt_ago(&ago, s->at - since),
		    s->own.registered ? "" : ", by its id");
}

/* check_removal - O02 */
static void
check_removal(const struct seen *s, struct audit *a)
{
	struct judge_text date;

	if (s->own.remove_after_at > 0) {
		judge_date(&date, s->own.remove_after_at);
		if (s->at < s->own.remove_after_at)
			judge_find(a, own_rule(OWN_REMOVAL), of_domain,
			    "The policy is being removed and must stay until "
			    "%s: until then senders may remember an earlier "
			    "one.",
			    date.text);
		else
			judge_find(a, own_rule(OWN_REMOVAL_DONE), of_domain,
			    "The policy has been in mode none for long enough "
			    "(until %s): no sender remembers an earlier one.",
			    date.text);
	} else if (s->policy->mode == MTASTS_MODE_NONE) {
		judge_find(a, own_rule(OWN_MODE_NONE), of_domain,
		    "The policy is in mode none. Senders that have not looked "
		    "since may remember an earlier one, for its max_age: a "
		    "year at most.");
	} else {
		audit_seen(a, "O02", "the policy is not being removed");
	}
}

/* gets_mail - has the name MX records that want mail? */
static bool
gets_mail(const struct seen_sub *sub)
{
	return judge_found(sub->mx) &&
	    (sub->mx->count > 1 || sub->mx->records[0].mx.name[0] != '\0');
}

/* check_subs - O05 */
static void
check_subs(const struct seen *s, struct audit *a)
{
	size_t with = 0;

	for (size_t i = 0; i < s->sub_count; i++) {
		const struct seen_sub *sub = &s->sub[i];

		if (!gets_mail(sub) || sub->sts == NULL ||
		    dnsfact_failed(sub->sts))
			continue;
		with++;
		if (judge_txt_begins(sub->sts, STR("v=STSv1")).p != NULL)
			audit_seen(a, "O05", "%s has a record", sub->name);
		else if (sub->wildcard)
			judge_find(a, own_rule(OWN_SUB_WILDCARD), of_domain,
			    "Every name below %s has MX records, by a "
			    "wildcard, and no policy holds for them.",
			    s->domain);
		else
			judge_find(a, own_rule(OWN_SUB),
			    (struct judge_at){ .who = sub->name },
			    "%s has MX records and no policy of its own; that "
			    "of %s does not hold for it.",
			    sub->name, s->domain);
	}
	if (s->sub_count == 0)
		audit_skip(a, "O05", "No name below the domain was looked at.");
	else if (with == 0)
		audit_seen(a, "O05",
		    "no name with MX records was found below the domain");
}

/* check_senders - O07 */
static void
check_senders(const struct seen *s, struct audit *a)
{
	const struct mtasts_policy *p = s->policy;
	struct timefmt age;

	timefmt_ago(&age, p->max_age_s);
	if (p->verdict != MTASTS_VERDICT_VALID)
		judge_find(a, own_rule(OWN_LARGE_LENIENT), of_domain,
		    "The policy is not to the letter: lenient senders use it, "
		    "strict ones act as if there were none.");
	if (p->max_age_s < DAY_S && p->mode != MTASTS_MODE_NONE)
		judge_find(a, own_rule(OWN_LARGE_SHORT), of_domain,
		    "With a max_age of %u s (%s) some large senders take no "
		    "notice of the policy, and the others forget it soon.",
		    p->max_age_s, age.text);
	switch (p->mode) {
	case MTASTS_MODE_ENFORCE:
		audit_seen(a, "O07",
		    "senders that know MTA-STS deliver by TLS to a host of the "
		    "policy whose certificate is valid, else they wait and try "
		    "again; they remember this for %s",
		    age.text);
		break;
	case MTASTS_MODE_TESTING:
		judge_find(a, own_rule(OWN_LARGE_TESTING), of_domain,
		    "Senders fetch the policy and deliver whatever they find; "
		    "%s.",
		    s->rpt_rec != NULL
			? "what would have failed they tell in their reports"
			: "they tell nobody of it, since no reports are asked "
			  "for");
		break;
	case MTASTS_MODE_NONE:
		judge_find(a, own_rule(OWN_LARGE_NONE), of_domain,
		    "Senders deliver as if there were no policy.");
		break;
	}
}

void
judge_own(const struct seen *s, struct audit *a)
{
	static const char *const of_policy[] = { "O01", "O02", "O07", NULL };

	if (s->policy != NULL && s->rec_verdict == MTASTS_VERDICT_VALID) {
		check_testing(s, a);
		check_removal(s, a);
		check_senders(s, a);
	} else {
		judge_skip(a, of_policy,
		    "There is no policy that a sender would use.");
	}
	judge_own_ready(s, a);
	judge_own_caa(s, a);
	check_subs(s, a);
	judge_own_renewal(s, a);
}
