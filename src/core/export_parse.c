/*
 * export_parse.c - reading the export file, and plain lists of names
 *
 * All faults are told, each with the line of its entry, so that a file of
 * 10,000 names is mended in one go. Knows the document, not its entries, and
 * no registry: what an entry means beside others is for task/domain.
 */
#include "core/export.h"

#include "core/export_entry.h"
#include "core/export_split.h"

#include <stdlib.h>

/* read_piece - have one piece of the document read as JSON; null: a fault */
static struct js *
read_piece(struct export_reader *r, struct str piece)
{
	struct js *v = NULL;
	enum mtasts_err err = js_parse(piece, NULL, &v, r->some);

	if (err == MTASTS_ESYNTAX || err == MTASTS_ELIMIT) {
		r->bad = true;
		export_relay(r, "", true);
		if (err == MTASTS_ELIMIT)
			export_fault(r, EXPORT_JSON, "this entry is too large");
	} else if (err != MTASTS_OK) {
		export_fail(r, err);
	}
	return v;
}

/* broken - the document cannot be cut any further; false, to be returned */
static bool
broken(struct export_reader *r, const struct export_split *s, const char *what)
{
	r->line = s->line;
	r->entry = "";
	r->broken = true;
	export_fault(r, EXPORT_JSON, "%s", what);
	return false;
}

/* read_entry - one element of an array of domains */
static void
read_entry(struct export_reader *r, struct str piece, bool former)
{
	size_t before = r->file->count;
	bool bad = r->bad;
	struct js *v;

	r->bad = false;
	v = read_piece(r, piece);
	if (v != NULL)
		export_read_domain(r, v, former);
	js_free(v);
	if (r->bad && r->file->count > before)
		r->file->domains[before].faulty = true;
	else if (r->bad)
		r->file->nameless = true;
	r->bad |= bad;
}

/* read_domains - an array of domains; false when it cannot be cut up */
static bool
read_domains(struct export_reader *r, struct export_split *s, bool former)
{
	struct str piece;

	if (!export_split_take(s, '['))
		return broken(r, s, "an array of domains must stand here");
	if (export_split_take(s, ']'))
		return true;
	do {
		r->entry = "";
		if (!export_split_value(s, &piece, &r->line))
			return broken(
			    r, s, "a domain's object must stand here, and end");
		read_entry(r, piece, former);
	} while (!r->err && export_split_take(s, ','));
	r->entry = "";
	if (!r->err && !export_split_take(s, ']'))
		return broken(
		    r, s, "a comma or the end of the array is missing");
	return true;
}

/* read_defaults - the settings that hold for all; wrong ones spoil the rest */
static void
read_defaults(struct export_reader *r, struct str piece)
{
	bool bad = r->bad;
	struct js *v;

	r->bad = false;
	v = read_piece(r, piece);
	r->entry = "defaults: ";
	r->file->has_defaults = true;
	if (v != NULL)
		export_read_settings(r, v, &r->file->defaults);
	r->entry = "";
	r->broken |= r->bad;
	r->bad |= bad;
	js_free(v);
}

enum member {
	MEMBER_FORMAT = 0,
	MEMBER_DEFAULTS,
	MEMBER_DOMAINS,
	MEMBER_FORMER,
	MEMBER_COUNT
};

/* find_member - which member of the document a key names */
static enum member
find_member(struct str key)
{
	static const char *const keys[MEMBER_COUNT] = { "\"format\"",
		"\"defaults\"", "\"domains\"", "\"former\"" };
	unsigned i;

	for (i = 0; i < MEMBER_COUNT; i++)
		if (str_eq(key, str_of(keys[i])))
			break;
	return (enum member)i;
}

/* read_top - one member of the document; false when it cannot be cut up */
static bool
read_top(struct export_reader *r, struct export_split *s, unsigned *seen)
{
	struct diag_quote q;
	enum member member;
	struct str key, piece;

	if (!export_split_value(s, &key, &r->line) ||
	    !export_split_take(s, ':'))
		return broken(r, s, "a key and a colon must stand here");
	member = find_member(key);
	if (member < MEMBER_COUNT && (*seen & (1u << member)))
		export_fault(
		    r, EXPORT_TWICE, "%s is there twice", diag_quote(&q, key));
	*seen |= 1u << member;
	if (member == MEMBER_DOMAINS || member == MEMBER_FORMER)
		return read_domains(r, s, member == MEMBER_FORMER);
	if (!export_split_value(s, &piece, &r->line))
		return broken(r, s, "a value must stand here, and end");
	if (member == MEMBER_COUNT) {
		export_fault(r, EXPORT_FORMAT, "%s is not known here",
		    diag_quote(&q, key));
	} else if (member == MEMBER_FORMAT) {
		if (str_eq(piece, STR("\"" EXPORT_NAME "\"")))
			return true;
		r->broken = true;
		export_fault(r, EXPORT_FORMAT,
		    "the format is %s, not \"" EXPORT_NAME "\"",
		    diag_quote(&q, piece));
	} else {
		read_defaults(r, piece);
	}
	return true;
}

/* read_json - the whole document */
static void
read_json(struct export_reader *r, struct str text)
{
	struct export_split s;
	unsigned seen = 0;
	bool whole = true;

	export_split_begin(&s, text);
	if (!export_split_take(&s, '{')) {
		broken(r, &s, "an object must stand here");
		return;
	}
	if (!export_split_take(&s, '}')) {
		do
			whole = read_top(r, &s, &seen);
		while (whole && !r->err && export_split_take(&s, ','));
		if (!whole || r->err)
			return;
		if (!export_split_take(&s, '}'))
			broken(
			    r, &s, "a comma or the closing brace is missing");
	}
	if (!r->bad && !export_split_end(&s))
		broken(r, &s, "something follows the end of the document");
	r->line = 0;
	if (!r->bad && !(seen & (1u << MEMBER_FORMAT)))
		export_fault(r, EXPORT_FORMAT, "there is no \"format\"");
}

/* read_list - a plain list of names */
static void
read_list(struct export_reader *r, struct str text)
{
	struct str rest = text, line;

	r->file->names_only = true;
	while (!r->err && str_line(&rest, &line, NULL)) {
		struct export_domain *d;
		const char *name;

		r->line++;
		if (str_ends(line, STR("\r")))
			line.len--;
		line = str_trim(str_sub(line, 0, str_chr(line, '#')));
		if (line.len == 0)
			continue;
		if (str_chr(line, ' ') < line.len ||
		    str_chr(line, '\t') < line.len) {
			export_fault(
			    r, EXPORT_LIST, "there is more than one word");
			continue;
		}
		name = export_read_name(r, line);
		d = export_add(r->file);
		if (d == NULL) {
			export_fail(r, MTASTS_ENOMEM);
			return;
		}
		d->name = name;
		d->line = r->line;
		d->faulty = *name == '\0';
	}
}

/* order - of two indices, by name, then by line */
static int
order(const void *a, const void *b, void *arg)
{
	const struct export_domain *d = arg;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	int by_name = str_cmp(str_of(d[i].name), str_of(d[k].name));

	return by_name != 0 ? by_name : (i > k) - (i < k);
}

/* make_index - sort the names; the same name twice is a fault */
static void
make_index(struct export_reader *r)
{
	struct export_file *f = r->file;

	f->by_name = mem_zalloc(f->count + 1, sizeof(*f->by_name));
	if (f->by_name == NULL) {
		export_fail(r, MTASTS_ENOMEM);
		return;
	}
	for (size_t i = 0; i < f->count; i++)
		f->by_name[i] = i;
	qsort_r(f->by_name, f->count, sizeof(*f->by_name), order, f->domains);
	/* The empty name stands in front of all others. */
	if (f->count > 0 && *f->domains[f->by_name[0]].name == '\0')
		f->nameless = true;
	for (size_t i = 1; i < f->count; i++) {
		struct export_domain *a = &f->domains[f->by_name[i - 1]];
		struct export_domain *b = &f->domains[f->by_name[i]];

		if (*a->name == '\0' || strcmp(a->name, b->name) != 0)
			continue;
		b->faulty = true;
		r->line = b->line;
		export_fault(r, EXPORT_TWICE, "%s is in line %u already",
		    b->name, a->line);
	}
}

enum mtasts_err
export_parse_some(struct str text, const char *name, struct export_file **out,
    struct mtasts_diags *diags)
{
	struct export_reader r = { .diags = diags, .name = name, .entry = "" };
	struct export_split s;
	bool json;

	if (text.len > EXPORT_MAX)
		return MTASTS_ELIMIT;
	r.file = export_new();
	r.some = mtasts_diags_new();
	if (r.file == NULL || r.some == NULL)
		export_fail(&r, MTASTS_ENOMEM);
	export_split_begin(&s, text);
	json = export_split_take(&s, '{') || export_split_take(&s, '[');
	if (!r.err && json)
		read_json(&r, text);
	else if (!r.err)
		read_list(&r, text);
	if (!r.err)
		make_index(&r);
	mtasts_diags_free(r.some);
	if (!r.err && r.broken)
		r.err = MTASTS_ESYNTAX;
	if (r.err) {
		export_free(r.file);
		return r.err;
	}
	r.file->faulty = r.bad;
	*out = r.file;
	return MTASTS_OK;
}

enum mtasts_err
export_parse(struct str text, const char *name, struct export_file **out,
    struct mtasts_diags *diags)
{
	struct export_file *f = NULL;
	enum mtasts_err err = export_parse_some(text, name, &f, diags);

	if (!err && f->faulty)
		err = MTASTS_ESYNTAX;
	if (!err)
		*out = f;
	else
		export_free(f);
	return err;
}
