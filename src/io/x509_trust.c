/*
 * x509_trust.c - would senders trust a certificate?
 *
 * By OpenSSL, at the security level that senders have (2). Names are another
 * question: x509_names_host().
 */
#include "io/x509_trust.h"
#include "io/x509_parts.h"

#include "base/arena.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define LEVEL	  2
#define DEPTH_MAX 10

struct x509_roots {
	X509_STORE *store;
};

static const struct diag_rule rule_roots = { "conf", "acme-ca-file",
	MTASTS_ERROR, true, "RFC 8461 section 3.3",
	"Name a file of PEM certificates of the authorities that senders "
	"trust: acme.ca-file, or fetch.ca-file." };

enum mtasts_err
x509_roots_open(
    const char *path, struct x509_roots **out, struct mtasts_diags *diags)
{
	struct x509_roots *roots = mem_zalloc(1, sizeof(*roots));
	struct diag_place where = { .file = path };
	const char *why;

	if (roots == NULL)
		return MTASTS_ENOMEM;
	roots->store = X509_STORE_new();
	if (roots->store == NULL) {
		mem_free(roots);
		return MTASTS_ENOMEM;
	}
	ERR_clear_error();
	if (X509_STORE_load_file(roots->store, path) == 1) {
		*out = roots;
		return MTASTS_OK;
	}
	why = ERR_reason_error_string(ERR_peek_last_error());
	diag_add(diags, &rule_roots, where, "cannot be read: %s",
	    why != NULL ? why : "no certificates in it");
	ERR_clear_error();
	x509_roots_close(roots);
	return MTASTS_ESYS;
}

void
x509_roots_close(struct x509_roots *roots)
{
	if (roots == NULL)
		return;
	X509_STORE_free(roots->store);
	mem_free(roots);
}

bool
x509_trusted(const struct x509 *x, const struct x509_roots *roots, int64_t at,
    struct buf *why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	bool ok = false;

	if (ctx != NULL &&
	    X509_STORE_CTX_init(ctx, roots->store, x->leaf, x->issuers) == 1 &&
	    X509_STORE_CTX_set_default(ctx, "ssl_server") == 1) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
		X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
		X509_VERIFY_PARAM_set_time(param, (time_t)at);
		ok = X509_verify_cert(ctx) == 1;
		if (!ok)
			buf_puts(why,
			    X509_verify_cert_error_string(
				X509_STORE_CTX_get_error(ctx)));
	} else {
		buf_puts(why, "memory is short");
	}
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}
