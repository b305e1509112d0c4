/*
 * lint-policy - lint a policy file and, if given, the TXT record that goes
 * with it; an example of how to use libmtasts
 *
 *   cc lint-policy.c $(pkg-config --cflags --libs libmtasts) -o lint-policy
 *   ./lint-policy mta-sts.txt 'v=STSv1; id=20250101T000000;'
 *
 * Exits 0 when all is to the letter, 1 when something is to be mended, 2 when
 * the file cannot be read.
 */
#include <mtasts/mtasts.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A policy has at most 64 KiB; one byte more, to see that it has more. */
#define POLICY_MAX 65537

/* print - every finding: what was seen, and how to mend it */
static void
print(const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;
	size_t i;

	for (i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		printf("%s", mtasts_severity_name(f->severity));
		if (f->line > 0)
			printf(", line %u", f->line);
		if (f->column > 0)
			printf(", column %u", f->column);
		printf(
		    ": %s\n  %s (%s, %s)\n", f->message, f->fix, f->id, f->rfc);
	}
}

/* lint_policy - the body of a policy file */
static enum mtasts_verdict
lint_policy(const char *text, size_t len)
{
	enum mtasts_verdict verdict = MTASTS_VERDICT_INVALID;
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_policy *policy = NULL;
	size_t i;

	/* Without memory diags is null; all calls accept that. */
	if (mtasts_policy_parse(text, len, &policy, diags) == MTASTS_OK) {
		verdict = policy->verdict;
		printf("mode %s for %lu seconds\n",
		    mtasts_mode_name(policy->mode),
		    (unsigned long)policy->max_age_s);
		for (i = 0; i < policy->mx_count; i++)
			printf("mx %s\n", policy->mx[i]);
	}
	printf("policy: %s\n", mtasts_verdict_name(verdict));
	print(diags);
	mtasts_policy_free(policy);
	mtasts_diags_free(diags);
	return verdict;
}

/* lint_record - the TXT record at _mta-sts */
static enum mtasts_verdict
lint_record(const char *text)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_txt txt = { text, strlen(text) };
	enum mtasts_verdict verdict;
	struct mtasts_stsrec rec;

	verdict = mtasts_stsrec_parse(&txt, 1, &rec, diags);
	if (verdict == MTASTS_VERDICT_VALID)
		printf("id %s\n", rec.id);
	printf("record: %s\n", mtasts_verdict_name(verdict));
	print(diags);
	mtasts_diags_free(diags);
	return verdict;
}

int
main(int argc, char **argv)
{
	static char text[POLICY_MAX];
	enum mtasts_verdict policy, record = MTASTS_VERDICT_VALID;
	size_t len;
	FILE *f;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: lint-policy FILE [TXT]\n");
		return 2;
	}
	f = fopen(argv[1], "rb");
	if (f == NULL) {
		perror(argv[1]);
		return 2;
	}
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	policy = lint_policy(text, len);
	if (argc == 3)
		record = lint_record(argv[2]);
	return policy == MTASTS_VERDICT_VALID && record == MTASTS_VERDICT_VALID
	    ? EXIT_SUCCESS
	    : EXIT_FAILURE;
}
