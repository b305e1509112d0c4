/*
 * fuzz_decide - any facts in any order, with any clock: what must hold always
 *
 * The bytes choose who asks, which question is answered next and by what, and
 * how the clock moves. Checked: a run ends; a decision is whole, and not to be
 * given again for longer than an hour; neither a failure nor what can be forged
 * undoes a fresh policy in mode enforce, or a rule that requires; no policy
 * lives longer than max_age from now.
 */
#include "base/arena.h"
#include "core/decide.h"
#include "core/limits.h"
#include "fuzz.h"

#define OUT_MAX 64

/* The most questions of one run: all of 100 hosts, and a few. */
#define ASKED_MAX (DEST_MX_MAX * 6 + 10)

struct fuzz {
	const uint8_t *p;
	size_t left;
	int64_t now_at;
	struct dest *dest;
	struct decide *run;
	struct decide_ask ask;
	const struct rule *rule; /* of the run */
	struct decide_question out[OUT_MAX];
	size_t out_count;
	unsigned asked; /* by this run */
	bool waits; /* somebody waits for the decision */
	unsigned last_tag;
};

static const char *const records[] = { "v=STSv1; id=1;", "v=STSv1; id=2;",
	"v=STSv1; id=33;", "v=STSv1; id=;", "v=spf1 -all", "v=STSv1; id=1; id",
	"" };

static const char *const hosts[] = { "mx1.example.com", "mx2.example.com",
	"a.mx.example.net", "mx.elsewhere.example", "", "192.0.2.1", "-",
	"a.b.mx.example.net" };

#define HEAD "version: STSv1\nmode: "

static const char *const policies[] = {
	HEAD "enforce\nmx: mx1.example.com\nmx: *.mx.example.net\n"
	     "max_age: 86400\n",
	HEAD "enforce\nmx: *.example.com\nmax_age: 31557600\n",
	HEAD "testing\nmx: mx2.example.com\nmax_age: 604800\n",
	HEAD "none\nmax_age: 3600\n",
	HEAD "enforce\nmx: mx2.example.com\nmax_age: 0\n",
	HEAD "enforce\nmx: mx2.example.com\nmax_age: 1\n",
	HEAD "enforced\nmx: mx2.example.com\nmax_age: 1\n",
	"",
};

static const struct rule rules[] = {
	{ "*", RULE_OPTIONAL, "", "", 0 },
	{ "*", RULE_REQUIRE, "", "", INT64_C(1800000000) },
	{ "*", RULE_DISABLE, "", "", 0 },
	{ "*", RULE_OPTIONAL, "secure match=a.example", "", 0 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* byte - the next byte of the input; zeros behind its end */
static unsigned
byte(struct fuzz *f)
{
	if (f->left == 0)
		return 0;
	f->left--;
	return *f->p++;
}

/* seconds - some span, short or long */
static int64_t
seconds(struct fuzz *f)
{
	static const int64_t span[] = { 0, 1, 29, 30, 59, 60, 299, 300, 3599,
		3600, 86399, 86400, 604800, 604801, 15552001, 31557601 };

	return span[byte(f) % COUNT(span)];
}

/* read_records - some records of the type that is asked for */
static void
read_records(struct fuzz *f, struct dnsfact *fact, struct dnsfact_record *r)
{
	fact->count = 1 + byte(f) % 3;
	fact->records = r;
	for (size_t i = 0; i < fact->count; i++) {
		unsigned b = byte(f);

		if (fact->type == DNSTYPE_TXT) {
			r[i].txt = str_of(records[b % COUNT(records)]);
		} else if (fact->type == DNSTYPE_MX) {
			r[i].mx.name = hosts[b % COUNT(hosts)];
			r[i].mx.preference = (uint16_t)(b >> 4);
		} else if (fact->type == DNSTYPE_TLSA) {
			r[i].tlsa.usage = b & 3;
			r[i].tlsa.selector = b >> 2 & 1;
			r[i].tlsa.matching = b >> 3 & 3;
			r[i].tlsa.data =
			    str_make("0123456789abcdef0123456789abcdef",
				b & 0x40 ? 32 : 31);
		} else if (fact->type == DNSTYPE_CNAME) {
			r[i].cname = "end.example.org";
		}
	}
}

/* answer_dns - some answer to a lookup */
static void
answer_dns(struct fuzz *f, const struct decide_question *q)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct dnsfact_record r[3] = { 0 };
	unsigned b = byte(f);
	struct dnsfact fact = { .end = DNSFACT_FOUND,
		.type = q->type,
		.secure = (b & 8) != 0,
		.cnames = b >> 4 & 1,
		.ttl_s = (uint32_t)seconds(f),
		.canonical = b & 16 ? "end.example.org" : q->name,
		.why = "" };

	if (b & 1)
		fact.end = (enum dnsfact_end)((b >> 1) % DNSFACT_ENDS);
	if (fact.end == DNSFACT_FOUND)
		read_records(f, &fact, r);
	decide_dns(f->run, q->tag, b == 255 ? NULL : &fact, f->now_at, diags);
	mtasts_diags_free(diags);
}

/* keeps - is a policy to enforce there that must survive? */
static bool
keeps(const struct fuzz *f)
{
	const struct dest *d = f->dest;

	return d->policy != NULL && !d->once &&
	    d->policy->mode == MTASTS_MODE_ENFORCE &&
	    cached_fresh(d->policy, f->now_at);
}

/* answer_fetch - some end of a fetch; a failure changes no fresh policy */
static void
answer_fetch(struct fuzz *f, const struct decide_question *q)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct fetchfact fact = { .why = "some reason", .address = "" };
	unsigned b = byte(f), which = byte(f) % COUNT(policies);
	bool kept = keeps(f), bad;
	int64_t was = kept ? f->dest->policy->fetched_at : 0;

	if (b & 1)
		fact.end = (enum fetchfact_end)((b >> 1) % FETCHFACT_ENDS);
	if (fact.end == FETCHFACT_OK)
		fact.body = str_of(policies[which]);
	bad = b == 255 || fact.end != FETCHFACT_OK || which >= 6;
	decide_fetched(
	    f->run, q->tag, b == 255 ? NULL : &fact, f->now_at, diags);
	if (kept && bad)
		require(keeps(f) && f->dest->policy->fetched_at == was);
	mtasts_diags_free(diags);
}

/* check_names - whole names, each with something in it */
static void
check_names(const char *const *name, size_t count)
{
	require(count > 0);
	for (size_t i = 0; i < count; i++)
		require(name[i] != NULL && strlen(name[i]) > 1);
}

/* check - what every decision must be */
static void
check(struct fuzz *f, const struct decide_ask *ask)
{
	struct decision d;
	bool enforce = keeps(f) &&
	    (ask->rule == NULL ||
		(ask->rule->sts != RULE_DISABLE && !ask->rule->reply[0]));

	bool null_mx;

	decide_verdict(f->run, ask, f->now_at, &d);
	/* Nobody can have forged it. */
	null_mx = d.reason == DECISION_NULL_MX && f->dest->mx_secure;
	require(d.kind < DECISION_KINDS && d.reason < DECISION_REASONS);
	require(d.text[0] != '\0');
	require(d.until_at == 0 ||
	    (d.until_at > f->now_at &&
		d.until_at <= f->now_at + DECIDE_TTL_MAX_S));
	if (d.kind == DECISION_STS) {
		check_names(d.match, d.match_count);
		check_names(d.pattern, d.pattern_count);
		require(d.policy != NULL && d.match_current <= d.match_count);
	}
	if (!ask->dane)
		require(
		    d.kind != DECISION_DANE && d.kind != DECISION_DANE_ONLY);
	/* DANE where there is some is weaker: by the option alone. */
	if (enforce)
		require(d.kind == DECISION_STS || d.kind == DECISION_TEMP ||
		    d.kind == DECISION_DANE_ONLY ||
		    (d.kind == DECISION_DANE &&
			ask->mixed == DECIDE_MIXED_DANE) ||
		    null_mx);
	if (ask->rule != NULL && ask->rule->sts == RULE_REQUIRE)
		require(d.kind == DECISION_STS || d.kind == DECISION_TEMP ||
		    d.kind == DECISION_DANE_ONLY || null_mx);
	/* At that level Postfix takes no host of an unsigned MX set. */
	if (d.kind == DECISION_DANE_ONLY)
		require(f->dest->mx_secure);
}

/* look - after every event */
static void
look(struct fuzz *f)
{
	const struct dest *d = f->dest;
	struct decide_question q;

	while (f->out_count < OUT_MAX && decide_next(f->run, &q, f->now_at)) {
		require(q.tag != 0 && q.name[0] != '\0');
		require(++f->asked <= ASKED_MAX);
		f->out[f->out_count++] = q;
		f->last_tag = q.tag;
	}
	if (f->out_count == 0) {
		require(decide_idle(f->run));
		require(
		    !f->waits || decide_ready(f->run, f->ask.dane, f->now_at));
	}
	require(d->mx_count <= DEST_MX_MAX);
	if (d->policy != NULL && d->policy->fetched_at <= f->now_at)
		require(!cached_fresh(
		    d->policy, f->now_at + d->policy->max_age_s + 1));
	check(f, &f->ask);
	(void)decide_policy_changed(f->run);
}

/* begin - somebody asks */
static void
begin(struct fuzz *f)
{
	unsigned b = byte(f);

	f->ask = (struct decide_ask){ .purpose = (enum decide_purpose)(b % 3),
		.dane = (b & 4) != 0 || (f->run != NULL && f->ask.dane),
		.mixed = (enum decide_mixed)((b >> 3) % 3),
		.rule = b & 32 ? &rules[b >> 6] : NULL,
		.jitter = b };
	/* The rule is the destination's: one run has one. */
	if (f->run != NULL)
		f->ask.rule = f->rule;
	f->rule = f->ask.rule;
	if (f->run == NULL) {
		f->waits = false;
		f->run = decide_new(f->dest, &f->ask, f->now_at);
	} else {
		decide_join(f->run, &f->ask, f->now_at);
	}
	f->waits |= f->ask.purpose != DECIDE_REFRESH;
	f->asked = 0;
	require(f->run != NULL);
	look(f);
}

/* answer - one of the questions that are out; or a tag that is not */
static void
answer(struct fuzz *f)
{
	size_t i = byte(f) % (f->out_count + 1);
	struct decide_question q = { .tag = f->last_tag + 7 + byte(f),
		.type = DNSTYPE_TXT };

	if (i < f->out_count) {
		q = f->out[i];
		f->out[i] = f->out[--f->out_count];
	}
	if (q.kind == DECIDE_FETCH)
		answer_fetch(f, &q);
	else
		answer_dns(f, &q);
	look(f);
}

/* end - the run is over, answered or not; perhaps all but the policy goes */
static void
end(struct fuzz *f, bool forget)
{
	struct destkey key = f->dest->key;
	struct cached_row row;
	struct cached *kept = NULL;

	decide_free(f->run);
	f->run = NULL;
	f->out_count = 0;
	if (!forget)
		return;
	if (f->dest->policy != NULL && !f->dest->once) {
		cached_row_of(f->dest->policy, &row);
		kept = cached_new(&row);
		require(kept != NULL);
	}
	dest_free(f->dest);
	f->dest = dest_new(&key);
	require(f->dest != NULL);
	dest_set_policy(f->dest, kept, false);
}

/* step - one event */
static void
step(struct fuzz *f)
{
	unsigned b = byte(f);

	if (f->run == NULL || b % 16 == 1) {
		begin(f);
	} else if (b % 16 == 2 || f->out_count == 0) {
		end(f, (b & 64) != 0);
	} else if (b % 16 == 3) {
		f->now_at += seconds(f);
	} else if (b % 16 == 4) {
		f->now_at -= seconds(f);
		if (f->now_at < 1)
			f->now_at = 1;
	} else {
		answer(f);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { .p = data,
		.left = size < 4096 ? size : 4096,
		.now_at = INT64_C(1767225600) };
	struct destkey key;
	static const char *const keys[] = { "example.com", "[mx1.example.com]",
		"example.com:587", "mx2.example.com" };

	require(destkey_parse(str_of(keys[byte(&f) % 4]), &key, NULL) ==
	    DESTKEY_DOMAIN);
	f.dest = dest_new(&key);
	require(f.dest != NULL);
	while (f.left > 0)
		step(&f);
	decide_free(f.run);
	dest_free(f.dest);
	return 0;
}
