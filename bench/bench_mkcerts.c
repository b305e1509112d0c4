/*
 * bench_mkcerts - a laboratory authority and many server certificates
 *
 * bench_mkcerts FOLDER COUNT: FOLDER/ca.pem is the root to trust, and
 * FOLDER/certificates/mta-sts.d00000.test/ holds fullchain.pem and privkey.pem
 * of the first name, each name with its own key. About 2,000 a second.
 */
#include "../tests/support/mkcert.h"

/* make_one - the i-th certificate */
static void
make_one(const struct mk_ca *ca, const char *dir, const char *name)
{
	char names[300];
	struct mk_want want = { .names = names, .cn = name };

	snprintf(names, sizeof(names), "DNS:%s", name);
	mk_folder(ca, dir, name, &want);
}

int
main(int argc, char **argv)
{
	const char *number = argc > 2 ? argv[2] : "";
	char dir[400], path[450], name[256];
	unsigned long i, count = strtoul(number, NULL, 10);
	struct mk_ca ca;

	if (argc != 3 || count == 0 || count > 1000000) {
		fprintf(stderr, "usage: bench_mkcerts FOLDER COUNT\n");
		return 2;
	}
	snprintf(dir, sizeof(dir), "%s/certificates", argv[1]);
	MK_DO(mkdir(argv[1], 0755) == 0 || errno == EEXIST);
	MK_DO(mkdir(dir, 0755) == 0 || errno == EEXIST);
	mk_ca_make(&ca);
	snprintf(path, sizeof(path), "%s/ca.pem", argv[1]);
	mk_write_chain(NULL, ca.root, path);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "mta-sts.d%05lu.test", i);
		make_one(&ca, dir, name);
	}
	mk_ca_free(&ca);
	return 0;
}
