/*
 * scan_tally - how many domains of a scan are how
 */
#ifndef MTASTS_CLI_SCAN_TALLY_H
#define MTASTS_CLI_SCAN_TALLY_H

#include "cli/cmd.h"
#include "core/audit.h"

#define SCAN_CHECKS_MAX 128

enum scan_mode {
	SCAN_MODE_ENFORCE = 0,
	SCAN_MODE_TESTING,
	SCAN_MODE_NONE,
	SCAN_MODE_ABSENT, /* no policy that works */
	SCAN_MODES
};

struct scan_tally {
	uint64_t domains;
	uint64_t not_domains; /* lines that name none */
	uint64_t result[AUDIT_RESULTS];
	uint64_t mode[SCAN_MODES];
	uint64_t sender[AUDIT_OUTLOOKS], dane[AUDIT_OUTLOOKS];
	uint64_t failed[SCAN_CHECKS_MAX]; /* by checks_get() */
	uint64_t warned[SCAN_CHECKS_MAX];
};

/* scan_tally_add - one domain more */
void scan_tally_add(struct scan_tally *t, const struct audit *a);

/*
 * scan_tally_line - count a line that was written before
 *
 * Reads what scan_tally_head() and audit_json() wrote. False when it is no such
 * line; *number is that of its domain in the list, *domain borrowed.
 */
bool scan_tally_line(
    struct scan_tally *t, struct str line, uint64_t *number, uint64_t *hash);

/*
 * scan_tally_head - the members that stand in front in each line
 *
 * {"line":12,"failed":["S05"],"warned":[], and no more: audit_json() without
 * its brace follows. a may be null.
 */
void scan_tally_head(uint64_t number, const struct audit *a, struct buf *b);

/* scan_tally_hash - of a domain, to see that a list is still the same */
uint64_t scan_tally_hash(struct str domain);

/* scan_tally_status - the exit status that it makes */
enum cmd_status scan_tally_status(const struct scan_tally *t);

/* scan_tally_json - the object of --summary-json */
void scan_tally_json(const struct scan_tally *t, int64_t took_ms, bool complete,
    struct js_writer *w);

/* scan_tally_print - tables for people, to env->out */
void scan_tally_print(struct cmd_env *env, const struct scan_tally *t);

#endif
