/*
 * challenge.c - the pending challenges, and looking one up
 *
 * A table behind one lock, which is held for the time of a lookup; the normal
 * way of a request asks challenges_any() and goes on. What is too old is as if
 * it were not there, and goes when something is added. Tells nothing to the
 * disk or the log: whoever knows a key authorization could answer for us.
 */
#include "io/challenge.h"

#include "base/arena.h"
#include "base/enc.h"
#include "base/map.h"
#include "core/policyhost.h"
#include "io/challenge_int.h"
#include "mtasts/dname.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/queue.h>

/* base64url of 32 bytes, without padding. */
#define THUMBPRINT_LEN 43

/* "h NAME TOKEN", "a NAME" */
#define KEY_MAX (2 + 254 + 1 + POLICYHOST_TOKEN_MAX + 1)

static const char *const type_names[] = {
	[CHALLENGE_HTTP] = "http-01",
	[CHALLENGE_ALPN] = "tls-alpn-01",
	[CHALLENGE_DNS] = "dns-01",
};

struct entry {
	TAILQ_ENTRY(entry) link; /* the oldest first */
	int64_t until_ms;
	struct str key; /* in the memory behind */
	struct str auth; /* the same */
	struct challenge_cert *cert; /* tls-alpn-01 */
	char text[];
};

TAILQ_HEAD(entries, entry);

struct challenges {
	struct challenges_conf conf;
	pthread_mutex_t lock;
	struct map map;
	struct entries entries;
	atomic_size_t count;
	struct metric *pending, *answered[2];
};

/* A key being put together. */
struct key {
	char text[KEY_MAX];
	struct str s;
};

const char *
challenge_type_name(enum challenge_type type)
{
	return type_names[type];
}

bool
challenge_type_find(struct str name, enum challenge_type *type)
{
	size_t i;

	for (i = 0; i < sizeof(type_names) / sizeof(*type_names); i++) {
		if (str_eq(name, str_of(type_names[i]))) {
			*type = (enum challenge_type)i;
			return true;
		}
	}
	return false;
}

/* is_thumbprint - base64url of a SHA-256 digest? */
static bool
is_thumbprint(struct str s)
{
	return s.len == THUMBPRINT_LEN && policyhost_token(s);
}

/* read_digest - the bytes of a digest in base64url; false for others */
static bool
read_digest(struct str text, unsigned char out[CHALLENGE_DIGEST_LEN])
{
	char padded[THUMBPRINT_LEN + 1];
	struct buf b;
	size_t i;
	bool ok;

	if (!is_thumbprint(text))
		return false;
	for (i = 0; i < text.len; i++)
		padded[i] = text.p[i] == '-' ? '+'
		    : text.p[i] == '_'	     ? '/'
					     : text.p[i];
	padded[i] = '=';
	buf_init(&b, CHALLENGE_DIGEST_LEN);
	ok = enc_base64_decode(&b, str_make(padded, sizeof(padded))) ==
		MTASTS_OK &&
	    b.len == CHALLENGE_DIGEST_LEN;
	if (ok)
		memcpy(out, b.p, CHALLENGE_DIGEST_LEN);
	buf_free(&b);
	return ok;
}

/* http_fits - is it TOKEN.THUMBPRINT? RFC 8555 section 8.1 */
static bool
http_fits(const struct challenge *ch)
{
	struct str token, print;

	return str_cut(ch->auth, '.', &token, &print) &&
	    str_eq(token, ch->token) && is_thumbprint(print);
}

const char *
challenge_fault(const struct challenge *ch)
{
	unsigned char digest[CHALLENGE_DIGEST_LEN];
	struct mtasts_dname name;

	if (mtasts_dname_parse(ch->name.p, ch->name.len, &name, NULL, NULL) !=
	    MTASTS_OK)
		return "it is for a name that is none";
	if (!policyhost_token(ch->token))
		return "its token is none";
	if (ch->type == CHALLENGE_HTTP)
		return http_fits(ch) ? NULL
				     : "its key authorization does not fit";
	return read_digest(ch->auth, digest) ? NULL : "its digest is none";
}

/* make_key - what a challenge is found by; false for a name that is none */
static bool
make_key(const struct challenge *ch, struct key *key)
{
	struct mtasts_dname name;
	int len;

	if (mtasts_dname_parse(ch->name.p, ch->name.len, &name, NULL, NULL) !=
		MTASTS_OK ||
	    ch->token.len > POLICYHOST_TOKEN_MAX)
		return false;
	len = ch->type == CHALLENGE_HTTP
	    ? snprintf(key->text, sizeof(key->text), "h %s %" STR_FMT,
		  name.text, STR_ARG(ch->token))
	    : snprintf(key->text, sizeof(key->text), "a %s", name.text);
	key->s = str_make(key->text, (size_t)len);
	return true;
}

/* add_metrics - what is pending, what was answered */
static void
add_metrics(struct challenges *c)
{
	static const char help[] = "Challenges of certification authorities "
				   "that were answered, by type.";
	struct metrics *m = c->conf.metrics;

	if (m == NULL)
		return;
	c->pending = metrics_add(m, METRIC_GAUGE, "mtasts_host_challenges",
	    "Challenges that certification authorities may look at now.", "");
	c->answered[CHALLENGE_HTTP] = metrics_add(m, METRIC_COUNTER,
	    "mtasts_host_challenges_answered_total", help, "type=\"http-01\"");
	c->answered[CHALLENGE_ALPN] = metrics_add(m, METRIC_COUNTER,
	    "mtasts_host_challenges_answered_total", help,
	    "type=\"tls-alpn-01\"");
}

enum mtasts_err
challenges_open(const struct challenges_conf *conf, struct challenges **out)
{
	struct challenges *c = mem_zalloc(1, sizeof(*c));

	if (c == NULL)
		return MTASTS_ENOMEM;
	c->conf = *conf;
	if (conf->max == 0)
		c->conf.max = CHALLENGE_MAX;
	if (conf->life_ms == 0)
		c->conf.life_ms = CHALLENGE_LIFE_MS;
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		mem_free(c);
		return MTASTS_ENOMEM;
	}
	map_init(&c->map, conf->seed);
	TAILQ_INIT(&c->entries);
	atomic_init(&c->count, 0);
	add_metrics(c);
	*out = c;
	return MTASTS_OK;
}

/* forget - take one out; locked */
static void
forget(struct challenges *c, struct entry *e)
{
	map_del(&c->map, e->key);
	TAILQ_REMOVE(&c->entries, e, link);
	atomic_fetch_sub_explicit(&c->count, 1, memory_order_relaxed);
	metric_sum(c->pending, -1);
	challenge_cert_free(e->cert);
	mem_free(e);
}

void
challenges_close(struct challenges *c)
{
	struct entry *e;

	if (c == NULL)
		return;
	while ((e = TAILQ_FIRST(&c->entries)) != NULL)
		forget(c, e);
	map_free(&c->map);
	pthread_mutex_destroy(&c->lock);
	mem_free(c);
}

/* entry_new - with what it answers */
static enum mtasts_err
entry_new(const struct challenge *ch, struct str key, struct entry **out)
{
	struct entry *e = mem_zalloc(1, sizeof(*e) + key.len + ch->auth.len);
	unsigned char digest[CHALLENGE_DIGEST_LEN];
	enum mtasts_err err = MTASTS_OK;

	if (e == NULL)
		return MTASTS_ENOMEM;
	memcpy(e->text, key.p, key.len);
	memcpy(e->text + key.len, ch->auth.p, ch->auth.len);
	e->key = str_make(e->text, key.len);
	e->auth = str_make(e->text + key.len, ch->auth.len);
	if (ch->type == CHALLENGE_ALPN && read_digest(ch->auth, digest))
		err = challenge_cert_new(
		    str_sub(key, 2, key.len), digest, &e->cert);
	if (err == MTASTS_OK)
		*out = e;
	else
		mem_free(e);
	return err;
}

/* insert - put it in, in place of another one; locked */
static enum mtasts_err
insert(struct challenges *c, struct entry *e, int64_t now_ms)
{
	struct entry *old;

	while (
	    (old = TAILQ_FIRST(&c->entries)) != NULL && old->until_ms <= now_ms)
		forget(c, old);
	old = map_get(&c->map, e->key);
	if (old != NULL)
		forget(c, old);
	if (atomic_load_explicit(&c->count, memory_order_relaxed) >=
	    c->conf.max)
		return MTASTS_ELIMIT;
	if (map_put(&c->map, e->key, e, NULL) != MTASTS_OK)
		return MTASTS_ENOMEM;
	e->until_ms = now_ms + c->conf.life_ms;
	TAILQ_INSERT_TAIL(&c->entries, e, link);
	atomic_fetch_add_explicit(&c->count, 1, memory_order_relaxed);
	metric_sum(c->pending, 1);
	return MTASTS_OK;
}

enum mtasts_err
challenges_begin(
    struct challenges *c, const struct challenge *ch, int64_t now_ms)
{
	struct entry *e = NULL;
	enum mtasts_err err;
	struct key key;

	if (ch->type == CHALLENGE_DNS || challenge_fault(ch) != NULL ||
	    !make_key(ch, &key))
		return MTASTS_EINVAL;
	err = entry_new(ch, key.s, &e);
	if (err != MTASTS_OK)
		return err;
	pthread_mutex_lock(&c->lock);
	err = insert(c, e, now_ms);
	pthread_mutex_unlock(&c->lock);
	if (err != MTASTS_OK) {
		challenge_cert_free(e->cert);
		mem_free(e);
	}
	return err;
}

bool
challenges_done(struct challenges *c, const struct challenge *ch)
{
	struct entry *e;
	struct key key;

	if (ch->type == CHALLENGE_DNS || !make_key(ch, &key))
		return false;
	pthread_mutex_lock(&c->lock);
	e = map_get(&c->map, key.s);
	if (e != NULL)
		forget(c, e);
	pthread_mutex_unlock(&c->lock);
	return e != NULL;
}

size_t
challenges_count(struct challenges *c)
{
	return atomic_load_explicit(&c->count, memory_order_relaxed);
}

bool
challenges_any(const struct challenges *c)
{
	return atomic_load_explicit(&c->count, memory_order_relaxed) > 0;
}

/* find - the pending one, or null; locked */
static struct entry *
find(struct challenges *c, const struct challenge *asked, int64_t now_ms)
{
	struct entry *e;
	struct key key;

	if (!make_key(asked, &key))
		return NULL;
	e = map_get(&c->map, key.s);
	return e != NULL && e->until_ms > now_ms ? e : NULL;
}

bool
challenges_answer(struct challenges *c, const struct challenge *asked,
    int64_t now_ms, struct buf *out)
{
	struct entry *e;

	pthread_mutex_lock(&c->lock);
	e = find(c, asked, now_ms);
	if (e != NULL)
		buf_put_str(out, e->auth);
	pthread_mutex_unlock(&c->lock);
	if (e != NULL)
		metric_inc(c->answered[CHALLENGE_HTTP]);
	return e != NULL;
}

bool
challenges_use(
    struct challenges *c, struct ssl_st *ssl, struct str name, int64_t now_ms)
{
	struct challenge asked = { .type = CHALLENGE_ALPN, .name = name };
	struct entry *e;
	bool used = false;

	if (!challenges_any(c))
		return false;
	pthread_mutex_lock(&c->lock);
	e = find(c, &asked, now_ms);
	if (e != NULL)
		used = challenge_cert_use(e->cert, ssl);
	pthread_mutex_unlock(&c->lock);
	if (used)
		metric_inc(c->answered[CHALLENGE_ALPN]);
	return used;
}
