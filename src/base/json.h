/*
 * json - reading and writing JSON
 *
 * The one place that knows the JSON library; its names begin with js_ since
 * the library owns json_. Reading is strict: UTF-8, no duplicate keys, bounded
 * size and depth, integers in range.
 */
#ifndef MTASTS_BASE_JSON_H
#define MTASTS_BASE_JSON_H

#include "base/buf.h"
#include "base/diag.h"

#define JS_MAX	     (16u << 20) /* bytes of a document */
#define JS_DEPTH_MAX 64 /* arrays and objects around each other */
/* Values, so that a small text cannot become a huge tree. */
#define JS_VALUES_MAX (1u << 20)

/* What js_parse can find. */
enum { JS_SYNTAX, JS_DUPLICATE, JS_NUMBER, JS_LIMIT, JS_RULES };
extern const struct diag_rule js_rules[JS_RULES];

struct js; /* a value; a tree is owned by its root */

/*
 * js_parse - read one document
 *
 * The document may be any value. *out on success: yours, js_free(). Each
 * failure but ENOMEM adds a finding of js_rules with line and column: ESYNTAX
 * ("json-syntax", "json-duplicate-key", "json-number"), or ELIMIT past
 * JS_MAX, JS_DEPTH_MAX or JS_VALUES_MAX ("json-limit").
 */
enum mtasts_err js_parse(struct str text, const char *file, struct js **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* js_free - release a root; null is fine */
void js_free(struct js *v);

/* js_is_object, js_is_array, js_is_string - kind; false for null */
bool js_is_object(const struct js *v);
bool js_is_array(const struct js *v);
bool js_is_string(const struct js *v);

/* js_get - the member of an object, or null; borrowed from the tree */
const struct js *js_get(const struct js *v, const char *key);

/* js_len - elements of an array or members of an object; else 0 */
size_t js_len(const struct js *v);

/* js_at - the i-th element of an array, or null */
const struct js *js_at(const struct js *v, size_t i);

/*
 * js_member - walk the members of an object in their order
 *
 * Start with i = 0 and go up by one; null at the end. *key is borrowed from
 * the tree. It is also where the walk stands: hand in the same variable,
 * unchanged, and each step takes constant time.
 */
const struct js *js_member(const struct js *v, size_t i, const char **key);

/* js_str - true and the text when v is a string; never holds NUL */
bool js_str(const struct js *v, struct str *out);

/* js_int - true when v is an integer */
bool js_int(const struct js *v, int64_t *out);

/* js_bool - true when v is true or false */
bool js_bool(const struct js *v, bool *out);

/*
 * Writing: append straight to a buf, commas and indentation kept by the
 * writer. Errors are the buf's, ELIMIT past JS_DEPTH_MAX too. Keys and strings
 * are escaped; bytes that are not UTF-8 become U+FFFD, and what is not
 * utf8_printable() is written as \uHHHH, so the text is safe on a terminal. No
 * line end follows the document.
 */
struct js_writer {
	struct buf *b;
	unsigned depth;
	bool pretty; /* two blanks a level and line ends */
	uint64_t has_members; /* bit per level */
	bool after_key;
};

/* js_begin - start writing one document */
void js_begin(struct js_writer *w, struct buf *b, bool pretty);

/* js_object, js_array - open a value */
void js_object(struct js_writer *w);
void js_array(struct js_writer *w);

/* js_end_object, js_end_array - close the innermost one */
void js_end_object(struct js_writer *w);
void js_end_array(struct js_writer *w);

/* js_key - the key of the next value */
void js_key(struct js_writer *w, const char *key);

/* js_put_* - one value */
void js_put_str(struct js_writer *w, struct str s);
void js_put_int(struct js_writer *w, int64_t n);
void js_put_bool(struct js_writer *w, bool v);
void js_put_null(struct js_writer *w);

/*
 * js_kv_* - a key and its value
 *
 * null stands for a null text, an empty span, a time that is not after 1970;
 * other times are written as RFC 3339.
 */
void js_kv_str(struct js_writer *w, const char *key, const char *text);
void js_kv_span(struct js_writer *w, const char *key, struct str s);
void js_kv_time(struct js_writer *w, const char *key, int64_t at);
void js_kv_int(struct js_writer *w, const char *key, int64_t n);
void js_kv_bool(struct js_writer *w, const char *key, bool v);

/*
 * js_findings - a key and the array of findings
 *
 * {"id","name","severity","file","line","record","column","message","fix",
 * "rfc"}; what a finding does not have is left out.
 */
void js_findings(
    struct js_writer *w, const char *key, const struct mtasts_diags *diags);

#endif
