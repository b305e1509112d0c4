/*
 * cmd_main.c - from argv to an exit status
 *
 * Finds the command and runs it, prints help, explains wrong usage, notices
 * output that could not be written. Knows no command but those about the
 * table itself.
 */
#include "cli/cmd.h"
#include "base/nearest.h"
#include "cli/cmd_parse.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/out.h"
#include "io/conf.h"
#include "io/loop.h"
#include "io/stdfd.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ARGS_MAX (16u << 20) /* bytes that parsing may take */

/* swapped - a command of two words when only the second came first */
static const char *
swapped(const struct cmd_env *env, const char *first, const char *second)
{
	const char *found = NULL;
	struct str head, tail;
	size_t i;

	/* "mtasts add x" and "mtasts add domain x" mean "domain add". */
	for (i = 0; env->commands[i] != NULL; i++) {
		if (!str_cut(
			str_of(env->commands[i]->name), ' ', &head, &tail) ||
		    !str_eq(tail, str_of(first)))
			continue;
		if (found == NULL ||
		    (second != NULL && str_eq(head, str_of(second))))
			found = env->commands[i]->name;
	}
	return found;
}

/* suggest - offer the names of all commands, and their first words alone */
static void
suggest(const struct cmd_env *env, struct arena *arena, struct nearest *near)
{
	const struct cmd *cmd;
	char *head;
	size_t i;

	for (i = 0; env->commands[i] != NULL; i++) {
		cmd = env->commands[i];
		if (cmd_hidden(cmd))
			continue;
		nearest_try(near, cmd->name);
		head = arena_dup(arena, help_head(cmd));
		if (head != NULL)
			nearest_try(near, head);
	}
}

/* guess - the command that an unknown name may have meant, or null */
static const char *
guess(const struct cmd_env *env, struct arena *arena, const char *first,
    const char *second)
{
	const char *found = swapped(env, first, second), *both;
	struct nearest near;

	if (found != NULL)
		return found;
	if (second != NULL) {
		both = arena_printf(arena, "%s %s", first, second);
		nearest_begin(&near, str_of(both));
		suggest(env, arena, &near);
		if (near.name != NULL)
			return near.name;
	}
	/* The second word may already be what to work on. */
	nearest_begin(&near, str_of(first));
	suggest(env, arena, &near);
	return near.name;
}

/* unknown_command - say so, with the nearest command there is */
static enum cmd_status
unknown_command(struct cmd_env *env, const struct cmd_line *line)
{
	const char *first = line->name[0], *second = line->name[1], *found;
	bool group = cmd_is_group(env->commands, first);
	struct arena *arena = arena_new(65536);

	if (group && second == NULL) {
		help_group(env, env->err, first);
	} else if (arena != NULL) {
		found = guess(env, arena, first, second);
		out_error(env, "unknown command '%s%s%s'%s%s%s", first,
		    group ? " " : "", group ? second : "",
		    found != NULL ? "; did you mean 'mtasts " : "",
		    found != NULL ? found : "; 'mtasts help' lists them",
		    found != NULL ? "'?" : "");
	}
	arena_free(arena);
	return CMD_USAGE;
}

/* check_words - does the number of words fit? */
static enum cmd_status
check_words(struct cmd_env *env, const struct cmd_line *line)
{
	const struct cmd *cmd = line->cmd;
	size_t count = line->args.word_count;

	if (count < cmd->words_min)
		out_error(env, "%s: %s", cmd->name,
		    count == 0 ? "what to work on is missing"
			       : "a word is missing");
	else if (count > cmd->words_max)
		out_error(env, "%s: '%s' is one word too many", cmd->name,
		    line->args.words[cmd->words_max]);
	else
		return CMD_FINE;
	help_usage(env, env->err, cmd);
	return CMD_USAGE;
}

/* help_for - the help of what the words name, as far as they name anything */
static enum cmd_status
help_for(struct cmd_env *env, const char *first, const char *second)
{
	struct cmd_line line = { .name = { first, second } };
	const struct cmd *cmd;
	size_t used;

	cmd = cmd_find(env->commands, first, second, &used);
	if (first == NULL)
		help_top(env, env->out);
	else if (cmd != NULL)
		help_command(env, env->out, cmd);
	else if (cmd_is_group(env->commands, first) && second == NULL)
		help_group(env, env->out, first);
	else
		return unknown_command(env, &line);
	return CMD_FINE;
}

/* run_builtin - commands about the table itself; false: it is none of them */
static bool
run_builtin(struct cmd_env *env, int argc, char **argv, enum cmd_status *status)
{
	if (argc < 2)
		return false;
	if (strcmp(argv[1], "help") == 0 && argc <= 4) {
		if (argc > 2 && strcmp(argv[2], "--help") == 0)
			argc = 2;
		*status = help_for(
		    env, argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
	} else if (strcmp(argv[1], "__complete") == 0) {
		*status = complete_script(env, argc > 2 ? argv[2] : "");
	} else if (strcmp(argv[1], "__man") == 0) {
		*status = manual_page(env);
	} else {
		return false;
	}
	return true;
}

/* run_line - what a parsed line asks for */
static enum cmd_status
run_line(struct cmd_env *env, const struct cmd_line *line)
{
	enum cmd_status status;

	if (line->version) {
		fputs("mtasts " MTASTS_VERSION "\n", env->out);
		return CMD_FINE;
	}
	if (line->help && line->cmd != NULL) {
		help_command(env, env->out, line->cmd);
		return CMD_FINE;
	}
	if (line->help)
		return help_for(env, line->name[0], line->name[1]);
	if (line->name[0] == NULL) {
		help_top(env, env->err);
		return CMD_USAGE;
	}
	/* Behind an option it is not the first word: see run_builtin(). */
	if (line->cmd == NULL && strcmp(line->name[0], "help") == 0)
		return help_for(env, line->name[1], NULL);
	if (line->cmd == NULL)
		return unknown_command(env, line);
	status = check_words(env, line);
	return status == CMD_FINE ? line->cmd->run(env, &line->args) : status;
}

enum cmd_status
cmd_run(struct cmd_env *env, const struct cmd *const *commands, int argc,
    char **argv)
{
	struct arena *arena = arena_new(ARGS_MAX);
	enum cmd_status status, written;
	struct cmd_line line;

	env->commands = commands;
	if (arena == NULL) {
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	if (!run_builtin(env, argc, argv, &status)) {
		status = cmd_parse(env, arena, argc, argv, &line);
		if (status == CMD_FINE)
			status = run_line(env, &line);
	}
	arena_free(arena);
	written = out_finish(env);
	return written != CMD_FINE ? written : status;
}

/* shows_colors - is it a terminal whose user did not refuse colours? */
static bool
shows_colors(int fd)
{
	const char *refused = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && (refused == NULL || refused[0] == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

/* terminal_width - columns of a terminal; 80 when it is none */
static unsigned
terminal_width(int fd)
{
	struct winsize size = { 0 };

	if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col >= 40)
		return size.ws_col;
	return 80;
}

int
cmd_main(const struct cmd *const *commands, int argc, char **argv)
{
	struct cmd_env env = { .in = stdin, .out = stdout, .err = stderr };
	enum cmd_status status;

	if (!stdfd_hold())
		return CMD_UNKNOWN;
	signal(SIGPIPE, SIG_IGN);
	env.color = shows_colors(STDOUT_FILENO);
	env.color_err = shows_colors(STDERR_FILENO);
	env.width = terminal_width(STDOUT_FILENO);
	env.now_at = loop_time_s();
	status = cmd_run(&env, commands, argc, argv);
	conf_free(env.conf);
	return (int)status;
}
