/*
 * audit_text_int - what the files of the page for people share; private to them
 */
#ifndef MTASTS_CLI_AUDIT_TEXT_INT_H
#define MTASTS_CLI_AUDIT_TEXT_INT_H

#include "cli/audit_out_int.h"

extern const enum out_color audit_text_colors[AUDIT_RESULTS];
extern const char *const audit_text_words[AUDIT_RESULTS]; /* "PASS", ... */

/* audit_text_colored - a text in a colour */
void audit_text_colored(
    struct cmd_env *env, enum out_color color, const char *text);

/*
 * audit_text_take - what was gathered in out->b, or nothing when memory was
 * short; the next buf_clear() takes it away
 */
struct str audit_text_take(struct audit_out *out);

/* audit_text_dim - wrapped text that steps back */
void audit_text_dim(struct audit_out *out, unsigned indent, const char *text);

/* audit_text_brief - what passed, what was not looked at, the countries */
void audit_text_brief(struct audit_out *out, const struct audit *a);

/* audit_text_hint - where the rest is */
void audit_text_hint(struct audit_out *out);

/* audit_text_total - which domains ended how, the worst first */
void audit_text_total(struct audit_out *out);

#endif
