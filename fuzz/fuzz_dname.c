/*
 * fuzz_dname - domain names and MX patterns from any bytes
 *
 * What was read has one form only: it reads as itself, with nothing to note
 * but an underscore.
 */
#include "core/mxpattern.h"
#include "fuzz.h"

/* check_name - in bounds, of the bytes names have, and stable */
static void
check_name(const struct mtasts_dname *name, unsigned notes)
{
	struct mtasts_dname again;
	unsigned more = 0;
	size_t i;

	require(name->len > 0 && name->len <= 253);
	require(strlen(name->text) == name->len);
	for (i = 0; i < name->len; i++) {
		char c = name->text[i];

		require(ascii_alnum(c) || strchr("-._", c) != NULL);
		require(ascii_lower(c) == c);
	}
	require(mtasts_dname_parse(
		    name->text, name->len, &again, &more, NULL) == MTASTS_OK);
	require(strcmp(again.text, name->text) == 0);
	require(more == (notes & MTASTS_DNAME_UNDERSCORE));
	(void)mtasts_dname_is_public_suffix(name);
}

/* check_pattern - a pattern that is none says why; one fits its own name */
static void
check_pattern(struct str s)
{
	enum mtasts_dname_fault why = MTASTS_DNAME_FINE;
	enum mxpattern_fault fault = MXPATTERN_FINE;
	struct mxpattern p;
	unsigned notes = 0;

	if (!mxpattern_parse(s, &p, &notes, &fault, &why)) {
		require(fault != MXPATTERN_FINE);
		require(fault != MXPATTERN_NAME || why != MTASTS_DNAME_FINE);
		return;
	}
	check_name(&p.name, notes);
	require(mxpattern_fits(&p, &p.name) == !p.wildcard);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_make((const char *)data, size);
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct mtasts_dname name;
	unsigned notes = 0;

	if (mtasts_dname_parse(s.p, s.len, &name, &notes, &fault) == MTASTS_OK)
		check_name(&name, notes);
	else
		require(fault != MTASTS_DNAME_FINE);
	check_pattern(s);
	return 0;
}
