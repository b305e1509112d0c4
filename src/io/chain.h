/*
 * chain - what a finished TLS handshake showed, as facts
 *
 * For connections that were made without verifying: the chain is verified
 * here, against the roots of a store, as a sender would (RFC 9525: dNSNames
 * only, "*" is a whole label), and everything a checker may want to say is
 * written down. Knows no socket.
 */
#ifndef MTASTS_IO_CHAIN_H
#define MTASTS_IO_CHAIN_H

#include "base/diag.h"
#include "core/tlsfact.h"

struct ssl_st;
struct ssl_ctx_st;

/*
 * chain_prepare - what a context must have for chain_look(): no verifying in
 * the handshake, the status request; false when the library refuses
 */
bool chain_prepare(struct ssl_ctx_st *ctx);

/*
 * chain_read_roots - let a context trust the authorities of a PEM file
 *
 * A finding says what is wrong with the file: ENOENT, ESYS, ESYNTAX. A null
 * path names no file.
 */
enum mtasts_err chain_read_roots(struct ssl_ctx_st *ctx, const char *path,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * chain_look - the facts of a handshake that is over
 *
 * host  the name that must be in the certificate: A-labels, lower case
 * like  facts of an earlier handshake about the same host, or null: when the
 *       same chain is shown again they are held and handed out, parameters and
 *       staple as they were then. Verifying costs a quarter of a handshake.
 *
 * Roots are those of the context's store, the time is now. Yours:
 * tlsfact_free(). Null when memory is short.
 */
struct tlsfact *chain_look(
    struct ssl_st *ssl, const char *host, struct tlsfact *like);

#endif
