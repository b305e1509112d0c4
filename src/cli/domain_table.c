/*
 * domain_table.c - the table of registered names
 *
 * First all cells, then the choice of columns: what nobody has is not shown,
 * and what does not fit goes in the order of how little it is missed. Knows no
 * registry.
 */
#include "cli/domain_table.h"

#include "base/arena.h"
#include "cli/domain_item.h"
#include "cli/out.h"

#define CELLS_MAX ((size_t)512 << 20) /* bytes */
#define CELL_MAX  2048
#define NAME_MIN  20 /* columns that are left of a name */
#define GAP	  2

enum {
	COL_DOMAIN = 0,
	COL_MODE,
	COL_ID,
	COL_POLICY,
	COL_DNS,
	COL_CERT,
	COL_MX,
	COL_ROLLOUT,
	COL_STATE,
	COLS
};

static const char *const heads[COLS] = { "DOMAIN", "MODE", "ID", "POLICY",
	"DNS", "CERT", "MX", "ROLL-OUT", "STATE" };

/* What goes first when it is too wide. */
static const unsigned dispensable[] = { COL_ID, COL_STATE };

struct line {
	const char *cells[COLS];
};

struct domain_table {
	struct cmd_env *env;
	struct arena *arena;
	struct line *lines;
	size_t count, room;
	bool failed;
};

struct domain_table *
domain_table_new(struct cmd_env *env)
{
	struct domain_table *t = mem_zalloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->env = env;
	t->arena = arena_new(CELLS_MAX);
	if (t->arena == NULL) {
		mem_free(t);
		return NULL;
	}
	return t;
}

/* grow - room for one more line */
static bool
grow(struct domain_table *t)
{
	size_t room = t->room > 0 ? t->room * 2 : 64;
	struct line *lines;

	if (t->count < t->room)
		return true;
	lines = mem_grow(t->lines, room, sizeof(*lines));
	if (lines == NULL)
		return false;
	t->lines = lines;
	t->room = room;
	return true;
}

/* keep - the text of a cell; the buffer is emptied */
static const char *
keep(struct domain_table *t, struct buf *b)
{
	const char *text = b->len > 0 ? arena_dup(t->arena, buf_str(b)) : "";

	if (text == NULL || buf_error(b) != MTASTS_OK) {
		t->failed = true;
		text = "";
	}
	buf_clear(b);
	return text;
}

/* fill - the cells of a name */
static void
fill(struct domain_table *t, const struct overview *o, struct line *l)
{
	const struct registry_row *row = o->row;
	bool tried = o->published.tried_at != 0;
	struct buf b;

	buf_init(&b, CELL_MAX);
	buf_put_str(&b, row->name);
	l->cells[COL_DOMAIN] = keep(t, &b);
	l->cells[COL_MODE] =
	    row->served ? mtasts_mode_name(row->policy.mode) : "";
	buf_put_str(&b, row->policy.id);
	l->cells[COL_ID] = row->served ? keep(t, &b) : "";
	buf_clear(&b);
	l->cells[COL_POLICY] = tried ? overview_policy_name(o->policy) : "";
	l->cells[COL_DNS] = tried ? o->dns : "";
	domain_item_cert(o, t->env->now_at, &b);
	l->cells[COL_CERT] = keep(t, &b);
	buf_puts(&b, o->mx);
	l->cells[COL_MX] = keep(t, &b);
	buf_puts(&b, o->rollout);
	l->cells[COL_ROLLOUT] = keep(t, &b);
	domain_item_state(o, &b);
	l->cells[COL_STATE] = keep(t, &b);
	buf_free(&b);
}

void
domain_table_add(struct domain_table *t, const struct overview *o)
{
	if (t == NULL)
		return;
	if (grow(t))
		fill(t, o, &t->lines[t->count++]);
	else
		t->failed = true;
}

/* measure - how wide each column is; 0: it says nothing */
static void
measure(const struct domain_table *t, size_t widths[COLS])
{
	for (unsigned c = 0; c < COLS; c++) {
		widths[c] = 0;
		for (size_t i = 0; i < t->count; i++) {
			size_t n = out_columns(str_of(t->lines[i].cells[c]));

			if (n > widths[c])
				widths[c] = n;
		}
		if (widths[c] > 0 && widths[c] < strlen(heads[c]))
			widths[c] = strlen(heads[c]);
	}
}

/* total - of all columns that are shown */
static size_t
total(const size_t widths[COLS])
{
	size_t n = 0;

	for (unsigned c = 0; c < COLS; c++)
		if (widths[c] > 0)
			n += widths[c] + GAP;
	return n > 0 ? n - GAP : 0;
}

/* make_fit - drop columns; how many columns a name may have, 0: any */
static size_t
make_fit(const struct domain_table *t, size_t widths[COLS])
{
	size_t rest;

	for (unsigned i = 0; i < sizeof(dispensable) / sizeof(*dispensable) &&
	     total(widths) > t->env->width;
	     i++) {
		rest = total(widths) - widths[COL_DOMAIN];
		/* A shorter name is better than no state. */
		if (i > 0 && rest + NAME_MIN <= t->env->width)
			break;
		widths[dispensable[i]] = 0;
	}
	if (total(widths) <= t->env->width)
		return 0;
	rest = total(widths) - widths[COL_DOMAIN];
	return rest + NAME_MIN <= t->env->width ? t->env->width - rest
						: NAME_MIN;
}

/* shorten - a name to so many columns, its end being what tells most */
static const char *
shorten(struct domain_table *t, const char *name, size_t room)
{
	size_t len = strlen(name), head = (room - 2) / 2;
	const char *text;

	/* A-labels: one byte is one column. */
	if (room == 0 || len <= room)
		return name;
	text = arena_printf(t->arena, "%.*s..%s", (int)head, name,
	    name + len - (room - 2 - head));
	return text != NULL ? text : name;
}

/* put - the columns that are left, as a table */
static void
put(struct domain_table *t, const size_t widths[COLS], size_t room)
{
	const char *cells[COLS];
	struct out_table *out;
	size_t n = 0;

	for (unsigned c = 0; c < COLS; c++)
		if (widths[c] > 0)
			cells[n++] = heads[c];
	out = out_table_new(cells, n);
	for (size_t i = 0; i < t->count; i++) {
		const struct line *l = &t->lines[i];

		n = 0;
		for (unsigned c = 0; c < COLS; c++)
			if (widths[c] > 0)
				cells[n++] = l->cells[c];
		cells[COL_DOMAIN] = shorten(t, l->cells[COL_DOMAIN], room);
		out_table_row(out, cells);
	}
	out_table_print(t->env, out);
}

void
domain_table_free(struct domain_table *t)
{
	if (t == NULL)
		return;
	mem_free(t->lines);
	arena_free(t->arena);
	mem_free(t);
}

void
domain_table_print(struct domain_table *t, bool fit)
{
	size_t widths[COLS], room = 0;

	if (t == NULL)
		return;
	measure(t, widths);
	if (fit)
		room = make_fit(t, widths);
	if (t->count > 0)
		put(t, widths, room);
	if (t->failed) {
		t->env->incomplete = true;
		out_error(t->env, "the table is incomplete: %s",
		    mtasts_strerror(MTASTS_ENOMEM));
	}
	domain_table_free(t);
}
