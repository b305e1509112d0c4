/*
 * x509_check - what is wrong with a certificate that could be read
 *
 * Checks P04, P05 and P06: issuers, names, validity.
 */
#include "io/x509.h"
#include "io/x509_parts.h"

#include "base/timefmt.h"

#include <openssl/x509v3.h>

static const struct diag_rule rule_expired = { "P06", "cert-expired",
	MTASTS_ERROR, true, "RFC 8461 section 3.3",
	"Renew the certificate; senders refuse the policy until then." };
static const struct diag_rule rule_early = { "P06", "cert-not-yet-valid",
	MTASTS_ERROR, true, "RFC 8461 section 3.3",
	"Check the clock of this machine, or wait with this certificate." };
static const struct diag_rule rule_soon = { "P06", "cert-expires-soon",
	MTASTS_WARNING, false, "",
	"Renew it now, and see why it was not renewed by itself." };
static const struct diag_rule rule_host = {
	"P05", "cert-wrong-host", MTASTS_ERROR, true, "RFC 8461 section 3.3",
	"Get a certificate with this host as dNSName; \"*\" stands for one label only."
};
static const struct diag_rule rule_alone = {
	"P04", "cert-chain-missing", MTASTS_WARNING, false,
	"RFC 8446 section 4.4.2",
	"Use the file with the issuers too (fullchain.pem, not cert.pem); senders do not look for them."
};
static const struct diag_rule rule_order = { "P04", "cert-chain-order",
	MTASTS_WARNING, false, "RFC 8446 section 4.4.2",
	"Put your certificate first, then the one that issued it, and so on." };

/* check_time - validity */
static void
check_time(const struct x509 *x, int64_t at, struct diag_place where,
    struct mtasts_diags *diags)
{
	int64_t days = x509_days_left(x, at);
	struct timefmt text;

	if (at > x->not_after_at)
		diag_add(diags, &rule_expired, where, "it expired on %s",
		    timefmt_rfc3339(&text, x->not_after_at));
	else if (at < x->not_before_at)
		diag_add(diags, &rule_early, where, "it is valid from %s on",
		    timefmt_rfc3339(&text, x->not_before_at));
	else if (days < X509_SOON_DAYS)
		diag_add(diags, &rule_soon, where,
		    "it expires in %lld days, on %s", (long long)days,
		    timefmt_rfc3339(&text, x->not_after_at));
}

/* check_chain - is the issuer there, and in its place? */
static void
check_chain(
    const struct x509 *x, struct diag_place where, struct mtasts_diags *diags)
{
	bool self_issued = X509_NAME_cmp(X509_get_subject_name(x->leaf),
			       X509_get_issuer_name(x->leaf)) == 0;

	if (x->issuers == NULL && !self_issued)
		diag_add(diags, &rule_alone, where,
		    "the certificate comes without its issuer");
	else if (x->issuers != NULL &&
	    X509_check_issued(sk_X509_value(x->issuers, 0), x->leaf) !=
		X509_V_OK)
		diag_add(diags, &rule_order, where,
		    "the second certificate did not issue the first");
}

void
x509_check(const struct x509 *x, struct str host, int64_t at, const char *file,
    struct mtasts_diags *diags)
{
	struct diag_place where = { .file = file };
	struct diag_quote wanted, first;

	check_time(x, at, where, diags);
	if (host.len > 0 && !x509_names_host(x, host))
		diag_add(diags, &rule_host, where,
		    "it does not name \"%s\" but \"%s\"%s",
		    diag_quote(&wanted, host),
		    diag_quote(&first, x509_name(x, 0)),
		    x->name_count > 1 ? " and others" : "");
	check_chain(x, where, diags);
}
