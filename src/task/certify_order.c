/*
 * certify_order.c - an order: uacme makes it, what came is verified and placed
 *
 * One at a time on this machine, by a lock that the program keeps even when we
 * are killed. The order is written down before it begins, so that the rate
 * holds whatever happens. Nothing that uacme made is served before key, name,
 * time and the way to an authority that senders trust were checked.
 */
#include "task/certify_int.h"

#include "base/timefmt.h"
#include "io/loop.h"
#include "task/certs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_AGAIN_MS 250
#define RATE_SLICE_S  60 /* the clock may be set while one waits */
#define NONCES_MAX    3 /* times that they may run out under one order */
#define MARK	      "account"

/* ---- the queue ---- */

void
certify_queue(struct certify *job)
{
	job->phase = PHASE_QUEUE;
	TAILQ_INSERT_TAIL(&job->c->queue, job, queue_link);
	certify_step(job, CERTIFY_STEP_WAIT, 0);
	loop_timer_start(job->c->timer, 0);
}

/* slot - when the next order may begin; ESTORE, ENOMEM */
static enum mtasts_err
slot(struct certifier *c, int64_t now_at, uint64_t n, int64_t *at)
{
	struct certplan_rate rate = { .orders = c->acme->orders,
		.per_s = c->acme->orders_per_ms / 1000 };
	struct registry_orders orders = { 0 };
	enum mtasts_err err = registry_orders_since(
	    c->conf.registry, now_at - rate.per_s, &orders);

	if (err != MTASTS_OK)
		return err;
	rate.at = orders.at;
	rate.count = orders.count;
	*at = certplan_slot(&rate, now_at, n);
	mem_free(orders.at);
	if (*at < c->hold_until_at)
		*at = c->hold_until_at;
	return MTASTS_OK;
}

enum mtasts_err
certify_expect_end(struct certifier *c, size_t count, int64_t *at)
{
	int64_t now_at = loop_time_s();

	if (count > 0)
		return slot(c, now_at, count - 1, at);
	*at = now_at;
	return MTASTS_OK;
}

/* end_store - the registry does not let us */
static void
end_store(struct certify *job, enum mtasts_err err)
{
	static const struct certify_outcome broken = { CERTIFY_FAILED,
		CERTIFY_CAUSE_STORE,
		"See what keeps the registry (a full disk, another program); "
		"it is tried again." };

	certify_end(job, &broken,
	    "no order was made, since the registry cannot be %s: %s",
	    "read or written", mtasts_strerror(err));
}

/* wait_rate - too many of late: wait, or end */
static void
wait_rate(struct certify *job, int64_t now_at, int64_t at)
{
	static const struct certify_outcome later = { CERTIFY_LATER,
		CERTIFY_CAUSE_RATE, NULL };
	struct certifier *c = job->c;
	struct timefmt text;
	int64_t wait_s = at - now_at;

	if (job->want.wait) {
		certify_step(job, CERTIFY_STEP_WAIT, at);
		loop_timer_start(c->timer,
		    1000 * (wait_s < RATE_SLICE_S ? wait_s : RATE_SLICE_S));
		return;
	}
	job->row.next_at = at;
	certify_end(job, &later,
	    "so many orders were made of late that the next one may begin at "
	    "%s",
	    timefmt_rfc3339(&text, at));
}

void
certify_pump(struct certifier *c)
{
	struct certify *job = TAILQ_FIRST(&c->queue);
	int64_t now_at = loop_time_s(), at = 0;
	enum mtasts_err err;

	if (job == NULL || c->current != NULL || c->held)
		return;
	if (flock(c->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		loop_timer_start(c->timer, LOCK_AGAIN_MS);
		return;
	}
	c->locked = true;
	/* Whoever held the lock may have ordered the very same. */
	if (certify_overtaken(job)) {
		certify_unlock(c);
		loop_timer_start(c->timer, 0);
		return;
	}
	err = slot(c, now_at, 0, &at);
	if (err == MTASTS_OK && at <= now_at) {
		TAILQ_REMOVE(&c->queue, job, queue_link);
		job->phase = PHASE_ORDER;
		c->current = job;
		certify_order(job);
		return;
	}
	certify_unlock(c);
	if (err != MTASTS_OK)
		end_store(job, err);
	else
		wait_rate(job, now_at, at);
}

bool
certifier_hold(struct certifier *c)
{
	c->held = true;
	return c->current != NULL;
}

/* ---- the account ---- */

/* mark_path - the file that says that there is an account */
static const char *
mark_path(const struct certifier *c, char path[PATH_MAX + 16])
{
	snprintf(path, PATH_MAX + 16, "%s/" MARK, c->account);
	return path;
}

static void order_cert(struct certify *job);
static void make_account(struct certify *job);

/*
 * again - did the authority's nonces run out? Then it may be tried at once
 *
 * RFC 8555 section 6.5: that says nothing of what was asked for. uacme tries
 * once more itself.
 */
static bool
again(struct certify *job, const struct child_result *r)
{
	struct certify_meaning m;

	certify_uacme_meaning(r, &m);
	return m.said == UACME_NONCE && r->end == CHILD_EXITED &&
	    job->nonces++ < NONCES_MAX;
}

/* has_account - was there one, made by who was killed before he noted it? */
static bool
has_account(const struct child_result *r)
{
	struct certify_meaning m;

	certify_uacme_meaning(r, &m);
	return m.said == UACME_HAS_ACCOUNT && r->end == CHILD_EXITED;
}

/* on_account - there is an account, or not */
static void
on_account(void *ctx, const struct child_result *r)
{
	struct certify *job = ctx;
	char path[PATH_MAX + 16];
	int fd;

	job->child = NULL;
	if ((r->end != CHILD_EXITED || r->status != 0) && !has_account(r)) {
		if (again(job, r))
			make_account(job);
		else
			certify_uacme_failed(job, r, "making an account");
		return;
	}
	/* Without the mark it is asked for again: no harm is done. */
	fd = open(mark_path(job->c, path),
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		close(fd);
	job->account_new = true;
	order_cert(job);
}

/* make_account - with the authority */
static void
make_account(struct certify *job)
{
	const char *email = job->c->acme->email;
	const char *words[] = { "new", email[0] != '\0' ? email : NULL, NULL };

	certify_uacme_run(job, words, on_account);
}

/* count_order - before it is made; false: the job has ended */
static bool
count_order(struct certify *job)
{
	enum mtasts_err err;

	job->row.domain = str_of(job->domain);
	job->row.tried_at = loop_time_s();
	job->row.managed = true;
	err = certify_write_row(job, true);
	if (err != MTASTS_OK)
		end_store(job, err);
	return err == MTASTS_OK;
}

void
certify_order(struct certify *job)
{
	char path[PATH_MAX + 16];

	certify_step(job, CERTIFY_STEP_ORDER, 0);
	if (!count_order(job))
		return;
	if (access(mark_path(job->c, path), F_OK) != 0)
		make_account(job);
	else
		order_cert(job);
}

/* ---- what came of it ---- */

/* Where uacme puts a pair. */
struct pair {
	char chain[PATH_MAX + 300], key[PATH_MAX + 300];
};

/* pair_of - of the job's host */
static void
pair_of(const struct certify *job, struct pair *p)
{
	snprintf(p->chain, sizeof(p->chain), "%s/%s/cert.pem", job->c->account,
	    job->host);
	snprintf(p->key, sizeof(p->key), "%s/private/%s/key.pem",
	    job->c->account, job->host);
}

/* put_first - the first finding, or the error, as a phrase */
static void
put_first(const struct mtasts_diags *diags, enum mtasts_err err, struct buf *b)
{
	const struct mtasts_finding *f = mtasts_diags_get(diags, 0);

	buf_puts(b, f != NULL ? f->message : mtasts_strerror(err));
}

/* verify - would senders take this pair? Else why */
static bool
verify(struct certify *job, const struct pair *p, struct certplan_cert *cert,
    struct buf *why)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	int64_t now_at = loop_time_s();
	struct x509 *x = NULL;
	enum mtasts_err err = x509_load(NULL, p->chain, p->key, &x, diags);
	bool ok = false;

	if (err != MTASTS_OK)
		put_first(diags, err, why);
	else if (!x509_names_host(x, str_of(job->host)))
		buf_putf(why, "it does not name %s", job->host);
	else if (!x509_valid_at(x, now_at))
		buf_puts(why, "it is not valid now");
	else
		ok = x509_trusted(x, job->c->roots, now_at, why);
	if (ok)
		*cert = (struct certplan_cert){ x509_not_before(x),
			x509_not_after(x) };
	x509_free(x);
	mtasts_diags_free(diags);
	return ok;
}

/* place - put it where mtasts-host finds it; else why */
static bool
place(struct certify *job, const struct pair *p, struct buf *why)
{
	const char *folder = job->c->conf.conf->host.certificates.v[0];
	struct certs_import in = { .folder = folder,
		.name = job->host,
		.chain_path = p->chain,
		.key_path = p->key,
		.at = loop_time_s() };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct certs_report report = { 0 };
	enum mtasts_err err = certs_import(&in, &report, diags);

	if (err == MTASTS_OK) {
		snprintf(
		    job->found.dir, sizeof(job->found.dir), "%s", report.dir);
		certs_report_free(&report);
	} else {
		put_first(diags, err, why);
	}
	mtasts_diags_free(diags);
	return err == MTASTS_OK;
}

/* forget_old - uacme keeps every certificate that it ever replaced */
static void
forget_old(const struct certify *job)
{
	char path[PATH_MAX + 300];
	struct dirent *entry;
	DIR *list;

	snprintf(path, sizeof(path), "%s/%s", job->c->account, job->host);
	list = opendir(path);
	if (list == NULL)
		return;
	while ((entry = readdir(list)) != NULL) {
		struct str name = str_of(entry->d_name);

		if (str_starts(name, STR("cert-")) &&
		    str_ends(name, STR(".pem")))
			(void)unlinkat(dirfd(list), entry->d_name, 0);
	}
	closedir(list);
}

/* take - verify and place what uacme has; the job ends */
static void
take(struct certify *job)
{
	static const struct certify_outcome bad = { CERTIFY_FAILED,
		CERTIFY_CAUSE_PAIR,
		"Nothing was changed: the old certificate stays. acme.directory "
		"must be an authority that senders trust." };
	static const struct certify_outcome nowhere = { CERTIFY_FAILED,
		CERTIFY_CAUSE_PLACE,
		"Nothing was changed: the old certificate stays. It is tried "
		"again, without a new order." };
	static const struct certify_outcome issued = { CERTIFY_ISSUED, 0,
		NULL };
	struct certplan_cert cert;
	struct pair p;
	struct buf why;

	certify_step(job, CERTIFY_STEP_VERIFY, 0);
	buf_init(&why, CERTIFY_WHY_MAX);
	pair_of(job, &p);
	if (!verify(job, &p, &cert, &why)) {
		certify_end(job, &bad, "what was issued is no use: %s",
		    why.p != NULL ? why.p : "");
	} else if (!place(job, &p, &why)) {
		certify_end(job, &nowhere,
		    "what was issued cannot be put in place: %s",
		    why.p != NULL ? why.p : "");
	} else {
		forget_old(job);
		job->found.cert = cert;
		job->found.ours = true;
		job->row.managed = true;
		certify_end(job, &issued, "%s", "");
	}
	buf_free(&why);
}

/* on_issued - uacme has ended */
static void
on_issued(void *ctx, const struct child_result *r)
{
	struct certify *job = ctx;
	char path[PATH_MAX + 16];
	struct certify_meaning m;

	job->child = NULL;
	if (r->end == CHILD_EXITED && r->status == 0) {
		take(job);
		return;
	}
	if (again(job, r)) {
		if (count_order(job))
			order_cert(job);
		return;
	}
	certify_uacme_meaning(r, &m);
	/* The authority does not know it: the next order makes one. */
	if (m.cause == CERTIFY_CAUSE_ACCOUNT && !job->account_new)
		(void)unlink(mark_path(job->c, path));
	certify_uacme_failed(job, r, "the order");
}

/* order_cert - have it issued */
static void
order_cert(struct certify *job)
{
	/* Whether it is due was decided here: by force. */
	const char *words[] = { "-f", "-o", "-h", job->c->hook, "issue",
		job->host, NULL };

	certify_uacme_run(job, words, on_issued);
}

bool
certify_take_up(struct certify *job)
{
	struct certplan_cert cert;
	struct pair p;
	struct buf why;
	bool good;

	if (!job->row.managed)
		return false;
	buf_init(&why, CERTIFY_WHY_MAX);
	pair_of(job, &p);
	good = verify(job, &p, &cert, &why);
	buf_free(&why);
	if (good)
		job->issued_until_at = cert.not_after_at;
	if (!good || cert.not_after_at <= job->found.cert.not_after_at)
		return false;
	take(job);
	return true;
}
