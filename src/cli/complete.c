/*
 * complete.c - shell completion scripts, made from the command table
 *
 * Each script finds the first two words that are not options and offers what
 * the table has for them. What a command works on is completed as files when
 * its usage says FILE or FOLDER.
 *
 * BUGS: "--name=value" is completed in bash and fish, not in zsh; the values
 * of settings (mode=...) are not completed.
 */
#include "cli/complete.h"
#include "cli/cmd_parse.h"
#include "cli/help.h"
#include "cli/out.h"

/* put_quoted - a text between single quotes, as all three shells read it */
static void
put_quoted(FILE *f, const char *text)
{
	fputc('\'', f);
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", f);
		else
			fputc(*text, f);
	}
	fputc('\'', f);
}

/* wants_files - does this name of a value or these words stand for paths? */
static bool
wants_files(const char *text)
{
	struct str s = str_of(text);

	return str_find(s, STR("FILE")) < s.len ||
	    str_find(s, STR("FOLDER")) < s.len;
}

/* has_choices - is the value one of fixed words, "a|b"? */
static bool
has_choices(const char *arg)
{
	return strchr(arg, '|') != NULL;
}

/* put_choices - "a|b" as 'a b' */
static void
put_choices(FILE *f, const char *arg)
{
	fputc('\'', f);
	for (; *arg != '\0'; arg++)
		fputc(*arg == '|' ? ' ' : *arg, f);
	fputc('\'', f);
}

/* new_head - is this the first row that is shown with its first word? */
static bool
new_head(const struct cmd_env *env, size_t i)
{
	size_t j;

	if (cmd_hidden(env->commands[i]))
		return false;
	for (j = 0; j < i; j++)
		if (str_eq(help_head(env->commands[j]),
			help_head(env->commands[i])))
			return false;
	return true;
}

/* put_heads - all first words */
static void
put_heads(const struct cmd_env *env, FILE *f)
{
	size_t i;

	for (i = 0; env->commands[i] != NULL; i++)
		if (new_head(env, i))
			fprintf(f, "%" STR_FMT " ",
			    STR_ARG(help_head(env->commands[i])));
	fputs("help", f);
}

/* put_tails - the second words of a first word */
static void
put_tails(const struct cmd_env *env, FILE *f, struct str word)
{
	struct str head, tail;
	size_t i;

	for (i = 0; env->commands[i] != NULL; i++)
		if (str_cut(
			str_of(env->commands[i]->name), ' ', &head, &tail) &&
		    str_eq(head, word))
			fprintf(f, "%" STR_FMT " ", STR_ARG(tail));
}

/* has_tails - are there commands of two words with this first one? */
static bool
has_tails(const struct cmd_env *env, struct str word)
{
	struct str head;
	size_t i;

	for (i = 0; env->commands[i] != NULL; i++)
		if (str_cut(str_of(env->commands[i]->name), ' ', &head, NULL) &&
		    str_eq(head, word))
			return true;
	return false;
}

/* put_names - "--a --b " of a list of options */
static void
put_names(FILE *f, const struct cmd_opt *opts)
{
	size_t i;

	for (i = 0; opts != NULL && opts[i].name != NULL; i++)
		fprintf(f, "--%s ", opts[i].name);
}

/* put_all_names - all options of a command */
static void
put_all_names(FILE *f, const struct cmd *cmd)
{
	size_t i;

	put_names(f, cmd->opts);
	for (i = 0; cmd->takes_settings && cmd_settings_option(i) != NULL; i++)
		fprintf(f, "--%s ", cmd_settings_option(i));
	put_names(f, cmd_globals);
}

/* sh_values - cases of $prev: what the values of options may be */
static void
sh_values(FILE *f, const struct cmd_opt *opts)
{
	size_t i;

	for (i = 0; opts != NULL && opts[i].name != NULL; i++) {
		if (opts[i].arg == NULL)
			continue;
		fprintf(f, "\t\t--%s) offer=", opts[i].name);
		if (has_choices(opts[i].arg))
			put_choices(f, opts[i].arg);
		fputs(wants_files(opts[i].arg) ? " files=yes ;;\n"
					       : " files= ;;\n",
		    f);
	}
}

/* sh_command - the case of one command, the same in bash and zsh */
static void
sh_command(const struct cmd_env *env, FILE *f, const struct cmd *cmd)
{
	bool two = strchr(cmd->name, ' ') != NULL;

	fprintf(f, "\t'%s%s'%s)\n\t\toffer='", cmd->name, two ? "" : " ",
	    two ? "" : "*");
	put_tails(env, f, str_of(cmd->name));
	put_all_names(f, cmd);
	fprintf(f, "' files=%s\n\t\tcase $prev in\n",
	    wants_files(cmd->usage) ? "yes" : "");
	sh_values(f, cmd->opts);
	fputs("\t\tesac ;;\n", f);
}

/* sh_group - the case of a first word alone, and behind "help" */
static void
sh_group(const struct cmd_env *env, FILE *f, struct str word)
{
	fprintf(f, "\t'%" STR_FMT " '|'help %" STR_FMT "') offer='",
	    STR_ARG(word), STR_ARG(word));
	put_tails(env, f, word);
	fputs("--help' ;;\n", f);
}

/* sh_cases - what to offer for "$first $second" */
static void
sh_cases(const struct cmd_env *env, FILE *f)
{
	size_t i, pass;

	fputs("\tcase \"$first $second\" in\n\t' ')\n\t\toffer='", f);
	put_heads(env, f);
	fputc(' ', f);
	put_names(f, cmd_globals);
	fputs("--version' ;;\n\t'help ') offer='", f);
	put_heads(env, f);
	fputs("' ;;\n", f);
	/* Names of two words first: "dns diff" before "dns *". */
	for (pass = 2; pass > 0; pass--)
		for (i = 0; env->commands[i] != NULL; i++)
			if (!cmd_hidden(env->commands[i]) &&
			    (strchr(env->commands[i]->name, ' ') != NULL) ==
				(pass == 2))
				sh_command(env, f, env->commands[i]);
	for (i = 0; env->commands[i] != NULL; i++)
		if (new_head(env, i) &&
		    has_tails(env, help_head(env->commands[i])))
			sh_group(env, f, help_head(env->commands[i]));
	fputs("\tesac\n\tcase $prev in\n", f);
	sh_values(f, cmd_globals);
	fputs("\tesac\n", f);
}

/* put_bash - the script of bash */
static void
put_bash(const struct cmd_env *env, FILE *f)
{
	fputs("# bash completion of mtasts; made from its command table\n"
	      "_mtasts()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} first= second=\n"
	      "\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]} offer= files= i\n"
	      "\tif [[ $cur == = ]]; then cur=; fi\n"
	      "\tif [[ $prev == = ]]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	      "\tfi\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n"
	      "\t\t--config|--store) i=$((i + 1)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) if [[ -z $first ]]; then first=${COMP_WORDS[i]}\n"
	      "\t\t   elif [[ -z $second ]]; then second=${COMP_WORDS[i]}\n"
	      "\t\t   fi ;;\n"
	      "\t\tesac\n"
	      "\tdone\n",
	    f);
	sh_cases(env, f);
	fputs("\tCOMPREPLY=($(compgen -W \"$offer\" -- \"$cur\"))\n"
	      "\tif [[ -n $files && $cur != -* ]]; then\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY \\\n"
	      "\t\t    < <(compgen -f -- \"$cur\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _mtasts mtasts\n",
	    f);
}

/* put_zsh - the script of zsh */
static void
put_zsh(const struct cmd_env *env, FILE *f)
{
	fputs("#compdef mtasts\n"
	      "# zsh completion of mtasts; made from its command table\n"
	      "_mtasts()\n{\n"
	      "\tlocal first= second= prev=${line[CURRENT-1]} offer= files= i\n"
	      "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	      "\t\tcase ${line[i]} in\n"
	      "\t\t--config|--store) i=$((i + 1)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) if [[ -z $first ]]; then first=${line[i]}\n"
	      "\t\t   elif [[ -z $second ]]; then second=${line[i]}\n"
	      "\t\t   fi ;;\n"
	      "\t\tesac\n"
	      "\tdone\n",
	    f);
	sh_cases(env, f);
	fputs("\tcompadd -- ${(z)offer}\n"
	      "\tif [[ -n $files ]]; then _files; fi\n"
	      "}\n"
	      "local -a line\n"
	      "line=(\"${words[@]}\")\n"
	      "_mtasts\n",
	    f);
}

/* fish_options - the lines of a list of options */
static void
fish_options(FILE *f, const char *when, const struct cmd_opt *opts)
{
	size_t i;

	for (i = 0; opts != NULL && opts[i].name != NULL; i++) {
		fputs("complete -c mtasts", f);
		if (when != NULL)
			fprintf(f, " -n '__mtasts_at %s'", when);
		fprintf(f, " -l %s", opts[i].name);
		if (opts[i].arg != NULL && has_choices(opts[i].arg)) {
			fputs(" -x -a ", f);
			put_choices(f, opts[i].arg);
		} else if (opts[i].arg != NULL) {
			fputs(wants_files(opts[i].arg) ? " -r -F" : " -x", f);
		}
		fputs(" -d ", f);
		put_quoted(f, opts[i].help);
		fputc('\n', f);
	}
}

/* fish_command - the lines of one command */
static void
fish_command(const struct cmd_env *env, FILE *f, size_t i)
{
	const struct cmd *cmd = env->commands[i];
	struct str head, tail;
	size_t j;

	if (str_cut(str_of(cmd->name), ' ', &head, &tail))
		fprintf(f,
		    "complete -c mtasts -n '__mtasts_is %" STR_FMT
		    "' -a %" STR_FMT " -d ",
		    STR_ARG(head), STR_ARG(tail));
	else
		fprintf(f, "complete -c mtasts -n '__mtasts_is' -a %s -d ",
		    cmd->name);
	put_quoted(f, cmd->summary);
	fputc('\n', f);
	if (new_head(env, i) && tail.len > 0)
		fprintf(f,
		    "complete -c mtasts -n '__mtasts_is' -a %" STR_FMT "\n",
		    STR_ARG(head));
	fish_options(f, cmd->name, cmd->opts);
	for (j = 0; cmd->takes_settings && cmd_settings_option(j) != NULL; j++)
		fprintf(f, "complete -c mtasts -n '__mtasts_at %s' -l %s -x\n",
		    cmd->name, cmd_settings_option(j));
	if (wants_files(cmd->usage))
		fprintf(f, "complete -c mtasts -n '__mtasts_at %s' -F\n",
		    cmd->name);
}

/* put_fish - the script of fish */
static void
put_fish(const struct cmd_env *env, FILE *f)
{
	size_t i;

	fputs("# fish completion of mtasts; made from its command table\n"
	      "function __mtasts_words\n"
	      "\tset -l skip no\n"
	      "\tfor word in (commandline -opc)[2..-1]\n"
	      "\t\tif test $skip = yes\n"
	      "\t\t\tset skip no\n"
	      "\t\telse if contains -- $word --config --store\n"
	      "\t\t\tset skip yes\n"
	      "\t\telse if not string match -q -- '-*' $word\n"
	      "\t\t\techo $word\n"
	      "\t\tend\n"
	      "\tend\n"
	      "end\n"
	      "function __mtasts_is\n"
	      "\tset -l words (__mtasts_words)\n"
	      "\ttest \"$words\" = \"$argv\"\n"
	      "end\n"
	      "function __mtasts_at\n"
	      "\tset -l words (__mtasts_words)\n"
	      "\tset words $words[1..(count $argv)]\n"
	      "\ttest \"$words\" = \"$argv\"\n"
	      "end\n"
	      "complete -c mtasts -f\n",
	    f);
	fish_options(f, NULL, cmd_globals);
	for (i = 0; env->commands[i] != NULL; i++)
		if (!cmd_hidden(env->commands[i]))
			fish_command(env, f, i);
}

enum cmd_status
complete_script(struct cmd_env *env, const char *shell)
{
	if (strcmp(shell, "bash") == 0) {
		put_bash(env, env->out);
	} else if (strcmp(shell, "zsh") == 0) {
		put_zsh(env, env->out);
	} else if (strcmp(shell, "fish") == 0) {
		put_fish(env, env->out);
	} else {
		out_error(env,
		    "no completion for the shell '%s'; there is "
		    "one for bash, zsh and fish",
		    shell);
		return CMD_USAGE;
	}
	return CMD_FINE;
}
