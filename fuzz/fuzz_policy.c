/*
 * fuzz_policy - the policy file: read any bytes, write, read the same again
 */
#include "fuzz.h"
#include "mtasts/policy.h"

#include <string.h>

/* check_findings - whole, in bounds, and an error exactly where it shows */
static void
check_findings(
    const struct mtasts_policy *policy, const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;
	int errors = 0;

	require(mtasts_diags_dropped(diags) == 0);
	for (size_t i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		require(f->message[0] != '\0' && f->fix[0] != '\0');
		errors += f->severity == MTASTS_ERROR;
	}
	if (policy == NULL)
		require(errors > 0);
	else
		require(
		    (policy->verdict == MTASTS_VERDICT_VALID) == (errors == 0));
}

/* has_underscore - the one leniency that is kept, and so not written */
static int
has_underscore(const struct mtasts_policy *policy)
{
	for (size_t i = 0; i < policy->mx_count; i++) {
		if (strchr(policy->mx[i], '_') != NULL)
			return 1;
	}
	return 0;
}

/* round_trip - what was written is read as the same policy, to the letter */
static void
round_trip(const struct mtasts_policy *policy)
{
	struct mtasts_policy *again = NULL;
	char *text = NULL;
	enum mtasts_err err = mtasts_policy_format(policy, &text);

	/* A-labels are longer than what they were made from. */
	if (err == MTASTS_ELIMIT)
		return;
	if (has_underscore(policy)) {
		require(err == MTASTS_EINVAL);
		return;
	}
	require(err == MTASTS_OK);
	err = mtasts_policy_parse(text, strlen(text), &again, NULL);
	require(err == MTASTS_OK && again->verdict == MTASTS_VERDICT_VALID);
	require(again->mode == policy->mode);
	require(again->max_age_s == policy->max_age_s);
	require(again->mx_count == policy->mx_count);
	for (size_t i = 0; i < policy->mx_count; i++)
		require(strcmp(again->mx[i], policy->mx[i]) == 0);
	mtasts_policy_free(again);
	mtasts_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_policy *policy = NULL;
	enum mtasts_err err;

	require(diags != NULL);
	err = mtasts_policy_parse((const char *)data, size, &policy, diags);
	require((err == MTASTS_OK) == (policy != NULL));
	check_findings(policy, diags);
	if (policy != NULL)
		round_trip(policy);
	mtasts_policy_free(policy);
	mtasts_diags_free(diags);
	return 0;
}
