/*
 * dest.c - what is remembered of one destination while it is in use
 *
 * A bare container: who owns the policy, and giving everything back. What the
 * facts mean is core/decide's matter; it alone changes them.
 */
#include "core/dest.h"

#include "base/arena.h"

struct dest *
dest_new(const struct destkey *key)
{
	struct dest *d = mem_zalloc(1, sizeof(*d));

	if (d != NULL)
		d->key = *key;
	return d;
}

/* let_go - of the policy, and of what was made of it */
static void
let_go(struct dest *d)
{
	if (!d->policy_borrowed)
		mem_free(d->policy);
	mtasts_policy_free(d->parsed);
	d->policy = NULL;
	d->parsed = NULL;
	d->policy_borrowed = false;
	d->once = false;
}

void
dest_free(struct dest *d)
{
	if (d == NULL)
		return;
	let_go(d);
	dest_free_mx(d->mx, d->mx_count);
	mem_free(d);
}

void
dest_free_mx(struct dest_mx *mx, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(mx[i].name);
		mem_free(mx[i].base);
		mem_free(mx[i].why);
	}
	mem_free(mx);
}

void
dest_set_policy(struct dest *d, struct cached *policy, bool borrowed)
{
	if (policy != d->policy)
		let_go(d);
	d->policy = policy;
	d->policy_borrowed = borrowed;
	d->generation++;
}

/* text_size - bytes of a text that may be null */
static size_t
text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

size_t
dest_size(const struct dest *d)
{
	size_t size = sizeof(*d) + d->mx_count * sizeof(*d->mx);

	for (size_t i = 0; i < d->mx_count; i++)
		size += text_size(d->mx[i].name) + text_size(d->mx[i].base) +
		    text_size(d->mx[i].why);
	if (d->policy != NULL && !d->policy_borrowed)
		size += sizeof(*d->policy) + d->policy->text_len;
	/* Pattern and pointer are about as long as their line. */
	if (d->parsed != NULL)
		size += 2 * d->policy->text_len;
	return size;
}
