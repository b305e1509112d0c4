/*
 * zones.c - the world's DNS as zone files, for a real name server
 *
 * Data goes out in the form of RFC 3597, which every server reads. Faults of
 * lookups and what only one name server says are left out; names that belong to
 * no domain are in the zones above.
 */
#include "names.h"
#include "serve.h"
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TEST ".test"

/* by_name - an order for qsort() */
static int
by_name(const void *a, const void *b)
{
	return strcmp((*(struct lab_name *const *)a)->name,
	    (*(struct lab_name *const *)b)->name);
}

/* put_name - its records, at a name that may be another one */
static void
put_name(FILE *f, const struct lab_name *n, const char *at)
{
	for (const struct lab_rr *rr = n->rrs; rr != NULL; rr = rr->next) {
		if ((rr->where & LAB_WHERE_RESOLVER) == 0)
			continue;
		fprintf(f, "%s. %u IN TYPE%u \\# %zu ", at, rr->ttl_s, rr->type,
		    rr->data.len);
		for (size_t i = 0; i < rr->data.len; i++)
			fprintf(f, "%02x", (uint8_t)rr->data.p[i]);
		fputc('\n', f);
	}
}

/* put_both - also where whoever asks about the port of here finds it */
static void
put_both(FILE *f, const struct lab *lab, const struct lab_name *n)
{
	struct str rest = str_of(n->name);
	char at[264];

	put_name(f, n, n->name);
	if (!str_starts(rest, STR("_25.")))
		return;
	snprintf(
	    at, sizeof(at), "_%u.%s", serve_port(lab, ROLE_SMTP), n->name + 4);
	put_name(f, n, at);
}

/* create - a file of the folder */
static FILE *
create(const char *folder, const char *name, const char *end)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, end);
	f = fopen(path, "w");
	if (f == NULL)
		lab_fail("%s: %s", path, strerror(errno));
	return f;
}

/* All names in their order, and where the files go. */
struct zones {
	const struct lab *lab;
	const char *folder;
	struct lab_name **all;
	size_t count;
};

/* write_zone - all names of a domain */
static void
write_zone(const struct zones *z, const struct lab_domain *d)
{
	FILE *f = create(z->folder, d->name, ".zone");

	for (size_t i = 0; i < z->count; i++)
		if (names_domain(z->lab, str_of(z->all[i]->name)) == d)
			put_both(f, z->lab, z->all[i]);
	lab_check(fclose(f) == 0, "zone file");
}

/* delegate - a domain's name servers, in the zone above it */
static void
delegate(FILE *f, const struct lab_domain *d)
{
	for (unsigned i = 1; i <= LAB_NS_COUNT; i++)
		fprintf(f,
		    "%s. %d IN NS ns%u.%s.\n"
		    "ns%u.%s. %d IN A %s.%u\n",
		    d->name, LAB_TTL_S, i, d->name, i, d->name, LAB_TTL_S,
		    d->net, i);
}

/* write_above - "test", or the root: what is in no domain of the world */
static void
write_above(const struct zones *z, bool test)
{
	FILE *f = create(z->folder, test ? "test" : "root", ".zone");
	const char *zone = test ? "test." : ".";

	fprintf(f,
	    "%s %d IN SOA ns.test. root.test. 1 3600 600 86400 300\n"
	    "%s %d IN NS ns.test.\nns.test. %d IN A 127.0.0.1\n",
	    zone, LAB_TTL_S, zone, LAB_TTL_S, LAB_TTL_S);
	if (!test)
		fprintf(f, "test. %d IN NS ns.test.\n", LAB_TTL_S);
	for (const struct lab_domain *d = z->lab->domains; d != NULL;
	     d = d->next)
		if (test)
			delegate(f, d);
	for (size_t i = 0; i < z->count; i++) {
		struct str name = str_of(z->all[i]->name);

		if (name.len > 0 && names_domain(z->lab, name) == NULL &&
		    str_ends(name, STR(TEST)) == test)
			put_both(f, z->lab, z->all[i]);
	}
	lab_check(fclose(f) == 0, "zone file");
}

/* write_list - the names that are bogus, or the domains that are signed */
static void
write_list(const struct zones *z, const char *name, bool bogus)
{
	FILE *f = create(z->folder, name, "");

	for (size_t i = 0; i < z->count; i++) {
		const struct lab_name *n = z->all[i];

		if (bogus ? n->fault == FAULT_BOGUS
			  : n->domain != NULL && n->domain->is_signed)
			fprintf(f, "%s\n", n->name);
	}
	lab_check(fclose(f) == 0, "list");
}

void
world_zones(struct lab *lab, const char *folder)
{
	struct zones z = { .lab = lab, .folder = folder };
	size_t pos = 0;
	void *value;

	z.all = arena_zalloc(
	    lab->arena, lab->names.count, sizeof(struct lab_name *));
	lab_check(z.all != NULL, "memory");
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		lab_fail("%s: %s", folder, strerror(errno));
	while (map_next(&lab->names, &pos, NULL, &value))
		z.all[z.count++] = value;
	qsort(z.all, z.count, sizeof(struct lab_name *), by_name);
	for (const struct lab_domain *d = lab->domains; d != NULL; d = d->next)
		write_zone(&z, d);
	write_above(&z, true);
	write_above(&z, false);
	write_list(&z, "signed", false);
	write_list(&z, "bogus", true);
}
