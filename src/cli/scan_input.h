/*
 * scan_input - the lines of a list, as they come
 *
 * From a file, or from standard input without waiting for it: a pipe that is
 * still being written is no reason to stop what is under way.
 */
#ifndef MTASTS_CLI_SCAN_INPUT_H
#define MTASTS_CLI_SCAN_INPUT_H

#include "base/str.h"
#include "cli/cmd.h"
#include "io/loop.h"

#define SCAN_LINE_MAX 8192 /* bytes of a line; the rest of it is dropped */

struct scan_input;

enum scan_input_step {
	SCAN_LINE = 0, /* there is one */
	SCAN_WAIT, /* on_more() will be called when there may be */
	SCAN_END,
	SCAN_FAILED /* errno says why */
};

/*
 * scan_input_open - a file, or "-"
 *
 * *out: yours, scan_input_close(). CMD_UNKNOWN after a message.
 */
enum cmd_status scan_input_open(
    struct cmd_env *env, const char *name, struct scan_input **out);

/*
 * scan_input_on_more - what to call after SCAN_WAIT
 *
 * Before the first line. Without it reading waits for the input.
 */
void scan_input_on_more(struct scan_input *in, struct loop *loop,
    loop_callback *on_more, void *ctx);

/* scan_input_close - release; null is fine */
void scan_input_close(struct scan_input *in);

/*
 * scan_input_next - the next line, without its end (LF or CRLF)
 *
 * *number counts from 1. The line is borrowed until the next call.
 */
enum scan_input_step scan_input_next(
    struct scan_input *in, struct str *line, uint64_t *number);

/* scan_input_part - how much of it was read, of 1000; -1: nobody knows */
int scan_input_part(const struct scan_input *in);

#endif
