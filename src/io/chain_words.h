/*
 * chain_words - what is wrong with a certificate, in words
 *
 * Phrases for mail administrators, printable whatever the certificate holds.
 * For the rooms of io that own connections with TLS.
 */
#ifndef MTASTS_IO_CHAIN_WORDS_H
#define MTASTS_IO_CHAIN_WORDS_H

#include "base/buf.h"

struct asn1_string_st;
struct X509_name_st;
struct x509_st;
struct x509_store_ctx_st;

/* chain_put_text - a stranger's text, cut at 60 bytes */
void chain_put_text(struct buf *b, const struct asn1_string_st *s);

/* chain_put_name - who this is: common name, else organisation, else "" */
void chain_put_name(struct buf *b, const struct X509_name_st *name);

/* chain_put_dns_names - "a.example, b.example and 3 more", its dNSNames */
void chain_put_dns_names(struct buf *b, const struct x509_st *x);

/* chain_put_fault - the fault that verifying met, as a phrase */
void chain_put_fault(struct buf *b, struct x509_store_ctx_st *store);

#endif
