/*
 * policy_note - what can be found in a policy file, and noting it
 *
 * The one table of the rules about policy files; ids are those of the checks
 * that the whole suite shares. Knows nothing of how they are found. A hostile
 * file of 64 KiB can break a rule 30,000 times: a rule is written out
 * POLICY_NOTE_EACH times, then only counted.
 *
 * RFC 8461 sections 3.2 and 3.3.
 */
#include "core/policy_note.h"
#include "base/buf.h"

#define S32   "RFC 8461 section 3.2"
#define S33   "RFC 8461 section 3.3"
#define FATAL MTASTS_ERROR, true
#define ERROR MTASTS_ERROR, false
#define WARN  MTASTS_WARNING, false
#define INFO  MTASTS_INFO, false

/* clang-format off */
const struct diag_rule policy_rules[POLICY_RULE_COUNT] = {
[POLICY_TOO_LARGE] = { "P11", "too-large", FATAL, S33,
	"Serve only the policy's lines: a few hundred bytes." },
[POLICY_LARGE] = { "P11", "large", WARN, S33,
	"Keep the file short; one wildcard may replace many mx lines." },
[POLICY_EMPTY_FILE] = { "P13", "empty-file", FATAL, S32,
	"Write the four fields version, mode, mx and max_age, one a line." },
[POLICY_HTML] = { "P13", "html-page", FATAL, S32,
	"Serve the policy as a plain text file, not as a web page; look for "
	"an error page of the web server or the hosting provider." },
[POLICY_JSON] = { "P13", "json-document", FATAL, S32,
	"Write one field a line, such as \"mode: enforce\"; JSON was the "
	"form of an early draft." },
[POLICY_GZIP] = { "P13", "gzip-body", FATAL, S32,
	"Serve the file uncompressed, without Content-Encoding." },
[POLICY_TXT_RECORD] = { "P13", "txt-record", FATAL, "RFC 8461 section 3.1",
	"Publish this text as the TXT record _mta-sts of the domain; the "
	"file holds the fields version, mode, mx and max_age." },
[POLICY_OTHER_TEXT] = { "P13", "not-a-policy", FATAL, S32,
	"Write the four fields version, mode, mx and max_age, one a line." },
[POLICY_UTF16] = { "F01", "utf-16", FATAL, S32,
	"Save the file as plain ASCII or UTF-8 without a byte order mark." },
[POLICY_NUL] = { "F01", "nul-byte", FATAL, S32,
	"Save the file anew with a plain text editor." },
[POLICY_BOM] = { "F01", "utf-8-bom", ERROR, S32,
	"Save the file as \"UTF-8 without BOM\" or as ASCII." },
[POLICY_BARE_CR] = { "F02", "bare-cr", FATAL, S32,
	"End every line with LF or with CR LF." },
[POLICY_MIXED_ENDS] = { "F02", "mixed-line-ends", INFO, S32,
	"Both are allowed; use one kind throughout." },

[POLICY_EMPTY_LINE] = { "F03", "empty-line", ERROR, S32,
	"Delete every empty line." },
[POLICY_INDENTED] = { "F03", "indented-line", ERROR, S32,
	"Begin every line in the first column, without blanks or tabs." },
[POLICY_BLANK_BEFORE_COLON] = { "F03", "blank-before-colon", ERROR, S32,
	"Put the colon directly behind the key." },
[POLICY_COMMENT] = { "F04", "comment", ERROR, S32,
	"Delete the line: a policy file has no comments." },
[POLICY_FRONT_MATTER] = { "F04", "front-matter", ERROR, S32,
	"Delete the block between the two lines \"---\", unless the site "
	"generator takes it away before the file is served." },
[POLICY_NO_COLON] = { "F04", "no-colon", ERROR, S32,
	"Delete the line, or write it as \"key: value\"." },
[POLICY_SEPARATOR] = { "F04", "separator", ERROR, S32,
	"Put a colon between key and value." },

[POLICY_NO_VERSION] = { "F05", "version-missing", FATAL, S32,
	"Write \"version: STSv1\" as the first line." },
[POLICY_VERSION_CASE] = { "F05", "version-case", FATAL, S32,
	"Write \"version: STSv1\" exactly so, capitals included." },
[POLICY_VERSION_UNKNOWN] = { "F05", "version-unknown", FATAL, S32,
	"Write \"version: STSv1\"; there is no other version." },
[POLICY_VERSION_LATE] = { "F15", "version-not-first", INFO, S32,
	"Any order is allowed; some readers expect version as the first "
	"line." },

[POLICY_NO_MODE] = { "F06", "mode-missing", FATAL, S32,
	"Add the line \"mode: testing\", later \"mode: enforce\"." },
[POLICY_MODE_CASE] = { "F06", "mode-case", FATAL, S32,
	"Write the mode in lower case." },
[POLICY_MODE_PLACEHOLDER] = { "F14", "mode-placeholder", FATAL, S32,
	"Replace the placeholder by one of testing, enforce, none." },
[POLICY_MODE_UNKNOWN] = { "F06", "mode-unknown", FATAL, S32,
	"Write one of \"mode: testing\", \"mode: enforce\", \"mode: none\"." },

[POLICY_NO_MAX_AGE] = { "F07", "max-age-missing", FATAL, S32,
	"Add the line \"max_age: 604800\": one week, in seconds." },
[POLICY_MAX_AGE_NUMBER] = { "F07", "max-age-not-a-number", FATAL, S32,
	"Write the seconds in digits alone: \"max_age: 604800\" is a week." },
[POLICY_MAX_AGE_DIGITS] = { "F07", "max-age-too-long", FATAL, S32,
	"Write at most 10 digits; the maximum is 31557600, one year." },
[POLICY_MAX_AGE_OVER] = { "F07", "max-age-over-maximum", ERROR, S32,
	"Write at most 31557600, which is one year." },
[POLICY_MAX_AGE_ZERO] = { "F08", "max-age-zero", WARN, S32,
	"Write the time that senders shall remember the policy, such as "
	"604800 for a week; to end MTA-STS publish mode none and 86400." },
[POLICY_MAX_AGE_DAY] = { "F08", "max-age-under-a-day", WARN, S32,
	"Write at least 86400, a day; in mode enforce a week or more." },
[POLICY_MAX_AGE_WEEK] = { "F08", "max-age-under-a-week", WARN,
	"RFC 8461 section 10.2",
	"Raise max_age to 604800 or more once mode enforce has proved "
	"itself." },

[POLICY_NO_MX] = { "F09", "mx-missing", FATAL, S32,
	"Add a line \"mx: NAME\" for every MX host of the domain." },
[POLICY_MX_EMPTY] = { "F10", "mx-empty", ERROR, S32,
	"Write the name of an MX host behind the colon, or delete the "
	"line." },
[POLICY_MX_STAR] = { "F11", "mx-star", ERROR, S32,
	"Use * only as the whole first label, as in \"*.example.net\"; it "
	"stands for exactly one label." },
[POLICY_MX_URL] = { "F10", "mx-url", ERROR, S32,
	"Write the host name alone, without scheme, slashes and path." },
[POLICY_MX_PORT] = { "F10", "mx-port", ERROR, S32,
	"Write the host name alone, without a port." },
[POLICY_MX_ADDRESS] = { "F10", "mx-address", ERROR, S32,
	"Write the name of the MX record, not an address." },
[POLICY_MX_PRIORITY] = { "F10", "mx-priority", ERROR, S32,
	"Write the host name alone, without the preference of the MX "
	"record." },
[POLICY_MX_SEVERAL] = { "F10", "mx-several-words", ERROR, S32,
	"Write one host name and nothing else on each mx line." },
[POLICY_MX_LEADING_DOT] = { "F10", "mx-leading-dot", ERROR, S32,
	"Write \"*.\" in front where any host below the name is meant." },
[POLICY_MX_NAME] = { "F10", "mx-bad-name", ERROR, S32,
	"Write the name as it stands in the MX record." },
[POLICY_MX_PLACEHOLDER] = { "F14", "mx-placeholder", ERROR, S32,
	"Replace the placeholder by the name in your MX record." },
[POLICY_MX_FINAL_DOT] = { "F10", "mx-final-dot", ERROR, S32,
	"Write the name without the dot at its end." },
[POLICY_MX_U_LABEL] = { "F10", "mx-u-label", ERROR, S32,
	"Write the name in its ASCII form (A-labels, \"xn--...\")." },
[POLICY_MX_UNDERSCORE] = { "F10", "mx-underscore", ERROR, S32,
	"Give the MX host a name without an underscore: no certificate is "
	"issued for one with it." },
[POLICY_MX_TOO_MANY] = { "F10", "mx-too-many", ERROR, "",
	"Use a wildcard pattern in place of many names." },
[POLICY_MX_REPEATED] = { "F12", "mx-repeated", INFO, S32,
	"Delete the repeated line; it does no harm." },
[POLICY_MX_SINGLE_LABEL] = { "F10", "mx-single-label", WARN,
	"RFC 8461 section 4.1",
	"Write the full name as it stands in the MX record." },
[POLICY_MX_PUBLIC_SUFFIX] = { "F11", "mx-public-suffix", WARN,
	"RFC 8461 section 10.4",
	"Name the MX hosts, or put the wildcard below a name of your own or "
	"of your provider." },
[POLICY_MX_TEMPLATE] = { "F14", "mx-template-name", WARN, S32,
	"Replace the name by the one in your MX record." },
[POLICY_MX_EXAMPLE] = { "F14", "mx-example-name", INFO, "RFC 2606 section 3",
	"Replace the name by the one in your MX record before the file is "
	"published." },

[POLICY_KEY_REPEATED] = { "F12", "key-repeated", WARN, S32,
	"Delete the later line; only the first one counts." },
[POLICY_KEY_CASE] = { "F15", "key-case", WARN, S32,
	"Write the key in lower case, or delete the line." },
[POLICY_KEY_NEAR] = { "F13", "key-near-miss", WARN, S32,
	"Correct the key, or delete the line." },
[POLICY_KEY_ELSEWHERE] = { "F13", "key-of-a-record", WARN,
	"RFC 8461 section 3.1",
	"Move it to the TXT record in DNS and delete the line." },
[POLICY_KEY_UNKNOWN] = { "F13", "key-unknown", INFO, S32,
	"Senders ignore it; delete the line if nothing needs it." },
[POLICY_KEY_BAD] = { "F13", "key-malformed", ERROR, S32,
	"Delete the line; a key has 1 to 32 letters, digits, \"_\", \"-\" "
	"or \".\" and begins with a letter or digit." },
[POLICY_VALUE_BAD] = { "F13", "value-malformed", ERROR, S32,
	"Delete the line, or give it printable UTF-8 text as its value." },
};
/* clang-format on */

void
policy_notes_init(struct policy_notes *notes, struct mtasts_diags *diags)
{
	memset(notes, 0, sizeof(*notes));
	notes->diags = diags;
}

/* note_wanted - keep the verdict's facts; is the finding to be written? */
static bool
note_wanted(struct policy_notes *notes, enum policy_rule rule)
{
	const struct diag_rule *r = &policy_rules[rule];

	notes->flawed |= r->severity == MTASTS_ERROR;
	notes->fatal |= r->fatal;
	notes->seen[rule]++;
	return notes->diags != NULL && notes->seen[rule] <= POLICY_NOTE_EACH;
}

/* note_write - format and append one finding */
static void
note_write(struct policy_notes *notes, enum policy_rule rule,
    struct diag_place at, const char *fix, struct buf *message)
{
	const struct diag_rule *r = &policy_rules[rule];
	const char *text = message->p != NULL ? message->p : "";

	if (fix != NULL)
		diag_add_fix(notes->diags, r, at, fix, "%s", text);
	else
		diag_add(notes->diags, r, at, "%s", text);
}

void
policy_note(struct policy_notes *notes, enum policy_rule rule,
    struct diag_place at, const char *fmt, ...)
{
	struct buf message;
	va_list ap;

	if (!note_wanted(notes, rule))
		return;
	buf_init(&message, 1024);
	va_start(ap, fmt);
	buf_vputf(&message, fmt, ap);
	va_end(ap);
	note_write(notes, rule, at, NULL, &message);
	buf_free(&message);
}

void
policy_note_fix(struct policy_notes *notes, enum policy_rule rule,
    struct diag_place at, const char *fix, const char *fmt, ...)
{
	struct buf message;
	va_list ap;

	if (!note_wanted(notes, rule))
		return;
	buf_init(&message, 1024);
	va_start(ap, fmt);
	buf_vputf(&message, fmt, ap);
	va_end(ap);
	note_write(notes, rule, at, fix, &message);
	buf_free(&message);
}

void
policy_notes_end(struct policy_notes *notes)
{
	for (unsigned i = 0; notes->diags != NULL && i < POLICY_RULE_COUNT;
	     i++) {
		if (notes->seen[i] > POLICY_NOTE_EACH)
			diag_add(notes->diags, &policy_rules[i],
			    (struct diag_place){ 0 },
			    "%u more of this kind are not listed",
			    notes->seen[i] - POLICY_NOTE_EACH);
	}
}
