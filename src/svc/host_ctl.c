/*
 * host_ctl.c - what mtasts-host is told on its control socket
 *
 * Challenges come and go here, and nothing else changes: the daemon goes on
 * reading only. What is in them never reaches the log; names do.
 */
#include "svc/host_ctl.h"

#include "base/arena.h"
#include "base/json.h"
#include "io/ctl.h"
#include "io/loop.h"

#include <unistd.h>

#define LINE_MAX_LEN 4096

struct host_ctl {
	struct ctl *ctl;
	struct challenges *challenges;
	struct log *log;
};

/* Ways to say what is to be done with a challenge. */
enum method { METHOD_BEGIN = 0, METHOD_DONE, METHOD_FAILED, METHODS };

static const char *const method_names[METHODS] = { "begin", "done", "failed" };

/* read_method - the word of a method; false for others */
static bool
read_method(const struct js *js, enum method *method)
{
	struct str name;
	size_t i;

	if (!js_str(js_get(js, "method"), &name))
		return false;
	for (i = 0; i < METHODS; i++) {
		if (str_eq(name, str_of(method_names[i]))) {
			*method = (enum method)i;
			return true;
		}
	}
	return false;
}

/* log_challenge - what was announced or taken back, and by whom */
static void
log_challenge(struct host_ctl *h, struct ctl_call *call, const char *event,
    const struct challenge *ch)
{
	struct log_line line;

	log_begin(&line, h->log, LOG_LEVEL_INFO, event);
	log_str(&line, "name", ch->name);
	log_cstr(&line, "type", challenge_type_name(ch->type));
	log_int(&line, "uid", (int64_t)ctl_uid(call));
	log_end(&line);
}

/* begin - announce one; null, or why not */
static const char *
begin(struct host_ctl *h, struct ctl_call *call, const struct challenge *ch)
{
	const char *fault = challenge_fault(ch);

	if (fault != NULL)
		return fault;
	switch (challenges_begin(h->challenges, ch, loop_now_ms())) {
	case MTASTS_OK:
		log_challenge(h, call, "challenge-begun", ch);
		return NULL;
	case MTASTS_EINVAL:
		return "this type of challenge is none of a policy host's";
	case MTASTS_ELIMIT:
		return "too many challenges are pending";
	default:
		return "memory is short";
	}
}

/* do_challenge - {"do":"challenge",...} */
static void
do_challenge(struct host_ctl *h, struct ctl_call *call, const struct js *js)
{
	struct challenge ch = { .type = CHALLENGE_HTTP };
	enum method method = METHOD_BEGIN;
	const char *fault = NULL;
	struct str type;

	if (!ctl_admin(call))
		fault = "challenges take root, the daemon's own user or "
			"host.control-user";
	else if (!read_method(js, &method))
		fault = "\"method\" is one of begin, done and failed";
	else if (!js_str(js_get(js, "type"), &type) ||
	    !challenge_type_find(type, &ch.type))
		fault = "this type of challenge is not known";
	else if (!js_str(js_get(js, "ident"), &ch.name) ||
	    !js_str(js_get(js, "token"), &ch.token) ||
	    !js_str(js_get(js, "auth"), &ch.auth))
		fault = "a challenge has \"ident\", \"token\" and \"auth\"";
	else if (method == METHOD_BEGIN)
		fault = begin(h, call, &ch);
	else if (challenges_done(h->challenges, &ch))
		log_challenge(h, call, "challenge-ended", &ch);
	ctl_end(call, fault);
}

/* do_status - {"do":"status"} */
static void
do_status(struct host_ctl *h, struct ctl_call *call, const struct js *js)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, LINE_MAX_LEN);
	js_begin(&w, &b, false);
	js_object(&w);
	js_kv_str(&w, "version", MTASTS_VERSION);
	js_kv_int(&w, "pid", getpid());
	js_kv_int(&w, "challenges", (int64_t)challenges_count(h->challenges));
	js_end_object(&w);
	if (buf_error(&b) == MTASTS_OK)
		ctl_line(call, buf_str(&b));
	buf_free(&b);
	ctl_end(call, NULL);
}

/* on_request - a client asks */
static void
on_request(void *ctx, struct ctl_call *call, const struct js *js)
{
	static const struct {
		const char *name;
		void (*act)(struct host_ctl *h, struct ctl_call *call,
		    const struct js *js);
	} acts[] = { { "challenge", do_challenge }, { "status", do_status } };
	struct str name;

	if (js_str(js_get(js, "do"), &name)) {
		for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
			if (str_eq(str_of(acts[i].name), name)) {
				acts[i].act(ctx, call, js);
				return;
			}
		}
	}
	ctl_end(call, "\"do\" is one of challenge and status");
}

enum mtasts_err
host_ctl_open(const struct svc *svc, struct challenges *challenges,
    struct host_ctl **out, struct mtasts_diags *diags)
{
	struct host_ctl *h = mem_zalloc(1, sizeof(*h));
	struct ctl_conf conf = {
		.address = svc->conf->host.control,
		.group = "",
		.user = svc->conf->host.control_user,
		.request = on_request,
		.ctx = h,
		.loop = svc->loop,
		.log = svc->log,
	};
	enum mtasts_err err;

	if (h == NULL)
		return MTASTS_ENOMEM;
	h->challenges = challenges;
	h->log = svc->log;
	err = ctl_open(&conf, &h->ctl, diags);
	if (err == MTASTS_OK)
		*out = h;
	else
		mem_free(h);
	return err;
}

void
host_ctl_close(struct host_ctl *h)
{
	if (h == NULL)
		return;
	ctl_close(h->ctl);
	mem_free(h);
}
