/*
 * judge - from what was seen of a domain to the results of all checks
 *
 * One room per part: judge_sts (D), judge_host (P), judge_file (F), judge_mx
 * (M), judge_smtp (S), judge_rpt (T), judge_own (O), and judge_sum, which says
 * what a sender would do and what to do next. Each has its rules in a table of
 * its name, joined in core/checks. Pure.
 */
#ifndef MTASTS_CORE_JUDGE_H
#define MTASTS_CORE_JUDGE_H

#include "core/audit.h"
#include "core/seen.h"

/* Tables of rules; a rule without id ends each. */
extern const struct diag_rule judge_sts_rules[], judge_host_rules[],
    judge_mx_rules[], judge_smtp_rules[], judge_rpt_rules[], judge_own_rules[],
    judge_sum_rules[];

/* judge_sts - D01 to D14 */
void judge_sts(const struct seen *s, struct audit *a);
/* judge_host - P01 to P16 */
void judge_host(const struct seen *s, struct audit *a);
/* judge_file - F01 to F15, from s->text_diags */
void judge_file(const struct seen *s, struct audit *a);
/* judge_mx - M01 to M06 */
void judge_mx(const struct seen *s, struct audit *a);
/* judge_smtp - S01 to S11 */
void judge_smtp(const struct seen *s, struct audit *a);
/* judge_rpt - T01 to T06 */
void judge_rpt(const struct seen *s, struct audit *a);
/* judge_own - O01 to O07; after judge_live() */
void judge_own(const struct seen *s, struct audit *a);
/* judge_nation - recommendations of countries; after audit_end() */
void judge_nation(const struct seen *s, struct audit *a);

/* What is wanted of a judgement. */
struct judge_conf {
	struct audit_pick pick;
	const char *expect; /* "enforce", "testing", "none", or null */
};

/*
 * judge - all of them, and the sentences at the top
 *
 * *out: yours, audit_free(); it borrows nothing. ENOMEM.
 */
enum mtasts_err judge(const struct seen *s, const struct judge_conf *conf,
    struct audit **out) MTASTS_MUST_CHECK;

#endif
