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

/* In the order of the enums that their fields name in conf.h. */
static const char *const levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const backends[] = { "validate", "stub", NULL };
static const char *const danes[] = { "by-map", "on", "off", NULL };
static const char *const mixeds[] = { "sts", "dane-only", "dane", NULL };
static const char *const testings[] = { "none", "may", "encrypt", NULL };
static const char *const stses[] = { "optional", "require", "disable", NULL };

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

	{ FIELD(dns, backend), .name = "backend", .type = CONF_CHOICE,
	    .live = true, .choices = backends, .preset = "validate",
	    .help = "who checks DNSSEC",
	    .more = "validate: this program, with trust-anchor. stub: a "
		    "validating server on loopback, which says so in its "
		    "answers; any other server could be forged on the way." },
	{ FIELD(dns, server), .name = "server", .type = CONF_LIST,
	    .form = CONF_SERVER, .may_be_empty = true, .live = true,
	    .preset = "system", .help = "DNS servers to ask",
	    .more = "The word system stands for those of /etc/resolv.conf. "
		    "An empty list asks from the root down, without any "
		    "server in between; that needs backend: validate." },
	{ FIELD(dns, trust_anchor), .name = "trust-anchor", .type = CONF_TEXT,
	    .form = CONF_PATH, .live = true,
	    .preset = "/usr/share/dns/root.key",
	    .help = "file with the keys that DNSSEC is checked by",
	    .more = "DS or DNSKEY records of the root. Not read by the "
		    "backend stub." },
	{ FIELD(dns, timeout_ms), .name = "timeout", .type = CONF_DURATION,
	    .live = true, .min = 100, .max = SECONDS(60), .preset = "5s",
	    .help = "for one lookup, all its tries together" },

	{ FIELD(fetch, ca_file), .name = "ca-file", .type = CONF_TEXT,
	    .form = CONF_PATH, .live = true,
	    .preset = "/etc/ssl/certs/ca-certificates.crt",
	    .help = "certificates of the authorities that policy hosts may "
		    "use" },
	{ FIELD(fetch, port), .name = "port", .type = CONF_INT, .live = true,
	    .min = 1, .max = 65535, .preset = "443",
	    .help = "port of the policy hosts",
	    .more = "Another one is for tests alone." },
	{ FIELD(fetch, timeout_ms), .name = "timeout", .type = CONF_DURATION,
	    .live = true, .min = 100, .max = SECONDS(60), .preset = "5s",
	    .help = "for getting one policy, DNS included" },
	{ FIELD(fetch, allow_private), .name = "allow-private",
	    .type = CONF_BOOL, .live = true, .preset = "false",
	    .help = "fetch from loopback and private addresses too",
	    .more = "Else a stranger's DNS could make this program ask hosts "
		    "inside your network." },
	{ FIELD(fetch, allow_networks), .name = "allow-networks",
	    .type = CONF_LIST, .form = CONF_NETWORK, .may_be_empty = true,
	    .live = true, .preset = "",
	    .help = "private networks with policy hosts that may be asked" },
	{ FIELD(fetch, proxy), .name = "proxy", .type = CONF_TEXT,
	    .form = CONF_PROXY, .may_be_empty = true, .live = true,
	    .preset = "",
	    .help = "a web proxy to fetch through, such as "
		    "http://proxy.example:3128; \"\" for none",
	    .more = "It is asked to CONNECT, and looks up the policy host "
		    "itself; certificates are checked here all the same." },

	{ FIELD(resolver, listen), .name = "listen", .type = CONF_LIST,
	    .form = CONF_ADDRESS,
	    .preset = "127.0.0.1:8461 127.0.0.1:8642 "
		      "unix:/var/spool/postfix/mtasts/resolver.sock",
	    .help = "addresses on which the MTA asks",
	    .more = "The ports are those of postfix-mta-sts-resolver and of "
		    "postfix-tlspol. Answers have no protection of their own: "
		    "listen on loopback or on a socket file alone. A socket "
		    "file without mode= may be used by everybody (0666)." },
	{ FIELD(resolver, control), .name = "control", .type = CONF_TEXT,
	    .form = CONF_SOCKET, .may_be_empty = true,
	    .preset = "/run/mtasts/resolver.ctl",
	    .help = "socket for mtasts query, cache and status; \"\" for none",
	    .more = "A path, or an address such as unix:/PATH,mode=0660." },
	{ FIELD(resolver, control_group), .name = "control-group",
	    .type = CONF_TEXT, .may_be_empty = true, .preset = "",
	    .help = "group whose members may purge and refresh",
	    .more = "Root and the daemon's own user always may." },
	{ FIELD(resolver, metrics), .name = "metrics", .type = CONF_TEXT,
	    .form = CONF_ADDRESS, .may_be_empty = true,
	    .preset = "127.0.0.1:9461",
	    .help = "address that serves /metrics; \"\" for none",
	    .more = "In Prometheus' text format, without TLS or login." },
	{ FIELD(resolver, dane), .name = "dane", .type = CONF_CHOICE,
	    .live = true, .choices = danes, .preset = "by-map",
	    .help = "whether answers may tell the MTA to use DANE",
	    .more = "by-map: with the map names QUERY and QUERYwithTLSRPT, "
		    "not with postfix, sts and the line protocol. on: with "
		    "postfix too; wants smtp_dns_support_level=dnssec there. "
		    "off: never." },
	{ FIELD(resolver, mixed), .name = "mixed", .type = CONF_CHOICE,
	    .live = true, .choices = mixeds, .preset = "sts",
	    .help = "what holds for an enforced policy when DANE secures "
		    "some mail servers of a domain, not all",
	    .more = "sts: the policy, and DANE goes unchecked, as the MTA "
		    "takes one of the two. dane-only: only the servers that "
		    "DANE secures. dane: DANE where there is any, and the "
		    "others unchecked." },
	{ FIELD(resolver, testing_level), .name = "testing-level",
	    .type = CONF_CHOICE, .live = true, .choices = testings,
	    .preset = "none", .help = "answer for policies in mode testing",
	    .more = "none: as without a policy. may, encrypt: this TLS level, "
		    "with what Postfix 3.10 and later reports." },
	{ FIELD(resolver, observe), .name = "observe", .type = CONF_BOOL,
	    .live = true, .preset = "false",
	    .help = "decide and log, but let the MTA go on as without us",
	    .more = "For the first day." },
	{ FIELD(resolver, unknown_map), .name = "unknown-map",
	    .type = CONF_TEXT, .form = CONF_MAP, .may_be_empty = true,
	    .live = true, .preset = "",
	    .help = "the map name that all unknown ones stand for",
	    .more = "One of QUERYwithTLSRPT, QUERY, postfix and sts. Without "
		    "it an unknown name is answered PERM." },
	{ FIELD(resolver, max_connections), .name = "max-connections",
	    .type = CONF_INT, .min = 1, .max = 1000000, .preset = "4096",
	    .help = "connections open at a time" },

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
	{ FIELD(host, control), .name = "control", .type = CONF_TEXT,
	    .form = CONF_SOCKET, .may_be_empty = true,
	    .preset = "/run/mtasts/host.ctl",
	    .help = "socket on which challenges of ACME are announced; \"\" "
		    "for none",
	    .more = "A path, or an address such as unix:/PATH,mode=0660." },
	{ FIELD(host, control_user), .name = "control-user", .type = CONF_TEXT,
	    .may_be_empty = true, .preset = "mtasts-admin",
	    .help = "the user who may announce them",
	    .more = "Who orders the certificates. Root and the daemon's own "
		    "user always may; a user that is not there is nobody." },

	{ FIELD(acme, enabled), .name = "enabled", .type = CONF_BOOL,
	    .live = true, .preset = "false",
	    .help = "get the certificates of policy hosts by ACME",
	    .more = "true also says that you agree to the authority's terms "
		    "of service. Certificates that certbot, dehydrated or "
		    "lego keep stay theirs." },
	{ FIELD(acme, directory), .name = "directory", .type = CONF_TEXT,
	    .form = CONF_HTTPS, .live = true,
	    .preset = "https://acme-v02.api.letsencrypt.org/directory",
	    .help = "URL of the certification authority's directory" },
	{ FIELD(acme, email), .name = "email", .type = CONF_TEXT,
	    .form = CONF_MAIL, .may_be_empty = true, .live = true, .preset = "",
	    .help = "address for mail of the authority; \"\" for none",
	    .more = "It is told when the account is made." },
	{ FIELD(acme, orders), .name = "orders", .type = CONF_INT, .live = true,
	    .min = 1, .max = 1000000, .preset = "250",
	    .help = "certificates that are ordered within orders-per",
	    .more = "Authorities allow an account so many; Let's Encrypt 300 "
		    "in 3 hours. Orders that fail count." },
	{ FIELD(acme, orders_per_ms), .name = "orders-per",
	    .type = CONF_DURATION, .live = true, .min = SECONDS(1),
	    .max = SECONDS(31 * 86400), .preset = "3h",
	    .help = "the time that orders counts for" },
	{ FIELD(acme, challenges), .name = "challenges", .type = CONF_LIST,
	    .form = CONF_CHALLENGE, .live = true,
	    .preset = "tls-alpn-01 http-01 dns-01",
	    .help = "how a name is proved to the authority",
	    .more = "tls-alpn-01: by mtasts-host at port 443. http-01: by "
		    "mtasts-host at port 80, or a web server in front that "
		    "hands on /.well-known/acme-challenge/. dns-01: by a "
		    "record, where mtasts writes the zone." },
	{ FIELD(acme, caa), .name = "caa", .type = CONF_LIST, .form = CONF_NAME,
	    .may_be_empty = true, .live = true, .preset = "",
	    .help = "the authority's names in CAA records",
	    .more = "Not needed for those that many use: they are known by "
		    "directory." },
	{ FIELD(acme, ca_file), .name = "ca-file", .type = CONF_TEXT,
	    .form = CONF_PATH, .may_be_empty = true, .live = true, .preset = "",
	    .help = "whom a new certificate must lead to; \"\" for those of "
		    "fetch.ca-file",
	    .more = "A certificate that senders would not trust, such as one "
		    "of a staging directory, is not put in place." },
	{ FIELD(acme, folder), .name = "folder", .type = CONF_TEXT,
	    .form = CONF_PATH, .may_be_empty = true, .preset = "",
	    .help = "folder of the account and the keys; \"\" for acme in the "
		    "store's",
	    .more = "Nobody but its owner may read it." },
	{ FIELD(acme, program), .name = "program", .type = CONF_TEXT,
	    .form = CONF_PATH, .live = true, .preset = "/usr/bin/uacme",
	    .help = "the program uacme, which speaks to the authority" },
	{ FIELD(acme, timeout_ms), .name = "timeout", .type = CONF_DURATION,
	    .live = true, .min = SECONDS(1), .max = SECONDS(3600),
	    .preset = "5m", .help = "for one order" },

	{ FIELD(publisher, control), .name = "control", .type = CONF_TEXT,
	    .form = CONF_SOCKET, .may_be_empty = true,
	    .preset = "/run/mtasts/publisher.ctl",
	    .help = "socket for mtasts status and for what is to be done at "
		    "once; \"\" for none",
	    .more = "A path, or an address such as unix:/PATH,mode=0660." },
	{ FIELD(publisher, metrics), .name = "metrics", .type = CONF_TEXT,
	    .form = CONF_ADDRESS, .may_be_empty = true,
	    .preset = "127.0.0.1:9463",
	    .help = "address that serves /metrics; \"\" for none",
	    .more = "In Prometheus' text format, without TLS or login." },
	{ FIELD(publisher, jobs), .name = "jobs", .type = CONF_INT,
	    .live = true, .min = 1, .max = 10000, .preset = "50",
	    .help = "domains that are worked on at a time" },

	{ FIELD(rollout, testing_ms), .name = "testing", .type = CONF_DURATION,
	    .live = true, .min = SECONDS(1), .max = SECONDS(366 * 86400),
	    .preset = "14d",
	    .help = "how long a policy stays in mode testing at least",
	    .more = "Reports of senders come once a day, and many send only "
		    "once a week." },
	{ FIELD(rollout, enforce_day_ms), .name = "enforce-day",
	    .type = CONF_DURATION, .live = true, .min = SECONDS(1),
	    .max = SECONDS(366 * 86400), .preset = "7d",
	    .help = "then it is enforced with a max-age of a day, so long" },
	{ FIELD(rollout, enforce_week_ms), .name = "enforce-week",
	    .type = CONF_DURATION, .live = true, .min = SECONDS(1),
	    .max = SECONDS(366 * 86400), .preset = "14d",
	    .help = "then with one of a week, so long; then of a month" },
	{ FIELD(rollout, auto_back), .name = "auto-back", .type = CONF_BOOL,
	    .live = true, .preset = "false",
	    .help = "go back to testing without being told",
	    .more = "After an hour in which every look showed an MX host "
		    "with an expired certificate, or one that fits no mx by "
		    "the word of all name servers. Nothing else: whoever "
		    "can block connections could switch enforcement off." },

	{ .section = NULL },
};

#define DEST(field_)                         \
	.section = CONF_DESTS, .live = true, \
	.offset = offsetof(struct conf_dest_rule, field_)

const struct conf_option conf_dest_options[] = {
	{ DEST(mta_sts), .name = "mta-sts", .type = CONF_CHOICE,
	    .choices = stses, .preset = "optional",
	    .help = "what is wanted of the destination",
	    .more = "optional: what the standards say. require: a policy or "
		    "complete DANE; until there is one mail waits. disable: "
		    "no MTA-STS; DANE stays." },
	{ DEST(reply), .name = "reply", .type = CONF_TEXT, .form = CONF_REPLY,
	    .may_be_empty = true, .preset = "",
	    .help = "answer this, whatever the destination publishes",
	    .more = "As in a Postfix TLS policy table, such as \"secure "
		    "match=mx.example.com\"." },
	{ DEST(reason), .name = "reason", .type = CONF_TEXT,
	    .may_be_empty = true, .preset = "",
	    .help = "why; for those who read it later" },
	{ DEST(until_at), .name = "until", .type = CONF_WHEN,
	    .may_be_empty = true, .preset = "",
	    .help = "the last day, or moment, on which the rule holds",
	    .more = "Seven days before, the log begins to warn." },

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
	{ "dns", "how names are looked up" },
	{ "fetch", "how policies of others are fetched" },
	{ "resolver", "mtasts-resolver, which answers the MTA" },
	{ CONF_DESTS, "what holds for single destinations" },
	{ "host", "mtasts-host, which serves the policies" },
	{ "acme", "certificates by ACME" },
	{ "publisher", "mtasts-publisher, which keeps certificates in step" },
	{ CONF_PUSHES, "how records are written into DNS" },
	{ "rollout", "from mode testing to enforce, in steps" },
	{ NULL, NULL },
};

/* Sections of duties that this release does not have yet. */
static const struct section later[] = {
	{ "collector", "mtasts-collector" },
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

const struct conf_option *
conf_rows(struct str section)
{
	if (str_eq(section, STR(CONF_DESTS)))
		return conf_dest_options;
	return str_eq(section, STR(CONF_PUSHES)) ? conf_push_options
						 : conf_options;
}

bool
conf_find(struct str section, struct str name, size_t *index)
{
	const struct conf_option *rows = conf_rows(section);
	size_t i;

	for (i = 0; rows[i].section != NULL; i++) {
		if (str_eq(str_of(rows[i].section), section) &&
		    str_eq(str_of(rows[i].name), name)) {
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
