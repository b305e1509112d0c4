/*
 * json.c - reading JSON
 *
 * The one room that knows jansson; a struct js is a json_t under another name.
 * jansson is strict (UTF-8, duplicate keys, integers in range) but bounds
 * neither depth nor size as we want, hence one pass over the text before it.
 * Its memory is its own: jansson calls malloc, not base/arena. RFC 8259,
 * RFC 7493.
 * BUGS: jansson reports a lack of memory inside a string as bad syntax.
 */
#include "base/json.h"

#include <jansson.h>

const struct diag_rule js_rules[JS_RULES] = {
	[JS_SYNTAX] = { "J01", "json-syntax", MTASTS_ERROR, true, "RFC 8259",
	    "Write well-formed JSON in UTF-8; a JSON checker shows the place." },
	[JS_DUPLICATE] = { "J02", "json-duplicate-key", MTASTS_ERROR, true,
	    "RFC 7493 section 2.3", "Write each key of an object once." },
	[JS_NUMBER] = { "J03", "json-number", MTASTS_ERROR, true,
	    "RFC 7493 section 2.2",
	    "Write numbers that fit into 64 bits; count events, not bytes." },
	[JS_LIMIT] = { "J04", "json-limit", MTASTS_ERROR, true,
	    "RFC 8259 section 9", "Split the document into smaller ones." },
};

/* place - line and byte column of an offset into the text */
static struct diag_place
place(struct str text, const char *file, size_t offset)
{
	struct diag_place at = { .file = file, .line = 1 };
	struct str rest = str_sub(text, 0, offset);
	struct str after;

	while (str_cut(rest, '\n', NULL, &after)) {
		rest = after;
		at.line++;
	}
	at.column = (unsigned)rest.len + 1;
	return at;
}

/* What one pass over the text sees of its size. */
struct scan {
	bool in_string;
	bool escaped;
	size_t depth;
	size_t values;
};

/* scan_byte - false when this byte is over a limit */
static bool
scan_byte(struct scan *s, char c)
{
	if (s->in_string) {
		if (!s->escaped && c == '"')
			s->in_string = false;
		s->escaped = !s->escaped && c == '\\';
		return true;
	}
	switch (c) {
	case '"':
		s->in_string = true;
		break;
	case '[':
	case '{':
		s->depth++;
		s->values++;
		break;
	case ']':
	case '}':
		s->depth -= s->depth > 0;
		break;
	case ',':
		s->values++;
		break;
	}
	return s->depth <= JS_DEPTH_MAX && s->values <= JS_VALUES_MAX;
}

/* check_limits - refuse what would cost too much, before anything is built */
static enum mtasts_err
check_limits(struct str text, const char *file, struct mtasts_diags *diags)
{
	struct scan s = { 0 };
	size_t i;

	if (text.len > JS_MAX) {
		diag_add(diags, &js_rules[JS_LIMIT],
		    (struct diag_place){ .file = file },
		    "The JSON document has %zu bytes, more than %u.", text.len,
		    JS_MAX);
		return MTASTS_ELIMIT;
	}
	for (i = 0; i < text.len; i++)
		if (!scan_byte(&s, text.p[i]))
			break;
	if (i == text.len)
		return MTASTS_OK;
	if (s.depth > JS_DEPTH_MAX)
		diag_add(diags, &js_rules[JS_LIMIT], place(text, file, i),
		    "Arrays and objects are nested more than %d deep.",
		    JS_DEPTH_MAX);
	else
		diag_add(diags, &js_rules[JS_LIMIT], place(text, file, i),
		    "The JSON document has more than %u values.",
		    JS_VALUES_MAX);
	return MTASTS_ELIMIT;
}

/* rule_of - which finding an error of jansson is */
static const struct diag_rule *
rule_of(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return &js_rules[JS_DUPLICATE];
	case json_error_numeric_overflow:
		return &js_rules[JS_NUMBER];
	default:
		return &js_rules[JS_SYNTAX];
	}
}

enum mtasts_err
js_parse(struct str text, const char *file, struct js **out,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = check_limits(text, file, diags);
	json_error_t error;
	json_t *root;
	size_t at;

	if (err != MTASTS_OK)
		return err;
	/* jansson takes a null pointer for a wrong call. */
	root = json_loadb(text.len == 0 ? "" : text.p, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (root != NULL) {
		*out = (struct js *)root;
		return MTASTS_OK;
	}
	if (error.text[0] == '\0' ||
	    json_error_code(&error) == json_error_out_of_memory)
		return MTASTS_ENOMEM;
	/* The position is behind the byte that was wrong. */
	at = error.position > 0 ? (size_t)error.position - 1 : 0;
	/* It may quote the text: diag makes that printable. */
	diag_add(diags, rule_of(&error), place(text, file, at),
	    "The JSON reader says: %s.",
	    json_error_code(&error) == json_error_null_character
		? "\\u0000 is not allowed in a string"
		: error.text);
	return MTASTS_ESYNTAX;
}

void
js_free(struct js *v)
{
	json_decref((json_t *)v);
}

/* lib - the library's view of a value; it counts references, we never do */
static json_t *
lib(const struct js *v)
{
	return (json_t *)v;
}

bool
js_is_object(const struct js *v)
{
	return json_is_object(lib(v));
}

bool
js_is_array(const struct js *v)
{
	return json_is_array(lib(v));
}

bool
js_is_string(const struct js *v)
{
	return json_is_string(lib(v));
}

const struct js *
js_get(const struct js *v, const char *key)
{
	return (const struct js *)json_object_get(lib(v), key);
}

size_t
js_len(const struct js *v)
{
	return js_is_array(v) ? json_array_size(lib(v))
			      : json_object_size(lib(v));
}

const struct js *
js_at(const struct js *v, size_t i)
{
	return (const struct js *)json_array_get(lib(v), i);
}

const struct js *
js_member(const struct js *v, size_t i, const char **key)
{
	void *iter;

	if (i >= js_len(v) || !js_is_object(v))
		return NULL;
	if (i == 0)
		iter = json_object_iter(lib(v));
	else
		iter = json_object_iter_next(
		    lib(v), json_object_key_to_iter(*key));
	if (iter == NULL)
		return NULL;
	*key = json_object_iter_key(iter);
	return (const struct js *)json_object_iter_value(iter);
}

bool
js_str(const struct js *v, struct str *out)
{
	if (!js_is_string(v))
		return false;
	*out = str_make(json_string_value(lib(v)), json_string_length(lib(v)));
	return true;
}

bool
js_int(const struct js *v, int64_t *out)
{
	if (!json_is_integer(lib(v)))
		return false;
	*out = json_integer_value(lib(v));
	return true;
}

bool
js_bool(const struct js *v, bool *out)
{
	if (!json_is_boolean(lib(v)))
		return false;
	*out = json_is_true(lib(v));
	return true;
}
