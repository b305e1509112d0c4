/*
 * conf_form - what texts of the configuration must look like
 *
 * Shared by the rooms of conf; not for others.
 */
#ifndef MTASTS_IO_CONF_FORM_H
#define MTASTS_IO_CONF_FORM_H

#include "io/conf_table.h"

/* A value that is being checked; all borrowed. */
struct conf_check {
	const struct conf_option *row;
	struct str text;
	struct diag_place at;
	struct mtasts_diags *diags;
};

/*
 * conf_refuse - a finding: what the option wants, and what was written
 *
 * Always ECONF.
 */
enum mtasts_err conf_refuse(const struct conf_check *c, const char *want);

/* conf_refuse_type - the same in the words for the option's type; or ENOMEM */
enum mtasts_err conf_refuse_type(const struct conf_check *c);

/*
 * conf_check_text - is this a text, or an item of a list, as the option wants?
 *
 * The empty text passes. ECONF with a finding; ENOMEM.
 */
enum mtasts_err conf_check_text(const struct conf_check *c) MTASTS_MUST_CHECK;

/* conf_put_quoted - append a text in YAML's double quotes */
void conf_put_quoted(struct buf *b, const char *text);

#endif
