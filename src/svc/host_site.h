/*
 * host_site - what mtasts-host answers
 */
#ifndef MTASTS_SVC_HOST_SITE_H
#define MTASTS_SVC_HOST_SITE_H

#include "io/challenge.h"
#include "io/httpd.h"
#include "svc/snapshot.h"

#include <stdatomic.h>

/* What the handler works with. */
struct host_site {
	struct snapshot_watch *watch;
	struct challenges *challenges;
	struct metric *age; /* of the snapshot, set when it is asked for */
	atomic_int other_path_status; /* 404 or 403; may change any time */
};

/* host_site_policy - one request to the policy host; 503 without a registry */
void host_site_policy(void *ctx, const struct httpd_request *request,
    struct httpd_response *response);

/* host_site_look - bring the metrics up to date; ctx is a struct host_site */
void host_site_look(void *ctx);

#endif
