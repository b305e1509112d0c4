/*
 * test_policies_kill.c - killed a thousand times, nothing that was a second
 * old is lost
 *
 * Each child puts numbered policies, drops some again, and notes in shared
 * memory which number is a second old; it is killed at some moment. Then the
 * file is opened: it must be sound, and hold every policy that was a second
 * old, and none that was dropped a second ago.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/arena.h"
#include "store/policy_db.h"
#include "support/scratch.h"
#include "task/policies.h"

#define KILLS	  1000
#define PARALLEL  25 /* children at a time, each with a folder of its own */
#define STEP_MS	  20 /* between two policies */
#define OLD_MS	  1000 /* what is to be there after a kill */
#define LIFE_MS	  2200 /* the longest life */
#define NUMBERS	  20000 /* of one folder, more than will be used */
#define DROP_EACH 10 /* every so many steps ... */
#define DROP_BACK 5 /* ... the policy so many steps before is dropped */
#define AT	  INT64_C(1767225600) /* 2026-01-01 */

/* What a child tells, in shared memory. */
struct told {
	atomic_uint last; /* the last step that was begun */
	atomic_uint old; /* the last step that is a second old */
};

/* What the parent knows of a number. */
enum fate { UNUSED = 0, MUST_BE, MUST_NOT_BE, MAY_BE };

struct slot {
	struct scratch dir;
	struct told *told;
	pid_t pid;
	int64_t kill_ms;
	unsigned first; /* step of this child */
	uint8_t fate[NUMBERS];
	bool seen[NUMBERS];
};

/* A child's own. */
struct child {
	struct policies *p;
	struct told *told;
	unsigned next;
	int64_t at_ms[NUMBERS]; /* when the step was done */
};

/* name_of - the domain of a number */
static struct str
name_of(unsigned n, char text[32])
{
	snprintf(text, 32, "n%u.example", n);
	return str_of(text);
}

/* on_step - put the next one, drop one, note which are old by now */
static void
on_step(void *ctx)
{
	struct child *c = ctx;
	unsigned n = c->next++, old = atomic_load(&c->told->old);
	int64_t now_ms = loop_now_ms();
	char name[32];
	struct cached_row row = {
		.domain = name_of(n, name),
		.id = STR("1"),
		.text = STR("version: STSv1\nmode: enforce\n"),
		.fetched_at = AT + n,
	};

	if (n >= NUMBERS)
		_exit(3);
	atomic_store(&c->told->last, n);
	if (policies_put(c->p, cached_new(&row)) != MTASTS_OK)
		_exit(4);
	if (n % DROP_EACH == 0)
		policies_drop(c->p, name_of(n - DROP_BACK, name));
	c->at_ms[n] = now_ms;
	while (old < n && c->at_ms[old + 1] != 0 &&
	    c->at_ms[old + 1] + OLD_MS <= now_ms)
		old++;
	atomic_store(&c->told->old, old);
}

/* child - until it is killed */
static void
child(const char *url, struct told *told, unsigned first)
{
	static struct child c;
	struct policies_conf conf = { .url = url, .seed = { 5, 6 } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	c.told = told;
	c.next = first;
	atomic_store(&told->old, first - 1);
	if (loop_new(&conf.loop) != MTASTS_OK ||
	    policies_open(&conf, &c.p, NULL) != MTASTS_OK)
		_exit(2);
	loop_timer_every(loop_timer(conf.loop, on_step, &c), STEP_MS);
	(void)!loop_run(conf.loop);
	_exit(5);
}

/* launch - a child on a slot's folder */
static void
launch(struct slot *s)
{
	atomic_store(&s->told->last, s->first - 1);
	atomic_store(&s->told->old, s->first - 1);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		child(s->dir.path, s->told, s->first);
	/* From before the file is open on. */
	s->kill_ms = loop_now_ms() + rand() % LIFE_MS;
}

/* learn - what must be there, after a child that came so far */
static void
learn(struct slot *s)
{
	unsigned last = atomic_load(&s->told->last);
	unsigned old = atomic_load(&s->told->old);

	for (unsigned n = s->first; n <= last && n < NUMBERS; n++) {
		unsigned dropped = n - DROP_BACK;

		s->fate[n] = n <= old ? MUST_BE : MAY_BE;
		if (n % DROP_EACH == 0)
			s->fate[dropped] = n <= old ? MUST_NOT_BE : MAY_BE;
	}
	s->first = last + 1;
}

/* on_row - one that is there */
static bool
on_row(void *ctx, const struct cached_row *row)
{
	struct slot *s = ctx;
	int64_t n = row->fetched_at - AT;
	char name[32];

	assert_in_range(n, 1, NUMBERS - 1);
	assert_true(str_eq(row->domain, name_of((unsigned)n, name)));
	s->seen[n] = true;
	return true;
}

/* check - open the file and compare; returns how many had to be there */
static unsigned
check(struct slot *s)
{
	struct policy_db *db = NULL;
	char *moved = NULL;
	unsigned must = 0;
	size_t bad = 0;

	memset(s->seen, 0, sizeof(s->seen));
	assert_int_equal(
	    policy_db_open(s->dir.path, AT, &db, &moved, NULL), MTASTS_OK);
	assert_null(moved);
	assert_int_equal(policy_db_load(db, on_row, s, &bad), MTASTS_OK);
	assert_int_equal(bad, 0);
	for (unsigned n = 0; n < NUMBERS; n++) {
		if (s->fate[n] == MUST_BE && !s->seen[n])
			fail_msg("%u of %u is lost", n, s->first - 1);
		if (s->fate[n] != MUST_BE && s->fate[n] != MAY_BE && s->seen[n])
			fail_msg("%u of %u is there", n, s->first - 1);
		must += s->fate[n] == MUST_BE;
	}
	policy_db_close(db);
	return must;
}

/* reap - kill a child whose time has come; false: not yet */
static bool
reap(struct slot *s)
{
	int status = 0;

	if (s->pid == 0 || loop_now_ms() < s->kill_ms)
		return false;
	kill(s->pid, SIGKILL);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	s->pid = 0;
	learn(s);
	return true;
}

/* REQ: FET-16 */
static void
test_nothing_old_is_lost(void **state)
{
	struct slot *slots = calloc(PARALLEL, sizeof(*slots));
	struct told *told = mmap(NULL, PARALLEL * sizeof(*told),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned kills = 0, begun = 0, must = 0;

	assert_non_null(slots);
	assert_true(told != MAP_FAILED);
	srand(8461);
	for (unsigned i = 0; i < PARALLEL; i++) {
		assert_int_equal(scratch_open(&slots[i].dir), 0);
		slots[i].told = &told[i];
		slots[i].first = 1;
		launch(&slots[i]);
		begun++;
	}
	while (kills < KILLS) {
		usleep(2000);
		for (unsigned i = 0; i < PARALLEL; i++) {
			if (!reap(&slots[i]))
				continue;
			kills++;
			(void)check(&slots[i]);
			if (begun < KILLS) {
				launch(&slots[i]);
				begun++;
			}
		}
	}
	for (unsigned i = 0; i < PARALLEL; i++) {
		must += check(&slots[i]);
		scratch_close(&slots[i].dir);
	}
	printf("%u kills, %u policies were a second old and are there\n", kills,
	    must);
	assert_true(must > KILLS);
	munmap(told, PARALLEL * sizeof(*told));
	free(slots);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_old_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
