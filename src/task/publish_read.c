/*
 * publish_read.c - what the registry says of a name, and what it is to keep
 *
 * RFC 8461 section 8.1: what is to be live is what is served now, so it is read
 * anew before each thing that depends on it. Short transactions, each its own.
 */
#include "task/publish_int.h"

#include "io/loop.h"

#define ROUNDS_MAX 20 /* that often it may begin anew */

/* read_settings - what holds for a row */
static enum mtasts_err
read_settings(struct publish *job, const struct registry_row *row,
    struct publish_facts *f)
{
	struct registry *r = job->p->conf.registry;
	struct registry_row target;
	const struct registry_row *owner = row;
	struct settings builtin, given;
	enum mtasts_err err = registry_defaults(r, job->arena, &given);

	if (err == MTASTS_OK && row->target.len > 0) {
		err = registry_find(r, row->target, job->arena, &target);
		owner = &target;
	}
	if (err == MTASTS_OK)
		err = registry_settings(r, owner, job->arena, &f->own);
	if (err != MTASTS_OK)
		return err;
	settings_builtin(&builtin);
	settings_merge(&builtin, &given, &f->defaults);
	settings_merge(&f->defaults, &f->own, &f->merged);
	return leadsto_read(&f->merged, job->host, job->arena, &f->to);
}

/* read_all - in a transaction */
static enum mtasts_err
read_all(struct publish *job, struct publish_facts *f)
{
	struct registry *r = job->p->conf.registry;
	struct registry_row row;
	enum mtasts_err err;

	err = registry_find(r, str_of(job->domain), job->arena, &row);
	if (err == MTASTS_OK)
		err = read_settings(job, &row, f);
	/* Once: what changes after this moment is found when it is written. */
	if (err == MTASTS_OK && job->row.domain.p == NULL)
		err = registry_find_published(
		    r, str_of(job->domain), job->arena, &job->row);
	if (err != MTASTS_OK)
		return err;
	f->served = row.served;
	f->id = row.served ? row.policy.id : STR("");
	f->body = row.policy.body;
	f->target = arena_dup(job->arena, row.target);
	f->removing_at = row.removing_at;
	f->until_at = row.until_at;
	f->run_out = row.removing_at != 0 && loop_time_s() >= row.until_at;
	return f->target != NULL ? MTASTS_OK : MTASTS_ENOMEM;
}

enum mtasts_err
publish_read(struct publish *job)
{
	struct registry *r = job->p->conf.registry;
	struct publish_facts f = { .target = "" };
	enum mtasts_err err = registry_begin(r, REGISTRY_READ);

	if (err == MTASTS_OK)
		err = read_all(job, &f);
	registry_rollback(r);
	if (err == MTASTS_OK)
		job->facts = f;
	return err;
}

bool
publish_moved(struct publish *job)
{
	static const struct publish_outcome gone = { .end = PUBLISH_GONE,
		.quiet = true };
	static const struct publish_outcome busy = { .end = PUBLISH_LATER };
	struct str id = job->facts.id;
	bool run_out = job->facts.run_out;
	enum mtasts_err err = publish_read(job);

	if (err == MTASTS_ENOENT) {
		publish_end(job, &gone, "%s", "");
		return true;
	}
	if (err != MTASTS_OK) {
		publish_end_unread(job, err);
		return true;
	}
	if (str_eq(id, job->facts.id) && run_out == job->facts.run_out)
		return false;
	if (++job->rounds > ROUNDS_MAX)
		publish_end(job, &busy,
		    "the policy of %s was changed again and again",
		    job->domain);
	else if (job->facts.run_out)
		publish_gone(job);
	else
		publish_begin_step(job, PUBLISH_BODY);
	return true;
}

enum mtasts_err
publish_remember(struct publish *job, bool settled)
{
	struct registry *r = job->p->conf.registry;
	enum mtasts_err err = registry_begin(r, REGISTRY_WRITE);

	job->row.domain = str_of(job->domain);
	if (err == MTASTS_OK)
		err = registry_put_published(r, &job->row, settled);
	if (err == MTASTS_OK)
		err = registry_commit(r);
	if (err != MTASTS_OK)
		registry_rollback(r);
	return err;
}
