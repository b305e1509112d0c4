/*
 * judge_case.h - what the tests of the rooms that judge share
 *
 * A row spoils one thing of a world in which all is well, and says what comes
 * of it. Include after cmocka.
 */
#ifndef TESTS_SUPPORT_JUDGE_CASE_H
#define TESTS_SUPPORT_JUDGE_CASE_H

#include "support/seen_world.h"

#include <stdio.h>

struct judge_row {
	const char *name; /* of the row, for people */
	void (*spoil)(struct seen_world *w); /* null: nothing */
	const char *id; /* of the check that is looked at */
	const char *status; /* "pass", "fail", ..., or "unknown" */
	const char *finding; /* the worst one's name, or "" */
	const char *says; /* a part of message or of what was seen */
};

/* judge_case_status - as audit_status_name(), but "unknown" for that */
static inline const char *
judge_case_status(const struct audit_check *c)
{
	if (c->status == AUDIT_SKIP && c->unknown)
		return "unknown";
	return audit_status_name(c->status);
}

/* judge_case_sound - why a text is no sentence for people; or null */
static inline const char *
judge_case_sound(const struct audit_check *c)
{
	size_t len = strlen(c->message);

	if (len < 10 || strstr(c->message, "(null)") != NULL)
		return "no message";
	if (c->status == AUDIT_PASS)
		return NULL;
	if (c->message[len - 1] != '.' && strchr(c->message, ':') == NULL)
		return "no end";
	if (c->status != AUDIT_SKIP && c->fix[0] == '\0')
		return "no repair";
	return NULL;
}

/* judge_case_result - is the result as the row has it? Says so if not */
static inline bool
judge_case_result(const struct judge_row *row, const struct audit_check *c)
{
	const char *fault = judge_case_sound(c);

	if (strcmp(judge_case_status(c), row->status) != 0)
		fault = "another status";
	else if (strcmp(c->name, row->finding) != 0)
		fault = "another finding";
	else if (strstr(c->message, row->says) == NULL &&
	    strstr(c->seen, row->says) == NULL)
		fault = "another text";
	if (fault != NULL)
		print_error("%s: %s: %s is %s by \"%s\": %s [%s]\n", row->name,
		    fault, row->id, judge_case_status(c), c->name, c->message,
		    c->seen);
	return fault == NULL;
}

/* judge_case_check - one row; is all as it says? */
static inline bool
judge_case_check(const struct judge_row *row,
    void (*judge_room)(const struct seen *s, struct audit *a))
{
	const struct audit_check *c;
	struct seen_world w;
	struct audit *a;
	bool right;

	seen_world_open(&w);
	if (row->spoil != NULL)
		row->spoil(&w);
	a = audit_new(w.s.domain, NULL, w.s.at);
	assert_non_null(a);
	judge_room(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	c = audit_get(a, row->id);
	assert_non_null(c);
	right = judge_case_result(row, c);
	audit_free(a);
	seen_world_close(&w);
	return right;
}

/* judge_case_rows - all rows of a table */
static inline void
judge_case_rows(const struct judge_row *rows, size_t count,
    void (*judge_room)(const struct seen *s, struct audit *a))
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		wrong += !judge_case_check(&rows[i], judge_room);
	assert_int_equal(wrong, 0);
}

/* judge_case_rules - each rule of the room is the finding of some row */
static inline void
judge_case_rules(
    const struct judge_row *rows, size_t count, const struct diag_rule *rules)
{
	for (const struct diag_rule *r = rules; r->id != NULL; r++) {
		size_t i = 0;

		while (i < count && strcmp(rows[i].finding, r->name) != 0)
			i++;
		if (i == count)
			fail_msg("no row finds %s", r->name);
	}
}

/* judge_case_nothing - nothing was looked up: no check may pass for it */
static inline void
judge_case_nothing(const char *letter,
    void (*judge_room)(const struct seen *s, struct audit *a))
{
	struct seen s = { .domain = "example.com",
		.policy_host = "mta-sts.example.com",
		.at = SEEN_WORLD_AT };
	struct audit *a = audit_new(s.domain, NULL, s.at);

	assert_non_null(a);
	judge_room(&s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];

		if (c->check->id[0] == letter[0] && c->status != AUDIT_SKIP)
			fail_msg("%s is %s", c->check->id,
			    audit_status_name(c->status));
	}
	audit_free(a);
}

#endif
