/*
 * checks - what is looked at, why it matters, and all that can be found
 *
 * The words for people who have never read the RFCs. What is right or wrong is
 * decided in the rooms that read the data; their tables of rules are joined
 * here. A new table is one row in tables[], a new check one row in list[].
 *
 * RFC 8461, RFC 8460.
 */
#include "core/checks.h"
#include "core/policy_note.h"
#include "core/txtrec_rules.h"
#include "core/zone.h"
#include "core/zone_name.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* clang-format off */
static const struct check list[] = {
{ "D01", "The record _mta-sts exists",
	"Senders look for this TXT record first. Without it they never fetch "
	"the policy file, however good that is." },
{ "D03", "There is exactly one record",
	"With two records a sender cannot tell which one counts, so none "
	"does." },
{ "D04", "Nothing else stands beside the record",
	"Senders drop other TXT records at this name, but some tools do not, "
	"and they mostly come from a wildcard or CNAME that reaches further "
	"than it should." },
{ "D05", "The record stands at its own name",
	"A record in the wrong place is never read: senders ask for "
	"_mta-sts in front of the mail domain and nowhere else." },
{ "D06", "The record is written to the letter",
	"A record with one character too many or too few counts as no record: "
	"the domain has MTA-STS only in the eyes of its administrator." },
{ "D07", "The record has an id",
	"The id tells senders that the policy has changed. A record without "
	"a good one does not count." },
{ "D08", "The other fields of the record are well formed",
	"Unknown fields do no harm as long as they follow the grammar; one "
	"that does not makes the whole record count as none." },
{ "D09", "No quotes and backslashes in the record",
	"They belong to the zone file, not to the text. Many web panels add "
	"their own, so that yours end up inside the record and break it." },
{ "D10", "A delegated record can be reached",
	"Where a provider keeps the record, a CNAME must lead to it. A name "
	"that DNS cannot hold leads nowhere." },

{ "P01", "The policy host has an address",
	"Senders fetch the policy from mta-sts in front of the mail domain. "
	"Without an address there is nothing to fetch it from." },
{ "P11", "The file is small",
	"A policy has a few hundred bytes. Senders stop reading at 64 "
	"kilobytes, some earlier, and a file that was cut is no policy." },
{ "P13", "The file is a policy",
	"Web servers like to answer with an error page, a login form or "
	"something compressed. Senders then have no policy, although the "
	"address works in a browser." },

{ "F01", "The file is plain text",
	"Bytes that no editor shows, such as a byte order mark, stand in "
	"front of the first word for a program. It then does not know the "
	"word." },
{ "F02", "Lines end as they should",
	"A carriage return alone ends no line for most programs: they see "
	"the whole file as one long line." },
{ "F03", "No empty and no indented lines",
	"The grammar has no blank lines and no blanks in front. Some senders "
	"are lenient, others stop reading there and miss what follows." },
{ "F04", "Every line is a field",
	"A policy file has no comments and no headings, only lines of key, "
	"colon and value. Some senders refuse the whole file for one other "
	"line." },
{ "F05", "The version is STSv1",
	"Senders must not use a policy of a version that they do not know, "
	"and they compare it letter by letter." },
{ "F06", "The mode is testing, enforce or none",
	"The mode says what to do when a check fails. With any other word "
	"there, or none, senders have no policy and mail may go out in the "
	"clear." },
{ "F07", "max_age is a number of seconds within a year",
	"It says for how long senders remember the policy. Without a number "
	"that they can read they have no policy." },
{ "F08", "max_age is long enough to protect",
	"The memory is what protects against somebody who hides the policy "
	"from a sender. After a short time it is gone, and some large "
	"senders ignore policies of less than a day." },
{ "F09", "The file names the MX hosts",
	"In modes testing and enforce a policy without mx would allow no "
	"host at all, so senders treat it as no policy." },
{ "F10", "Each mx is one host name",
	"Senders compare it with the name in the MX record. A port, an "
	"address or a preference fits no name: in mode enforce, mail to such "
	"a host waits and then comes back." },
{ "F11", "Wildcards are used as they work",
	"A * stands for exactly one label at the very left. Anywhere else it "
	"fits nothing; below a public suffix it fits hosts of strangers." },
{ "F12", "No field is repeated",
	"Only the first of two counts. Which one was meant is a guess, and "
	"not all senders guess alike." },
{ "F13", "Every key is known",
	"Senders pass over a key that they do not know. A misspelt one is "
	"passed over too, with all that it was to say." },
{ "F14", "Nothing is left over from a template",
	"A placeholder is no value. In an mx line it names a host that is "
	"not yours; elsewhere it costs the whole policy." },
{ "F15", "Keys are in lower case and version comes first",
	"A key with a capital is another key to a strict reader. The order "
	"is free, yet old readers expect the version in the first line." },

{ "T01", "The record _smtp._tls exists and is well formed",
	"It asks senders for a daily report of what went wrong. Without it "
	"you learn of failing deliveries from people who miss their mail." },
{ "T02", "Reports go to an address that works",
	"Reports can be sent by mail or by HTTPS only. An address that "
	"cannot be read means no reports from anybody." },
{ "T05", "The report record stands at its own name",
	"Senders ask for _smtp._tls in front of the mail domain and nowhere "
	"else." },
{ "T06", "A policy comes with reports",
	"Whoever enforces a policy without getting reports is blind when a "
	"certificate expires or an MX host moves." },
};
/* clang-format on */

/* Rooms with rules: an array, or a list of pointers that a null ends. */
static const struct {
	const struct diag_rule *rules;
	size_t count;
	const struct diag_rule *const *pointers;
} tables[] = {
	{ .rules = stsrec_rules, .count = STSREC_RULES },
	{ .pointers = zone_name_rules },
	{ .pointers = zone_rules },
	{ .rules = policy_rules, .count = POLICY_RULE_COUNT },
	{ .rules = rptrec_rules, .count = RPTREC_RULES },
};

const struct check *
checks_get(size_t i)
{
	return i < COUNT(list) ? &list[i] : NULL;
}

const struct check *
checks_find(struct str id)
{
	for (size_t i = 0; i < COUNT(list); i++) {
		if (str_eq_nocase(id, str_of(list[i].id)))
			return &list[i];
	}
	return NULL;
}

/* table_rule - the rule of a table, or null with *i less by its length */
static const struct diag_rule *
table_rule(size_t table, size_t *i)
{
	const struct diag_rule *const *p = tables[table].pointers;
	size_t count = tables[table].count;

	while (p != NULL && p[count] != NULL)
		count++;
	if (*i >= count) {
		*i -= count;
		return NULL;
	}
	return p != NULL ? p[*i] : &tables[table].rules[*i];
}

const struct diag_rule *
checks_rule(size_t i)
{
	const struct diag_rule *rule = NULL;

	for (size_t t = 0; t < COUNT(tables) && rule == NULL; t++)
		rule = table_rule(t, &i);
	return rule;
}
