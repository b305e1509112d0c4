/*
 * audit.c - the results of all checks of one domain
 *
 * The rooms judge_* leave findings and remarks in any order; here they become
 * one result per check, so that every output says the same. Must not know what
 * a check looks at, nor how a result is shown. All lives in one arena, but for
 * the findings, which have their own.
 *
 * A list of findings is bounded. When some did not fit, nothing is told to
 * pass that might be among them.
 */
#include "core/audit.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#define ARENA_MAX    (16u << 20)
#define TEXT_MAX     1000u /* bytes of a remark or reason */
#define FINDINGS_MAX 1000u /* what a list holds: mtasts/diag.h */
#define CHECKS_MAX   128u /* bits of struct audit_pick */
#define NOWHERE	     SIZE_MAX

/* Only there when something was said of it: it has to be asked for. */
#define EXPECTED "X01"

/* What was noted of one check. */
struct audit_note {
	const char *seen; /* or null */
	const char *skip; /* the reason, or null */
	bool unknown;
};

/* check_index - where a check stands, or NOWHERE */
static size_t
check_index(const char *id)
{
	const struct check *c;

	for (size_t i = 0; i < CHECKS_MAX && (c = checks_get(i)) != NULL; i++)
		if (strcmp(c->id, id) == 0)
			return i;
	return NOWHERE;
}

/* checks_count - how many there are */
static size_t
checks_count(void)
{
	size_t n = 0;

	while (n < CHECKS_MAX && checks_get(n) != NULL)
		n++;
	return n;
}

/* pick_has - is the i-th check wanted? */
static bool
pick_has(const struct audit_pick *pick, size_t i)
{
	return i < CHECKS_MAX &&
	    (!pick->some || (pick->on[i / 64] >> i % 64 & 1) != 0);
}

struct audit *
audit_new(const char *domain, const struct audit_pick *pick, int64_t at)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct audit *a;

	if (arena == NULL)
		return NULL;
	a = arena_alloc(arena, sizeof(*a));
	if (a == NULL) {
		arena_free(arena);
		return NULL;
	}
	a->arena = arena;
	a->domain = arena_dup(arena, str_of(domain));
	a->notes = arena_zalloc(arena, checks_count(), sizeof(*a->notes));
	a->diags = mtasts_diags_new();
	a->sender_text = a->dane_text = a->next = "";
	a->at = at;
	if (pick != NULL)
		a->pick = *pick;
	if (a->domain != NULL && a->notes != NULL && a->diags != NULL)
		return a;
	audit_free(a);
	return NULL;
}

void
audit_free(struct audit *a)
{
	if (a == NULL)
		return;
	mtasts_diags_free(a->diags);
	arena_free(a->arena);
}

/* keep - a printable copy: "before; text"; null when memory is short */
static const char *__attribute__((format(printf, 3, 0)))
keep(struct audit *a, const char *before, const char *fmt, va_list ap)
{
	char raw[TEXT_MAX + 1];
	const char *copy = NULL;
	struct buf b;

	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	/* Each byte may become "\xHH". */
	buf_init(&b, 6 * TEXT_MAX);
	if (before != NULL)
		buf_putf(&b, "%s; ", before);
	buf_clean(&b, str_of(raw), TEXT_MAX);
	if (buf_error(&b) == MTASTS_OK)
		copy = arena_dup(a->arena, buf_str(&b));
	if (copy == NULL)
		a->short_of_memory = true;
	buf_free(&b);
	return copy;
}

void
audit_seen(struct audit *a, const char *id, const char *fmt, ...)
{
	size_t i = check_index(id);
	struct audit_note *note;
	const char *text;
	va_list ap;

	if (i == NOWHERE)
		return;
	note = &a->notes[i];
	/* Enough; what is more helps nobody. */
	if (note->seen != NULL && strlen(note->seen) > TEXT_MAX)
		return;
	va_start(ap, fmt);
	text = keep(a, note->seen, fmt, ap);
	va_end(ap);
	if (text != NULL)
		note->seen = text;
}

/* skip - the first reason stays, but "not found out" is worse */
static void __attribute__((format(printf, 4, 0)))
skip(struct audit *a, const char *id, bool unknown, const char *fmt, va_list ap)
{
	size_t i = check_index(id);
	struct audit_note *note;

	if (i == NOWHERE)
		return;
	note = &a->notes[i];
	if (note->skip != NULL && (note->unknown || !unknown))
		return;
	note->skip = keep(a, NULL, fmt, ap);
	note->unknown = unknown;
}

void
audit_skip(struct audit *a, const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	skip(a, id, false, fmt, ap);
	va_end(ap);
}

void
audit_unknown(struct audit *a, const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	skip(a, id, true, fmt, ap);
	va_end(ap);
}

bool
audit_wants(const struct audit *a, const char *id)
{
	size_t i = check_index(id);

	return i != NOWHERE && pick_has(&a->pick, i);
}

/* status_of - what a finding makes of its check */
static enum audit_status
status_of(const struct mtasts_finding *f)
{
	switch (f->severity) {
	case MTASTS_ERROR:
		return AUDIT_FAIL;
	case MTASTS_WARNING:
		return AUDIT_WARN;
	case MTASTS_INFO:
		break;
	}
	return AUDIT_INFO;
}

enum audit_status
audit_worst(const struct audit *a, const char *id)
{
	enum audit_status worst = AUDIT_PASS;
	const struct mtasts_finding *f;
	size_t i = check_index(id);

	for (size_t k = 0; (f = mtasts_diags_get(a->diags, k)) != NULL; k++)
		if (strcmp(f->id, id) == 0 && status_of(f) > worst)
			worst = status_of(f);
	if (worst == AUDIT_PASS && i != NOWHERE && a->notes[i].skip != NULL)
		return AUDIT_SKIP;
	return worst;
}

/* place_of - "HOST", "line 3, column 7", "HOST, record 2"; null: no memory */
static const char *
place_of(struct audit *a, const struct mtasts_finding *f)
{
	const char *what = f->record > 0 ? "record" : "line";
	unsigned n = f->record > 0 ? f->record : f->line;
	const char *place = NULL;
	struct buf b;

	if (n == 0 && f->column == 0)
		return f->file;
	buf_init(&b, 4096);
	buf_puts(&b, f->file);
	if (n > 0)
		buf_putf(&b, "%s%s %u", b.len > 0 ? ", " : "", what, n);
	if (f->column > 0)
		buf_putf(&b, "%scolumn %u", b.len > 0 ? ", " : "", f->column);
	if (buf_error(&b) == MTASTS_OK)
		place = arena_dup(a->arena, buf_str(&b));
	buf_free(&b);
	return place;
}

/* gather - the findings of a check into list, the worst first; how many */
static size_t
gather(
    const struct audit *a, const char *id, const struct mtasts_finding **list)
{
	const struct mtasts_finding *f;
	int severity;
	size_t n = 0;

	for (severity = MTASTS_ERROR; severity >= MTASTS_INFO; severity--)
		for (size_t k = 0; (f = mtasts_diags_get(a->diags, k)) != NULL;
		     k++)
			if ((int)f->severity == severity &&
			    strcmp(f->id, id) == 0)
				list[n++] = f;
	return n;
}

/* by_findings - the result of a check that has some; false: no memory */
static bool
by_findings(struct audit *a, struct audit_check *c)
{
	const struct mtasts_finding *worst = c->finding[0];

	c->status = status_of(worst);
	c->message = worst->message;
	c->fix = worst->fix;
	c->rfc = worst->rfc;
	c->name = worst->name;
	c->place = place_of(a, worst);
	return c->place != NULL;
}

/* by_note - the result of a check without findings */
static void
by_note(
    const struct audit *a, const struct audit_note *note, struct audit_check *c)
{
	if (note->skip != NULL) {
		c->status = AUDIT_SKIP;
		c->unknown = note->unknown;
		c->message = note->skip;
	} else if (mtasts_diags_dropped(a->diags) > 0) {
		c->status = AUDIT_SKIP;
		c->unknown = true;
		c->message = "There were too many findings to keep all, and "
			     "this check may have had some.";
	}
}

/* is_id - strcmp() for two ids of checks, where it counts */
static bool
is_id(const char *a, const char *b)
{
	return a[0] == b[0] && a[1] == b[1] && strcmp(a, b) == 0;
}

/* find_sections - for each check the first that its rules speak of, or "" */
static void
find_sections(const char *out[CHECKS_MAX], size_t count)
{
	const struct diag_rule *r;
	size_t i;

	for (i = 0; i < count; i++)
		out[i] = "";
	for (size_t k = 0; (r = checks_rule(k)) != NULL; k++) {
		for (i = 0; i < count; i++)
			if (is_id(r->id, checks_get(i)->id))
				break;
		if (i < count && out[i][0] == '\0')
			out[i] = r->rfc;
	}
}

/* absent - was a check that exists only when asked for not asked for? */
static bool
absent(const struct audit_note *note, const struct audit_check *c)
{
	return strcmp(c->check->id, EXPECTED) == 0 && note->seen == NULL &&
	    note->skip == NULL && c->finding_count == 0;
}

/* result_of - what the statuses make together */
static enum audit_result
result_of(const struct audit *a)
{
	enum audit_result result = AUDIT_RESULT_PASS, one;

	if (mtasts_diags_dropped(a->diags) > 0)
		result = AUDIT_RESULT_UNKNOWN;
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];

		one = AUDIT_RESULT_PASS;
		if (c->status == AUDIT_FAIL)
			one = AUDIT_RESULT_FAIL;
		else if (c->status == AUDIT_SKIP && c->unknown)
			one = AUDIT_RESULT_UNKNOWN;
		else if (c->status == AUDIT_WARN)
			one = AUDIT_RESULT_WARN;
		if (one > result)
			result = one;
	}
	return result;
}

/* is_short - has anything been lost because memory was short? */
static bool
is_short(const struct audit *a)
{
	return a->short_of_memory ||
	    (mtasts_diags_dropped(a->diags) > 0 &&
		mtasts_diags_count(a->diags) < FINDINGS_MAX);
}

/* make_check - the result of the i-th check, its findings from list on */
static bool
make_check(struct audit *a, size_t i, struct audit_check *c,
    const struct mtasts_finding **list, const char *rfc)
{
	const struct check *check = checks_get(i);

	*c = (struct audit_check){ .check = check,
		.status = AUDIT_PASS,
		.seen = a->notes[i].seen != NULL ? a->notes[i].seen : "",
		.message = check->title,
		.place = "",
		.fix = "",
		.rfc = rfc,
		.name = "",
		.finding_count = gather(a, check->id, list),
		.finding = list };
	if (c->finding_count > 0)
		return by_findings(a, c);
	by_note(a, &a->notes[i], c);
	return true;
}

enum mtasts_err
audit_end(struct audit *a)
{
	size_t total = checks_count(), findings = mtasts_diags_count(a->diags);
	const struct mtasts_finding **list;
	const char *rfc[CHECKS_MAX];
	struct audit_check *checks;
	size_t count = 0;

	if (is_short(a))
		return MTASTS_ENOMEM;
	checks = arena_zalloc(a->arena, total, sizeof(*checks));
	list = arena_zalloc(a->arena, findings + 1, sizeof(const void *));
	if (checks == NULL || list == NULL)
		return MTASTS_ENOMEM;
	find_sections(rfc, total);
	for (size_t i = 0; i < total; i++) {
		if (!pick_has(&a->pick, i))
			continue;
		if (!make_check(a, i, &checks[count], list, rfc[i]))
			return MTASTS_ENOMEM;
		if (absent(&a->notes[i], &checks[count]))
			continue;
		list += checks[count].finding_count;
		count++;
	}
	a->check = checks;
	a->count = count;
	a->result = result_of(a);
	return MTASTS_OK;
}

const struct audit_check *
audit_get(const struct audit *a, const char *id)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->check[i].check->id, id) == 0)
			return &a->check[i];
	return NULL;
}

size_t
audit_count(const struct audit *a, enum audit_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < a->count; i++)
		n += a->check[i].status == status;
	return n;
}

const char *
audit_status_name(enum audit_status status)
{
	static const char *const names[] = { [AUDIT_PASS] = "pass",
		[AUDIT_INFO] = "info",
		[AUDIT_WARN] = "warn",
		[AUDIT_FAIL] = "fail",
		[AUDIT_SKIP] = "skip" };

	return (unsigned)status < AUDIT_STATUSES ? names[status] : "skip";
}

const char *
audit_result_name(enum audit_result result)
{
	static const char *const names[] = { [AUDIT_RESULT_PASS] = "pass",
		[AUDIT_RESULT_WARN] = "warn",
		[AUDIT_RESULT_UNKNOWN] = "unknown",
		[AUDIT_RESULT_FAIL] = "fail" };

	return (unsigned)result < AUDIT_RESULTS ? names[result] : "unknown";
}

const char *
audit_outlook_name(enum audit_outlook outlook)
{
	static const char *const names[] = { [AUDIT_UNKNOWN] = "unknown",
		[AUDIT_DELIVER_TLS] = "deliver-tls",
		[AUDIT_DELIVER_ANY] = "deliver-any",
		[AUDIT_DEFER] = "defer" };

	return (unsigned)outlook < AUDIT_OUTLOOKS ? names[outlook] : "unknown";
}
