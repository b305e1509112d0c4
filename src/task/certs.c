/*
 * certs - putting a certificate where mtasts-host finds it
 *
 * Checks what io/x509 reads, chooses a name, and has io/certdir write it.
 * Bytes are copied as they are; nothing is left of the key in memory.
 */
#include "task/certs.h"

#include "base/arena.h"
#include "base/buf.h"
#include "io/certdir.h"
#include "io/x509.h"
#include "mtasts/dname.h"

#include <stdio.h>

#define REPORT_MAX (1u << 20) /* bytes of a report's texts */

static const struct diag_rule rule_name = { "K12", "cert-folder-name",
	MTASTS_ERROR, true, "",
	"Give a host name such as mta-sts.example.org, or leave --name out." };
static const struct diag_rule rule_no_host = {
	"P05", "cert-no-policy-host", MTASTS_WARNING, false,
	"RFC 8461 section 3.3",
	"Get a certificate for mta-sts. before each domain; this one serves no policy."
};

/* is_policy_name - can it be the name of a policy host? */
static bool
is_policy_name(struct str name)
{
	return str_starts(name, STR("mta-sts.")) || str_starts(name, STR("*."));
}

/* best_name - the name that the folder shall have */
static struct str
best_name(const struct x509 *x)
{
	size_t i;

	for (i = 0; i < x509_name_count(x); i++) {
		if (str_starts(x509_name(x, i), STR("mta-sts.")))
			return x509_name(x, i);
	}
	return x509_name(x, 0);
}

/* choose_name - the folder's name, checked */
static enum mtasts_err
choose_name(const struct certs_import *in, const struct x509 *x,
    struct mtasts_dname *out, struct mtasts_diags *diags)
{
	struct diag_place nowhere = { 0 };
	char text[512];
	struct diag_quote quote;
	struct str name;

	if (in->name != NULL) {
		if (mtasts_dname_parse(in->name, strlen(in->name), out, NULL,
			NULL) == MTASTS_OK)
			return MTASTS_OK;
		diag_add(diags, &rule_name, nowhere,
		    "\"%s\" cannot be the name of a certificate's folder",
		    diag_quote(&quote, str_of(in->name)));
		return MTASTS_EINVAL;
	}
	name = best_name(x);
	/* No host has this name, so no other certificate wants it. */
	if (str_starts(name, STR("*.")))
		snprintf(text, sizeof(text), "_wildcard.%" STR_FMT,
		    STR_ARG(str_sub(name, 2, name.len)));
	else
		snprintf(text, sizeof(text), "%" STR_FMT, STR_ARG(name));
	if (mtasts_dname_parse(text, strlen(text), out, NULL, NULL) ==
	    MTASTS_OK)
		return MTASTS_OK;
	diag_add(diags, &rule_name, nowhere, "\"%s\" is too long for a folder",
	    diag_quote(&quote, str_of(text)));
	return MTASTS_EINVAL;
}

/* check - is this certificate worth a copy? */
static enum mtasts_err
check(const struct certs_import *in, const struct x509 *x,
    struct mtasts_diags *diags)
{
	struct diag_place where = { .file = in->chain_path };
	struct diag_quote quote;
	size_t i, count = x509_name_count(x);

	x509_check(x, str_make(NULL, 0), in->at, in->chain_path, diags);
	for (i = 0; i < count && !is_policy_name(x509_name(x, i)); i++)
		;
	if (i == count)
		diag_add(diags, &rule_no_host, where,
		    "no name in it begins with \"mta-sts.\": \"%s\"%s",
		    diag_quote(&quote, x509_name(x, 0)),
		    count > 1 ? " and others" : "");
	return x509_valid_at(x, in->at) || in->force ? MTASTS_OK
						     : MTASTS_EINVAL;
}

/* report - what was done, in an arena of its own */
static enum mtasts_err
report(const struct certs_import *in, const struct x509 *x,
    const struct mtasts_dname *name, struct certs_report *out)
{
	struct arena *a = arena_new(REPORT_MAX);
	size_t i, count = x509_name_count(x);
	const char **names = NULL;
	struct buf issuer;

	if (a == NULL)
		return MTASTS_ENOMEM;
	buf_init(&issuer, 1024);
	x509_issuer(x, &issuer);
	out->arena = a;
	out->dir = arena_printf(a, "%s/%s", in->folder, name->text);
	out->issuer = arena_dup(a, buf_str(&issuer));
	out->not_after_at = x509_not_after(x);
	names = arena_zalloc(a, count, sizeof(*names));
	for (i = 0; names != NULL && i < count; i++) {
		names[i] = arena_dup(a, x509_name(x, i));
		if (names[i] == NULL)
			names = NULL;
	}
	out->names = names;
	out->name_count = count;
	buf_free(&issuer);
	return out->dir == NULL || out->issuer == NULL || names == NULL
	    ? MTASTS_ENOMEM
	    : MTASTS_OK;
}

enum mtasts_err
certs_import(const struct certs_import *in, struct certs_report *out,
    struct mtasts_diags *diags)
{
	struct certs_report done = { 0 };
	struct certdir_pair pair = { .group = CERTS_GROUP };
	struct mtasts_dname name;
	struct buf chain, key;
	struct x509 *x = NULL;
	enum mtasts_err err;

	buf_init(&chain, X509_FILE_MAX);
	buf_init(&key, X509_FILE_MAX);
	err = x509_read_file(in->chain_path, &chain, diags);
	if (err == MTASTS_OK)
		err = x509_read_file(in->key_path, &key, diags);
	if (err == MTASTS_OK)
		err = x509_parse(
		    NULL, buf_str(&chain), in->chain_path, &x, diags);
	if (err == MTASTS_OK)
		err = x509_add_key(x, buf_str(&key), in->key_path, diags);
	if (err == MTASTS_OK)
		err = check(in, x, diags);
	if (err == MTASTS_OK)
		err = choose_name(in, x, &name, diags);
	if (err == MTASTS_OK)
		err = report(in, x, &name, &done);
	if (err == MTASTS_OK) {
		pair.name = name.text;
		pair.chain = buf_str(&chain);
		pair.key = buf_str(&key);
		err = certdir_put(in->folder, &pair, &done.changed, diags);
	}
	if (err == MTASTS_OK)
		*out = done;
	else
		certs_report_free(&done);
	x509_free(x);
	x509_wipe(&key);
	buf_free(&chain);
	return err;
}

void
certs_report_free(struct certs_report *report)
{
	arena_free(report->arena);
	*report = (struct certs_report){ 0 };
}
