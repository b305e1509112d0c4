/*
 * resolve_tell.c - what is counted and logged of questions and answers
 *
 * Labels are static text: nothing of a stranger's becomes a label.
 */
#include "task/resolve_int.h"

/* QUESTIONS - the labels of one dialect, in the order of the decisions */
#define QUESTION(map, kind) "map=\"" map "\",verdict=\"" kind "\""
#define QUESTIONS(map)                                                 \
	{                                                              \
		QUESTION(map, "none"), QUESTION(map, "sts"),           \
		    QUESTION(map, "dane-only"), QUESTION(map, "dane"), \
		    QUESTION(map, "testing"), QUESTION(map, "temp"),   \
		    QUESTION(map, "static")                            \
	}

static const char *const question_labels[DIALECT_COUNT][DECISION_KINDS] = {
	QUESTIONS("QUERYwithTLSRPT"),
	QUESTIONS("QUERY"),
	QUESTIONS("postfix"),
	QUESTIONS("sts"),
	QUESTIONS("line"),
};

/* Of those reasons that can end in TEMP. */
static const char *const temp_labels[DECISION_REASONS] = {
	[DECISION_MX_FAILED] = "reason=\"mx-failed\"",
	[DECISION_NO_MX_FITS] = "reason=\"no-mx-fits\"",
	[DECISION_DANE_FAILED] = "reason=\"dane-failed\"",
	[DECISION_REQUIRED] = "reason=\"required\"",
	[DECISION_RULE_REPLY] = "reason=\"rule-reply\"",
	[DECISION_DEADLINE] = "reason=\"deadline\"",
	[DECISION_OURS] = "reason=\"ours\"",
};

static const char *const dane_labels[DANE_GONE + 1] = {
	[DANE_NONE] = "dane=\"none\"",
	[DANE_USABLE] = "dane=\"usable\"",
	[DANE_UNUSABLE] = "dane=\"unusable\"",
	[DANE_ERROR] = "dane=\"error\"",
	[DANE_GONE] = "dane=\"gone\"",
};

static const char *const mode_labels[3] = {
	[MTASTS_MODE_NONE] = "mode=\"none\"",
	[MTASTS_MODE_TESTING] = "mode=\"testing\"",
	[MTASTS_MODE_ENFORCE] = "mode=\"enforce\"",
};

static const char *const age_labels[4] = {
	"fetched=\"1d\"",
	"fetched=\"2d\"",
	"fetched=\"7d\"",
	"fetched=\"older\"",
};

/* A series with one member of struct tell for each label. */
struct family {
	const char *name;
	const char *help;
	enum metric_kind kind;
	const char *const *labels;
	size_t count;
};

/* add_family - one series for each label that there is */
static void
add_family(struct metrics *m, const struct family *f, struct metric **out)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->labels[i] != NULL)
			out[i] = metrics_add(
			    m, f->kind, f->name, f->help, f->labels[i]);
}

/* add_families - all that have labels */
static void
add_families(struct tell *t, struct metrics *m)
{
	static const struct family question = {
		"mtasts_resolver_questions_total",
		"Questions answered, by map name and what was decided.",
		METRIC_COUNTER, question_labels[0],
		DIALECT_COUNT * DECISION_KINDS
	};
	static const struct family temp = { "mtasts_resolver_temp_total",
		"Questions answered with TEMP, which defers mail, by reason.",
		METRIC_COUNTER, temp_labels, DECISION_REASONS };
	static const struct family dane = { "mtasts_resolver_dane_hosts_total",
		"MX hosts whose DANE records were looked up, by what was found.",
		METRIC_COUNTER, dane_labels, DANE_GONE + 1 };
	static const struct family mode = { "mtasts_resolver_policies",
		"Cached policies, by mode; counted within the last minutes.",
		METRIC_GAUGE, mode_labels, 3 };
	static const struct family age = { "mtasts_resolver_policies_fetched",
		"Cached policies, by the time since they were last fetched.",
		METRIC_GAUGE, age_labels, 4 };

	add_family(m, &question, t->question[0]);
	add_family(m, &temp, t->temp);
	add_family(m, &dane, t->dane);
	add_family(m, &mode, t->mode);
	add_family(m, &age, t->age);
}

/* counter - a series that only grows */
static struct metric *
counter(
    struct metrics *m, const char *name, const char *help, const char *labels)
{
	return metrics_add(m, METRIC_COUNTER, name, help, labels);
}

/* gauge - a series without labels */
static struct metric *
gauge(struct metrics *m, const char *name, const char *help)
{
	return metrics_add(m, METRIC_GAUGE, name, help, "");
}

void
tell_open(struct tell *t, struct metrics *m)
{
	static const char *const answers =
	    "Questions, by whether the answer was known when they came.";
	static const char *const refreshes =
	    "Daily refreshes of cached policies, by how they ended.";

	add_families(t, m);
	t->hit = counter(
	    m, "mtasts_resolver_answers_total", answers, "known=\"yes\"");
	t->miss = counter(
	    m, "mtasts_resolver_answers_total", answers, "known=\"no\"");
	t->refresh_ok = counter(
	    m, "mtasts_resolver_refreshes_total", refreshes, "result=\"ok\"");
	t->refresh_failed = counter(m, "mtasts_resolver_refreshes_total",
	    refreshes, "result=\"failed\"");
	t->dropped = counter(m, "mtasts_resolver_policies_dropped_total",
	    "Cached policies dropped, since they held no longer and were not "
	    "published, or not asked for.",
	    "");
	t->turned_away = counter(m, "mtasts_resolver_turned_away_total",
	    "Questions not taken, since too many waited or memory was short.",
	    "");
	t->waiting =
	    gauge(m, "mtasts_resolver_waiting", "Questions that wait.");
	t->running = gauge(m, "mtasts_resolver_lookups",
	    "Destinations that something is being found out for.");
	t->queued = gauge(m, "mtasts_resolver_lookups_queued",
	    "Destinations that wait their turn to be looked up.");
	t->dests = gauge(m, "mtasts_resolver_destinations",
	    "Destinations that are remembered.");
}

/* level_of - cached answers are too many for a line each */
static enum log_level
level_of(const struct resolve *r, const struct resolve_reply *reply)
{
	if (!reply->cached || r->conf.observe || reply->status == REPLY_TEMP)
		return LOG_LEVEL_INFO;
	return LOG_LEVEL_DEBUG;
}

/* log_reply - one line */
static void
log_reply(struct resolve *r, const struct resolve_ask *ask,
    const struct resolve_reply *reply, int64_t took_ms)
{
	struct log_line line;

	log_begin(&line, r->conf.log, level_of(r, reply), "answer");
	if (line.log == NULL)
		return;
	log_str(&line, "key", ask->key);
	if (ask->verb == SOCKETMAP_MX)
		log_str(&line, "host", ask->host);
	log_cstr(&line, "map", dialect_name(ask->dialect));
	log_cstr(&line, "verdict", decision_kind_name(reply->kind));
	log_cstr(&line, "reason", decision_reason_name(reply->reason));
	log_cstr(&line, "status", reply_status_name(reply->status));
	if (reply->status == REPLY_TEMP)
		log_str(&line, "text", reply->data);
	if (!reply->cached)
		log_int(&line, "took_ms", took_ms);
	log_end(&line);
}

void
tell_reply(struct resolve *r, const struct resolve_ask *ask,
    const struct resolve_reply *reply, int64_t took_ms)
{
	metric_inc(r->tell.question[ask->dialect][reply->kind]);
	metric_inc(reply->cached ? r->tell.hit : r->tell.miss);
	if (reply->kind == DECISION_TEMP)
		metric_inc(r->tell.temp[reply->reason]);
	log_reply(r, ask, reply, took_ms);
}

void
tell_counts(struct resolve *r)
{
	size_t queued = 0;
	const struct run *run;

	TAILQ_FOREACH(run, &r->queue, next)
	queued++;
	metric_set(r->tell.waiting, (int64_t)r->wait_count);
	metric_set(r->tell.running, (int64_t)r->run_count);
	metric_set(r->tell.queued, (int64_t)queued);
	metric_set(r->tell.dests, (int64_t)r->dests.count);
}

void
tell_hosts(struct resolve *r, const struct dest *d)
{
	for (size_t i = 0; i < d->mx_count; i++)
		if (d->mx[i].current && d->mx[i].dane_until_at != 0)
			metric_inc(r->tell.dane[d->mx[i].dane]);
}
