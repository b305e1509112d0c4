/*
 * lab_dns - a DNS server for a laboratory: it knows one small zone file
 *
 * lab_dns PORT FILE
 *
 * Listens on UDP port PORT of 127.0.0.1 until it is ended. FILE is read anew
 * for every question; its lines are what "mtasts dns --format bind" prints:
 * NAME. TTL IN TYPE DATA, of types TXT, A, CNAME, MX and TLSA. Answers say AD,
 * as those of a validating resolver would: it is trusted on loopback alone.
 */
#include "base/str.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILE_MAX     65536
#define MESSAGE_MAX  1232
#define CHAIN_MAX    8
#define CLASS_IN     1
#define HEAD_LEN     12
#define FLAGS	     0x85a0 /* an answer, AA, RD, RA, AD */
#define NXDOMAIN     3
#define QTYPE_CNAME  5
#define QTYPE_SOA    6
#define TTL_NEGATIVE 60

struct message {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
	bool full; /* something did not fit */
};

/* One line of the file, cut into its fields. */
struct record {
	struct str name, type, data;
	uint32_t ttl_s;
};

static const struct {
	const char *name;
	unsigned number;
} types[] = { { "A", 1 }, { "CNAME", QTYPE_CNAME }, { "MX", 15 }, { "TXT", 16 },
	{ "TLSA", 52 } };

/* put - append bytes */
static void
put(struct message *m, const void *p, size_t len)
{
	if (len > sizeof(m->bytes) - m->len) {
		m->full = true;
		return;
	}
	memcpy(m->bytes + m->len, p, len);
	m->len += len;
}

/* put_u16 - append a number */
static void
put_u16(struct message *m, unsigned n)
{
	uint8_t b[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	put(m, b, 2);
}

/* put_name - append a name in labels */
static void
put_name(struct message *m, struct str name)
{
	struct str label;

	while (name.len > 0) {
		uint8_t len;

		str_cut(name, '.', &label, &name);
		len = (uint8_t)label.len;
		if (len == 0)
			break;
		put(m, &len, 1);
		put(m, label.p, label.len);
	}
	put(m, "", 1);
}

/* word - take the next word off a line; empty at its end */
static struct str
word(struct str *line)
{
	struct str all = str_trim_left(*line), w = all;

	for (size_t i = 0; i < all.len; i++) {
		if (ascii_wsp(all.p[i])) {
			w.len = i;
			break;
		}
	}
	*line = str_trim(str_sub(all, w.len, all.len));
	return w;
}

/* without_dot - a name without the dot at its end */
static struct str
without_dot(struct str name)
{
	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	return name;
}

/* next_record - the next line that is one; false at the end */
static bool
next_record(struct str *rest, struct record *r)
{
	struct str line;
	uint64_t ttl_s;

	while (str_line(rest, &line, NULL)) {
		r->name = without_dot(word(&line));
		if (!str_u64(word(&line), UINT32_MAX, &ttl_s) ||
		    !str_eq(word(&line), STR("IN")))
			continue;
		r->ttl_s = (uint32_t)ttl_s;
		r->type = word(&line);
		r->data = line;
		return true;
	}
	return false;
}

/* type_number - as DNS numbers it; 0: not known here */
static unsigned
type_number(struct str name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_eq(str_of(types[i].name), name))
			return types[i].number;
	return 0;
}

/* put_txt - the strings of a TXT record, each in quotes */
static void
put_txt(struct message *m, struct str data)
{
	struct str text;

	while (str_cut(data, '"', NULL, &data) &&
	    str_cut(data, '"', &text, &data)) {
		uint8_t len = (uint8_t)text.len;

		put(m, &len, 1);
		put(m, text.p, text.len);
	}
}

/* put_tlsa - three numbers and hex */
static void
put_tlsa(struct message *m, struct str data)
{
	for (int i = 0; i < 3; i++) {
		uint64_t n = 0;
		uint8_t byte;

		str_u64(word(&data), 255, &n);
		byte = (uint8_t)n;
		put(m, &byte, 1);
	}
	for (size_t i = 0; i + 1 < data.len; i += 2) {
		char hex[3] = { data.p[i], data.p[i + 1], '\0' };
		unsigned byte = 0;
		uint8_t b;

		sscanf(hex, "%2x", &byte);
		b = (uint8_t)byte;
		put(m, &b, 1);
	}
}

/* put_data - of a record, by its type */
static void
put_data(struct message *m, unsigned type, struct str data)
{
	struct in_addr in = { 0 };
	uint64_t n = 0;
	char text[16] = "";

	switch (type) {
	case 1:
		memcpy(text, data.p, data.len < 15 ? data.len : 15);
		inet_pton(AF_INET, text, &in);
		put(m, &in, 4);
		break;
	case QTYPE_CNAME:
		put_name(m, data);
		break;
	case 15:
		str_u64(word(&data), 65535, &n);
		put_u16(m, (unsigned)n);
		put_name(m, data);
		break;
	case 16:
		put_txt(m, data);
		break;
	default:
		put_tlsa(m, data);
	}
}

/* put_record - append one */
static void
put_record(struct message *m, const struct record *r)
{
	unsigned type = type_number(r->type);
	size_t at;

	put_name(m, r->name);
	put_u16(m, type);
	put_u16(m, CLASS_IN);
	put_u16(m, r->ttl_s >> 16);
	put_u16(m, r->ttl_s & 0xffff);
	at = m->len;
	put_u16(m, 0);
	put_data(m, type, r->data);
	if (m->full)
		return;
	m->bytes[at] = (uint8_t)((m->len - at - 2) >> 8);
	m->bytes[at + 1] = (uint8_t)(m->len - at - 2);
}

/* put_soa - of the root: how long nothing may be remembered */
static void
put_soa(struct message *m)
{
	static const uint8_t numbers[20] = { [19] = TTL_NEGATIVE };

	put(m, "", 1);
	put_u16(m, QTYPE_SOA);
	put_u16(m, CLASS_IN);
	put_u16(m, 0);
	put_u16(m, TTL_NEGATIVE);
	put_u16(m, 2 + sizeof(numbers));
	put(m, "\0", 2);
	put(m, numbers, sizeof(numbers));
}

/* What is found while aliases are followed. */
struct search {
	struct str zone;
	struct str name; /* looked for now */
	unsigned type;
	unsigned count; /* records put */
	bool exists; /* the name has records, of whatever type */
	bool found; /* of the type asked for */
};

/* look - put the records of the name; true: it is an alias, look again */
static bool
look(struct search *s, struct message *m)
{
	struct str rest = s->zone, target = { NULL, 0 };
	struct record r;

	s->exists = false;
	while (next_record(&rest, &r)) {
		unsigned type = type_number(r.type);

		if (type == 0 || !str_eq_nocase(r.name, s->name))
			continue;
		s->exists = true;
		if (type != s->type && type != QTYPE_CNAME)
			continue;
		put_record(m, &r);
		s->count++;
		s->found |= type == s->type;
		if (type == QTYPE_CNAME)
			target = without_dot(r.data);
	}
	s->name = target;
	return target.len > 0 && !s->found;
}

/* read_question - name into text, type; the bytes to its end; 0: none */
static size_t
read_question(const struct message *m, char text[256], unsigned *type)
{
	size_t at = HEAD_LEN, len = 0;

	if (m->len < HEAD_LEN + 5 || m->bytes[4] != 0 || m->bytes[5] != 1)
		return 0;
	while (at < m->len && m->bytes[at] != 0) {
		size_t label = m->bytes[at];

		if (label > 63 || at + label >= m->len || len + label > 250)
			return 0;
		if (len > 0)
			text[len++] = '.';
		memcpy(text + len, m->bytes + at + 1, label);
		len += label;
		at += label + 1;
	}
	if (at + 5 > m->len)
		return 0;
	text[len] = '\0';
	*type = (unsigned)m->bytes[at + 1] << 8 | m->bytes[at + 2];
	return at + 5;
}

/* answer - turn a question into its answer; false: it is none */
static bool
answer(struct message *m, struct str zone)
{
	struct search s = { .zone = zone };
	char name[256];
	unsigned flags = FLAGS;

	m->len = read_question(m, name, &s.type);
	if (m->len == 0)
		return false;
	s.name = str_of(name);
	for (unsigned i = 0; i < CHAIN_MAX && look(&s, m); i++)
		;
	if (!s.exists && name[0] != '\0')
		flags |= NXDOMAIN;
	memset(m->bytes + 6, 0, 6);
	if (!s.found)
		put_soa(m);
	m->bytes[2] = (uint8_t)(flags >> 8);
	m->bytes[3] = (uint8_t)flags;
	m->bytes[7] = (uint8_t)s.count;
	m->bytes[9] = !s.found;
	return !m->full;
}

/* read_zone - the file, as it is now */
static struct str
read_zone(const char *path, char *room)
{
	FILE *f = fopen(path, "r");
	size_t len = 0;

	if (f != NULL) {
		len = fread(room, 1, FILE_MAX, f);
		fclose(f);
	}
	return str_make(room, len);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in from;
	char room[FILE_MAX];
	struct message m;
	uint64_t port;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 3 || !str_u64(str_of(argv[1]), 65535, &port)) {
		fprintf(stderr, "usage: lab_dns PORT FILE\n");
		return 2;
	}
	sa.sin_port = htons((uint16_t)port);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		perror("lab_dns");
		return 1;
	}
	for (;;) {
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, m.bytes, sizeof(m.bytes), 0,
		    (struct sockaddr *)&from, &from_len);

		m.len = n > 0 ? (size_t)n : 0;
		m.full = false;
		if (answer(&m, read_zone(argv[2], room)) &&
		    sendto(fd, m.bytes, m.len, 0, (struct sockaddr *)&from,
			from_len) < 0)
			perror("lab_dns");
	}
}
