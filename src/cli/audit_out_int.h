/*
 * audit_out_int - what the formats of audit_out share; private to them
 */
#ifndef MTASTS_CLI_AUDIT_OUT_INT_H
#define MTASTS_CLI_AUDIT_OUT_INT_H

#include "cli/audit_out.h"
#include "cli/out.h"

#define AUDIT_OUT_MAX  (64u << 20) /* bytes of a domain, or kept for the end */
#define AUDIT_OUT_KEPT 8

/* One form of output. A step that is null does nothing. */
struct audit_format {
	const char *name;
	void (*begin)(struct audit_out *out);
	void (*one)(struct audit_out *out, const struct audit *a);
	void (*end)(struct audit_out *out);
	uint8_t exits[AUDIT_RESULTS]; /* the exit status of each result */
};

struct audit_out {
	struct cmd_env *env;
	const struct audit_format *format;
	bool single, verbose;
	size_t count; /* domains so far, the one at hand not counted */
	size_t results[AUDIT_RESULTS]; /* how they ended */
	enum audit_result worst;
	struct buf b; /* written and emptied by audit_out_flush() */
	struct js_writer w; /* into b; of formats that are one document */
	struct buf kept[AUDIT_OUT_KEPT]; /* until the end, as a format likes */
	int64_t kept_number;
};

extern const struct audit_format audit_text, audit_js, audit_junit, audit_sarif,
    audit_nagios, audit_prometheus, audit_markdown;

/* A part of the checks: those whose ids begin with the letter. */
struct audit_part {
	char letter;
	const char *title;
};

/* audit_part_get - the i-th part from 0 in their order; null past the last */
const struct audit_part *audit_part_get(size_t i);

/* audit_out_flush - write what is in out->b, empty it */
void audit_out_flush(struct audit_out *out);

/*
 * audit_out_counts - append "1 failed, 2 warnings, 40 passed"
 *
 * of the checks of a domain; what there is none of is left out.
 */
void audit_out_counts(struct buf *b, const struct audit *a);

/* audit_out_total - append "3 domains: 1 pass, 1 warn, 1 fail" */
void audit_out_total(struct buf *b, const struct audit_out *out);

/* A choice of checks. */
typedef bool audit_out_choice(const struct audit_check *c, const void *ctx);

/* audit_out_ids - append the ids of those chosen: "D01 D04-D09 T01" */
void audit_out_ids(struct buf *b, const struct audit *a,
    audit_out_choice *choice, const void *ctx);

/* audit_out_in_part - a choice: what passed of the part that ctx is */
bool audit_out_in_part(const struct audit_check *c, const void *ctx);

/*
 * audit_out_same - a choice: what was skipped for the reason of ctx
 *
 * ctx is a check; the first with its reason when audit_out_first().
 */
bool audit_out_same(const struct audit_check *c, const void *ctx);

/* audit_out_first - no check before the i-th was skipped for its reason */
bool audit_out_first(const struct audit *a, size_t i);

/* audit_out_met - "met", "not met", "unknown" */
const char *audit_out_met(const struct audit_advice *advice);

/* audit_out_problem - does the check say that something is to be mended? */
bool audit_out_problem(const struct audit_check *c);

/*
 * audit_out_place - append the place of a finding: "HOST, line 3"
 *
 * For people: without what its message names, and without columns, which the
 * formats for programs have.
 */
void audit_out_place(struct buf *b, const struct mtasts_finding *f);

#endif
