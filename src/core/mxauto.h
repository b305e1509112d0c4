/*
 * mxauto - the mx of a policy, kept in step with what the domain really has
 *
 * For mx=auto the domain's MX records at every authoritative server, for
 * mx=certificates the names in the host's certificates. Whoever could make us
 * believe a false answer must not get into a policy, and nothing that is still
 * needed may fall out of it: so one answer changes nothing, a new name has to
 * show that mail over TLS works there, and a name that is gone stays for a
 * while; in mode enforce it stays until the mode or the list is changed by
 * hand. RFC 8461 sections 4.1, 8.1 and 10.2. Pure.
 */
#ifndef MTASTS_CORE_MXAUTO_H
#define MTASTS_CORE_MXAUTO_H

#include "base/arena.h"
#include "base/diag.h"
#include "core/seen.h"

#define MXAUTO_MAX	 100 /* names of one domain */
#define MXAUTO_CONFIRM_S 3600 /* between two answers that say the same */
#define MXAUTO_KEEP_S	 86400 /* beside the TTLs, after a name is gone */

/* One host as it was seen. */
struct mxauto_host {
	const char *name;
	bool works; /* STARTTLS, with a valid certificate for its name */
	bool fails; /* it does not; neither: not found out */
};

/*
 * What was seen of a domain at one time. A copy: mxauto_seen_free().
 */
struct mxauto_seen {
	int64_t at;
	bool usable; /* every server gave the same, and it is a list: */
	bool secure; /* validated by DNSSEC, or our own: no second look */
	uint32_t ttl_s;
	size_t count;
	const struct mxauto_host *host; /* ordered by name, each once */
	const char *why; /* when not usable: a sentence without full stop */
	struct arena *arena;
};

/*
 * mxauto_see - what mxauto needs of a look, copied out of it
 *
 * The inspector has to ask the MX records at each server
 * (inspector_conf.mx_servers). SERVFAIL, NXDOMAIN, no records, a null MX,
 * servers that differ, more hosts than are looked at: not usable, with the
 * reason. Yours: mxauto_seen_free(). Null when memory is short.
 */
struct mxauto_seen *mxauto_see(const struct seen *s);

/*
 * mxauto_see_names - the same of names that are known to be ours
 *
 * From certificates. Names for other purposes ("mta-sts.", "autoconfig."
 * and "autodiscover." in front), wildcards and what is no host name are
 * left out; none left: not usable.
 */
struct mxauto_seen *mxauto_see_names(
    const char *const *names, size_t count, int64_t at);

/* mxauto_seen_free - release; null is fine */
void mxauto_seen_free(struct mxauto_seen *seen);

/* A name that is or was in the list. */
struct mxauto_entry {
	char name[254];
	int64_t since_at; /* in the list; 0: not taken yet */
	int64_t seen_at; /* the last time */
	int64_t gone_at; /* it was seen to be gone; 0: it is there */
	int64_t until_at; /* and goes out of the list then */
};

/* What is remembered of a domain. */
struct mxauto_state {
	int64_t looked_at;
	int64_t same_at; /* the last answer was first given then */
	int64_t trouble_at; /* since when nothing usable is seen; 0: it is */
	char trouble[300]; /* why */
	size_t count;
	struct mxauto_entry entry[MXAUTO_MAX];
};

/* What holds for a look. */
struct mxauto_rules {
	bool enforced; /* the policy served is in mode enforce: add only */
	bool first; /* nothing is served yet and nothing is enforced: the
		     * first list needs no second look */
	uint32_t ttl_s; /* of the TXT record */
	/* The mx of the policy that is served. Before the first look they make
	 * up the list: what is there is dropped as slowly as anything else.
	 * Only names, no wildcards. */
	const char *const *served;
	size_t served_count;
};

/* What a look led to. */
struct mxauto_done {
	bool changed; /* the list is another one */
	size_t added, dropped;
	size_t refused; /* new, and do not pass */
	size_t waiting; /* new, and not confirmed or not checked yet */
	int64_t next_at; /* look again then */
};

/*
 * mxauto_apply - what a look changes
 *
 * now_at  when; s is brought up to date
 * diags   what was seen and did not get in, with the reason; and trouble
 *
 * ELIMIT: more names than can be kept; nothing was changed.
 */
enum mtasts_err mxauto_apply(struct mxauto_state *s,
    const struct mxauto_seen *seen, const struct mxauto_rules *rules,
    struct mxauto_done *done, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* mxauto_in - is the entry part of the list? */
static inline bool
mxauto_in(const struct mxauto_entry *e)
{
	return e->since_at != 0;
}

enum mxauto_rule {
	MXAUTO_TROUBLE = 0,
	MXAUTO_REFUSED,
	MXAUTO_UNSEEN,
	MXAUTO_ONCE,
	MXAUTO_GONE,
	MXAUTO_STAYS,
	MXAUTO_RULES
};
extern const struct diag_rule mxauto_rules[MXAUTO_RULES];

#endif
