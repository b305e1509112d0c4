/*
 * cmd_domain_file.c - domain import, domain export
 */
#include "cli/commands.h"

#include "cli/domain_print.h"
#include "cli/out.h"
#include "cli/registry_cli.h"

#include <errno.h>

#define READ_LEN 65536

static const struct cmd_opt opts_import[] = {
	{ "prune", NULL, "remove the domains that the file lacks" },
	{ "force", NULL, "do it although it could not be checked" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	{ NULL, NULL, NULL },
};

/* file_name - what messages call the file */
static const char *
file_name(const struct cmd_args *args)
{
	return strcmp(args->words[0], "-") == 0 ? "standard input"
						: args->words[0];
}

/* read_all - a stream's bytes; a message when that fails */
static bool
read_all(struct cmd_env *env, FILE *f, const char *name, struct buf *b)
{
	char *chunk = mem_alloc(READ_LEN);
	size_t n;

	while (chunk != NULL && (n = fread(chunk, 1, READ_LEN, f)) > 0)
		buf_put(b, chunk, n);
	mem_free(chunk);
	if (chunk == NULL || buf_error(b) == MTASTS_ENOMEM)
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
	else if (buf_error(b) != MTASTS_OK)
		out_error(env, "%s is larger than %u MiB; import it in parts",
		    name, EXPORT_MAX >> 20);
	else if (ferror(f))
		out_error(env, "cannot read %s: %s", name, strerror(errno));
	else
		return true;
	return false;
}

/* read_file - the bytes of a named file or of standard input */
static bool
read_file(struct cmd_env *env, const char *name, struct buf *b)
{
	bool ok;
	FILE *f;

	if (strcmp(name, "-") == 0)
		return read_all(env, env->in, "standard input", b);
	f = fopen(name, "re");
	if (f == NULL) {
		out_error(env, "cannot open %s: %s", name, strerror(errno));
		return false;
	}
	ok = read_all(env, f, name, b);
	fclose(f);
	return ok;
}

/* import_text - read the file's text and do the job */
static enum cmd_status
import_text(
    struct registry_cli *c, const struct cmd_args *args, struct str text)
{
	const char *name = file_name(args);
	struct domain_import import = { .name = name,
		.prune = cmd_flag(args, "prune") };
	struct export_file *file = NULL;
	struct domain_result result;
	enum cmd_status status;
	enum mtasts_err err;

	c->job.force = cmd_flag(args, "force");
	c->job.dry_run = cmd_flag(args, "dry-run");
	err = export_parse_some(text, name, &file, c->diags);
	import.file = file;
	if (!err)
		err = domain_import(&c->job, &import, &result);
	status = registry_cli_done(c, err, err ? NULL : &result);
	if (err && !c->env->json && err != MTASTS_ESTORE)
		out_error(c->env,
		    "%s was refused as a whole; nothing was "
		    "changed",
		    name);
	if (!err && !c->env->json) {
		domain_print_counts(c->env, &result);
		domain_print_records(c->env, &result);
		domain_print_delegates(c->env, &result);
		if (c->job.dry_run)
			fputs("Dry run: nothing was changed.\n", c->env->out);
	}
	export_free(file);
	/* The words were right, the file was not. */
	return status == CMD_USAGE ? CMD_PROBLEM : status;
}

/* run_import - "mtasts domain import" */
static enum cmd_status
run_import(struct cmd_env *env, const struct cmd_args *args)
{
	struct registry_cli c = { .env = env };
	enum cmd_status status = CMD_UNKNOWN;
	struct buf text;

	buf_init(&text, EXPORT_MAX);
	/* Before root's rights are gone: the files may be root's alone. */
	if (cmd_conf(env) != NULL && read_file(env, args->words[0], &text))
		status = registry_cli_open(&c, env, REGISTRY_WRITE);
	if (status == CMD_FINE)
		status = import_text(&c, args, buf_str(&text));
	registry_cli_close(&c);
	buf_free(&text);
	return status;
}

/* run_export - "mtasts domain export" */
static enum cmd_status
run_export(struct cmd_env *env, const struct cmd_args *args)
{
	struct registry_cli c = { .env = env };
	struct export_file *file = NULL;
	enum mtasts_err err;
	enum cmd_status status;
	struct buf b;

	buf_init(&b, EXPORT_MAX);
	status = registry_cli_open(&c, env, REGISTRY_READ);
	if (status != CMD_FINE)
		goto out;
	err = domain_export(&c.job, &file);
	if (err != MTASTS_OK) {
		status = registry_cli_done(&c, err, NULL);
		goto out;
	}
	export_format(file, &b);
	status = out_buf(env, &b);
out:
	export_free(file);
	buf_free(&b);
	registry_cli_close(&c);
	return status;
}

const struct cmd cmd_domain_import = {
	.name = "domain import",
	.usage = "FILE|-",
	.summary = "add and change domains from a file",
	.help =
	    "FILE is what \"mtasts domain export\" wrote, or a plain list "
	    "of names, one a line, # beginning a comment. A list adds the "
	    "names that are missing; an export also sets their settings and "
	    "brings their ids, policies and history. Doing it twice changes "
	    "nothing more. One bad entry refuses the whole file, after all "
	    "faults were told. --prune removes what the file lacks, as "
	    "\"mtasts domain remove\" does: through mode none; a file "
	    "without any domain prunes only with --force.",
	.opts = opts_import,
	.words_min = 1,
	.words_max = 1,
	.run = run_import,
};

const struct cmd cmd_domain_export = {
	.name = "domain export",
	.usage = "",
	.summary = "write the registry as JSON, for a backup or a move",
	.help = "Defaults, domains, aliases, and every policy ever served with "
		"its id. Imported into an empty registry it gives the same.",
	.words_min = 0,
	.words_max = 0,
	.run = run_export,
};
