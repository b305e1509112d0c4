/*
 * push_read.c - what a domain is to have in DNS, and what was written for it
 *
 * RFC 8461 sections 3.1 and 8.3. From the registry alone, and back: what is
 * going to be written is noted before it is, so that a crash between cannot
 * turn our own value into somebody else's.
 */
#include "task/push.h"

#include "task/push_int.h"
#include "task/records.h"

#include <stdio.h>

static const struct diag_rule rule_moved = { "push", "push-moved", MTASTS_ERROR,
	true, "RFC 8461 section 8.1", "It is begun anew with that." };

static const struct diag_place nowhere;

/* A reading under way. */
struct reading {
	struct push *job;
	struct zonediff *d;
	struct registry *db;
	struct arena *arena;
	struct zonediff_name *at; /* whose values are collected */
	struct str domain;
	bool shared; /* others have records at the name, too */
};

/* type_of - of a column; false for another text */
static bool
type_of(struct str text, enum zone_type *out)
{
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++) {
		if (!str_eq(text, str_of(zone_type_name((enum zone_type)t))))
			continue;
		*out = (enum zone_type)t;
		return true;
	}
	return false;
}

/* on_name - a name that was ever written for the domain */
static bool
on_name(void *arg, const struct registry_pushed *row)
{
	struct reading *r = arg;
	struct zonediff_name *n;
	char name[256];
	size_t count = r->d->count;

	snprintf(name, sizeof(name), "%" STR_FMT, STR_ARG(row->name));
	n = zonediff_at(r->d, name);
	if (n != NULL && r->d->count > count)
		n->part = zone_name_below(row->name, r->domain) ? ZONE_DIRECT
								: ZONE_PROVIDER;
	return n != NULL;
}

/* on_value - a value that was ever written at a name, whomever for */
static bool
on_value(void *arg, const struct registry_pushed_value *row)
{
	struct reading *r = arg;
	enum zone_type type;

	if (!type_of(row->type, &type))
		return true;
	zonediff_put(r->d, &r->at->ours[type], row->value);
	if (row->own)
		zonediff_put(r->d, &r->at->noted[type], row->value);
	r->shared |= row->others;
	return true;
}

/* on_policy - an id that the domain, or its group, ever had */
static bool
on_policy(void *arg, const struct registry_policy *p)
{
	struct reading *r = arg;

	zonediff_put(r->d, &r->d->ids, p->id);
	return true;
}

/* is_wanted - is anything wanted at the name? */
static bool
is_wanted(const struct zonediff_name *n)
{
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++)
		if (n->want[t].count > 0)
			return true;
	return false;
}

/* drop - a name is not looked at */
static void
drop(struct zonediff *d, size_t i)
{
	d->count--;
	memmove(&d->names[i], &d->names[i + 1],
	    (d->count - i) * sizeof(d->names[i]));
}

/* read_written - what was written at all names, and at others before */
static enum mtasts_err
read_written(struct reading *r)
{
	struct registry_pushed_place place = { .domain = r->domain };
	enum mtasts_err err =
	    registry_each_pushed(r->db, r->domain, on_name, r);

	for (size_t i = 0; err == MTASTS_OK && i < r->d->count;) {
		r->at = &r->d->names[i];
		r->shared = false;
		place.name = str_of(r->at->name);
		err = registry_each_pushed_at(r->db, &place, on_value, r);
		/* What others still need is theirs to take away. */
		if (r->shared && !is_wanted(r->at))
			drop(r->d, i);
		else
			i++;
	}
	return err;
}

/* watch - where the CNAMEs of the id lead, when that is not ours to write */
static void
watch(struct reading *r)
{
	for (size_t i = 0; i < r->d->count; i++) {
		const struct zonediff_set *set =
		    &r->d->names[i].want[ZONE_CNAME];
		size_t count = r->d->count;
		struct zonediff_name *n;
		char text[64];

		if (r->d->names[i].kind != ZONEDIFF_STS || set->count == 0)
			continue;
		n = zonediff_at(r->d, set->v[0].p);
		if (n == NULL || r->d->count == count)
			continue;
		n->kind = ZONEDIFF_STS;
		n->watched = true;
		snprintf(text, sizeof(text), "v=STSv1; id=%s;", r->d->id);
		zonediff_put(r->d, &n->want[ZONE_TXT], str_of(text));
	}
}

/* want - the records of a registered domain */
static enum mtasts_err
want(struct reading *r, const struct mtasts_dname *domain,
    struct mtasts_diags *diags)
{
	struct records *records = NULL;
	struct zone_source src;
	struct zone *z = NULL;
	enum mtasts_err err;

	err = records_read_in(r->db, domain, &records, diags);
	if (err != MTASTS_OK)
		return err;
	if (r->job->want.id != NULL &&
	    !str_eq(records->id, str_of(r->job->want.id))) {
		/* RFC 8461 section 8.1: its body was not seen to be live. */
		diag_add(diags, &rule_moved, nowhere,
		    "%s serves another policy by now", domain->text);
		records_free(records);
		return MTASTS_EINVAL;
	}
	records_source(records, &src);
	err = zone_plan(&src, &z, diags);
	/* Without a record that it cannot do without nothing is written. */
	if (err == MTASTS_OK && diag_errors(diags) > 0)
		err = MTASTS_EINVAL;
	if (err == MTASTS_OK)
		zonediff_want(r->d, z, records->id);
	zone_free(z);
	records_free(records);
	return err;
}

/* read_all - the registry's part */
static enum mtasts_err
read_all(struct reading *r, const struct mtasts_dname *domain,
    struct mtasts_diags *diags)
{
	struct registry_row row = { .added_at = 0 };
	enum mtasts_err err = registry_find(r->db, r->domain, r->arena, &row);
	bool there = err == MTASTS_OK;
	struct str group = row.target.len > 0 ? row.target : r->domain;

	if (err != MTASTS_OK && err != MTASTS_ENOENT)
		return err;
	err = MTASTS_OK;
	if (there && (row.removing_at == 0 || loop_time_s() < row.until_at))
		err = want(r, domain, diags);
	if (err == MTASTS_OK)
		err = read_written(r);
	if (err == MTASTS_OK)
		err = registry_each_group_policy(r->db, group, on_policy, r);
	if (err == MTASTS_OK)
		err = registry_each_policy(r->db, r->domain, on_policy, r);
	/* Its findings say what to do about a name that is not registered. */
	if (err == MTASTS_OK && !there && r->d->count == 0)
		err = want(r, domain, diags);
	return err;
}

/* only_hosts - leave out all but where the policy host is */
static void
only_hosts(struct zonediff *d)
{
	for (size_t i = 0; i < d->count;)
		if (d->names[i].kind != ZONEDIFF_HOST)
			drop(d, i);
		else
			i++;
}

/* explain - the first error among the findings, or the code */
static void
explain(struct push *job, enum mtasts_err err, const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;

	for (size_t i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		if (f->severity != MTASTS_ERROR)
			continue;
		push_say(job, f->fix, "%s", f->message);
		return;
	}
	push_say(job, "", "what %s is to have cannot be found out: %s",
	    job->domain, mtasts_strerror(err));
}

bool
push_read(struct push *job)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct reading r = { .job = job,
		.db = job->p->conf.registry,
		.domain = str_of(job->domain) };
	struct registry *opened = NULL;
	struct mtasts_dname domain;
	enum mtasts_err err = MTASTS_ENOMEM;

	r.d = job->diff = zonediff_new(job->domain);
	r.arena = arena_new(1u << 20);
	if (diags == NULL || r.d == NULL || r.arena == NULL)
		goto out;
	err =
	    mtasts_dname_parse(job->domain, r.domain.len, &domain, NULL, NULL);
	if (err == MTASTS_OK && r.db == NULL) {
		err = registry_open(
		    job->p->conf.store_url, REGISTRY_READ, &opened, diags);
		r.db = opened;
	}
	if (err == MTASTS_OK)
		err = read_all(&r, &domain, diags);
	if (err == MTASTS_OK && job->want.host_only)
		only_hosts(r.d);
	else if (err == MTASTS_OK)
		watch(&r);
	if (err == MTASTS_OK && r.d->short_of_memory)
		err = MTASTS_ENOMEM;
	if (err == MTASTS_ESTORE && r.db != NULL)
		registry_explain(r.db, diags);
out:
	job->unregistered = err == MTASTS_ENOENT;
	if (err != MTASTS_OK)
		explain(job, err, diags);
	registry_close(opened);
	arena_free(r.arena);
	mtasts_diags_free(diags);
	return err == MTASTS_OK;
}

/* ---- and back ---- */

/* put_set - the values of one type; those that are remembered need no more */
static enum mtasts_err
put_set(struct push *job, const struct zonediff_name *n, unsigned t)
{
	struct registry_pushed row = { .domain = str_of(job->domain),
		.name = str_of(n->name),
		.type = str_of(zone_type_name((enum zone_type)t)),
		.at = loop_time_s() };
	enum mtasts_err err = MTASTS_OK;

	for (size_t i = 0; err == MTASTS_OK && i < n->want[t].count; i++) {
		row.value = n->want[t].v[i];
		err = registry_push_remember(job->p->conf.registry, &row);
	}
	return err;
}

/* known - are all wanted values remembered for this domain already? */
static bool
known(const struct zonediff_name *n)
{
	size_t i, j;

	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++) {
		for (i = 0; i < n->want[t].count; i++) {
			for (j = 0; j < n->noted[t].count; j++)
				if (str_eq(n->want[t].v[i], n->noted[t].v[j]))
					break;
			if (j == n->noted[t].count)
				return false;
		}
	}
	return true;
}

/* note - all wanted values are ours from now on */
static void
note(struct zonediff *d, struct zonediff_name *n)
{
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++) {
		for (size_t i = 0; i < n->want[t].count; i++) {
			zonediff_put(d, &n->ours[t], n->want[t].v[i]);
			zonediff_put(d, &n->noted[t], n->want[t].v[i]);
		}
	}
}

/* is_settled - is the name as wanted: ours from now on, or gone? */
static bool
is_settled(const struct push *job, size_t i)
{
	const struct zonediff_name *n = &job->diff->names[i];

	return !n->watched && n->state == ZONEDIFF_SAME &&
	    n->primary < n->server_count &&
	    (n->servers[n->primary].notes & ZONEDIFF_NOTE_ELSEWHERE) == 0;
}

/* Which names a pass over them is about. */
typedef bool which(const struct push *job, size_t i);

/* is_next - is it going to be written? */
static bool
is_next(const struct push *job, size_t i)
{
	return job->places[i].write && !job->places[i].written;
}

/* any_news - is there anything to note in the registry? */
static bool
any_news(const struct push *job, which *is)
{
	for (size_t i = 0; i < job->diff->count; i++) {
		const struct zonediff_name *n = &job->diff->names[i];

		if (is(job, i) && (!is_wanted(n) || !known(n)))
			return true;
	}
	return false;
}

/* put_names - in a transaction */
static enum mtasts_err
put_names(struct push *job, which *is)
{
	struct registry *db = job->p->conf.registry;
	enum mtasts_err err = MTASTS_OK;

	for (size_t i = 0; err == MTASTS_OK && i < job->diff->count; i++) {
		struct zonediff_name *n = &job->diff->names[i];

		if (!is(job, i))
			continue;
		for (unsigned t = 0; err == MTASTS_OK && t < ZONEDIFF_TYPES;
		     t++)
			err = put_set(job, n, t);
		if (err == MTASTS_OK && !is_wanted(n) && is == is_settled)
			err = registry_push_forget(
			    db, str_of(job->domain), str_of(n->name));
		if (err == MTASTS_OK)
			note(job->diff, n);
	}
	return err;
}

/* put - those names, all or none */
static enum mtasts_err
put(struct push *job, which *is)
{
	struct registry *db = job->p->conf.registry;
	enum mtasts_err err;

	if (db == NULL || job->answer != NULL || !any_news(job, is))
		return MTASTS_OK;
	err = registry_begin(db, REGISTRY_WRITE);
	if (err == MTASTS_OK)
		err = put_names(job, is);
	if (err == MTASTS_OK)
		err = registry_commit(db);
	return err;
}

bool
push_remember(struct push *job)
{
	struct mtasts_diags *diags;
	enum mtasts_err err = put(job, is_next);

	if (err == MTASTS_OK)
		return true;
	diags = mtasts_diags_new();
	registry_explain(job->p->conf.registry, diags);
	registry_rollback(job->p->conf.registry);
	explain(job, err, diags);
	mtasts_diags_free(diags);
	return false;
}

void
push_settle(struct push *job)
{
	if (job->want.look || job->diff == NULL)
		return;
	/* Next time it is seen again: nothing is lost. */
	if (put(job, is_settled) != MTASTS_OK)
		registry_rollback(job->p->conf.registry);
}
