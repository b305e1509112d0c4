/*
 * domain_words.c - the registered domains that a command is about
 *
 * Whether a name is registered is for the jobs to say.
 */
#include "cli/domain_words.h"

#include "cli/out.h"
#include "core/domword.h"
#include "core/polname.h"
#include "core/zone_name.h"

#define ROOM_MIN 64

bool
domain_words_add(struct domain_words *w, struct str domain)
{
	struct arena *a = w->registry->arena;
	const char *copy = arena_dup(a, domain);

	if (copy != NULL && w->count == w->room) {
		size_t room = w->room > 0 ? w->room * 2 : ROOM_MIN;
		const char **grown = arena_zalloc(a, room, sizeof(*grown));

		if (grown != NULL && w->count > 0)
			memcpy(grown, w->v, w->count * sizeof(*grown));
		w->v = grown != NULL ? grown : w->v;
		w->room = grown != NULL ? room : w->room;
	}
	w->broken |= copy == NULL || w->count == w->room;
	if (!w->broken)
		w->v[w->count++] = copy;
	return !w->broken;
}

/* meant - the domain that a word means */
static struct str
meant(const char *word)
{
	struct str domain = domword_meant(str_of(word));

	if (str_starts(domain, STR(ZONE_NAME_HOST)))
		domain =
		    str_sub(domain, sizeof(ZONE_NAME_HOST) - 1, domain.len);
	return domain;
}

enum cmd_status
domain_words_read(struct domain_words *w, const struct cmd_args *args)
{
	static const struct diag_place nowhere;
	struct cmd_env *env = w->registry->env;
	struct mtasts_diags *diags = mtasts_diags_new();
	enum cmd_status status = CMD_FINE;
	struct mtasts_dname name;

	for (size_t i = 0; i < args->word_count && status == CMD_FINE; i++) {
		if (polname_parse(meant(args->words[i]), &name, nowhere,
			diags) != MTASTS_OK)
			status = CMD_USAGE;
		else
			domain_words_add(w, str_make(name.text, name.len));
	}
	out_findings(env, env->err, diags);
	mtasts_diags_free(diags);
	return status == CMD_FINE ? domain_words_end(w, MTASTS_OK) : status;
}

enum cmd_status
domain_words_end(struct domain_words *w, enum mtasts_err err)
{
	if (w->broken)
		err = MTASTS_ENOMEM;
	return err == MTASTS_OK ? CMD_FINE
				: registry_cli_done(w->registry, err, NULL);
}
