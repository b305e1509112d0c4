/*
 * diag - collecting findings (the inside of mtasts/diag.h)
 *
 * What can be found is written once, as constant rules beside the room that
 * finds it; diag_add() names the rule, the place and what was seen.
 */
#ifndef MTASTS_BASE_DIAG_H
#define MTASTS_BASE_DIAG_H

#include "base/str.h"
#include "mtasts/diag.h"

#include <stdarg.h>

/* One kind of finding. Constant, static storage. */
struct diag_rule {
	const char *id; /* check id: "F03" */
	const char *name; /* unique slug: "empty-line" */
	enum mtasts_severity severity;
	/* An error that leaves nothing usable at send level. */
	bool fatal;
	const char *rfc; /* "RFC 8461 section 3.2", or "" */
	const char *fix; /* imperative sentence: how to mend it */
};

/* Where something was found; zero for what is not known. */
struct diag_place {
	const char *file; /* borrowed for the call, copied */
	unsigned line;
	unsigned record;
	unsigned column;
};

/*
 * diag_add - append a finding
 *
 * diags may be null: nothing happens. fmt and what follows say what was seen;
 * the result is made printable and cut at 500 bytes. When memory is short or
 * the list is full the finding is only counted (mtasts_diags_dropped).
 */
void diag_add(struct mtasts_diags *diags, const struct diag_rule *rule,
    struct diag_place at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * diag_add_fix - as diag_add, with a repair made for this case
 *
 * fix replaces the rule's; borrowed, copied.
 */
void diag_add_fix(struct mtasts_diags *diags, const struct diag_rule *rule,
    struct diag_place at, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* diag_move - append all findings of "from" to "to" and empty "from" */
void diag_move(struct mtasts_diags *to, struct mtasts_diags *from);

/* diag_errors - how many findings are errors; null has none */
size_t diag_errors(const struct mtasts_diags *diags);

/*
 * diag_quote - untrusted bytes for a message: printable, cut at 60 bytes
 *
 * out is filled and returned, always terminated.
 */
struct diag_quote {
	char text[256];
};
const char *diag_quote(struct diag_quote *out, struct str s);

#endif
