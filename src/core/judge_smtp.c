/*
 * judge_smtp.c - S01 to S03, S11: can mail be brought to the servers over TLS?
 *
 * Senders take any address of a host, so each one is judged by itself. Where
 * nothing answered at all it is more likely our own network that blocks port
 * 25 than all of theirs that is down: then nothing is said of them.
 *
 * RFC 8461 section 4.2, RFC 3207, RFC 5321.
 */
#include "core/judge_smtp_int.h"

#define MERGED_AT 6 /* addresses, from which on like ones share a finding */

/* What is said over TLS as before it. */
#define EXTENSIONS                                                         \
	(PROBEFACT_REQUIRETLS | PROBEFACT_PIPELINING | PROBEFACT_SIZE |    \
	    PROBEFACT_8BITMIME | PROBEFACT_SMTPUTF8 | PROBEFACT_CHUNKING | \
	    PROBEFACT_DSN)

/* skip - S checks from one number to another */
static void
skip(struct audit *a, unsigned from, unsigned to, bool unknown, const char *why)
{
	char id[4] = "S00";

	for (unsigned n = from; n <= to; n++) {
		id[1] = (char)('0' + n / 10);
		id[2] = (char)('0' + n % 10);
		if (unknown)
			audit_unknown(a, id, "%s", why);
		else
			audit_skip(a, id, "%s", why);
	}
}

/* alike - would the same be said of both? */
static bool
alike(const struct seen_mx_addr *a, const struct seen_mx_addr *b)
{
	const struct probefact *p = a->probe, *q = b->probe;

	if (p == NULL || q == NULL || p->end != q->end ||
	    p->early != q->early || p->ext_tls != q->ext_tls ||
	    !judge_cert_same(p->tls, q->tls))
		return false;
	return p->tls == NULL ||
	    (strcmp(p->tls->version, q->tls->version) == 0 &&
		strcmp(p->tls->cipher, q->tls->cipher) == 0);
}

size_t
smtp_alike(const struct seen_mx *mx, size_t at)
{
	size_t n = 0;

	if (mx->addr_count < MERGED_AT)
		return 0;
	for (size_t i = 0; i < at; i++)
		if (alike(&mx->addr[i], &mx->addr[at]))
			return SIZE_MAX;
	for (size_t i = at + 1; i < mx->addr_count; i++)
		n += alike(&mx->addr[i], &mx->addr[at]);
	return n;
}

/* --- S01 --- */

/* Counts over all addresses of all hosts. */
struct tally {
	size_t addresses; /* of the hosts */
	size_t tried;
	size_t reached; /* took the connection */
	size_t talked;
	size_t tls;
	size_t busy; /* told to come again */
	size_t ours; /* not tried since we could not */
	const struct seen_mx *ours_mx;
	const struct seen_mx_addr *ours_addr; /* the first of those */
};

/* count - the tally of one host */
static void
count(const struct seen_mx *mx, struct tally *t)
{
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;

		t->addresses++;
		if (p == NULL)
			continue;
		t->tried++;
		t->reached += probefact_talked(p) || p->end == PROBEFACT_SILENT;
		t->talked += probefact_talked(p);
		t->tls += p->tls != NULL;
		t->busy += p->end == PROBEFACT_BUSY ||
		    p->end == PROBEFACT_STARTTLS_LATER;
		if (p->end != PROBEFACT_OURS)
			continue;
		if (t->ours++ == 0) {
			t->ours_mx = mx;
			t->ours_addr = &mx->addr[i];
		}
	}
}

/* find_private - addresses that were not asked since nobody can reach them */
static void
find_private(struct audit *a, const struct seen_mx *mx)
{
	size_t refused = 0;
	struct judge_text who;

	for (size_t i = 0; i < mx->addr_count; i++)
		refused += mx->addr[i].refused != NULL;
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct seen_mx_addr *addr = &mx->addr[i];

		if (addr->refused == NULL)
			continue;
		judge_find(a,
		    &judge_smtp_rules[refused == mx->addr_count
			    ? SMTP_PRIVATE
			    : SMTP_SOME_PRIVATE],
		    (struct judge_at){
			.who = judge_who(&who, mx->name, addr->text, 0) },
		    "%s has %s, %s, which nobody can reach from outside.",
		    mx->name, addr->text, addr->refused);
	}
}

/* find_unseen - what we have no way to, once for all */
static void
find_unseen(struct audit *a, const struct tally *t)
{
	struct judge_text who, why;

	if (t->ours == 0)
		return;
	judge_find(a, &judge_smtp_rules[SMTP_UNSEEN],
	    (struct judge_at){ .who = judge_who(&who, t->ours_mx->name,
				   t->ours_addr->text, t->ours - 1) },
	    "%zu address%s could not be tried from here: %s", t->ours,
	    t->ours == 1 ? "" : "es",
	    judge_said(&why, t->ours_addr->probe->why));
}

/* --- S02, S03 --- */

/* rule_of - what an end means; null: nothing bad, or not theirs */
static const struct diag_rule *
rule_of(enum probefact_end end)
{
	static const int by_end[PROBEFACT_ENDS] = {
		[PROBEFACT_UNREACHABLE] = SMTP_DEAD,
		[PROBEFACT_REFUSED] = SMTP_REFUSED,
		[PROBEFACT_TIMEOUT] = SMTP_DEAD,
		[PROBEFACT_SILENT] = SMTP_SILENT,
		[PROBEFACT_BUSY] = SMTP_BUSY,
		[PROBEFACT_REJECTED] = SMTP_REJECTED,
		[PROBEFACT_NO_SMTP] = SMTP_NO_SMTP,
		[PROBEFACT_EHLO] = SMTP_EHLO,
		[PROBEFACT_CLOSED] = SMTP_CLOSED,
		[PROBEFACT_NO_STARTTLS] = SMTP_NO_STARTTLS,
		[PROBEFACT_STARTTLS_LATER] = SMTP_LATER,
		[PROBEFACT_STARTTLS_NEVER] = SMTP_STARTTLS_NEVER,
		[PROBEFACT_INJECTED] = SMTP_INJECTED,
		[PROBEFACT_TLS] = SMTP_TLS,
		[PROBEFACT_TLS_LATE] = SMTP_TLS_LATE,
		[PROBEFACT_AFTER_TLS] = SMTP_AFTER_TLS,
	};

	if ((unsigned)end >= PROBEFACT_ENDS || by_end[end] == 0)
		return NULL;
	return &judge_smtp_rules[by_end[end]];
}

/* put_extensions - their names */
static void
put_extensions(unsigned bits, struct buf *b)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ PROBEFACT_REQUIRETLS, "REQUIRETLS" },
		{ PROBEFACT_PIPELINING, "PIPELINING" },
		{ PROBEFACT_SIZE, "SIZE" },
		{ PROBEFACT_8BITMIME, "8BITMIME" },
		{ PROBEFACT_SMTPUTF8, "SMTPUTF8" },
		{ PROBEFACT_CHUNKING, "CHUNKING" },
		{ PROBEFACT_DSN, "DSN" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (bits & names[i].bit)
			buf_putf(
			    b, "%s%s", b->len > 0 ? ", " : "", names[i].name);
}

/* find_manners - S03 of a server that can be reached over TLS */
static void
find_manners(struct audit *a, const char *who, const struct probefact *p)
{
	unsigned gone = p->ext_clear & ~p->ext_tls & EXTENSIONS;
	struct judge_at at = { .who = who };
	struct buf names;

	if (p->early)
		judge_find(a, &judge_smtp_rules[SMTP_EARLY], at,
		    "The server speaks before it is its turn.");
	if (p->end != PROBEFACT_OK || gone == 0)
		return;
	buf_init(&names, 200);
	put_extensions(gone, &names);
	if (buf_error(&names) == MTASTS_OK)
		judge_find(a, &judge_smtp_rules[SMTP_STRIPPED], at,
		    "The server offers %s before TLS, and no longer over TLS.",
		    names.p);
	else
		a->short_of_memory = true;
	buf_free(&names);
}

/* judge_end - how far it came at one address: S01 to S03 */
static void
judge_end(struct audit *a, const struct seen_mx *mx, const char *who,
    const struct probefact *p)
{
	struct judge_text why;

	if (p->end == PROBEFACT_TLS && smtp_old_only(mx))
		audit_skip(a, "S02",
		    "A mail server speaks old versions of TLS only: see S04.");
	else if (rule_of(p->end) != NULL)
		judge_find(a, rule_of(p->end), (struct judge_at){ .who = who },
		    "%s", judge_said(&why, p->why));
}

/* judge_ends - S01 to S03 of one host */
static void
judge_ends(struct audit *a, const struct seen_mx *mx)
{
	struct judge_text who;

	find_private(a, mx);
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;
		size_t more = smtp_alike(mx, i);

		if (p == NULL || more == SIZE_MAX)
			continue;
		judge_who(&who, mx->name, mx->addr[i].text, more);
		judge_end(a, mx, who.text, p);
		find_manners(a, who.text, p);
	}
}

/* --- S11 --- */

/* judge_requiretls - do all offer it, or none? */
static void
judge_requiretls(const struct seen *s, struct audit *a, size_t tls)
{
	size_t offered = 0;

	for (size_t i = 0; i < s->mx_count; i++)
		for (size_t k = 0; k < s->mxs[i].addr_count; k++) {
			const struct probefact *p = s->mxs[i].addr[k].probe;

			offered += p != NULL && p->tls != NULL &&
			    (p->ext_tls & PROBEFACT_REQUIRETLS) != 0;
		}
	audit_seen(a, "S11", "offered at %zu of %zu addresses", offered, tls);
	if (offered > 0 && offered < tls)
		judge_find(a, &judge_smtp_rules[SMTP_REQUIRETLS],
		    (struct judge_at){ .who = NULL },
		    "REQUIRETLS is offered at %zu of %zu addresses.", offered,
		    tls);
}

/* nobody - is there no server to look at? Then all is skipped */
static bool
nobody(const struct seen *s, struct audit *a)
{
	bool unknown = s->mx == NULL || dnsfact_failed(s->mx);

	if (s->null_mx) {
		skip(a, 1, 11, false, "The domain takes no mail.");
		return true;
	}
	if (s->mx_count > 0)
		return false;
	skip(a, 1, 11, unknown,
	    unknown ? "The mail servers were not found out."
		    : "The domain has no mail server.");
	return true;
}

/* skip_unseen - what could not be looked at since nothing came so far */
static void
skip_unseen(struct audit *a, const struct tally *t)
{
	if (t->talked == 0)
		skip(a, 2, 3, false, "No mail server answered.");
	if (t->tls > 0)
		return;
	skip(a, 4, 8, t->busy > 0,
	    "No TLS connection to a mail server was "
	    "made.");
	skip(a, 11, 11, t->busy > 0,
	    "No TLS connection to a mail server was made.");
}

/* judge_tried - S01 to S08 and S11 of servers that were connected to */
static void
judge_tried(const struct seen *s, struct audit *a, const struct tally *t)
{
	find_unseen(a, t);
	for (size_t i = 0; i < s->mx_count; i++)
		judge_ends(a, &s->mxs[i]);
	audit_seen(a, "S01", "%zu of %zu addresses answer", t->reached,
	    t->tried - t->ours);
	audit_seen(a, "S02", "TLS at %zu of %zu", t->tls, t->talked);
	skip_unseen(a, t);
	judge_smtp_tls(s, a);
	if (t->tls > 0)
		judge_requiretls(s, a, t->tls);
}

void
judge_smtp(const struct seen *s, struct audit *a)
{
	struct tally t = { 0 };

	if (nobody(s, a))
		return;
	for (size_t i = 0; i < s->mx_count; i++)
		count(&s->mxs[i], &t);
	if (s->no_smtp) {
		skip(a, 1, 8, false, "No mail server was to be connected to.");
		skip(
		    a, 11, 11, false, "No mail server was to be connected to.");
	} else if (judge_blocked(s)) {
		audit_unknown(a, "S01",
		    "No mail server could be reached on port 25. Networks "
		    "often block it: run this on a mail server.");
		skip(a, 2, 8, false, "No mail server could be reached.");
		skip(a, 11, 11, false, "No mail server could be reached.");
	} else {
		judge_tried(s, a, &t);
	}
	judge_dane(s, a);
}
