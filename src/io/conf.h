/*
 * conf - the configuration: one YAML file and conf.d beside it
 *
 * Read into a fresh struct and checked whole: every fault is a finding with
 * file, line and column; unknown keys get the nearest name; anchors, aliases
 * and tags are refused. The options are the rows of conf_table.
 */
#ifndef MTASTS_IO_CONF_H
#define MTASTS_IO_CONF_H

#include "base/buf.h"
#include "base/diag.h"

#define CONF_DEFAULT_FILE "/etc/mtasts/mtasts.yaml"

struct conf_list {
	const char *const *v;
	size_t count;
};

struct conf_store {
	const char *url; /* "sqlite:/var/lib/mtasts" */
};

struct conf_log {
	int64_t level; /* enum log_level */
};

struct conf_host {
	struct conf_list https; /* addresses: see io/listen */
	struct conf_list http;
	struct conf_list certificates; /* folders */
	const char *default_certificate;
	int64_t certificate_cache; /* certificates kept loaded */
	int64_t workers; /* 0: one per core */
	int64_t max_connections;
	int64_t max_connections_per_address;
	int64_t max_header; /* bytes */
	int64_t first_byte_timeout_ms;
	int64_t idle_timeout_ms;
	int64_t max_requests; /* of one connection */
	struct conf_list trusted_proxies; /* addresses and networks */
	int64_t other_path_status;
	bool access_log;
	const char *metrics; /* address, or "" */
	const char *control; /* path or address of the control socket, or "" */
	const char *control_user; /* who may use it beside root, or "" */
};

struct conf_acme {
	bool enabled;
	const char *directory; /* URL of the authority */
	const char *email; /* or "" */
	int64_t orders; /* in orders_per_ms */
	int64_t orders_per_ms;
	struct conf_list challenges; /* http-01, tls-alpn-01, dns-01 */
	struct conf_list caa; /* the authority's names in CAA records */
	const char *ca_file; /* "": that of fetch */
	const char *folder; /* of account and keys; "": "acme" in the store */
	const char *program; /* uacme */
	int64_t timeout_ms; /* of one order */
};

struct conf_publisher {
	const char *control; /* path or address of the control socket, or "" */
	const char *metrics; /* address, or "" */
	int64_t jobs; /* domains that are worked on at a time */
};

struct conf_rollout {
	int64_t testing_ms; /* each stage lasts at least so long */
	int64_t enforce_day_ms;
	int64_t enforce_week_ms;
	bool auto_back;
};

struct conf_dns {
	int64_t backend; /* enum dns_backend */
	struct conf_list server; /* "system", addresses; none: from the root */
	const char *trust_anchor;
	int64_t timeout_ms;
};

struct conf_fetch {
	const char *ca_file;
	int64_t port;
	int64_t timeout_ms;
	bool allow_private;
	struct conf_list allow_networks;
	const char *proxy; /* "http://HOST:PORT", or "" */
};

struct conf_resolver {
	struct conf_list listen; /* addresses: see io/listen */
	const char *control; /* path or address of the control socket, or "" */
	const char *control_group; /* who may purge beside root, or "" */
	const char *metrics; /* address, or "" */
	int64_t dane; /* enum reply_dane */
	int64_t mixed; /* enum decide_mixed */
	int64_t testing_level; /* enum reply_testing */
	bool observe;
	const char *unknown_map; /* the map name others stand for, or "" */
	int64_t max_connections;
};

/* One rule of the section "rules": the key and its mapping. */
struct conf_dest_rule {
	const char *name; /* "*", ".suffix" or a name: normalised */
	int64_t mta_sts; /* enum rule_sts */
	const char *reply; /* or "" */
	const char *reason; /* or "" */
	int64_t until_at; /* 0: for ever; a date counts to its end, UTC */
};

enum conf_push_method {
	CONF_PUSH_RFC2136 = 0,
	CONF_PUSH_POWERDNS,
	CONF_PUSH_HOOK
};

/* One way to write into DNS: an item of the list "push". */
struct conf_push {
	int64_t method; /* enum conf_push_method */
	struct conf_list zones; /* "*", or names */
	const char *server; /* ADDR or ADDR:PORT, or "" */
	const char *url; /* or "" */
	const char *key_file; /* path, or name of a credential, or "" */
	const char *program; /* or "" */
	const char *zone; /* or "" */
	int64_t timeout_ms;
};

struct conf {
	struct conf_store store;
	struct conf_log log;
	struct conf_dns dns;
	struct conf_fetch fetch;
	struct conf_resolver resolver;
	struct conf_host host;
	struct conf_acme acme;
	struct conf_publisher publisher;
	struct conf_rollout rollout;
	struct {
		const struct conf_dest_rule *v;
		size_t count;
	} rules;
	struct {
		const struct conf_push *v;
		size_t count;
	} push;
	/* memory of all strings; private to conf.c */
	struct arena *arena;
};

/* conf_new - the built-in values alone; yours: conf_free(); null: no memory */
struct conf *conf_new(void);

/* conf_free - release; null is fine */
void conf_free(struct conf *conf);

/*
 * conf_load - read a file and the files conf.d/NAME.yaml beside it, in order
 *
 * A missing file is ENOENT. ECONF when anything is wrong: all faults are
 * findings and *out is untouched.
 */
enum mtasts_err conf_load(const char *path, struct conf **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * conf_parse - read one document over the values that are in *conf
 *
 * For tests, fuzzing and conf_load(). ECONF when anything is wrong; *conf then
 * holds an unspecified but valid mixture.
 */
enum mtasts_err conf_parse(struct conf *conf, struct str text, const char *file,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * conf_dup - a copy with memory of its own
 *
 * For work that goes on by the configuration it was begun with, whatever is
 * read meanwhile. *out: yours, conf_free(). ENOMEM.
 */
enum mtasts_err conf_dup(
    const struct conf *conf, struct conf **out) MTASTS_MUST_CHECK;

/* conf_same - do both say the same? False when memory is short */
bool conf_same(const struct conf *a, const struct conf *b);

/* conf_dump - append all values as YAML that conf_parse() reads back */
void conf_dump(const struct conf *conf, struct buf *b);

/*
 * conf_sample - append a file to start from: every option as a comment
 *
 * Option lines begin with "  #NAME:"; without that "#" they give these values.
 */
void conf_sample(const struct conf *conf, struct buf *b);

#endif
