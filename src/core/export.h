/*
 * export - the file that "domain export" writes and "domain import" reads
 *
 * One JSON document, every domain on a line of its own:
 *
 *   {
 *   "format": "mtasts-registry-1",
 *   "defaults": {"max-age":604800,"mx":["mail.example.net"]},
 *   "domains": [
 *   {"name":"example.org","added_at":"2025-02-27T00:00:00Z",
 *    "settings":{"mode":"enforce"},
 *    "policies":[{"id":"20250227T000000","first_at":"...","body":"..."}]},
 *   {"name":"example.com","added_at":"...","alias_of":"example.org",...}
 *   ],
 *   "former": [
 *   {"name":"gone.example","policies":[...]}
 *   ]
 *   }
 *
 * The policy without "replaced_at" is the one served. "removing" holds "since"
 * and "until". Or a plain list: one name a line, # begins a comment. Pure.
 */
#ifndef MTASTS_CORE_EXPORT_H
#define MTASTS_CORE_EXPORT_H

#include "base/json.h"
#include "core/settings.h"

#define EXPORT_NAME "mtasts-registry-1"

#define EXPORT_MAX (256u << 20) /* bytes of a file */

struct export_policy {
	const char *id;
	struct str body;
	enum mtasts_mode mode; /* these three as the body says */
	uint32_t max_age_s;
	uint32_t mx_count;
	int64_t first_at;
	int64_t replaced_at; /* 0: it is served */
};

struct export_domain {
	const char *name; /* A-labels */
	const char *target; /* the domain it is an alias of, or "" */
	int64_t added_at; /* 0: not given */
	int64_t removing_at; /* 0: it is not being removed */
	int64_t until_at;
	bool former; /* only its policies are remembered */
	bool faulty; /* told in findings; not to be used */
	struct settings settings; /* what differs from the defaults */
	struct export_policy *policies; /* oldest first */
	size_t policy_count;
	unsigned line; /* of the file, where it begins */
};

struct export_file {
	struct arena *arena; /* of all that is here */
	bool names_only; /* it was a plain list */
	bool has_defaults;
	bool faulty; /* an entry of it is: to be refused in the end */
	bool nameless; /* the name of one is not known */
	struct settings defaults;
	struct export_domain *domains; /* in the file's order */
	size_t count;
	size_t *by_name; /* indices of domains in the order of their names */
};

/*
 * export_new - an empty file, to be filled before export_format()
 *
 * Yours: export_free(). Null when memory is short.
 */
struct export_file *export_new(void);

/* export_free - release; null is fine */
void export_free(struct export_file *f);

/*
 * export_add - room for one more domain; null when memory is short
 *
 * The pointer holds until the next call.
 */
struct export_domain *export_add(struct export_file *f);

/*
 * export_add_policy - room for one more policy of the domain added last
 *
 * Null when memory is short. The pointer holds until the next call.
 */
struct export_policy *export_add_policy(struct export_file *f);

/*
 * export_parse - read a file of either kind
 *
 * name   of the file, for findings
 * out    on success yours: export_free()
 *
 * Every fault of the file is a finding with the line of its entry. ESYNTAX
 * when there is any error among them; ELIMIT past EXPORT_MAX; ENOMEM.
 */
enum mtasts_err export_parse(struct str text, const char *name,
    struct export_file **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * export_parse_some - as export_parse(), but what is good of a faulty file
 *
 * For finding the faults that only show beside a registry, too. MTASTS_OK when
 * all entries could be told apart and the defaults are good: then faulty says
 * of the file, and of each entry, whether there was an error.
 */
enum mtasts_err export_parse_some(struct str text, const char *name,
    struct export_file **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* export_find - the entry of a name in a parsed file, or null */
const struct export_domain *export_find(
    const struct export_file *f, struct str name);

/* export_settings - the settings that are given, as a JSON object */
void export_settings(struct js_writer *w, const struct settings *s);

/* export_format - append the JSON document */
void export_format(const struct export_file *f, struct buf *b);

/* What can be wrong with a file. */
enum export_rule {
	EXPORT_JSON = 0,
	EXPORT_FORMAT,
	EXPORT_KEY,
	EXPORT_VALUE,
	EXPORT_TWICE,
	EXPORT_ID,
	EXPORT_SERVED,
	EXPORT_ALIAS,
	EXPORT_LIST,
	EXPORT_RULES
};
extern const struct diag_rule export_rules[EXPORT_RULES];

#endif
