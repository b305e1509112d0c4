/*
 * out_table.c - tables whose columns line up on a terminal
 *
 * Widths are counted in terminal columns of UTF-8, not bytes. The tables of
 * wide and combining characters are coarse: they serve names and texts of
 * people, not typography. No locale is asked: the output is UTF-8.
 */
#include "cli/out.h"

#include "base/arena.h"
#include "base/utf8.h"

#define TABLE_MAX   (64u << 20) /* bytes of all cells */
#define CELL_MAX    1024
#define COLUMNS_MAX 16

struct out_row {
	struct out_row *next;
	const char *cells[COLUMNS_MAX];
};

struct out_table {
	struct arena *arena; /* the cells; the table itself too */
	struct out_row *first, **last;
	size_t columns;
	size_t widths[COLUMNS_MAX];
	bool failed; /* memory was short */
};

struct range {
	uint32_t from, to;
};

/* Characters that take no column of their own. */
static const struct range combining[] = { { 0x0300, 0x036f },
	{ 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05c5 },
	{ 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x06d6, 0x06dc },
	{ 0x0900, 0x0902 }, { 0x093c, 0x093c }, { 0x0e34, 0x0e3a },
	{ 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x200b, 0x200f }, { 0x20d0, 0x20ff }, { 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xe0100, 0xe01ef } };

/* Characters that take two. */
static const struct range wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0x303e },
	{ 0x3041, 0x33ff }, { 0x3400, 0x4dbf }, { 0x4e00, 0xa4cf },
	{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd } };

/* in_ranges - does the character stand in the table? */
static bool
in_ranges(uint32_t c, const struct range *r, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}

size_t
out_columns(struct str text)
{
	size_t n = 0, len;
	uint32_t c;

	for (; text.len > 0; text = str_sub(text, len, text.len)) {
		len = utf8_next(text, &c);
		if (len == 0) {
			/* Not UTF-8: terminals show one mark for the byte. */
			len = 1;
			n++;
		} else if (c < 0x300)
			n++;
		else if (in_ranges(c, wide, sizeof(wide) / sizeof(wide[0])))
			n += 2;
		else if (!in_ranges(c, combining,
			     sizeof(combining) / sizeof(combining[0])))
			n++;
	}
	return n;
}

struct out_table *
out_table_new(const char *const *heads, size_t columns)
{
	struct arena *arena = arena_new(TABLE_MAX);
	struct out_table *t = NULL;

	if (columns > COLUMNS_MAX)
		columns = COLUMNS_MAX;
	if (arena != NULL)
		t = arena_zalloc(arena, 1, sizeof(*t));
	if (t == NULL) {
		arena_free(arena);
		return NULL;
	}
	t->arena = arena;
	t->columns = columns;
	t->last = &t->first;
	out_table_row(t, heads);
	return t;
}

/* cell_text - a printable copy in the table's memory; null when short */
static const char *
cell_text(struct out_table *t, const char *cell)
{
	const char *copy;
	struct buf b;

	buf_init(&b, 4 * CELL_MAX + 8);
	buf_printable(&b, str_of(cell), CELL_MAX);
	copy = buf_error(&b) == MTASTS_OK ? arena_dup(t->arena, buf_str(&b))
					  : NULL;
	buf_free(&b);
	return copy;
}

void
out_table_row(struct out_table *t, const char *const *cells)
{
	struct out_row *row;
	size_t i, columns;

	if (t == NULL)
		return;
	row = arena_zalloc(t->arena, 1, sizeof(*row));
	for (i = 0; row != NULL && i < t->columns; i++) {
		row->cells[i] = cell_text(t, cells[i]);
		if (row->cells[i] == NULL) {
			row = NULL;
			break;
		}
		columns = out_columns(str_of(row->cells[i]));
		if (columns > t->widths[i])
			t->widths[i] = columns;
	}
	if (row == NULL) {
		t->failed = true;
		return;
	}
	*t->last = row;
	t->last = &row->next;
}

/* last_cell - the index after the last cell that is not empty */
static size_t
last_cell(const struct out_table *t, const struct out_row *row)
{
	size_t n = t->columns;

	while (n > 0 && row->cells[n - 1][0] == '\0')
		n--;
	return n;
}

/* put_row - one line, without blanks at its end */
static void
put_row(FILE *f, const struct out_table *t, const struct out_row *row)
{
	size_t i, pad, n = last_cell(t, row);

	for (i = 0; i < n; i++) {
		fputs(row->cells[i], f);
		if (i + 1 == n)
			break;
		pad = t->widths[i] - out_columns(str_of(row->cells[i])) + 2;
		fprintf(f, "%*s", (int)pad, "");
	}
	fputc('\n', f);
}

void
out_table_print(struct cmd_env *env, struct out_table *t)
{
	const struct out_row *row;

	if (t == NULL || t->failed) {
		env->incomplete = true;
		out_error(env, "the table is incomplete: %s",
		    mtasts_strerror(MTASTS_ENOMEM));
	}
	if (t == NULL)
		return;
	for (row = t->first; row != NULL; row = row->next) {
		if (row == t->first)
			out_color(env, OUT_DIM);
		put_row(env->out, t, row);
		if (row == t->first)
			out_color(env, OUT_PLAIN);
	}
	arena_free(t->arena);
}
