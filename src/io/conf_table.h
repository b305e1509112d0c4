/*
 * conf_table - every option of the configuration, one row each
 *
 * Parser, check, dump, sample file and manual page follow these rows; a new
 * option is a new row and a new field of its section's struct in conf.h.
 */
#ifndef MTASTS_IO_CONF_TABLE_H
#define MTASTS_IO_CONF_TABLE_H

#include "base/buf.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/nearest.h"
#include "io/conf.h"

enum conf_type {
	CONF_TEXT = 0, /* const char * */
	CONF_LIST, /* struct conf_list */
	CONF_BOOL, /* bool */
	CONF_INT, /* int64_t, as all below */
	CONF_DURATION, /* milliseconds */
	CONF_SIZE, /* bytes */
	CONF_WHEN, /* seconds since 1970 UTC; a date is its end; "" is 0 */
	CONF_CHOICE /* index into choices */
};

/* What a text, or each item of a list, must look like. */
enum conf_form {
	CONF_ANY = 0,
	CONF_URL, /* of the store */
	CONF_ADDRESS, /* to listen on: see io/listen */
	CONF_NETWORK, /* ADDR or ADDR/BITS */
	CONF_PATH, /* begins with a slash */
	CONF_NAME, /* a DNS name */
	CONF_SERVER, /* to ask: "system", ADDR, ADDR:PORT, [V6]:PORT */
	CONF_SOCKET, /* a path, or an address to listen on */
	CONF_PROXY, /* http://HOST:PORT */
	CONF_MAP, /* a map name of ours: see core/reply */
	CONF_REPLY, /* that Postfix can parse: see core/rule */
	CONF_HTTPS, /* a URL of https: */
	CONF_MAIL, /* a mail address */
	CONF_CHALLENGE, /* a type of challenge of ACME */
	CONF_PEER, /* to ask: ADDR, ADDR:PORT, [V6]:PORT */
	CONF_API, /* http://ADDR:PORT */
	CONF_ZONE, /* "*", or a DNS name */
	CONF_SECRET /* a path, or a name without slash */
};

struct conf_option {
	const char *section;
	const char *name;
	enum conf_type type;
	enum conf_form form;
	bool may_be_empty; /* "" is a value */
	bool live; /* a reload is enough; else it takes a restart */
	int64_t min, max; /* of numbers, in the field's unit */
	const char *const *choices; /* of CONF_CHOICE; null at the end */
	const char *preset; /* default as written; items between blanks */
	size_t offset; /* of the field in struct conf, or in the rule */
	const char *help; /* one line, no full stop */
	const char *more; /* sentences for the manual, or null */
};

/* conf_options - all rows, by section; a null section at the end */
extern const struct conf_option conf_options[];

/*
 * conf_dest_options - what one rule of the section "rules" may say
 *
 * Rows of that section with offsets into struct conf_dest_rule; all presets
 * are empty, zero or the first choice. A null section at the end.
 */
extern const struct conf_option conf_dest_options[];

/*
 * conf_push_options - what one item of the list "push" may say
 *
 * Rows of that section with offsets into struct conf_push. A null section at
 * the end.
 */
extern const struct conf_option conf_push_options[];

/* CONF_OPTION_MAX - rows at most: room for bookkeeping per row */
#define CONF_OPTION_MAX 96

/* CONF_DESTS - the section whose keys are destinations, not options */
#define CONF_DESTS "rules"

/* CONF_PUSHES - the section that is a list of mappings */
#define CONF_PUSHES "push"

/* conf_rows - the table that has the rows of a section */
const struct conf_option *conf_rows(struct str section);

/* conf_section_help - one line on a section; null when there is none */
const char *conf_section_help(struct str section);

/* conf_section_later - what brings a section that is not known yet, or null */
const char *conf_section_later(struct str section);

/* conf_section_near - offer all sections as candidates */
void conf_section_near(struct nearest *near);

/* conf_find - the index of an option in conf_rows(); false: there is none */
bool conf_find(struct str section, struct str name, size_t *index);

/* conf_elsewhere - a section that has an option of this name, or null */
const char *conf_elsewhere(struct str name);

/* What rows set: struct conf, or one rule; texts are copied to the arena. */
struct conf_into {
	void *base;
	struct arena *arena;
};

/*
 * conf_set - set a scalar option, or check it, from text
 *
 * ECONF with a finding of "at" when the text is not a value of the option;
 * ENOMEM. The text is copied.
 */
enum mtasts_err conf_set(struct conf_into into, const struct conf_option *row,
    struct str text, struct diag_place at,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* conf_check_item - may this be an item of the list? ECONF with a finding */
enum mtasts_err conf_check_item(const struct conf_option *row, struct str text,
    struct diag_place at, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* conf_set_list - set a list option; items belong to the arena already */
void conf_set_list(struct conf_into into, const struct conf_option *row,
    const char *const *items, size_t count);

/* conf_preset - set an option to its default; ENOMEM */
enum mtasts_err conf_preset(
    struct conf_into into, const struct conf_option *row) MTASTS_MUST_CHECK;

/*
 * conf_put_value - append an option's value as YAML on one line
 *
 * base is the struct conf, or the rule.
 */
void conf_put_value(
    const void *base, const struct conf_option *row, struct buf *b);

/* conf_put_json - the same as the next JSON value; durations are texts */
void conf_put_json(
    const void *base, const struct conf_option *row, struct js_writer *w);

/* conf_dests_json - all rules as the next JSON value, an object of objects */
void conf_dests_json(const struct conf *conf, struct js_writer *w);

/* conf_type_text - append what values look like: "a duration such as 5s" */
void conf_type_text(const struct conf_option *row, struct buf *b);

/* conf_bounds_text - append ", from 1 to 256" for numbers, else nothing */
void conf_bounds_text(const struct conf_option *row, struct buf *b);

#endif
