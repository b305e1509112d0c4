/*
 * resolve_save.c - a policy that a run has changed, and those who share it
 *
 * The memory of policies (task/policies) owns a policy once it has it; the
 * destinations of its domain borrow it. Before one is put in the place of
 * another, or dropped, all of them let go of the old one.
 */
#include "task/resolve_int.h"

/* domain_of - the policy domain it is about */
static struct str
domain_of(const struct run *run)
{
	const struct mtasts_dname *name = &run->e->dest->key.domain;

	return str_make(name->text, name->len);
}

/* follow_kin - others of the policy domain borrow what is there now */
static void
follow_kin(struct run *run)
{
	struct resolve *r = run->r;
	struct entry *e = entry_first(r, domain_of(run));

	for (; e != NULL; e = e->kin) {
		if (e == run->e)
			continue;
		entry_policy(r, e);
		entry_unready(e);
		if (e->run != NULL)
			run_restart(e->run);
	}
}

/* leave_policy - kin forget the policy they borrow: it is going to go */
static void
leave_policy(struct run *run)
{
	struct entry *e = entry_first(run->r, domain_of(run));

	for (; e != NULL; e = e->kin)
		if (e != run->e && e->dest->policy_borrowed)
			dest_set_policy(e->dest, NULL, false);
}

void
run_save(struct run *run)
{
	struct policies *policies = run->r->conf.policies;
	struct dest *d = run->e->dest;

	if (!decide_policy_changed(run->decide))
		return;
	if (d->policy != NULL && d->policy_borrowed) {
		policies_touch(policies, d->policy);
		return;
	}
	leave_policy(run);
	if (d->policy == NULL || d->once)
		policies_drop(policies, domain_of(run));
	else if (policies_put(policies, d->policy) == MTASTS_OK)
		dest_set_policy(d, d->policy, true);
	follow_kin(run);
	entry_policy(run->r, run->e);
}
