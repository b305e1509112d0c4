/*
 * audit_out.c - the results of checks in the form that somebody wants
 *
 * The table of formats, and what several of them need. Must not know how the
 * results came about.
 */
#include "cli/audit_out.h"

#include "base/arena.h"
#include "cli/audit_out_int.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct audit_format *const formats[] = { &audit_text, &audit_js,
	&audit_junit, &audit_sarif, &audit_nagios, &audit_prometheus,
	&audit_markdown };

static const struct audit_part parts[] = {
	{ 'D', "The record" },
	{ 'P', "The policy host" },
	{ 'F', "The policy file" },
	{ 'M', "Mail servers" },
	{ 'S', "TLS of the mail servers" },
	{ 'T', "Reports" },
	{ 'O', "Around it" },
	{ 'X', "What was expected" },
};

const struct audit_part *
audit_part_get(size_t i)
{
	return i < COUNT(parts) ? &parts[i] : NULL;
}

const struct audit_format *
audit_format_find(const char *name)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

struct audit_out *
audit_out_open(struct cmd_env *env, const struct audit_out_conf *conf)
{
	struct audit_out *out = mem_zalloc(1, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->env = env;
	out->format = conf->format;
	out->single = conf->single;
	out->verbose = conf->verbose;
	buf_init(&out->b, AUDIT_OUT_MAX);
	for (size_t i = 0; i < AUDIT_OUT_KEPT; i++)
		buf_init(&out->kept[i], AUDIT_OUT_MAX);
	if (out->format->begin != NULL)
		out->format->begin(out);
	audit_out_flush(out);
	return out;
}

void
audit_out_put(struct audit_out *out, const struct audit *a)
{
	out->format->one(out, a);
	audit_out_flush(out);
	out->count++;
	out->results[a->result]++;
	if (a->result > out->worst)
		out->worst = a->result;
	/* Whoever watches sees each domain when it is ready. */
	fflush(out->env->out);
}

enum cmd_status
audit_out_close(struct audit_out *out)
{
	enum cmd_status status = CMD_UNKNOWN;
	bool whole = true;

	if (out == NULL)
		return CMD_UNKNOWN;
	if (out->format->end != NULL)
		out->format->end(out);
	for (size_t i = 0; i < AUDIT_OUT_KEPT; i++) {
		whole = whole && buf_error(&out->kept[i]) == MTASTS_OK;
		buf_free(&out->kept[i]);
	}
	if (!whole)
		out->env->incomplete = true;
	audit_out_flush(out);
	buf_free(&out->b);
	if (out->count > 0)
		status = out->format->exits[out->worst];
	if (out_finish(out->env) != CMD_FINE)
		status = CMD_UNKNOWN;
	mem_free(out);
	return status;
}

void
audit_out_flush(struct audit_out *out)
{
	if (buf_error(&out->b) != MTASTS_OK) {
		if (!out->env->incomplete)
			out_error(out->env, "the output is incomplete: %s",
			    mtasts_strerror(buf_error(&out->b)));
		out->env->incomplete = true;
	} else if (out->b.len > 0)
		fwrite(out->b.p, 1, out->b.len, out->env->out);
	buf_clear(&out->b);
}

/* put_count - append a number and a word, when it is any */
static void
put_count(struct buf *b, size_t n, const char *word, bool plural)
{
	if (n == 0)
		return;
	buf_putf(b, "%s%zu %s%s", b->len > 0 ? ", " : "", n, word,
	    plural && n != 1 ? "s" : "");
}

void
audit_out_counts(struct buf *b, const struct audit *a)
{
	size_t unknown = 0;
	struct buf list;

	for (size_t i = 0; i < a->count; i++)
		unknown +=
		    a->check[i].status == AUDIT_SKIP && a->check[i].unknown;
	buf_init(&list, 1024);
	put_count(&list, audit_count(a, AUDIT_FAIL), "failed", false);
	put_count(&list, audit_count(a, AUDIT_WARN), "warning", true);
	put_count(&list, unknown, "not found out", false);
	put_count(&list, audit_count(a, AUDIT_INFO), "worth knowing", false);
	put_count(&list, audit_count(a, AUDIT_PASS), "passed", false);
	put_count(&list, audit_count(a, AUDIT_SKIP) - unknown, "not looked at",
	    false);
	if (buf_error(&list) != MTASTS_OK)
		b->err = buf_error(&list);
	buf_put_str(b, buf_str(&list));
	buf_free(&list);
}

void
audit_out_total(struct buf *b, const struct audit_out *out)
{
	const char *before = ": ";

	buf_putf(b, "%zu domain%s", out->count, out->count == 1 ? "" : "s");
	for (int i = 0; i < AUDIT_RESULTS; i++) {
		if (out->results[i] == 0)
			continue;
		buf_putf(b, "%s%zu %s", before, out->results[i],
		    audit_result_name(i));
		before = ", ";
	}
}

/* number_of - the digits of an id: 5 of "F05" */
static unsigned
number_of(const struct audit_check *c)
{
	uint64_t n = 0;

	str_u64(str_sub(str_of(c->check->id), 1, 8), 1000, &n);
	return (unsigned)n;
}

/* follows - is b the next id after a? */
static bool
follows(const struct audit_check *a, const struct audit_check *b)
{
	return a->check->id[0] == b->check->id[0] &&
	    number_of(a) + 1 == number_of(b);
}

void
audit_out_ids(struct buf *b, const struct audit *a, audit_out_choice *choice,
    const void *ctx)
{
	const struct audit_check *c = a->check;
	bool any = false;
	size_t last;

	for (size_t i = 0; i < a->count; i++) {
		if (!choice(&c[i], ctx))
			continue;
		last = i;
		while (last + 1 < a->count && choice(&c[last + 1], ctx) &&
		    follows(&c[last], &c[last + 1]))
			last++;
		buf_putf(b, "%s%s", any ? " " : "", c[i].check->id);
		any = true;
		/* Two stand side by side. */
		if (last > i + 1) {
			buf_putf(b, "-%s", c[last].check->id);
			i = last;
		}
	}
}

bool
audit_out_in_part(const struct audit_check *c, const void *ctx)
{
	const struct audit_part *part = ctx;

	return c->status == AUDIT_PASS && c->check->id[0] == part->letter;
}

bool
audit_out_same(const struct audit_check *c, const void *ctx)
{
	const struct audit_check *like = ctx;

	return c->status == AUDIT_SKIP && c->unknown == like->unknown &&
	    strcmp(c->message, like->message) == 0;
}

bool
audit_out_first(const struct audit *a, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (audit_out_same(&a->check[k], &a->check[i]))
			return false;
	return true;
}

const char *
audit_out_met(const struct audit_advice *advice)
{
	switch (advice->met) {
	case ADVICE_MET:
		return "met";
	case ADVICE_NOT_MET:
		return "not met";
	case ADVICE_UNKNOWN:
		break;
	}
	return "unknown";
}

bool
audit_out_problem(const struct audit_check *c)
{
	return c->status == AUDIT_FAIL || c->status == AUDIT_WARN;
}

/* is_part - may the byte belong to a name of a host? */
static bool
is_part(char c)
{
	return ascii_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* goes_on - does a name go on at this place? A full stop may end a sentence */
static bool
goes_on(struct str text, size_t at)
{
	if (at < text.len && text.p[at] == '.')
		at++;
	return at < text.len && is_part(text.p[at]);
}

/* names - does a sentence name this host, and not one below or above it? */
static bool
names(struct str text, struct str host)
{
	size_t at, end = 0;

	while (host.len > 0 &&
	    (at = end + str_find(str_sub(text, end, text.len), host)) <
		text.len) {
		end = at + host.len;
		if ((at == 0 || !is_part(text.p[at - 1])) &&
		    !goes_on(text, end))
			return true;
	}
	return false;
}

/* put_host - of a place, without what the sentence names */
static void
put_host(struct buf *b, const struct mtasts_finding *f)
{
	struct str text = str_of(f->message), host, rest, address, more;

	if (f->file[0] == '\0' || names(text, str_of(f->file)))
		return;
	/* "HOST [ADDRESS] and 3 more" */
	str_cut(str_of(f->file), ' ', &host, &rest);
	if (rest.len == 0 || rest.p[0] != '[' || !names(text, host)) {
		buf_puts(b, f->file);
		return;
	}
	str_cut(str_sub(rest, 1, rest.len), ']', &address, &more);
	buf_put_str(b, address);
	buf_put_str(b, more);
}

/* tells_line - does a sentence begin with its line? */
static bool
tells_line(const struct mtasts_finding *f)
{
	return str_starts_nocase(str_of(f->message), STR("line "));
}

void
audit_out_place(struct buf *b, const struct mtasts_finding *f)
{
	size_t before = b->len;

	put_host(b, f);
	/* Of one record there is no need to say that it is the first. */
	if (f->record > 1)
		buf_putf(
		    b, "%srecord %u", b->len > before ? ", " : "", f->record);
	else if (f->record == 0 && f->line > 0 && !tells_line(f))
		buf_putf(b, "%sline %u", b->len > before ? ", " : "", f->line);
}
