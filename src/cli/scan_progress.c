/*
 * scan_progress.c - one line on a terminal that says how far a scan is
 */
#include "cli/scan_progress.h"

#include <inttypes.h>
#include <unistd.h>

#define BAR_LEN 20

void
scan_progress_begin(struct scan_progress *p, struct cmd_env *env,
    int64_t now_ms, uint64_t before)
{
	*p = (struct scan_progress){ .env = env,
		.on = isatty(fileno(env->err)) == 1,
		.begun_ms = now_ms,
		.before = before,
		.pace_ms = now_ms };
}

/* put_bar - "[#####---------------]  25 %" */
static void
put_bar(FILE *f, int part)
{
	int full = part * BAR_LEN / 1000;

	fputc('[', f);
	for (int i = 0; i < BAR_LEN; i++)
		fputc(i < full ? '#' : '-', f);
	fprintf(f, "] %3d %%  ", part / 10);
}

/* put_left - how long it will take still, by the pace so far */
static void
put_left(const struct scan_progress *p, int part, int64_t now_ms)
{
	int done = part - p->pace_part;
	int64_t left_s;

	/* Before the first per cent it would be a guess. */
	if (done < 10 || part >= 1000)
		return;
	left_s = (now_ms - p->pace_ms) * (1000 - part) / done / 1000;
	fprintf(p->env->err, "  %" PRId64 ":%02d:%02d left", left_s / 3600,
	    (int)(left_s / 60 % 60), (int)(left_s % 60));
}

void
scan_progress_show(struct scan_progress *p, const struct scan_tally *t,
    int part, int64_t now_ms)
{
	uint64_t all = t->domains + t->not_domains;
	FILE *f = p->env->err;

	if (!p->on)
		return;
	/* What was done before goes by in no time. */
	if (all == p->before) {
		p->pace_ms = now_ms;
		p->pace_part = part;
	}
	fputs("\r\033[K", f);
	if (part >= 0)
		put_bar(f, part);
	fprintf(f, "%" PRIu64 " domains", all);
	if (now_ms > p->pace_ms)
		fprintf(f, "  %.1f/s",
		    (double)(all - p->before) * 1000 /
			(double)(now_ms - p->pace_ms));
	put_left(p, part, now_ms);
	fprintf(f, "  %" PRIu64 " fail", t->result[AUDIT_RESULT_FAIL]);
	fflush(f);
	p->shown = true;
}

void
scan_progress_wipe(struct scan_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", p->env->err);
	p->shown = false;
}
