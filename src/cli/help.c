/*
 * help.c - what --help prints, made from the command table
 *
 * The only thing written here by hand is how first words are grouped on the
 * top page; a word that has no row there stands under "More".
 */
#include "cli/help.h"
#include "cli/cmd_parse.h"
#include "cli/out.h"

#define NAME_COLUMNS 28

/* What stands on the top page for a first word. */
struct group {
	const char *word;
	const char *heading;
	const char *summary; /* null: that of the one command of this name */
};

/* Rows of one heading stand together, in the order of the page. */
static const struct group groups[] = {
	{ "check", "Check", NULL },
	{ "scan", "Check", NULL },
	{ "lint", "Check", "what is wrong with a policy or a TXT record" },
	{ "match", "Check", NULL },
	{ "query", "Send", NULL },
	{ "cache", "Send", "the policies that mtasts-resolver remembers" },
	{ "doctor", "Send", "is the local MTA set up to ask mtasts-resolver?" },
	{ "domain", "Publish", "the domains whose policies you host" },
	{ "defaults", "Publish", "what holds where a domain says nothing" },
	{ "publish", "Publish", NULL },
	{ "rollout", "Publish", "from testing to enforce, step by step" },
	{ "dns", "Publish", "the records to publish: print, compare, write" },
	{ "cert", "Publish", "certificates of the policy hosts" },
	{ "proxy", "Publish", NULL },
	{ "status", "Run", NULL },
	{ "conf", "Run", "the configuration of the daemons" },
};
#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

struct str
help_head(const struct cmd *cmd)
{
	struct str head;

	str_cut(str_of(cmd->name), ' ', &head, NULL);
	return head;
}

/* heading - a title, bold on a terminal */
static void
heading(struct cmd_env *env, FILE *f, const char *text)
{
	if (f == env->out)
		out_color(env, OUT_BOLD);
	fputs(text, f);
	if (f == env->out)
		out_color(env, OUT_PLAIN);
	fputc('\n', f);
}

/* text_column - go to the column of texts, on the next line when past it */
static void
text_column(FILE *f, size_t columns)
{
	if (columns + 2 > NAME_COLUMNS) {
		fputc('\n', f);
		columns = 0;
	}
	fprintf(f, "%*s", (int)(NAME_COLUMNS - columns), "");
}

/* put_str - print a span; its columns */
static size_t
put_str(FILE *f, struct str s)
{
	fwrite(s.p, 1, s.len, f);
	return s.len;
}

/* first_of - is this the first row of the table with its first word? */
static bool
first_of(const struct cmd_env *env, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (str_eq(help_head(env->commands[j]),
			help_head(env->commands[i])))
			return false;
	return !cmd_hidden(env->commands[i]);
}

/*
 * put_tails - " add|set|show": the second words of a first one; columns
 *
 * " [diff|push]" where it means something alone.
 */
static size_t
put_tails(const struct cmd_env *env, FILE *f, struct str word)
{
	struct str head, tail;
	size_t i, columns = 0;
	bool alone = false;

	for (i = 0; env->commands[i] != NULL; i++)
		alone |= str_eq(str_of(env->commands[i]->name), word);
	for (i = 0; env->commands[i] != NULL; i++) {
		if (!str_cut(str_of(env->commands[i]->name), ' ', &head, &tail))
			continue;
		if (!str_eq(head, word))
			continue;
		fputs(columns > 0 ? "|" : alone ? " [" : " ", f);
		columns += (columns == 0 && alone ? 2 : 1) + put_str(f, tail);
	}
	if (columns > 0 && alone)
		columns += put_str(f, STR("]"));
	return columns;
}

/* group_of - the row of a first word, or null */
static const struct group *
group_of(struct str word)
{
	size_t i;

	for (i = 0; i < GROUP_COUNT; i++)
		if (str_eq(word, str_of(groups[i].word)))
			return &groups[i];
	return NULL;
}

/* put_words - the line of one first word on the top page */
static void
put_words(struct cmd_env *env, FILE *f, size_t i)
{
	struct str word = help_head(env->commands[i]);
	const struct group *group = group_of(word);
	const char *summary = env->commands[i]->summary;
	size_t columns;

	if (group != NULL && group->summary != NULL)
		summary = group->summary;
	fputs("  ", f);
	columns = 2 + put_str(f, word);
	columns += put_tails(env, f, word);
	text_column(f, columns);
	fprintf(f, "%s\n", summary);
}

/* put_heading - a title and its words; null: words that have no row */
static void
put_heading(struct cmd_env *env, FILE *f, const char *title)
{
	const struct group *group;
	bool begun = false;
	size_t i;

	for (i = 0; env->commands[i] != NULL; i++) {
		group = group_of(help_head(env->commands[i]));
		if (!first_of(env, i) || (group == NULL) != (title == NULL))
			continue;
		if (title != NULL && strcmp(group->heading, title) != 0)
			continue;
		if (!begun)
			heading(env, f, title != NULL ? title : "More");
		begun = true;
		put_words(env, f, i);
	}
}

/* put_options - a list of options */
static void
put_options(struct cmd_env *env, FILE *f, const struct cmd_opt *opts)
{
	size_t i, columns;

	for (i = 0; opts != NULL && opts[i].name != NULL; i++) {
		fputs("  --", f);
		columns = 4 + put_str(f, str_of(opts[i].name));
		if (opts[i].arg != NULL) {
			fputc(' ', f);
			columns += 1 + put_str(f, str_of(opts[i].arg));
		}
		text_column(f, columns);
		fprintf(f, "%s\n", opts[i].help);
	}
}

void
help_top(struct cmd_env *env, FILE *f)
{
	size_t i;

	fputs("usage: mtasts COMMAND [WORD...] [--OPTION...]\n", f);
	for (i = 0; i < GROUP_COUNT; i++)
		if (i == 0 ||
		    strcmp(groups[i].heading, groups[i - 1].heading) != 0)
			put_heading(env, f, groups[i].heading);
	put_heading(env, f, NULL);
	heading(env, f, "Options of all commands");
	put_options(env, f, cmd_globals);
	fputs("'mtasts help COMMAND' says more about one. Example:\n"
	      "  mtasts domain add example.org --mx mail.example.org "
	      "--mode testing\n",
	    f);
}

void
help_group(struct cmd_env *env, FILE *f, const char *word)
{
	struct str head, tail;
	size_t i, columns;

	fprintf(f, "usage: mtasts %s COMMAND [WORD...] [--OPTION...]\n", word);
	for (i = 0; env->commands[i] != NULL; i++) {
		if (!str_cut(str_of(env->commands[i]->name), ' ', &head, &tail))
			continue;
		if (!str_eq(head, str_of(word)))
			continue;
		fputs("  ", f);
		columns = 2 + put_str(f, tail);
		if (env->commands[i]->usage[0] != '\0') {
			fputc(' ', f);
			columns +=
			    1 + put_str(f, str_of(env->commands[i]->usage));
		}
		text_column(f, columns);
		fprintf(f, "%s\n", env->commands[i]->summary);
	}
	fprintf(f, "'mtasts help %s COMMAND' says more about one.\n", word);
}

void
help_usage(struct cmd_env *env, FILE *f, const struct cmd *cmd)
{
	fprintf(f, "usage: mtasts %s%s%s [--OPTION...]\n", cmd->name,
	    cmd->usage[0] != '\0' ? " " : "", cmd->usage);
}

/* put_paragraphs - the long text of a command */
static void
put_paragraphs(struct cmd_env *env, FILE *f, const char *text)
{
	struct str rest = str_of(text), line, part = STR("");

	while (str_line(&rest, &line, NULL)) {
		if (line.len > 0 && !ascii_wsp(line.p[0])) {
			/* Lines of one paragraph stand behind each other. */
			if (part.len == 0)
				part = line;
			part.len = (size_t)(line.p + line.len - part.p);
			if (rest.len > 0)
				continue;
		}
		if (part.len > 0)
			out_wrap_str(env, f, 0, part);
		part.len = 0;
		if (line.len == 0 || ascii_wsp(line.p[0]))
			fprintf(f, "%" STR_FMT "\n", STR_ARG(line));
	}
}

/* put_settings - the keys that takes_settings allows */
static void
put_settings(struct cmd_env *env, FILE *f)
{
	size_t i;

	fputs("KEY is one of", f);
	for (i = 0; cmd_settings_option(i) != NULL; i++)
		fprintf(f, "%s %s", i > 0 ? "," : "", cmd_settings_option(i));
	fputs(".\nKEY=VALUE may also be written --KEY VALUE.\n", f);
}

void
help_command(struct cmd_env *env, FILE *f, const struct cmd *cmd)
{
	fprintf(f, "mtasts %s - %s\n\n", cmd->name, cmd->summary);
	help_usage(env, f, cmd);
	if (cmd->help != NULL) {
		fputc('\n', f);
		put_paragraphs(env, f, cmd->help);
	}
	if (cmd->takes_settings) {
		fputc('\n', f);
		put_settings(env, f);
	}
	if (cmd->opts != NULL && cmd->opts[0].name != NULL) {
		fputc('\n', f);
		heading(env, f, "Options");
		put_options(env, f, cmd->opts);
	}
	fputc('\n', f);
	heading(env, f, "Options of all commands");
	put_options(env, f, cmd_globals);
}
