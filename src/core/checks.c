/*
 * checks - what is looked at, why it matters, and all that can be found
 *
 * What is right or wrong is decided in the rooms that read the data and in
 * those that judge what was seen; their tables of rules are joined here, and
 * the words of checks_words with them. A new table is one row in tables[].
 *
 * RFC 8461, RFC 8460.
 */
#include "core/checks.h"
#include "core/checks_words.h"
#include "core/judge.h"
#include "core/policy_note.h"
#include "core/txtrec_rules.h"
#include "core/zone.h"
#include "core/zone_name.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define COLUMNS	 78u /* of the text for people */

/*
 * Rooms with rules: an array with its length or with a rule without id at its
 * end, or a list of pointers that a null ends.
 */
static const struct {
	const struct diag_rule *rules;
	size_t count; /* 0: a rule without id ends it */
	const struct diag_rule *const *pointers;
} tables[] = {
	{ .rules = stsrec_rules, .count = STSREC_RULES },
	{ .pointers = zone_name_rules },
	{ .pointers = zone_rules },
	{ .rules = policy_rules, .count = POLICY_RULE_COUNT },
	{ .rules = rptrec_rules, .count = RPTREC_RULES },
	{ .rules = judge_sts_rules },
	{ .rules = judge_host_rules },
	{ .rules = judge_mx_rules },
	{ .rules = judge_smtp_rules },
	{ .rules = judge_rpt_rules },
	{ .rules = judge_own_rules },
	{ .rules = judge_sum_rules },
};

const struct check *
checks_get(size_t i)
{
	for (size_t p = 0; p < CHECKS_PARTS; p++) {
		if (i < checks_parts[p].count)
			return &checks_parts[p].list[i];
		i -= checks_parts[p].count;
	}
	return NULL;
}

size_t
checks_index(const char *id)
{
	size_t first = 0;

	for (size_t p = 0; p < CHECKS_PARTS; p++) {
		const struct checks_part *part = &checks_parts[p];

		/* All of a part begin with one letter. */
		for (size_t i = 0;
		     i < part->count && part->list[0].id[0] == id[0]; i++)
			if (strcmp(part->list[i].id, id) == 0)
				return first + i;
		first += part->count;
	}
	return SIZE_MAX;
}

const char *
checks_part(char letter)
{
	for (size_t p = 0; p < CHECKS_PARTS; p++)
		if (checks_parts[p].list[0].id[0] == letter)
			return checks_parts[p].title;
	return "";
}

const struct check *
checks_find(struct str id)
{
	const struct check *c;

	for (size_t i = 0; (c = checks_get(i)) != NULL; i++)
		if (str_eq_nocase(id, str_of(c->id)))
			return c;
	return NULL;
}

/* table_count - how many rules a table has */
static size_t
table_count(size_t table)
{
	const struct diag_rule *const *p = tables[table].pointers;
	const struct diag_rule *r = tables[table].rules;
	size_t n = tables[table].count;

	while (p != NULL && p[n] != NULL)
		n++;
	while (p == NULL && tables[table].count == 0 && r[n].id != NULL)
		n++;
	return n;
}

const struct diag_rule *
checks_rule(size_t i)
{
	for (size_t t = 0; t < COUNT(tables); t++) {
		size_t count = table_count(t);

		if (i < count)
			return tables[t].pointers != NULL
			    ? tables[t].pointers[i]
			    : &tables[t].rules[i];
		i -= count;
	}
	return NULL;
}

const char *
checks_status(const struct diag_rule *rule)
{
	switch (rule->severity) {
	case MTASTS_ERROR:
		return "fail";
	case MTASTS_WARNING:
		return "warn";
	case MTASTS_INFO:
		break;
	}
	return "info";
}

/* put_words - a text in lines that begin with so many blanks */
static void
put_words(struct buf *b, unsigned indent, const char *text)
{
	struct str word, rest = str_of(text);
	size_t column = 0;
	bool more;

	do {
		more = str_cut(rest, ' ', &word, &rest);
		if (column > 0 && column + 1 + word.len > COLUMNS) {
			buf_putc(b, '\n');
			column = 0;
		}
		if (column == 0)
			buf_putf(b, "%*s", (int)indent, "");
		else
			buf_putc(b, ' ');
		buf_put_str(b, word);
		column += (column == 0 ? indent : 1) + word.len;
	} while (more);
	buf_putc(b, '\n');
}

void
checks_explain(const struct check *check, struct buf *b)
{
	const struct diag_rule *r;

	buf_putf(b, "%s  %s\n\n", check->id, check->title);
	put_words(b, 2, check->why);
	for (size_t i = 0; (r = checks_rule(i)) != NULL; i++) {
		if (strcmp(r->id, check->id) != 0)
			continue;
		buf_putf(b, "\n  %s  %s%s%s\n", checks_status(r), r->name,
		    r->rfc[0] != '\0' ? "  " : "", r->rfc);
		put_words(b, 8, r->fix);
	}
	buf_putf(b, "\n  skip  when %s\n", check->skip);
}
