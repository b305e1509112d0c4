/*
 * manual.c - the generated parts of the manual pages, in mdoc
 *
 * Turns rows of the command table and of the configuration's table into mdoc,
 * so that a page cannot say what the program does not do. All other lines of a
 * page are copied.
 */
#include "cli/manual.h"
#include "cli/cmd_parse.h"
#include "cli/out.h"
#include "io/conf.h"
#include "io/conf_push.h"
#include "io/conf_table.h"

#define PAGE_MAX (1u << 20) /* bytes of a page */

/* What a line between "@" asks for. */
struct directive {
	const char *name;
	/* False when the argument names nothing. */
	bool (*put)(struct cmd_env *env, struct buf *b, struct str arg);
};

/* put_text - words of a text line, escaped for roff */
static void
put_text(struct buf *b, struct str s)
{
	size_t i;

	if (s.len > 0 && (s.p[0] == '.' || s.p[0] == '\''))
		buf_puts(b, "\\&");
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			buf_puts(b, "\\e");
		else if (s.p[i] == '"')
			buf_puts(b, "\\(dq");
		else
			buf_putc(b, s.p[i]);
	}
}

/* put_capital - the same with a capital first letter */
static void
put_capital(struct buf *b, const char *text)
{
	char first = text[0];

	if (ascii_lower(first) == first && first >= 'a' && first <= 'z') {
		buf_putc(b, (char)(first - 'a' + 'A'));
		text++;
	}
	put_text(b, str_of(text));
}

/* put_sentence - a line of text that ends with a full stop */
static void
put_sentence(struct buf *b, const char *text)
{
	put_text(b, str_of(text));
	buf_puts(b, ".\n");
}

/* put_sentences - a text whose sentences get a line each, as mdoc wants it */
static void
put_sentences(struct buf *b, struct str rest)
{
	size_t end;

	while (rest.len > 0) {
		end = str_find(rest, STR(". "));
		put_text(b, str_sub(rest, 0, end + 1));
		buf_putc(b, '\n');
		rest = str_sub(rest, end + 2, rest.len);
	}
}

/* code_line - without the two blanks that mark it; deeper ones stay */
static struct str
code_line(struct str line)
{
	return str_starts(line, STR("  ")) ? str_sub(line, 2, line.len) : line;
}

/* put_paragraphs - the long text of a command; lines after a blank as code */
static void
put_paragraphs(struct buf *b, const char *text)
{
	struct str rest = str_of(text), line;
	struct buf part;
	bool code = false, is_code, first = true;

	buf_init(&part, PAGE_MAX);
	while (rest.len > 0 && str_line(&rest, &line, NULL)) {
		is_code = line.len > 0 && ascii_wsp(line.p[0]);
		if (line.len > 0 && !is_code) {
			buf_puts(&part, part.len > 0 ? " " : "");
			buf_put_str(&part, line);
			if (rest.len > 0)
				continue;
		}
		if (code && !is_code)
			buf_puts(b, ".Ed\n");
		if (part.len > 0) {
			buf_puts(b, first ? "" : ".Pp\n");
			put_sentences(b, buf_str(&part));
			buf_clear(&part);
			first = false;
		}
		if (is_code && !code)
			buf_puts(b, ".Bd -literal -offset indent\n");
		if (is_code) {
			put_text(b, code_line(line));
			buf_putc(b, '\n');
		}
		code = is_code;
	}
	if (code)
		buf_puts(b, ".Ed\n");
	if (buf_error(&part) != MTASTS_OK)
		b->err = buf_error(&part);
	buf_free(&part);
}

/* put_usage - the words of a command in a synopsis */
static void
put_usage(struct buf *b, const struct cmd *cmd)
{
	struct str rest = str_of(cmd->name), word;

	buf_puts(b, ".Nm mtasts");
	while (rest.len > 0) {
		str_cut(rest, ' ', &word, &rest);
		buf_puts(b, " Cm ");
		put_text(b, word);
	}
	buf_putc(b, '\n');
	for (rest = str_of(cmd->usage); rest.len > 0;) {
		str_cut(rest, ' ', &word, &rest);
		buf_puts(b, ".Ar ");
		put_text(b, word);
		buf_putc(b, '\n');
	}
	if (cmd->opts != NULL && cmd->opts[0].name != NULL)
		buf_puts(b, ".Op Fl -OPTION...\n");
}

/* put_options - a list of options as items */
static void
put_options(struct buf *b, const struct cmd_opt *opts)
{
	size_t i;

	buf_puts(b, ".Bl -tag -width Ds\n");
	for (i = 0; opts[i].name != NULL; i++) {
		buf_putf(b, ".It Fl -%s", opts[i].name);
		if (opts[i].arg != NULL) {
			buf_puts(b, " Ar ");
			put_text(b, str_of(opts[i].arg));
		}
		buf_putc(b, '\n');
		put_sentence(b, opts[i].help);
	}
	buf_puts(b, ".El\n");
}

/* begins - does the command's name begin with these whole words? */
static bool
begins(const struct cmd *cmd, struct str prefix)
{
	struct str name = str_of(cmd->name);

	if (cmd_hidden(cmd) || !str_starts(name, prefix))
		return false;
	return name.len == prefix.len || name.p[prefix.len] == ' ';
}

/* put_synopsis - the usage of all commands with this beginning */
static bool
put_synopsis(struct cmd_env *env, struct buf *b, struct str arg)
{
	bool any = false;
	size_t i;

	for (i = 0; env->commands[i] != NULL; i++) {
		if (!begins(env->commands[i], arg))
			continue;
		put_usage(b, env->commands[i]);
		any = true;
	}
	return any;
}

/* put_command - what one command does, and its options */
static bool
put_command(struct cmd_env *env, struct buf *b, struct str arg)
{
	const struct cmd *cmd = NULL;
	size_t i;

	for (i = 0; env->commands[i] != NULL && cmd == NULL; i++)
		if (str_eq(str_of(env->commands[i]->name), arg))
			cmd = env->commands[i];
	if (cmd == NULL)
		return false;
	/* On a page of its own the summary stands under NAME already. */
	if (strchr(cmd->name, ' ') != NULL || cmd->help == NULL) {
		put_capital(b, cmd->summary);
		buf_puts(b, ".\n");
	}
	if (cmd->help != NULL) {
		if (strchr(cmd->name, ' ') != NULL)
			buf_puts(b, ".Pp\n");
		put_paragraphs(b, cmd->help);
	}
	if (cmd->opts != NULL && cmd->opts[0].name != NULL) {
		buf_puts(b, ".Pp\nOptions:\n");
		put_options(b, cmd->opts);
	}
	return true;
}

/* put_globals - the options of all commands */
static bool
put_globals(struct cmd_env *env, struct buf *b, struct str arg)
{
	put_options(b, cmd_globals);
	return arg.len == 0;
}

/* put_commands - one line on each command */
static bool
put_commands(struct cmd_env *env, struct buf *b, struct str arg)
{
	size_t i;

	buf_puts(b, ".Bl -tag -width Ds\n");
	for (i = 0; env->commands[i] != NULL; i++) {
		if (cmd_hidden(env->commands[i]))
			continue;
		buf_puts(b, ".It Cm ");
		put_text(b, str_of(env->commands[i]->name));
		if (env->commands[i]->usage[0] != '\0') {
			buf_puts(b, " Ar ");
			put_text(b, str_of(env->commands[i]->usage));
		}
		buf_putc(b, '\n');
		put_sentence(b, env->commands[i]->summary);
	}
	buf_puts(b, ".El\n");
	return arg.len == 0;
}

/* put_bounds - type, range and default of an option */
static void
put_bounds(struct buf *b, const void *base, const struct conf_option *row)
{
	struct buf text;

	buf_init(&text, 65536);
	if (row->type == CONF_LIST)
		buf_puts(&text, "A list; each item is ");
	else
		buf_puts(&text, "Wants ");
	conf_type_text(row, &text);
	conf_bounds_text(row, &text);
	buf_puts(&text, ".\n");
	put_text(b, buf_str(&text));
	buf_clear(&text);
	conf_put_value(base, row, &text);
	buf_puts(b, "The default is\n.Ql ");
	put_text(b, buf_str(&text));
	buf_puts(b, " .\n");
	if (buf_error(&text) != MTASTS_OK)
		b->err = buf_error(&text);
	buf_free(&text);
}

/* put_conf - the options of a section of the configuration */
static bool
put_conf(struct cmd_env *env, struct buf *b, struct str arg)
{
	struct conf *conf = conf_new();
	static const struct conf_dest_rule none = { .reply = "", .reason = "" };
	const struct conf_option *row = conf_rows(arg);
	struct conf_push way;
	const void *base =
	    row == conf_dest_options ? (const void *)&none : conf;
	bool any = false;

	if (row == conf_push_options && conf != NULL &&
	    conf_push_preset(&way, conf->arena) == MTASTS_OK)
		base = &way;
	buf_puts(b, ".Bl -tag -width Ds\n");
	for (; conf != NULL && row->section != NULL; row++) {
		if (!str_eq(str_of(row->section), arg))
			continue;
		buf_putf(b, ".It Cm %s\n", row->name);
		put_capital(b, row->help);
		buf_puts(b, ".\n");
		if (row->more != NULL)
			put_sentences(b, str_of(row->more));
		if (!row->live)
			buf_puts(b, "A change needs a restart.\n");
		put_bounds(b, base, row);
		any = true;
	}
	buf_puts(b, ".El\n");
	conf_free(conf);
	return any;
}

/* put_version - the version of the suite */
static bool
put_version(struct cmd_env *env, struct buf *b, struct str arg)
{
	buf_puts(b, ".Os mtasts " MTASTS_VERSION "\n");
	return arg.len == 0;
}

static const struct directive directives[] = {
	{ "COMMANDS", put_commands },
	{ "SYNOPSIS", put_synopsis },
	{ "OPTIONS", put_command },
	{ "GLOBALS", put_globals },
	{ "CONF", put_conf },
	{ "VERSION", put_version },
};

/* put_directive - what stands between two "@"; false when it is none */
static bool
put_directive(struct cmd_env *env, struct buf *b, struct str line)
{
	struct str name, arg;
	size_t i;

	str_cut(str_sub(line, 1, line.len - 2), ' ', &name, &arg);
	for (i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
		if (str_eq(name, str_of(directives[i].name)))
			return directives[i].put(env, b, arg);
	return false;
}

/* put_page - the whole page */
static enum cmd_status
put_page(struct cmd_env *env, struct buf *b, struct str page)
{
	enum cmd_status status = CMD_FINE;
	struct str line;

	while (str_line(&page, &line, NULL)) {
		if (line.len < 3 || line.p[0] != '@' ||
		    line.p[line.len - 1] != '@') {
			buf_put_str(b, line);
			buf_putc(b, '\n');
		} else if (!put_directive(env, b, line)) {
			out_error(
			    env, "%" STR_FMT " names nothing", STR_ARG(line));
			status = CMD_PROBLEM;
		}
	}
	return status;
}

enum cmd_status
manual_page(struct cmd_env *env)
{
	enum cmd_status status = CMD_FINE, written;
	struct buf in, out;
	char chunk[4096];
	size_t n;

	buf_init(&in, PAGE_MAX);
	buf_init(&out, 4 * PAGE_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), env->in)) > 0)
		buf_put(&in, chunk, n);
	if (buf_error(&in) != MTASTS_OK || ferror(env->in)) {
		out_error(env, "cannot read the page");
		status = CMD_UNKNOWN;
	} else {
		status = put_page(env, &out, buf_str(&in));
	}
	written = out_buf(env, &out);
	buf_free(&in);
	buf_free(&out);
	return status != CMD_FINE ? status : written;
}
