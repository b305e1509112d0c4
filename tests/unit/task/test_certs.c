/*
 * test_certs - importing certificates: checks, names, and never half a pair
 */
#include "task/certs.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <grp.h>
#include <signal.h>
#include <sys/wait.h>

#include "io/x509.h"
#include "support/mkcert.h"
#include "support/scratch.h"

struct state {
	struct scratch dir;
	struct mk_ca ca;
	char store[160], chain[160], key[160];
};

/* set_up - a folder, an authority */
static int
set_up(void **ctx)
{
	struct state *s = calloc(1, sizeof(*s));

	MK_DO(scratch_open(&s->dir) == 0);
	mk_ca_make(&s->ca);
	snprintf(s->store, sizeof(s->store), "%s/store", s->dir.path);
	snprintf(s->chain, sizeof(s->chain), "%s/x/fullchain.pem", s->dir.path);
	snprintf(s->key, sizeof(s->key), "%s/x/privkey.pem", s->dir.path);
	*ctx = s;
	return 0;
}

/* tear_down - release both */
static int
tear_down(void **ctx)
{
	struct state *s = *ctx;

	scratch_close(&s->dir);
	mk_ca_free(&s->ca);
	free(s);
	return 0;
}

/* import - import what is in x/, as a folder of this name or null */
static enum mtasts_err
import(struct state *s, const char *name, bool force, struct certs_report *out,
    struct mtasts_diags *diags)
{
	struct certs_import in = { s->store, name, s->chain, s->key,
		(int64_t)time(NULL), force };

	return certs_import(&in, out, diags);
}

/* has - is there a finding of this name? */
static bool
has(const struct mtasts_diags *diags, const char *name)
{
	size_t i;

	for (i = 0; i < mtasts_diags_count(diags); i++) {
		if (strcmp(mtasts_diags_get(diags, i)->name, name) == 0)
			return true;
	}
	return false;
}

/* stored - does STORE/NAME hold a fitting pair that names the host? */
static bool
stored(struct state *s, const char *name, const char *host)
{
	char chain[400], key[400];
	struct x509 *x = NULL;
	bool fine;

	snprintf(chain, sizeof(chain), "%s/%s/fullchain.pem", s->store, name);
	snprintf(key, sizeof(key), "%s/%s/privkey.pem", s->store, name);
	fine = x509_load(NULL, chain, key, &x, NULL) == MTASTS_OK &&
	    x509_names_host(x, str_of(host));
	x509_free(x);
	return fine;
}

/* Names of a certificate, and the folder that it gets. */
static const struct {
	const char *names;
	const char *asked;
	const char *folder;
	const char *finding; /* or null: none at all */
} rows[] = {
	{ "DNS:mta-sts.a.test", NULL, "mta-sts.a.test", NULL },
	{ "DNS:a.test,DNS:mta-sts.a.test,DNS:mta-sts.b.test", NULL,
	    "mta-sts.a.test", NULL },
	{ "DNS:*.a.test", NULL, "_wildcard.a.test", NULL },
	{ "DNS:a.test,DNS:*.a.test", NULL, "a.test", NULL },
	{ "DNS:mail.a.test", NULL, "mail.a.test", "cert-no-policy-host" },
	{ "DNS:mta-sts.a.test", "A.test", "a.test", NULL },
	{ "DNS:mta-sts.a.test", "example.org-0001", "example.org-0001", NULL },
};

/* REQ: FET-1 */
static void
names_and_folders(void **ctx)
{
	struct state *s = *ctx;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mk_want want = { .names = rows[i].names };
		struct mtasts_diags *diags = mtasts_diags_new();
		struct certs_report done = { 0 };
		char dir[400];

		mk_folder(&s->ca, s->dir.path, "x", &want);
		if (import(s, rows[i].asked, false, &done, diags) != MTASTS_OK)
			fail_msg("row %zu", i);
		snprintf(dir, sizeof(dir), "%s/%s", s->store, rows[i].folder);
		assert_string_equal(done.dir, dir);
		assert_true(done.changed);
		assert_true(stored(s, rows[i].folder,
		    done.names[0][0] == '*' ? "z.a.test" : done.names[0]));
		assert_string_equal(done.issuer, "Lab Issuer");
		assert_true(
		    llabs(done.not_after_at - time(NULL) - 90 * MK_DAY) < 60);
		if (rows[i].finding != NULL)
			assert_true(has(diags, rows[i].finding));
		else
			assert_int_equal(mtasts_diags_count(diags), 0);
		certs_report_free(&done);
		/* The same again changes nothing. */
		assert_int_equal(
		    import(s, rows[i].asked, false, &done, NULL), MTASTS_OK);
		assert_false(done.changed);
		certs_report_free(&done);
		mtasts_diags_free(diags);
	}
}

/* refused - importing fails so, and the store is as it was */
static void
refused(struct state *s, const char *name, enum mtasts_err want,
    const char *finding)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct certs_report done = { 0 };

	assert_int_equal(import(s, name, false, &done, diags), want);
	assert_null(done.arena);
	if (!has(diags, finding))
		fail_msg("%s wanted", finding);
	assert_true(stored(s, "mta-sts.a.test", "mta-sts.a.test"));
	mtasts_diags_free(diags);
}

static void
refusals_leave_the_old(void **ctx)
{
	static const char *const names[] = { "../etc", "a/b", "", ".", "..",
		".import", "*.a.test", "192.0.2.1" };
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:mta-sts.a.test" };
	struct certs_report done = { 0 };
	EVP_PKEY *other = EVP_EC_gen("P-256");
	size_t i;

	mk_folder(&s->ca, s->dir.path, "x", &want);
	assert_int_equal(import(s, NULL, false, &done, NULL), MTASTS_OK);
	certs_report_free(&done);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refused(s, names[i], MTASTS_EINVAL, "cert-folder-name");
	mk_write_key(other, s->key);
	refused(s, NULL, MTASTS_ETLS, "key-mismatch");
	unlink(s->key);
	refused(s, NULL, MTASTS_ENOENT, "file-unreadable");
	want.cn = "mta-sts.a.test";
	want.names = NULL;
	mk_folder(&s->ca, s->dir.path, "x", &want);
	refused(s, NULL, MTASTS_ESYNTAX, "cert-no-dns-name");
	want.names = "DNS:mta-sts.a.test";
	want.from_s = 3600;
	want.until_s = 50 * MK_DAY;
	mk_folder(&s->ca, s->dir.path, "x", &want);
	refused(s, NULL, MTASTS_EINVAL, "cert-not-yet-valid");
	want.from_s = -50 * MK_DAY;
	want.until_s = -3600;
	mk_folder(&s->ca, s->dir.path, "x", &want);
	refused(s, NULL, MTASTS_EINVAL, "cert-expired");
	/* Unless it is wanted. */
	assert_int_equal(import(s, NULL, true, &done, NULL), MTASTS_OK);
	assert_true(done.changed);
	certs_report_free(&done);
	EVP_PKEY_free(other);
}

static void
modes_and_leftovers(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:mta-sts.a.test" };
	struct group *group = getgrnam(CERTS_GROUP);
	struct certs_report done = { 0 };
	char path[400];
	struct stat st;
	int i;

	/* What a killed one leaves behind. */
	MK_DO(mkdir(s->store, 0750) == 0);
	snprintf(path, sizeof(path), "%s/.import", s->store);
	MK_DO(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/.import/privkey.pem", s->store);
	MK_DO(mkfifo(path, 0600) == 0);
	for (i = 0; i < 2; i++) {
		mk_folder(&s->ca, s->dir.path, "x", &want);
		assert_int_equal(
		    import(s, NULL, false, &done, NULL), MTASTS_OK);
		certs_report_free(&done);
		assert_int_equal(stat(s->store, &st), 0);
		/* ".", "..", and one more. */
		assert_int_equal(st.st_nlink, 3);
		snprintf(path, sizeof(path), "%s/mta-sts.a.test", s->store);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0750);
		snprintf(path, sizeof(path), "%s/mta-sts.a.test/privkey.pem",
		    s->store);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
		if (group != NULL && geteuid() == 0)
			assert_int_equal(st.st_gid, group->gr_gid);
	}
	/* Files of somebody else stay, and the pair is still replaced. */
	snprintf(path, sizeof(path), "%s/mta-sts.a.test/README", s->store);
	fclose(fopen(path, "w"));
	mk_folder(&s->ca, s->dir.path, "x", &want);
	assert_int_equal(import(s, NULL, false, &done, NULL), MTASTS_OK);
	assert_true(done.changed);
	certs_report_free(&done);
	assert_int_equal(access(path, F_OK), 0);
	assert_true(stored(s, "mta-sts.a.test", "mta-sts.a.test"));
	/* A link to a folder is replaced, and what it leads to stays. */
	snprintf(path, sizeof(path), "%s/b.test", s->store);
	MK_DO(symlink("mta-sts.a.test", path) == 0);
	want.names = "DNS:b.test,DNS:mta-sts.b.test";
	mk_folder(&s->ca, s->dir.path, "x", &want);
	assert_int_equal(import(s, "b.test", false, &done, NULL), MTASTS_OK);
	certs_report_free(&done);
	assert_true(stored(s, "b.test", "mta-sts.b.test"));
	assert_true(stored(s, "mta-sts.a.test", "mta-sts.a.test"));
}

static void
cannot_be_written(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:mta-sts.a.test" };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct certs_report done = { 0 };

	mk_folder(&s->ca, s->dir.path, "x", &want);
	snprintf(s->store, sizeof(s->store), "%s/no/such", s->dir.path);
	assert_int_equal(import(s, NULL, false, &done, diags), MTASTS_ESYS);
	assert_true(has(diags, "cert-folder-unwritable"));
	snprintf(s->store, sizeof(s->store), "%s", s->chain);
	assert_int_equal(import(s, NULL, false, &done, diags), MTASTS_ESYS);
	assert_null(done.arena);
	mtasts_diags_free(diags);
}

/* Somebody who may not give files to the group is told so. */
static void
group_that_cannot_be_set(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:mta-sts.a.test" };
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("skipped: needs root to become nobody\n");
		skip();
	}
	mk_folder(&s->ca, s->dir.path, "x", &want);
	MK_DO(mkdir(s->store, 0777) == 0 && chmod(s->store, 0777) == 0);
	MK_DO(chmod(s->dir.path, 0755) == 0 && chmod(s->key, 0644) == 0);
	pid = fork();
	if (pid == 0) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct certs_report done = { 0 };
		bool fine;

		if (setgroups(0, NULL) != 0 || setgid(65534) != 0 ||
		    setuid(65534) != 0)
			_exit(9);
		fine = import(s, NULL, false, &done, diags) == MTASTS_OK &&
		    has(diags, "cert-group-unset");
		_exit(fine ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Killed at any moment, it leaves a pair that fits. */
static void
killed_at_any_moment(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:mta-sts.a.test" };
	struct certs_report done = { 0 };
	int i, status;

	mk_folder(&s->ca, s->dir.path, "x", &want);
	assert_int_equal(import(s, NULL, false, &done, NULL), MTASTS_OK);
	certs_report_free(&done);
	for (i = 0; i < 40; i++) {
		struct timespec t = { 0, i * 200000 };
		pid_t pid;

		mk_folder(&s->ca, s->dir.path, "x", &want);
		pid = fork();
		if (pid == 0) {
			(void)!import(s, NULL, false, &done, NULL);
			_exit(0);
		}
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(stored(s, "mta-sts.a.test", "mta-sts.a.test"));
	}
	assert_int_equal(import(s, NULL, false, &done, NULL), MTASTS_OK);
	certs_report_free(&done);
	assert_true(stored(s, "mta-sts.a.test", "mta-sts.a.test"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_and_folders),
		TEST(refusals_leave_the_old),
		TEST(modes_and_leftovers),
		TEST(cannot_be_written),
		TEST(group_that_cannot_be_set),
		TEST(killed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
