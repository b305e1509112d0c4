/*
 * bench_push - how many domains a second get their records into DNS
 *
 *   bench_push CONFIG STORE SERVER PORT ZONE
 *
 * SERVER is an address of 127.0.0.0/8 with the authoritative server at PORT,
 * which is asked as resolver, too. Pushes every registered domain, then pushes
 * all again (nothing to do), then sends as many updates of the same size by
 * ldns alone, one connection each and one after the other: what a script would
 * do, without comparing or looking afterwards. Prints a line each.
 */
#include "task/push.h"

#include "base/arena.h"
#include "io/tsigkey.h"

#include <ldns/ldns.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct bench {
	struct loop *loop;
	struct registry *registry;
	struct arena *arena;
	const char **domains;
	size_t count, room, left, fine;
	char why[300];
};

/* cpu_us - of this process so far */
static int64_t
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
	    u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* rss_mb - memory of this process at its most */
static long
rss_mb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

/* on_row - a registered name */
static bool
on_row(void *arg, const struct registry_row *row)
{
	struct bench *b = arg;

	if (b->count == b->room) {
		b->room = b->room > 0 ? b->room * 2 : 1024;
		b->domains = mem_grow(b->domains, b->room, sizeof(*b->domains));
		if (b->domains == NULL)
			exit(3);
	}
	b->domains[b->count++] = arena_dup(b->arena, row->name);
	return true;
}

/* on_done - one is through */
static void
on_done(void *ctx, const struct push_result *r)
{
	struct bench *b = ctx;

	if (r->end == PUSH_WRITTEN || r->end == PUSH_SAME)
		b->fine++;
	else
		snprintf(b->why, sizeof(b->why), "%s: %s", r->domain, r->why);
	if (--b->left == 0)
		loop_stop(b->loop);
}

/* run - all of them; a line of what it took */
static bool
run(struct bench *b, struct pusher *p, const char *what)
{
	struct push_want want = { .done = on_done, .ctx = b };
	int64_t began_us = loop_now_us(), cpu = cpu_us(), us;

	b->fine = 0;
	b->left = b->count;
	for (size_t i = 0; i < b->count; i++) {
		want.domain = b->domains[i];
		if (push_start(p, &want) == NULL)
			return false;
	}
	if (b->left > 0 && loop_run(b->loop) != MTASTS_OK)
		return false;
	us = loop_now_us() - began_us;
	printf("%-22s %6zu of %zu, %8.1f/s, %6.2f ms CPU each\n", what, b->fine,
	    b->count, (double)b->count * 1e6 / (double)us,
	    (double)(cpu_us() - cpu) / 1e3 / (double)b->count);
	if (b->why[0] != '\0')
		printf("  %s\n", b->why);
	return b->fine == b->count;
}

/* bare_update - one text replaced, by ldns's own sockets */
static bool
bare_update(ldns_resolver *res, const char *zone, const char *domain)
{
	char text[400];
	ldns_rr_list *updates = ldns_rr_list_new();
	ldns_pkt *pkt, *answer = NULL;
	ldns_rr *rr = NULL;
	bool good;

	snprintf(text, sizeof(text),
	    "_mta-sts.%s. 300 IN TXT \"v=STSv1; id=20260101T000000;\"", domain);
	if (ldns_rr_new_frm_str(&rr, text, 300, NULL, NULL) != LDNS_STATUS_OK)
		return false;
	ldns_rr_list_push_rr(updates, rr);
	pkt = ldns_update_pkt_new(ldns_dname_new_frm_str(zone),
	    LDNS_RR_CLASS_IN, NULL, updates, NULL);
	ldns_pkt_set_random_id(pkt);
	ldns_update_pkt_tsig_add(pkt, res);
	good = ldns_resolver_send_pkt(&answer, res, pkt) == LDNS_STATUS_OK &&
	    ldns_pkt_get_rcode(answer) == LDNS_RCODE_NOERROR;
	ldns_pkt_free(answer);
	ldns_pkt_free(pkt);
	ldns_rr_list_deep_free(updates);
	return good;
}

/* bare - the same number of updates, one after the other */
static bool
bare(const struct bench *b, const struct conf *conf, char **argv)
{
	ldns_resolver *res = ldns_resolver_new();
	ldns_rdf *addr = ldns_rdf_new_frm_str(LDNS_RDF_TYPE_A, argv[3]);
	ldns_tsig_credentials tsig = { "hmac-sha256.", NULL, NULL };
	int64_t began_us, us;
	struct tsigkey key;
	char name[260];
	size_t i = 0;

	if (tsigkey_read(conf->push.v[0].key_file, &key, NULL) != MTASTS_OK)
		return false;
	snprintf(name, sizeof(name), "%s.", key.name);
	tsig.keyname = name;
	tsig.keydata = key.secret;
	ldns_resolver_set_tsig_algorithm(res, tsig.algorithm);
	ldns_resolver_set_tsig_keyname(res, tsig.keyname);
	ldns_resolver_set_tsig_keydata(res, tsig.keydata);
	ldns_resolver_push_nameserver(res, addr);
	ldns_resolver_set_port(res, (uint16_t)atoi(argv[4]));
	ldns_resolver_set_usevc(res, true);
	began_us = loop_now_us();
	while (i < b->count && bare_update(res, argv[5], b->domains[i]))
		i++;
	us = loop_now_us() - began_us;
	printf("%-22s %6zu of %zu, %8.1f/s\n", "bare ldns, one by one", i,
	    b->count, (double)i * 1e6 / (double)us);
	ldns_rdf_deep_free(addr);
	ldns_resolver_free(res);
	tsigkey_wipe(&key);
	return i == b->count;
}

/* tell - findings */
static int
tell(const struct mtasts_diags *diags)
{
	for (size_t i = 0; i < mtasts_diags_count(diags); i++)
		fprintf(stderr, "%s\n", mtasts_diags_get(diags, i)->message);
	return 3;
}

int
main(int argc, char **argv)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct bench b = { .arena = arena_new(64u << 20) };
	struct dns_conf dns_conf = { .backend = DNS_STUB, .timeout_ms = 5000 };
	struct pusher_conf pc = { .verify_ms = 60000 };
	struct pusher *p = NULL;
	struct conf *conf = NULL;
	struct dns *dns = NULL;
	char where[64];
	const char *server = where;
	bool good;

	if (argc != 6)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	snprintf(where, sizeof(where), "%s:%s", argv[3], argv[4]);
	dns_conf.server = (struct conf_list){ &server, 1 };
	if (loop_new(&b.loop) != MTASTS_OK ||
	    conf_load(argv[1], &conf, diags) != MTASTS_OK ||
	    registry_open(argv[2], REGISTRY_WRITE, &b.registry, diags) !=
		MTASTS_OK ||
	    registry_each(b.registry, on_row, &b) != MTASTS_OK)
		return tell(diags);
	dns_conf.loop = b.loop;
	if (dns_open(&dns_conf, &dns, diags) != MTASTS_OK)
		return tell(diags);
	pc.loop = b.loop;
	pc.dns = dns;
	pc.registry = b.registry;
	pc.store_url = argv[2];
	pc.conf = conf;
	pc.dns_port = (unsigned)atoi(argv[4]);
	if (pusher_open(&pc, &p, diags) != MTASTS_OK)
		return tell(diags);
	good = run(&b, p, "push, all new");
	good = run(&b, p, "push, nothing to do") && good;
	good = bare(&b, conf, argv) && good;
	printf("%-22s %6ld MB\n", "resident at most", rss_mb());
	pusher_close(p);
	dns_close(dns);
	registry_close(b.registry);
	conf_free(conf);
	loop_free(b.loop);
	mem_free(b.domains);
	arena_free(b.arena);
	mtasts_diags_free(diags);
	return good ? 0 : 1;
}
