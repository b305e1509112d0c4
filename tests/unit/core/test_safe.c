/*
 * test_safe - what speaks against mode enforce, and against dropping an mx
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/safe.h"
#include "support/seen_world.h"

#include <stdio.h>

/* A row spoils one thing of a healthy world, and says what comes of it. */
struct row {
	const char *name;
	void (*spoil)(struct seen_world *w);
	const char *mx; /* of the policy to come, with blanks between */
	enum safe_verdict verdict;
	const char *findings; /* names, each followed by a blank */
};

#define BOTH "mx1.example.com mx2.example.com"

/* all_probes - something of each address of each host */
static void
all_probes(struct seen_world *w, enum probefact_end end)
{
	for (size_t i = 0; i < w->s.mx_count; i++)
		for (size_t k = 0; k < w->s.mxs[i].addr_count; k++)
			if (w->s.mxs[i].addr[k].probe != NULL) {
				w->s.mxs[i].addr[k].probe->end = end;
				w->s.mxs[i].addr[k].probe->why =
				    "no connection within 15 seconds";
				w->s.mxs[i].addr[k].probe->tls = NULL;
			}
}

/* probe - the first one of a host */
static struct probefact *
probe(struct seen_world *w, size_t host)
{
	return w->s.mxs[host].addr[0].probe;
}

static void
no_starttls(struct seen_world *w)
{
	probe(w, 1)->end = PROBEFACT_NO_STARTTLS;
	probe(w, 1)->tls = NULL;
	probe(w, 1)->why = "it does not offer STARTTLS";
}

static void
expired(struct seen_world *w)
{
	probe(w, 0)->tls->trust = TLSFACT_EXPIRED;
}

static void
other_name(struct seen_world *w)
{
	probe(w, 0)->tls->names_host = false;
}

static void
silent(struct seen_world *w)
{
	for (size_t k = 0; k < w->s.mxs[1].addr_count; k++) {
		w->s.mxs[1].addr[k].probe->end = PROBEFACT_TIMEOUT;
		w->s.mxs[1].addr[k].probe->why = "no connection";
		w->s.mxs[1].addr[k].probe->tls = NULL;
	}
}

static void
one_address_dead(struct seen_world *w)
{
	struct seen_mx *mx = &w->s.mxs[1];

	mx->addr[mx->addr_count] = mx->addr[0];
	mx->addr[0].probe = seen_world_zalloc(w, 1, sizeof(struct probefact));
	mx->addr[0].probe->end = PROBEFACT_REFUSED;
	mx->addr[0].probe->why = "connection refused";
	mx->addr_count++;
}

static void
blocked(struct seen_world *w)
{
	all_probes(w, PROBEFACT_TIMEOUT);
}

static void
busy(struct seen_world *w)
{
	probe(w, 1)->end = PROBEFACT_BUSY;
	probe(w, 1)->tls = NULL;
	probe(w, 1)->why = "it says 421";
}

static void
no_answer(struct seen_world *w)
{
	w->s.mx =
	    seen_world_dns(w, "example.com", DNSTYPE_MX, DNSFACT_SERVFAIL);
	w->s.mx_count = 0;
}

static void
nowhere_in_dns(struct seen_world *w)
{
	w->s.mx =
	    seen_world_dns(w, "example.com", DNSTYPE_MX, DNSFACT_NXDOMAIN);
	w->s.mx_count = 0;
}

static void
null_mx(struct seen_world *w)
{
	w->s.null_mx = true;
	w->s.mx_count = 0;
}

static void
many(struct seen_world *w)
{
	w->s.mx_more = 3;
}

static void
no_address(struct seen_world *w)
{
	w->s.mxs[1].addr_count = 0;
}

static void
host_expired(struct seen_world *w)
{
	for (size_t i = 0; i < w->s.addr_count; i++)
		w->s.addr[i].got->tls->trust = TLSFACT_EXPIRED;
}

static void
no_host(struct seen_world *w)
{
	w->s.host_a = seen_world_dns(
	    w, "mta-sts.example.com", DNSTYPE_A, DNSFACT_NXDOMAIN);
	w->s.host_aaaa = w->s.host_a;
	w->s.addr_count = 0;
}

static void
host_dead(struct seen_world *w)
{
	for (size_t i = 0; i < w->s.addr_count; i++) {
		w->s.addr[i].got->tls = NULL;
		w->s.addr[i].got->connected = false;
		w->s.addr[i].got->end = FETCHFACT_TIMEOUT;
	}
}

static const struct row rows[] = {
	{ "all is well", NULL, BOTH, SAFE_YES, "" },
	{ "a wildcard", NULL, "*.example.com", SAFE_YES, "" },
	{ "one fits nothing", NULL, "mx1.example.com", SAFE_NO,
	    "safe-mx-unmatched " },
	{ "a wildcard is one label", NULL, "*.com", SAFE_NO,
	    "safe-mx-unmatched safe-mx-unmatched " },
	{ "no STARTTLS", no_starttls, BOTH, SAFE_NO, "safe-mx-tls " },
	{ "expired", expired, BOTH, SAFE_NO, "safe-mx-certificate " },
	{ "another's certificate", other_name, BOTH, SAFE_NO,
	    "safe-mx-certificate " },
	{ "a backup is silent", silent, BOTH, SAFE_UNKNOWN, "safe-mx-unseen " },
	{ "one of its addresses is", one_address_dead, BOTH, SAFE_YES, "" },
	{ "busy", busy, BOTH, SAFE_UNKNOWN, "safe-mx-unseen " },
	{ "port 25 is blocked", blocked, BOTH, SAFE_UNKNOWN,
	    "safe-port-blocked " },
	{ "blocked, and one fits nothing", blocked, "mx1.example.com", SAFE_NO,
	    "safe-mx-unmatched safe-port-blocked " },
	{ "no answer", no_answer, BOTH, SAFE_UNKNOWN, "safe-mx-unknown " },
	{ "not in DNS", nowhere_in_dns, BOTH, SAFE_UNKNOWN,
	    "safe-mx-unknown " },
	{ "takes no mail", null_mx, BOTH, SAFE_NO, "safe-no-mail " },
	{ "more than are looked at", many, BOTH, SAFE_UNKNOWN,
	    "safe-mx-many " },
	{ "an MX without address", no_address, BOTH, SAFE_NO,
	    "safe-mx-address " },
	{ "the policy host's certificate", host_expired, BOTH, SAFE_NO,
	    "safe-host " },
	{ "no policy host", no_host, BOTH, SAFE_NO, "safe-host " },
	{ "a policy host that does not answer", host_dead, BOTH, SAFE_UNKNOWN,
	    "safe-host-unseen " },
};

/* cut - words into a list */
static struct settings_list
cut(char *text, const char **v)
{
	struct settings_list list = { .v = v };
	char *save = NULL;

	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		v[list.count++] = w;
	return list;
}

/* audit_of - the world, judged */
static struct audit *
audit_of(const struct seen_world *w)
{
	struct judge_conf conf = { .expect = NULL };
	struct audit *a = NULL;

	assert_int_equal(judge(&w->s, &conf, &a), MTASTS_OK);
	return a;
}

/* names - of all findings, each with a blank behind it */
static const char *
names(const struct mtasts_diags *diags)
{
	static char text[1000];

	text[0] = '\0';
	for (size_t i = 0; i < mtasts_diags_count(diags); i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s ", mtasts_diags_get(diags, i)->name);
	return text;
}

/* play - one row; is all as it says? */
static bool
play(const struct row *row)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct safe_want want = { .domain = "example.com" };
	const struct audit *audits[1];
	struct safe_looks looks = { audits, 1 };
	enum safe_verdict verdict;
	struct seen_world w;
	char text[200];
	const char *v[8];
	bool right;

	seen_world_open(&w);
	if (row->spoil != NULL)
		row->spoil(&w);
	audits[0] = audit_of(&w);
	snprintf(text, sizeof(text), "%s", row->mx);
	want.mx = cut(text, v);
	verdict = safe_enforce(&want, &looks, diags);
	right =
	    verdict == row->verdict && strcmp(names(diags), row->findings) == 0;
	if (!right)
		print_error("%s: %d, %s\n", row->name, verdict, names(diags));
	audit_free((struct audit *)audits[0]);
	seen_world_close(&w);
	mtasts_diags_free(diags);
	return right;
}

static void
enforcing(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		wrong += !play(&rows[i]);
	assert_int_equal(wrong, 0);
}

/* every reason is the finding of some row, or of another test here */
static void
all_rules(void **state)
{
	for (unsigned r = 0; r < SAFE_RULES; r++) {
		size_t i = 0;

		if (r == SAFE_NEEDED || r == SAFE_UNLOOKED)
			continue;
		while (i < sizeof(rows) / sizeof(*rows) &&
		    strstr(rows[i].findings, safe_rules[r].name) == NULL)
			i++;
		if (i == sizeof(rows) / sizeof(*rows))
			fail_msg("no row finds %s", safe_rules[r].name);
	}
}

static void
the_domain_itself_must_be_seen(void **state)
{
	struct safe_want want = { .domain = "other.example" };
	struct safe_looks none = { NULL, 0 };
	struct mtasts_diags *diags = mtasts_diags_new();

	assert_int_equal(safe_enforce(&want, &none, diags), SAFE_UNKNOWN);
	assert_string_equal(names(diags), "safe-unlooked ");
	mtasts_diags_free(diags);
}

static void
aliases_count_like_the_domain(void **state)
{
	static const char *const mx[] = { "mx1.example.com",
		"mx2.example.com" };
	struct safe_want want = { .domain = "example.com", .mx = { mx, 2 } };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct seen_world w, alias;
	const struct audit *audits[2];
	struct safe_looks looks = { audits, 2 };

	seen_world_open(&w);
	seen_world_open(&alias);
	alias.s.domain = "alias.example";
	host_expired(&alias);
	audits[0] = audit_of(&w);
	audits[1] = audit_of(&alias);
	/* Of an alias only its mail counts: it may not be in DNS yet. */
	assert_int_equal(safe_enforce(&want, &looks, diags), SAFE_YES);
	audit_free((struct audit *)audits[1]);
	expired(&alias);
	audits[1] = audit_of(&alias);
	assert_int_equal(safe_enforce(&want, &looks, diags), SAFE_NO);
	assert_string_equal(
	    mtasts_diags_get(diags, 0)->name, "safe-mx-certificate");
	assert_ptr_equal(safe_find(&looks, "alias.example"), audits[1]);
	assert_null(safe_find(&looks, "nobody.example"));
	audit_free((struct audit *)audits[0]);
	audit_free((struct audit *)audits[1]);
	seen_world_close(&w);
	seen_world_close(&alias);
	mtasts_diags_free(diags);
}

static void
dropping(void **state)
{
	static const char *const left[] = { "mx1.example.com" };
	static const char *const gone[] = { "mx2.example.com" };
	static const char *const stale[] = { "old.example.com" };
	static const char *const wide[] = { "*.example.com" };
	struct safe_want want = { .domain = "example.com",
		.mx = { left, 1 },
		.dropped = { gone, 1 } };
	struct mtasts_diags *diags = mtasts_diags_new();
	const struct audit *audits[1];
	struct safe_looks looks = { audits, 1 };
	struct seen_world w;

	seen_world_open(&w);
	/* What fails now has nothing to do with what is dropped. */
	expired(&w);
	audits[0] = audit_of(&w);
	assert_int_equal(safe_drop(&want, &looks, diags), SAFE_NO);
	assert_string_equal(names(diags), "safe-mx-needed ");
	want.dropped = (struct settings_list){ stale, 1 };
	assert_int_equal(safe_drop(&want, &looks, diags), SAFE_YES);
	want.mx = (struct settings_list){ wide, 1 };
	want.dropped = (struct settings_list){ gone, 1 };
	assert_int_equal(safe_drop(&want, &looks, diags), SAFE_YES);
	audit_free((struct audit *)audits[0]);
	no_answer(&w);
	audits[0] = audit_of(&w);
	assert_int_equal(safe_drop(&want, &looks, diags), SAFE_UNKNOWN);
	audit_free((struct audit *)audits[0]);
	seen_world_close(&w);
	mtasts_diags_free(diags);
}

static void
plain_faults(void **state)
{
	static const char *const one[] = { "mx1.example.com" };
	static const char *const both[] = { "mx1.example.com",
		"mx2.example.com" };
	struct settings_list list = { both, 2 };
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	no_starttls(&w);
	a = audit_of(&w);
	/* Whoever stands in between can take STARTTLS away. */
	assert_false(safe_plain(&a->live, &list));
	list = (struct settings_list){ one, 1 };
	/* One resolver's word is not enough. */
	assert_false(a->live.mx_same);
	assert_false(safe_plain(&a->live, &list));
	audit_free(a);
	w.s.mx_ns_count = 1;
	w.s.mx_ns[0].mx = w.s.mx;
	a = audit_of(&w);
	assert_true(a->live.mx_same);
	assert_true(safe_plain(&a->live, &list));
	audit_free(a);
	expired(&w);
	a = audit_of(&w);
	list = (struct settings_list){ both, 2 };
	assert_true(safe_plain(&a->live, &list));
	audit_free(a);
	seen_world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enforcing),
		cmocka_unit_test(all_rules),
		cmocka_unit_test(the_domain_itself_must_be_seen),
		cmocka_unit_test(aliases_count_like_the_domain),
		cmocka_unit_test(dropping),
		cmocka_unit_test(plain_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
