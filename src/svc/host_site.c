/*
 * host_site.c - what mtasts-host answers
 *
 * RFC 8461 section 3.3, RFC 8555 section 8.3. What a request asks for is
 * decided by core/policyhost, what a domain serves stands in the snapshot, what
 * authorities come to see among the challenges. Knows no socket and no
 * certificate. Called by several threads at once.
 */
#include "svc/host_site.h"

#include "core/policyhost.h"
#include "io/loop.h"

/* What the host says to those who came for something else. */
#define HOST_PURPOSE                                                 \
	"This host serves MTA-STS policies (RFC 8461), and only at " \
	"/.well-known/mta-sts.txt of names it knows.\n"

/* release_snapshot - what httpd calls when it has copied the body */
static void
release_snapshot(void *hold)
{
	snapshot_put(hold);
}

/* serve_policy - the text of one policy domain, or 404, or 503 */
static void
serve_policy(struct host_site *site, const struct mtasts_dname *domain,
    const struct httpd_request *request, struct httpd_response *response)
{
	struct snapshot *snap = snapshot_get(site->watch);
	struct str name = str_make(domain->text, domain->len);

	if (snap == NULL) {
		response->status = 503;
		response->headers = "Retry-After: 5\r\n";
		return;
	}
	response->release = release_snapshot;
	response->hold = snap;
	if (!snapshot_find(snap, name, &response->body)) {
		response->status = 404;
		response->body = STR("No policy is registered here for this "
				     "domain.\n");
		return;
	}
	response->status = 200;
	/* A proxy in front may keep it for a minute (RFC 8461 section 8.2). */
	if (!request->tls)
		response->headers = "Cache-Control: max-age=60\r\n";
}

/*
 * serve_challenge - http-01; false when it is about something else
 *
 * RFC 8555 section 8.3: an authority begins at port 80, without TLS.
 */
static bool
serve_challenge(struct host_site *site, const struct httpd_request *request,
    struct httpd_response *response)
{
	struct challenge asked = { .type = CHALLENGE_HTTP };
	struct policyhost_challenge found;

	if (request->tls || !challenges_any(site->challenges) ||
	    !policyhost_challenge(request->head, &found))
		return false;
	asked.name = found.host;
	asked.token = found.token;
	if (!challenges_answer(
		site->challenges, &asked, loop_now_ms(), request->scratch))
		return false;
	response->status = 200;
	response->content_type = "application/octet-stream";
	response->headers = "Cache-Control: no-store\r\n";
	response->body = buf_str(request->scratch);
	return true;
}

void
host_site_policy(void *ctx, const struct httpd_request *request,
    struct httpd_response *response)
{
	struct host_site *site = ctx;
	struct policyhost_rules rules = {
		.other_path_status = atomic_load_explicit(
		    &site->other_path_status, memory_order_relaxed),
	};
	struct mtasts_dname domain;

	if (serve_challenge(site, request, response))
		return;
	response->status =
	    policyhost_route(&rules, request->head, request->sni, &domain);
	if (response->status == 200)
		serve_policy(site, &domain, request, response);
	else if (response->status == 405)
		response->headers = "Allow: GET, HEAD\r\n";
	else if (response->status == 404 || response->status == 403)
		response->body = STR(HOST_PURPOSE);
}

void
host_site_look(void *ctx)
{
	struct host_site *site = ctx;

	metric_set(site->age, snapshot_age_s(site->watch));
}
