/*
 * conf_dest - the rules for single destinations while they are read
 *
 * Shared by the rooms of conf; not for others.
 */
#ifndef MTASTS_IO_CONF_DEST_H
#define MTASTS_IO_CONF_DEST_H

#include "base/map.h"
#include "io/conf_table.h"

#define CONF_DESTS_MAX 10000 /* rules of all files together */

/* One rule and where this document set it; line 0: another one did. */
struct conf_dest {
	struct conf_dest_rule rule;
	unsigned line;
	struct conf_dest *next;
};

/* All of them, in the order of their first appearance. */
struct conf_dests {
	struct conf *conf;
	struct map by_name; /* struct conf_dest */
	struct conf_dest *first, **last;
};

/* conf_dests_begin - with the rules that conf has; release: conf_dests_free */
enum mtasts_err conf_dests_begin(
    struct conf_dests *dests, struct conf *conf) MTASTS_MUST_CHECK;

/*
 * conf_dests_add - the rule of a key, made when it is new, empty otherwise
 *
 * What was set before is gone: a later file replaces a rule as a whole. The
 * key is normalised. ECONF with a finding of "at": no name, there already,
 * too many; ENOMEM.
 */
enum mtasts_err conf_dests_add(struct conf_dests *dests, struct str key,
    struct diag_place at, struct conf_dest **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* conf_dests_end - conf has these rules from now on; ENOMEM */
enum mtasts_err conf_dests_end(struct conf_dests *dests) MTASTS_MUST_CHECK;

/* conf_dests_free - release */
void conf_dests_free(struct conf_dests *dests);

/* conf_dests_dump - append the section as YAML that reads back */
void conf_dests_dump(const struct conf *conf, struct buf *b);

#endif
