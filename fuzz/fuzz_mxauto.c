/*
 * fuzz_mxauto - looks at MX records, one after the other: each byte one more
 *
 * Whatever is seen: nothing gets into the list that never passed, nothing goes
 * out of it in mode enforce, trouble changes nothing, and what goes out was
 * seen to be gone for more than a day.
 */
#include "fuzz.h"

#include "core/mxauto.h"

#include <stdio.h>

#define NAMES 8

/* What the looks have shown so far. */
struct world {
	struct mxauto_state state;
	struct mxauto_rules rules;
	struct mxauto_host host[NAMES];
	bool passed[NAMES]; /* once, when it was seen */
	int64_t there_at[NAMES]; /* seen last */
	int64_t now_at;
	unsigned works; /* bit per name */
};

static const char *const names[NAMES] = { "a", "b", "c", "d", "e", "f", "g",
	"h" };

/* in_list - is the i-th name in the list? */
static bool
in_list(const struct mxauto_state *s, unsigned i)
{
	for (size_t k = 0; k < s->count; k++)
		if (strcmp(s->entry[k].name, names[i]) == 0)
			return mxauto_in(&s->entry[k]);
	return false;
}

/* check - what must hold after a look, beside what held before it */
static void
check(const struct world *w, const struct mxauto_state *before, bool usable,
    const struct mxauto_done *done)
{
	size_t added = 0, dropped = 0;

	for (unsigned i = 0; i < NAMES; i++) {
		bool was = in_list(before, i), is = in_list(&w->state, i);

		added += is && !was;
		dropped += was && !is;
		require(!is || w->passed[i]);
		require(usable || was == is);
		if (was && !is)
			require(w->now_at - w->there_at[i] > MXAUTO_KEEP_S);
	}
	require(added == done->added && dropped == done->dropped);
	require(done->changed == (added > 0 || dropped > 0));
	require(!w->rules.enforced || dropped == 0);
	require(done->next_at > w->now_at);
	require((w->state.trouble_at != 0) == !usable);
}

/* look - the names of a byte's bits, or trouble for none */
static void
look(struct world *w, uint8_t bits, bool secure)
{
	struct mxauto_state before = w->state;
	struct mxauto_seen seen = { .at = w->now_at,
		.usable = bits != 0,
		.secure = secure,
		.ttl_s = 3600,
		.host = w->host,
		.why = "trouble" };
	struct mxauto_done done;

	for (unsigned i = 0; i < NAMES; i++) {
		bool works = (w->works >> i & 1) != 0;

		if (!(bits >> i & 1))
			continue;
		w->host[seen.count++] =
		    (struct mxauto_host){ names[i], works, !works };
		w->passed[i] |= works;
		w->there_at[i] = w->now_at;
	}
	require(mxauto_apply(&w->state, &seen, &w->rules, &done, NULL) ==
	    MTASTS_OK);
	check(w, &before, seen.usable, &done);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = calloc(1, sizeof(*w));

	require(w != NULL);
	w->now_at = 1767225600;
	w->rules.ttl_s = 300;
	for (size_t i = 0; i + 1 < size; i += 2) {
		/* How: time that passes, what works, the mode, DNSSEC. */
		uint8_t how = data[i];

		w->now_at += INT64_C(600) << (how & 7);
		w->rules.enforced = (how & 8) != 0;
		w->works = how & 16 ? 0xff : (unsigned)data[i + 1] >> 1;
		look(w, data[i + 1], (how & 32) != 0);
	}
	free(w);
	return 0;
}
