/*
 * certify.c - jobs: from a name to the end of what is done for it
 *
 * What is known stands in the registry, so that back-off and rate hold after a
 * crash too: an order is written down before it is made, its end afterwards.
 * The registry is asked in short transactions; nothing here waits.
 */
#include "task/certify_int.h"

#include "io/loop.h"
#include "task/domain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOB_MAX ((size_t)64 << 20) /* bytes of a job's texts */
#define HOOK	"mtasts-acme-hook"

enum certify_rule { RULE_OFF = 0, RULE_PLACE, RULE_FOLDER, RULE_HOOK };

static const struct diag_rule rules[] = {
	[RULE_OFF] = { "conf", "acme-off", MTASTS_ERROR, true, "",
	    "Set acme.enabled to true: this also says that you agree to the "
	    "authority's terms of service." },
	[RULE_PLACE] = { "conf", "acme-no-place", MTASTS_ERROR, true, "",
	    "Give host.certificates a folder." },
	[RULE_FOLDER] = { "conf", "acme-folder", MTASTS_ERROR, true, "",
	    "Run it as root or as the owner of the store, and see that the "
	    "disk has room; acme.folder names another place." },
	[RULE_HOOK] = { "conf", "acme-hook", MTASTS_ERROR, true, "",
	    "Install mtasts anew: the link mtasts-acme-hook belongs to it." },
};

static const struct diag_place nowhere;

/* ---- open and close ---- */

/* find_hook - beside this program, or where it is installed */
static bool
find_hook(struct certifier *c)
{
	static const char *const places[] = { HOOK, "../libexec/mtasts/" HOOK };
	char self[PATH_MAX - 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (c->conf.hook != NULL) {
		snprintf(c->hook, sizeof(c->hook), "%s", c->conf.hook);
		return access(c->hook, X_OK) == 0;
	}
	if (n <= 0)
		return false;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return false;
	slash[1] = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(c->hook, sizeof(c->hook), "%s%s", self, places[i]);
		if (access(c->hook, X_OK) == 0)
			return true;
	}
	return false;
}

/* name_folders - of all accounts, and of the one at this directory */
static bool
name_folders(struct certifier *c)
{
	struct str store, url = str_of(c->acme->directory);
	char name[200];
	size_t i;
	int n;

	if (c->acme->folder[0] != '\0')
		n = snprintf(
		    c->folder, sizeof(c->folder), "%s", c->acme->folder);
	else if (registry_folder(c->conf.store_url, &store))
		n = snprintf(c->folder, sizeof(c->folder), "%" STR_FMT "/acme",
		    STR_ARG(store));
	else
		return false;
	if (str_starts(url, STR("https://")))
		url = str_sub(url, sizeof("https://") - 1, url.len);
	/* Another authority, another account. */
	for (i = 0; i < url.len && i + 1 < sizeof(name); i++)
		name[i] = ascii_alnum(url.p[i]) ||
			(url.p[i] == '.' && i > 0 && url.p[i - 1] != '.')
		    ? ascii_lower(url.p[i])
		    : '-';
	name[i] = '\0';
	return n < (int)sizeof(c->folder) - 300 &&
	    snprintf(c->account, sizeof(c->account), "%s/%s", c->folder, name) <
	    (int)sizeof(c->account);
}

/* make_folder - for its owner alone */
static bool
make_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return chmod(path, 0700) == 0;
	return errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* open_folders - where account and keys are, and the lock of all orders */
static enum mtasts_err
open_folders(struct certifier *c, struct mtasts_diags *diags)
{
	struct diag_place at = { .file = c->folder };
	char path[PATH_MAX + 8];

	if (!name_folders(c)) {
		diag_add(diags, &rules[RULE_FOLDER], nowhere,
		    "acme.folder has to be given for this store");
		return MTASTS_ECONF;
	}
	snprintf(path, sizeof(path), "%s/lock", c->folder);
	if (make_folder(c->folder) && make_folder(c->account))
		c->lock_fd =
		    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock_fd >= 0)
		return MTASTS_OK;
	diag_add(diags, &rules[RULE_FOLDER], at,
	    "the folder of the ACME account cannot be made: %s",
	    strerror(errno));
	return MTASTS_ESYS;
}

/* check_conf - what must be said before anything is done */
static enum mtasts_err
check_conf(struct certifier *c, struct mtasts_diags *diags)
{
	if (!c->acme->enabled) {
		diag_add(diags, &rules[RULE_OFF], nowhere,
		    "certificates by ACME are not enabled");
		return MTASTS_ECONF;
	}
	if (c->conf.conf->host.certificates.count == 0) {
		diag_add(diags, &rules[RULE_PLACE], nowhere,
		    "there is no folder for certificates");
		return MTASTS_ECONF;
	}
	if (!find_hook(c)) {
		diag_add(diags, &rules[RULE_HOOK], nowhere,
		    "the program " HOOK " is not there");
		return MTASTS_ENOENT;
	}
	return MTASTS_OK;
}

/* add_metrics - how orders end */
static void
add_metrics(struct certifier *c)
{
	static const char help[] = "Jobs for certificates that ended, by how.";
	static const char name[] = "mtasts_acme_jobs_total";
	struct metrics *m = c->conf.metrics;

	if (m == NULL)
		return;
	c->issued =
	    metrics_add(m, METRIC_COUNTER, name, help, "end=\"issued\"");
	c->failed =
	    metrics_add(m, METRIC_COUNTER, name, help, "end=\"failed\"");
	c->refused =
	    metrics_add(m, METRIC_COUNTER, name, help, "end=\"refused\"");
}

/* on_timer - of the queue */
static void
on_timer(void *ctx)
{
	certify_pump(ctx);
}

/* open_all - everything in order; stops at the first failure */
static enum mtasts_err
open_all(struct certifier *c, struct mtasts_diags *diags)
{
	const struct conf *conf = c->conf.conf;
	const char *ca = c->acme->ca_file;
	enum mtasts_err err = check_conf(c, diags);

	if (ca[0] == '\0')
		ca = c->conf.ca_file != NULL ? c->conf.ca_file
					     : conf->fetch.ca_file;
	if (err == MTASTS_OK)
		err = x509_roots_open(ca, &c->roots, diags);
	if (err == MTASTS_OK)
		err = open_folders(c, diags);
	if (err == MTASTS_OK && c->conf.dns_01 != NULL)
		err = certify_record_open(c, diags);
	if (err != MTASTS_OK)
		return err;
	c->timer = loop_timer(c->conf.loop, on_timer, c);
	if (c->timer == NULL)
		return MTASTS_ENOMEM;
	add_metrics(c);
	return certify_disk_open(c);
}

enum mtasts_err
certifier_open(const struct certifier_conf *conf, struct certifier **out,
    struct mtasts_diags *diags)
{
	struct certifier *c = mem_zalloc(1, sizeof(*c));
	enum mtasts_err err;

	if (c == NULL)
		return MTASTS_ENOMEM;
	c->conf = *conf;
	c->acme = &conf->conf->acme;
	c->lock_fd = -1;
	TAILQ_INIT(&c->jobs);
	TAILQ_INIT(&c->queue);
	err = open_all(c, diags);
	if (err == MTASTS_OK)
		*out = c;
	else
		certifier_close(c);
	return err;
}

void
certifier_close(struct certifier *c)
{
	struct certify *job;

	if (c == NULL)
		return;
	while ((job = TAILQ_FIRST(&c->jobs)) != NULL)
		certify_cancel(job);
	certify_record_close(c);
	if (c->disk.c != NULL)
		certify_disk_close(c);
	x509_roots_close(c->roots);
	loop_watch_close(c->timer);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
	mem_free(c);
}

/* ---- a job's life ---- */

void
certify_unlock(struct certifier *c)
{
	if (c->locked)
		flock(c->lock_fd, LOCK_UN);
	c->locked = false;
}

void
certify_free(struct certify *job)
{
	struct certifier *c = job->c;

	certify_look_cancel(job);
	child_cancel(job->child);
	loop_watch_close(job->timer);
	if (job->phase == PHASE_QUEUE)
		TAILQ_REMOVE(&c->queue, job, queue_link);
	if (c->current == job) {
		c->current = NULL;
		certify_unlock(c);
	}
	TAILQ_REMOVE(&c->jobs, job, link);
	arena_free(job->arena);
	mem_free(job);
	if (!TAILQ_EMPTY(&c->queue))
		loop_timer_start(c->timer, 0);
}

void
certify_cancel(struct certify *job)
{
	if (job != NULL)
		certify_free(job);
}

void
certify_step(
    const struct certify *job, enum certify_step step, int64_t until_at)
{
	if (job->want.step != NULL)
		job->want.step(job->want.ctx, step, until_at);
}

/* ---- the beginning ---- */

/* read_registry - is it registered, and what is known of it? */
static enum mtasts_err
read_registry(struct certify *job)
{
	struct domain_job reading = { .registry = job->c->conf.registry,
		.arena = job->arena,
		.now_at = loop_time_s() };
	struct domain_view view;
	enum mtasts_err err;

	err = domain_show(&reading, str_of(job->domain), &view);
	if (err == MTASTS_OK)
		err =
		    leadsto_read(&view.merged, job->host, job->arena, &job->to);
	if (err == MTASTS_OK)
		err = registry_find_cert(job->c->conf.registry,
		    str_of(job->domain), job->arena, &job->row);
	return err;
}

/* choose_types - the challenges that are configured and can be answered */
static void
choose_types(struct certify *job)
{
	const struct conf_list *list = &job->c->acme->challenges;
	const char *control = job->c->conf.conf->host.control;
	enum challenge_type type;

	for (size_t i = 0; i < list->count; i++)
		if (challenge_type_find(str_of(list->v[i]), &type))
			job->types[type] = type == CHALLENGE_DNS
			    ? job->c->conf.dns_01 != NULL
			    : control[0] != '\0';
}

/* end_unread - the registry says no, or nothing */
static void
end_unread(struct certify *job, enum mtasts_err err)
{
	static const struct certify_outcome unknown = { CERTIFY_REFUSED,
		CERTIFY_CAUSE_UNREGISTERED,
		"Add it first: mtasts domain add DOMAIN" };
	static const struct certify_outcome broken = { CERTIFY_FAILED,
		CERTIFY_CAUSE_STORE,
		"See what keeps the registry; it is tried again." };

	if (err == MTASTS_ENOENT || err == MTASTS_ESYNTAX)
		certify_end(
		    job, &unknown, "%s is not in the registry", job->domain);
	else
		certify_end(job, &broken, "the registry cannot be read: %s",
		    mtasts_strerror(err));
}

/* is_others - does somebody else keep a certificate that is good? */
static bool
is_others(const struct certify *job, int64_t now_at)
{
	const struct certify_found *f = &job->found;

	if (f->cert.not_after_at <= now_at)
		return false;
	/* Somebody may have taken over the very place. */
	return !f->ours || !job->row.managed ||
	    (job->issued_until_at > 0 &&
		f->cert.not_after_at > job->issued_until_at);
}

/* decide - with all known that needs no network */
static void
decide(struct certify *job)
{
	static const struct certify_outcome others = { CERTIFY_OTHERS, 0,
		NULL };
	static const struct certify_outcome fine = { CERTIFY_NOT_DUE, 0, NULL };
	static const struct certify_outcome later = { CERTIFY_LATER,
		CERTIFY_CAUSE_BACKOFF, "'mtasts cert issue' tries at once." };
	int64_t now_at = loop_time_s();

	if (!job->want.force && certify_take_up(job))
		return;
	if (!job->want.take_over && is_others(job, now_at)) {
		certify_end(job, &others, "its certificate is kept in %s",
		    job->found.dir);
		return;
	}
	if (!job->want.force &&
	    certplan_due(&job->found.cert, str_of(job->host)) > now_at) {
		certify_end(job, &fine, "%s", "");
		return;
	}
	if (!job->want.now && job->row.failures > 0 &&
	    job->row.next_at > now_at) {
		certify_end(job, &later, "it failed %u times in a row",
		    job->row.failures);
		return;
	}
	certify_look(job);
}

/* begin - the folders are known */
static void
begin(struct certify *job)
{
	struct certifier *c = job->c;
	const char *ours = c->conf.conf->host.certificates.v[0];
	enum mtasts_err err = read_registry(job);

	if (err != MTASTS_OK) {
		end_unread(job, err);
		return;
	}
	choose_types(job);
	certify_find(
	    c->disk.index, ours, job->host, loop_time_s(), &job->found);
	certify_find_placed(ours, job->host, &job->found);
	decide(job);
}

/* on_begin - from the loop: begin, or wait until the folders are known */
static void
on_begin(void *ctx)
{
	struct certify *job = ctx;

	if (certify_disk_ready(job->c))
		begin(job);
}

/* begin_anew - forget what was seen: it is another world now */
static void
begin_anew(struct certify *job)
{
	certify_look_cancel(job);
	TAILQ_REMOVE(&job->c->queue, job, queue_link);
	job->phase = PHASE_BEGIN;
	job->issued_until_at = 0;
	job->away = CERTIFY_CAUSE_NONE;
	memset(job->types, 0, sizeof(job->types));
	loop_timer_start(job->timer, 0);
}

bool
certify_overtaken(struct certify *job)
{
	struct registry_cert row;
	enum mtasts_err err = registry_find_cert(
	    job->c->conf.registry, str_of(job->domain), job->arena, &row);

	if (err != MTASTS_OK) {
		end_unread(job, err);
		return true;
	}
	if (row.tried_at == job->row.tried_at &&
	    row.not_after_at == job->row.not_after_at)
		return false;
	begin_anew(job);
	return true;
}

void
certify_wake(struct certifier *c)
{
	struct certify *job;

	TAILQ_FOREACH(job, &c->jobs, link)
	if (job->phase == PHASE_BEGIN)
		loop_timer_start(job->timer, 0);
}

struct certify *
certify_start(struct certifier *c, const struct certify_want *want)
{
	struct certify *job = mem_zalloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->c = c;
	job->want = *want;
	job->to.our_host = "";
	job->arena = arena_new(JOB_MAX);
	job->timer = loop_timer(c->conf.loop, on_begin, job);
	snprintf(job->domain, sizeof(job->domain), "%.253s", want->domain);
	snprintf(job->host, sizeof(job->host), "mta-sts.%.253s", want->domain);
	job->want.domain = job->domain;
	if (job->arena == NULL || job->timer == NULL) {
		arena_free(job->arena);
		loop_watch_close(job->timer);
		mem_free(job);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&c->jobs, job, link);
	loop_timer_start(job->timer, 0);
	return job;
}
