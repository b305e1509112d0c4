/*
 * fetch_stat - what a fetcher counts
 */
#include "io/fetch.h"

#include "io/fetch_int.h"

/* Labels of one series each; the words are those of fetchfact_end_name(). */
static const char *const end_labels[FETCHFACT_ENDS] = {
	[FETCHFACT_OK] = "end=\"ok\"",
	[FETCHFACT_DNS] = "end=\"dns\"",
	[FETCHFACT_NO_ADDRESS] = "end=\"no-address\"",
	[FETCHFACT_PRIVATE] = "end=\"private\"",
	[FETCHFACT_CONNECT] = "end=\"connect\"",
	[FETCHFACT_TIMEOUT] = "end=\"timeout\"",
	[FETCHFACT_PROXY] = "end=\"proxy\"",
	[FETCHFACT_TLS] = "end=\"tls\"",
	[FETCHFACT_CERT_EXPIRED] = "end=\"cert-expired\"",
	[FETCHFACT_CERT_NAME] = "end=\"cert-name\"",
	[FETCHFACT_CERT_UNTRUSTED] = "end=\"cert-untrusted\"",
	[FETCHFACT_STATUS] = "end=\"status\"",
	[FETCHFACT_REDIRECT] = "end=\"redirect\"",
	[FETCHFACT_TYPE] = "end=\"type\"",
	[FETCHFACT_ENCODING] = "end=\"encoding\"",
	[FETCHFACT_TOO_LARGE] = "end=\"too-large\"",
	[FETCHFACT_CUT] = "end=\"cut\"",
	[FETCHFACT_HTTP] = "end=\"http\"",
	[FETCHFACT_POLICY] = "end=\"policy\"",
	[FETCHFACT_OURS] = "end=\"ours\"",
};

static const int64_t bounds_us[] = { 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 2500000, 5000000, 10000000, 30000000 };

void
fetch_stat_open(struct fetch_stat *stat, struct metrics *m)
{
	int i;

	for (i = 0; i < FETCHFACT_ENDS; i++)
		stat->ends[i] =
		    metrics_add(m, METRIC_COUNTER, "mtasts_fetches_total",
			"Policies fetched over HTTPS, by how it ended.",
			end_labels[i]);
	stat->in_flight =
	    metrics_add(m, METRIC_GAUGE, "mtasts_fetches_in_flight",
		"Fetches that have begun and not ended.", "");
	stat->seconds = metrics_add_histogram(m, "mtasts_fetch_seconds",
	    "Time from the question for a policy to its end.", "",
	    METRIC_BOUNDS(bounds_us));
}
