/*
 * x509_pem - certificates and keys from PEM files
 *
 * Files are read whole up to a bound, and parsed from memory. Key bytes are
 * overwritten once read. Every refusal is a finding that says what to do.
 */
#include "io/x509.h"
#include "io/x509_parts.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct diag_rule rule_unreadable = { "K01", "file-unreadable",
	MTASTS_ERROR, true, "",
	"Check the path; let the program's user read the file, or copy it with "
	"\"mtasts cert import\"." };
static const struct diag_rule rule_large = {
	"K02", "file-too-large", MTASTS_ERROR, true, "",
	"Give the PEM file of one certificate; 256 KiB is far more than any needs."
};
static const struct diag_rule rule_no_cert = {
	"K03", "cert-missing", MTASTS_ERROR, true, "",
	"Give the file in which your certificate comes first, then its issuers: fullchain.pem."
};
static const struct diag_rule rule_bad_cert = {
	"K04", "cert-malformed", MTASTS_ERROR, true, "RFC 7468 section 5",
	"Get the file again from the authority or the ACME client; it is damaged."
};
static const struct diag_rule rule_long = { "K05", "cert-chain-too-long",
	MTASTS_ERROR, true, "",
	"Give one certificate and its issuers, not a bundle of authorities." };
static const struct diag_rule rule_no_name = {
	"P05", "cert-no-dns-name", MTASTS_ERROR, true, "RFC 8461 section 3.3",
	"Get a certificate with the policy host as dNSName in subjectAltName; the common name does not count."
};
static const struct diag_rule rule_no_key = { "K06", "key-missing",
	MTASTS_ERROR, true, "",
	"Give the PEM file with the private key: privkey.pem." };
static const struct diag_rule rule_bad_key = { "K07", "key-malformed",
	MTASTS_ERROR, true, "", "Get the key again; the file is damaged." };
static const struct diag_rule rule_secret_key = {
	"K08", "key-encrypted", MTASTS_ERROR, true, "",
	"Remove the passphrase with \"openssl pkey -in KEY -out NEWKEY\"; nobody is there to type it."
};
static const struct diag_rule rule_mismatch = {
	"K09", "key-mismatch", MTASTS_ERROR, true, "",
	"Give the key that the certificate was made for; both files must come from the same issue."
};

/* place - where in a finding */
static struct diag_place
place(const char *file)
{
	return (struct diag_place){ .file = file };
}

/* read_fd - append the bytes of an open file */
static enum mtasts_err
read_fd(int fd, struct buf *b)
{
	char part[8192];
	ssize_t n;

	for (;;) {
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_put(b, part, (size_t)n);
		if (buf_error(b) != MTASTS_OK)
			break;
	}
	OPENSSL_cleanse(part, sizeof(part));
	return n < 0 ? MTASTS_ESYS : buf_error(b);
}

/* open_error - tells what says something about the file from what does not */
static enum mtasts_err
open_error(int error)
{
	if (error == EMFILE || error == ENFILE || error == ENOMEM)
		return MTASTS_ENOMEM;
	return error == ENOENT ? MTASTS_ENOENT : MTASTS_ESYS;
}

enum mtasts_err
x509_read_file(const char *path, struct buf *b, struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_ESYS;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err = open_error(errno);
	} else if (!S_ISREG(st.st_mode)) {
		/* A FIFO would block and a folder has no bytes. */
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	} else if (st.st_size > (off_t)X509_FILE_MAX) {
		err = MTASTS_ELIMIT;
	} else {
		err = read_fd(fd, b);
	}
	if (err == MTASTS_ELIMIT)
		diag_add(diags, &rule_large, place(path),
		    "the file is larger than %zu bytes", X509_FILE_MAX);
	else if (err == MTASTS_ENOENT || err == MTASTS_ESYS)
		diag_add(diags, &rule_unreadable, place(path),
		    "the file cannot be read: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

void
x509_wipe(struct buf *b)
{
	if (b->p != NULL)
		OPENSSL_cleanse(b->p, b->cap);
	buf_free(b);
}

/* One block of a PEM file. */
struct block {
	char *name;
	char *header;
	unsigned char *der;
	long len;
};

/* block_free - release, overwriting what may be a key */
static void
block_free(struct block *b)
{
	OPENSSL_free(b->name);
	OPENSSL_free(b->header);
	OPENSSL_clear_free(b->der, (size_t)b->len);
	*b = (struct block){ NULL, NULL, NULL, 0 };
}

/* block_next - the next block: 1; 0 at the end; -1 when one is damaged */
static int
block_next(BIO *bio, struct block *b)
{
	int end;

	block_free(b);
	if (PEM_read_bio(bio, &b->name, &b->header, &b->der, &b->len) == 1)
		return 1;
	end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return end ? 0 : -1;
}

/* to_seconds - an ASN.1 time as seconds UTC; false when it is none */
static bool
to_seconds(const ASN1_TIME *from, int64_t *at)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(from, &tm) != 1)
		return false;
	*at = (int64_t)timegm(&tm);
	return true;
}

/* take_leaf - the first certificate of the file */
static enum mtasts_err
take_leaf(struct x509 *x, const struct block *b)
{
	const unsigned char *p = b->der;

	x->leaf = d2i_X509(NULL, &p, b->len);
	if (x->leaf == NULL ||
	    !to_seconds(X509_get0_notBefore(x->leaf), &x->not_before_at) ||
	    !to_seconds(X509_get0_notAfter(x->leaf), &x->not_after_at))
		return MTASTS_ESYNTAX;
	/* Reads and keeps the extensions now, on one thread. */
	(void)X509_check_purpose(x->leaf, -1, 0);
	return x509_take_names(x);
}

/* take_issuer - a certificate that follows the first */
static enum mtasts_err
take_issuer(struct x509 *x, struct x509_pool *pool, const struct block *b)
{
	X509 *cert = x509_pool_take(pool, b->der, (size_t)b->len);

	if (cert == NULL)
		return MTASTS_ESYNTAX;
	if (x->issuers == NULL)
		x->issuers = sk_X509_new_null();
	if (x->issuers == NULL || sk_X509_push(x->issuers, cert) == 0) {
		X509_free(cert);
		return MTASTS_ENOMEM;
	}
	return MTASTS_OK;
}

/* take_chain - all certificates of the file; *count is how far it came */
static enum mtasts_err
take_chain(struct x509 *x, struct x509_pool *pool, BIO *bio, size_t *count)
{
	struct block b = { NULL, NULL, NULL, 0 };
	enum mtasts_err err = MTASTS_OK;
	int got;

	while ((got = block_next(bio, &b)) == 1 && err == MTASTS_OK) {
		if (strcmp(b.name, PEM_STRING_X509) != 0 &&
		    strcmp(b.name, PEM_STRING_X509_OLD) != 0)
			continue;
		if (++*count > X509_CHAIN_MAX)
			err = MTASTS_ELIMIT;
		else if (*count == 1)
			err = take_leaf(x, &b);
		else
			err = take_issuer(x, pool, &b);
	}
	if (got < 0 && err == MTASTS_OK) {
		++*count;
		err = MTASTS_ESYNTAX;
	}
	block_free(&b);
	ERR_clear_error();
	return err;
}

enum mtasts_err
x509_parse(struct x509_pool *pool, struct str pem, const char *file,
    struct x509 **out, struct mtasts_diags *diags)
{
	struct x509 *x = mem_zalloc(1, sizeof(*x));
	BIO *bio = BIO_new_mem_buf(pem.len > 0 ? pem.p : "", (int)pem.len);
	enum mtasts_err err = MTASTS_ENOMEM;
	size_t count = 0;

	if (x == NULL || bio == NULL)
		goto out;
	atomic_init(&x->owners, 1);
	err = pem.len > X509_FILE_MAX ? MTASTS_ELIMIT
				      : take_chain(x, pool, bio, &count);
	if (err == MTASTS_ELIMIT) {
		diag_add(diags, &rule_long, place(file),
		    "over %d certificates, or over %d names in one",
		    X509_CHAIN_MAX, X509_NAMES_MAX);
	} else if (err == MTASTS_ESYNTAX) {
		diag_add(diags, &rule_bad_cert, place(file),
		    "certificate %zu of the file cannot be read", count);
	} else if (err == MTASTS_OK && count == 0) {
		err = MTASTS_ESYNTAX;
		diag_add(diags, &rule_no_cert, place(file),
		    "there is no certificate in the file");
	} else if (err == MTASTS_OK && x->name_count == 0) {
		err = MTASTS_ESYNTAX;
		diag_add(diags, &rule_no_name, place(file),
		    "the certificate names no host: it has no dNSName");
	}
out:
	BIO_free(bio);
	if (err == MTASTS_OK)
		*out = x;
	else
		x509_free(x);
	return err;
}

/* key_form - how the DER bytes of a block hold a key, or null: no key */
static const char *
key_form(const char *name)
{
	if (strcmp(name, PEM_STRING_PKCS8INF) == 0)
		return "PrivateKeyInfo";
	if (strcmp(name, PEM_STRING_ECPRIVATEKEY) == 0 ||
	    strcmp(name, PEM_STRING_RSA) == 0)
		return "type-specific";
	return NULL;
}

/*
 * decode_key - the key in a block
 *
 * Told form and kind, the decoder does not try every other one first: that
 * takes a quarter of the time. A key of another kind still gets its chance,
 * for the sake of the right message.
 */
static EVP_PKEY *
decode_key(const struct block *b, const char *kind)
{
	const unsigned char *p = b->der;
	size_t len = (size_t)b->len;
	EVP_PKEY *key = NULL;
	OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(
	    &key, "DER", key_form(b->name), kind, EVP_PKEY_KEYPAIR, NULL, NULL);

	if (ctx == NULL || OSSL_DECODER_from_data(ctx, &p, &len) != 1) {
		p = b->der;
		key = d2i_AutoPrivateKey(NULL, &p, b->len);
	}
	OSSL_DECODER_CTX_free(ctx);
	return key;
}

/* find_key - the first key of the file; *rule says why there is none */
static EVP_PKEY *
find_key(BIO *bio, const char *kind, const struct diag_rule **rule)
{
	struct block b = { NULL, NULL, NULL, 0 };
	EVP_PKEY *key = NULL;
	int got;

	*rule = &rule_no_key;
	while ((got = block_next(bio, &b)) == 1) {
		if (strcmp(b.name, PEM_STRING_PKCS8) == 0 ||
		    (key_form(b.name) != NULL && b.header[0] != '\0')) {
			*rule = &rule_secret_key;
			break;
		}
		if (key_form(b.name) == NULL)
			continue;
		*rule = &rule_bad_key;
		key = decode_key(&b, kind);
		break;
	}
	if (got < 0)
		*rule = &rule_bad_key;
	block_free(&b);
	return key;
}

enum mtasts_err
x509_add_key(struct x509 *x, struct str pem, const char *file,
    struct mtasts_diags *diags)
{
	const EVP_PKEY *pub = X509_get0_pubkey(x->leaf);
	const char *kind = pub != NULL ? EVP_PKEY_get0_type_name(pub) : NULL;
	enum mtasts_err err = MTASTS_ESYNTAX;
	const struct diag_rule *rule = NULL;
	BIO *bio = NULL;
	EVP_PKEY *key = NULL;

	if (pem.len <= X509_FILE_MAX)
		bio = BIO_new_mem_buf(pem.len > 0 ? pem.p : "", (int)pem.len);
	if (bio == NULL)
		return pem.len > X509_FILE_MAX ? MTASTS_ELIMIT : MTASTS_ENOMEM;
	key = find_key(bio, kind, &rule);
	if (key == NULL) {
		diag_add(diags, rule, place(file), "%s",
		    rule == &rule_no_key	? "there is no private key"
			: rule == &rule_bad_key ? "the key cannot be read"
						: "the key has a passphrase");
	} else if (X509_check_private_key(x->leaf, key) != 1) {
		err = MTASTS_ETLS;
		diag_add(diags, &rule_mismatch, place(file),
		    "the key does not fit the certificate");
	} else {
		err = MTASTS_OK;
		x->key = key;
		key = NULL;
	}
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return err;
}

enum mtasts_err
x509_load(struct x509_pool *pool, const char *chain_path, const char *key_path,
    struct x509 **out, struct mtasts_diags *diags)
{
	struct x509 *x = NULL;
	struct buf chain, key;
	enum mtasts_err err;

	buf_init(&chain, X509_FILE_MAX);
	buf_init(&key, X509_FILE_MAX);
	err = x509_read_file(chain_path, &chain, diags);
	if (err == MTASTS_OK)
		err = x509_parse(pool, buf_str(&chain), chain_path, &x, diags);
	if (err == MTASTS_OK)
		err = x509_read_file(key_path, &key, diags);
	if (err == MTASTS_OK)
		err = x509_add_key(x, buf_str(&key), key_path, diags);
	if (err == MTASTS_OK)
		*out = x;
	else
		x509_free(x);
	x509_wipe(&key);
	buf_free(&chain);
	return err;
}
