/*
 * domain_rules.c - what the jobs of task/domain refuse or warn of, as a table
 *
 * Each fix is what to type next.
 */
#include "task/domain.h"

#define RULE(i, n, sev, section, repair)                                    \
	{                                                                   \
		.id = i, .name = n, .severity = sev,                        \
		.fatal = sev == MTASTS_ERROR, .rfc = section, .fix = repair \
	}

const struct diag_rule domain_rules[DOMAIN_RULES] = {
	[DOMAIN_WORD] = RULE("R40", "word", MTASTS_ERROR, "",
	    "Write KEY=VALUE, such as mode=testing, or KEY=default."),
	[DOMAIN_UNKNOWN] = RULE("R41", "domain-unknown", MTASTS_ERROR, "",
	    "\"mtasts domain list\" shows the names that are there; \"mtasts "
	    "domain add\" adds one."),
	[DOMAIN_EXISTS] = RULE("R42", "domain-exists", MTASTS_ERROR, "",
	    "Change it with \"mtasts domain set\", or look at it with "
	    "\"mtasts domain show\"."),
	[DOMAIN_NO_MX] = RULE("F09", "domain-no-mx", MTASTS_ERROR,
	    "RFC 8461 section 3.2",
	    "Give the names of its MX hosts: mx=mail.example.org (\"dig "
	    "+short MX DOMAIN\" shows them), or for all domains with \"mtasts "
	    "defaults set mx=...\"."),
	[DOMAIN_NOT_SAFE] = RULE("O03", "domain-not-safe", MTASTS_ERROR,
	    "RFC 8461 section 5",
	    "Mend what is named above, or say --force when you know better."),
	[DOMAIN_ENFORCE] = RULE("O03", "domain-enforce-unchecked", MTASTS_ERROR,
	    "RFC 8461 section 8.2",
	    "Leave it in mode testing and let \"mtasts rollout start\" take it "
	    "further, or look at it with \"mtasts domain set\". Or check by "
	    "hand that each MX record fits an mx, that each MX offers STARTTLS "
	    "with a valid certificate for its own name, and that the policy "
	    "host has its certificate (\"mtasts check DOMAIN\" looks at all of "
	    "it); then say --force."),
	[DOMAIN_ALIAS_SELF] = RULE("R43", "alias-self", MTASTS_ERROR, "",
	    "Name the domain whose policy it shall serve."),
	[DOMAIN_ALIAS_CHAIN] = RULE("R44", "alias-of-alias", MTASTS_ERROR, "",
	    "Make it an alias of the domain at the end."),
	[DOMAIN_ALIAS_TARGET] = RULE("R45", "alias-target", MTASTS_ERROR, "",
	    "Add the domain first (\"mtasts domain add\"), or name another."),
	[DOMAIN_HAS_ALIASES] =
	    RULE("R46", "domain-has-aliases", MTASTS_ERROR, "",
		"Remove the aliases first, or move them to another domain with "
		"\"mtasts domain alias\"."),
	[DOMAIN_IS_ALIAS] = RULE("R47", "domain-is-alias", MTASTS_ERROR, "",
	    "Change its target instead; an alias serves what that serves."),
	[DOMAIN_IS_REMOVING] = RULE("R48", "domain-is-being-removed",
	    MTASTS_ERROR, "RFC 8461 section 8.3",
	    "Take it up again with \"mtasts domain add\", or leave it."),
	[DOMAIN_KEEPS] = RULE("R49", "domain-keeps-policy", MTASTS_WARNING, "",
	    "Give it mx with \"mtasts domain set\"; until then its old policy "
	    "is served."),
	[DOMAIN_ID_REUSED] = RULE("D14", "import-id-reused", MTASTS_ERROR,
	    "RFC 8461 section 3.1",
	    "Senders who know one would never fetch the other: take the entry "
	    "out, or give this policy another id."),
	[DOMAIN_MX_GIVEN] = RULE("R53", "domain-mx-given", MTASTS_ERROR, "",
	    "Nothing has to be followed; \"mtasts domain set DOMAIN mx=auto\" "
	    "would have it follow the MX records."),
	[DOMAIN_PRUNES_ALL] = RULE("R50", "import-prunes-all", MTASTS_ERROR, "",
	    "Look whether the file is the right one and whole; if all shall "
	    "go, say --force."),
};
