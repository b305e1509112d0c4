/*
 * push_print.c - what DNS has and should have, for people and programs
 *
 * A record that every server has is one line; else what should be stands above
 * what each server says. Asks nobody.
 */
#include "cli/push_print.h"

#include "cli/out.h"
#include "core/zonediff.h"
#include "io/conf_push.h"

#include <stdio.h>

#define TEXT_MAX 65536

/* waits - is it the customer who has to set this one? */
static bool
waits(struct cmd_env *env, const struct zonediff_name *n)
{
	return n->part == ZONE_CUSTOMER && !n->watched &&
	    n->state != ZONEDIFF_SAME &&
	    !(n->foreign && push_has_way(env->conf, n->name));
}

bool
push_print_customer(struct cmd_env *env, const struct push_result *r)
{
	for (size_t i = 0; r->diff != NULL && i < r->diff->count; i++)
		if (waits(env, &r->diff->names[i]))
			return true;
	return false;
}

/* color_of - of an end */
static enum out_color
color_of(enum push_end end)
{
	switch (end) {
	case PUSH_SAME:
	case PUSH_WRITTEN:
		return OUT_GREEN;
	case PUSH_DIFFERS:
	case PUSH_BY_HAND:
	case PUSH_LAGGING:
		return OUT_YELLOW;
	default:
		return OUT_RED;
	}
}

/* put_labelled - a server's name, or the words for what should be */
static void
put_labelled(struct cmd_env *env, const char *label, const struct buf *text)
{
	fprintf(env->out, "    %s", label);
	if (strlen(label) > 18)
		fputs("\n", env->out);
	if (strlen(label) > 18)
		out_wrap_str(env, env->out, 23, buf_str(text));
	else {
		fprintf(env->out, "%*s", (int)(19 - strlen(label)), "");
		out_hang(env, 23, buf_str(text));
	}
}

/* put_notes - what is worth knowing though it is no difference */
static void
put_notes(const struct zonediff_server *s, struct buf *b)
{
	if (s->notes & ZONEDIFF_NOTE_ELSEWHERE)
		buf_puts(b, " (leads to the same place by other records)");
	if (s->notes & ZONEDIFF_NOTE_WORDS)
		buf_puts(b, " (the same in other words)");
	if (s->notes & ZONEDIFF_NOTE_TTL)
		buf_putf(b, " (TTL %u)", s->ttl_s);
}

/* put_server - what one says */
static void
put_server(struct cmd_env *env, const struct zonediff_name *n,
    const struct zonediff_server *s)
{
	char label[320];
	struct buf b;

	if (s->name[0] == '\0' || s->address[0] == '\0')
		snprintf(label, sizeof(label), "%s%s", s->name, s->address);
	else
		snprintf(label, sizeof(label), "%s (%s)", s->name, s->address);
	buf_init(&b, TEXT_MAX);
	if (s->same && s->notes == 0)
		buf_puts(&b, "as it should be");
	else
		zonediff_put_has(n, s, &b);
	put_notes(s, &b);
	put_labelled(env, label, &b);
	env->incomplete |= buf_error(&b) != MTASTS_OK;
	buf_free(&b);
}

/* is_plain - is there nothing to tell but that it is so everywhere? */
static bool
is_plain(const struct zonediff_name *n)
{
	if (n->state != ZONEDIFF_SAME)
		return false;
	for (size_t i = 0; i < n->server_count; i++)
		if (!n->servers[i].same || n->servers[i].notes != 0)
			return false;
	return true;
}

/* word_of - what is to be done */
static const char *
word_of(struct cmd_env *env, const struct zonediff_name *n)
{
	if (n->zone == NULL || n->state == ZONEDIFF_UNKNOWN)
		return waits(env, n) ? "to be set by the customer"
				     : "cannot be seen";
	if (waits(env, n))
		return "to be set by the customer";
	if (n->foreign)
		return "somebody else's";
	switch (n->state) {
	case ZONEDIFF_ADD:
		return "to be added";
	case ZONEDIFF_CHANGE:
		return "to be changed";
	case ZONEDIFF_REMOVE:
		return "to be removed";
	default:
		return zonediff_agree(n) ? "as it should be"
					 : "not at every server";
	}
}

/* put_name - one record */
static void
put_name(struct cmd_env *env, const struct zonediff_name *n)
{
	struct buf b;

	fprintf(env->out, "  %s  ", n->name);
	out_color(env,
	    n->foreign			    ? OUT_RED
		: n->state != ZONEDIFF_SAME ? OUT_YELLOW
					    : OUT_PLAIN);
	fputs(word_of(env, n), env->out);
	out_color(env, OUT_PLAIN);
	fputc('\n', env->out);
	if (is_plain(n))
		return;
	buf_init(&b, TEXT_MAX);
	zonediff_put_want(n, &b);
	put_labelled(env, "should be", &b);
	env->incomplete |= buf_error(&b) != MTASTS_OK;
	buf_free(&b);
	for (size_t i = 0; i < n->server_count; i++)
		put_server(env, n, &n->servers[i]);
}

void
push_print_text(struct cmd_env *env, const struct push_result *r)
{
	fprintf(env->out, "%s  ", r->domain);
	out_color(env, color_of(r->end));
	fputs(push_end_name(r->end), env->out);
	out_color(env, OUT_PLAIN);
	fputc('\n', env->out);
	if (r->why[0] != '\0')
		out_wrap(env, env->out, 4, r->why);
	if (r->fix[0] != '\0')
		out_wrap(env, env->out, 4, r->fix);
	for (size_t i = 0; r->diff != NULL && i < r->diff->count; i++)
		if (!r->diff->names[i].watched)
			put_name(env, &r->diff->names[i]);
	fflush(env->out);
}

/* put_sets - {"CNAME": [...], ...}; what is empty is left out */
static void
put_sets(struct js_writer *w, const char *key,
    const struct zonediff_set set[ZONEDIFF_TYPES])
{
	js_key(w, key);
	js_object(w);
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++) {
		if (set[t].count == 0)
			continue;
		js_key(w, zone_type_name((enum zone_type)t));
		js_array(w);
		for (size_t i = 0; i < set[t].count; i++)
			js_put_str(w, set[t].v[i]);
		js_end_array(w);
	}
	js_end_object(w);
}

/* put_json_server - what one says */
static void
put_json_server(struct js_writer *w, const struct zonediff_server *s)
{
	js_object(w);
	js_kv_str(w, "server", s->name[0] != '\0' ? s->name : NULL);
	js_kv_str(w, "address", s->address[0] != '\0' ? s->address : NULL);
	js_kv_bool(w, "answers", !s->failed);
	js_kv_str(w, "why", s->failed ? s->why : NULL);
	js_kv_bool(w, "same", s->same);
	js_kv_int(w, "ttl", s->ttl_s);
	put_sets(w, "has", s->set);
	js_key(w, "notes");
	js_array(w);
	if (s->notes & ZONEDIFF_NOTE_TTL)
		js_put_str(w, STR("ttl"));
	if (s->notes & ZONEDIFF_NOTE_WORDS)
		js_put_str(w, STR("other-words"));
	if (s->notes & ZONEDIFF_NOTE_ELSEWHERE)
		js_put_str(w, STR("elsewhere"));
	js_end_array(w);
	js_end_object(w);
}

/* put_json_name - one record */
static void
put_json_name(
    struct cmd_env *env, struct js_writer *w, const struct zonediff_name *n)
{
	js_object(w);
	js_kv_str(w, "name", n->name);
	js_kv_str(w, "part", zone_part_name(n->part));
	js_kv_str(w, "zone", n->zone);
	js_kv_str(w, "state", zonediff_state_name(n->state));
	js_kv_bool(w, "foreign", n->foreign);
	js_kv_bool(w, "by_customer", waits(env, n));
	put_sets(w, "want", n->want);
	js_key(w, "servers");
	js_array(w);
	for (size_t i = 0; i < n->server_count; i++)
		put_json_server(w, &n->servers[i]);
	js_end_array(w);
	js_end_object(w);
}

void
push_print_json(
    struct cmd_env *env, struct js_writer *w, const struct push_result *r)
{
	js_object(w);
	js_kv_str(w, "domain", r->domain);
	js_kv_str(w, "end", push_end_name(r->end));
	js_kv_str(w, "why", r->why[0] != '\0' ? r->why : NULL);
	js_kv_str(w, "fix", r->fix[0] != '\0' ? r->fix : NULL);
	js_kv_str(w, "server", r->server[0] != '\0' ? r->server : NULL);
	js_kv_bool(w, "id_live", r->id_live);
	js_key(w, "records");
	js_array(w);
	for (size_t i = 0; r->diff != NULL && i < r->diff->count; i++)
		if (!r->diff->names[i].watched)
			put_json_name(env, w, &r->diff->names[i]);
	js_end_array(w);
	js_end_object(w);
}
