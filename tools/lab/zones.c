/*
 * zones.c - the world's DNS as zone files, for a real name server
 *
 * Data goes out in the form of RFC 3597, which every server reads. Faults of
 * lookups and what only one name server says are left out.
 */
#include "names.h"
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* by_name - an order for qsort() */
static int
by_name(const void *a, const void *b)
{
	return strcmp((*(struct lab_name *const *)a)->name,
	    (*(struct lab_name *const *)b)->name);
}

/* put_name - its records */
static void
put_name(FILE *f, const struct lab_name *n)
{
	for (const struct lab_rr *rr = n->rrs; rr != NULL; rr = rr->next) {
		if ((rr->where & LAB_WHERE_RESOLVER) == 0)
			continue;
		fprintf(f, "%s. %u IN TYPE%u \\# %zu ", n->name, rr->ttl_s,
		    rr->type, rr->data.len);
		for (size_t i = 0; i < rr->data.len; i++)
			fprintf(f, "%02x", (uint8_t)rr->data.p[i]);
		fputc('\n', f);
	}
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

/* write_zone - all names of a domain */
static void
write_zone(const struct lab *lab, const struct lab_domain *d,
    const char *folder, struct lab_name **all)
{
	FILE *f = create(folder, d->name, ".zone");

	for (size_t i = 0; i < lab->names.count; i++)
		if (names_domain(lab, str_of(all[i]->name)) == d)
			put_name(f, all[i]);
	lab_check(fclose(f) == 0, "zone file");
}

void
world_zones(struct lab *lab, const char *folder)
{
	struct lab_name **all = arena_zalloc(
	    lab->arena, lab->names.count, sizeof(struct lab_name *));
	size_t pos = 0, n = 0;
	void *value;
	FILE *f;

	lab_check(all != NULL, "memory");
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		lab_fail("%s: %s", folder, strerror(errno));
	while (map_next(&lab->names, &pos, NULL, &value))
		all[n++] = value;
	qsort(all, n, sizeof(struct lab_name *), by_name);
	f = create(folder, "signed", "");
	for (const struct lab_domain *d = lab->domains; d != NULL;
	     d = d->next) {
		write_zone(lab, d, folder, all);
		if (d->is_signed)
			fprintf(f, "%s\n", d->name);
	}
	lab_check(fclose(f) == 0, "zone file");
}
