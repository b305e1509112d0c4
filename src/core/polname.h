/*
 * polname - the name of a domain that publishes a policy
 *
 * RFC 8461 section 3.1: what stands behind the @ of an address. Read as people
 * write it, with a finding for what cannot be, or is seldom, meant.
 */
#ifndef MTASTS_CORE_POLNAME_H
#define MTASTS_CORE_POLNAME_H

#include "base/diag.h"
#include "mtasts/dname.h"

/*
 * polname_parse - read the name of a policy domain
 *
 * *out on success: A-labels in lower case, short enough for "_mta-sts." in
 * front. A name that begins with "mta-sts." or "_mta-sts.", or has no dot, is
 * a warning.
 * ESYNTAX with a finding at the place; ENOMEM.
 */
enum mtasts_err polname_parse(struct str text, struct mtasts_dname *out,
    struct diag_place at, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

#endif
