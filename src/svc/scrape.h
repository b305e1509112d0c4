/*
 * scrape - a listener of its own that serves /metrics
 */
#ifndef MTASTS_SVC_SCRAPE_H
#define MTASTS_SVC_SCRAPE_H

#include "io/httpd.h"
#include "io/listen.h"
#include "svc/svc.h"

struct scrape {
	struct httpd *server; /* null: none is wanted */
	struct listen_set sockets;
};

/*
 * scrape_open - serve the metrics of svc at an address; "": nowhere
 *
 * *out is set in any case: scrape_close(). Errors of listen_open() and
 * httpd_start(), with findings.
 */
enum mtasts_err scrape_open(const struct svc *svc, const char *address,
    struct scrape *out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* scrape_close - stop serving, release; all zero is fine */
void scrape_close(struct scrape *scrape);

#endif
