/*
 * bench_policies - what a store of many cached policies costs
 *
 *	bench_policies FOLDER COUNT [TIME]
 *
 * Makes policies.db in the folder unless it is there; then opens it as the
 * resolver does and prints: time until the first policy is known that was asked
 * for at once, time until all are loaded, the longest time that the loop was
 * kept from other work, memory, and how fast changes are written. With TIME,
 * seconds since 1970 at which all were fetched, it only makes the file. Needs
 * about 350 bytes of disk a policy; ends by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "store/policy_db.h"
#include "task/policies.h"

#define AT	 INT64_C(1767225600) /* 2026-01-01 */
#define BATCH	 5000
#define RATE	 5000 /* puts a second of the steady phase */
#define RATE_MS	 10
#define STEADY_S 5

struct bench {
	struct loop *loop;
	struct policies *p;
	unsigned long count;
	int64_t begun_us, first_us, loaded_us;
	int64_t tick_us, longest_us; /* between two ticks */
	int64_t cpu_us, work_us; /* the same of this thread's CPU time */
	unsigned long put; /* so far */
	long unsaved_most;
	struct metrics *metrics;
	int64_t until_us;
};

/* make - a policy of a number: a name of about 20 bytes, 110 bytes of text */
static struct cached *
make(unsigned long n, int64_t at)
{
	char name[40], text[160];
	struct cached_row row = {
		.id = STR("1"),
		.mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 604800,
		.first_at = at,
		.fetched_at = at,
		.used_at = at,
		.tried_at = at,
		.next_at = at + 86400,
	};

	/* Scattered, as names are. */
	snprintf(name, sizeof(name), "d%08lx.bench.example",
	    (n * 2654435761ul) & 0xfffffffful);
	snprintf(text, sizeof(text),
	    "version: STSv1\r\nmode: enforce\r\nmx: mx.bench.test\r\n"
	    "mx: *.mail%lu.bench.example\r\nmax_age: 604800\r\n",
	    n % 100);
	row.domain = str_of(name);
	row.text = str_of(text);
	return cached_new(&row);
}

/* fill - the file, in a process of its own, whose memory does not count */
static int
fill(const char *folder, unsigned long count, int64_t at)
{
	struct policy_db *db = NULL;
	struct cached_row row;
	char *moved = NULL;
	int64_t stored = 0, begun_ms = loop_now_ms();
	enum mtasts_err err;

	err = policy_db_open(folder, at, &db, &moved, NULL);
	if (!err)
		err = policy_db_count(db, &stored);
	for (unsigned long i = (unsigned long)stored; i < count && !err;) {
		unsigned long end = i + BATCH < count ? i + BATCH : count;

		err = policy_db_begin(db);
		for (; i < end && !err; i++) {
			struct cached *c = make(i, at);

			cached_row_of(c, &row);
			err = policy_db_put(db, &row);
			mem_free(c);
		}
		if (!err)
			err = policy_db_commit(db);
	}
	policy_db_close(db);
	if (!err && (unsigned long)stored < count)
		printf("made %lu policies in %.1f s\n",
		    count - (unsigned long)stored,
		    (double)(loop_now_ms() - begun_ms) / 1000);
	fflush(stdout);
	return err ? 1 : 0;
}

/* memory_mb - a line of /proc/self/status in MB */
static double
memory_mb(const char *name)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[200];
	long kb = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtol(line + strlen(name) + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return (double)kb / 1024;
}

/* thread_us - CPU time of this thread */
static int64_t
thread_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* on_tick - how long was it since the last one? */
static void
on_tick(void *ctx)
{
	struct bench *b = ctx;
	int64_t now_us = loop_now_us(), cpu_us = thread_us();

	if (cpu_us - b->cpu_us > b->work_us)
		b->work_us = cpu_us - b->cpu_us;
	b->cpu_us = cpu_us;
	if (now_us - b->tick_us > b->longest_us)
		b->longest_us = now_us - b->tick_us;
	b->tick_us = now_us;
	if (b->loaded_us == 0 && policies_loaded(b->p)) {
		b->loaded_us = now_us;
		loop_stop(b->loop);
	}
}

/* on_first - the policy that was asked for is known */
static void
on_first(void *ctx)
{
	struct bench *b = ctx;

	b->first_us = loop_now_us();
}

/* on_stop - the loop has done what it was to do */
static void
on_stop(void *ctx)
{
	struct bench *b = ctx;

	loop_stop(b->loop);
}

/* unsaved - of the metrics */
static long
unsaved(struct bench *b)
{
	static const char name[] = "\nmtasts_policies_unsaved ";
	struct buf text;
	long n = 0;
	char *at;

	buf_init(&text, 1u << 16);
	metrics_format(b->metrics, &text);
	at = text.p != NULL ? strstr(text.p, name) : NULL;
	if (at != NULL)
		n = strtol(at + sizeof(name) - 1, NULL, 10);
	buf_free(&text);
	return n;
}

/* on_put - the steady phase: so many puts at a time */
static void
on_put(void *ctx)
{
	struct bench *b = ctx;
	long now = unsaved(b);

	if (now > b->unsaved_most)
		b->unsaved_most = now;
	for (int i = 0; i < RATE / 1000 * RATE_MS; i++) {
		struct cached *c = make(b->put++ * 7919 % b->count, AT + 2);

		if (c == NULL || policies_put(b->p, c) != MTASTS_OK)
			exit(1);
	}
	if (loop_now_us() >= b->until_us)
		loop_stop(b->loop);
}

/* load - as at the start of the resolver */
static void
load(struct bench *b)
{
	struct loop_watch *tick = loop_timer(b->loop, on_tick, b);
	struct cached *last = make(b->count - 1, AT);

	b->tick_us = loop_now_us();
	b->cpu_us = thread_us();
	loop_timer_every(tick, 1);
	if (!policies_find(b->p, cached_domain(last), on_first, b))
		b->first_us = loop_now_us();
	(void)!loop_run(b->loop);
	if (policies_get(b->p, cached_domain(last)) == NULL)
		printf("the policy that was asked for is not there\n");
	printf("first policy known after %.1f ms\n",
	    (double)(b->first_us - b->begun_us) / 1000);
	printf("%zu policies loaded after %.0f ms\n", policies_count(b->p),
	    (double)(b->loaded_us - b->begun_us) / 1000);
	printf("longest pause of the loop %.1f ms, %.1f ms of it work\n",
	    (double)b->longest_us / 1000, (double)b->work_us / 1000);
	printf("resident %.0f MB, at most %.0f MB\n", memory_mb("VmRSS:"),
	    memory_mb("VmHWM:"));
	mem_free(last);
	loop_watch_close(tick);
}

/* write_all - as many as there is time for at once, then at a steady rate */
static void
write_all(struct bench *b)
{
	unsigned long count = b->count < 100000 ? b->count : 100000;
	struct loop_watch *timer = loop_timer(b->loop, on_put, b);
	struct loop_watch *tick = loop_timer(b->loop, on_tick, b);
	int64_t begun_us = loop_now_us();

	for (unsigned long i = 0; i < count; i++) {
		struct cached *c = make(i * 7919 % b->count, AT + 1);

		if (c == NULL || policies_put(b->p, c) != MTASTS_OK)
			exit(1);
	}
	policies_flush(b->p, on_stop, b);
	(void)!loop_run(b->loop);
	printf("%lu changed at once: on disk after %.2f s (%.0f a second)\n",
	    count, (double)(loop_now_us() - begun_us) / 1e6,
	    (double)count * 1e6 / (double)(loop_now_us() - begun_us));
	b->until_us = loop_now_us() + STEADY_S * 1000000;
	b->longest_us = b->work_us = 0;
	b->tick_us = loop_now_us();
	b->cpu_us = thread_us();
	loop_timer_every(timer, RATE_MS);
	loop_timer_every(tick, 1);
	(void)!loop_run(b->loop);
	printf("%d changes a second for %d s: at most %ld not saved, longest "
	       "pause of the loop %.1f ms, %.1f ms of it work\n",
	    RATE, STEADY_S, b->unsaved_most, (double)b->longest_us / 1000,
	    (double)b->work_us / 1000);
	printf("resident %.0f MB, at most %.0f MB\n", memory_mb("VmRSS:"),
	    memory_mb("VmHWM:"));
	loop_watch_close(timer);
	loop_watch_close(tick);
}

int
main(int argc, char **argv)
{
	struct bench b = { .metrics = metrics_new() };
	struct policies_conf conf = { .seed = { 1, 2 } };
	int status = 0;
	pid_t pid;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: bench_policies FOLDER COUNT [TIME]\n");
		return 2;
	}
	b.count = strtoul(argv[2], NULL, 10);
	if (argc == 4) {
		metrics_free(b.metrics);
		return fill(argv[1], b.count, strtol(argv[3], NULL, 10));
	}
	pid = fork();
	if (pid == 0)
		_exit(fill(argv[1], b.count, AT));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return 1;
	b.begun_us = loop_now_us();
	if (loop_new(&b.loop) != MTASTS_OK)
		return 1;
	conf.url = argv[1];
	conf.loop = b.loop;
	conf.metrics = b.metrics;
	if (policies_open(&conf, &b.p, NULL) != MTASTS_OK)
		return 1;
	load(&b);
	write_all(&b);
	b.begun_us = loop_now_us();
	policies_close(b.p);
	printf(
	    "closed in %.0f ms\n", (double)(loop_now_us() - b.begun_us) / 1000);
	loop_free(b.loop);
	metrics_free(b.metrics);
	return 0;
}
