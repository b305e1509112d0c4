/*
 * inspect_own.c - what the registry knows of a domain that was looked at
 *
 * The id and text that should be out there, since when the mode holds, and
 * whether what is out there is something that was served before.
 */
#include "task/inspect_own.h"

#include "base/arena.h"

#include <stdio.h>

#define ARENA_MAX ((size_t)16 << 20)

/* What a walk through the history looks for. */
struct history {
	struct seen *s;
	struct str id; /* in DNS */
	struct str text; /* served */
};

/* on_policy - one that was served, oldest first, the present one last */
static bool
on_policy(void *arg, const struct registry_policy *p)
{
	struct history *h = arg;
	struct seen_own *own = &h->s->own;

	if (p->mode != own->mode)
		own->mode_since_at = 0;
	else if (own->mode_since_at == 0)
		own->mode_since_at = p->first_at;
	if (p->replaced_at == 0)
		return true;
	own->id_was_ours |= str_eq(p->id, h->id);
	own->text_was_ours |= h->text.len > 0 && str_eq(p->body, h->text);
	return true;
}

/* fill - from the row and the history */
static enum mtasts_err
fill(struct registry *r, const struct registry_row *row, struct seen *s)
{
	struct history h = { s, str_of(s->rec.id), { 0 } };
	struct seen_own *own = &s->own;

	if (!row->served)
		return MTASTS_OK;
	own->text.p = arena_dup(s->arena, row->policy.body);
	if (own->text.p == NULL)
		return MTASTS_ENOMEM;
	own->text.len = row->policy.body.len;
	own->registered = true;
	own->mode = row->policy.mode;
	snprintf(
	    own->id, sizeof(own->id), "%" STR_FMT, STR_ARG(row->policy.id));
	if (row->removing_at != 0)
		own->remove_after_at = row->until_at;
	if (s->best != NULL)
		h.text = s->best->got->body;
	return registry_each_policy(r, row->name, on_policy, &h);
}

enum mtasts_err
inspect_own(struct registry *r, struct seen *s)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct registry_row row;
	enum mtasts_err err = MTASTS_ENOMEM;

	if (arena != NULL)
		err = registry_find(r, str_of(s->domain), arena, &row);
	if (err == MTASTS_OK)
		err = fill(r, &row, s);
	if (err == MTASTS_ENOENT)
		err = MTASTS_OK;
	arena_free(arena);
	return err;
}
