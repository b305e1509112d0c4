/*
 * cmd_scan.c - scan: check every domain of a list
 *
 * So many at a time; a line of JSON for each as it is ready, and tables at the
 * end. Memory does not depend on the length of the list.
 */
#include "cli/commands.h"

#include "base/arena.h"
#include "cli/checker.h"
#include "cli/out.h"
#include "cli/scan_input.h"
#include "cli/scan_output.h"
#include "cli/scan_progress.h"

#include <errno.h>
#include <signal.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#define JOBS	      50
#define JOBS_MAX      2000
#define FDS_PER_JOB   16
#define FDS_OTHER     200
#define LINE_JSON_MAX (4u << 20)
#define SHOW_MS	      250
#define FLUSH_MS      1000
#define SHOWN_MAX     300 /* bytes of a line that names no domain */
#define RAMP	      4 /* domains that are begun in one go */
#define PART_MAX      999 /* of 1000 */
#define RAMP_MS	      10

/* A domain under way. */
struct scan_job {
	LIST_ENTRY(scan_job) link;
	struct scan *scan;
	struct check_run *run;
	uint64_t number;
	char domain[254];
};

struct scan {
	struct cmd_env *env;
	const struct cmd_args *args;
	struct checker *checker;
	struct loop *loop;
	struct scan_input *input;
	struct scan_output *output;
	struct scan_tally tally;
	struct scan_progress progress;
	struct loop_watch *show, *flush, *ramp, *interrupt, *terminate;
	LIST_HEAD(, scan_job) jobs;
	unsigned running, jobs_max;
	unsigned allowed; /* of jobs_max, by now */
	struct buf head, object; /* of the line being made */
	FILE *summary; /* of --summary-json; null: not wanted */
	int64_t begun_ms;
	bool ended; /* the list is at its end */
	bool stopping; /* nothing more is begun */
	bool starting; /* start_more() is at work */
	enum cmd_status trouble; /* of our own */
};

static void start_more(struct scan *s);

/* trouble - something of ours is wrong: begin nothing more */
static void
trouble(struct scan *s, const char *what, const char *why)
{
	scan_progress_wipe(&s->progress);
	if (s->trouble == CMD_FINE)
		out_error(s->env, "%s: %s", what, why);
	s->trouble = CMD_UNKNOWN;
	s->stopping = true;
}

/* end_if_idle - nothing is under way, nothing will be */
static void
end_if_idle(struct scan *s)
{
	if (s->running == 0 && (s->ended || s->stopping))
		loop_stop(s->loop);
}

/* ---- lines ---- */

/* begin_line - what stands in front, and a writer for the object behind it */
static void
begin_line(
    struct scan *s, uint64_t number, const struct audit *a, struct js_writer *w)
{
	buf_clear(&s->head);
	buf_clear(&s->object);
	scan_tally_head(number, a, &s->head);
	js_begin(w, &s->object, false);
}

/* put_line - the line that was begun: one object of both */
static void
put_line(struct scan *s)
{
	enum mtasts_err err = buf_error(&s->head);

	buf_putc(&s->object, '\n');
	if (err == MTASTS_OK)
		err = buf_error(&s->object);
	if (err != MTASTS_OK) {
		trouble(s, "a result is lost", mtasts_strerror(err));
		return;
	}
	scan_output_put(s->output, buf_str(&s->head));
	scan_output_put(
	    s->output, str_sub(buf_str(&s->object), 1, s->object.len));
}

/* put_audit - of a domain: what scan_tally_head() wrote, and the object */
static void
put_audit(struct scan *s, uint64_t number, const struct audit *a)
{
	struct js_writer w;

	begin_line(s, number, a, &w);
	audit_json(a, &w);
	put_line(s);
}

/* put_refused - of a line that names no domain */
static void
put_refused(struct scan *s, uint64_t number, struct str word, const char *why)
{
	struct js_writer w;

	begin_line(s, number, NULL, &w);
	js_object(&w);
	js_key(&w, "domain");
	js_put_str(&w, str_sub(word, 0, SHOWN_MAX));
	js_kv_str(&w, "result", "unknown");
	js_kv_str(&w, "sender", "unknown");
	js_kv_str(&w, "dane", "unknown");
	js_kv_str(&w, "next", why);
	js_kv_str(&w, "error", why);
	js_key(&w, "checks");
	js_array(&w);
	js_end_array(&w);
	js_end_object(&w);
	put_line(s);
	s->tally.not_domains++;
}

/* ---- domains ---- */

/* on_audit - one is done */
static void
on_audit(void *ctx, struct audit *audit)
{
	struct scan_job *job = ctx;
	struct scan *s = job->scan;

	if (audit == NULL) {
		trouble(s, job->domain, mtasts_strerror(MTASTS_ENOMEM));
	} else {
		scan_tally_add(&s->tally, audit);
		put_audit(s, job->number, audit);
	}
	audit_free(audit);
	LIST_REMOVE(job, link);
	mem_free(job);
	s->running--;
	start_more(s);
}

/* start_domain - one more is under way */
static void
start_domain(struct scan *s, uint64_t number, const struct mtasts_dname *name)
{
	struct scan_job *job = mem_zalloc(1, sizeof(*job));

	if (job == NULL) {
		trouble(s, name->text, mtasts_strerror(MTASTS_ENOMEM));
		return;
	}
	job->scan = s;
	job->number = number;
	memcpy(job->domain, name->text, sizeof(job->domain));
	job->run = checker_start(s->checker, name->text, on_audit, job);
	if (job->run == NULL) {
		trouble(s, name->text, mtasts_strerror(MTASTS_ENOMEM));
		mem_free(job);
		return;
	}
	LIST_INSERT_HEAD(&s->jobs, job, link);
	s->running++;
}

/* had - was this line done by an earlier scan? */
static bool
had(struct scan *s, uint64_t number, struct str domain)
{
	bool other, done;

	done = scan_output_had(s->output, number, domain, &other);
	if (other) {
		trouble(s, cmd_value(s->args, "output"),
		    "these are results of another list; name another file");
	}
	return done;
}

/* take_line - a line of the list */
static void
take_line(struct scan *s, struct str line, uint64_t number)
{
	struct str word = str_trim(line);
	struct mtasts_diags *diags;
	struct mtasts_dname name;
	enum mtasts_err err;
	bool other;

	if (word.len == 0 || word.p[0] == '#')
		return;
	diags = mtasts_diags_new();
	err =
	    diags != NULL ? checker_domain(word, &name, diags) : MTASTS_ENOMEM;
	if (err == MTASTS_OK) {
		if (!had(s, number, str_of(name.text)))
			start_domain(s, number, &name);
	} else if (err == MTASTS_ESYNTAX) {
		if (!scan_output_had(s->output, number, word, &other))
			put_refused(s, number, word,
			    mtasts_diags_get(diags, 0)->message);
	} else {
		trouble(s, "a line of the list", mtasts_strerror(err));
	}
	mtasts_diags_free(diags);
}

/* start_more - as many as may be under way */
static void
start_more(struct scan *s)
{
	enum scan_input_step step = SCAN_LINE;
	uint64_t number;
	struct str line;

	if (s->starting)
		return;
	s->starting = true;
	while (step == SCAN_LINE && !s->stopping && !s->ended &&
	    s->running < s->allowed) {
		step = scan_input_next(s->input, &line, &number);
		if (step == SCAN_LINE)
			take_line(s, line, number);
		else if (step == SCAN_FAILED)
			trouble(s, "the list cannot be read", strerror(errno));
	}
	s->ended |= step == SCAN_END;
	s->starting = false;
	end_if_idle(s);
}

/* on_more - the list goes on */
static void
on_more(void *ctx)
{
	start_more(ctx);
}

/* ---- time and signals ---- */

/*
 * on_ramp - a few more may be under way
 *
 * A thousand questions in one moment are more than the queue of a DNS server
 * holds; those that are lost are asked again, all in one moment.
 */
static void
on_ramp(void *ctx)
{
	struct scan *s = ctx;

	s->allowed += RAMP;
	if (s->allowed >= s->jobs_max) {
		s->allowed = s->jobs_max;
		loop_timer_cancel(s->ramp);
	}
	start_more(s);
}

/* on_show - the line of progress */
static void
on_show(void *ctx)
{
	struct scan *s = ctx;
	int part = scan_input_part(s->input);

	/* The list is read, but its last domains are still looked at. */
	if (s->running > 0 && part > PART_MAX)
		part = PART_MAX;
	scan_progress_show(&s->progress, &s->tally, part, loop_now_ms());
}

/* on_flush - what is ready goes out */
static void
on_flush(void *ctx)
{
	struct scan *s = ctx;

	if (!scan_output_flush(s->output)) {
		trouble(s, "the results cannot be written", strerror(errno));
		end_if_idle(s);
	}
}

/* on_signal - the first: what is under way may end; the second: at once */
static void
on_signal(void *ctx)
{
	struct scan *s = ctx;

	scan_progress_wipe(&s->progress);
	if (s->stopping || s->running == 0) {
		loop_stop(s->loop);
		s->stopping = true;
		return;
	}
	s->stopping = true;
	fprintf(s->env->err,
	    "Stopping: %u domain%s under way; again to stop at once.\n",
	    s->running, s->running == 1 ? " is" : "s are");
}

/* ---- the end ---- */

/* write_summary - the object of --summary-json */
static void
write_summary(struct scan *s, bool complete)
{
	struct js_writer w;
	struct buf b;

	if (s->summary == NULL)
		return;
	buf_init(&b, LINE_JSON_MAX);
	js_begin(&w, &b, true);
	scan_tally_json(&s->tally, loop_now_ms() - s->begun_ms, complete, &w);
	buf_putc(&b, '\n');
	if (buf_error(&b) != MTASTS_OK ||
	    fwrite(b.p, 1, b.len, s->summary) != b.len ||
	    fflush(s->summary) != 0)
		trouble(s, "the summary cannot be written", strerror(errno));
	buf_free(&b);
}

/* say_end - tables for people, and how to go on */
static void
say_end(struct scan *s, bool complete)
{
	struct cmd_env err = *s->env;
	const char *file = cmd_value(s->args, "output");

	scan_progress_wipe(&s->progress);
	err.out = s->env->err;
	err.color = s->env->color_err;
	if (file == NULL)
		fputc('\n', s->env->err);
	scan_tally_print(&err, &s->tally);
	if (complete)
		return;
	fputs("\nThe list was not read to its end. ", s->env->err);
	if (file == NULL)
		fputs("With --output FILE a scan can go on by --resume.\n",
		    s->env->err);
	else
		fputs("The same command with --resume goes on.\n", s->env->err);
}

/* ---- opening ---- */

/* read_jobs - --jobs, as far as descriptors allow */
static enum cmd_status
read_jobs(struct scan *s)
{
	const char *text = cmd_value(s->args, "jobs");
	struct rlimit limit;
	uint64_t n = JOBS;

	if (text != NULL && (!str_u64(str_of(text), JOBS_MAX, &n) || n == 0)) {
		out_error(s->env,
		    "--jobs wants a number from 1 to %d, not '%s'", JOBS_MAX,
		    text);
		return CMD_USAGE;
	}
	s->jobs_max = (unsigned)n;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return CMD_FINE;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < FDS_OTHER + n * FDS_PER_JOB) {
		n = limit.rlim_cur > FDS_OTHER + FDS_PER_JOB
		    ? (limit.rlim_cur - FDS_OTHER) / FDS_PER_JOB
		    : 1;
		out_error(s->env,
		    "only %u domains at once, for this process may open only "
		    "%ju files; see \"ulimit -n\"",
		    (unsigned)n, (uintmax_t)limit.rlim_cur);
		s->jobs_max = (unsigned)n;
	}
	return CMD_FINE;
}

/* open_summary - the file of --summary-json, before rights may be given up */
static enum cmd_status
open_summary(struct scan *s)
{
	const char *name = cmd_value(s->args, "summary-json");

	if (name == NULL)
		return CMD_FINE;
	s->summary = fopen(name, "we");
	if (s->summary != NULL)
		return CMD_FINE;
	out_error(s->env, "cannot write %s: %s", name, strerror(errno));
	return CMD_UNKNOWN;
}

/* open_files - output, summary and list */
static enum cmd_status
open_files(struct scan *s)
{
	const char *output = cmd_value(s->args, "output");
	bool resume = cmd_flag(s->args, "resume");
	enum cmd_status status;

	if (resume && output == NULL) {
		out_error(s->env,
		    "--resume goes on with the results of a file: name it with "
		    "--output FILE");
		return CMD_USAGE;
	}
	status =
	    scan_output_open(s->env, output, resume, &s->tally, &s->output);
	if (status == CMD_FINE)
		status = open_summary(s);
	if (status == CMD_FINE)
		status = scan_input_open(s->env, s->args->words[0], &s->input);
	if (status == CMD_FINE)
		status =
		    checker_open(s->env, s->args, CHECKER_OWN, &s->checker);
	if (status == CMD_FINE)
		s->loop = checker_loop(s->checker);
	return status;
}

/* open_watches - timers and signals; false: no memory */
static bool
open_watches(struct scan *s)
{
	s->show = loop_timer(s->loop, on_show, s);
	s->flush = loop_timer(s->loop, on_flush, s);
	s->ramp = loop_timer(s->loop, on_ramp, s);
	s->interrupt = loop_signal(s->loop, SIGINT, on_signal, s);
	s->terminate = loop_signal(s->loop, SIGTERM, on_signal, s);
	if (s->show == NULL || s->flush == NULL || s->ramp == NULL ||
	    s->interrupt == NULL || s->terminate == NULL)
		return false;
	loop_timer_every(s->show, SHOW_MS);
	loop_timer_every(s->flush, FLUSH_MS);
	loop_timer_every(s->ramp, RAMP_MS);
	return true;
}

/* close_all - what is still under way is given up */
static void
close_all(struct scan *s)
{
	struct scan_job *job;

	while ((job = LIST_FIRST(&s->jobs)) != NULL) {
		LIST_REMOVE(job, link);
		checker_cancel(job->run);
		mem_free(job);
	}
	loop_watch_close(s->show);
	loop_watch_close(s->flush);
	loop_watch_close(s->ramp);
	loop_watch_close(s->interrupt);
	loop_watch_close(s->terminate);
	scan_input_close(s->input);
	scan_output_close(s->output);
	checker_close(s->checker);
	if (s->summary != NULL)
		fclose(s->summary);
	buf_free(&s->head);
	buf_free(&s->object);
}

/* work - the scan itself; the exit status */
static enum cmd_status
work(struct scan *s)
{
	enum cmd_status status;
	bool complete;

	scan_input_on_more(s->input, s->loop, on_more, s);
	s->begun_ms = loop_now_ms();
	scan_progress_begin(
	    &s->progress, s->env, s->begun_ms, scan_output_count(s->output));
	on_ramp(s);
	if (s->running > 0 || !(s->ended || s->stopping))
		if (loop_run(s->loop) != MTASTS_OK)
			trouble(s, "the scan cannot go on", strerror(errno));
	on_flush(s);
	complete = s->ended && s->running == 0 && s->trouble == CMD_FINE;
	write_summary(s, complete);
	say_end(s, complete);
	status = scan_tally_status(&s->tally);
	return complete || status == CMD_PROBLEM ? status : CMD_UNKNOWN;
}

/* run_scan - scan */
static enum cmd_status
run_scan(struct cmd_env *env, const struct cmd_args *args)
{
	struct scan s = { .env = env, .args = args };
	enum cmd_status status;

	LIST_INIT(&s.jobs);
	buf_init(&s.head, LINE_JSON_MAX);
	buf_init(&s.object, LINE_JSON_MAX);
	status = read_jobs(&s);
	if (status == CMD_FINE)
		status = open_files(&s);
	if (status == CMD_FINE && !open_watches(&s)) {
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		status = CMD_UNKNOWN;
	}
	if (status == CMD_FINE)
		status = work(&s);
	close_all(&s);
	return status;
}

static const struct cmd_opt scan_opts[] = {
	{ "jobs", "N", "domains at once (50)" },
	{ "output", "FILE", "write the lines there" },
	{ "resume", NULL, "go on where --output FILE ends" },
	{ "summary-json", "FILE", "write the numbers at the end there" },
	CHECKER_OPTIONS,
	NET_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_scan = {
	.name = "scan",
	.usage = "FILE|-",
	.summary = "check every domain of a list",
	.help =
	    "Checks the domains of a file, one a line, or of standard input "
	    "when it is -. Mail addresses, URLs and ranked lists "
	    "(\"12,example.org\") are understood; empty lines and lines that "
	    "begin with # are not looked at.\n"
	    "\n"
	    "Each domain gives one line of JSON, as soon as it is ready: the "
	    "object of \"mtasts check --json\", with the number of its line in "
	    "the list and the checks that failed or warned in front. Tables of "
	    "all go to standard error at the end.\n"
	    "\n"
	    "Ctrl-C lets what is under way come to its end. With --output the "
	    "same command and --resume goes on later, after a crash too.\n"
	    "\n"
	    "A mail server is asked once in ten minutes, however many domains "
	    "it serves. " NET_HELP "\n"
	    "\n"
	    "The exit status is 0 when no domain failed, 1 when one did, 3 "
	    "when something could not be found out or the list was not read "
	    "to its end.",
	.opts = scan_opts,
	.words_min = 1,
	.words_max = 1,
	.run = run_scan,
};
