/*
 * judge_sum.c - all judges in their order, and the three sentences at the top
 *
 * What to do next is the repair of the most urgent finding, in words for
 * somebody who has never read an RFC. What a sender does is in judge_outlook.
 */
#include "core/judge_int.h"

#include "base/arena.h"

#include <stdio.h>

/* clang-format off */
const struct diag_rule judge_sum_rules[] = {
{ .id = "X01", .name = "mode-unexpected", .severity = MTASTS_ERROR,
	.rfc = "RFC 8461 section 5",
	.fix = "Publish the policy with the mode that is expected, or expect "
	"the one that is published." },
{ .id = NULL },
};
/* clang-format on */

/* What keeps mail away now, when senders enforce the policy or DANE. */
static const char *const urgent[] = { "M02", "S01", "S02", "S05", "S06",
	"S09" };

/* The parts in the order in which they have to work. */
static const char parts[] = "DPFMSTOX";

/* judge_mode - X01: is the mode the expected one? */
static void
judge_mode(const struct seen *s, const char *expect, struct audit *a)
{
	const char *mode =
	    s->policy != NULL ? mtasts_mode_name(s->policy->mode) : NULL;
	struct judge_at at = { .who = NULL };

	if (s->rec_verdict != MTASTS_VERDICT_VALID)
		mode = NULL;
	if (expect == NULL)
		return;
	audit_seen(a, "X01", "%s", mode != NULL ? mode : "no policy");
	if (mode == NULL)
		judge_find(a, &judge_sum_rules[0], at,
		    "There is no policy that senders can use, but one in mode "
		    "%s is expected.",
		    expect);
	else if (strcmp(mode, expect) != 0)
		judge_find(a, &judge_sum_rules[0], at,
		    "The policy is in mode %s, but mode %s is expected.", mode,
		    expect);
}

/* first_end - the earlier of two ends; 0 is none */
static int64_t
first_end(int64_t at, const struct tlsfact *tls)
{
	if (tls == NULL || tls->count == 0)
		return at;
	return at == 0 || tls->cert[0].not_after_at < at
	    ? tls->cert[0].not_after_at
	    : at;
}

/* put_facts - of the policy and the certificates, for monitoring */
static void
put_facts(const struct seen *s, struct audit *a)
{
	if (s->policy != NULL && s->rec_verdict == MTASTS_VERDICT_VALID) {
		a->mode = mtasts_mode_name(s->policy->mode);
		a->max_age_s = s->policy->max_age_s;
	}
	for (size_t i = 0; i < s->addr_count; i++)
		if (s->addr[i].got != NULL)
			a->host_cert_until_at = first_end(
			    a->host_cert_until_at, s->addr[i].got->tls);
	for (size_t i = 0; i < s->mx_count; i++)
		for (size_t k = 0; k < s->mxs[i].addr_count; k++)
			if (s->mxs[i].addr[k].probe != NULL)
				a->mx_cert_until_at =
				    first_end(a->mx_cert_until_at,
					s->mxs[i].addr[k].probe->tls);
}

/* --- what to do next --- */

/* host_of - the host of a place: "mx.example.org" of "mx.example.org [...]" */
static struct str
host_of(const char *place)
{
	struct str host;

	str_cut(str_of(place), ' ', &host, NULL);
	return host;
}

/* is_word - does it begin with a word, not with a name of a host or a key? */
static bool
is_word(const char *text)
{
	struct str word;

	str_cut(str_of(text), ' ', &word, NULL);
	for (size_t i = 0; i < word.len; i++)
		if (word.p[i] < 'a' || word.p[i] > 'z')
			return false;
	return word.len > 0;
}

/* put_sentence - a text with a capital and a full stop, behind what is there */
static void
put_sentence(struct buf *b, const char *text)
{
	size_t at;

	if (text[0] == '\0')
		return;
	if (b->len > 0)
		buf_putc(b, ' ');
	at = b->len;
	buf_puts(b, text);
	if (buf_error(b) != MTASTS_OK)
		return;
	if (is_word(b->p + at))
		b->p[at] = (char)(b->p[at] - 'a' + 'A');
	/* A record to publish ends with its own sign. */
	if (b->p[b->len - 1] != '.' && b->p[b->len - 1] != ';')
		buf_putc(b, '.');
}

/* put_place - of a finding whose sentence does not tell it: a host, a line */
static void
put_place(struct buf *b, const struct audit_check *c)
{
	struct str host = host_of(c->place), said = str_of(c->message), line;

	if (host.len == 0 || str_find(said, host) < said.len)
		return;
	if (str_chr(host, '.') < host.len)
		buf_putf(b, "%s:", c->place);
	str_cut(str_of(c->place), ',', &line, NULL);
	/* A column helps programs, and records are quoted. */
	if (str_eq(host, STR("line")))
		buf_putf(b, "In l%" STR_FMT ":", STR_ARG(str_sub(line, 1, 99)));
}

/* set_next - what was seen and how to mend it */
static bool
set_next(struct audit *a, const struct audit_check *c)
{
	struct buf b;

	buf_init(&b, 4096);
	put_place(&b, c);
	put_sentence(&b, c->message);
	put_sentence(&b, c->fix);
	/* S01 says what to do itself. */
	if (c->status == AUDIT_SKIP && strcmp(c->check->id, "S01") != 0)
		put_sentence(&b,
		    "Look again later; if it stays so, look from another "
		    "machine.");
	a->next = buf_error(&b) == MTASTS_OK ? arena_dup(a->arena, buf_str(&b))
					     : NULL;
	buf_free(&b);
	a->next_of = c;
	return a->next != NULL;
}

/* find_urgent - a failure that makes mail wait now, or null */
static const struct audit_check *
find_urgent(const struct seen *s, const struct audit *a)
{
	for (size_t i = 0; i < sizeof(urgent) / sizeof(*urgent); i++) {
		const struct audit_check *c = audit_get(a, urgent[i]);
		bool dane = strcmp(urgent[i], "S09") == 0;

		if (c != NULL && c->status == AUDIT_FAIL &&
		    (dane || judge_enforced(s)))
			return c;
	}
	return NULL;
}

/* find_status - the first check of this status, by parts; or null */
static const struct audit_check *
find_status(const struct audit *a, enum audit_status status, bool unknown)
{
	for (const char *part = parts; *part != '\0'; part++)
		for (size_t i = 0; i < a->count; i++) {
			const struct audit_check *c = &a->check[i];

			if (c->check->id[0] == *part && c->status == status &&
			    (status != AUDIT_SKIP || c->unknown == unknown))
				return c;
		}
	return NULL;
}

/* progress_of - nothing is wrong with a policy that senders use */
static const char *
progress_of(enum mtasts_mode mode, bool whole)
{
	if (mode == MTASTS_MODE_NONE)
		return "Nothing to mend; to protect mail again, write \"mode: "
		       "testing\" into the policy and change the id of the "
		       "record.";
	/* Whoever enforces has to know that the mail servers pass. */
	if (mode == MTASTS_MODE_TESTING && !whole)
		return "Run all checks, those of the mail servers too, before "
		       "you go to enforce.";
	if (mode == MTASTS_MODE_TESTING)
		return "Go to enforce, when reports have shown no failure for "
		       "some weeks: write \"mode: enforce\" into the policy "
		       "and change the id of the record.";
	return whole ? "Nothing to mend."
		     : "Nothing to mend in what was looked at.";
}

/* progress - nothing is wrong: how to go on */
static const char *
progress(const struct seen *s, const struct audit *a)
{
	bool whole = !s->no_smtp && !a->pick.some;
	bool record = s->rec_verdict == MTASTS_VERDICT_VALID;

	if (s->null_mx)
		return "Nothing to mend: the domain takes no mail.";
	if (record && s->policy != NULL)
		return progress_of(s->policy->mode, whole);
	if (!whole)
		return "Nothing to mend in what was looked at.";
	if (s->policy != NULL)
		return "Publish the record _mta-sts: the policy is there "
		       "already, but senders look for the record first.";
	return "Begin with MTA-STS: serve a policy in mode testing and publish "
	       "its record; \"mtasts domain add\" makes both.";
}

/* find_unknown - what could not be found out; a warning that tells why */
static const struct audit_check *
find_unknown(const struct audit *a)
{
	const struct audit_check *c = find_status(a, AUDIT_SKIP, true);
	const struct audit_check *s03 = audit_get(a, "S03");

	/* A server that is busy says so there. */
	if (c != NULL && c->check->id[0] == 'S' && s03 != NULL &&
	    s03->status == AUDIT_WARN)
		return s03;
	return c;
}

/* find_nowhere - the domain does not exist: a typing error most of the time */
static const struct audit_check *
find_nowhere(const struct seen *s, const struct audit *a)
{
	const struct audit_check *c = audit_get(a, "M01");

	return c != NULL && c->finding_count > 0 && s->mx != NULL &&
		s->mx->end == DNSFACT_NXDOMAIN
	    ? c
	    : NULL;
}

/* say_next - the one thing to do next; false when memory is short */
static bool
say_next(const struct seen *s, struct audit *a)
{
	const struct audit_check *c = find_nowhere(s, a);

	if (c == NULL)
		c = find_urgent(s, a);
	if (c == NULL)
		c = find_status(a, AUDIT_FAIL, false);
	if (c == NULL)
		c = find_unknown(a);
	if (c == NULL)
		c = find_status(a, AUDIT_WARN, false);
	if (c != NULL)
		return set_next(a, c);
	a->next = progress(s, a);
	return true;
}

/* judge_parts - every room once */
static void
judge_parts(const struct seen *s, struct audit *a)
{
	judge_sts(s, a);
	judge_host(s, a);
	judge_file(s, a);
	judge_mx(s, a);
	judge_smtp(s, a);
	judge_rpt(s, a);
	judge_own(s, a);
}

enum mtasts_err
judge(const struct seen *s, const struct judge_conf *conf, struct audit **out)
{
	struct audit *a = audit_new(s->domain, &conf->pick, s->at);
	enum mtasts_err err;

	if (a == NULL)
		return MTASTS_ENOMEM;
	/* Judges stand on them, too. */
	judge_live(s, a);
	judge_parts(s, a);
	judge_mode(s, conf->expect, a);
	put_facts(s, a);
	err = audit_end(a);
	if (err == MTASTS_OK)
		judge_nation(s, a);
	judge_sum_sender(s, a);
	judge_sum_dane(s, a);
	if (err == MTASTS_OK && (!say_next(s, a) || a->short_of_memory))
		err = MTASTS_ENOMEM;
	if (err == MTASTS_OK)
		*out = a;
	else
		audit_free(a);
	return err;
}
