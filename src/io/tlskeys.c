/*
 * tlskeys - the certificate for a name, in a handshake
 *
 * The usual way takes one short lock, one table look-up and a counted
 * reference: no disk, no allocation. Once a second and name the files are
 * looked at, by the thread that comes first, while others go on with what is
 * loaded. Names that no certificate names are refused from memory as soon as
 * the index stands, so a flood of them costs no disk.
 *
 * A certificate is replaced only by one that fits its key and names the host;
 * until then, and when the files are gone, the loaded one stays, with a
 * warning a minute. An expired one is served when there is none better: it
 * helps a policy in testing more than no answer does, and senders decide.
 *
 * RFC 8461 sections 3.3 and 7.1. Knows nothing of policies or of HTTP.
 */
#include "io/tlskeys.h"
#include "io/tlskeys_int.h"

#include "base/arena.h"
#include "io/loop.h"
#include "mtasts/dname.h"

#include <stdio.h>

#define LOOK_EVERY_MS 1000 /* at the files of a name in use */
#define LOG_EVERY_MS  60000 /* one line a name */
#define LOG_MAX	      30 /* lines of refusals, all names */
#define REFUSED_MAX   1024 /* names remembered as refused */
#define NAME_MAX_LEN  253

/* copy_conf - keep what the configuration only lends */
static enum mtasts_err
copy_conf(struct tlskeys *keys, const struct tlskeys_conf *conf)
{
	const char *name = conf->default_name;
	size_t i;

	keys->log = conf->log;
	keys->default_name = mem_strdup(str_of(name));
	keys->folders = mem_zalloc(
	    conf->folder_count != 0 ? conf->folder_count : 1, sizeof(char *));
	keys->pool = x509_pool_new();
	if (keys->default_name == NULL || keys->folders == NULL ||
	    keys->pool == NULL)
		return MTASTS_ENOMEM;
	for (i = 0; i < conf->folder_count; i++) {
		keys->folders[i] = mem_strdup(str_of(conf->folders[i]));
		if (keys->folders[i] == NULL)
			return MTASTS_ENOMEM;
		keys->folder_count++;
	}
	return MTASTS_OK;
}

enum mtasts_err
tlskeys_open(const struct tlskeys_conf *conf, struct tlskeys **out)
{
	struct tlskeys *keys = mem_zalloc(1, sizeof(*keys));
	enum mtasts_err err;

	if (keys == NULL || pthread_mutex_init(&keys->lock, NULL) != 0) {
		mem_free(keys);
		return MTASTS_ENOMEM;
	}
	atomic_init(&keys->stop, false);
	tlskeys_cache_init(&keys->cache,
	    conf->cache_max != 0 ? conf->cache_max : 1, REFUSED_MAX);
	err = copy_conf(keys, conf);
	if (err == MTASTS_OK) {
		tlskeys_watch_metrics(keys, conf->metrics);
		err = tlskeys_watch_start(keys);
	}
	if (err == MTASTS_OK)
		*out = keys;
	else
		tlskeys_close(keys);
	return err;
}

void
tlskeys_close(struct tlskeys *keys)
{
	size_t i;

	if (keys == NULL)
		return;
	tlskeys_watch_stop(keys);
	tlskeys_cache_free(&keys->cache);
	pthread_mutex_destroy(&keys->lock);
	x509_pool_free(keys->pool);
	for (i = 0; i < keys->folder_count; i++)
		mem_free(keys->folders[i]);
	mem_free(keys->folders);
	mem_free(keys->default_name);
	mem_free(keys);
}

/* cause_text - for the log */
static const char *
cause_text(enum tlskeys_cause cause)
{
	static const char *const texts[TLSKEYS_CAUSES] = {
		"",
		"no name was asked for, and there is no default-certificate",
		"not a host name",
		"no certificate names it",
		"the files cannot be read",
		"key and certificate do not fit",
		"the TLS library refuses it",
	};

	return texts[cause];
}

/* log_due - may a line about this entry be written now? Under the lock. */
static bool
log_due(struct tlskeys *keys, struct tlskeys_entry *entry, int64_t now_ms)
{
	if (entry != NULL && entry->logged_ms != 0 &&
	    now_ms - entry->logged_ms < LOG_EVERY_MS)
		return false;
	if (keys->log_from_ms == 0 ||
	    now_ms - keys->log_from_ms >= LOG_EVERY_MS) {
		keys->log_from_ms = now_ms;
		keys->log_count = 0;
	}
	/* Names are strangers' choice: their number must not fill a disk. */
	if (keys->log_count >= LOG_MAX)
		return false;
	keys->log_count++;
	if (entry != NULL)
		entry->logged_ms = now_ms;
	return true;
}

/* log_refused - say which name was refused, and why */
static void
log_refused(struct tlskeys *keys, struct str name, enum tlskeys_cause cause,
    const char *why)
{
	bool ours = cause >= TLSKEYS_UNREADABLE;
	struct log_line line;

	log_begin(&line, keys->log, ours ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	    "certificate-refused");
	log_str(&line, "name", name);
	log_cstr(&line, "cause", why != NULL ? why : cause_text(cause));
	log_end(&line);
}

/* log_look - say what a look at the disk brought; due: at most so often */
static void
log_look(struct tlskeys *keys, const struct tlskeys_look *look, bool loaded,
    bool due)
{
	struct log_line line;

	if (loaded) {
		log_begin(&line, keys->log,
		    look->had ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
		    look->had ? "certificate-replaced" : "certificate-loaded");
		log_str(&line, "name", look->name);
		log_cstr(&line, "folder", look->dir);
		log_end(&line);
	}
	if (look->cause == TLSKEYS_FINE || !due)
		return;
	log_findings(keys->log, "certificate-unusable", look->diags);
	if (!look->had) {
		log_refused(keys, look->name, look->cause, NULL);
		return;
	}
	log_begin(&line, keys->log, LOG_LEVEL_WARN, "certificate-kept");
	log_str(&line, "name", look->name);
	log_cstr(&line, "cause",
	    look->cause == TLSKEYS_UNKNOWN ? "the files on disk are gone"
					   : cause_text(look->cause));
	log_end(&line);
}

/* look_begin - note where to look, and what there is; under the lock */
static void
look_begin(struct tlskeys *keys, const struct tlskeys_entry *entry,
    struct tlskeys_look *look)
{
	const struct tlskeys_place *place;
	const char *dir = "";

	look->generation = keys->generation;
	look->had = entry != NULL && entry->cert != NULL;
	look->direct = false;
	if (look->had && entry->generation == keys->generation) {
		dir = entry->dir;
	} else if (keys->index == NULL) {
		look->direct = true;
	} else {
		place =
		    tlskeys_index_find(keys->index, look->name, loop_time_s());
		if (place != NULL)
			dir = place->dir;
	}
	memcpy(look->dir, dir, strlen(dir) + 1);
	look->same_dir = look->had && strcmp(entry->dir, dir) == 0;
	if (look->had)
		look->old_sig = entry->sig;
}

/* look_settle - let the entry have what the look brought; under the lock */
static void
look_settle(struct tlskeys *keys, struct tlskeys_entry *entry,
    struct tlskeys_look *look)
{
	entry->checked_ms = look->now_ms;
	entry->generation = look->generation;
	if (look->cert != NULL) {
		tlskeys_cache_load(&keys->cache, entry, look->cert,
		    look->dir_copy, &look->sig);
		look->cert = NULL;
		look->dir_copy = NULL;
	} else if (look->cause != TLSKEYS_FINE) {
		/* Gone from the disk, and worth nothing any more. */
		if (entry->cert != NULL && look->cause == TLSKEYS_UNKNOWN &&
		    x509_not_after(entry->cert) < loop_time_s())
			tlskeys_cache_drop(&keys->cache, entry);
		if (entry->cert == NULL)
			entry->cause = look->cause;
	}
	metric_set(keys->loaded, (int64_t)keys->cache.loaded_count);
}

/* hold - what an entry gives: an owned certificate, or null and why */
static struct x509 *
hold(struct tlskeys_entry *entry, enum tlskeys_cause *cause)
{
	*cause = entry->cause;
	return entry->cert != NULL ? x509_hold(entry->cert) : NULL;
}

/* find_on_disk - look there for a name, whose entry is pinned or null */
static struct x509 *
find_on_disk(struct tlskeys *keys, struct tlskeys_entry *entry,
    struct tlskeys_look *look, enum tlskeys_cause *cause)
{
	bool due = false, loaded;
	struct x509 *cert = NULL;

	tlskeys_look_run(keys, look);
	loaded = look->cert != NULL;
	*cause = TLSKEYS_UNREADABLE;
	pthread_mutex_lock(&keys->lock);
	if (entry == NULL) {
		entry = tlskeys_cache_get(&keys->cache, look->name);
		if (entry == NULL)
			entry = tlskeys_cache_add(&keys->cache, look->name);
		if (entry != NULL)
			entry->pins++;
	}
	if (entry != NULL) {
		look_settle(keys, entry, look);
		cert = hold(entry, cause);
		due = look->cause != TLSKEYS_FINE &&
		    log_due(keys, entry, look->now_ms);
		tlskeys_cache_unpin(entry);
	}
	pthread_mutex_unlock(&keys->lock);
	log_look(keys, look, loaded, due);
	tlskeys_look_end(look);
	return cert;
}

/* is_host_name - may the name be used in a path at all? */
static bool
is_host_name(struct str name)
{
	struct mtasts_dname parsed;

	return name.len > 0 && name.len <= NAME_MAX_LEN &&
	    mtasts_dname_parse(name.p, name.len, &parsed, NULL, NULL) ==
	    MTASTS_OK &&
	    str_eq(name, str_make(parsed.text, parsed.len));
}

/*
 * entry_of - what the cache has for a name, or null; under the lock
 *
 * Names that only a wildcard names share its entry, and *name becomes that:
 * else strangers could fill the cache by thinking of names.
 */
static struct tlskeys_entry *
entry_of(struct tlskeys *keys, struct str *name, char text[TLSKEYS_KEY_MAX])
{
	struct tlskeys_entry *entry = NULL;
	struct str key;

	/* Nobody may ask for a wildcard itself. */
	if (!str_starts(*name, STR("*")))
		entry = tlskeys_cache_get(&keys->cache, *name);
	if (entry != NULL || keys->index == NULL || !is_host_name(*name))
		return entry;
	key = tlskeys_index_key(keys->index, *name, loop_time_s(), text);
	if (str_eq(key, *name))
		return NULL;
	*name = key;
	return tlskeys_cache_get(&keys->cache, key);
}

/* find - the certificate for a name, yours; or null and why */
static struct x509 *
find(struct tlskeys *keys, struct str name, enum tlskeys_cause *cause)
{
	char text[TLSKEYS_KEY_MAX];
	struct tlskeys_look look;
	struct tlskeys_entry *entry;
	struct x509 *cert;

	look.now_ms = loop_now_ms();
	pthread_mutex_lock(&keys->lock);
	entry = entry_of(keys, &name, text);
	look.name = name;
	/* A refused name may be known to a newer index. */
	if (entry != NULL &&
	    (entry->pins > 0 ||
		(look.now_ms - entry->checked_ms < LOOK_EVERY_MS &&
		    (entry->cert != NULL ||
			entry->generation == keys->generation)))) {
		bool due;

		cert = hold(entry, cause);
		due = cert == NULL && log_due(keys, entry, look.now_ms);
		pthread_mutex_unlock(&keys->lock);
		if (due)
			log_refused(keys, name, *cause, NULL);
		return cert;
	}
	if (entry == NULL && name.p != text && !is_host_name(name)) {
		pthread_mutex_unlock(&keys->lock);
		*cause = TLSKEYS_BAD_NAME;
		return NULL;
	}
	look_begin(keys, entry, &look);
	if (entry != NULL)
		entry->pins++;
	pthread_mutex_unlock(&keys->lock);
	return find_on_disk(keys, entry, &look, cause);
}

/* refuse - count, and log what has no entry to remember the log by */
static void
refuse(struct tlskeys *keys, struct str name, enum tlskeys_cause cause,
    const char *why)
{
	bool due;

	metric_inc(keys->refusals[cause]);
	if (cause != TLSKEYS_NO_SNI && cause != TLSKEYS_BAD_NAME &&
	    cause != TLSKEYS_UNUSABLE)
		return;
	pthread_mutex_lock(&keys->lock);
	due = log_due(keys, NULL, loop_now_ms());
	pthread_mutex_unlock(&keys->lock);
	if (due)
		log_refused(keys, str_sub(name, 0, NAME_MAX_LEN), cause, why);
}

/*
 * default_host - a host that the default certificate names, or empty
 *
 * It is configured by the name of its folder, or by a name in it.
 */
static struct str
default_host(struct tlskeys *keys, char *host, size_t size)
{
	const struct tlskeys_place *place = NULL;
	struct str name = str_of(keys->default_name);
	char dir[TLSKEYS_DIR_MAX];
	size_t i, lead;

	pthread_mutex_lock(&keys->lock);
	for (i = 0; keys->index != NULL && name.len > 0 && place == NULL &&
	     i < keys->folder_count;
	     i++) {
		snprintf(dir, sizeof(dir), "%s/%s", keys->folders[i],
		    keys->default_name);
		place = tlskeys_index_folder(keys->index, dir);
	}
	if (place != NULL && place->name_count > 0) {
		name = place->names[0];
		lead = str_starts(name, STR("*")) ? 1 : 0;
		snprintf(host, size, "%s%" STR_FMT, lead ? "mta-sts" : "",
		    STR_ARG(str_sub(name, lead, name.len)));
		name = str_of(host);
	}
	pthread_mutex_unlock(&keys->lock);
	return name;
}

bool
tlskeys_use(struct tlskeys *keys, struct ssl_st *ssl, struct str name)
{
	enum tlskeys_cause cause = TLSKEYS_NO_SNI;
	struct x509 *cert = NULL;
	char host[NAME_MAX_LEN + sizeof("mta-sts")];
	const char *why = NULL;
	bool used;

	if (name.len == 0)
		name = default_host(keys, host, sizeof(host));
	if (name.len > 0)
		cert = find(keys, name, &cause);
	if (cert == NULL) {
		refuse(keys, name, cause, NULL);
		return false;
	}
	used = x509_use(cert, ssl, &why);
	if (!used)
		refuse(keys, name, TLSKEYS_UNUSABLE, why);
	else if (!x509_valid_at(cert, loop_time_s()))
		metric_inc(keys->expired_used);
	x509_free(cert);
	return used;
}

bool
tlskeys_has(struct tlskeys *keys, struct str name)
{
	enum tlskeys_cause cause;
	struct x509 *cert = find(keys, name, &cause);

	x509_free(cert);
	return cert != NULL;
}
