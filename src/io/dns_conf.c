/*
 * dns_conf.c - the configuration of lookups: which servers, which anchor
 *
 * Reads resolv.conf and the trust anchor file; opens no socket. Scoped
 * addresses of resolv.conf ("fe80::1%eth0") and all its options are passed
 * over. Whether an anchor is a good one the engine finds out.
 */
#include "io/dns_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define LINE_MAX_LEN 8192 /* bytes that are looked at */

/* Everything that can be wrong with the section "dns". */
static const struct diag_rule bad_server = {
	.id = "conf",
	.name = "dns-server",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write system, or an address in figures: ADDRESS, ADDRESS:PORT, "
	       "[IPV6]:PORT.",
};
static const struct diag_rule too_many = {
	.id = "conf",
	.name = "dns-servers-many",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Name at most 16 servers.",
};
static const struct diag_rule stub_none = {
	.id = "conf",
	.name = "dns-stub-server",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Name a validating resolver of this machine in dns.server, such "
	       "as 127.0.0.1, or set dns.backend to validate.",
};
static const struct diag_rule stub_remote = {
	.id = "conf",
	.name = "dns-stub-remote",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "RFC 7672 section 2.1.1",
	.fix = "Set dns.backend to validate, or run a validating resolver on "
	       "this machine and name 127.0.0.1 in dns.server.",
};
static const struct diag_rule direct_one = {
	.id = "conf",
	.name = "dns-direct-server",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Name the one server to ask by its address in figures.",
};
static const struct diag_rule no_file = {
	.id = "conf",
	.name = "dns-anchor-file",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Install the package dns-root-data, or name a file that this "
	       "program may read in dns.trust-anchor.",
};
static const struct diag_rule no_anchor = {
	.id = "conf",
	.name = "dns-anchor",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Name a file of DS or DNSKEY records, as in a zone file; the "
	       "package dns-root-data has the root's in "
	       "/usr/share/dns/root.key.",
};

/* copy - a span into an array; false when it is too long or has a NUL */
static bool
copy(char *out, size_t size, struct str s)
{
	if (s.len >= size || str_chr(s, '\0') < s.len)
		return false;
	if (s.len > 0)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

/* read_ip - an address in figures into a server; false when it is none */
static bool
read_ip(struct str text, struct dns_server *out)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (!copy(out->ip, sizeof(out->ip), text))
		return false;
	if (inet_pton(AF_INET, out->ip, &v4) == 1) {
		out->v6 = false;
		out->loopback = ntohl(v4.s_addr) >> 24 == 127;
		return true;
	}
	if (inet_pton(AF_INET6, out->ip, &v6) != 1)
		return false;
	out->v6 = true;
	out->loopback = IN6_IS_ADDR_LOOPBACK(&v6);
	return true;
}

/* read_port - the digits behind a colon */
static bool
read_port(struct str text, struct dns_server *out)
{
	uint64_t port;

	if (!str_u64(text, 65535, &port) || port == 0)
		return false;
	out->port = (unsigned)port;
	return true;
}

/* read_server - ADDR, ADDR:PORT, [V6], [V6]:PORT */
static bool
read_server(struct str text, struct dns_server *out)
{
	struct str ip, rest;

	out->port = 53;
	if (read_ip(text, out))
		return true;
	if (text.len > 0 && text.p[0] == '[') {
		if (!str_cut(str_sub(text, 1, text.len), ']', &ip, &rest) ||
		    !read_ip(ip, out) || !out->v6)
			return false;
		return rest.len == 0 ||
		    (rest.p[0] == ':' &&
			read_port(str_sub(rest, 1, rest.len), out));
	}
	return str_cut(text, ':', &ip, &rest) && read_ip(ip, out) && !out->v6 &&
	    read_port(rest, out);
}

/* add - one more server */
static enum mtasts_err
add(struct dns_servers *out, const struct dns_server *server,
    struct mtasts_diags *diags)
{
	if (out->count == DNS_SERVERS_MAX) {
		diag_add(diags, &too_many, (struct diag_place){ 0 },
		    "more than %d DNS servers are named", DNS_SERVERS_MAX);
		return MTASTS_ECONF;
	}
	out->v[out->count++] = *server;
	return MTASTS_OK;
}

/* next_word - take the next word between blanks off *rest; empty at the end */
static struct str
next_word(struct str *rest)
{
	size_t n = 0;
	struct str word;

	*rest = str_trim_left(*rest);
	while (n < rest->len && !ascii_wsp(rest->p[n]))
		n++;
	word = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n, rest->len);
	return word;
}

/*
 * next_line - the next line of a file; false at the end
 *
 * Without its end; of a longer one, the beginning.
 */
static bool
next_line(FILE *file, char line[LINE_MAX_LEN], struct str *out)
{
	int c;

	if (fgets(line, LINE_MAX_LEN, file) == NULL)
		return false;
	*out = str_of(line);
	if (str_chr(*out, '\n') == out->len)
		do
			c = getc(file);
		while (c != EOF && c != '\n');
	else
		out->len = str_chr(*out, '\n');
	if (out->len > 0 && out->p[out->len - 1] == '\r')
		out->len--;
	return true;
}

/* add_system - the servers of resolv.conf; as in C libraries, never none */
static enum mtasts_err
add_system(
    const char *path, struct dns_servers *out, struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;
	struct dns_server server = { 0 };
	size_t before = out->count;
	char line[LINE_MAX_LEN];
	struct str rest;
	FILE *file = fopen(path, "re");

	server.port = 53;
	while (file != NULL && !err && next_line(file, line, &rest)) {
		if (str_eq(next_word(&rest), STR("nameserver")) &&
		    read_ip(next_word(&rest), &server))
			err = add(out, &server, diags);
	}
	if (file != NULL)
		fclose(file);
	if (!err && out->count == before && read_ip(STR("127.0.0.1"), &server))
		err = add(out, &server, diags);
	return err;
}

/* check_stub - AD may be trusted on this machine only (RFC 7672 2.1.1) */
static enum mtasts_err
check_stub(const struct dns_servers *servers, struct mtasts_diags *diags)
{
	if (servers->count == 0) {
		diag_add(diags, &stub_none, (struct diag_place){ 0 },
		    "dns.backend is stub, but dns.server names no server");
		return MTASTS_ECONF;
	}
	for (size_t i = 0; i < servers->count; i++) {
		if (servers->v[i].loopback)
			continue;
		diag_add(diags, &stub_remote, (struct diag_place){ 0 },
		    "dns.backend is stub, but the server %s is not on this "
		    "machine: anybody on the way to it could say that an "
		    "answer was validated",
		    servers->v[i].ip);
		return MTASTS_ECONF;
	}
	return MTASTS_OK;
}

/* check_direct - whoever asks one server must know which */
static enum mtasts_err
check_direct(const struct dns_servers *servers, struct mtasts_diags *diags)
{
	if (servers->count == 1)
		return MTASTS_OK;
	diag_add(diags, &direct_one, (struct diag_place){ 0 },
	    "one DNS server is to be asked, but %zu are named", servers->count);
	return MTASTS_ECONF;
}

enum mtasts_err
dns_conf_servers(const struct dns_conf *conf, const char *resolv_conf,
    struct dns_servers *out, struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;
	struct dns_server server = { 0 };
	struct diag_quote quote;

	out->count = 0;
	for (size_t i = 0; i < conf->server.count && !err; i++) {
		struct str text = str_of(conf->server.v[i]);

		if (conf->backend != DNS_DIRECT &&
		    str_eq(text, STR("system"))) {
			err = add_system(resolv_conf, out, diags);
		} else if (read_server(text, &server)) {
			err = add(out, &server, diags);
		} else {
			diag_add(diags, &bad_server, (struct diag_place){ 0 },
			    "\"%s\" is no address of a DNS server",
			    diag_quote(&quote, text));
			err = MTASTS_ECONF;
		}
	}
	if (!err && conf->backend == DNS_STUB)
		err = check_stub(out, diags);
	if (!err && conf->backend == DNS_DIRECT)
		err = check_direct(out, diags);
	return err;
}

/* anchor_owner - whose anchor a line of the file is; empty: nobody's */
static struct str
anchor_owner(struct str line)
{
	struct str owner, word;

	str_cut(line, ';', &line, NULL);
	if (line.len == 0 || ascii_wsp(line.p[0]) || line.p[0] == '$')
		return STR("");
	owner = next_word(&line);
	/* Behind it stand a TTL and a class, or not. */
	for (int i = 0; i < 3; i++) {
		word = next_word(&line);
		if (str_eq_nocase(word, STR("DS")) ||
		    str_eq_nocase(word, STR("DNSKEY")))
			return owner;
	}
	return STR("");
}

enum mtasts_err
dns_conf_no_anchor(const char *path, struct mtasts_diags *diags)
{
	diag_add(diags, &no_anchor, (struct diag_place){ .file = path },
	    "the file has no trust anchor that can be used");
	return MTASTS_ECONF;
}

/* no_file_why - the finding that the file cannot be read, by errno */
static enum mtasts_err
no_file_why(const char *path, struct mtasts_diags *diags)
{
	bool missing = *path == '\0' || errno == ENOENT || errno == ENOTDIR;

	diag_add(diags, &no_file, (struct diag_place){ .file = path },
	    "the trust anchor file cannot be read: %s",
	    *path == '\0' ? "none is named" : strerror(errno));
	return missing ? MTASTS_ENOENT : MTASTS_ESYS;
}

enum mtasts_err
dns_conf_anchor(const char *path, char name[256], struct mtasts_diags *diags)
{
	struct str line, owner = STR("");
	char text[LINE_MAX_LEN];
	FILE *file;

	if (path == NULL)
		path = "";
	file = fopen(path, "re");
	if (file == NULL)
		return no_file_why(path, diags);
	while (owner.len == 0 && next_line(file, text, &line))
		owner = anchor_owner(line);
	fclose(file);
	if (owner.len == 0)
		return dns_conf_no_anchor(path, diags);
	if (owner.p[owner.len - 1] == '.')
		owner.len--;
	return copy(name, 256, owner) ? MTASTS_OK
				      : dns_conf_no_anchor(path, diags);
}

struct dns_stamp
dns_conf_stamp(const struct dns_conf *conf)
{
	struct stat st;

	if (conf->backend != DNS_VALIDATE || conf->trust_anchor == NULL ||
	    stat(conf->trust_anchor, &st) != 0)
		return (struct dns_stamp){ 0 };
	return (struct dns_stamp){ .dev = st.st_dev,
		.ino = st.st_ino,
		.size = st.st_size,
		.changed_s = st.st_mtim.tv_sec,
		.changed_ns = st.st_mtim.tv_nsec };
}

/* same_servers - the same ones in the same order? */
static bool
same_servers(const struct dns_servers *a, const struct dns_servers *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->v[i].ip, b->v[i].ip) != 0 ||
		    a->v[i].port != b->v[i].port)
			return false;
	return true;
}

bool
dns_conf_same(const struct dns_conf *conf, const char *resolv_conf,
    const struct dns_servers *servers, const struct dns_stamp *anchor)
{
	struct dns_stamp stamp = dns_conf_stamp(conf);
	struct dns_servers found;

	/* A file that is being exchanged may be missing for a moment. */
	if ((stamp.ino == 0 && anchor->ino != 0) ||
	    dns_conf_servers(conf, resolv_conf, &found, NULL) != MTASTS_OK)
		return true;
	return same_servers(&found, servers) &&
	    memcmp(&stamp, anchor, sizeof(stamp)) == 0;
}

void
dns_check_conf(const struct dns_conf *conf, struct mtasts_diags *diags)
{
	struct dns_servers servers;
	char name[256];
	enum mtasts_err err;

	err = dns_conf_servers(conf, DNS_RESOLV_CONF, &servers, diags);
	if (conf->backend == DNS_VALIDATE)
		err = dns_conf_anchor(conf->trust_anchor, name, diags);
	/* The findings are all that was asked for. */
	(void)err;
}
