/*
 * audit_pick.c - which checks are wanted: "S05,P,F01"
 *
 * From the words of a command line to bits. All or nothing: a list with a word
 * that fits no check changes nothing.
 */
#include "core/audit.h"

#define CHECKS_MAX 128u

/* fits - is a check meant by the word: its id, or the letter it begins with? */
static bool
fits(const struct check *c, struct str word)
{
	struct str id = str_of(c->id);

	return str_eq_nocase(word, id) ||
	    (word.len == 1 && str_eq_nocase(word, str_sub(id, 0, 1)));
}

/* set - want the i-th check, or not */
static void
set(struct audit_pick *pick, size_t i, bool on)
{
	uint64_t bit = UINT64_C(1) << i % 64;

	if (on)
		pick->on[i / 64] |= bit;
	else
		pick->on[i / 64] &= ~bit;
}

/* set_word - all checks that a word means; false when it means none */
static bool
set_word(struct audit_pick *pick, struct str word, bool on)
{
	const struct check *c;
	bool found = false;

	for (size_t i = 0; i < CHECKS_MAX && (c = checks_get(i)) != NULL; i++)
		if (fits(c, word)) {
			set(pick, i, on);
			found = true;
		}
	return found;
}

/* start - from none, or from all */
static void
start(struct audit_pick *pick, bool all)
{
	if (pick->some)
		return;
	pick->some = true;
	pick->on[0] = pick->on[1] = all ? UINT64_MAX : 0;
	/* It exists only when it is asked for in words of its own. */
	set_word(pick, STR("X01"), true);
}

bool
audit_pick_add(
    struct audit_pick *pick, struct str list, bool on, struct str *bad)
{
	struct audit_pick new = *pick;
	struct str word;
	bool more;

	start(&new, !on);
	do {
		more = str_cut(list, ',', &word, &list);
		word = str_trim(word);
		if (!set_word(&new, word, on)) {
			*bad = word;
			return false;
		}
	} while (more);
	*pick = new;
	return true;
}
