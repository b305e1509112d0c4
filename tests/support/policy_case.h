/*
 * policy_case.h - what the tests of policy files share
 *
 * Include after the system headers and cmocka.
 */
#ifndef TESTS_SUPPORT_POLICY_CASE_H
#define TESTS_SUPPORT_POLICY_CASE_H

#include "mtasts/policy.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One reading of one file. */
struct policy_case {
	enum mtasts_err err;
	struct mtasts_policy *policy; /* null when there is none */
	struct mtasts_diags *diags;
};

/* policy_case_read - read a text; the bytes end where memory ends (ASan) */
static inline struct policy_case
policy_case_read(const char *text, size_t len)
{
	struct policy_case c = { .diags = mtasts_diags_new() };
	char *copy = malloc(len ? len : 1);

	if (copy == NULL || c.diags == NULL)
		abort();
	memcpy(copy, text, len);
	c.err = mtasts_policy_parse(copy, len, &c.policy, c.diags);
	free(copy);
	return c;
}

/* policy_case_free - release a reading */
static inline void
policy_case_free(struct policy_case *c)
{
	mtasts_policy_free(c->policy);
	mtasts_diags_free(c->diags);
}

/* policy_case_verdict - "valid", "usable" or "invalid" */
static inline const char *
policy_case_verdict(const struct policy_case *c)
{
	return mtasts_verdict_name(
	    c->policy != NULL ? c->policy->verdict : MTASTS_VERDICT_INVALID);
}

/* policy_case_errors - findings that are errors; on that line, if not 0 */
static inline unsigned
policy_case_errors(const struct policy_case *c, unsigned line)
{
	const struct mtasts_finding *f;
	unsigned n = 0;

	for (size_t i = 0; (f = mtasts_diags_get(c->diags, i)) != NULL; i++)
		n += f->severity == MTASTS_ERROR &&
		    (line == 0 || f->line == line);
	return n;
}

/* policy_case_print - the findings, for people who look at a test's output */
static inline void
policy_case_print(const struct policy_case *c)
{
	const struct mtasts_finding *f;

	for (size_t i = 0; (f = mtasts_diags_get(c->diags, i)) != NULL; i++)
		printf("    %s %u:%u %s: %s [%s]\n        %s\n",
		    mtasts_severity_name(f->severity), f->line, f->column,
		    f->name, f->message, f->id, f->fix);
}

/* policy_case_load - all bytes of a file; yours: free(); null when absent */
static inline char *
policy_case_load(const char *path, size_t *len)
{
	size_t room = 1 << 20;
	FILE *f = fopen(path, "rb");
	char *text;

	if (f == NULL)
		return NULL;
	text = malloc(room);
	if (text == NULL)
		abort();
	*len = fread(text, 1, room - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

/* policy_case_shared - a file of the shared corpus; null when absent */
static inline char *
policy_case_shared(const char *name, size_t *len)
{
	const char *shared = getenv("MTASTS_SHARED");
	char path[4096];

	snprintf(
	    path, sizeof(path), "%s/%s", shared ? shared : "../shared", name);
	return policy_case_load(path, len);
}

/* policy_case_has_shared - is the corpus there? Says so when it is not */
static inline bool
policy_case_has_shared(const char *name)
{
	size_t len;
	char *text = policy_case_shared(name, &len);

	if (text == NULL)
		printf(
		    "skipped: MTASTS_SHARED names no folder with %s\n", name);
	free(text);
	return text != NULL;
}

#endif
