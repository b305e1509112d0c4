/*
 * chain_int - what the files of the room chain share, and nobody else
 *
 * chain.c has the parameters of the handshake and puts the fact together;
 * chain_cert.c reads certificates; chain_trust.c verifies; chain_staple.c reads
 * what the server says of revocation; chain_words.c has the words;
 * chain_roots.c reads whom to trust.
 */
#ifndef MTASTS_IO_CHAIN_INT_H
#define MTASTS_IO_CHAIN_INT_H

#include "io/chain.h"

#include "base/arena.h"

struct stack_st_X509;
struct x509_st;

/* One look; what OpenSSL owns is borrowed but for "path". */
struct chain {
	struct ssl_st *ssl;
	struct stack_st_X509 *sent; /* the leaf first; may be null */
	struct x509_st *leaf; /* null: none came */
	struct stack_st_X509 *path; /* as verified, to a root; else null */
	struct tlsfact *fact;
	struct certfact *cert; /* those of fact */
	struct buf text; /* scratch */
	bool broken; /* memory was short */
};

/* chain_keep - what stands in c->text, terminated, in the fact's arena */
const char *chain_keep(struct chain *c);

/* chain_read_certs - the certificates that came, as facts */
void chain_read_certs(struct chain *c);

/* chain_read_names - whom the leaf names, and whether that is the host */
void chain_read_names(struct chain *c, const char *host);

/* chain_verify - is there a way to a root? Fills in trust, why, c->path */
void chain_verify(struct chain *c);

/* chain_link - which certificate signed which; after chain_verify() */
void chain_link(struct chain *c);

/* chain_read_staple - must it be stapled, and was it; after chain_verify() */
void chain_read_staple(struct chain *c);

#endif
