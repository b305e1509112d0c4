/*
 * seen - all that was seen of a domain, before anybody judges it
 *
 * task/inspect fills it in, core/judge_* read it; nothing here is a verdict.
 * One object, one free; a pointer that is null was not looked up.
 */
#ifndef MTASTS_CORE_SEEN_H
#define MTASTS_CORE_SEEN_H

#include "core/dane.h"
#include "core/fetchfact.h"
#include "core/probefact.h"
#include "mtasts/policy.h"
#include "mtasts/record.h"

#define SEEN_HOST_ADDRS 8 /* of the policy host, each family */
#define SEEN_MX_MAX	20 /* MX hosts that are looked at */
#define SEEN_MX_ADDRS	4 /* of one MX host, each family */
#define SEEN_NS_MAX	8
#define SEEN_RUA_MAX	5
#define SEEN_SUB_MAX	4
#define SEEN_CAA_MAX	8 /* names climbed */

/* One address of the policy host. */
struct seen_addr {
	struct ipnet_addr addr;
	char text[IPNET_TEXT_LEN];
	const char *refused; /* why it was not asked, or null; static */
	struct fetchfact *got; /* null: not asked */
};

/* One authoritative name server of the record's zone. */
struct seen_ns {
	char name[254];
	char text[IPNET_TEXT_LEN]; /* the address asked; "" when it has none */
	struct dnsfact *address; /* A, or AAAA when there is no A */
	struct dnsfact *sts; /* TXT of _mta-sts, asked there */
};

/* One authoritative name server of the domain, asked for its MX records. */
struct seen_mx_ns {
	char name[254];
	char text[IPNET_TEXT_LEN]; /* the address asked; "" when it has none */
	struct dnsfact *address; /* A, or AAAA when there is no A */
	struct dnsfact *mx; /* null: it was not asked */
};

/* One address of an MX host. */
struct seen_mx_addr {
	struct ipnet_addr addr;
	char text[IPNET_TEXT_LEN];
	const char *refused; /* why it was not asked, or null; static */
	struct probefact *probe;
};

struct seen_mx {
	char name[254];
	uint16_t preference;
	unsigned times; /* the name stands so often in the MX records */
	bool implicit; /* the domain itself, since it has no MX */
	struct dnsfact *a, *aaaa;
	struct dane_host dane; /* finished, or state open when not asked */
	struct dnsfact *tlsa; /* the RRset that counted, else the one at the
			       * host's own name, signed or not */
	size_t addr_count, addr_more; /* looked at; left out */
	struct seen_mx_addr addr[2 * SEEN_MX_ADDRS];
	/* Looks at the first address that has TLS. */
	struct probefact *no_sni;
	struct probefact *old_tls;
};

/* One address for reports. */
struct seen_rua {
	const char *uri; /* as published */
	bool https;
	char host[254]; /* of the URL, or domain of the mail address */
	struct dnsfact *mx; /* of a mail domain */
	struct dnsfact *a, *aaaa; /* of the host; of a mail domain without MX */
	char text[IPNET_TEXT_LEN]; /* the address looked at */
	struct probefact *tls; /* of an HTTPS host */
};

/* A name below the domain that may receive mail, too. */
struct seen_sub {
	char name[254];
	bool wildcard; /* a name that nobody has made */
	struct dnsfact *mx;
	struct dnsfact *sts; /* asked when there are MX records */
};

/* What the registry knows of a domain of our own; times 0: not known. */
struct seen_own {
	bool registered;
	char id[33]; /* that should be in DNS */
	struct str text; /* that should be served */
	enum mtasts_mode mode;
	int64_t mode_since_at;
	bool id_was_ours; /* the id in DNS belonged to an earlier text */
	bool text_was_ours; /* the text served is an earlier one */
	int64_t remove_after_at; /* being removed: to stay until then */
};

struct seen {
	const char *domain; /* A-labels */
	const char *policy_host; /* "mta-sts." and the domain */
	int64_t at;
	bool dnssec; /* secure answers can be had here */

	/* the record */
	struct dnsfact *sts;
	struct dnsfact *sts_apex, *sts_plain, *sts_under; /* TXT of D,
			* mta-sts.D, _mta_sts.D; when sts has no valid one */
	struct mtasts_stsrec rec;
	enum mtasts_verdict rec_verdict;
	const char *ns_zone; /* whose NS records were found, or null */
	struct dnsfact *ns_set; /* the last NS answer */
	size_t ns_count;
	struct seen_ns ns[SEEN_NS_MAX];

	/* the policy host and what it serves */
	struct dnsfact *host_a, *host_aaaa;
	size_t addr_count, addr_more;
	struct seen_addr addr[2 * SEEN_HOST_ADDRS];
	const struct seen_addr *best; /* the first that served a body, else the
				       * first that answered; or null */
	struct probefact *host_no_sni; /* at best's address */
	struct fetchfact *host_plain; /* over http, at best's address */
	/*
	 * The policy of best, when a sender would take it: whole answer, valid
	 * certificate; with the findings of reading whatever came.
	 */
	struct mtasts_policy *policy;
	struct mtasts_policy *text_policy; /* of the text alone */
	struct mtasts_diags *text_diags; /* null: there was no body */

	/* mail servers */
	struct dnsfact *mx;
	bool null_mx;
	size_t mx_count, mx_more;
	struct seen_mx *mxs;
	/* The servers of the domain's zone, when they were to be asked. */
	struct dnsfact *mx_ns_set; /* the last NS answer */
	size_t mx_ns_count, mx_ns_more; /* asked; left out */
	struct seen_mx_ns mx_ns[SEEN_NS_MAX];

	/* reports */
	struct dnsfact *rpt, *rpt_old; /* _smtp._tls, _smtp-tlsrpt */
	struct mtasts_rptrec *rpt_rec; /* null: no valid one */
	size_t rua_count;
	struct seen_rua rua[SEEN_RUA_MAX];

	/* around it */
	size_t caa_count; /* mta-sts.D, D, its parents */
	struct {
		char name[254];
		struct dnsfact *fact;
	} caa[SEEN_CAA_MAX];
	size_t sub_count;
	struct seen_sub sub[SEEN_SUB_MAX];
	struct seen_own own;
	bool no_smtp; /* mail servers were not to be connected to */

	struct arena *arena;
};

/* seen_new - nothing seen yet; domain is copied. Null: memory is short */
struct seen *seen_new(const char *domain, int64_t at);

/* seen_free - release; null is fine */
void seen_free(struct seen *s);

/* seen_host_valid - would a sender take what this address answered? */
bool seen_host_valid(const struct seen_addr *addr);

/* seen_mx_works - does mail reach this host over valid TLS at any address? */
bool seen_mx_works(const struct seen_mx *mx);

/*
 * seen_mx_dane - does DANE hold for this host?
 *
 * Usable records, and one fits what an address shows, or nothing was shown.
 */
bool seen_mx_dane(const struct seen_mx *mx, int64_t now_at);

#endif
