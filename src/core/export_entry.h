/*
 * export_entry - the entries of an export file, for core/export_*.c alone
 */
#ifndef MTASTS_CORE_EXPORT_ENTRY_H
#define MTASTS_CORE_EXPORT_ENTRY_H

#include "core/export.h"

/* A file being read. */
struct export_reader {
	struct export_file *file;
	struct mtasts_diags *diags; /* the caller's, may be null */
	struct mtasts_diags *some; /* of one value, to be told with its place */
	const char *name; /* of the file */
	unsigned line; /* of the entry */
	const char *entry; /* whose entry: "example.org: ", or "" */
	bool bad; /* there was an error */
	bool broken; /* and the entries behind it are not known */
	enum mtasts_err err; /* our own trouble */
};

/* export_fault - a finding about the entry */
void export_fault(struct export_reader *r, enum export_rule rule,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* export_fail - remember trouble of our own, which ends the reading */
void export_fail(struct export_reader *r, enum mtasts_err err);

/*
 * export_relay - tell what r->some found, at the place of the entry
 *
 * what    "" or words in front of each message
 * inside  their lines count from the entry's own line
 */
void export_relay(struct export_reader *r, const char *what, bool inside);

/* export_read_name - a domain name, kept in the file; "" after a fault */
const char *export_read_name(struct export_reader *r, struct str text);

/* export_read_settings - an object of settings */
void export_read_settings(
    struct export_reader *r, const struct js *v, struct settings *out);

/* export_read_domain - one object of the domains or the former ones */
void export_read_domain(
    struct export_reader *r, const struct js *v, bool former);

#endif
