/*
 * run.c - play a scenario: DNS, policy hosts and a clock around core/decide
 *
 *	scenario FILE.scn
 *
 * Exits 0 when all that the file wants came; else says FILE:LINE and what came
 * instead, and exits 1. A word that it does not know, and a file that wants
 * nothing, are faults, too. The words are described in README.md beside it.
 */
#include "scenario/scenario.h"

#include "base/timefmt.h"
#include "core/reply.h"

#include <stdarg.h>

#define RULES_MAX 100

void
fault(const struct line *line, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s:%u: ", line->file, line->number);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

bool
have_word(const struct line *line)
{
	return line->at < line->count;
}

struct str
next_word(struct line *line, const char *what)
{
	if (!have_word(line))
		fault(line, "%s is missing", what);
	return line->word[line->at++];
}

uint64_t
number_of(const struct line *line, struct str word)
{
	uint64_t n;

	if (!str_u64(word, UINT32_MAX, &n))
		fault(line, "\"%" STR_FMT "\" is no number", STR_ARG(word));
	return n;
}

int64_t
duration_of(const struct line *line, struct str word)
{
	int64_t ms;

	if (timefmt_parse_duration(word, &ms) != MTASTS_OK)
		fault(line, "\"%" STR_FMT "\" is no duration", STR_ARG(word));
	return ms / 1000;
}

bool
option(struct line *line, const char *key, struct str *value)
{
	struct str word, head;

	if (!have_word(line))
		return false;
	word = line->word[line->at];
	if (!str_cut(word, '=', &head, value) || !str_eq(head, str_of(key)))
		return false;
	line->at++;
	return true;
}

/* no_more - all words of the line were read */
static void
no_more(const struct line *line)
{
	if (have_word(line))
		fault(line, "unknown word \"%" STR_FMT "\"",
		    STR_ARG(line->word[line->at]));
}

/* unescape - one character of a quoted word */
static char
unescape(const struct line *line, struct str *rest)
{
	char c = rest->p[0];

	*rest = str_sub(*rest, 1, rest->len);
	if (c != '\\')
		return c;
	if (rest->len == 0)
		fault(line, "a backslash at the end");
	c = rest->p[0];
	*rest = str_sub(*rest, 1, rest->len);
	return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

/* quoted - what stands between quotes goes behind text; returns the end */
static size_t
quoted(const struct line *line, struct str *rest, char *text, size_t len)
{
	*rest = str_sub(*rest, 1, rest->len);
	while (rest->len > 0 && rest->p[0] != '"')
		text[len++] = unescape(line, rest);
	if (rest->len == 0)
		fault(line, "a quote is not closed");
	*rest = str_sub(*rest, 1, rest->len);
	return len;
}

/* word_of - a word; quotes in it keep blanks together: text="two words" */
static struct str
word_of(const struct line *line, struct str *rest, struct arena *arena)
{
	char *text = arena_alloc(arena, rest->len + 1);
	size_t len = 0;

	while (rest->len > 0 && !ascii_wsp(rest->p[0])) {
		if (rest->p[0] == '"') {
			len = quoted(line, rest, text, len);
			continue;
		}
		text[len++] = rest->p[0];
		*rest = str_sub(*rest, 1, rest->len);
	}
	return str_make(text, len);
}

/* split - a line into words; all memory is the arena's */
static void
split(struct line *line, struct str text, struct arena *arena)
{
	line->count = line->at = 0;
	line->rest = str_make(NULL, 0);
	for (text = str_trim(text); text.len > 0 && text.p[0] != '#';
	     text = str_trim_left(text)) {
		if (line->count == 2)
			line->rest = text;
		if (line->count == WORDS_MAX)
			fault(line, "too many words");
		line->word[line->count++] = word_of(line, &text, arena);
	}
}

/* eq - is a span this text? */
static bool
eq(struct str s, const char *text)
{
	return str_eq(s, str_of(text));
}

/* same - what is wanted is what came */
static void
same(
    const struct line *line, const char *what, struct str want, const char *got)
{
	if (!eq(want, got))
		fault(line, "wanted %s %" STR_FMT ", got %s", what,
		    STR_ARG(want), got);
}

/* show - all of the decision, for whoever reads why a test fails */
static void
show(const struct stage *s)
{
	const struct outcome *o = &s->outcome;

	printf("decision: %s %s (%s) match=%s current=%zu patterns=%s "
	       "until=%lld failure=%s\n",
	    o->kind, o->reason, o->text, o->match, o->current, o->patterns,
	    o->until_at ? (long long)(o->until_at - s->now_at) : 0LL,
	    o->failure);
}

/* do_want - "want KIND REASON [KEY=VALUE...]" */
static void
do_want(struct stage *s, struct line *line)
{
	const struct outcome *o = &s->outcome;
	struct str value;

	if (!o->decided)
		fault(line, "nothing was decided");
	show(s);
	same(line, "kind", next_word(line, "a kind"), o->kind);
	same(line, "reason", next_word(line, "a reason"), o->reason);
	while (have_word(line)) {
		if (option(line, "match", &value))
			same(line, "match", value, o->match);
		else if (option(line, "patterns", &value))
			same(line, "patterns", value, o->patterns);
		else if (option(line, "failure", &value))
			same(line, "failure", value, o->failure);
		else if (option(line, "mode", &value))
			same(line, "mode", value, o->mode);
		else if (option(line, "text", &value))
			same(line, "text", value, o->text);
		else if (option(line, "current", &value)) {
			if (number_of(line, value) != o->current)
				fault(line, "%zu are current", o->current);
		} else if (option(line, "until", &value)) {
			int64_t s_left =
			    o->until_at > 0 ? o->until_at - s->now_at : 0;

			if (duration_of(line, value) != s_left)
				fault(line, "it may be given again for %lld s",
				    (long long)s_left);
		} else
			no_more(line);
	}
}

/* do_reply - "reply MAP TEXT": the exact answer to the MTA */
static void
do_reply(struct stage *s, struct line *line)
{
	struct str map = next_word(line, "a map name");
	enum dialect dialect;
	char map_text[64];

	if (!dialect_find(map, &dialect) || dialect >= DIALECTS)
		fault(line, "unknown map");
	if (!s->outcome.decided)
		fault(line, "nothing was decided");
	snprintf(map_text, sizeof(map_text), "%" STR_FMT, STR_ARG(map));
	same(line, map_text, str_trim_right(line->rest),
	    s->outcome.reply[dialect]);
	line->at = line->count;
}

/* do_asked - "asked TYPE N", "asked nothing" */
static void
do_asked(struct stage *s, struct line *line)
{
	struct str what = next_word(line, "a record type");
	enum dnstype type;

	if (eq(what, "nothing")) {
		if (s->sent > 0)
			fault(line, "%u questions were asked", s->sent);
		return;
	}
	for (type = DNSTYPE_A; type <= DNSTYPE_TLSA; type++)
		if (eq(what, dnstype_name(type)))
			break;
	if (type > DNSTYPE_TLSA)
		fault(line, "unknown record type");
	if (number_of(line, next_word(line, "a number")) != s->asked[type])
		fault(line, "it was asked %u times", s->asked[type]);
}

/* do_fetched - "fetched N" */
static void
do_fetched(struct stage *s, struct line *line)
{
	if (number_of(line, next_word(line, "a number")) != s->fetched)
		fault(line, "it was fetched %u times", s->fetched);
}

/* do_log - "log NAME", "log nothing" */
static void
do_log(struct stage *s, struct line *line)
{
	struct str name = next_word(line, "a finding's name");
	const struct mtasts_finding *f;
	bool found = false;

	for (size_t i = 0; (f = mtasts_diags_get(s->diags, i)) != NULL; i++) {
		printf("log: %s: %s\n", f->name, f->message);
		found |= eq(name, f->name);
	}
	if (eq(name, "nothing") ? mtasts_diags_count(s->diags) > 0 : !found)
		fault(
		    line, "not so; %zu findings", mtasts_diags_count(s->diags));
}

/* do_stored - "stored DOMAIN nothing", "stored DOMAIN KEY=VALUE..." */
static void
do_stored(struct stage *s, struct line *line)
{
	struct cached *c = world_stored(&s->world, next_word(line, "a domain"));
	struct str value;

	if (have_word(line) && eq(line->word[line->at], "nothing")) {
		line->at++;
		if (c != NULL)
			fault(line, "there is a policy");
		return;
	}
	if (c == NULL)
		fault(line, "there is no policy");
	while (have_word(line)) {
		if (option(line, "id", &value))
			same(line, "id", value, cached_id(c).p);
		else if (option(line, "mode", &value))
			same(line, "mode", value,
			    mtasts_mode_name((enum mtasts_mode)c->mode));
		else if (option(line, "error", &value))
			same(line, "error", value, cached_error(c).p);
		else if (option(line, "failures", &value)) {
			if (number_of(line, value) != c->failures)
				fault(line, "%u failures", c->failures);
		} else if (option(line, "age", &value)) {
			if (duration_of(line, value) !=
			    s->now_at - c->fetched_at)
				fault(line, "fetched %lld s ago",
				    (long long)(s->now_at - c->fetched_at));
		} else if (option(line, "due", &value)) {
			if (duration_of(line, value) != c->next_at - s->now_at)
				fault(line, "due in %lld s",
				    (long long)(c->next_at - s->now_at));
		} else
			no_more(line);
	}
}

/* do_store - "store DOMAIN FILE [id=] [age=] [used=]": from an earlier life */
static void
do_store(struct stage *s, struct line *line)
{
	struct str domain = next_word(line, "a domain");
	struct str text =
	    world_file(&s->world, line, next_word(line, "a file"));
	struct mtasts_policy *policy = NULL;
	struct cached_row row = { .domain = domain,
		.text = text,
		.mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 604800,
		.fetched_at = s->now_at,
		.used_at = s->now_at };
	struct cached *c;
	struct str value;

	if (mtasts_policy_parse(text.p, text.len, &policy, NULL) == MTASTS_OK) {
		row.mode = policy->mode;
		row.max_age_s = policy->max_age_s;
	}
	mtasts_policy_free(policy);
	while (have_word(line)) {
		if (option(line, "id", &value))
			row.id = value;
		else if (option(line, "age", &value))
			row.fetched_at = s->now_at - duration_of(line, value);
		else if (option(line, "used", &value))
			row.used_at = s->now_at - duration_of(line, value);
		else
			no_more(line);
	}
	row.first_at = row.tried_at = row.fetched_at;
	row.next_at = row.fetched_at + 86400;
	c = cached_new(&row);
	if (c == NULL)
		fault(line, "cannot be stored");
	world_store(&s->world, domain, c);
}

/* do_rule - "rule NAME require|disable|optional|reply TEXT [until=TIME]" */
static void
do_rule(struct stage *s, struct line *line)
{
	struct arena *arena = s->world.arena;
	struct rule *r = &s->rules[s->rule_count++];
	struct str word, value;

	if (s->rule_count > RULES_MAX)
		fault(line, "too many rules");
	*r = (struct rule){ .reply = "", .reason = "" };
	r->name = arena_dup(arena, next_word(line, "a name"));
	word = next_word(line, "what it says");
	if (eq(word, "require"))
		r->sts = RULE_REQUIRE;
	else if (eq(word, "disable"))
		r->sts = RULE_DISABLE;
	else if (eq(word, "reply"))
		r->reply = arena_dup(arena, next_word(line, "a reply"));
	else if (!eq(word, "optional"))
		fault(line, "unknown rule");
	if (option(line, "until", &value) &&
	    timefmt_parse_rfc3339(value, &r->until_at) != MTASTS_OK)
		fault(line, "no time");
}

/* choice - the place of a word among some, parted by blanks */
static int
choice(struct line *line, const char *words)
{
	struct str word = next_word(line, words), one, rest = str_of(words);

	for (int i = 0; rest.len > 0; i++) {
		str_cut(rest, ' ', &one, &rest);
		if (str_eq(one, word))
			return i;
	}
	fault(line, "none of %s", words);
}

/* do_clock - "at TIME", "pass DURATION", "back DURATION" */
static void
do_clock(struct stage *s, struct line *line, struct str verb)
{
	struct str word = next_word(line, "a time");

	if (eq(verb, "pass"))
		s->now_at += duration_of(line, word);
	else if (eq(verb, "back"))
		s->now_at -= duration_of(line, word);
	else if (timefmt_parse_rfc3339(word, &s->now_at) != MTASTS_OK)
		fault(line, "no time");
}

/* ask_verb - is it a verb that makes a run? Then do it */
static bool
ask_verb(struct stage *s, struct line *line, struct str verb)
{
	enum decide_purpose purpose = DECIDE_ANSWER;

	if (eq(verb, "late")) {
		stage_late(s, line);
		return true;
	}
	if (eq(verb, "refresh"))
		purpose = DECIDE_REFRESH;
	else if (eq(verb, "renew"))
		purpose = DECIDE_RENEW;
	else if (!eq(verb, "ask"))
		return false;
	stage_ask(s, line, next_word(line, "a destination"), purpose);
	return true;
}

/* set_verb - is it a verb that sets the stage? Then do it */
static bool
set_verb(struct stage *s, struct line *line, struct str verb)
{
	if (eq(verb, "dns"))
		world_dns(&s->world, line);
	else if (eq(verb, "https"))
		world_https(&s->world, line);
	else if (eq(verb, "store"))
		do_store(s, line);
	else if (eq(verb, "rule"))
		do_rule(s, line);
	else if (eq(verb, "restart"))
		stage_restart(s);
	else if (eq(verb, "dane"))
		s->dane = choice(line, "off on") == 1;
	else if (eq(verb, "mixed"))
		s->mixed =
		    (enum decide_mixed)choice(line, "sts dane-only dane");
	else if (eq(verb, "testing"))
		s->testing = choice(line, "none may encrypt");
	else if (eq(verb, "jitter"))
		s->jitter =
		    (uint32_t)number_of(line, next_word(line, "a number"));
	else if (eq(verb, "at") || eq(verb, "pass") || eq(verb, "back"))
		do_clock(s, line, verb);
	else
		return false;
	return true;
}

/* want_verb - is it a verb that wants something? Then check it */
static bool
want_verb(struct stage *s, struct line *line, struct str verb)
{
	if (eq(verb, "want"))
		do_want(s, line);
	else if (eq(verb, "reply"))
		do_reply(s, line);
	else if (eq(verb, "asked"))
		do_asked(s, line);
	else if (eq(verb, "fetched"))
		do_fetched(s, line);
	else if (eq(verb, "log"))
		do_log(s, line);
	else if (eq(verb, "stored"))
		do_stored(s, line);
	else
		return false;
	return true;
}

/* play - one line; true when it wanted something */
static bool
play(struct stage *s, struct line *line)
{
	bool wants = false;
	struct str verb;

	if (line->count == 0)
		return false;
	verb = next_word(line, "a verb");
	if (!ask_verb(s, line, verb) && !set_verb(s, line, verb)) {
		wants = want_verb(s, line, verb);
		if (!wants)
			fault(line, "unknown verb \"%" STR_FMT "\"",
			    STR_ARG(verb));
	}
	no_more(line);
	return wants;
}

/* play_all - all lines of the file */
static void
play_all(struct stage *s, const char *path, FILE *f)
{
	static char text[65536];
	struct line line = { .file = path };
	bool wants = false;

	while (fgets(text, sizeof(text), f) != NULL) {
		struct str rest =
		    str_of(arena_dup(s->world.arena, str_of(text)));

		line.number++;
		if (!str_ends(rest, STR("\n")))
			fault(&line, "the line is too long, or not ended");
		rest.len--;
		split(&line, rest, s->world.arena);
		if (play(s, &line))
			wants = true;
	}
	if (!wants)
		fault(&line, "the file wants nothing");
	if (!stage_idle(s))
		fault(&line, "at the end something is still waited for");
}

int
main(int argc, char **argv)
{
	static struct stage s;
	FILE *f;

	if (argc != 2 || (f = fopen(argv[1], "r")) == NULL) {
		fprintf(stderr, "usage: scenario FILE.scn\n");
		return 2;
	}
	world_open(&s.world);
	s.rules = arena_zalloc(s.world.arena, RULES_MAX + 1, sizeof(*s.rules));
	s.now_at = INT64_C(1767225600); /* 2026-01-01T00:00:00Z */
	s.dane = true;
	play_all(&s, argv[1], f);
	fclose(f);
	stage_close(&s);
	world_close(&s.world);
	return 0;
}
