/*
 * bench_dns - a DNS server that knows made-up mail domains, as fast as it goes
 *
 * bench_dns ADDR PORT
 *
 * UDP only; every answer carries AD, as from a validating resolver. Of every
 * domain it says the same: MX mx.bench.test, TXT _mta-sts.D "v=STSv1; id=1;",
 * A mta-sts.D 127.0.0.1, with a TTL of an hour; but where D begins with n there
 * is no policy: TXT is NXDOMAIN. mx.bench.test is at 192.0.2.1; there is
 * neither AAAA nor TLSA. Runs until it is ended.
 */
#include "base/str.h"
#include "core/dnsfact.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

struct message {
	uint8_t bytes[600];
	size_t len;
};

/* put - append bytes */
static void
put(struct message *m, const void *p, size_t len)
{
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

/* put_head - append owner (the question's name), type, class, TTL, length */
static void
put_head(struct message *m, unsigned type, unsigned len)
{
	put_u16(m, 0xc00c);
	put_u16(m, type);
	put_u16(m, 1);
	put_u16(m, 0);
	put_u16(m, 3600);
	put_u16(m, len);
}

/* put_answer - append the record of a type; false: there is none */
static bool
put_answer(struct message *m, unsigned type, struct str first)
{
	static const char txt[] = "\016v=STSv1; id=1;";
	static const char mx[] = "\0\012\002mx\005bench\004test\0";
	bool host = str_eq(first, STR("mta-sts"));

	if (type == DNSTYPE_TXT && str_eq(first, STR("_mta-sts"))) {
		put_head(m, type, sizeof(txt) - 1);
		put(m, txt, sizeof(txt) - 1);
	} else if (type == DNSTYPE_MX) {
		put_head(m, type, sizeof(mx) - 1);
		put(m, mx, sizeof(mx) - 1);
	} else if (type == DNSTYPE_A) {
		put_head(m, type, 4);
		put(m, host ? "\177\0\0\1" : "\300\0\2\1", 4);
	} else {
		return false;
	}
	return true;
}

/* answer - turn a question into its answer; false: not worth one */
static bool
answer(struct message *m)
{
	size_t at = 12, labels = 0;
	struct str first = { NULL, 0 };
	unsigned type;
	char kind = 0;
	bool found, nothing;

	if (m->len < 17 || m->bytes[5] != 1)
		return false;
	while (at < m->len && m->bytes[at] != 0) {
		if (labels++ == 0)
			first =
			    str_make((char *)m->bytes + at + 1, m->bytes[at]);
		else if (labels == 2)
			kind = (char)m->bytes[at + 1];
		at += 1u + m->bytes[at];
	}
	if (at + 5 > m->len)
		return false;
	type = (unsigned)m->bytes[at + 1] << 8 | m->bytes[at + 2];
	m->len = at + 5;
	nothing = kind == 'n' && str_eq(first, STR("_mta-sts"));
	memset(m->bytes + 6, 0, 6);
	found = !nothing && put_answer(m, type, first);
	m->bytes[2] = 0x81;
	m->bytes[3] = 0xa0 | (nothing ? 3 : 0);
	m->bytes[7] = found;
	return true;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in sa = { .sin_family = AF_INET }, from;
	socklen_t from_len;
	struct message m;
	uint64_t port;
	ssize_t n;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &sa.sin_addr) != 1 ||
	    !str_u64(str_of(argv[2]), 65535, &port)) {
		fprintf(stderr, "usage: bench_dns ADDR PORT\n");
		return 2;
	}
	sa.sin_port = htons((uint16_t)port);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		perror("bind");
		return 1;
	}
	for (;;) {
		from_len = sizeof(from);
		n = recvfrom(
		    fd, m.bytes, 512, 0, (struct sockaddr *)&from, &from_len);
		m.len = n > 0 ? (size_t)n : 0;
		if (answer(&m) &&
		    sendto(fd, m.bytes, m.len, 0, (struct sockaddr *)&from,
			from_len) < 0)
			perror("sendto");
	}
}
