/*
 * cmd_parse.c - from argv to a command and its options and words
 *
 * Knows the table's rows but runs nothing. Every fault is told with the
 * nearest thing that exists.
 */
#include "cli/cmd_parse.h"
#include "base/nearest.h"
#include "cli/out.h"
#include "core/settings.h"

const struct cmd_opt cmd_globals[] = {
	{ "config", "FILE", "read this instead of /etc/mtasts/mtasts.yaml" },
	{ "store", "URL", "where the registry is, else as configured" },
	{ "json", NULL, "print facts as JSON" },
	{ "help", NULL, "say how this is used" },
	{ NULL, NULL, NULL },
};

/* Where we are in argv. */
struct scan {
	struct cmd_env *env;
	struct arena *arena;
	struct cmd_line *line;
	char **argv;
	int argc;
	int at;
	bool words_only; /* "--" was seen */
};

/* An argument that is an option. */
struct scan_opt {
	struct str name;
	const char *value; /* behind "=", or null */
};

bool
cmd_hidden(const struct cmd *cmd)
{
	return strncmp(cmd->name, "__", 2) == 0;
}

/* name_is - is the command's name made of these one or two words? */
static bool
name_is(const struct cmd *cmd, const char *first, const char *second)
{
	struct str name = str_of(cmd->name), head, tail;

	if (!str_cut(name, ' ', &head, &tail))
		return second == NULL && str_eq(name, str_of(first));
	return second != NULL && str_eq(head, str_of(first)) &&
	    str_eq(tail, str_of(second));
}

const struct cmd *
cmd_find(const struct cmd *const *commands, const char *first,
    const char *second, size_t *used)
{
	size_t i, words;

	if (first == NULL)
		return NULL;
	for (words = second != NULL ? 2 : 1; words > 0; words--) {
		for (i = 0; commands[i] != NULL; i++) {
			if (!name_is(
				commands[i], first, words == 2 ? second : NULL))
				continue;
			*used = words;
			return commands[i];
		}
	}
	return NULL;
}

bool
cmd_is_group(const struct cmd *const *commands, const char *word)
{
	struct str head, tail;
	size_t i;

	for (i = 0; commands[i] != NULL; i++)
		if (str_cut(str_of(commands[i]->name), ' ', &head, &tail) &&
		    str_eq(head, str_of(word)))
			return true;
	return false;
}

const char *
cmd_settings_option(size_t i)
{
	return i < SETTINGS_COUNT ? settings_key_name((enum settings_key)i)
				  : NULL;
}

/* scan_option - is the argument an option, and which? */
static bool
scan_option(const struct scan *s, const char *arg, struct scan_opt *out)
{
	struct str text = str_of(arg), value;

	if (s->words_only || text.len < 2 || arg[0] != '-')
		return false;
	if (strcmp(arg, "-h") == 0)
		text = STR("--help");
	if (!str_starts(text, STR("--"))) {
		/* "-x": reported under its own text. */
		*out = (struct scan_opt){ text, NULL };
		return true;
	}
	out->value = NULL;
	if (str_cut(str_sub(text, 2, text.len), '=', &out->name, &value))
		out->value = value.p;
	return true;
}

/* opt_find - the index of an option in a list; false when it is not there */
static bool
opt_find(const struct cmd_opt *opts, struct str name, size_t *index)
{
	size_t i;

	for (i = 0; opts != NULL && opts[i].name != NULL; i++) {
		if (str_eq(str_of(opts[i].name), name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

/* take_value - the value of an option: behind "=", else the next argument */
static enum cmd_status
take_value(
    struct scan *s, const struct scan_opt *o, const char *arg, const char **out)
{
	if (arg == NULL) {
		if (o->value != NULL) {
			out_error(s->env, "--%" STR_FMT " takes no value",
			    STR_ARG(o->name));
			return CMD_USAGE;
		}
		*out = "";
		return CMD_FINE;
	}
	if (o->value != NULL) {
		*out = o->value;
		return CMD_FINE;
	}
	if (s->at + 1 >= s->argc) {
		out_error(s->env,
		    "--%" STR_FMT " needs a value: --%" STR_FMT " %s",
		    STR_ARG(o->name), STR_ARG(o->name), arg);
		return CMD_USAGE;
	}
	*out = s->argv[++s->at];
	return CMD_FINE;
}

/* take_global - one of the options of all commands; *known tells if it was */
static enum cmd_status
take_global(struct scan *s, const struct scan_opt *o, bool *known)
{
	const char *value = NULL;
	enum cmd_status status;
	size_t i;

	*known = opt_find(cmd_globals, o->name, &i);
	if (!*known && str_eq(o->name, STR("version")) &&
	    s->line->name[0] == NULL) {
		*known = true;
		s->line->version = true;
		return CMD_FINE;
	}
	if (!*known)
		return CMD_FINE;
	status = take_value(s, o, cmd_globals[i].arg, &value);
	if (status != CMD_FINE)
		return status;
	if (str_eq(o->name, STR("config")))
		s->env->config = value;
	else if (str_eq(o->name, STR("store")))
		s->env->store = value;
	else if (str_eq(o->name, STR("json")))
		s->env->json = true;
	else
		s->line->help = true;
	return CMD_FINE;
}

/* add_word - one more word of the command */
static void
add_word(struct scan *s, char *word)
{
	s->line->args.words[s->line->args.word_count++] = word;
}

/* take_setting - "--mode testing" becomes the word "mode=testing" */
static enum cmd_status
take_setting(struct scan *s, const struct scan_opt *o, bool *known)
{
	const char *value;
	enum settings_key key;
	enum cmd_status status;
	char *word;

	*known =
	    s->line->cmd->takes_settings && settings_key_find(o->name, &key);
	if (!*known)
		return CMD_FINE;
	status = take_value(s, o, "VALUE", &value);
	if (status != CMD_FINE)
		return status;
	word = arena_printf(s->arena, "%s=%s", settings_key_name(key), value);
	if (word == NULL) {
		out_error(s->env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	add_word(s, word);
	return CMD_FINE;
}

/* unknown_option - say so, with the nearest option there is */
static enum cmd_status
unknown_option(struct scan *s, const struct scan_opt *o)
{
	const struct cmd *cmd = s->line->cmd;
	struct nearest near;
	size_t i;

	nearest_begin(&near, o->name);
	for (i = 0; cmd_globals[i].name != NULL; i++)
		nearest_try(&near, cmd_globals[i].name);
	for (i = 0;
	     cmd != NULL && cmd->opts != NULL && cmd->opts[i].name != NULL; i++)
		nearest_try(&near, cmd->opts[i].name);
	for (i = 0; cmd != NULL && cmd->takes_settings &&
	     cmd_settings_option(i) != NULL;
	     i++)
		nearest_try(&near, cmd_settings_option(i));
	if (cmd == NULL && near.name == NULL)
		out_error(s->env,
		    "unknown option %s%" STR_FMT "; options of a command "
		    "stand behind its name",
		    str_starts(o->name, STR("-")) ? "" : "--",
		    STR_ARG(o->name));
	else
		out_error(s->env, "%s%sunknown option %s%" STR_FMT "%s%s%s",
		    cmd != NULL ? cmd->name : "", cmd != NULL ? ": " : "",
		    str_starts(o->name, STR("-")) ? "" : "--", STR_ARG(o->name),
		    near.name != NULL ? "; did you mean --" : "",
		    near.name != NULL ? near.name : "",
		    near.name != NULL ? "?" : "");
	return CMD_USAGE;
}

/* take_option - one option, of all commands or of this one */
static enum cmd_status
take_option(struct scan *s, const struct scan_opt *o)
{
	struct cmd_args *args = &s->line->args;
	enum cmd_status status;
	bool known;
	size_t i;

	/* A command's own option comes first: it may reuse a name. */
	if (opt_find(args->opts, o->name, &i)) {
		if (args->values[i] != NULL) {
			out_error(s->env, "%s: --%s is given twice",
			    s->line->cmd->name, args->opts[i].name);
			return CMD_USAGE;
		}
		return take_value(s, o, args->opts[i].arg, &args->values[i]);
	}
	status = take_global(s, o, &known);
	if (status != CMD_FINE || known)
		return status;
	if (s->line->cmd != NULL) {
		status = take_setting(s, o, &known);
		if (status != CMD_FINE || known)
			return status;
	}
	return unknown_option(s, o);
}

/* scan_name - the words that name the command, and options before them */
static enum cmd_status
scan_name(struct scan *s, const struct cmd *const *commands)
{
	struct cmd_line *line = s->line;
	enum cmd_status status;
	struct scan_opt o;
	size_t used = 0;

	for (; s->at < s->argc; s->at++) {
		if (line->name[0] == NULL && strcmp(s->argv[s->at], "--") == 0)
			continue;
		if (scan_option(s, s->argv[s->at], &o)) {
			/* Behind a name of one word its own options begin. */
			if (line->name[0] != NULL &&
			    cmd_find(commands, line->name[0], NULL, &used))
				break;
			status = take_option(s, &o);
			if (status != CMD_FINE)
				return status;
			continue;
		}
		if (line->name[0] != NULL) {
			line->name[1] = s->argv[s->at];
			break;
		}
		line->name[0] = s->argv[s->at];
	}
	line->cmd = cmd_find(commands, line->name[0], line->name[1], &used);
	if (line->cmd != NULL && used == 2)
		s->at++;
	return CMD_FINE;
}

/* scan_rest - the command's options and words */
static enum cmd_status
scan_rest(struct scan *s)
{
	enum cmd_status status;
	struct scan_opt o;
	char *arg;

	for (; s->at < s->argc; s->at++) {
		arg = s->argv[s->at];
		if (!s->words_only && strcmp(arg, "--") == 0) {
			s->words_only = true;
			continue;
		}
		if (!scan_option(s, arg, &o)) {
			add_word(s, arg);
			continue;
		}
		status = take_option(s, &o);
		if (status != CMD_FINE)
			return status;
	}
	return CMD_FINE;
}

enum cmd_status
cmd_parse(struct cmd_env *env, struct arena *arena, int argc, char **argv,
    struct cmd_line *line)
{
	struct scan s = { env, arena, line, argv, argc, 1, false };
	enum cmd_status status;

	*line = (struct cmd_line){ 0 };
	line->args.words =
	    arena_zalloc(arena, (size_t)argc + 1, sizeof(char *));
	if (line->args.words == NULL) {
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	status = scan_name(&s, env->commands);
	if (status != CMD_FINE || line->cmd == NULL)
		return status;
	line->args.opts = line->cmd->opts;
	return scan_rest(&s);
}
