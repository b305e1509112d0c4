/*
 * scan_tally.c - how many domains of a scan are how
 *
 * Counts audits, or the lines that earlier ones were written to, and says it
 * as a table and as JSON. Each line begins with what is counted, so that going
 * on with a long scan need not read all of what it wrote.
 */
#include "cli/scan_tally.h"

#include <inttypes.h>

#include "base/siphash.h"
#include "cli/out.h"

#define HEAD_MAX   65536
#define ROWS_SHOWN 20

static const char *const modes[SCAN_MODES] = {
	[SCAN_MODE_ENFORCE] = "enforce",
	[SCAN_MODE_TESTING] = "testing",
	[SCAN_MODE_NONE] = "none",
	[SCAN_MODE_ABSENT] = "absent",
};

/* ---- counting ---- */

/* count_mode - null: there is no policy that works */
static void
count_mode(struct scan_tally *t, struct str mode)
{
	enum scan_mode m = SCAN_MODE_ENFORCE;

	while (m < SCAN_MODE_ABSENT && !str_eq(mode, str_of(modes[m])))
		m++;
	t->mode[m]++;
}

/* count_check - one more that failed, or that warned */
static void
count_check(uint64_t counts[SCAN_CHECKS_MAX], struct str id)
{
	const struct check *check;

	for (size_t i = 0; i < SCAN_CHECKS_MAX; i++) {
		check = checks_get(i);
		if (check == NULL)
			return;
		if (str_eq(str_of(check->id), id))
			counts[i]++;
	}
}

void
scan_tally_add(struct scan_tally *t, const struct audit *a)
{
	t->domains++;
	t->result[a->result]++;
	t->sender[a->sender]++;
	t->dane[a->dane]++;
	count_mode(t, a->mode != NULL ? str_of(a->mode) : STR(""));
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];

		if (c->status == AUDIT_FAIL)
			count_check(t->failed, str_of(c->check->id));
		else if (c->status == AUDIT_WARN)
			count_check(t->warned, str_of(c->check->id));
	}
}

uint64_t
scan_tally_hash(struct str domain)
{
	static const uint64_t seed[2] = { 0x6d74617374732d73,
		0x63616e2d6c696e };
	uint64_t hash = siphash64(seed, domain);

	return hash != 0 ? hash : 1;
}

/* ---- lines ---- */

/* put_ids - of the checks that ended so */
static void
put_ids(struct buf *b, const struct audit *a, enum audit_status status)
{
	const char *comma = "";

	buf_putc(b, '[');
	for (size_t i = 0; a != NULL && i < a->count; i++) {
		if (a->check[i].status != status)
			continue;
		buf_putf(b, "%s\"%s\"", comma, a->check[i].check->id);
		comma = ",";
	}
	buf_putc(b, ']');
}

void
scan_tally_head(uint64_t number, const struct audit *a, struct buf *b)
{
	buf_puts(b, "{\"line\":");
	buf_put_u64(b, number);
	buf_puts(b, ",\"failed\":");
	put_ids(b, a, AUDIT_FAIL);
	buf_puts(b, ",\"warned\":");
	put_ids(b, a, AUDIT_WARN);
	buf_putc(b, ',');
}

/* index_of - a word in a table of names */
static size_t
index_of(const struct js *v, const char *(*name)(size_t i), size_t count)
{
	struct str word = STR("");
	size_t i = 0;

	js_str(v, &word);
	while (i < count && !str_eq(word, str_of(name(i))))
		i++;
	return i;
}

/* result_name, outlook_name - for index_of() */
static const char *
result_name(size_t i)
{
	return audit_result_name((enum audit_result)i);
}

/* outlook_name - for index_of() */
static const char *
outlook_name(size_t i)
{
	return audit_outlook_name((enum audit_outlook)i);
}

/* count_ids - the checks of a list */
static void
count_ids(uint64_t counts[SCAN_CHECKS_MAX], const struct js *list)
{
	struct str id;

	for (size_t i = 0; i < js_len(list); i++)
		if (js_str(js_at(list, i), &id))
			count_check(counts, id);
}

/* count_head - from the members in front of a line */
static bool
count_head(
    struct scan_tally *t, const struct js *js, uint64_t *number, uint64_t *hash)
{
	size_t result, sender, dane;
	struct str domain, mode = STR("");
	int64_t line;

	if (!js_int(js_get(js, "line"), &line) || line <= 0 ||
	    !js_str(js_get(js, "domain"), &domain))
		return false;
	result = index_of(js_get(js, "result"), result_name, AUDIT_RESULTS);
	sender = index_of(js_get(js, "sender"), outlook_name, AUDIT_OUTLOOKS);
	dane = index_of(js_get(js, "dane"), outlook_name, AUDIT_OUTLOOKS);
	if (result == AUDIT_RESULTS || sender == AUDIT_OUTLOOKS ||
	    dane == AUDIT_OUTLOOKS)
		return false;
	*number = (uint64_t)line;
	*hash = scan_tally_hash(domain);
	if (js_get(js, "error") != NULL) {
		t->not_domains++;
		return true;
	}
	t->domains++;
	t->result[result]++;
	t->sender[sender]++;
	t->dane[dane]++;
	js_str(js_get(js, "mode"), &mode);
	count_mode(t, mode);
	count_ids(t->failed, js_get(js, "failed"));
	count_ids(t->warned, js_get(js, "warned"));
	return true;
}

bool
scan_tally_line(
    struct scan_tally *t, struct str line, uint64_t *number, uint64_t *hash)
{
	size_t len = str_find(line, STR(",\"checks\":["));
	struct js *js = NULL;
	struct buf head;
	bool ok = false;

	buf_init(&head, HEAD_MAX);
	buf_put_str(&head, str_sub(line, 0, len));
	buf_putc(&head, '}');
	if (len < line.len && buf_error(&head) == MTASTS_OK &&
	    js_parse(buf_str(&head), NULL, &js, NULL) == MTASTS_OK)
		ok = count_head(t, js, number, hash);
	js_free(js);
	buf_free(&head);
	return ok;
}

/* ---- the end ---- */

enum cmd_status
scan_tally_status(const struct scan_tally *t)
{
	if (t->result[AUDIT_RESULT_FAIL] > 0)
		return CMD_PROBLEM;
	return t->result[AUDIT_RESULT_UNKNOWN] > 0 ? CMD_UNKNOWN : CMD_FINE;
}

/* put_counts - an object of named numbers */
static void
put_counts(struct js_writer *w, const char *key, const uint64_t *counts,
    const char *(*name)(size_t i), size_t count)
{
	js_key(w, key);
	js_object(w);
	for (size_t i = 0; i < count; i++)
		js_kv_int(w, name(i), (int64_t)counts[i]);
	js_end_object(w);
}

/* mode_name - for put_counts() */
static const char *
mode_name(size_t i)
{
	return modes[i];
}

void
scan_tally_json(const struct scan_tally *t, int64_t took_ms, bool complete,
    struct js_writer *w)
{
	const struct check *check;

	js_object(w);
	js_kv_int(w, "domains", (int64_t)t->domains);
	js_kv_int(w, "not_domains", (int64_t)t->not_domains);
	js_kv_bool(w, "complete", complete);
	js_kv_int(w, "took_ms", took_ms);
	put_counts(w, "result", t->result, result_name, AUDIT_RESULTS);
	put_counts(w, "mode", t->mode, mode_name, SCAN_MODES);
	put_counts(w, "sender", t->sender, outlook_name, AUDIT_OUTLOOKS);
	put_counts(w, "dane", t->dane, outlook_name, AUDIT_OUTLOOKS);
	js_key(w, "checks");
	js_object(w);
	for (size_t i = 0; (check = checks_get(i)) != NULL; i++) {
		if (t->failed[i] == 0 && t->warned[i] == 0)
			continue;
		js_key(w, check->id);
		js_object(w);
		js_kv_int(w, "fail", (int64_t)t->failed[i]);
		js_kv_int(w, "warn", (int64_t)t->warned[i]);
		js_end_object(w);
	}
	js_end_object(w);
	js_end_object(w);
}

/* share - "12 %" of all domains, "" of none */
static const char *
share(char out[16], uint64_t n, uint64_t all)
{
	out[0] = '\0';
	if (all > 0)
		snprintf(out, 16, "%.1f %%", (double)n * 100 / (double)all);
	return out;
}

/* add_row - "NAME  12  3.4 %" */
static void
add_row(struct out_table *table, const char *name, uint64_t n, uint64_t all)
{
	char number[24], part[16];
	const char *cells[] = { name, number, share(part, n, all) };

	snprintf(number, sizeof(number), "%" PRIu64, n);
	out_table_row(table, cells);
}

/* print_modes - policies by mode, and what an enforcing sender would do */
static void
print_modes(struct cmd_env *env, const struct scan_tally *t)
{
	static const char *const mode_heads[] = { "policy", "domains", "" };
	static const char *const result_heads[] = { "result", "domains", "" };
	struct out_table *table = out_table_new(result_heads, 3);

	for (size_t i = 0; i < AUDIT_RESULTS; i++)
		add_row(table, result_name(i), t->result[i], t->domains);
	if (t->not_domains > 0)
		add_row(table, "no domain", t->not_domains, 0);
	out_table_print(env, table);
	fputc('\n', env->out);
	table = out_table_new(mode_heads, 3);
	for (size_t i = 0; i < SCAN_MODES; i++)
		add_row(table, modes[i], t->mode[i], t->domains);
	out_table_print(env, table);
}

/* next_most - the check that failed or warned most, below a count */
static size_t
next_most(const struct scan_tally *t, bool done[SCAN_CHECKS_MAX])
{
	size_t best = SCAN_CHECKS_MAX;
	uint64_t most = 0;

	for (size_t i = 0; i < SCAN_CHECKS_MAX; i++) {
		/* Failures first, whatever the number of warnings. */
		uint64_t n = t->failed[i] * ((uint64_t)1 << 32) + t->warned[i];

		if (!done[i] && n > most) {
			most = n;
			best = i;
		}
	}
	if (best < SCAN_CHECKS_MAX)
		done[best] = true;
	return best;
}

/* print_checks - what is wrong most often */
static void
print_checks(struct cmd_env *env, const struct scan_tally *t)
{
	static const char *const heads[] = { "check", "fail", "warn", "" };
	struct out_table *table = out_table_new(heads, 4);
	bool done[SCAN_CHECKS_MAX] = { false };
	char fail[24], warn[24];
	size_t i;

	for (size_t n = 0; n < ROWS_SHOWN; n++) {
		i = next_most(t, done);
		if (i == SCAN_CHECKS_MAX)
			break;
		snprintf(fail, sizeof(fail), "%" PRIu64, t->failed[i]);
		snprintf(warn, sizeof(warn), "%" PRIu64, t->warned[i]);
		out_table_row(table,
		    (const char *const[]){
			checks_get(i)->id, fail, warn, checks_get(i)->title });
	}
	fputc('\n', env->out);
	out_table_print(env, table);
}

void
scan_tally_print(struct cmd_env *env, const struct scan_tally *t)
{
	bool any = false;

	print_modes(env, t);
	for (size_t i = 0; i < SCAN_CHECKS_MAX; i++)
		any |= t->failed[i] > 0 || t->warned[i] > 0;
	if (any)
		print_checks(env, t);
}
