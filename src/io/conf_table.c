/*
 * conf_table.c - every option of the configuration, one row each
 *
 * Only the rows and looking them up; reading values is conf_value.c, reading
 * files conf_yaml.c.
 */
#include "io/conf_table.h"

#define KIB	   1024
#define SECONDS(n) ((int64_t)(n)*1000)
#define FIELD(section_, n) \
	.section = #section_, .offset = offsetof(struct conf, section_.n)

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

const struct conf_option conf_options[] = {
	{ FIELD(store, url), .name = "url", .type = CONF_TEXT, .form = CONF_URL,
	    .preset = "sqlite:/var/lib/mtasts",
	    .help = "where everything that must last is kept",
	    .more = "A folder with one SQLite file per owner: "
		    "sqlite:FOLDER. The command line's --store wins." },

	{ FIELD(log, level), .name = "level", .type = CONF_CHOICE, .live = true,
	    .choices = levels, .preset = "info", .help = "how much is logged",
	    .more = "error: something is degraded. warn: someone should "
		    "look. info: one line for each transaction. debug: more. "
		    "The option --log-level wins." },

	{ FIELD(host, https), .name = "https", .type = CONF_LIST,
	    .form = CONF_ADDRESS, .may_be_empty = true,
	    .preset = "0.0.0.0:443 [::]:443",
	    .help = "addresses that serve policies over TLS",
	    .more = "An empty list when a web server in front does TLS." },
	{ FIELD(host, http), .name = "http", .type = CONF_LIST,
	    .form = CONF_ADDRESS, .may_be_empty = true,
	    .preset = "127.0.0.1:8080",
	    .help = "addresses for a web server in front, without TLS",
	    .more = "Must not be open to the world: RFC 8461 section 3.3 "
		    "wants HTTPS all the way to the sender." },
	{ FIELD(host, certificates), .name = "certificates", .type = CONF_LIST,
	    .form = CONF_PATH, .may_be_empty = true,
	    .preset = "/var/lib/mtasts/certificates",
	    .help = "folders with NAME/fullchain.pem and NAME/privkey.pem",
	    .more = "Names are found by folder, then by the names in the "
		    "certificates. Files that change are taken over within a "
		    "second, without a reload." },
	{ FIELD(host, default_certificate), .name = "default-certificate",
	    .type = CONF_TEXT, .form = CONF_NAME, .may_be_empty = true,
	    .preset = "",
	    .help = "the certificate for clients that name no host",
	    .more = "The name of its folder. Senders always name the host "
		    "(RFC 8461 section 7.1), so this serves monitors only." },
	{ FIELD(host, certificate_cache), .name = "certificate-cache",
	    .type = CONF_INT, .min = 1, .max = 10000000, .preset = "20000",
	    .help = "certificates that are kept loaded",
	    .more = "About 10 KiB each, loaded when first asked for." },
	{ FIELD(host, workers), .name = "workers", .type = CONF_INT, .min = 0,
	    .max = 256, .preset = "0",
	    .help = "threads that serve; 0 is one for each processor" },
	{ FIELD(host, max_connections), .name = "max-connections", .live = true,
	    .type = CONF_INT, .min = 1, .max = 1000000, .preset = "10000",
	    .help = "connections open at a time" },
	{ FIELD(host, max_connections_per_address),
	    .name = "max-connections-per-address", .live = true,
	    .type = CONF_INT, .min = 1, .max = 1000000, .preset = "200",
	    .help = "the same from one address",
	    .more = "IPv6 addresses count by network of 64 bits. Behind a "
		    "trusted proxy the address it forwards counts." },
	{ FIELD(host, max_header), .name = "max-header", .live = true,
	    .type = CONF_SIZE, .min = KIB, .max = 64 * KIB, .preset = "8k",
	    .help = "bytes of a request's head" },
	{ FIELD(host, first_byte_timeout_ms), .name = "first-byte-timeout",
	    .live = true, .type = CONF_DURATION, .min = 100,
	    .max = SECONDS(300), .preset = "5s",
	    .help = "for TLS handshake and request's head together" },
	{ FIELD(host, idle_timeout_ms), .name = "idle-timeout", .live = true,
	    .type = CONF_DURATION, .min = 100, .max = SECONDS(3600),
	    .preset = "15s",
	    .help = "how long a connection may wait for its next request" },
	{ FIELD(host, max_requests), .name = "max-requests", .live = true,
	    .type = CONF_INT, .min = 1, .max = 1000000, .preset = "100",
	    .help = "requests of one connection" },
	{ FIELD(host, trusted_proxies), .name = "trusted-proxies", .live = true,
	    .type = CONF_LIST, .form = CONF_NETWORK, .may_be_empty = true,
	    .preset = "127.0.0.1 ::1",
	    .help = "who may say in X-Forwarded-For whom it asks for",
	    .more = "Addresses and networks such as 10.0.0.0/8. Never list "
		    "more than your own proxies." },
	{ FIELD(host, other_path_status), .name = "other-path-status",
	    .type = CONF_INT, .live = true, .min = 403, .max = 404,
	    .preset = "404",
	    .help = "answer to any path but the policy's: 403 or 404" },
	{ FIELD(host, access_log), .name = "access-log", .live = true,
	    .type = CONF_BOOL, .preset = "true", .help = "log each request" },
	{ FIELD(host, metrics), .name = "metrics", .type = CONF_TEXT,
	    .form = CONF_ADDRESS, .may_be_empty = true,
	    .preset = "127.0.0.1:9462",
	    .help = "address that serves /metrics; \"\" for none",
	    .more = "In Prometheus' text format, without TLS or login." },

	{ .section = NULL },
};

/* A section and what it is about, or what will bring it. */
struct section {
	const char *name;
	const char *text;
};

static const struct section sections[] = {
	{ "store", "what all programs share" },
	{ "log", "what is written to standard error, or the journal" },
	{ "host", "mtasts-host, which serves the policies" },
	{ NULL, NULL },
};

/* Sections of duties that this release does not have yet. */
static const struct section later[] = {
	{ "dns", "mtasts-resolver" },
	{ "fetch", "mtasts-resolver" },
	{ "resolver", "mtasts-resolver" },
	{ "rules", "mtasts-resolver" },
	{ "publisher", "mtasts-publisher" },
	{ "acme", "mtasts-publisher" },
	{ "push", "mtasts-publisher" },
	{ "rollout", "mtasts-publisher" },
	{ NULL, NULL },
};

/* section_text - the text of a section in a table, or null */
static const char *
section_text(const struct section *table, struct str name)
{
	for (; table->name != NULL; table++)
		if (str_eq(str_of(table->name), name))
			return table->text;
	return NULL;
}

const char *
conf_section_help(struct str section)
{
	return section_text(sections, section);
}

const char *
conf_section_later(struct str section)
{
	return section_text(later, section);
}

void
conf_section_near(struct nearest *near)
{
	size_t i;

	for (i = 0; sections[i].name != NULL; i++)
		nearest_try(near, sections[i].name);
}

bool
conf_find(struct str section, struct str name, size_t *index)
{
	size_t i;

	for (i = 0; conf_options[i].section != NULL; i++) {
		if (str_eq(str_of(conf_options[i].section), section) &&
		    str_eq(str_of(conf_options[i].name), name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

const char *
conf_elsewhere(struct str name)
{
	size_t i;

	for (i = 0; conf_options[i].section != NULL; i++)
		if (str_eq(str_of(conf_options[i].name), name))
			return conf_options[i].section;
	return NULL;
}
