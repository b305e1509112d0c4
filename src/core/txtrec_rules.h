/*
 * txtrec_rules - what can be found in the two TXT records
 *
 * The findings that both kinds have are written once: each kind begins its
 * table with this list, and adds what only it has. A row is: index, what kind
 * of check it is, gravity, name, repair. An error means that the record does
 * not count. Where a record was meant, the record to publish is written behind
 * the repair: see txtrec_add().
 */
#ifndef MTASTS_CORE_TXTREC_RULES_H
#define MTASTS_CORE_TXTREC_RULES_H

#include "core/rua.h"
#include "core/txtrec.h"

/* What only an _mta-sts record has. */
enum stsrec_rule {
	STSREC_ID_MISSING = TXTREC_RULES,
	STSREC_ID_NAME,
	STSREC_ID_CHARACTER,
	STSREC_ID_LONG,
	STSREC_RULES
};

/* What only an _smtp._tls record has. */
enum rptrec_rule {
	RPTREC_RUA_MISSING = TXTREC_RULES,
	RPTREC_RUA_NAME,
	RPTREC_RUA_NONE,
	RPTREC_RUA_SCHEME,
	RPTREC_RUA_REPEATED,
	RPTREC_RUA_LATE,
	RPTREC_RUA_MANY,
	/* plus an enum rua_fault, of which RUA_FINE has no rule */
	RPTREC_FAULT = RPTREC_RUA_MANY,
	RPTREC_RULES = RPTREC_FAULT + RUA_HOST + 1
};

/* stsrec_rules, rptrec_rules - by enum txtrec_rule and their own enum */
extern const struct diag_rule stsrec_rules[STSREC_RULES];
extern const struct diag_rule rptrec_rules[RPTREC_RULES];

/*
 * One row of either table. The room defines what differs: RFC, PREFIX of the
 * names, and CHECK_... ids for each kind of check.
 */
#define TXTREC_RULE(index, check, gravity, name_, fix_) \
	[index] = {                                     \
		.id = CHECK_##check,                    \
		.name = PREFIX name_,                   \
		.severity = gravity,                    \
		.fatal = (gravity) == MTASTS_ERROR,     \
		.rfc = RFC,                             \
		.fix = fix_,                            \
	},

/* clang-format off */
#define TXTREC_RULE_LIST(ROW)                                                  \
ROW(TXTREC_ABSENT, EXISTS, MTASTS_INFO, "absent",                              \
    "Publish the TXT record, if the domain is to have one.")                   \
ROW(TXTREC_SEVERAL, ONE, MTASTS_ERROR, "several",                              \
    "Delete all of these records but one.")                                    \
ROW(TXTREC_MANY, ONE, MTASTS_ERROR, "many",                                    \
    "Delete the other TXT records at this name.")                              \
ROW(TXTREC_IGNORED, BESIDE, MTASTS_WARNING, "ignored",                         \
    "Delete it, so that exactly one TXT record stands at this name.")          \
ROW(TXTREC_BLANK, SYNTAX, MTASTS_ERROR, "blank",                               \
    "Delete the empty TXT record.")                                            \
ROW(TXTREC_ZONE_LINE, QUOTES, MTASTS_ERROR, "zone-line",                       \
    "Enter only what stands between the quotes of the line.")                  \
ROW(TXTREC_QUOTES, QUOTES, MTASTS_ERROR, "quotes",                             \
    "Enter the text without quotes and backslashes.")                          \
ROW(TXTREC_NOT_ASCII, SYNTAX, MTASTS_ERROR, "not-ascii",                       \
    "Type the text anew in plain ASCII.")                                      \
ROW(TXTREC_LEADING_BLANK, SYNTAX, MTASTS_ERROR, "leading-blank",               \
    "Remove the blanks at the beginning.")                                     \
ROW(TXTREC_VERSION_FORM, SYNTAX, MTASTS_ERROR, "version-form",                 \
    "Begin with v, an equals sign and the version, without blanks.")           \
ROW(TXTREC_VERSION_CASE, SYNTAX, MTASTS_ERROR, "version-case",                 \
    "Write the version with capital and small letters as they are here.")      \
ROW(TXTREC_VERSION_WORD, SYNTAX, MTASTS_ERROR, "version-word",                 \
    "Begin with the one version that there is.")                               \
ROW(TXTREC_VERSION_ALONE, SYNTAX, MTASTS_ERROR, "version-alone",               \
    "Put a semicolon and the required field behind the version.")              \
ROW(TXTREC_NO_SEMICOLON, SYNTAX, MTASTS_ERROR, "no-semicolon",                 \
    "Put a semicolon right behind the version.")                               \
ROW(TXTREC_ORDER, SYNTAX, MTASTS_ERROR, "order",                               \
    "Put the version first.")                                                  \
ROW(TXTREC_NO_VERSION, SYNTAX, MTASTS_ERROR, "no-version",                     \
    "Put the version in front.")                                               \
ROW(TXTREC_OTHER_KIND, PLACE, MTASTS_ERROR, "other-kind",                      \
    "Move it to its own name: _mta-sts for v=STSv1, _smtp._tls for "           \
    "v=TLSRPTv1.")                                                             \
ROW(TXTREC_FILE, SYNTAX, MTASTS_ERROR, "policy-file",                          \
    "Leave the policy to the web server and publish the short record.")        \
ROW(TXTREC_UNRELATED, BESIDE, MTASTS_WARNING, "unrelated",                     \
    "Move it elsewhere, or narrow the wildcard or CNAME that put it here.")    \
ROW(TXTREC_SPACE, SYNTAX, MTASTS_WARNING, "space-before-semicolon",            \
    "Remove the blanks before the first semicolon: some senders drop the "     \
    "record for them.")                                                        \
ROW(TXTREC_LONG, SYNTAX, MTASTS_ERROR, "long",                                 \
    "Shorten the record to what DNS can carry.")                               \
ROW(TXTREC_END_BLANK, SYNTAX, MTASTS_ERROR, "end-blank",                       \
    "Remove the blanks at the end, or put a semicolon before them.")           \
ROW(TXTREC_FIELD_EMPTY, SYNTAX, MTASTS_ERROR, "field-empty",                   \
    "Leave one of the two semicolons out.")                                    \
ROW(TXTREC_FIELD_WORD, SYNTAX, MTASTS_ERROR, "field-word",                     \
    "Write every field as name=value.")                                        \
ROW(TXTREC_FIELD_BLANK, SYNTAX, MTASTS_ERROR, "field-blank",                   \
    "Remove the blanks around the equals sign.")                               \
ROW(TXTREC_FIELD_NAME, FIELD, MTASTS_ERROR, "field-name",                      \
    "Name fields with at most 32 letters, digits, hyphens, underscores and "   \
    "dots, or leave the field out.")                                           \
ROW(TXTREC_VALUE_EMPTY, SYNTAX, MTASTS_ERROR, "value-empty",                   \
    "Put a value behind the equals sign, or leave the field out.")             \
ROW(TXTREC_VALUE_BYTE, FIELD, MTASTS_ERROR, "value-character",                 \
    "Use printable ASCII without blanks, semicolons and equals signs.")        \
ROW(TXTREC_UNKNOWN, FIELD, MTASTS_WARNING, "field-unknown",                    \
    "Leave the field out, unless you know a reader of it.")                    \
ROW(TXTREC_REPEATED, FIELD, MTASTS_WARNING, "field-repeated",                  \
    "Leave the later one out: the first counts.")
/* clang-format on */

#endif
