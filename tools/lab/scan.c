/*
 * scan.c - generated domains, all healthy, for whoever looks at many
 *
 * Nothing of them is kept: what DNS says of them follows from the name.
 */
#include "scan.h"

#include <stdio.h>

static const char scan_zone[] = ".scan.test";
static const char record[] = "\x11v=STSv1; id=lab1;";
static const char reports[] = "\x28v=TLSRPTv1; rua=mailto:reports@post.test";

/* number_of - N of "dN.scan.test"; false: another name */
static bool
number_of(const struct lab *lab, struct str name, uint64_t *n)
{
	struct str end = str_of(scan_zone), digits;

	if (!str_ends(name, end) || !str_starts(name, STR("d")))
		return false;
	digits = str_sub(name, 1, name.len - 1 - end.len);
	return str_u64(digits, 99999999, n) && *n < lab->scan &&
	    (digits.len == 1 || digits.p[0] != '0');
}

void
scan_address(enum lab_role role, unsigned i, char text[16])
{
	snprintf(text, 16, "127.8.%d.%u", role == ROLE_SMTP, i % 250 + 1);
}

/* put_rr - one record more */
static struct lab_rr *
put_rr(struct scan_room *room, unsigned type, const void *data, size_t len)
{
	unsigned i = room->name.rrs != NULL;
	struct lab_rr *rr = &room->rr[i];

	memcpy(room->data[i], data, len);
	*rr = (struct lab_rr){ .type = type,
		.ttl_s = LAB_TTL_S,
		.where = LAB_WHERE_ALL,
		.data = str_make(room->data[i], len) };
	if (i > 0)
		room->rr[0].next = rr;
	room->name.rrs = &room->rr[0];
	return rr;
}

/* put_target - a record whose data is a name behind a prefix of bytes */
static void
put_target(
    struct scan_room *room, unsigned type, struct str prefix, const char *name)
{
	struct str rest = str_of(name), label;
	char data[64];
	size_t len = prefix.len;

	memcpy(data, prefix.p, prefix.len);
	while (rest.len > 0 && len < sizeof(data) - 1) {
		str_cut(rest, '.', &label, &rest);
		data[len++] = (char)label.len;
		if (label.len > sizeof(data) - len - 1)
			return;
		memcpy(data + len, label.p, label.len);
		len += label.len;
	}
	data[len++] = '\0';
	put_rr(room, type, data, len);
}

/* put_address - where the policy host or mail server of domain n is */
static void
put_address(struct scan_room *room, enum lab_role role, uint64_t n)
{
	uint8_t ip[4] = { 127, 8, role == ROLE_SMTP, (uint8_t)(n % 250 + 1) };

	put_rr(room, LAB_TYPE_A, ip, sizeof(ip));
}

const struct lab_name *
scan_name(const struct lab *lab, const char *name, struct scan_room *room)
{
	struct str all = str_of(name), label, rest;
	char mx[64];
	uint64_t n;

	if (lab->scan == 0 || !str_ends(all, str_of(scan_zone)))
		return NULL;
	room->name = (struct lab_name){ .name = name };
	if (number_of(lab, all, &n)) {
		snprintf(mx, sizeof(mx), "mx.%s", name);
		put_target(room, LAB_TYPE_MX, str_make("\0\012", 2), mx);
		return &room->name;
	}
	str_cut(all, '.', &label, &rest);
	if (str_eq(label, STR("_smtp")) && str_starts(rest, STR("_tls.")) &&
	    number_of(lab, str_sub(rest, 5, rest.len), &n)) {
		put_rr(room, LAB_TYPE_TXT, reports, sizeof(reports) - 1);
		return &room->name;
	}
	if (!number_of(lab, rest, &n))
		return NULL;
	if (str_eq(label, STR("_mta-sts")))
		put_rr(room, LAB_TYPE_TXT, record, sizeof(record) - 1);
	else if (str_eq(label, STR("mta-sts")))
		put_address(room, ROLE_HTTPS, n);
	else if (str_eq(label, STR("mx")))
		put_address(room, ROLE_SMTP, n);
	else if (!str_eq(label, STR("_tls")))
		return NULL;
	return &room->name;
}

const struct lab_server *
scan_server(const struct lab *lab, const char *name)
{
	struct str label, rest;
	uint64_t n;

	if (!str_cut(str_of(name), '.', &label, &rest) ||
	    !number_of(lab, rest, &n))
		return NULL;
	if (str_eq(label, STR("mta-sts")))
		return &lab->scan_host;
	return str_eq(label, STR("mx")) ? &lab->scan_mx : NULL;
}

void
scan_body(const char *name, struct buf *b)
{
	struct str domain = str_of(name);

	str_cut(domain, '.', NULL, &domain);
	buf_putf(b,
	    "version: STSv1\r\nmode: enforce\r\nmx: mx.%" STR_FMT
	    "\r\nmax_age: 1209600\r\n",
	    STR_ARG(domain));
}
