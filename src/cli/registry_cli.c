/*
 * registry_cli.c - what the commands on the registry share
 *
 * Opening it with the right rights, reading KEY=VALUE words, and turning the
 * end of a job into words and an exit status. Knows no job.
 */
#include "cli/registry_cli.h"

#include "cli/ask.h"
#include "cli/domain_print.h"
#include "cli/out.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)1 << 30)

/* become - take the rights of a user for good; false with errno */
static bool
become(uid_t uid, gid_t folder_gid)
{
	const struct passwd *pw = getpwuid(uid);
	gid_t gid = pw != NULL ? pw->pw_gid : folder_gid;
	int rc = pw != NULL ? initgroups(pw->pw_name, gid) : setgroups(1, &gid);

	return rc == 0 && setgid(gid) == 0 && setuid(uid) == 0;
}

/*
 * drop_rights - as root, become the owner of the store's folder
 *
 * Else root would leave files there that the owner cannot write, and would
 * follow whatever the owner put there.
 */
static bool
drop_rights(struct cmd_env *env, const char *url)
{
	struct str folder;
	struct stat st;
	char path[4096];

	if (geteuid() != 0 || !registry_folder(url, &folder) ||
	    folder.len >= sizeof(path))
		return true;
	memcpy(path, folder.p, folder.len);
	path[folder.len] = '\0';
	/* A folder that is not there is told by opening the store. */
	if (stat(path, &st) != 0 || st.st_uid == 0)
		return true;
	if (become(st.st_uid, st.st_gid))
		return true;
	out_error(env, "cannot take the rights of the owner of %s (uid %u): %s",
	    path, (unsigned)st.st_uid, strerror(errno));
	return false;
}

/* no_registry - it is not there, and was only to be read */
static enum cmd_status
no_registry(struct registry_cli *c, const char *url)
{
	static const struct diag_rule rule = { "R52", "registry-absent",
		MTASTS_ERROR, true, "",
		"\"mtasts domain add DOMAIN mx=MX\" makes it; --store names "
		"another folder." };
	static const struct diag_place nowhere;
	struct diag_quote q;

	diag_add(c->diags, &rule, nowhere, "there is no registry in %s yet",
	    diag_quote(&q, str_of(url)));
	return registry_cli_done(c, MTASTS_ENOENT, NULL);
}

enum cmd_status
registry_cli_open(
    struct registry_cli *c, struct cmd_env *env, enum registry_access access)
{
	const char *url = cmd_store_url(env);
	enum mtasts_err err;

	c->env = env;
	if (url == NULL)
		return CMD_UNKNOWN;
	/* To find the daemon afterwards; it may be readable for root alone. */
	if (access == REGISTRY_WRITE && env->config != NULL &&
	    cmd_conf(env) == NULL)
		return CMD_UNKNOWN;
	if (!drop_rights(env, url))
		return CMD_UNKNOWN;
	c->diags = mtasts_diags_new();
	c->arena = arena_new(ARENA_MAX);
	err = c->diags != NULL && c->arena != NULL
	    ? registry_open(url, access, &c->registry, c->diags)
	    : MTASTS_ENOMEM;
	if (err == MTASTS_ENOENT)
		return no_registry(c, url);
	if (err != MTASTS_OK)
		return registry_cli_done(c, err, NULL);
	c->job = (struct domain_job){
		.registry = c->registry,
		.arena = c->arena,
		.diags = c->diags,
		.now_at = env->now_at,
	};
	return CMD_FINE;
}

enum mtasts_err
registry_cli_peek(
    struct registry_cli *c, struct cmd_env *env, struct mtasts_diags *diags)
{
	const char *url = cmd_store_url(env);
	struct str folder;
	char path[4096];

	if (url == NULL)
		return MTASTS_ENOENT;
	/* Who has none need not be told how to make one. */
	if (registry_folder(url, &folder) && folder.len < sizeof(path)) {
		memcpy(path, folder.p, folder.len);
		path[folder.len] = '\0';
		if (access(path, F_OK) != 0 && env->store == NULL)
			return MTASTS_ENOENT;
	}
	if (!drop_rights(env, url))
		return MTASTS_ENOENT;
	return registry_open(url, REGISTRY_READ, &c->registry, diags);
}

void
registry_cli_close(struct registry_cli *c)
{
	registry_close(c->registry);
	arena_free(c->arena);
	mtasts_diags_free(c->diags);
}

/* is_list - is the word a setting of several values, such as mx=a? */
static bool
is_list(const char *word)
{
	struct str key, value;
	enum settings_key k;

	return str_cut(str_of(word), '=', &key, &value) &&
	    settings_key_find(key, &k) &&
	    (k == SETTINGS_MX || k == SETTINGS_RUA || k == SETTINGS_ADDRESSES);
}

/*
 * word_alone - the finding about words without =, with what was meant
 *
 * Returns how many words it is about: "mode enforce" is two, and one finding.
 */
static size_t
word_alone(struct registry_cli *c, char *const *words, size_t i, size_t count)
{
	const struct diag_rule *rule = &domain_rules[DOMAIN_WORD];
	struct diag_place nowhere = { 0 };
	const char *fix = NULL;
	struct diag_quote q;
	enum settings_key k;
	size_t used = 1;

	while (i + used < count && strchr(words[i + used], '=') == NULL)
		used++;
	if (settings_key_find(str_of(words[i]), &k) && used == 2)
		fix = arena_printf(
		    c->arena, "Write %s=%s", words[i], words[i + 1]);
	else if (settings_key_find(str_of(words[i]), &k))
		fix = arena_printf(c->arena,
		    "Write %s=VALUE as one word; several values with commas "
		    "between.",
		    words[i]);
	else if (i > 0 && is_list(words[i - 1]))
		fix =
		    arena_printf(c->arena, "Several values are one word: %s,%s",
			words[i - 1], words[i]);
	diag_add_fix(c->diags, rule, nowhere, fix != NULL ? fix : rule->fix,
	    "\"%s\" has no =", diag_quote(&q, str_of(words[i])));
	return used;
}

enum cmd_status
registry_cli_edits(struct registry_cli *c, const struct cmd_args *args,
    size_t from, struct domain_edits *out)
{
	size_t count = args->word_count - from;
	struct domain_edit *v = arena_zalloc(c->arena, count + 1, sizeof(*v));
	char *const *words = args->words + from;
	enum mtasts_err err, worst = MTASTS_OK;

	if (v == NULL)
		return registry_cli_done(c, MTASTS_ENOMEM, NULL);
	for (size_t i = 0; i < count; i++) {
		if (strchr(words[i], '=') == NULL) {
			i += word_alone(c, words, i, count) - 1;
			worst = MTASTS_ESYNTAX;
			continue;
		}
		err = domain_read_edit(str_of(words[i]), &v[i], c->diags);
		if (err)
			worst = err;
	}
	if (worst)
		return registry_cli_done(c, worst, NULL);
	*out = (struct domain_edits){ v, count };
	return CMD_FINE;
}

/* status_of - the exit status of a job's end */
static enum cmd_status
status_of(enum mtasts_err err, const struct domain_result *result)
{
	switch (err) {
	case MTASTS_OK:
		return result != NULL && result->counts[DOMAIN_KEPT] > 0
		    ? CMD_PROBLEM
		    : CMD_FINE;
	case MTASTS_ESYNTAX:
		return CMD_USAGE;
	case MTASTS_EINVAL:
	case MTASTS_ENOENT:
	case MTASTS_EEXIST:
	case MTASTS_EPOLICY:
		return CMD_PROBLEM;
	default:
		return CMD_UNKNOWN;
	}
}

/* poke - the daemon is to see it; of one name, or of many in their turn */
static void
poke(struct registry_cli *c, const struct domain_result *result)
{
	const struct domain_change *one = result->first;

	ask_poke(c->env, one != NULL && one->next == NULL ? one->name : NULL);
}

enum cmd_status
registry_cli_done(struct registry_cli *c, enum mtasts_err err,
    const struct domain_result *result)
{
	enum cmd_status status = status_of(err, result);

	if (err == MTASTS_OK && result != NULL && !c->job.dry_run)
		poke(c, result);
	if (c->env->json) {
		enum cmd_status written =
		    domain_print_json(c->env, err, result, c->diags);

		return written != CMD_FINE ? written : status;
	}
	out_findings(c->env, c->env->err, c->diags);
	if (err != MTASTS_OK && mtasts_diags_count(c->diags) == 0)
		out_error(c->env, "%s", mtasts_strerror(err));
	return status;
}
