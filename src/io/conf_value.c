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
#include "base/utf8.h"
#include "io/conf_rule.h"
#include "io/listen.h"
#include "mtasts/dname.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#define ITEM_MAX 4096 /* bytes of one text */

/* What is being checked, for the messages. */
struct check {
	const struct conf_option *row;
	struct str text;
	struct diag_place at;
	struct mtasts_diags *diags;
};

/* field - where an option's value is */
static void *
field(const struct conf *conf, const struct conf_option *row)
{
	return (char *)conf + row->offset;
}

/* refuse - a finding: what the option wants and what was written */
static enum mtasts_err
refuse(const struct check *c, const char *want)
{
	struct diag_quote q;

	diag_add(c->diags, &conf_rules[CONF_RULE_VALUE], c->at,
	    "%s: %s wants %s, not \"%s\"", c->row->section, c->row->name, want,
	    diag_quote(&q, c->text));
	return MTASTS_ECONF;
}

void
conf_type_text(const struct conf_option *row, struct buf *b)
{
	static const char *const forms[] = { [CONF_ANY] = "a text",
		[CONF_URL] = "a URL such as sqlite:/var/lib/mtasts",
		[CONF_ADDRESS] = "an address such as 127.0.0.1:443, "
				 "[::1]:443, unix:/PATH or systemd:NAME",
		[CONF_NETWORK] = "an address or network such as 10.0.0.0/8",
		[CONF_PATH] = "a path that begins with a slash",
		[CONF_NAME] = "a host name" };
	size_t i;

	switch (row->type) {
	case CONF_TEXT:
	case CONF_LIST:
		buf_puts(b, forms[row->form]);
		break;
	case CONF_BOOL:
		buf_puts(b, "true or false");
		break;
	case CONF_INT:
		buf_puts(b, "a number");
		break;
	case CONF_DURATION:
		buf_puts(b, "a duration such as 5s, 10m or 1h");
		break;
	case CONF_SIZE:
		buf_puts(b, "a size such as 512, 8k or 1m");
		break;
	case CONF_CHOICE:
		buf_puts(b, "one of");
		for (i = 0; row->choices[i] != NULL; i++)
			buf_putf(b, "%s %s", i > 0 ? "," : "", row->choices[i]);
		break;
	}
}

/* refuse_type - a finding: the option's type is another one */
static enum mtasts_err
refuse_type(const struct check *c)
{
	enum mtasts_err err = MTASTS_ENOMEM;
	struct buf b;

	buf_init(&b, 1024);
	conf_type_text(c->row, &b);
	if (buf_error(&b) == MTASTS_OK)
		err = refuse(c, b.p);
	buf_free(&b);
	return err;
}

/* printable - nothing in it that a log or a terminal must not see */
static bool
printable(struct str s)
{
	uint32_t cp;
	size_t n;

	while (s.len > 0) {
		n = utf8_next(s, &cp);
		if (n == 0 || !utf8_printable(cp))
			return false;
		s = str_sub(s, n, s.len);
	}
	return true;
}

/* is_network - ADDR or ADDR/BITS */
static bool
is_network(struct str s)
{
	unsigned char addr[16];
	struct str ip, bits;
	char text[64];
	uint64_t n;
	bool v6, slash;

	slash = str_cut(s, '/', &ip, &bits);
	if (ip.len == 0 || ip.len >= sizeof(text))
		return false;
	memcpy(text, ip.p, ip.len);
	text[ip.len] = '\0';
	v6 = str_chr(ip, ':') < ip.len;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, addr) != 1)
		return false;
	return !slash || str_u64(bits, v6 ? 128 : 32, &n);
}

/* has_form - does a text look as the option wants it? */
static bool
has_form(const struct conf_option *row, struct str s)
{
	struct mtasts_dname name;

	switch (row->form) {
	case CONF_URL:
		return (str_starts(s, STR("sqlite:")) &&
			   s.len > sizeof("sqlite:") - 1) ||
		    str_starts(s, STR("postgresql://"));
	case CONF_NETWORK:
		return is_network(s);
	case CONF_PATH:
		return s.p[0] == '/';
	case CONF_NAME:
		return mtasts_dname_parse(s.p, s.len, &name, NULL, NULL) ==
		    MTASTS_OK;
	default:
		return true;
	}
}

/* check_address - an address to listen on; io/listen says what is wrong */
static enum mtasts_err
check_address(const struct check *c)
{
	struct mtasts_diags *found = mtasts_diags_new();
	const struct mtasts_finding *first;
	char text[ITEM_MAX + 1];
	struct listen_addr addr;
	enum mtasts_err err;

	memcpy(text, c->text.p, c->text.len);
	text[c->text.len] = '\0';
	err = listen_parse(text, &addr, found);
	first = mtasts_diags_get(found, 0);
	if (err != MTASTS_OK && first != NULL)
		diag_add_fix(c->diags, &conf_rules[CONF_RULE_VALUE], c->at,
		    first->fix, "%s: %s: %s", c->row->section, c->row->name,
		    first->message);
	else if (err != MTASTS_OK)
		err = refuse_type(c);
	mtasts_diags_free(found);
	return err == MTASTS_ESYNTAX ? MTASTS_ECONF : err;
}

/* check_text - a text, or an item of a list */
static enum mtasts_err
check_text(const struct check *c)
{
	if (c->text.len > ITEM_MAX)
		return refuse(c, "at most 4096 bytes");
	if (!printable(c->text))
		return refuse(c, "text without control characters");
	if (c->text.len > 0 && c->row->form == CONF_ADDRESS)
		return check_address(c);
	if (c->text.len > 0 && !has_form(c->row, c->text))
		return refuse_type(c);
	return MTASTS_OK;
}

enum mtasts_err
conf_check_item(const struct conf_option *row, struct str text,
    struct diag_place at, struct mtasts_diags *diags)
{
	struct check c = { row, text, at, diags };

	return text.len == 0 ? refuse_type(&c) : check_text(&c);
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
parse_number(const struct check *c, int64_t *out)
{
	const struct conf_option *row = c->row;
	struct timefmt low, high;
	enum mtasts_err err;
	uint64_t u = 0;
	int64_t n = 0;

	/* YAML 1.1 reads 0123 as 83: say no rather than guess. */
	if (c->text.len > 1 && c->text.p[0] == '0' && ascii_digit(c->text.p[1]))
		return refuse(c, "a number without zeros before it");
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
		return refuse_type(c);
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
parse_bool(const struct check *c, bool *out)
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
	return refuse_type(c);
}

/* parse_choice - one of the option's words */
static enum mtasts_err
parse_choice(const struct check *c, int64_t *out)
{
	const char *const *choices = c->row->choices;
	size_t i;

	for (i = 0; choices[i] != NULL; i++) {
		if (str_eq(c->text, str_of(choices[i]))) {
			*out = (int64_t)i;
			return MTASTS_OK;
		}
	}
	return refuse_type(c);
}

/* parse_text - copy a text */
static enum mtasts_err
parse_text(const struct check *c, struct conf *conf)
{
	const char **out = field(conf, c->row);
	enum mtasts_err err = MTASTS_OK;
	char *copy;

	if (c->text.len == 0 && !c->row->may_be_empty)
		err = refuse_type(c);
	if (err == MTASTS_OK)
		err = check_text(c);
	if (err != MTASTS_OK)
		return err;
	copy = arena_dup(conf->arena, c->text);
	if (copy == NULL)
		return MTASTS_ENOMEM;
	*out = copy;
	return MTASTS_OK;
}

enum mtasts_err
conf_set(struct conf *conf, const struct conf_option *row, struct str text,
    struct diag_place at, struct mtasts_diags *diags)
{
	struct check c = { row, text, at, diags };

	switch (row->type) {
	case CONF_TEXT:
		return parse_text(&c, conf);
	case CONF_BOOL:
		return parse_bool(&c, field(conf, row));
	case CONF_INT:
	case CONF_DURATION:
	case CONF_SIZE:
		return parse_number(&c, field(conf, row));
	case CONF_CHOICE:
		return parse_choice(&c, field(conf, row));
	default:
		return MTASTS_EINVAL;
	}
}

void
conf_set_list(struct conf *conf, const struct conf_option *row,
    const char *const *items, size_t count)
{
	*(struct conf_list *)field(conf, row) =
	    (struct conf_list){ items, count };
}

/* preset_list - the default of a list: items between blanks */
static enum mtasts_err
preset_list(struct conf *conf, const struct conf_option *row)
{
	struct str rest = str_of(row->preset), item;
	const char **items;
	size_t count = 0;

	items = arena_zalloc(conf->arena, rest.len / 2 + 1, sizeof(*items));
	if (items == NULL)
		return MTASTS_ENOMEM;
	while (rest.len > 0) {
		str_cut(rest, ' ', &item, &rest);
		items[count] = arena_dup(conf->arena, item);
		if (items[count++] == NULL)
			return MTASTS_ENOMEM;
	}
	conf_set_list(conf, row, items, count);
	return MTASTS_OK;
}

enum mtasts_err
conf_preset(struct conf *conf, const struct conf_option *row)
{
	struct diag_place nowhere = { 0 };

	if (row->type == CONF_LIST)
		return preset_list(conf, row);
	return conf_set(conf, row, str_of(row->preset), nowhere, NULL);
}

/* put_quoted - a text in YAML's double quotes */
static void
put_quoted(struct buf *b, const char *text)
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
conf_put_value(
    const struct conf *conf, const struct conf_option *row, struct buf *b)
{
	const void *value = field(conf, row);
	const struct conf_list *list = value;
	struct timefmt t;
	size_t i;

	switch (row->type) {
	case CONF_TEXT:
		put_quoted(b, *(const char *const *)value);
		break;
	case CONF_LIST:
		buf_putc(b, '[');
		for (i = 0; i < list->count; i++) {
			buf_puts(b, i > 0 ? ", " : "");
			put_quoted(b, list->v[i]);
		}
		buf_putc(b, ']');
		break;
	case CONF_BOOL:
		buf_puts(b, *(const bool *)value ? "true" : "false");
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
    const struct conf *conf, const struct conf_option *row, struct js_writer *w)
{
	const void *value = field(conf, row);
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
