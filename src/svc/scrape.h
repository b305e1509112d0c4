/*
 * scrape - a listener of its own that serves /metrics
 */
#ifndef MTASTS_SVC_SCRAPE_H
#define MTASTS_SVC_SCRAPE_H

#include "io/httpd.h"
#include "io/listen.h"
#include "svc/svc.h"

/* For one scraper, not for the world. */
#define SCRAPE_CONNECTIONS 64

struct scrape {
	/* called before each answer, in a thread of its own; or null */
	void (*look)(void *ctx);
	void *ctx;
	/* private */
	struct metrics *metrics;
	struct httpd *server; /* null: none is wanted */
	struct listen_set sockets;
};

/*
 * scrape_open - serve the metrics of svc at an address; "": nowhere
 *
 * scrape  all zero but look and ctx; must stay where it is
 *
 * scrape_close() in any case. Errors of listen_open() and httpd_start(), with
 * findings.
 */
enum mtasts_err scrape_open(const struct svc *svc, const char *address,
    struct scrape *scrape, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* scrape_close - stop serving, release; all zero is fine */
void scrape_close(struct scrape *scrape);

#endif
