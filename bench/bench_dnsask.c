/*
 * bench_dnsask - ask as the resolver does, and print what it would know
 *
 *   bench_dnsask validate ANCHOR SERVER TIMEOUT-MS NAME TYPE...
 *   bench_dnsask stub - SERVER TIMEOUT-MS NAME TYPE...
 *
 * SERVER is an address, "system", or "-": from the root down. One line for
 * each pair in their order, as tests/support/dnsprint.h has it, then a line
 * "validation works", "fails" or "open". Exit status 0, or 3 when it cannot
 * begin; findings and the log go to standard error.
 */
#include "../tests/support/dnsprint.h"
#include "base/arena.h"
#include "io/dns.h"

#include <stdio.h>
#include <stdlib.h>

struct ask {
	struct loop *loop;
	const char *name;
	enum dnstype type;
	unsigned *waiting;
	struct buf line;
};

/* type_of - 0 when it is none */
static int
type_of(const char *name)
{
	static const int types[] = { DNSTYPE_A, DNSTYPE_CNAME, DNSTYPE_MX,
		DNSTYPE_TXT, DNSTYPE_AAAA, DNSTYPE_DNSKEY, DNSTYPE_TLSA };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(dnstype_name((enum dnstype)types[i]), name) == 0)
			return types[i];
	return 0;
}

/* on_fact - keep it as text */
static void
on_fact(void *ctx, const struct dnsfact *fact)
{
	struct ask *ask = ctx;

	dnsprint(&ask->line, fact);
	if (--*ask->waiting == 0)
		loop_stop(ask->loop);
}

/* complain - what dns_open() found */
static int
complain(const struct mtasts_diags *diags)
{
	for (size_t i = 0; i < mtasts_diags_count(diags); i++) {
		const struct mtasts_finding *f = mtasts_diags_get(diags, i);

		fprintf(stderr, "%s: %s\n", f->name, f->message);
	}
	return 3;
}

/* ask_all - ask, wait, print */
static void
ask_all(struct dns *dns, struct ask *asks, unsigned count)
{
	static const char *const words[] = { "open", "works", "fails" };
	struct loop *loop = asks[0].loop;
	unsigned waiting = count;

	for (unsigned i = 0; i < count; i++) {
		buf_init(&asks[i].line, 65536);
		asks[i].waiting = &waiting;
		if (dns_start(dns, asks[i].name, asks[i].type, on_fact,
			&asks[i]) == NULL)
			abort();
	}
	if (loop_run(loop) != MTASTS_OK)
		abort();
	for (unsigned i = 0; i < count; i++) {
		printf("%s %s %s\n", asks[i].name, dnstype_name(asks[i].type),
		    asks[i].line.p);
		buf_free(&asks[i].line);
	}
	printf("validation %s\n", words[dns_validation(dns)]);
}

int
main(int argc, char **argv)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct ask asks[64];
	struct dns_conf conf = { 0 };
	const char *server[1];
	struct dns *dns = NULL;
	unsigned count = 0;
	int status = 0;

	if (argc < 7 || argc % 2 == 0 || argc > 5 + 2 * 64 ||
	    loop_new(&conf.loop) != MTASTS_OK) {
		fprintf(stderr,
		    "usage: bench_dnsask validate|stub ANCHOR "
		    "SERVER TIMEOUT-MS NAME TYPE...\n");
		return 2;
	}
	conf.backend = strcmp(argv[1], "stub") == 0 ? DNS_STUB : DNS_VALIDATE;
	conf.trust_anchor = argv[2];
	server[0] = argv[3];
	conf.server.v = server;
	conf.server.count = strcmp(argv[3], "-") != 0;
	conf.timeout_ms = (int64_t)strtoul(argv[4], NULL, 10);
	conf.log = log_new(2, LOG_LEVEL_DEBUG);
	for (int i = 5; i < argc; i += 2)
		asks[count++] = (struct ask){ .loop = conf.loop,
			.name = argv[i],
			.type = (enum dnstype)type_of(argv[i + 1]) };
	if (dns_open(&conf, &dns, diags) != MTASTS_OK)
		status = complain(diags);
	else
		ask_all(dns, asks, count);
	dns_close(dns);
	loop_free(conf.loop);
	log_free(conf.log);
	mtasts_diags_free(diags);
	return status;
}
