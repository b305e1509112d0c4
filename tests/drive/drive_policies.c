/*
 * drive_policies - task/policies by commands, for tests in shell
 *
 *	drive_policies FOLDER
 *
 * Opens the policies of a folder; exit 3 and the findings when that fails. Then
 * one command a line from standard input, one line of answer each:
 *
 *	put FIRST COUNT VERSION    policies "nNUMBER.example"
 *	drop NUMBER
 *	get NUMBER                 its version, or "none"
 *	flush                      until all is on disk, or that failed
 *	wait loaded|fine|trouble   ten seconds at most: "yes" or "no"
 *	state                      "loaded=1 count=5 trouble=store-full"
 *	metrics                    of the policies, on one line
 *
 * At the end of input the policies are closed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "task/policies.h"

#define AT	INT64_C(1767225600) /* 2026-01-01 */
#define WAIT_MS 10000

struct drive {
	struct loop *loop;
	struct policies *p;
	struct metrics *metrics;
	const char *want; /* of "wait" */
	int64_t until_ms;
	bool held;
};

/* put - one policy */
static enum mtasts_err
put(struct policies *p, unsigned long n, long version)
{
	char name[40];
	struct cached_row row = {
		.id = STR("1"),
		.text = STR("version: STSv1\nmode: enforce\n"
			    "mx: *.mail.example.net\nmax_age: 604800\n"),
		.fetched_at = AT + version,
	};
	struct cached *c;
	enum mtasts_err err;

	snprintf(name, sizeof(name), "n%lu.example", n);
	row.domain = str_of(name);
	c = cached_new(&row);
	if (c == NULL)
		return MTASTS_ENOMEM;
	err = policies_put(p, c);
	if (err)
		mem_free(c);
	return err;
}

/* on_done - end the loop's run */
static void
on_done(void *ctx)
{
	struct drive *d = ctx;

	loop_stop(d->loop);
}

/* on_look - is it so, or is it too late? */
static void
on_look(void *ctx)
{
	struct drive *d = ctx;
	const char *trouble = policies_trouble(d->p);

	if (strcmp(d->want, "loaded") == 0)
		d->held = policies_loaded(d->p);
	else
		d->held = (strcmp(d->want, "fine") == 0) == (trouble == NULL);
	if (d->held || loop_now_ms() > d->until_ms)
		loop_stop(d->loop);
}

/* wait_for - let the loop run until it is so */
static void
wait_for(struct drive *d, const char *want)
{
	struct loop_watch *timer = loop_timer(d->loop, on_look, d);

	d->want = want;
	d->until_ms = loop_now_ms() + WAIT_MS;
	loop_timer_every(timer, 5);
	(void)!loop_run(d->loop);
	loop_watch_close(timer);
	puts(d->held ? "yes" : "no");
}

/* show_metrics - without their comments, on one line */
static void
show_metrics(struct drive *d)
{
	struct str rest, line;
	struct buf b;

	buf_init(&b, 1u << 16);
	metrics_format(d->metrics, &b);
	rest = buf_str(&b);
	while (str_line(&rest, &line, NULL))
		if (!str_starts(line, STR("#")))
			printf("%" STR_FMT " ", STR_ARG(line));
	puts("");
	buf_free(&b);
}

/* show_state - what can be asked of the policies */
static void
show_state(struct drive *d)
{
	const char *trouble = policies_trouble(d->p);

	printf("loaded=%d count=%zu trouble=%s\n", policies_loaded(d->p),
	    policies_count(d->p), trouble != NULL ? trouble : "none");
}

/* with_numbers - commands that have some; false: it is none of them */
static bool
with_numbers(struct drive *d, const char *line)
{
	unsigned long first, count;
	enum mtasts_err err = MTASTS_OK;
	struct cached *c;
	char name[40];
	long version;

	if (sscanf(line, "put %lu %lu %ld", &first, &count, &version) == 3) {
		for (unsigned long i = 0; i < count && !err; i++)
			err = put(d->p, first + i, version);
		puts(err ? mtasts_strerror(err) : "ok");
		return true;
	}
	if (sscanf(line, "drop %lu", &first) != 1 &&
	    sscanf(line, "get %lu", &first) != 1)
		return false;
	snprintf(name, sizeof(name), "n%lu.example", first);
	c = policies_get(d->p, str_of(name));
	if (line[0] == 'd') {
		policies_drop(d->p, str_of(name));
		puts("ok");
	} else if (c != NULL) {
		printf("%ld\n", (long)(c->fetched_at - AT));
	} else {
		puts("none");
	}
	return true;
}

/* command - act upon one line of input */
static void
command(struct drive *d, char *line)
{
	char word[20];

	if (with_numbers(d, line))
		return;
	if (strcmp(line, "flush\n") == 0) {
		policies_flush(d->p, on_done, d);
		(void)!loop_run(d->loop);
		puts("ok");
	} else if (sscanf(line, "wait %19s", word) == 1) {
		wait_for(d, word);
	} else if (strcmp(line, "state\n") == 0) {
		show_state(d);
	} else if (strcmp(line, "metrics\n") == 0) {
		show_metrics(d);
	} else {
		puts("what?");
	}
}

/* run - command after command, until the input ends */
static void
run(struct drive *d)
{
	struct loop_watch *input;
	char line[200];

	for (;;) {
		/* The loop works until there is a line. */
		input = loop_fd(d->loop, STDIN_FILENO, LOOP_READ, on_done, d);
		if (input == NULL)
			return;
		(void)!loop_run(d->loop);
		loop_watch_close(input);
		if (fgets(line, sizeof(line), stdin) == NULL)
			return;
		command(d, line);
		fflush(stdout);
	}
}

int
main(int argc, char **argv)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct drive d = { .metrics = metrics_new() };
	struct policies_conf conf = {
		.url = argc > 1 ? argv[1] : ".",
		.seed = { 1, 2 },
		.log = log_new(STDERR_FILENO, LOG_LEVEL_INFO),
		.metrics = d.metrics,
	};
	enum mtasts_err err = loop_new(&d.loop);

	/* One line at a time: what is buffered does not wake the loop. */
	setvbuf(stdin, NULL, _IONBF, 0);
	conf.loop = d.loop;
	if (!err)
		err = policies_open(&conf, &d.p, diags);
	for (size_t i = 0; i < mtasts_diags_count(diags); i++)
		fprintf(stderr, "%s: %s\n", mtasts_diags_get(diags, i)->name,
		    mtasts_diags_get(diags, i)->message);
	mtasts_diags_free(diags);
	if (!err) {
		puts("open");
		fflush(stdout);
		run(&d);
	}
	policies_close(d.p);
	loop_free(d.loop);
	log_free(conf.log);
	metrics_free(d.metrics);
	return err ? 3 : 0;
}
