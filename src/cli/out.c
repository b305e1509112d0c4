/*
 * out.c - how commands print
 *
 * Text for people: wrapped to the terminal's width, coloured only there.
 * Whatever came from a user or a stranger is made printable before it gets
 * here through "%s", or here: findings and table cells already are, messages
 * are made so as a whole. Must not know what the commands are about.
 *
 * BUGS: bidirectional text is not reordered.
 */
#include "cli/out.h"

#include <unistd.h>
#include <errno.h>
#include <poll.h>
#include <stdio_ext.h>

#define WRAP_MAX    100 /* columns; longer lines are hard to read */
#define MESSAGE_MAX 4096

static const char *const color_codes[] = {
	[OUT_PLAIN] = "\033[0m",
	[OUT_RED] = "\033[31m",
	[OUT_GREEN] = "\033[32m",
	[OUT_YELLOW] = "\033[33m",
	[OUT_BOLD] = "\033[1m",
	[OUT_DIM] = "\033[2m",
};

/* A paragraph being wrapped. */
struct wrap {
	FILE *f;
	size_t width;
	size_t indent; /* of the lines after the first */
	size_t column; /* where the next byte lands */
	bool fresh; /* no word on this line yet */
};

/* color_of - does this stream show colours? */
static bool
color_of(const struct cmd_env *env, const FILE *f)
{
	return f == env->out ? env->color : env->color_err;
}

/* put_color - a colour's code, when the stream shows colours */
static void
put_color(struct cmd_env *env, FILE *f, enum out_color color)
{
	if (color_of(env, f))
		fputs(color_codes[color], f);
}

void
out_color(struct cmd_env *env, enum out_color color)
{
	put_color(env, env->out, color);
}

/* wrap_word - one word, on this line or the next */
static void
wrap_word(struct wrap *w, struct str word)
{
	size_t columns = out_columns(word);
	size_t i;

	if (!w->fresh && w->column + 1 + columns > w->width) {
		fputc('\n', w->f);
		for (i = 0; i < w->indent; i++)
			fputc(' ', w->f);
		w->column = w->indent;
		w->fresh = true;
	}
	if (!w->fresh) {
		fputc(' ', w->f);
		w->column++;
	}
	fwrite(word.p, 1, word.len, w->f);
	w->column += columns;
	w->fresh = false;
}

/* next_word - take the next word off *rest; false at the end */
static bool
next_word(struct str *rest, struct str *word)
{
	size_t from = 0, to;

	while (from < rest->len && strchr(" \t\r\n", rest->p[from]) != NULL)
		from++;
	to = from;
	while (to < rest->len && strchr(" \t\r\n", rest->p[to]) == NULL)
		to++;
	*word = str_sub(*rest, from, to - from);
	*rest = str_sub(*rest, to, rest->len);
	return word->len > 0;
}

/* wrap_text - all words of a text */
static void
wrap_text(struct wrap *w, struct str text)
{
	struct str word;

	while (next_word(&text, &word))
		wrap_word(w, word);
}

/* wrap_width - columns of a paragraph */
static size_t
wrap_width(const struct cmd_env *env)
{
	return env->width == 0 || env->width > WRAP_MAX ? WRAP_MAX : env->width;
}

void
out_wrap(struct cmd_env *env, FILE *f, unsigned n, const char *text)
{
	out_wrap_str(env, f, n, str_of(text));
}

void
out_wrap_str(struct cmd_env *env, FILE *f, unsigned n, struct str text)
{
	struct wrap w = { f, wrap_width(env), n, n, true };
	unsigned i;

	for (i = 0; i < n; i++)
		fputc(' ', f);
	wrap_text(&w, text);
	fputc('\n', f);
}

void
out_labelled(
    struct cmd_env *env, unsigned n, const char *label, struct str text)
{
	int pad = (int)n - 2 - (int)out_columns(str_of(label));

	fprintf(env->out, "  %s%*s", label, pad > 0 ? pad : 1, "");
	out_hang(env, n, text);
}

void
out_hang(struct cmd_env *env, unsigned n, struct str text)
{
	struct wrap w = { env->out, wrap_width(env), n, n, true };

	wrap_text(&w, text);
	fputc('\n', env->out);
}

void
out_error(struct cmd_env *env, const char *fmt, ...)
{
	struct wrap w = { env->err, wrap_width(env), 8, 0, true };
	struct buf raw, shown;
	va_list ap;

	buf_init(&raw, MESSAGE_MAX);
	buf_init(&shown, 4 * MESSAGE_MAX);
	va_start(ap, fmt);
	buf_vputf(&raw, fmt, ap);
	va_end(ap);
	buf_printable(&shown, buf_str(&raw), MESSAGE_MAX);
	wrap_word(&w, STR("mtasts:"));
	/* A message that did not fit is better told short than not at all. */
	wrap_text(&w,
	    buf_error(&shown) == MTASTS_OK && shown.len > 0 ? buf_str(&shown)
							    : str_of(fmt));
	fputc('\n', env->err);
	buf_free(&raw);
	buf_free(&shown);
}

/* place_text - "FILE:LINE:COLUMN", "line 3, column 7" or "record 2" */
static void
place_text(struct buf *b, const struct mtasts_finding *f)
{
	const char *what = f->record > 0 ? "record" : "line";
	unsigned n = f->record > 0 ? f->record : f->line;

	if (f->file[0] != '\0') {
		buf_printable(b, str_of(f->file), 1024);
		if (n > 0)
			buf_putf(b, ":%u", n);
		if (n > 0 && f->column > 0)
			buf_putf(b, ":%u", f->column);
		return;
	}
	if (n > 0)
		buf_putf(b, "%s %u", what, n);
	if (f->column > 0)
		buf_putf(b, "%scolumn %u", n > 0 ? ", " : "", f->column);
}

/* put_repair - how to mend it, and where that is written */
static void
put_repair(struct cmd_env *env, FILE *f, const struct mtasts_finding *finding)
{
	struct wrap w = { f, wrap_width(env), 4, 0, true };

	if (finding->fix[0] == '\0' && finding->rfc[0] == '\0')
		return;
	fputs("    ", f);
	w.column = 4;
	wrap_text(&w, str_of(finding->fix));
	if (finding->rfc[0] != '\0') {
		put_color(env, f, OUT_DIM);
		wrap_text(&w, STR("See"));
		wrap_text(&w, str_of(finding->rfc));
		fputc('.', f);
		put_color(env, f, OUT_PLAIN);
	}
	fputc('\n', f);
}

/* put_finding - what was seen, and where */
static void
put_finding(struct cmd_env *env, FILE *f, const struct mtasts_finding *finding)
{
	static const enum out_color colors[] = { [MTASTS_INFO] = OUT_DIM,
		[MTASTS_WARNING] = OUT_YELLOW,
		[MTASTS_ERROR] = OUT_RED };
	struct wrap w = { f, wrap_width(env), 4, 0, true };
	struct buf b;

	put_color(env, f, colors[finding->severity]);
	wrap_text(&w, str_of(mtasts_severity_name(finding->severity)));
	put_color(env, f, OUT_PLAIN);
	buf_init(&b, MESSAGE_MAX);
	place_text(&b, finding);
	buf_putf(&b, "%s %s", b.len > 0 ? ":" : "", finding->message);
	if (finding->id[0] != '\0')
		buf_putf(&b, " [%s]", finding->id);
	wrap_text(&w, str_of(b.p != NULL ? b.p : finding->message));
	fputc('\n', f);
	buf_free(&b);
}

/* same_repair - is the next finding mended in the same words? */
static bool
same_repair(const struct mtasts_finding *a, const struct mtasts_finding *b)
{
	return b != NULL && strcmp(a->id, b->id) == 0 &&
	    strcmp(a->fix, b->fix) == 0 && strcmp(a->rfc, b->rfc) == 0;
}

void
out_findings(struct cmd_env *env, FILE *f, const struct mtasts_diags *diags)
{
	const struct mtasts_finding *finding, *next;
	size_t i;

	next = mtasts_diags_get(diags, 0);
	for (i = 0; (finding = next) != NULL; i++) {
		next = mtasts_diags_get(diags, i + 1);
		put_finding(env, f, finding);
		/* Many faults of one kind: the repair once, behind them. */
		if (!same_repair(finding, next))
			put_repair(env, f, finding);
	}
	if (diags != NULL && mtasts_diags_dropped(diags) > 0)
		fprintf(f, "and %zu more\n", mtasts_diags_dropped(diags));
}

enum cmd_status
out_buf(struct cmd_env *env, const struct buf *b)
{
	if (buf_error(b) != MTASTS_OK) {
		out_error(env, "cannot print the result: %s",
		    mtasts_strerror(buf_error(b)));
		return CMD_UNKNOWN;
	}
	if (b->len > 0)
		fwrite(b->p, 1, b->len, env->out);
	return out_finish(env);
}

enum cmd_status
out_json(struct cmd_env *env, struct buf *b)
{
	enum cmd_status status;

	buf_putc(b, '\n');
	status = out_buf(env, b);
	buf_free(b);
	return status;
}

/* reader_gone - is the stream a pipe or socket that nobody reads any more? */
static bool
reader_gone(FILE *f)
{
	struct pollfd p = { .fd = fileno(f), .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

enum cmd_status
out_finish(struct cmd_env *env)
{
	bool failed = ferror(env->out) != 0;
	int error = 0;

	if (fflush(env->out) != 0) {
		failed = true;
		error = errno;
	}
	if (!failed)
		return env->incomplete ? CMD_UNKNOWN : CMD_FINE;
	/* Say it once: what is still held back will not be tried again. */
	__fpurge(env->out);
	clearerr(env->out);
	if (error == EPIPE || reader_gone(env->out))
		return CMD_UNKNOWN;
	out_error(env, "cannot write the output%s%s; it is incomplete",
	    error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
	return CMD_UNKNOWN;
}

void
out_progress(struct cmd_env *env, size_t done, size_t count)
{
	if (isatty(fileno(env->err)) != 1)
		return;
	fputs("\r\033[K", env->err);
	if (done < count)
		fprintf(env->err, "%zu of %zu", done, count);
	fflush(env->err);
}
