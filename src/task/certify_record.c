/*
 * certify_record.c - answering the hook for dns-01
 *
 * The hook of uacme tells this process by a socket what record the authority
 * will look for; whoever writes the zone is asked to set it, and the hook is
 * answered when every server has it. Only for the order that is being made.
 */
#include "task/certify_int.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define RECORD_PREFIX "_acme-challenge."

struct certify_dns_answer {
	const struct certify_dns *by;
	struct ctl_call *call; /* null: nobody listens any more */
	void *job; /* of who writes */
	char name[CERTIFY_HOST_MAX + 32];
	char value[64];
	char domain[CERTIFY_HOST_MAX];
};

void
certify_dns_done(struct certify_dns_answer *answer, const char *error)
{
	/* It is released by on_gone(). */
	answer->job = NULL;
	ctl_end(answer->call, error);
}

/* on_gone - the call has ended, or the hook has */
static void
on_gone(void *data)
{
	struct certify_dns_answer *answer = data;

	if (answer->job != NULL)
		answer->by->cancel(answer->by->ctx, answer->job);
	mem_free(answer);
}

/* start - have the record written */
static void
start(struct certifier *c, struct ctl_call *call, const struct challenge *ch,
    bool set)
{
	struct certify_dns_answer *answer = mem_zalloc(1, sizeof(*answer));
	const struct certify *job = c->current;
	struct certify_record record = { .set = set };

	if (answer == NULL) {
		ctl_end(call, "memory is short");
		return;
	}
	answer->by = c->conf.dns_01;
	answer->call = call;
	snprintf(answer->domain, sizeof(answer->domain), "%s", job->domain);
	snprintf(
	    answer->name, sizeof(answer->name), RECORD_PREFIX "%s", job->host);
	snprintf(answer->value, sizeof(answer->value), "%" STR_FMT,
	    STR_ARG(ch->auth));
	record.domain = answer->domain;
	record.name = answer->name;
	record.value = answer->value;
	ctl_set(call, answer, on_gone);
	answer->job = answer->by->start(answer->by->ctx, &record, answer);
	if (answer->job == NULL)
		ctl_end(call, "the record cannot be written");
}

/* read_challenge - all members; a phrase when one is wrong */
static const char *
read_challenge(
    struct certifier *c, const struct js *js, struct challenge *ch, bool *set)
{
	struct str method, type;

	if (!js_str(js_get(js, "method"), &method) ||
	    !js_str(js_get(js, "type"), &type) ||
	    !js_str(js_get(js, "ident"), &ch->name) ||
	    !js_str(js_get(js, "token"), &ch->token) ||
	    !js_str(js_get(js, "auth"), &ch->auth) ||
	    !challenge_type_find(type, &ch->type))
		return "that is no challenge";
	if (ch->type != CHALLENGE_DNS || challenge_fault(ch) != NULL)
		return "that is no challenge for DNS";
	if (c->current == NULL || !str_eq(ch->name, str_of(c->current->host)) ||
	    !c->current->types[CHALLENGE_DNS])
		return "no such order is being made";
	*set = str_eq(method, STR("begin"));
	return NULL;
}

/* on_request - the hook calls */
static void
on_request(void *ctx, struct ctl_call *call, const struct js *js)
{
	struct certifier *c = ctx;
	struct challenge ch;
	const char *fault;
	bool set = false;

	fault = ctl_admin(call) ? read_challenge(c, js, &ch, &set)
				: "only who ordered may say so";
	if (fault != NULL)
		ctl_end(call, fault);
	else
		start(c, call, &ch, set);
}

/* sweep - sockets of processes that were killed */
static void
sweep(const struct certifier *c)
{
	DIR *list = opendir(c->folder);
	struct dirent *entry;
	uint64_t pid;

	while (list != NULL && (entry = readdir(list)) != NULL) {
		struct str name = str_of(entry->d_name), of, rest;

		if (!str_starts(name, STR("order-")) ||
		    !str_ends(name, STR(".ctl")))
			continue;
		/* "order-PID-TIME.ctl" */
		str_cut(str_sub(name, 6, name.len - 10), '-', &of, &rest);
		if (!str_u64(of, INT32_MAX, &pid) || kill((pid_t)pid, 0) == 0 ||
		    errno != ESRCH)
			continue;
		(void)unlinkat(dirfd(list), entry->d_name, 0);
	}
	if (list != NULL)
		closedir(list);
}

enum mtasts_err
certify_record_open(struct certifier *c, struct mtasts_diags *diags)
{
	struct ctl_conf conf = { .address = c->order_path,
		.group = "",
		.request = on_request,
		.ctx = c,
		.stall_ms = c->acme->timeout_ms,
		.loop = c->conf.loop,
		.log = c->conf.log };
	enum mtasts_err err;

	sweep(c);
	/* After a reload of a daemon two are open side by side for a while. */
	snprintf(c->order_path, sizeof(c->order_path),
	    "%s/order-%d-%" PRIx64 ".ctl", c->folder, (int)getpid(),
	    (uint64_t)loop_now_us());
	err = ctl_open(&conf, &c->order_ctl, diags);
	if (err != MTASTS_OK)
		c->order_path[0] = '\0';
	return err;
}

void
certify_record_close(struct certifier *c)
{
	ctl_close(c->order_ctl);
	c->order_ctl = NULL;
}
