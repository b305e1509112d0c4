/*
 * conf_value.c - the values of options: from text, to text, defaults
 *
 * The type comes from the table, never from how YAML would guess: "no" in a
 * list is a text, "0123" is refused rather than read as octal. A yes-or-no
 * option takes true, yes, on and false, no, off.
 */
#include "io/conf_table.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "io/conf_form.h"
#include "io/conf_rule.h"

#include <inttypes.h>
#include <stdio.h>

/* field - where an option's value is */
static void *
field(const void *base, const struct conf_option *row)
{
	return (char *)base + row->offset;
}

/* format_number - a number in the unit that people write */
static const char *
format_number(struct timefmt *t, const struct conf_option *row, int64_t n)
{
	if (row->type == CONF_DURATION)
		return timefmt_duration(t, n);
	if (row->type == CONF_SIZE)
		return timefmt_size(t, n);
	snprintf(t->text, sizeof(t->text), "%" PRId64, n);
	return t->text;
}

void
conf_bounds_text(const struct conf_option *row, struct buf *b)
{
	struct timefmt low, high;

	if (row->type == CONF_INT || row->type == CONF_DURATION ||
	    row->type == CONF_SIZE)
		buf_putf(b, ", from %s to %s",
		    format_number(&low, row, row->min),
		    format_number(&high, row, row->max));
}

/* parse_number - a number, duration or size; ECONF with a finding */
static enum mtasts_err
parse_number(const struct conf_check *c, int64_t *out)
{
	const struct conf_option *row = c->row;
	struct timefmt low, high;
	enum mtasts_err err;
	uint64_t u = 0;
	int64_t n = 0;

	/* YAML 1.1 reads 0123 as 83: say no rather than guess. */
	if (c->text.len > 1 && c->text.p[0] == '0' && ascii_digit(c->text.p[1]))
		return conf_refuse(c, "a number without zeros before it");
	if (row->type == CONF_DURATION) {
		err = timefmt_parse_duration(c->text, &n);
	} else if (row->type == CONF_SIZE) {
		err = timefmt_parse_size(c->text, &n);
	} else {
		err = str_u64(c->text, INT64_MAX, &u) ? MTASTS_OK
						      : MTASTS_ESYNTAX;
		n = (int64_t)u;
	}
	if (err == MTASTS_ESYNTAX)
		return conf_refuse_type(c);
	if (err == MTASTS_OK && n >= row->min && n <= row->max) {
		*out = n;
		return MTASTS_OK;
	}
	diag_add(c->diags, &conf_rules[CONF_RULE_RANGE], c->at,
	    "%s: %s must be from %s to %s, not %" STR_FMT, row->section,
	    row->name, format_number(&low, row, row->min),
	    format_number(&high, row, row->max), STR_ARG(c->text));
	return MTASTS_ECONF;
}

/* parse_bool - true or false, in the words of YAML 1.1, lower case */
static enum mtasts_err
parse_bool(const struct conf_check *c, bool *out)
{
	static const char *const words[] = { "false", "true", "no", "yes",
		"off", "on" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_eq(c->text, str_of(words[i]))) {
			*out = i % 2 == 1;
			return MTASTS_OK;
		}
	}
	return conf_refuse_type(c);
}

/* parse_choice - one of the option's words */
static enum mtasts_err
parse_choice(const struct conf_check *c, int64_t *out)
{
	const char *const *choices = c->row->choices;
	size_t i;

	for (i = 0; choices[i] != NULL; i++) {
		if (str_eq(c->text, str_of(choices[i]))) {
			*out = (int64_t)i;
			return MTASTS_OK;
		}
	}
	return conf_refuse_type(c);
}

/* parse_when - a date, which counts to its end, or a time with its zone */
static enum mtasts_err
parse_when(const struct conf_check *c, int64_t *out)
{
	char text[40];
	struct str s = c->text;
	int64_t at = 0;

	if (s.len > 0 && s.len <= 10) {
		s.len = (size_t)snprintf(
		    text, sizeof(text), "%" STR_FMT "T23:59:59Z", STR_ARG(s));
		s.p = text;
	}
	if ((s.len == 0 && !c->row->may_be_empty) ||
	    (s.len > 0 &&
		(timefmt_parse_rfc3339(s, &at) != MTASTS_OK || at == 0)))
		return conf_refuse_type(c);
	*out = at;
	return MTASTS_OK;
}

/* parse_text - copy a text */
static enum mtasts_err
parse_text(const struct conf_check *c, struct conf_into into)
{
	const char **out = field(into.base, c->row);
	enum mtasts_err err = MTASTS_OK;
	char *copy;

	if (c->text.len == 0 && !c->row->may_be_empty)
		err = conf_refuse_type(c);
	if (err == MTASTS_OK)
		err = conf_check_text(c);
	if (err != MTASTS_OK)
		return err;
	copy = arena_dup(into.arena, c->text);
	if (copy == NULL)
		return MTASTS_ENOMEM;
	*out = copy;
	return MTASTS_OK;
}

enum mtasts_err
conf_set(struct conf_into into, const struct conf_option *row, struct str text,
    struct diag_place at, struct mtasts_diags *diags)
{
	struct conf_check c = { row, text, at, diags };

	switch (row->type) {
	case CONF_TEXT:
		return parse_text(&c, into);
	case CONF_BOOL:
		return parse_bool(&c, field(into.base, row));
	case CONF_INT:
	case CONF_DURATION:
	case CONF_SIZE:
		return parse_number(&c, field(into.base, row));
	case CONF_WHEN:
		return parse_when(&c, field(into.base, row));
	case CONF_CHOICE:
		return parse_choice(&c, field(into.base, row));
	default:
		return MTASTS_EINVAL;
	}
}

void
conf_set_list(struct conf_into into, const struct conf_option *row,
    const char *const *items, size_t count)
{
	*(struct conf_list *)field(into.base, row) =
	    (struct conf_list){ items, count };
}

/* preset_list - the default of a list: items between blanks */
static enum mtasts_err
preset_list(struct conf_into into, const struct conf_option *row)
{
	struct str rest = str_of(row->preset), item;
	const char **items;
	size_t count = 0;

	items = arena_zalloc(into.arena, rest.len / 2 + 1, sizeof(*items));
	if (items == NULL)
		return MTASTS_ENOMEM;
	while (rest.len > 0) {
		str_cut(rest, ' ', &item, &rest);
		items[count] = arena_dup(into.arena, item);
		if (items[count++] == NULL)
			return MTASTS_ENOMEM;
	}
	conf_set_list(into, row, items, count);
	return MTASTS_OK;
}

enum mtasts_err
conf_preset(struct conf_into into, const struct conf_option *row)
{
	struct diag_place nowhere = { 0 };

	if (row->type == CONF_LIST)
		return preset_list(into, row);
	return conf_set(into, row, str_of(row->preset), nowhere, NULL);
}

/* format_when - a time; as a date when it is the end of one; 0: nothing */
static const char *
format_when(struct timefmt *t, int64_t at)
{
	t->text[0] = '\0';
	if (at != 0)
		timefmt_rfc3339(t, at);
	if (at % 86400 == 86399)
		t->text[10] = '\0';
	return t->text;
}

void
conf_put_quoted(struct buf *b, const char *text)
{
	buf_putc(b, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *text);
	}
	buf_putc(b, '"');
}

void
conf_put_value(const void *base, const struct conf_option *row, struct buf *b)
{
	const void *value = field(base, row);
	const struct conf_list *list = value;
	struct timefmt t;
	size_t i;

	switch (row->type) {
	case CONF_TEXT:
		conf_put_quoted(b, *(const char *const *)value);
		break;
	case CONF_LIST:
		buf_putc(b, '[');
		for (i = 0; i < list->count; i++) {
			buf_puts(b, i > 0 ? ", " : "");
			conf_put_quoted(b, list->v[i]);
		}
		buf_putc(b, ']');
		break;
	case CONF_BOOL:
		buf_puts(b, *(const bool *)value ? "true" : "false");
		break;
	case CONF_WHEN:
		conf_put_quoted(b, format_when(&t, *(const int64_t *)value));
		break;
	case CONF_CHOICE:
		buf_puts(b, row->choices[*(const int64_t *)value]);
		break;
	default:
		buf_puts(b, format_number(&t, row, *(const int64_t *)value));
		break;
	}
}

void
conf_put_json(
    const void *base, const struct conf_option *row, struct js_writer *w)
{
	const void *value = field(base, row);
	const struct conf_list *list = value;
	struct timefmt t;
	size_t i;

	switch (row->type) {
	case CONF_TEXT:
		js_put_str(w, str_of(*(const char *const *)value));
		break;
	case CONF_LIST:
		js_array(w);
		for (i = 0; i < list->count; i++)
			js_put_str(w, str_of(list->v[i]));
		js_end_array(w);
		break;
	case CONF_BOOL:
		js_put_bool(w, *(const bool *)value);
		break;
	case CONF_INT:
		js_put_int(w, *(const int64_t *)value);
		break;
	case CONF_WHEN:
		js_put_str(w, str_of(format_when(&t, *(const int64_t *)value)));
		break;
	case CONF_CHOICE:
		js_put_str(w, str_of(row->choices[*(const int64_t *)value]));
		break;
	case CONF_DURATION:
	case CONF_SIZE:
		js_put_str(
		    w, str_of(format_number(&t, row, *(const int64_t *)value)));
		break;
	}
}
