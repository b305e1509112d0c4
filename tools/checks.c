/*
 * checks - print docs/checks.md from the tables of core/checks
 *
 *   build/dev/tools/checks > docs/checks.md
 *
 * tests/lint/checks.sh fails when the page is not what this prints.
 */
#include "core/checks.h"

#include <stdio.h>

static const char head[] =
    "# Checks\n"
    "\n"
    "What `mtasts check` looks at, what the other commands and `libmtasts`\n"
    "find in records and policies, why it matters, and how to mend it.\n"
    "`mtasts check --explain ID` prints the same. Every finding is shown with\n"
    "its place, with what was seen there, and where it can be made out with\n"
    "the very text to write instead.\n"
    "\n"
    "A check ends in one of five ways:\n"
    "\n"
    "| status | means |\n"
    "|---|---|\n"
    "| `pass` | it is as the title says |\n"
    "| `info` | worth knowing; nothing need be done |\n"
    "| `warn` | it works, with a risk |\n"
    "| `fail` | the policy does not work, or mail is lost |\n"
    "| `skip` | it was not looked at or could not be found out; the reason "
    "is said |\n"
    "\n"
    "The worst finding decides. Findings have a gravity:\n"
    "\n"
    "* **error**: not to the letter of the RFC, or it does not work: `fail`.\n"
    "  Many senders overlook some of these, some do not. Where no policy is\n"
    "  enforced, some errors of mail servers are warnings.\n"
    "* **fatal**: an error after which nothing is left: the record or policy\n"
    "  counts as none.\n"
    "* **warning**: allowed, but it will do other than expected: `warn`.\n"
    "* **info**: worth knowing: `info`.\n"
    "\n"
    "Check ids and the names of findings stay the same from version to\n"
    "version; scripts may rely on them. In JSON both errors are `error`; "
    "after\n"
    "a fatal one the verdict is `invalid` or `none`.\n"
    "\n"
    "Made by `build/dev/tools/checks > docs/checks.md`; do not edit.\n";

/* put_text - a sentence in which no character means anything to Markdown */
static void
put_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("*_|<`", *text) != NULL)
			putchar('\\');
		putchar(*text);
	}
}

/* put_rfc - "RFC 8461 section 3.2" as a short link; other words as they are */
static void
put_rfc(const char *rfc)
{
	struct str number, section, rest = str_of(rfc);

	if (str_starts(rest, STR("RFC ")) &&
	    str_cut(str_sub(rest, 4, rest.len), ' ', &number, &rest) &&
	    str_cut(rest, ' ', NULL, &section))
		printf("[RFC %" STR_FMT ", %" STR_FMT
		       "](https://www.rfc-editor.org/rfc/rfc%" STR_FMT
		       "#section-%" STR_FMT ")",
		    STR_ARG(number), STR_ARG(section), STR_ARG(number),
		    STR_ARG(section));
	else
		printf("%s", rfc);
}

/* put_rule - one row of a check's table */
static void
put_rule(const struct diag_rule *rule)
{
	printf("| `%s` | %s | ", rule->name,
	    rule->fatal ? "fatal" : mtasts_severity_name(rule->severity));
	put_text(rule->fix);
	printf(" | ");
	put_rfc(rule->rfc);
	printf(" |\n");
}

/* has_status - can a check end so? By its rules */
static bool
has_status(const struct check *check, const char *status)
{
	const struct diag_rule *rule;

	for (size_t i = 0; (rule = checks_rule(i)) != NULL; i++)
		if (strcmp(rule->id, check->id) == 0 &&
		    strcmp(checks_status(rule), status) == 0)
			return true;
	return false;
}

/* put_statuses - how a check can end, and when it is skipped */
static void
put_statuses(const struct check *check)
{
	static const char *const statuses[] = { "info", "warn", "fail" };

	printf("`pass`");
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (has_status(check, statuses[i]))
			printf(", `%s`", statuses[i]);
	printf("; `skip` when ");
	put_text(check->skip);
	printf(".\n");
}

/* put_check - its words, and a table of what it finds */
static void
put_check(const struct check *check)
{
	const struct diag_rule *rule;

	printf("\n### %s ", check->id);
	put_text(check->title);
	printf("\n\n");
	put_text(check->why);
	printf("\n\n");
	put_statuses(check);
	printf("\n| finding | gravity | repair | see |\n|---|---|---|---|\n");
	for (size_t i = 0; (rule = checks_rule(i)) != NULL; i++) {
		if (strcmp(rule->id, check->id) == 0)
			put_rule(rule);
	}
}

int
main(void)
{
	const struct check *check;
	char part = '\0';

	fputs(head, stdout);
	for (size_t i = 0; (check = checks_get(i)) != NULL; i++) {
		if (check->id[0] != part) {
			part = check->id[0];
			printf("\n## ");
			put_text(checks_part(part));
			printf("\n");
		}
		put_check(check);
	}
	return ferror(stdout) || fflush(stdout) != 0;
}
