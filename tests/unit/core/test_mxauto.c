/*
 * test_mxauto - what looks at the MX records change in a list
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/mxauto.h"
#include "support/seen_world.h"

#include <stdio.h>

#define T0   INT64_C(1767225600)
#define HOUR 3600
#define DAY  86400

static struct mxauto_state state;
static struct mxauto_done done;
static struct mtasts_diags *diags;
static struct mxauto_rules rules;

static int
set_up(void **s)
{
	memset(&state, 0, sizeof(state));
	rules = (struct mxauto_rules){ .ttl_s = 300 };
	diags = mtasts_diags_new();
	return diags == NULL;
}

static int
tear_down(void **s)
{
	mtasts_diags_free(diags);
	return 0;
}

/* found - is there a finding of that name? Forgets all findings */
static bool
found(const char *name)
{
	bool is = false;

	for (size_t i = 0; i < mtasts_diags_count(diags); i++)
		is |= strcmp(mtasts_diags_get(diags, i)->name, name) == 0;
	mtasts_diags_free(diags);
	diags = mtasts_diags_new();
	return is;
}

/*
 * look - names with a sign: "a+" works, "a-" fails, "a?" is not known; a "!"
 * in front: validated
 */
static void
look(int64_t at, const char *text)
{
	static struct mxauto_host hosts[2 * MXAUTO_MAX];
	static char copy[8192];
	struct mxauto_seen seen = { .at = at,
		.usable = true,
		.ttl_s = 3600,
		.why = "",
		.host = hosts };
	char *save = NULL;

	seen.secure = text[0] == '!';
	snprintf(copy, sizeof(copy), "%s", text + seen.secure);
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		char *sign = &w[strlen(w) - 1];

		hosts[seen.count] =
		    (struct mxauto_host){ w, *sign == '+', *sign == '-' };
		*sign = '\0';
		seen.count++;
	}
	assert_int_equal(
	    mxauto_apply(&state, &seen, &rules, &done, diags), MTASTS_OK);
}

/* trouble - a look that shows nothing usable */
static void
trouble(int64_t at)
{
	struct mxauto_seen seen = { .at = at, .why = "ns1 gives no answer" };

	assert_int_equal(
	    mxauto_apply(&state, &seen, &rules, &done, diags), MTASTS_OK);
}

/* list - the names in the list, with blanks between */
static const char *
list(void)
{
	static char text[4096];

	text[0] = '\0';
	for (size_t i = 0; i < state.count; i++)
		if (mxauto_in(&state.entry[i]))
			snprintf(text + strlen(text),
			    sizeof(text) - strlen(text), "%s%s",
			    text[0] != '\0' ? " " : "", state.entry[i].name);
	return text;
}

static void
signed_zone_is_believed_at_once(void **s)
{
	look(T0, "!a+ b+");
	assert_string_equal(list(), "a b");
	assert_true(done.changed);
	assert_int_equal(done.added, 2);
	assert_int_equal(done.next_at, T0 + 6 * HOUR);
	look(T0 + HOUR, "!a+ b+");
	assert_false(done.changed);
}

static void
unsigned_zone_needs_two_looks(void **s)
{
	look(T0, "a+");
	assert_string_equal(list(), "");
	assert_true(found("mx-auto-once"));
	assert_int_equal(done.next_at, T0 + HOUR);
	look(T0 + HOUR - 1, "a+");
	assert_string_equal(list(), "");
	look(T0 + HOUR, "a+");
	assert_string_equal(list(), "a");
}

static void
another_answer_begins_the_hour_anew(void **s)
{
	look(T0, "a+");
	look(T0 + HOUR, "a+ evil+");
	assert_string_equal(list(), "");
	look(T0 + HOUR + 600, "a+");
	assert_string_equal(list(), "");
	look(T0 + 2 * HOUR + 600, "a+");
	assert_string_equal(list(), "a");
}

static void
trouble_breaks_the_hour(void **s)
{
	look(T0, "a+");
	trouble(T0 + 600);
	look(T0 + HOUR, "a+");
	assert_string_equal(list(), "");
	look(T0 + 2 * HOUR, "a+");
	assert_string_equal(list(), "a");
}

static void
first_list_needs_no_second_look(void **s)
{
	rules.first = true;
	look(T0, "a+ b-");
	assert_string_equal(list(), "a");
	assert_true(found("mx-auto-refused"));
}

static void
new_name_has_to_pass(void **s)
{
	look(T0, "!a+ b- c?");
	assert_string_equal(list(), "a");
	assert_int_equal(done.refused, 1);
	assert_int_equal(done.waiting, 1);
	assert_true(found("mx-auto-unseen"));
	look(T0 + HOUR, "!a+ b- c+");
	assert_string_equal(list(), "a c");
	look(T0 + 2 * HOUR, "!a+ b+ c+");
	assert_string_equal(list(), "a b c");
	/* One of the list that fails stays: dropping it would help nobody. */
	look(T0 + 3 * HOUR, "!a- b? c+");
	assert_string_equal(list(), "a b c");
}

/* REQ: OPS-2 */
static void
vanished_name_stays_for_a_while(void **s)
{
	look(T0, "!a+ b+");
	look(T0 + DAY, "!a+");
	assert_string_equal(list(), "a b");
	assert_true(found("mx-auto-gone"));
	/* The MX record's TTL, longer than that of TXT, and a day. */
	look(T0 + 2 * DAY + HOUR - 1, "!a+");
	assert_string_equal(list(), "a b");
	look(T0 + 2 * DAY + HOUR, "!a+");
	assert_string_equal(list(), "a");
	assert_int_equal(done.dropped, 1);
	assert_true(done.changed);
}

static void
ttl_of_the_txt_record_counts(void **s)
{
	rules.ttl_s = 2 * DAY;
	look(T0, "!a+ b+");
	look(T0 + DAY, "!a+");
	look(T0 + 4 * DAY - 1, "!a+");
	assert_string_equal(list(), "a b");
	look(T0 + 4 * DAY, "!a+");
	assert_string_equal(list(), "a");
}

static void
vanishing_needs_two_looks_too(void **s)
{
	rules.first = true;
	look(T0, "a+ b+");
	rules.first = false;
	look(T0 + DAY, "a+");
	look(T0 + DAY + HOUR, "a+");
	/* From when it was sure. */
	look(T0 + 2 * DAY + HOUR, "a+");
	assert_string_equal(list(), "a b");
	look(T0 + 2 * DAY + 2 * HOUR, "a+");
	assert_string_equal(list(), "a");
}

static void
coming_back_is_as_if_never_gone(void **s)
{
	look(T0, "!a+ b+");
	look(T0 + DAY, "!a+");
	look(T0 + DAY + HOUR, "!a+ b+");
	look(T0 + 3 * DAY, "!a+ b+");
	assert_string_equal(list(), "a b");
	look(T0 + 4 * DAY, "!a+");
	assert_string_equal(list(), "a b");
}

static void
enforce_only_adds(void **s)
{
	look(T0, "!a+ b+");
	rules.enforced = true;
	look(T0 + DAY, "!a+ c+");
	assert_string_equal(list(), "a b c");
	look(T0 + 30 * DAY, "!a+ c+");
	assert_string_equal(list(), "a b c");
	assert_true(found("mx-auto-stays"));
	rules.enforced = false;
	look(T0 + 31 * DAY, "!a+ c+");
	assert_string_equal(list(), "a c");
}

static void
trouble_changes_nothing(void **s)
{
	look(T0, "!a+ b+");
	trouble(T0 + DAY);
	assert_string_equal(list(), "a b");
	assert_false(done.changed);
	assert_int_equal(state.trouble_at, T0 + DAY);
	assert_string_equal(state.trouble, "ns1 gives no answer");
	assert_true(found("mx-auto-trouble"));
	trouble(T0 + 2 * DAY);
	assert_int_equal(state.trouble_at, T0 + DAY);
	look(T0 + 3 * DAY, "!a+ b+");
	assert_int_equal(state.trouble_at, 0);
	assert_string_equal(list(), "a b");
}

static void
too_many_change_nothing(void **s)
{
	static struct mxauto_host hosts[MXAUTO_MAX + 1];
	static char names[MXAUTO_MAX + 1][8];
	struct mxauto_seen seen = { .at = T0,
		.usable = true,
		.secure = true,
		.count = MXAUTO_MAX + 1,
		.host = hosts };

	for (unsigned i = 0; i <= MXAUTO_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "m%u", i);
		hosts[i] = (struct mxauto_host){ names[i], true, false };
	}
	assert_int_equal(
	    mxauto_apply(&state, &seen, &rules, &done, diags), MTASTS_ELIMIT);
	assert_int_equal(state.count, 0);
}

/* ns - one more server of the domain, with this answer */
static void
ns(struct seen_world *w, struct dnsfact *fact)
{
	struct seen_mx_ns *n = &w->s.mx_ns[w->s.mx_ns_count++];

	snprintf(
	    n->name, sizeof(n->name), "ns%zu.example.com", w->s.mx_ns_count);
	n->mx = fact;
}

/* sees - mxauto_see() of the world says this; null: it is usable */
static void
sees(struct seen_world *w, const char *why)
{
	struct mxauto_seen *seen = mxauto_see(&w->s);

	assert_non_null(seen);
	if (why == NULL)
		assert_string_equal(seen->why, "");
	else
		assert_non_null(strstr(seen->why, why));
	assert_int_equal(seen->usable, why == NULL);
	mxauto_seen_free(seen);
}

static void
all_servers_have_to_agree(void **state_)
{
	struct seen_world w;
	struct mxauto_seen *seen;

	seen_world_open(&w);
	sees(&w, "no authoritative name server");
	ns(&w, w.s.mx);
	sees(&w, NULL);
	seen = mxauto_see(&w.s);
	assert_int_equal(seen->count, 2);
	assert_string_equal(seen->host[0].name, "mx1.example.com");
	assert_true(seen->host[0].works);
	mxauto_seen_free(seen);
	ns(&w, seen_world_dns(&w, "example.com", DNSTYPE_MX, DNSFACT_SERVFAIL));
	sees(&w, "ns2.example.com gives no answer");
	w.s.mx_ns[1].mx =
	    seen_world_dns(&w, "example.com", DNSTYPE_MX, DNSFACT_NXDOMAIN);
	sees(&w, "ns2.example.com says that the domain does not exist");
	w.s.mx_ns[1].mx =
	    seen_world_dns(&w, "example.com", DNSTYPE_MX, DNSFACT_NODATA);
	sees(&w, "ns2.example.com has no MX record");
	w.s.mx_ns[1].mx = NULL;
	sees(&w, "ns2.example.com was not asked");
	seen_world_close(&w);
}

static void
bad_hosts_are_told(void **state_)
{
	struct mxauto_seen *seen;
	struct seen_world w;

	seen_world_open(&w);
	ns(&w, w.s.mx);
	w.s.mxs[0].addr[0].probe->end = PROBEFACT_NO_STARTTLS;
	seen = mxauto_see(&w.s);
	assert_true(seen->usable);
	assert_true(seen->host[0].fails);
	assert_false(seen->host[0].works);
	mxauto_seen_free(seen);
	seen_world_close(&w);
}

static void
names_of_certificates(void **state_)
{
	static const char *const names[] = { "mail.example.org",
		"MTA-STS.example.org", "autoconfig.example.org",
		"autodiscover.example.org", "*.example.org", "not a name",
		"mail.example.org", "a.example.net" };
	struct mxauto_seen *seen = mxauto_see_names(names, 8, T0);

	assert_non_null(seen);
	assert_true(seen->usable);
	assert_true(seen->secure);
	assert_int_equal(seen->count, 2);
	assert_string_equal(seen->host[0].name, "a.example.net");
	assert_string_equal(seen->host[1].name, "mail.example.org");
	mxauto_seen_free(seen);
	seen = mxauto_see_names(names + 1, 5, T0);
	assert_false(seen->usable);
	mxauto_seen_free(seen);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signed_zone_is_believed_at_once),
		TEST(unsigned_zone_needs_two_looks),
		TEST(another_answer_begins_the_hour_anew),
		TEST(trouble_breaks_the_hour),
		TEST(first_list_needs_no_second_look),
		TEST(new_name_has_to_pass),
		TEST(vanished_name_stays_for_a_while),
		TEST(ttl_of_the_txt_record_counts),
		TEST(vanishing_needs_two_looks_too),
		TEST(coming_back_is_as_if_never_gone),
		TEST(enforce_only_adds),
		TEST(trouble_changes_nothing),
		TEST(too_many_change_nothing),
		TEST(all_servers_have_to_agree),
		TEST(bad_hosts_are_told),
		TEST(names_of_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
