/*
 * mx_provider - whose mail servers are these?
 *
 * The large providers of mail, known by the names of their MX hosts, and the
 * lines that a policy of their customers should have.
 */
#ifndef MTASTS_CORE_MX_PROVIDER_H
#define MTASTS_CORE_MX_PROVIDER_H

#include "base/str.h"

#define MX_PROVIDER_LINES 5

/* A set of MX hosts that a provider has its customers publish. Constant. */
struct mx_provider {
	const char *name; /* "Google Workspace" */
	/* Patterns of a policy; a null ends them. A name without "*." is one
	 * that the provider's instructions name. */
	const char *line[MX_PROVIDER_LINES + 1];
};

/* mx_provider_find - the set that has this MX host, or null */
const struct mx_provider *mx_provider_find(const char *mx_host);

#endif
