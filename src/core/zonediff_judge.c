/*
 * zonediff_judge.c - what live DNS means beside what is wanted
 *
 * RFC 8461 section 3.1, RFC 8460 section 3, RFC 4343 (case of names). Knows no
 * server and no registry, only what was filled in.
 */
#include "core/zonediff.h"

#include "core/limits.h"
#include "mtasts/record.h"

static const struct str sts = { "v=STSv1", 7 };
static const struct str tlsrpt = { "v=TLSRPTv1", 10 };

bool
zonediff_relevant(enum zonediff_kind kind, struct str text)
{
	if (kind == ZONEDIFF_STS)
		return str_starts(text, sts);
	return kind == ZONEDIFF_TLSRPT && str_starts(text, tlsrpt);
}

bool
zonediff_id_of(struct str text, char id[33])
{
	struct mtasts_txt txt = { text.p, text.len };
	struct mtasts_stsrec rec;

	if (mtasts_stsrec_parse(&txt, 1, &rec, NULL) != MTASTS_VERDICT_VALID)
		return false;
	memcpy(id, rec.id, sizeof(rec.id));
	return true;
}

/* same_rua - the same addresses, in any order */
static bool
same_rua(const struct mtasts_rptrec *a, const struct mtasts_rptrec *b)
{
	size_t i, j;

	if (a->rua_count != b->rua_count)
		return false;
	for (i = 0; i < a->rua_count; i++) {
		for (j = 0; j < b->rua_count; j++)
			if (strcmp(a->rua[i], b->rua[j]) == 0)
				break;
		if (j == b->rua_count)
			return false;
	}
	return true;
}

/* same_tlsrpt - two well-formed records with the same addresses */
static bool
same_tlsrpt(struct str a, struct str b)
{
	struct mtasts_txt one = { a.p, a.len }, two = { b.p, b.len };
	struct mtasts_rptrec *first = NULL, *second = NULL;
	bool same;

	same = mtasts_rptrec_parse(&one, 1, &first, NULL) ==
		MTASTS_VERDICT_VALID &&
	    mtasts_rptrec_parse(&two, 1, &second, NULL) ==
		MTASTS_VERDICT_VALID &&
	    same_rua(first, second);
	mtasts_rptrec_free(first);
	mtasts_rptrec_free(second);
	return same;
}

bool
zonediff_same_text(enum zonediff_kind kind, struct str a, struct str b)
{
	char one[33], two[33];

	if (str_eq(a, b))
		return true;
	if (kind == ZONEDIFF_STS)
		return zonediff_id_of(a, one) && zonediff_id_of(b, two) &&
		    strcmp(one, two) == 0;
	return kind == ZONEDIFF_TLSRPT && same_tlsrpt(a, b);
}

/* same_value - of one type, by meaning */
static bool
same_value(
    const struct zonediff_name *n, enum zone_type t, struct str a, struct str b)
{
	if (t == ZONE_TXT)
		return zonediff_same_text(n->kind, a, b);
	return str_eq_nocase(a, b);
}

/* in_set - is there a value that means the same? */
static bool
in_set(const struct zonediff_name *n, enum zone_type t,
    const struct zonediff_set *set, struct str value)
{
	for (size_t i = 0; i < set->count; i++)
		if (same_value(n, t, set->v[i], value))
			return true;
	return false;
}

/* same_set - the same values, bytes and all */
static bool
same_set(const struct zonediff_set *a, const struct zonediff_set *b)
{
	size_t i, j;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		for (j = 0; j < b->count && !str_eq(a->v[i], b->v[j]); j++)
			;
		if (j == b->count)
			return false;
	}
	return true;
}

/* same_values - the same ones by meaning, none more */
static bool
same_values(const struct zonediff_name *n, enum zone_type t,
    const struct zonediff_set *a, const struct zonediff_set *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!in_set(n, t, b, a->v[i]))
			return false;
	return true;
}

/* is_ours - was this value written by us, or is it as if? */
static bool
is_ours(const struct zonediff *d, const struct zonediff_name *n,
    enum zone_type t, struct str value)
{
	char id[33];

	if (in_set(n, t, &n->ours[t], value) ||
	    in_set(n, t, &n->want[t], value))
		return true;
	if (n->kind != ZONEDIFF_STS || t != ZONE_TXT ||
	    !zonediff_id_of(value, id))
		return false;
	for (size_t i = 0; i < d->ids.count; i++)
		if (str_eq(d->ids.v[i], str_of(id)))
			return true;
	return false;
}

/* mine - is a record of a type at a name a matter of ours at all? */
static bool
mine(const struct zonediff *d, const struct zonediff_name *n, enum zone_type t,
    struct str value)
{
	if (n->kind == ZONEDIFF_VALUE)
		return t == ZONE_TXT && in_set(n, t, &n->want[t], value);
	if (n->kind == ZONEDIFF_HOST)
		return t != ZONE_TXT;
	if (t == ZONE_TXT)
		return zonediff_relevant(n->kind, value) ||
		    is_ours(d, n, t, value);
	return t == ZONE_CNAME;
}

/* wants - is anything wanted at the name? */
static bool
wants(const struct zonediff_name *n)
{
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++)
		if (n->want[t].count > 0)
			return !n->gone;
	return false;
}

/* pick - the values of a server that are a matter of ours */
static struct zonediff_set
pick(struct zonediff *d, const struct zonediff_name *n,
    const struct zonediff_server *s, enum zone_type t)
{
	struct zonediff_set out = { NULL, 0, 0 };

	for (size_t i = 0; i < s->set[t].count; i++)
		if (mine(d, n, t, s->set[t].v[i]))
			zonediff_put(d, &out, s->set[t].v[i]);
	return out;
}

/* compare - does a server say what is wanted, and in the same words? */
static void
compare(struct zonediff *d, const struct zonediff_name *n,
    struct zonediff_server *s)
{
	const struct zonediff_set none = { NULL, 0, 0 };
	struct zonediff_set has;
	bool same = true;

	for (unsigned i = 0; i < ZONEDIFF_TYPES; i++) {
		enum zone_type t = (enum zone_type)i;

		has = pick(d, n, s, t);
		if (!wants(n)) {
			/* What others have there is none of our business. */
			for (size_t j = 0; j < has.count; j++)
				same &= !is_ours(d, n, t, has.v[j]);
			continue;
		}
		if (!same_values(n, t, &has, n->gone ? &none : &n->want[t]))
			same = false;
		else if (!same_set(&has, &n->want[t]) && t == ZONE_TXT)
			s->notes |= ZONEDIFF_NOTE_WORDS;
	}
	s->same = same;
	if (same && wants(n) && s->ttl_s != d->ttl_s && s->ttl_s != 0 &&
	    d->ttl_s != 0)
		s->notes |= ZONEDIFF_NOTE_TTL;
	if (!same)
		s->notes = 0;
}

/* has_id - does a server give the record with the wanted id? */
static bool
has_id(const struct zonediff *d, const struct zonediff_name *n,
    const struct zonediff_server *s)
{
	const struct zonediff_set *set =
	    s->set[ZONE_CNAME].count > 0 ? &s->far_txt : &s->set[ZONE_TXT];
	struct mtasts_stsrec rec;
	struct mtasts_txt txt[LIMIT_TXT_COUNT];
	size_t count =
	    set->count < LIMIT_TXT_COUNT ? set->count : LIMIT_TXT_COUNT;

	/* A CNAME that leads to where the record is looked at, too. */
	if (n->want[ZONE_CNAME].count > 0 && s->same)
		return true;
	for (size_t i = 0; i < count; i++)
		txt[i] = (struct mtasts_txt){ set->v[i].p, set->v[i].len };
	return mtasts_stsrec_parse(txt, count, &rec, NULL) ==
	    MTASTS_VERDICT_VALID &&
	    strcmp(rec.id, d->id) == 0;
}

/* note_foreign - the first value that is to go and is not ours */
static void
note_foreign(const struct zonediff *d, struct zonediff_name *n,
    enum zone_type t, const struct zonediff_set *old)
{
	bool cname = n->want[ZONE_CNAME].count > 0;

	if (n->kind == ZONEDIFF_VALUE)
		return;
	for (size_t i = 0; i < old->count && !n->foreign; i++) {
		/* Beside a CNAME nothing can stay. */
		if (!mine(d, n, t, old->v[i]) && !cname)
			continue;
		if (is_ours(d, n, t, old->v[i]))
			continue;
		n->foreign = true;
		n->foreign_value = old->v[i];
	}
}

/* plan_type - what the records of one type become */
static void
plan_type(struct zonediff *d, struct zonediff_name *n, enum zone_type t)
{
	const struct zonediff_server *s = &n->servers[n->primary];
	struct zonediff_set new_ = { NULL, 0, 0 };
	struct zonediff_change *c;
	bool keep = n->want[ZONE_CNAME].count == 0 || t == ZONE_CNAME;

	for (size_t i = 0; i < s->set[t].count; i++) {
		struct str v = s->set[t].v[i];
		bool goes = wants(n) || n->gone
		    ? mine(d, n, t, v)
		    : mine(d, n, t, v) && is_ours(d, n, t, v);

		if (!goes && (keep || !wants(n)))
			zonediff_put(d, &new_, v);
	}
	for (size_t i = 0; wants(n) && i < n->want[t].count; i++)
		zonediff_put(d, &new_, n->want[t].v[i]);
	if (same_set(&s->set[t], &new_))
		return;
	if (wants(n))
		note_foreign(d, n, t, &s->set[t]);
	c = &n->change[n->change_count++];
	*c = (struct zonediff_change){ t, s->set[t], new_ };
}

/* plan - what is to be written at the primary */
static void
plan(struct zonediff *d, struct zonediff_name *n)
{
	bool any = false;

	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++) {
		const struct zonediff_set *has = &n->servers[n->primary].set[t];

		for (size_t i = 0; i < has->count; i++)
			any |= mine(d, n, (enum zone_type)t, has->v[i]);
		plan_type(d, n, (enum zone_type)t);
	}
	n->state = !wants(n) ? ZONEDIFF_REMOVE
	    : any	     ? ZONEDIFF_CHANGE
			     : ZONEDIFF_ADD;
}

/* elsewhere - others' records that lead to the same addresses, or texts */
static bool
elsewhere(const struct zonediff *d, const struct zonediff_name *n)
{
	const struct zonediff_server *s = &n->servers[n->primary];
	size_t i, found = 0;

	if (n->kind == ZONEDIFF_HOST)
		return n->want_ends.count > 0 &&
		    same_set(&n->want_ends, &n->has_ends);
	if (s->set[ZONE_CNAME].count == 0 || n->want[ZONE_TXT].count != 1)
		return false;
	for (i = 0; i < s->far_txt.count; i++) {
		if (!zonediff_relevant(n->kind, s->far_txt.v[i]))
			continue;
		if (!zonediff_same_text(
			n->kind, s->far_txt.v[i], n->want[ZONE_TXT].v[0]))
			return false;
		found++;
	}
	return found == 1;
}

/* judge_name - every server of it, then what is to be done */
static void
judge_name(struct zonediff *d, struct zonediff_name *n)
{
	n->state = ZONEDIFF_UNKNOWN;
	n->foreign = false;
	n->change_count = 0;
	for (size_t i = 0; i < n->server_count; i++) {
		struct zonediff_server *s = &n->servers[i];

		s->notes = 0;
		s->same = s->has_id = false;
		if (s->failed)
			continue;
		compare(d, n, s);
		s->has_id = n->kind == ZONEDIFF_STS && has_id(d, n, s);
	}
	if (n->primary >= n->server_count || n->servers[n->primary].failed)
		return;
	n->state = ZONEDIFF_SAME;
	if (n->servers[n->primary].same)
		return;
	plan(d, n);
	if (!n->foreign || !elsewhere(d, n))
		return;
	n->state = ZONEDIFF_SAME;
	n->foreign = false;
	n->change_count = 0;
	for (size_t i = 0; i < n->server_count; i++) {
		struct zonediff_server *s = &n->servers[i];
		bool alike = !s->failed;

		for (unsigned t = 0; alike && t < ZONEDIFF_TYPES; t++)
			alike = same_set(
			    &s->set[t], &n->servers[n->primary].set[t]);
		if (!alike)
			continue;
		s->same = true;
		s->notes = ZONEDIFF_NOTE_ELSEWHERE;
	}
}

void
zonediff_judge(struct zonediff *d)
{
	for (size_t i = 0; i < d->count; i++)
		judge_name(d, &d->names[i]);
}

bool
zonediff_needs_ends(const struct zonediff_name *n)
{
	return n->kind == ZONEDIFF_HOST && n->foreign &&
	    n->want_ends.count == 0;
}

bool
zonediff_agree(const struct zonediff_name *n)
{
	for (size_t i = 0; i < n->server_count; i++)
		if (!n->servers[i].failed && !n->servers[i].same)
			return false;
	return true;
}

bool
zonediff_id_live(const struct zonediff *d)
{
	bool any = false;

	if (d->id[0] == '\0')
		return false;
	for (size_t i = 0; i < d->count; i++) {
		const struct zonediff_name *n = &d->names[i];

		if (n->kind != ZONEDIFF_STS || (!wants(n) && !n->watched))
			continue;
		if (n->server_count == 0)
			return false;
		for (size_t j = 0; j < n->server_count; j++)
			if (!n->servers[j].has_id)
				return false;
		any = true;
	}
	return any;
}
