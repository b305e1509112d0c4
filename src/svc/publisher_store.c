/*
 * publisher_store.c - the registry of mtasts-publisher: there, away, changed
 *
 * A registry that is locked, full or not there yet passes by itself, and is
 * waited for; one that is damaged, foreign or of a later version does not.
 * Knows nothing of what is done with it.
 */
#include "svc/publisher_store.h"

#include "base/arena.h"
#include "io/loop.h"
#include "store/db.h"

/* A registry that stays away is mentioned so often. */
#define SAY_AGAIN_MS 60000

enum mtasts_err
pubstore_init(struct pubstore *s, const struct svc *svc)
{
	s->svc = svc;
	s->url = mem_strdup(str_of(svc->conf->store.url));
	s->ok = metrics_add(svc->metrics, METRIC_GAUGE,
	    "mtasts_publisher_registry_ok",
	    "1 when the registry could be used at the last look.", "");
	return s->url != NULL ? MTASTS_OK : MTASTS_ENOMEM;
}

/* say_away - that it cannot be used; once a minute */
static void
say_away(struct pubstore *s, const struct mtasts_diags *diags)
{
	int64_t now_ms = loop_now_ms();
	struct log_line line;

	metric_set(s->ok, 0);
	if (s->away && now_ms - s->said_ms < SAY_AGAIN_MS)
		return;
	if (!s->away)
		s->away_ms = now_ms;
	s->away = true;
	s->said_ms = now_ms;
	log_findings(s->svc->log, "registry", diags);
	log_begin(&line, s->svc->log, LOG_LEVEL_ERROR, "registry-away");
	log_cstr(&line, "url", s->url);
	log_cstr(
	    &line, "doing", "nothing is published or renewed until it is back");
	log_int(&line, "away_s", (now_ms - s->away_ms) / 1000);
	/* It has no finding: it may be yet to come. */
	if (mtasts_diags_count(diags) == 0)
		log_cstr(&line, "fix",
		    "\"mtasts domain add DOMAIN\" makes it; or put "
		    "registry.db back, or mend store.url");
	log_end(&line);
}

/* say_back - that it can be used again */
static void
say_back(struct pubstore *s)
{
	struct log_line line;

	metric_set(s->ok, 1);
	if (!s->away)
		return;
	s->away = false;
	log_begin(&line, s->svc->log, LOG_LEVEL_INFO, "registry-back");
	log_int(&line, "away_s", (loop_now_ms() - s->away_ms) / 1000);
	log_end(&line);
}

/* lasting - a trouble that waiting does not mend? */
static bool
lasting(enum mtasts_err err, enum db_trouble trouble)
{
	switch (trouble) {
	case DB_NOT_DB:
	case DB_FOREIGN:
	case DB_NEWER:
	case DB_CORRUPT:
		return true;
	default:
		return err == MTASTS_EINVAL || err == MTASTS_ENOMEM;
	}
}

/* failed - what a failure means; told */
static enum pubstore_seen
failed(struct pubstore *s, enum mtasts_err err, struct mtasts_diags *diags)
{
	enum db_trouble trouble = db_trouble_found(diags);

	if (lasting(err, trouble)) {
		/* At once, whatever was said a moment ago. */
		s->away = false;
		say_away(s, diags);
		return PUBSTORE_HOPELESS;
	}
	say_away(s, diags);
	return s->registry != NULL && trouble == DB_BUSY ? PUBSTORE_BUSY
							 : PUBSTORE_GONE;
}

/* look - with findings */
static enum pubstore_seen
look(struct pubstore *s, struct mtasts_diags *diags)
{
	bool fresh = s->registry == NULL || s->away;
	enum mtasts_err err = MTASTS_OK;
	int64_t version = s->version;

	if (s->registry == NULL)
		err = registry_open(s->url, REGISTRY_KEEP, &s->registry, diags);
	if (err == MTASTS_OK) {
		err = registry_version(s->registry, &version);
		/* A program of a later version may have been here. */
		if (err == MTASTS_OK && version != s->version)
			err = registry_still(s->registry);
		if (err != MTASTS_OK)
			registry_explain(s->registry, diags);
	}
	if (err != MTASTS_OK)
		return failed(s, err, diags);
	say_back(s);
	if (!fresh && version == s->version)
		return PUBSTORE_SAME;
	s->version = version;
	return PUBSTORE_CHANGED;
}

enum pubstore_seen
pubstore_look(struct pubstore *s)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	enum pubstore_seen seen = look(s, diags);

	mtasts_diags_free(diags);
	return seen;
}

void
pubstore_drop(struct pubstore *s)
{
	registry_close(s->registry);
	s->registry = NULL;
}

void
pubstore_close(struct pubstore *s)
{
	pubstore_drop(s);
	mem_free(s->url);
}
