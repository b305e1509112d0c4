/*
 * diag.c - collecting findings
 *
 * Findings are filled in by parsers that read strangers' data, so every text
 * is made printable here once more, whatever the parser did, and the list is
 * bounded. Strings of the rule are constant and borrowed; all others are kept
 * in the list's arena, which is made with the first finding: most data is
 * fine, and an empty list costs one small allocation.
 */
#include "base/diag.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdio.h>

#define LIST_MAX    1000u /* findings */
#define MESSAGE_MAX 500u /* bytes, without the terminator */
#define QUOTE_MAX   60u /* bytes of input */

struct mtasts_diags {
	struct arena *arena; /* null until the first finding */
	struct mtasts_finding **list;
	size_t count;
	size_t cap;
	size_t errors;
	size_t dropped;
};

struct mtasts_diags *
mtasts_diags_new(void)
{
	return mem_zalloc(1, sizeof(struct mtasts_diags));
}

/* empty - release all findings and forget the counts */
static void
empty(struct mtasts_diags *diags)
{
	arena_free(diags->arena);
	mem_free(diags->list);
	*diags = (struct mtasts_diags){ 0 };
}

void
mtasts_diags_free(struct mtasts_diags *diags)
{
	if (diags == NULL)
		return;
	empty(diags);
	mem_free(diags);
}

size_t
mtasts_diags_count(const struct mtasts_diags *diags)
{
	return diags == NULL ? 0 : diags->count;
}

const struct mtasts_finding *
mtasts_diags_get(const struct mtasts_diags *diags, size_t i)
{
	return i < mtasts_diags_count(diags) ? diags->list[i] : NULL;
}

size_t
mtasts_diags_dropped(const struct mtasts_diags *diags)
{
	return diags == NULL ? 0 : diags->dropped;
}

size_t
diag_errors(const struct mtasts_diags *diags)
{
	return diags == NULL ? 0 : diags->errors;
}

const char *
mtasts_severity_name(enum mtasts_severity severity)
{
	switch (severity) {
	case MTASTS_INFO:
		return "info";
	case MTASTS_WARNING:
		return "warning";
	case MTASTS_ERROR:
		break;
	}
	return "error";
}

/* slot - make room in the list for one more finding */
static bool
slot(struct mtasts_diags *diags)
{
	struct mtasts_finding **list;
	size_t cap;

	if (diags->count == LIST_MAX)
		return false;
	if (diags->arena == NULL)
		diags->arena = arena_new(SIZE_MAX);
	if (diags->arena == NULL)
		return false;
	if (diags->count < diags->cap)
		return true;
	cap = diags->cap == 0 ? 8 : diags->cap * 2;
	list = mem_grow(diags->list, cap, sizeof(*list));
	if (list == NULL)
		return false;
	diags->list = list;
	diags->cap = cap;
	return true;
}

/* keep - a printable copy of text, cut at MESSAGE_MAX; null when short */
static const char *
keep(struct mtasts_diags *diags, const char *text)
{
	const char *copy = NULL;
	struct buf b;

	if (text == NULL || *text == '\0')
		return "";
	/* Each byte may become "\xHH". */
	buf_init(&b, 4 * MESSAGE_MAX + 3);
	buf_clean(&b, str_of(text), MESSAGE_MAX);
	if (b.len > MESSAGE_MAX) {
		struct str whole = buf_str(&b);
		size_t end = MESSAGE_MAX - 3;

		/* Not inside of a UTF-8 sequence. */
		while (end > 0 && (whole.p[end] & 0xc0) == 0x80)
			end--;
		buf_cut(&b, end);
		buf_puts(&b, "...");
	}
	if (buf_error(&b) == MTASTS_OK)
		copy = arena_dup(diags->arena, buf_str(&b));
	buf_free(&b);
	return copy;
}

/* keep_file - as keep; findings of one file share its name */
static const char *
keep_file(struct mtasts_diags *diags, const char *file)
{
	if (file != NULL && diags->count > 0) {
		const char *last = diags->list[diags->count - 1]->file;

		if (str_eq(str_of(last), str_of(file)))
			return last;
	}
	return keep(diags, file);
}

/* append - a copy of f whose texts are kept; or count it as dropped */
static void
append(struct mtasts_diags *diags, const struct mtasts_finding *f,
    bool constant_fix)
{
	struct mtasts_finding *n = NULL;

	if (slot(diags))
		n = arena_alloc(diags->arena, sizeof(*n));
	if (n == NULL) {
		diags->dropped++;
		return;
	}
	*n = *f;
	n->file = keep_file(diags, f->file);
	n->message = keep(diags, f->message);
	n->fix = constant_fix ? f->fix : keep(diags, f->fix);
	if (n->file == NULL || n->message == NULL || n->fix == NULL) {
		diags->dropped++; /* the arena keeps the pieces */
		return;
	}
	diags->list[diags->count++] = n;
	if (n->severity == MTASTS_ERROR)
		diags->errors++;
}

/* add - both forms of diag_add; fix null stands for the rule's */
static void __attribute__((format(printf, 5, 0)))
add(struct mtasts_diags *diags, const struct diag_rule *rule,
    struct diag_place at, const char *fix, const char *fmt, va_list ap)
{
	char message[2 * MESSAGE_MAX];
	struct mtasts_finding f = {
		.id = rule->id,
		.name = rule->name,
		.severity = rule->severity,
		.file = at.file,
		.line = at.line,
		.record = at.record,
		.column = at.column,
		.message = message,
		.fix = fix == NULL ? rule->fix : fix,
		.rfc = rule->rfc,
	};

	if (vsnprintf(message, sizeof(message), fmt, ap) < 0)
		message[0] = '\0';
	append(diags, &f, fix == NULL);
}

void
diag_add(struct mtasts_diags *diags, const struct diag_rule *rule,
    struct diag_place at, const char *fmt, ...)
{
	va_list ap;

	if (diags == NULL)
		return;
	va_start(ap, fmt);
	add(diags, rule, at, NULL, fmt, ap);
	va_end(ap);
}

void
diag_add_fix(struct mtasts_diags *diags, const struct diag_rule *rule,
    struct diag_place at, const char *fix, const char *fmt, ...)
{
	va_list ap;

	if (diags == NULL)
		return;
	va_start(ap, fmt);
	add(diags, rule, at, fix, fmt, ap);
	va_end(ap);
}

void
diag_move(struct mtasts_diags *to, struct mtasts_diags *from)
{
	if (from == NULL || from == to)
		return;
	for (size_t i = 0; to != NULL && i < from->count; i++)
		append(to, from->list[i], false);
	if (to != NULL)
		to->dropped += from->dropped;
	empty(from);
}

const char *
diag_quote(struct diag_quote *out, struct str s)
{
	struct buf b;

	buf_init(&b, sizeof(out->text) - 1);
	buf_printable(&b, s, QUOTE_MAX);
	if (buf_error(&b) == MTASTS_OK)
		snprintf(out->text, sizeof(out->text), "%" STR_FMT,
		    STR_ARG(buf_str(&b)));
	else
		snprintf(out->text, sizeof(out->text), "(out of memory)");
	buf_free(&b);
	return out->text;
}
