/*
 * x509 - a server certificate with its issuers and its key
 *
 * Read from PEM files of bounded size, once; afterwards nothing in it changes,
 * so several threads may hold and use it. Names are the dNSNames of
 * subjectAltName and never the common name (RFC 8461 section 3.3, RFC 9525).
 * Equal issuer certificates are shared through a pool: of 10,000 certificates
 * of one authority each keeps only itself and its key in memory.
 */
#ifndef MTASTS_IO_X509_H
#define MTASTS_IO_X509_H

#include "base/buf.h"
#include "base/diag.h"

struct ssl_st;

#define X509_FILE_MAX  ((size_t)256 << 10) /* bytes of a PEM file */
#define X509_CHAIN_MAX 10 /* certificates of a file, the first included */
#define X509_NAMES_MAX 1000 /* dNSNames kept of a certificate */

/* Days left at which a certificate that renews itself should have done so. */
#define X509_SOON_DAYS 21

struct x509;
struct x509_pool;

/* x509_pool_new - issuers to share; any thread may use it; null: no memory */
struct x509_pool *x509_pool_new(void);

/* x509_pool_free - release; certificates read with it live on; null is fine */
void x509_pool_free(struct x509_pool *pool);

/*
 * x509_read_file - the bytes of a file of at most X509_FILE_MAX
 *
 * b      initialised; appended to. Wipe it when it held a key: x509_wipe()
 * diags  a finding says why it could not be read, and what to do
 *
 * ENOENT, ESYS (errno), ELIMIT, ENOMEM. Blocks on the disk.
 */
enum mtasts_err x509_read_file(const char *path, struct buf *b,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* x509_wipe - overwrite the bytes of a buffer and release it */
void x509_wipe(struct buf *b);

/*
 * x509_parse - read a certificate followed by its issuers
 *
 * pool  may be null: then issuers are not shared
 * pem   borrowed; text between the blocks and other blocks are ignored
 * file  borrowed; named in findings, may be null
 * *out  on success: yours, x509_free()
 *
 * ESYNTAX with a finding when there is no certificate, one cannot be read, or
 * the first has no dNSName; ELIMIT past a bound; ENOMEM.
 */
enum mtasts_err x509_parse(struct x509_pool *pool, struct str pem,
    const char *file, struct x509 **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * x509_add_key - read the key of a certificate just parsed
 *
 * Not after x509_hold(). ESYNTAX when there is no readable key without a
 * passphrase; ETLS when it is the key of another certificate, as happens for
 * a moment while both files are replaced; ENOMEM.
 */
enum mtasts_err x509_add_key(struct x509 *x, struct str pem, const char *file,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* x509_load - read both files; errors of the four functions above */
enum mtasts_err x509_load(struct x509_pool *pool, const char *chain_path,
    const char *key_path, struct x509 **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* x509_hold - one more owner, who calls x509_free() too; returns x */
struct x509 *x509_hold(struct x509 *x);

/* x509_free - give up ownership; null is fine */
void x509_free(struct x509 *x);

/*
 * x509_use - set certificate, issuers and key of a TLS session
 *
 * False when the TLS library refuses it, such as a key too short for its
 * security level; *why (may be null) is then a static phrase.
 */
bool x509_use(const struct x509 *x, struct ssl_st *ssl, const char **why);

/* x509_not_before, x509_not_after - validity, seconds UTC, both included */
int64_t x509_not_before(const struct x509 *x);
int64_t x509_not_after(const struct x509 *x);

/* x509_valid_at - is the time within the validity? */
bool x509_valid_at(const struct x509 *x, int64_t at);

/* x509_days_left - whole days to the end of validity; negative after it */
int64_t x509_days_left(const struct x509 *x, int64_t at);

/* x509_name_count, x509_name - dNSNames: lower case, perhaps with "*." */
size_t x509_name_count(const struct x509 *x);
struct str x509_name(const struct x509 *x, size_t i);

/*
 * x509_names_host - does the certificate name this host?
 *
 * host is lower case without final dot. RFC 9525 section 6.3: "*" counts only
 * as the whole left-most label and stands for exactly one label.
 */
bool x509_names_host(const struct x509 *x, struct str host);

/* x509_issuer - append who issued it, for people: "Example CA, Example Org" */
void x509_issuer(const struct x509 *x, struct buf *b);

/* x509_chain_len - issuer certificates that follow the first */
size_t x509_chain_len(const struct x509 *x);

/*
 * x509_check - findings about a certificate that could be read
 *
 * host  to be named by it, or empty
 * file  named in the findings, may be null
 *
 * Expired, not valid yet, soon to expire, not naming the host, issuers missing
 * or out of order. x509_check() never fails: see diag_errors().
 */
void x509_check(const struct x509 *x, struct str host, int64_t at,
    const char *file, struct mtasts_diags *diags);

#endif
