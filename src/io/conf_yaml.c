/*
 * conf_yaml.c - one YAML document into the configuration
 *
 * The only room that knows libyaml; it uses its events, not its documents, so
 * that every value keeps its line and column and nothing is expanded. What
 * makes YAML surprising is refused: anchors, aliases, tags, directives,
 * several documents, values whose type would be guessed. After a fault reading
 * goes on, so that all faults are told; only a syntax error ends it.
 *
 * BUGS: columns count characters, not bytes; after a syntax error the rest of
 * the file is not looked at.
 */
#include "io/conf.h"

#include "base/arena.h"
#include "io/conf_dest.h"
#include "io/conf_explain.h"
#include "io/conf_push.h"
#include "io/conf_rule.h"
#include "io/conf_table.h"

#include <yaml.h>

#define CONF_MAX    (1u << 20) /* bytes of a document */
#define LIST_MAX    256 /* items of a list */
#define KEY_MAX	    300 /* bytes of a key that are kept */
#define SECTION_MAX 32
#define DEPTH_MAX   16 /* of values that are passed over */

struct reader {
	yaml_parser_t parser;
	yaml_event_t ev; /* the current event */
	bool ev_made;
	struct conf *conf;
	const char *file;
	struct mtasts_diags *diags;
	size_t faults;
	enum mtasts_err err; /* why reading cannot go on */
	struct str text; /* the whole document */
	unsigned option_line[CONF_OPTION_MAX]; /* where set; 0: not yet */
	char section[SECTION_MAX][KEY_MAX + 1]; /* sections seen */
	unsigned section_line[SECTION_MAX];
	size_t section_count;
};

/* The options that a mapping sets, and where it set them. */
struct target {
	struct str section;
	struct conf_into into;
	unsigned *lines; /* by row; 0: not yet */
};

/* A key and where it stands. */
struct key {
	char text[KEY_MAX + 1];
	struct str s;
	struct diag_place at;
};

/* place_of - a mark of libyaml as a place */
static struct diag_place
place_of(const struct reader *r, yaml_mark_t mark)
{
	return (struct diag_place){ .file = r->file,
		.line = (unsigned)mark.line + 1,
		.column = (unsigned)mark.column + 1 };
}

/* here - where the current event begins */
static struct diag_place
here(const struct reader *r)
{
	return place_of(r, r->ev.start_mark);
}

/* note - remember the result of a check; false when reading must end */
static bool
note(struct reader *r, enum mtasts_err err)
{
	if (err == MTASTS_ECONF)
		r->faults++;
	else if (err != MTASTS_OK)
		r->err = err;
	return r->err == MTASTS_OK;
}

/* fault - a finding with a fixed text at the current event */
static void
fault(struct reader *r, enum conf_rule rule, const char *text)
{
	diag_add(r->diags, &conf_rules[rule], here(r), "%s", text);
	r->faults++;
}

/* syntax_error - tell what libyaml stumbled over */
static void
syntax_error(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	size_t offset = p->problem_mark.index;
	struct diag_place at = place_of(r, p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR) {
		r->err = MTASTS_ENOMEM;
		return;
	}
	r->err = MTASTS_ECONF;
	r->faults++;
	if (p->error == YAML_READER_ERROR)
		diag_add(r->diags, &conf_rules[CONF_RULE_SYNTAX],
		    conf_explain_offset(r->text, p->problem_offset, r->file),
		    "this is not UTF-8 text (%s)", p->problem);
	else if (offset < r->text.len && r->text.p[offset] == '\t')
		diag_add(r->diags, &conf_rules[CONF_RULE_SYNTAX], at,
		    "a tab stands here; YAML is indented with blanks");
	else
		diag_add(r->diags, &conf_rules[CONF_RULE_SYNTAX], at, "%s%s%s",
		    p->problem != NULL ? p->problem : "no YAML",
		    p->context != NULL ? " " : "",
		    p->context != NULL ? p->context : "");
}

/* refuse_features - anchors and tags of the current event */
static void
refuse_features(struct reader *r)
{
	const yaml_event_t *e = &r->ev;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		fault(r, CONF_RULE_FEATURE, "aliases (*name) are not allowed");
		break;
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor != NULL)
		fault(r, CONF_RULE_FEATURE, "anchors (&name) are not allowed");
	if (tag != NULL)
		fault(r, CONF_RULE_FEATURE, "tags (!name) are not allowed");
}

/* next - the next event; false when reading must end */
static bool
next(struct reader *r)
{
	if (r->err != MTASTS_OK)
		return false;
	if (r->ev_made)
		yaml_event_delete(&r->ev);
	r->ev_made = yaml_parser_parse(&r->parser, &r->ev) == 1;
	if (!r->ev_made) {
		syntax_error(r);
		return false;
	}
	refuse_features(r);
	return true;
}

/*
 * skip - pass over the value that begins with the current event
 *
 * libyaml's time grows with the square of the depth, so that is bounded.
 */
static bool
skip(struct reader *r)
{
	size_t depth = 0;

	do {
		if (r->ev.type == YAML_MAPPING_START_EVENT ||
		    r->ev.type == YAML_SEQUENCE_START_EVENT)
			depth++;
		else if (r->ev.type == YAML_MAPPING_END_EVENT ||
		    r->ev.type == YAML_SEQUENCE_END_EVENT)
			depth--;
		if (depth > DEPTH_MAX) {
			fault(r, CONF_RULE_SIZE, "nested too deeply");
			r->err = MTASTS_ECONF;
		}
	} while (depth > 0 && next(r));
	return r->err == MTASTS_OK;
}

/* scalar - the text of the current event */
static struct str
scalar(const struct reader *r)
{
	return str_make(
	    (const char *)r->ev.data.scalar.value, r->ev.data.scalar.length);
}

/* is_nothing - a value that YAML takes for null */
static bool
is_nothing(const struct reader *r)
{
	struct str s;

	if (r->ev.type != YAML_SCALAR_EVENT ||
	    r->ev.data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	s = scalar(r);
	return s.len == 0 || str_eq(s, STR("~")) || str_eq(s, STR("null"));
}

/*
 * take_key - the current event as a key
 *
 * False when it is none (told, and its value skipped) or reading must end.
 */
static bool
take_key(struct reader *r, struct key *key)
{
	struct str s;

	if (r->ev.type != YAML_SCALAR_EVENT) {
		fault(r, CONF_RULE_SHAPE, "a name belongs here");
		if (skip(r) && next(r))
			skip(r);
		return false;
	}
	s = str_sub(scalar(r), 0, KEY_MAX);
	memcpy(key->text, s.p, s.len);
	key->text[s.len] = '\0';
	key->s = str_make(key->text, s.len);
	key->at = here(r);
	return true;
}

/* add_item - one item of a list, unless it is there already */
static bool
add_item(struct reader *r, const struct conf_option *row, const char **items,
    size_t *count)
{
	struct str s = scalar(r);
	enum mtasts_err err;
	size_t i;

	for (i = 0; i < *count; i++) {
		if (str_eq(str_of(items[i]), s)) {
			fault(r, CONF_RULE_TWICE,
			    "this item is in the list already");
			return true;
		}
	}
	if (*count == LIST_MAX) {
		fault(r, CONF_RULE_SIZE, "a list has at most 256 items");
		return true;
	}
	err = conf_check_item(row, s, here(r), r->diags);
	if (err != MTASTS_OK)
		return note(r, err);
	items[*count] = arena_dup(r->conf->arena, s);
	if (items[(*count)++] == NULL)
		return note(r, MTASTS_ENOMEM);
	return true;
}

/* read_list - the items of a list option */
static bool
read_list(
    struct reader *r, struct conf_into into, const struct conf_option *row)
{
	const char *items[LIST_MAX];
	size_t count = 0;
	const char **copy;

	while (next(r) && r->ev.type != YAML_SEQUENCE_END_EVENT) {
		if (r->ev.type == YAML_SCALAR_EVENT) {
			if (!add_item(r, row, items, &count))
				return false;
		} else if (r->ev.type != YAML_ALIAS_EVENT) {
			fault(r, CONF_RULE_SHAPE,
			    "an item of a list is a plain text");
			skip(r);
		}
	}
	if (r->err != MTASTS_OK)
		return false;
	copy = arena_zalloc(r->conf->arena, count + 1, sizeof(*copy));
	if (copy == NULL)
		return note(r, MTASTS_ENOMEM);
	if (count > 0)
		memcpy(copy, items, count * sizeof(*copy));
	conf_set_list(into, row, copy, count);
	return true;
}

/* wrong_shape - the value is a list, a mapping or a text where it must not */
static bool
wrong_shape(struct reader *r, const struct conf_option *row)
{
	diag_add(r->diags, &conf_rules[CONF_RULE_SHAPE], here(r),
	    row->type == CONF_LIST ? "%s: %s wants a list: [\"...\", \"...\"]"
				   : "%s: %s wants one value",
	    row->section, row->name);
	r->faults++;
	return skip(r);
}

/* read_value - the value of an option, from the current event on */
static bool
read_value(
    struct reader *r, struct conf_into into, const struct conf_option *row)
{
	bool list = r->ev.type == YAML_SEQUENCE_START_EVENT;

	if (r->ev.type == YAML_ALIAS_EVENT)
		return true;
	if (is_nothing(r)) {
		diag_add(r->diags, &conf_rules[CONF_RULE_EMPTY], here(r),
		    row->may_be_empty && row->type == CONF_TEXT
			? "%s: %s has no value; the empty text is \"\""
			: "%s: %s has no value",
		    row->section, row->name);
		r->faults++;
		return true;
	}
	if (list != (row->type == CONF_LIST) ||
	    r->ev.type == YAML_MAPPING_START_EVENT)
		return wrong_shape(r, row);
	if (list)
		return read_list(r, into, row);
	return note(r, conf_set(into, row, scalar(r), here(r), r->diags));
}

/* twice - a key that was there before; true when it was */
static bool
twice(struct reader *r, const struct key *key, unsigned *line)
{
	if (*line == 0) {
		*line = key->at.line;
		return false;
	}
	diag_add(r->diags, &conf_rules[CONF_RULE_TWICE], key->at,
	    "%s is here a second time; first in line %u", key->text, *line);
	r->faults++;
	return true;
}

/* read_options - the options of a mapping */
static bool
read_options(struct reader *r, const struct target *t)
{
	const struct conf_option *rows = conf_rows(t->section);
	struct key key;
	size_t i;

	while (next(r) && r->ev.type != YAML_MAPPING_END_EVENT) {
		if (!take_key(r, &key))
			continue;
		if (!conf_find(t->section, key.s, &i)) {
			conf_explain_option(
			    t->section, key.s, key.at, r->diags);
			r->faults++;
			if (next(r))
				skip(r);
		} else if (twice(r, &key, &t->lines[i])) {
			if (next(r))
				skip(r);
		} else if (!next(r) || !read_value(r, t->into, &rows[i])) {
			return false;
		}
	}
	return r->err == MTASTS_OK;
}

/* read_dest - what is wanted for one destination, from the event of its key */
static bool
read_dest(struct reader *r, struct conf_dests *dests, const struct key *key)
{
	unsigned lines[CONF_OPTION_MAX] = { 0 };
	struct target t = { STR(CONF_DESTS), { NULL, r->conf->arena }, lines };
	struct conf_dest *dest;
	size_t i = 0;
	enum mtasts_err err;

	err = conf_dests_add(dests, key->s, key->at, &dest, r->diags);
	if (err != MTASTS_OK)
		return note(r, err) && next(r) && skip(r);
	if (!next(r) || r->ev.type == YAML_ALIAS_EVENT)
		return r->err == MTASTS_OK;
	if (r->ev.type != YAML_MAPPING_START_EVENT) {
		fault(r, CONF_RULE_SHAPE,
		    "a rule is a mapping such as { mta-sts: require }");
		return skip(r);
	}
	t.into.base = &dest->rule;
	if (!read_options(r, &t))
		return false;
	if (dest->rule.reply[0] != '\0' &&
	    conf_find(t.section, STR("mta-sts"), &i) && lines[i] != 0) {
		diag_add(r->diags, &conf_rules[CONF_RULE_VALUE], key->at,
		    "%s: with a reply of its own there is nothing for mta-sts "
		    "to say",
		    key->text);
		r->faults++;
	}
	return true;
}

/* read_dests - the destinations of the section "rules" */
static bool
read_dests(struct reader *r)
{
	struct conf_dests dests;
	struct key key;

	if (!note(r, conf_dests_begin(&dests, r->conf)))
		return false;
	while (next(r) && r->ev.type != YAML_MAPPING_END_EVENT)
		if (take_key(r, &key) && !read_dest(r, &dests, &key))
			break;
	if (r->err == MTASTS_OK)
		note(r, conf_dests_end(&dests));
	conf_dests_free(&dests);
	return r->err == MTASTS_OK;
}

/* read_way - one item of the list "push", from its event on */
static bool
read_way(struct reader *r, struct conf_push *way)
{
	unsigned lines[CONF_OPTION_MAX] = { 0 };
	struct target t = { STR(CONF_PUSHES), { way, r->conf->arena }, lines };
	struct diag_place at = here(r);
	size_t faults = r->faults;

	if (r->ev.type != YAML_MAPPING_START_EVENT) {
		if (r->ev.type != YAML_ALIAS_EVENT)
			fault(r, CONF_RULE_SHAPE,
			    "an item is a mapping such as { method: hook }");
		return r->ev.type == YAML_ALIAS_EVENT || skip(r);
	}
	return note(r, conf_push_preset(way, r->conf->arena)) &&
	    read_options(r, &t) &&
	    (r->faults > faults || note(r, conf_push_check(way, at, r->diags)));
}

/* read_ways - the list "push", which replaces one that was read before */
static bool
read_ways(struct reader *r)
{
	struct conf_push *v = conf_push_room(r->conf);
	size_t count = 0;

	if (v == NULL)
		return note(r, MTASTS_ENOMEM);
	while (next(r) && r->ev.type != YAML_SEQUENCE_END_EVENT) {
		/* The last place is for those that are too many. */
		if (count == CONF_PUSHES_MAX)
			fault(r, CONF_RULE_SIZE,
			    "the list has at most 256 items");
		if (!read_way(r, &v[count]))
			return false;
		count += count < CONF_PUSHES_MAX;
	}
	r->conf->push.count = r->faults == 0 ? count : 0;
	return r->err == MTASTS_OK;
}

/* section_line - where a section was seen first; 0: not yet, now remembered */
static unsigned *
section_line(struct reader *r, const struct key *key)
{
	size_t i;

	for (i = 0; i < r->section_count; i++)
		if (strcmp(r->section[i], key->text) == 0)
			return &r->section_line[i];
	/* There are fewer sections than room, and only known ones come here. */
	memcpy(r->section[i], key->text, key->s.len + 1);
	r->section_count++;
	return &r->section_line[i];
}

/* read_section - a section's value, from the event after its key on */
static bool
read_section(struct reader *r, const struct key *key)
{
	struct target t = { key->s, { r->conf, r->conf->arena },
		r->option_line };

	if (conf_section_help(key->s) == NULL) {
		if (conf_explain_section(key->s, key->at, r->diags))
			r->faults++;
		return next(r) && skip(r);
	}
	if (twice(r, key, section_line(r, key)))
		return next(r) && skip(r);
	if (!next(r))
		return false;
	if (r->ev.type == YAML_MAPPING_START_EVENT &&
	    conf_rows(key->s) != conf_push_options)
		return conf_rows(key->s) == conf_dest_options
		    ? read_dests(r)
		    : read_options(r, &t);
	if (r->ev.type == YAML_SEQUENCE_START_EVENT &&
	    conf_rows(key->s) == conf_push_options)
		return read_ways(r);
	/* "host:" with all its options commented out is fine. */
	if (is_nothing(r) || r->ev.type == YAML_ALIAS_EVENT)
		return true;
	diag_add(r->diags, &conf_rules[CONF_RULE_SHAPE], here(r),
	    "%s is a %s belong below it", key->text,
	    conf_rows(key->s) == conf_push_options
		? "list: items such as \"- { method: ... }\""
		: "section: options with values");
	r->faults++;
	return skip(r);
}

/* read_root - the mapping of sections */
static bool
read_root(struct reader *r)
{
	struct key key;

	if (is_nothing(r))
		return true;
	if (r->ev.type != YAML_MAPPING_START_EVENT) {
		fault(r, CONF_RULE_SHAPE,
		    "sections such as \"host:\" belong here");
		return skip(r);
	}
	while (next(r) && r->ev.type != YAML_MAPPING_END_EVENT)
		if (take_key(r, &key) && !read_section(r, &key))
			return false;
	return r->err == MTASTS_OK;
}

/* read_stream - the one document of a file */
static bool
read_stream(struct reader *r)
{
	if (!next(r) || !next(r) || r->ev.type == YAML_STREAM_END_EVENT)
		return r->err == MTASTS_OK;
	if (r->ev.data.document_start.version_directive != NULL ||
	    r->ev.data.document_start.tag_directives.start !=
		r->ev.data.document_start.tag_directives.end)
		fault(r, CONF_RULE_FEATURE,
		    "directives (%YAML, %TAG) are not allowed");
	if (!next(r) || !read_root(r))
		return false;
	/* The document's end, then the stream's. */
	if (!next(r) || !next(r))
		return false;
	if (r->ev.type != YAML_STREAM_END_EVENT)
		fault(r, CONF_RULE_FEATURE,
		    "a second document begins here; one file is one document");
	return true;
}

enum mtasts_err
conf_parse(struct conf *conf, struct str text, const char *file,
    struct mtasts_diags *diags)
{
	struct reader r = { .conf = conf, .file = file, .diags = diags };
	struct diag_place whole = { .file = file };

	if (text.len > CONF_MAX) {
		diag_add(diags, &conf_rules[CONF_RULE_SIZE], whole,
		    "the file has more than %u bytes", CONF_MAX);
		return MTASTS_ECONF;
	}
	if (text.p == NULL)
		text = STR("");
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_sub(text, 3, text.len);
	r.text = text;
	if (yaml_parser_initialize(&r.parser) != 1)
		return MTASTS_ENOMEM;
	/* Said outright, for else two first bytes could make it UTF-16. */
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &r.parser, (const unsigned char *)text.p, text.len);
	read_stream(&r);
	if (r.ev_made)
		yaml_event_delete(&r.ev);
	yaml_parser_delete(&r.parser);
	if (r.err != MTASTS_OK)
		return r.err;
	return r.faults > 0 ? MTASTS_ECONF : MTASTS_OK;
}
