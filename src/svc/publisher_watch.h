/*
 * publisher_watch - how old certificates are: metrics and warnings
 *
 * A thread of its own, since it reads all folders of certificates.
 */
#ifndef MTASTS_SVC_PUBLISHER_WATCH_H
#define MTASTS_SVC_PUBLISHER_WATCH_H

#include "svc/svc.h"

struct pubwatch;

/* pubwatch_open - begin; *out: yours, pubwatch_close(). ENOMEM, ESYS */
enum mtasts_err pubwatch_open(
    const struct svc *svc, struct pubwatch **out) MTASTS_MUST_CHECK;

/* pubwatch_follow - another configuration; copied. ENOMEM: the old one stays */
enum mtasts_err pubwatch_follow(
    struct pubwatch *w, const struct conf *conf) MTASTS_MUST_CHECK;

/* pubwatch_close - end the thread, release; null is fine */
void pubwatch_close(struct pubwatch *w);

#endif
