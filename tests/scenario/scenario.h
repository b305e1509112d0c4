/*
 * scenario.h - the parts of the scenario runner
 *
 * run.c reads the file and does what its lines say; world.c is the DNS, the
 * policy hosts and the store that they speak of; stage.c drives core/decide in
 * that world and keeps what came of it. Memory is taken from one arena that
 * lives as long as the program.
 */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include "base/arena.h"
#include "core/decide.h"

#include <stdio.h>
#include <stdlib.h>

#define WORDS_MAX 300

/* A line, taken apart: blanks part words, "..." is one, # ends the line. */
struct line {
	const char *file;
	unsigned number;
	size_t count;
	struct str word[WORDS_MAX];
	struct str rest; /* from the third word on, as it stands */
	size_t at; /* the word that is read next */
};

/* fault - say FILE:LINE and what is wrong, and end the test */
void fault(const struct line *line, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* next_word - the next word; the line is at fault when there is none */
struct str next_word(struct line *line, const char *what);

/* have_word - is there one more? */
bool have_word(const struct line *line);

/* number_of, duration_of - a word as a number, as seconds; else a fault */
uint64_t number_of(const struct line *line, struct str word);
int64_t duration_of(const struct line *line, struct str word);

/* option - is the next word "KEY=..."? Then take it */
bool option(struct line *line, const char *key, struct str *value);

/* The world: world.c. */

struct world {
	struct arena *arena;
	struct fake_dns *dns;
	struct fake_https *https;
	struct stored *stored;
};

/* world_open - an empty one */
void world_open(struct world *w);
/* world_close - all memory back */
void world_close(struct world *w);
/* world_dns - a line "dns": what DNS says from now on */
void world_dns(struct world *w, struct line *line);
/* world_https - a line "https": what a policy host serves from now on */
void world_https(struct world *w, struct line *line);
/* world_ask_dns - the answer, or null: silence. Unknown names: NXDOMAIN */
const struct dnsfact *world_ask_dns(
    struct world *w, const char *name, enum dnstype type);
/* world_fetch - the result, or null: silence; *known: was it said at all? */
const struct fetchfact *world_fetch(
    struct world *w, const char *host, bool *known);
/* world_file - the bytes of a file beside the scenarios */
struct str world_file(
    struct world *w, const struct line *line, struct str name);
/* world_stored - the policy of a domain in the store, or null */
struct cached *world_stored(struct world *w, struct str domain);
/* world_store - put one there, or with null take it away */
void world_store(struct world *w, struct str domain, struct cached *policy);

/* The stage: stage.c. */

#define DIALECTS 4

/* What was decided, as text, since what it stands on changes. */
struct outcome {
	bool decided;
	const char *kind, *reason, *text;
	const char *match, *patterns; /* names with ":" between */
	const char *failure, *mode;
	size_t current;
	int64_t until_at;
	const char *reply[DIALECTS];
};

struct stage {
	struct world world;
	struct actor *actors; /* destinations that are in memory */
	struct rule *rules;
	size_t rule_count;
	int64_t now_at;
	bool dane;
	enum decide_mixed mixed;
	int testing; /* enum reply_testing */
	uint32_t jitter;
	struct mtasts_diags *diags; /* of the last event */
	unsigned asked[DNSTYPE_TLSA + 1], fetched; /* by the last event */
	unsigned sent; /* all lookups of the last event */
	struct outcome outcome;
};

/* stage_ask - somebody asks; a run that waits is joined */
void stage_ask(struct stage *s, const struct line *line, struct str key,
    enum decide_purpose purpose);
/* stage_late - what was silent answers now */
void stage_late(struct stage *s, const struct line *line);
/* stage_restart - all but the store is forgotten */
void stage_restart(struct stage *s);
/* stage_idle - does no run wait for anything? */
bool stage_idle(const struct stage *s);
/* stage_close - the end */
void stage_close(struct stage *s);

#endif
