/*
 * listen_parse - the grammar of listening addresses
 *
 * Pure: no name is looked up and nothing is opened. What people write wrongly
 * most often (no port, brackets forgotten, a host name) gets its own sentence.
 */
#include "io/listen.h"

#include "base/diag.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>

/* Everything that can be wrong with a listening address. */
static const struct diag_rule bad_form = {
	.id = "conf",
	.name = "listen-form",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write ADDRESS:PORT, [IPV6]:PORT, unix:PATH or systemd:NAME.",
};
static const struct diag_rule bad_address = {
	.id = "conf",
	.name = "listen-address",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write an address of this machine in figures, 0.0.0.0 for all "
	       "of IPv4 or [::] for all of IPv6.",
};
static const struct diag_rule bad_port = {
	.id = "conf",
	.name = "listen-port",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write a port from 0 to 65535; 0 lets the system choose.",
};
static const struct diag_rule bad_path = {
	.id = "conf",
	.name = "listen-path",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write an absolute path of at most 107 bytes.",
};
static const struct diag_rule bad_option = {
	.id = "conf",
	.name = "listen-option",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Options of unix: are owner=NAME, group=NAME and mode=OCTAL, "
	       "such as unix:/run/mtasts/host.sock,group=www-data,mode=0660.",
};
static const struct diag_rule bad_name = {
	.id = "conf",
	.name = "listen-name",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write systemd: and the FileDescriptorName= of the socket unit.",
};

/* complain - one finding about the text; always ESYNTAX */
static enum mtasts_err
complain(struct mtasts_diags *diags, const struct diag_rule *rule,
    struct str text, const char *why)
{
	struct diag_quote quote;

	diag_add(diags, rule, (struct diag_place){ 0 },
	    "listening address \"%s\" %s", diag_quote(&quote, text), why);
	return MTASTS_ESYNTAX;
}

/* copy - a span into a terminated array; false when it is too long */
static bool
copy(char *out, size_t size, struct str s)
{
	if (s.len >= size || memchr(s.p, '\0', s.len) != NULL)
		return false;
	memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

/* parse_mode - three or four octal digits */
static bool
parse_mode(struct str s, int *mode)
{
	int n = 0;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '7')
			return false;
		n = n * 8 + (s.p[i] - '0');
	}
	if (s.len < 3 || s.len > 4 || n > 0777)
		return false;
	*mode = n;
	return true;
}

/* parse_option - one "key=value" behind the path */
static bool
parse_option(struct str item, struct listen_addr *out)
{
	struct str key, value;

	if (!str_cut(item, '=', &key, &value) || value.len == 0)
		return false;
	if (str_eq(key, STR("owner")))
		return copy(out->owner, sizeof(out->owner), value);
	if (str_eq(key, STR("group")))
		return copy(out->group, sizeof(out->group), value);
	return str_eq(key, STR("mode")) && parse_mode(value, &out->mode);
}

/* parse_unix - PATH and options */
static enum mtasts_err
parse_unix(struct str text, struct str rest, struct listen_addr *out,
    struct mtasts_diags *diags)
{
	struct sockaddr_un *sa = (struct sockaddr_un *)&out->sa;
	struct str path, item;
	bool more = str_cut(rest, ',', &path, &rest);

	if (path.len == 0 || path.p[0] != '/')
		return complain(diags, &bad_path, text, "has no absolute path");
	if (!copy(sa->sun_path, sizeof(sa->sun_path), path))
		return complain(diags, &bad_path, text, "has too long a path");
	while (more) {
		more = str_cut(rest, ',', &item, &rest);
		if (!parse_option(item, out))
			return complain(diags, &bad_option, text,
			    "has an option that is not understood");
	}
	sa->sun_family = AF_UNIX;
	out->kind = LISTEN_UNIX;
	out->sa_len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
	return MTASTS_OK;
}

/* parse_systemd - the name of a descriptor */
static enum mtasts_err
parse_systemd(struct str text, struct str name, struct listen_addr *out,
    struct mtasts_diags *diags)
{
	/* systemd separates names by colons. */
	if (name.len == 0 || str_chr(name, ':') < name.len ||
	    !copy(out->name, sizeof(out->name), name))
		return complain(diags, &bad_name, text,
		    "has no name that systemd could give");
	out->kind = LISTEN_SYSTEMD;
	return MTASTS_OK;
}

/* fill_v4 - false when addr is no IPv4 address or "*" */
static bool
fill_v4(struct str addr, unsigned port, struct listen_addr *out)
{
	struct sockaddr_in *sa = (struct sockaddr_in *)&out->sa;
	char text[INET_ADDRSTRLEN];

	if (str_eq(addr, STR("*")))
		addr = STR("0.0.0.0");
	if (!copy(text, sizeof(text), addr) ||
	    inet_pton(AF_INET, text, &sa->sin_addr) != 1)
		return false;
	sa->sin_family = AF_INET;
	sa->sin_port = htons((uint16_t)port);
	out->sa_len = sizeof(*sa);
	return true;
}

/* fill_v6 - false when addr is no IPv6 address */
static bool
fill_v6(struct str addr, unsigned port, struct listen_addr *out)
{
	struct sockaddr_in6 *sa = (struct sockaddr_in6 *)&out->sa;
	char text[INET6_ADDRSTRLEN];

	if (!copy(text, sizeof(text), addr) ||
	    inet_pton(AF_INET6, text, &sa->sin6_addr) != 1)
		return false;
	sa->sin6_family = AF_INET6;
	sa->sin6_port = htons((uint16_t)port);
	out->sa_len = sizeof(*sa);
	return true;
}

/* parse_inet - ADDR:PORT or [V6]:PORT */
static enum mtasts_err
parse_inet(struct str text, struct str rest, struct listen_addr *out,
    struct mtasts_diags *diags)
{
	bool v6 = rest.len > 0 && rest.p[0] == '[', ok;
	struct str addr, port;
	uint64_t n;

	if (v6) {
		if (!str_cut(str_sub(rest, 1, rest.len), ']', &addr, &port))
			return complain(
			    diags, &bad_form, text, "lacks its \"]\"");
		if (port.len > 0 && port.p[0] != ':')
			return complain(diags, &bad_form, text,
			    "has something between \"]\" and the port");
		if (port.len == 0)
			return complain(diags, &bad_form, text, "has no port");
		port = str_sub(port, 1, port.len);
	} else {
		if (!str_cut(rest, ':', &addr, &port))
			return complain(diags, &bad_form, text, "has no port");
		if (str_chr(port, ':') < port.len)
			return complain(
			    diags, &bad_form, text, "is IPv6 without brackets");
	}
	if (!str_u64(port, 65535, &n))
		return complain(diags, &bad_port, text, "has no valid port");
	ok = v6 ? fill_v6(addr, (unsigned)n, out)
		: fill_v4(addr, (unsigned)n, out);
	if (!ok)
		return complain(
		    diags, &bad_address, text, "is not an address in figures");
	out->kind = LISTEN_INET;
	return MTASTS_OK;
}

enum mtasts_err
listen_parse(
    const char *text, struct listen_addr *out, struct mtasts_diags *diags)
{
	struct listen_addr addr = { .mode = -1 };
	struct str s = str_of(text);
	enum mtasts_err err;

	if (str_starts(s, STR("unix:")))
		err = parse_unix(s, str_sub(s, 5, s.len), &addr, diags);
	else if (str_starts(s, STR("systemd:")))
		err = parse_systemd(s, str_sub(s, 8, s.len), &addr, diags);
	else if (str_starts(s, STR("inet:")))
		err = parse_inet(s, str_sub(s, 5, s.len), &addr, diags);
	else
		err = parse_inet(s, s, &addr, diags);
	if (err == MTASTS_OK)
		*out = addr;
	return err;
}
