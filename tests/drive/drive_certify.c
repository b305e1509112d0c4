/*
 * drive_certify - one certificate by dns-01, as a daemon would have it made
 *
 *   drive_certify CONFIG STORE DNS HOOK SETTER DOMAIN
 *
 * SETTER is a program that is called with "set" or "clear", the name and the
 * value of a record; it stands for whoever writes the zone. DNS is the address
 * of the server to ask. Prints how it ended.
 */
#include "task/certify.h"

#include "base/arena.h"
#include "io/child.h"

#include <signal.h>
#include <stdio.h>

struct drive {
	struct loop *loop;
	const char *setter;
	int status;
};

/* A record that is being written. */
struct writing {
	struct certify_dns_answer *answer;
	struct child *child;
};

/* on_written - the setter has ended */
static void
on_written(void *ctx, const struct child_result *r)
{
	struct writing *w = ctx;

	certify_dns_done(w->answer,
	    r->end == CHILD_EXITED && r->status == 0 ? NULL
						     : "the setter fails");
	mem_free(w);
}

/* start_record - have it set or cleared */
static void *
start_record(void *ctx, const struct certify_record *record,
    struct certify_dns_answer *answer)
{
	struct drive *d = ctx;
	const char *const argv[] = { d->setter, record->set ? "set" : "clear",
		record->name, record->value, NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	struct child_conf conf = {
		.loop = d->loop, .argv = argv, .env = env, .timeout_ms = 30000
	};
	struct writing *w = mem_zalloc(1, sizeof(*w));

	w->answer = answer;
	if (child_start(&conf, on_written, w, &w->child) == MTASTS_OK)
		return w;
	mem_free(w);
	return NULL;
}

/* cancel_record - nobody wants to know */
static void
cancel_record(void *ctx, void *job)
{
	struct writing *w = job;

	child_cancel(w->child);
	mem_free(w);
}

/* on_done - it has ended */
static void
on_done(void *ctx, const struct certify_result *r)
{
	struct drive *d = ctx;

	printf("%s %s %s\n", certify_end_name(r->end),
	    certify_cause_name(r->cause), r->why);
	d->status = r->end == CERTIFY_ISSUED ? 0 : 1;
	loop_stop(d->loop);
}

int
main(int argc, char **argv)
{
	struct drive d = { .status = 3 };
	struct certify_dns dns_01 = { start_record, cancel_record, &d };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = NULL;
	struct registry *registry = NULL;
	struct dns *dns = NULL;
	struct certifier *c = NULL;
	struct dns_conf dns_conf = { .backend = DNS_STUB, .timeout_ms = 5000 };
	struct certify_want want = {
		.now = true, .force = true, .done = on_done, .ctx = &d
	};
	struct certifier_conf cc = { .dns_01 = &dns_01 };
	enum mtasts_err err;

	if (argc != 7)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	d.setter = argv[5];
	dns_conf.server.v = (const char *const *)&argv[3];
	dns_conf.server.count = 1;
	want.domain = argv[6];
	err = loop_new(&d.loop);
	dns_conf.loop = d.loop;
	if (err == MTASTS_OK)
		err = conf_load(argv[1], &conf, diags);
	if (err == MTASTS_OK)
		err = registry_open(argv[2], REGISTRY_WRITE, &registry, diags);
	if (err == MTASTS_OK)
		err = dns_open(&dns_conf, &dns, diags);
	cc.loop = d.loop;
	cc.dns = dns;
	cc.registry = registry;
	cc.store_url = argv[2];
	cc.conf = conf;
	cc.hook = argv[4];
	if (err == MTASTS_OK)
		err = certifier_open(&cc, &c, diags);
	for (size_t i = 0; i < mtasts_diags_count(diags); i++)
		printf("%s\n", mtasts_diags_get(diags, i)->message);
	want.ctx = &d;
	if (err == MTASTS_OK && certify_start(c, &want) != NULL)
		err = loop_run(d.loop);
	certifier_close(c);
	dns_close(dns);
	registry_close(registry);
	conf_free(conf);
	loop_free(d.loop);
	mtasts_diags_free(diags);
	return err == MTASTS_OK ? d.status : 3;
}
