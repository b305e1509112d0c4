/*
 * findings - print docs/findings.md from the tables of core/checks
 *
 *   build/dev/tools/findings > docs/findings.md
 *
 * tests/lint/findings.sh fails when the page is not what this prints.
 */
#include "core/checks.h"

#include <stdio.h>

/* What the first letters of check ids stand for, in the page's order. */
static const struct {
	char letter;
	const char *title;
} parts[] = {
	{ 'D', "The TXT record `_mta-sts`" },
	{ 'P', "The policy host and what it serves" },
	{ 'F', "The policy file" },
	{ 'T', "The TXT record `_smtp._tls`" },
};

static const char head[] =
    "# Findings\n"
    "\n"
    "What `mtasts` and `libmtasts` find in records and policies, why it\n"
    "matters, and how to mend it. Every finding is printed with its place,\n"
    "with what was seen there, and where it can be made out with the very\n"
    "text to write instead.\n"
    "\n"
    "* **error**: not to the letter of the RFC. Many senders overlook it, "
    "some\n"
    "  do not.\n"
    "* **fatal**: an error after which nothing is left: the record or policy\n"
    "  counts as none.\n"
    "* **warning**: allowed, but it will do other than expected.\n"
    "* **info**: worth knowing.\n"
    "\n"
    "Check ids and the names of findings stay the same from version to\n"
    "version; scripts may rely on them. In JSON both errors are `error`; "
    "after\n"
    "a fatal one the verdict is `invalid` or `none`.\n"
    "\n"
    "Made by `build/dev/tools/findings > docs/findings.md`; do not edit.\n";

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

/* put_check - its words, and a table of what it finds */
static void
put_check(const struct check *check)
{
	const struct diag_rule *rule;

	printf("\n### %s ", check->id);
	put_text(check->title);
	printf("\n\n");
	put_text(check->why);
	printf("\n\n| finding | gravity | repair | see |\n|---|---|---|---|\n");
	for (size_t i = 0; (rule = checks_rule(i)) != NULL; i++) {
		if (strcmp(rule->id, check->id) == 0)
			put_rule(rule);
	}
}

int
main(void)
{
	const struct check *check;

	fputs(head, stdout);
	for (size_t p = 0; p < sizeof(parts) / sizeof(*parts); p++) {
		printf("\n## %s\n", parts[p].title);
		for (size_t i = 0; (check = checks_get(i)) != NULL; i++) {
			if (check->id[0] == parts[p].letter)
				put_check(check);
		}
	}
	return ferror(stdout) || fflush(stdout) != 0;
}
