/*
 * taglist - the "k=v; k=v" grammar that both TXT records share
 *
 * RFC 8461 section 3.1, RFC 8460 section 3; the two grammars differ in their
 * versions and known fields only. Must not know either record.
 */
#include "core/taglist.h"

#include "core/limits.h"

void
taglist_begin(struct taglist *list, struct str text)
{
	list->text = text;
	list->pos = 0;
	list->done = false;
}

/* name_byte - may the byte at this offset stand in a field's name? */
static bool
name_byte(char c, size_t i)
{
	return ascii_alnum(c) || (i > 0 && (c == '_' || c == '-' || c == '.'));
}

/* bad_name_byte - offset of the first byte that no name may have, or len */
static size_t
bad_name_byte(struct str name)
{
	size_t i;

	for (i = 0; i < name.len && i < LIMIT_EXT_NAME; i++)
		if (!name_byte(name.p[i], i))
			break;
	return i;
}

size_t
taglist_bad_byte(struct str value)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		char c = value.p[i];

		if (c < '!' || c > '~' || c == '=' || c == ';')
			break;
	}
	return i;
}

/* set_fault - note a fault at an offset of the field */
static void
set_fault(struct taglist_field *f, enum taglist_fault fault, size_t offset)
{
	f->fault = fault;
	f->fault_column = f->column + (unsigned)offset;
}

/* check - the first fault of a field that was taken apart */
static void
check(struct taglist_field *f, struct str name, struct str value)
{
	size_t bad;

	if (f->text.len == 0) {
		set_fault(f, TAGLIST_EMPTY, 0);
		return;
	}
	if (f->name.len == f->text.len) {
		set_fault(f, TAGLIST_NO_EQUALS, 0);
		return;
	}
	bad = bad_name_byte(f->name);
	if (bad < f->name.len || f->name.len == 0) {
		set_fault(f, TAGLIST_NAME, bad);
		return;
	}
	if (f->name.len != name.len || f->value.len != value.len) {
		set_fault(f, TAGLIST_NAME_BLANK, f->name.len);
		return;
	}
	bad = taglist_bad_byte(f->value);
	if (f->value.len == 0)
		set_fault(f, TAGLIST_VALUE_EMPTY, name.len);
	else if (bad < f->value.len)
		set_fault(f, TAGLIST_VALUE, name.len + 1 + bad);
}

/* end_blank - column of blanks that no semicolon before them excuses */
static unsigned
end_blank(struct str raw, const struct taglist_field *f)
{
	struct str last = str_trim_right(raw);

	if (f->text.len == 0 || last.len == raw.len)
		return 0;
	return f->column + (unsigned)f->text.len;
}

bool
taglist_next(struct taglist *list, struct taglist_field *f)
{
	struct str rest, raw, after, name, value;
	size_t start;

	if (list->done)
		return false;
	rest = str_sub(list->text, list->pos, list->text.len);
	list->done = !str_cut(rest, ';', &raw, &after);
	/* A final semicolon may have blanks behind it, but no field. */
	if (list->done && str_trim(raw).len == 0)
		return false;
	start = list->pos + raw.len - str_trim_left(raw).len;
	*f = (struct taglist_field){
		.text = str_trim(raw),
		.column = (unsigned)start + 1,
	};
	str_cut(f->text, '=', &name, &value);
	f->name = str_trim_right(name);
	f->value = str_trim_left(value);
	f->value_column = f->column + (unsigned)(f->text.len - f->value.len);
	check(f, name, value);
	if (list->done)
		f->end_blank = end_blank(raw, f);
	list->pos += raw.len + 1;
	return true;
}

bool
taglist_version(struct str text, struct str version, bool *blank)
{
	struct str rest, bare;

	if (!str_starts(text, version))
		return false;
	rest = str_sub(text, version.len, text.len);
	bare = str_trim_left(rest);
	if (!str_starts(bare, STR(";")))
		return false;
	if (blank != NULL)
		*blank = bare.len != rest.len;
	return true;
}
