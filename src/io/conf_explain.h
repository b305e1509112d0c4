/*
 * conf_explain - names in the configuration that nobody knows
 *
 * Shared by the rooms of conf; not for others.
 */
#ifndef MTASTS_IO_CONF_EXPLAIN_H
#define MTASTS_IO_CONF_EXPLAIN_H

#include "base/diag.h"

/*
 * conf_explain_option - a finding: the section has no such option
 *
 * With the nearest one that it has, or the section where it belongs.
 */
void conf_explain_option(struct str section, struct str name,
    struct diag_place at, struct mtasts_diags *diags);

/*
 * conf_explain_section - a finding: there is no such section
 *
 * With the section whose option it is, or the nearest one. False when it is no
 * fault: the section of a program that a later release brings, so that one
 * file serves machines of both.
 */
bool conf_explain_section(
    struct str name, struct diag_place at, struct mtasts_diags *diags);

/* conf_explain_offset - line and column of a byte of a document */
struct diag_place conf_explain_offset(
    struct str text, size_t offset, const char *file);

#endif
