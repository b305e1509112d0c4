/*
 * ask.c - asking the running mtasts-resolver, or mtasts-publisher
 *
 * Finds the control socket in the configuration and turns what went wrong into
 * a sentence. Knows no request.
 */
#include "cli/ask.h"

#include "cli/out.h"
#include "io/conf.h"
#include "io/ctl.h"

#include <errno.h>

/* A first answer to a new domain takes the daemon up to its own deadline. */
#define SILENCE_MS 30000
#define POKE_MS	   1000

/* begin - {"do":WHAT */
static void
begin(struct ask *a, struct cmd_env *env, bool publisher, const char *what)
{
	*a = (struct ask){ .env = env, .publisher = publisher };
	buf_init(&a->request, CTL_REQUEST_MAX);
	js_begin(&a->w, &a->request, false);
	js_object(&a->w);
	js_kv_str(&a->w, "do", what);
}

void
ask_begin(struct ask *a, struct cmd_env *env, const char *what)
{
	begin(a, env, false, what);
}

void
ask_publisher(struct ask *a, struct cmd_env *env, const char *what)
{
	begin(a, env, true, what);
}

void
ask_free(struct ask *a)
{
	buf_free(&a->request);
}

/* control_path - where the daemon is asked; null after a message */
static const char *
control_path(struct cmd_env *env, bool publisher)
{
	const struct conf *conf = cmd_conf(env);

	if (conf == NULL)
		return NULL;
	return publisher ? conf->publisher.control : conf->resolver.control;
}

/* name_of - the daemon's */
static const char *
name_of(bool publisher)
{
	return publisher ? "mtasts-publisher" : "mtasts-resolver";
}

/* tell - why the daemon could not be asked, or refused */
static void
tell(const struct ask *a, const char *path, enum mtasts_err err,
    const struct buf *error)
{
	const char *who = name_of(a->publisher);
	struct cmd_env *env = a->env;
	int no = errno;

	switch (err) {
	case MTASTS_EINVAL:
		out_error(env, "%s refuses: %s", who,
		    error->p != NULL ? error->p : "without a reason");
		break;
	case MTASTS_ESYS:
		out_error(env, "cannot ask %s at %s: %s%s", who, path,
		    strerror(no),
		    no == EACCES ? "; be root, or a member of that socket's "
				   "group (mtasts, if not configured "
				   "otherwise)"
				 : "");
		break;
	case MTASTS_ETIMEOUT:
		out_error(env, "%s at %s does not answer", who, path);
		break;
	case MTASTS_ESYNTAX:
		out_error(env,
		    "what answers at %s is not %s, or it ended in the middle",
		    path, who);
		break;
	default:
		out_error(env, "cannot ask %s: %s", who, mtasts_strerror(err));
		break;
	}
}

enum mtasts_err
ask_send(struct ask *a,
    bool (*line)(void *ctx, struct str text, const struct js *js), void *ctx)
{
	struct ctl_question q = { .path = control_path(a->env, a->publisher),
		.timeout_ms = a->silence_ms > 0 ? a->silence_ms : SILENCE_MS,
		.line = line,
		.ctx = ctx };
	enum mtasts_err err;
	struct buf error;

	buf_init(&error, 4096);
	js_end_object(&a->w);
	err = buf_error(&a->request);
	if (q.path == NULL) {
		/* Told by cmd_conf(). */
		err = MTASTS_ECONF;
		goto out;
	}
	q.request = buf_str(&a->request);
	if (err == MTASTS_OK)
		err = q.path[0] != '\0' ? ctl_ask(&q, &error) : MTASTS_ENOENT;
	if (err != MTASTS_OK && err != MTASTS_ENOENT)
		tell(a, q.path, err, &error);
out:
	buf_free(&error);
	ask_free(a);
	return err;
}

/* The one line of an answer. */
struct one {
	struct js *js;
	enum mtasts_err err;
};

/* on_line - keep the first line; parsed anew, for the caller to own */
static bool
on_line(void *ctx, struct str text, const struct js *js)
{
	struct one *one = ctx;

	if (one->js == NULL)
		one->err = js_parse(text, "answer", &one->js, NULL);
	return one->err == MTASTS_OK;
}

enum mtasts_err
ask_one(struct ask *a, struct js **out)
{
	struct one one = { NULL, MTASTS_OK };
	struct cmd_env *env = a->env;
	const char *who = name_of(a->publisher);
	enum mtasts_err err = ask_send(a, on_line, &one);

	if (err == MTASTS_OK && one.err != MTASTS_OK) {
		err = one.err;
		out_error(env, "%s", mtasts_strerror(err));
	} else if (err == MTASTS_OK && one.js == NULL) {
		err = MTASTS_ESYNTAX;
		out_error(env, "%s gives no answer to this", who);
	}
	if (err == MTASTS_OK)
		*out = one.js;
	else
		js_free(one.js);
	return err;
}

void
ask_nobody(struct cmd_env *env)
{
	const char *path = control_path(env, false);

	if (path == NULL)
		return;
	if (path[0] == '\0')
		out_error(env,
		    "the configuration gives mtasts-resolver no control "
		    "socket (resolver: control)");
	else
		out_error(env,
		    "mtasts-resolver does not run here: nobody listens at %s; "
		    "start it: systemctl start mtasts-resolver",
		    path);
}

void
ask_poke(struct cmd_env *env, const char *domain)
{
	struct ctl_question q = { .path = control_path(env, true),
		.timeout_ms = POKE_MS };
	struct buf error;
	struct ask a;

	/* A store that only this command names is nobody's who runs. */
	if (q.path == NULL || q.path[0] == '\0' ||
	    (env->store != NULL && env->config == NULL))
		return;
	ask_publisher(&a, env, "poke");
	if (domain != NULL)
		js_kv_str(&a.w, "domain", domain);
	js_end_object(&a.w);
	q.request = buf_str(&a.request);
	buf_init(&error, 4096);
	if (buf_error(&a.request) == MTASTS_OK)
		(void)!ctl_ask(&q, &error);
	buf_free(&error);
	ask_free(&a);
}
