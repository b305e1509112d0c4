/*
 * out - how commands print: findings, tables, colours, JSON
 */
#ifndef MTASTS_CLI_OUT_H
#define MTASTS_CLI_OUT_H

#include "base/json.h"
#include "cli/cmd.h"

/* Colours; nothing is printed for them when env->color is off. */
enum out_color {
	OUT_PLAIN = 0,
	OUT_RED,
	OUT_GREEN,
	OUT_YELLOW,
	OUT_BOLD,
	OUT_DIM
};

/* out_color - switch to a colour; OUT_PLAIN switches back */
void out_color(struct cmd_env *env, enum out_color color);

/*
 * out_error - one message to env->err: "mtasts: message"
 *
 * Say what happened, where, and what to do next.
 */
void out_error(struct cmd_env *env, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * out_findings - every finding as text, wrapped to env->width
 *
 * f is env->out or env->err. First line "SEVERITY place: message [ID]", then
 * the repair indented; once, behind the last, for several in a row that have
 * the same one.
 */
void out_findings(
    struct cmd_env *env, FILE *f, const struct mtasts_diags *diags);

/* out_buf - write a buffer; CMD_UNKNOWN after a message when that fails */
enum cmd_status out_buf(struct cmd_env *env, const struct buf *b);

/* out_json - out_buf() of a finished document and a line end; releases b */
enum cmd_status out_json(struct cmd_env *env, struct buf *b);

/*
 * out_finish - has everything on env->out been written?
 *
 * CMD_UNKNOWN when not, after a message (none when a pipe's reader has gone),
 * and when a part of the output could not be made.
 */
enum cmd_status out_finish(struct cmd_env *env);

/* out_columns - columns a terminal uses for text; 0 for combining marks */
size_t out_columns(struct str text);

/* out_wrap - words of text, wrapped to env->width, indented by n columns */
void out_wrap(struct cmd_env *env, FILE *f, unsigned n, const char *text);

/* out_wrap_str - the same of a span */
void out_wrap_str(struct cmd_env *env, FILE *f, unsigned n, struct str text);

/*
 * out_labelled - "  LABEL  text": text wrapped behind column n
 *
 * The text must be printable.
 */
void out_labelled(
    struct cmd_env *env, unsigned n, const char *label, struct str text);

/*
 * out_hang - text wrapped behind what stands in the line, up to column n
 *
 * For labels of several colours; the text must be printable.
 */
void out_hang(struct cmd_env *env, unsigned n, struct str text);

/* out_put_js - a value that was read, as the next value of a writer */
void out_put_js(struct js_writer *w, const struct js *v);

/* out_js - a value that was read, as JSON again, indented; the exit status */
enum cmd_status out_js(struct cmd_env *env, const struct js *js);

/* A table: columns as wide as their widest cell, the last one free. */
struct out_table;

/* out_table_new - an empty table with these heads; out_table_print() frees */
struct out_table *out_table_new(const char *const *heads, size_t columns);
/* out_table_row - one row; cells are copied, made printable */
void out_table_row(struct out_table *t, const char *const *cells);
/* out_table_print - print with a dim or underlined head, and release it */
void out_table_print(struct cmd_env *env, struct out_table *t);

/*
 * out_progress - on a terminal, so many of so many are done: "120 of 2000"
 *
 * One line on standard error that the next call writes over; to be cleared by
 * out_progress(env, 0, 0) before anything else is printed, and at the end.
 */
void out_progress(struct cmd_env *env, size_t done, size_t count);

#endif
