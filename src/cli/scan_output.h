/*
 * scan_output - where the lines of a scan go, and what stands there already
 *
 * Standard output, or a file that a later scan can go on with: a line that was
 * cut off by a crash is dropped, all others are read and not made again.
 */
#ifndef MTASTS_CLI_SCAN_OUTPUT_H
#define MTASTS_CLI_SCAN_OUTPUT_H

#include "cli/scan_tally.h"

struct scan_output;

/*
 * scan_output_open - a file, or standard output when the name is null
 *
 * resume  go on with a file that has lines; they are counted in the tally
 * *out    yours, scan_output_close()
 *
 * CMD_FINE, or a status after a message. A file with lines is refused unless
 * resume is set.
 */
enum cmd_status scan_output_open(struct cmd_env *env, const char *name,
    bool resume, struct scan_tally *tally, struct scan_output **out);

/* scan_output_close - write what is waiting, release; null is fine */
void scan_output_close(struct scan_output *o);

/*
 * scan_output_had - is this line of the list done already?
 *
 * *other is set when another domain was done there: it is another list.
 */
bool scan_output_had(const struct scan_output *o, uint64_t number,
    struct str domain, bool *other);

/* scan_output_count - lines that were there before */
uint64_t scan_output_count(const struct scan_output *o);

/* scan_output_put - one line, its end included */
void scan_output_put(struct scan_output *o, struct str line);

/* scan_output_flush - what is waiting goes out; false with errno after any
 * failure so far */
bool scan_output_flush(struct scan_output *o);

#endif
