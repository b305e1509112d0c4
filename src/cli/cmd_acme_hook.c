/*
 * cmd_acme_hook.c - what uacme calls for each challenge
 *
 * METHOD TYPE IDENT TOKEN AUTH; a status other than 0 of "begin" declines, and
 * uacme goes on with the next type. Hands everything on: http-01 and
 * tls-alpn-01 to mtasts-host, dns-01 to the process that ordered. Says nothing
 * of what is in a challenge.
 */
#include "cli/commands.h"

#include "base/arena.h"
#include "io/challenge.h"
#include "io/conf.h"
#include "io/ctl.h"
#include "task/certify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#define REQUEST_MAX ((size_t)8 << 10)
#define HOST_MS	    10000
#define ORDER_MS    600000 /* DNS servers take their time to agree */

/* The words of the command, in their order. */
enum { WORD_METHOD = 0, WORD_TYPE, WORD_IDENT, WORD_TOKEN, WORD_AUTH, WORDS };

/* say - one line to standard error, as core/uacme reads it */
static void say(struct cmd_env *env, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct cmd_env *env, const char *fmt, ...)
{
	struct buf text, clean;
	va_list ap;

	buf_init(&text, REQUEST_MAX);
	buf_init(&clean, REQUEST_MAX);
	va_start(ap, fmt);
	buf_vputf(&text, fmt, ap);
	va_end(ap);
	buf_clean(&clean, buf_str(&text), 1000);
	fprintf(env->err, "mtasts: %s\n", clean.p != NULL ? clean.p : "");
	buf_free(&text);
	buf_free(&clean);
}

/* is_wanted - is the type among those of the order, or the configuration? */
static bool
is_wanted(struct cmd_env *env, struct str type)
{
	const char *types = getenv(CERTIFY_ENV_TYPES);
	struct str rest = str_of(types), word;
	const struct conf *conf;
	size_t i;

	while (types != NULL && rest.len > 0) {
		str_cut(rest, ' ', &word, &rest);
		if (str_eq(word, type))
			return true;
	}
	if (types != NULL)
		return false;
	conf = cmd_conf(env);
	for (i = 0; conf != NULL && i < conf->acme.challenges.count; i++)
		if (str_eq(str_of(conf->acme.challenges.v[i]), type))
			return true;
	return false;
}

/* socket_for - who answers challenges of a type; null: nobody */
static const char *
socket_for(struct cmd_env *env, enum challenge_type type)
{
	const char *path = getenv(
	    type == CHALLENGE_DNS ? CERTIFY_ENV_ORDER : CERTIFY_ENV_HOST);
	const struct conf *conf;

	if (path == NULL && type != CHALLENGE_DNS) {
		conf = cmd_conf(env);
		path = conf != NULL ? conf->host.control : NULL;
	}
	return path != NULL && path[0] != '\0' ? path : NULL;
}

/* put_request - the challenge as one line */
static void
put_request(char **words, struct buf *b)
{
	struct js_writer w;

	js_begin(&w, b, false);
	js_object(&w);
	js_kv_str(&w, "do", "challenge");
	js_kv_str(&w, "method", words[WORD_METHOD]);
	js_kv_str(&w, "type", words[WORD_TYPE]);
	js_kv_str(&w, "ident", words[WORD_IDENT]);
	js_kv_str(&w, "token", words[WORD_TOKEN]);
	js_kv_str(&w, "auth", words[WORD_AUTH]);
	js_end_object(&w);
}

/* hand_on - tell who answers; CMD_PROBLEM after a message declines */
static enum cmd_status
hand_on(struct cmd_env *env, const char *path, bool dns, char **words)
{
	struct ctl_question q = { .path = path,
		.timeout_ms = dns ? ORDER_MS : HOST_MS };
	struct buf request, why;
	enum mtasts_err err;

	buf_init(&request, REQUEST_MAX);
	buf_init(&why, REQUEST_MAX);
	put_request(words, &request);
	q.request = buf_str(&request);
	err = buf_error(&request);
	if (err == MTASTS_OK)
		err = ctl_ask(&q, &why);
	if (err == MTASTS_EINVAL && why.len > 0)
		say(env, "%s: %s", words[WORD_TYPE], why.p);
	else if (err == MTASTS_ENOENT)
		say(env, "%s: nobody listens at %s%s", words[WORD_TYPE], path,
		    dns ? "" : "; is mtasts-host running?");
	else if (err != MTASTS_OK)
		say(env, "%s: %s: %s", words[WORD_TYPE], path,
		    err == MTASTS_ESYS ? strerror(errno)
				       : mtasts_strerror(err));
	buf_free(&request);
	buf_free(&why);
	return err == MTASTS_OK ? CMD_FINE : CMD_PROBLEM;
}

/* run_hook - __acme-hook */
static enum cmd_status
run_hook(struct cmd_env *env, const struct cmd_args *args)
{
	char **words = args->words;
	enum challenge_type type;
	const char *path;

	/* One that is not wanted is declined without a word. */
	if (!challenge_type_find(str_of(words[WORD_TYPE]), &type) ||
	    !is_wanted(env, str_of(words[WORD_TYPE])))
		return CMD_PROBLEM;
	path = socket_for(env, type);
	if (path == NULL)
		return CMD_PROBLEM;
	return hand_on(env, path, type == CHALLENGE_DNS, words);
}

const struct cmd cmd_acme_hook = {
	.name = "__acme-hook",
	.usage = "METHOD TYPE IDENT TOKEN AUTH",
	.summary = "what uacme calls for each challenge",
	.words_min = WORDS,
	.words_max = WORDS,
	.run = run_hook,
};
