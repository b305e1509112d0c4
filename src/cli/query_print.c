/*
 * query_print.c - what a sender decides, for people
 *
 * The verdict first, in one sentence; then what it was made of, in the order
 * in which a sender asks: TXT record, policy, mail servers, decision, and what
 * each MTA is told. All texts may come from strangers.
 */
#include "cli/query_print.h"

#include "base/timefmt.h"
#include "cli/out.h"

#include <inttypes.h>

#define TEXT_COLUMN   12 /* where the texts behind the labels begin */
#define ANSWER_COLUMN 19
#define LINE_MAX      (128u << 10)
#define SHOWN_MAX     2000 /* bytes of a stranger's text */

/* The page while it is printed. */
struct page {
	struct cmd_env *env;
	const struct js *js;
	struct buf b; /* the text of one label */
};

struct str
query_text(const struct js *js, const char *key)
{
	struct str s = STR("");

	js_str(js_get(js, key), &s);
	return s;
}

void
query_put_safe(struct buf *b, struct str s)
{
	buf_clean(b, s, SHOWN_MAX);
}

/* number - a member's number, or 0 */
static int64_t
number(const struct js *js, const char *key)
{
	int64_t n = 0;

	js_int(js_get(js, key), &n);
	return n;
}

/* flag - is a member true? */
static bool
flag(const struct js *js, const char *key)
{
	bool b = false;

	return js_bool(js_get(js, key), &b) && b;
}

#define NOW_S 2

/* is - does a member have this text? */
static bool
is(const struct js *js, const char *key, const char *text)
{
	return str_eq(query_text(js, key), str_of(text));
}

void
query_put_when(struct buf *b, const struct js *at, int64_t now_at)
{
	struct timefmt t;
	struct str s;
	int64_t when;

	if (!js_str(at, &s))
		return;
	if (timefmt_parse_rfc3339(s, &when) != MTASTS_OK) {
		query_put_safe(b, s);
		return;
	}
	timefmt_rfc3339(&t, when);
	buf_putf(b, "%.10s %.5s UTC", t.text, t.text + 11);
	/* The command began a little before what it brought about. */
	if (when >= now_at && when - now_at <= NOW_S)
		buf_puts(b, " (now)");
	else if (when > now_at)
		buf_putf(b, " (in %s)", timefmt_ago(&t, when - now_at));
	else
		buf_putf(b, " (%s ago)", timefmt_ago(&t, now_at - when));
}

/* put_text - append a member's text, with words before it when it is there */
static void
put_text(
    struct page *p, const char *before, const struct js *js, const char *key)
{
	struct str s = query_text(js, key);

	if (s.len == 0)
		return;
	buf_puts(&p->b, before);
	query_put_safe(&p->b, s);
}

/* put_when - append a member's time, with words before it */
static void
put_when(
    struct page *p, const char *before, const struct js *js, const char *key)
{
	if (query_text(js, key).len == 0)
		return;
	buf_puts(&p->b, before);
	query_put_when(&p->b, js_get(js, key), p->env->now_at);
}

/* flush - print what was gathered behind a label, when it is anything */
static void
flush(struct page *p, unsigned column, const char *label)
{
	if (buf_error(&p->b) != MTASTS_OK)
		p->env->incomplete = true;
	else if (p->b.len > 0)
		out_labelled(p->env, column, label, buf_str(&p->b));
	buf_clear(&p->b);
}

/* paragraph - print what was gathered without a label */
static void
paragraph(struct page *p)
{
	if (buf_error(&p->b) != MTASTS_OK)
		p->env->incomplete = true;
	else
		out_wrap_str(p->env, p->env->out, 0, buf_str(&p->b));
	buf_clear(&p->b);
}

/* What a decision means for mail. */
struct meaning {
	const char *name;
	enum out_color color;
	const char *sentence;
};

static const struct meaning meanings[] = {
	{ "sts", OUT_GREEN,
	    "protected by MTA-STS: mail goes only to the servers that the "
	    "policy names, with valid certificates" },
	{ "dane-only", OUT_GREEN,
	    "protected by DANE: mail goes only to servers whose certificates "
	    "are in the DNS" },
	{ "dane", OUT_YELLOW,
	    "protected by DANE in part: servers with certificates in the DNS "
	    "are checked by them, others are not" },
	{ "testing", OUT_YELLOW,
	    "not protected yet: the policy is in mode testing" },
	{ "none", OUT_YELLOW, "not protected: TLS is used, but not checked" },
	{ "temp", OUT_RED, "mail has to wait" },
	{ "static", OUT_PLAIN, "what holds is set by a rule" },
};

/* Reasons that say more than the kind does. */
static const struct meaning reasons[] = {
	{ "null-mx", OUT_PLAIN, "takes no mail" },
	{ "txt-failed", OUT_RED, "not known: the lookup failed" },
	{ "deadline", OUT_RED, "not known: it took too long" },
	{ "disabled", OUT_YELLOW, "not protected: a rule says so" },
};

/* meaning_of - what a decision means, or null when it is a new kind */
static const struct meaning *
meaning_of(const struct js *decision)
{
	size_t i;

	for (i = 0; is(decision, "kind", "none") &&
	     i < sizeof(reasons) / sizeof(reasons[0]);
	     i++)
		if (is(decision, "reason", reasons[i].name))
			return &reasons[i];
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (is(decision, "kind", meanings[i].name))
			return &meanings[i];
	return NULL;
}

/* say_verdict - the first lines: what it means, and why */
static void
say_verdict(struct page *p, const struct js *decision)
{
	const struct meaning *m = meaning_of(decision);
	struct str text = query_text(decision, "text");
	bool dnssec;

	put_text(
	    p, "", p->js, query_text(p->js, "key").len > 0 ? "key" : "domain");
	buf_putf(&p->b, ": %s.",
	    m != NULL ? m->sentence : "the decision is not known here");
	out_color(p->env, OUT_BOLD);
	out_color(p->env, m != NULL ? m->color : OUT_PLAIN);
	paragraph(p);
	out_color(p->env, OUT_PLAIN);
	if (text.len > 0) {
		buf_puts(&p->b, "Why: ");
		query_put_safe(&p->b, text);
		buf_putc(&p->b, '.');
		paragraph(p);
	}
	if (flag(p->js, "observe"))
		out_wrap(p->env, p->env->out, 0,
		    "The MTA is not told: resolver: observe is on.");
	if (js_bool(js_get(p->js, "dns_validation"), &dnssec) && !dnssec)
		out_wrap(p->env, p->env->out, 0,
		    "DANE is left out: DNSSEC has not been seen to work here.");
	fputc('\n', p->env->out);
}

/* say_txt - the TXT record */
static void
say_txt(struct page *p)
{
	const struct js *txt = js_get(p->js, "txt");

	if (is(txt, "state", "valid"))
		put_text(p, "valid, id ", txt, "id");
	else if (is(txt, "state", "failed"))
		buf_puts(&p->b, "the lookup failed");
	else if (is(txt, "state", "none"))
		buf_puts(&p->b,
		    query_text(txt, "why").len > 0 ? "none that is valid"
						   : "none");
	else
		buf_puts(&p->b, "not looked up");
	put_text(p, ": ", txt, "why");
	put_when(p, "; looked up ", txt, "asked");
	flush(p, TEXT_COLUMN, "TXT");
}

/* put_age - how long a policy holds, for people */
static void
put_age(struct page *p, int64_t max_age_s)
{
	struct timefmt t;

	buf_putf(&p->b, ", max_age %" PRId64 " (%s)", max_age_s,
	    timefmt_ago(&t, max_age_s));
}

/* put_list - texts with commas between */
static void
put_list(struct page *p, const struct js *list)
{
	struct str s;
	size_t i;

	for (i = 0; i < js_len(list); i++) {
		buf_puts(&p->b, i > 0 ? ", " : "");
		if (js_str(js_at(list, i), &s))
			query_put_safe(&p->b, s);
	}
}

/* say_policy - the cached policy */
static void
say_policy(struct page *p)
{
	const struct js *policy = js_get(p->js, "policy");

	if (!js_is_object(policy)) {
		buf_puts(&p->b, "none is known");
		flush(p, TEXT_COLUMN, "Policy");
		return;
	}
	put_text(p, "", policy, "mode");
	put_age(p, number(policy, "max_age"));
	put_text(p, ", id ", policy, "id");
	flush(p, TEXT_COLUMN, "Policy");
	put_list(p, js_get(policy, "mx"));
	flush(p, TEXT_COLUMN, "  mx");
	put_when(p, "", policy, "fetched");
	flush(p, TEXT_COLUMN, "  fetched");
	put_when(p, "", policy, "until");
	if (!flag(policy, "fresh"))
		buf_puts(&p->b, ": run out");
	flush(p, TEXT_COLUMN, "  until");
	if (number(policy, "failures") > 0) {
		buf_putf(&p->b, "failed %" PRId64 " times in a row",
		    number(policy, "failures"));
		put_text(p, ": ", policy, "error");
		flush(p, TEXT_COLUMN, "  refresh");
	}
}

/* say_failure - the last fetch that failed */
static void
say_failure(struct page *p)
{
	const struct js *failure = js_get(p->js, "failure");

	if (!js_is_object(failure))
		return;
	buf_puts(&p->b, "failed");
	put_text(p, ": ", failure, "why");
	put_text(p, "; reported as ", failure, "result_type");
	put_when(p, "; tried ", failure, "at");
	put_when(p, ", again after ", failure, "until");
	flush(p, TEXT_COLUMN, "Fetch");
}

/* put_dane - what DANE says of a server */
static void
put_dane(struct page *p, const struct js *host)
{
	static const struct {
		const char *name, *sentence;
	} classes[] = {
		{ "none", "no DANE" },
		{ "usable", "DANE" },
		{ "unusable", "TLSA records that DANE cannot use" },
		{ "error", "DANE lookup failed" },
		{ "gone", "no address" },
	};
	int64_t usable = number(host, "usable"),
		unusable = number(host, "unusable");
	size_t i;

	if (query_text(host, "dane").len == 0)
		buf_puts(&p->b, "DANE not looked up");
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (is(host, "dane", classes[i].name))
			buf_puts(&p->b, classes[i].sentence);
	if (usable > 0)
		buf_putf(&p->b, ": %" PRId64 " of %" PRId64 " TLSA record%s",
		    usable, usable + unusable,
		    usable + unusable == 1 ? "" : "s");
	if (usable + unusable > 0)
		put_text(p, " of ", host, "tlsa_base");
	put_text(p, ": ", host, "why");
}

/* say_host - one mail server: does it fit, and what of DANE? */
static void
say_host(struct page *p, const struct js *host)
{
	const struct js *fits = js_get(host, "fits");
	bool fit;

	put_text(p, "", host, "name");
	buf_putf(&p->b, " (%" PRId64 ")", number(host, "preference"));
	buf_putc(&p->b, ':');
	if (js_bool(fits, &fit))
		buf_puts(&p->b,
		    fit ? " fits the policy," : " FITS NO mx OF THE POLICY,");
	buf_putc(&p->b, ' ');
	put_dane(p, host);
	if (!flag(host, "current"))
		buf_puts(&p->b, "; not in the last answer");
	flush(p, TEXT_COLUMN + 2, "          -");
}

/* say_mx - the mail servers */
static void
say_mx(struct page *p)
{
	const struct js *mx = js_get(p->js, "mx"), *hosts = js_get(mx, "hosts");
	size_t i;

	if (is(mx, "state", "null"))
		buf_puts(&p->b, "null MX: the domain takes no mail");
	else if (is(mx, "state", "failed"))
		buf_puts(&p->b, "the lookup failed");
	else if (is(mx, "state", "found"))
		buf_puts(&p->b,
		    flag(mx, "secure") ? "signed with DNSSEC"
				       : "not signed with DNSSEC");
	else
		buf_puts(&p->b, "not looked up");
	put_text(p, ": ", mx, "why");
	flush(p, TEXT_COLUMN, "MX");
	for (i = 0; i < js_len(hosts); i++)
		say_host(p, js_at(hosts, i));
}

/* say_decision - what was decided, by which rule */
static void
say_decision(struct page *p, const struct js *decision)
{
	put_text(p, "", decision, "kind");
	put_text(p, ", reason ", decision, "reason");
	put_when(p, "; holds until ", decision, "until");
	flush(p, TEXT_COLUMN, "Decision");
	put_text(p, "", decision, "rule");
	flush(p, TEXT_COLUMN, "  rule");
}

/* reply_at - the name and text of a reply; false at the end */
static bool
reply_at(const struct js *replies, size_t i, struct str *name, struct str *text)
{
	const char *key = NULL;
	const struct js *reply = NULL;
	size_t j;

	for (j = 0; j <= i; j++)
		reply = js_member(replies, j, &key);
	*name = str_of(key);
	*text = STR("");
	js_str(reply, text);
	return reply != NULL;
}

/* put_names - the names of all replies that are the same as the i-th */
static bool
put_names(const struct js *replies, size_t i, struct buf *b)
{
	struct str name, text, other;
	size_t j;

	reply_at(replies, i, &name, &text);
	for (j = 0; reply_at(replies, j, &name, &other); j++) {
		if (!str_eq(text, other))
			continue;
		/* It stood with the first of them. */
		if (j < i)
			return false;
		buf_puts(b, j > i ? ", " : "");
		query_put_safe(b, name);
	}
	return true;
}

/* say_replies - what each MTA is told; equal answers together */
static void
say_replies(struct page *p)
{
	const struct js *replies = js_get(p->js, "replies");
	struct str name, text;
	struct buf label;
	size_t i;

	if (js_len(replies) > 0)
		fputs("\nWhat the MTA is told, by map name:\n", p->env->out);
	buf_init(&label, LINE_MAX);
	for (i = 0; reply_at(replies, i, &name, &text); i++) {
		buf_clear(&label);
		if (!put_names(replies, i, &label))
			continue;
		query_put_safe(&p->b, text);
		if (buf_error(&label) != MTASTS_OK) {
			p->env->incomplete = true;
			break;
		}
		if (label.len + 2 < ANSWER_COLUMN) {
			flush(p, ANSWER_COLUMN, label.p);
			continue;
		}
		fprintf(p->env->out, "  %s\n", label.p);
		flush(p, ANSWER_COLUMN, "");
	}
	buf_free(&label);
}

void
query_print(struct cmd_env *env, const struct js *js)
{
	const struct js *decision = js_get(js, "decision");
	struct page p = { .env = env, .js = js };
	struct str error = query_text(js, "error");

	buf_init(&p.b, LINE_MAX);
	if (error.len > 0) {
		put_text(&p, "", js, "key");
		buf_puts(&p.b, ": ");
		query_put_safe(&p.b, error);
		paragraph(&p);
	} else {
		say_verdict(&p, decision);
		say_txt(&p);
		say_policy(&p);
		say_failure(&p);
		say_mx(&p);
		say_decision(&p, decision);
		say_replies(&p);
	}
	buf_free(&p.b);
}

/* misfits - does a current mail server fit no mx of an active policy? */
static bool
misfits(const struct js *js)
{
	const struct js *hosts = js_get(js_get(js, "mx"), "hosts");
	const struct js *policy = js_get(js, "policy");
	bool fit;
	size_t i;

	if (!flag(policy, "fresh") || is(policy, "mode", "none"))
		return false;
	for (i = 0; i < js_len(hosts); i++)
		if (flag(js_at(hosts, i), "current") &&
		    js_bool(js_get(js_at(hosts, i), "fits"), &fit) && !fit)
			return true;
	return false;
}

enum cmd_status
query_status(const struct js *js)
{
	/* Nothing was found out; what is decided then is a makeshift. */
	static const char *const unknown[] = { "txt-failed", "deadline",
		"ours" };
	static const char *const problems[] = { "bad-record", "fetch-failed",
		"bad-policy", "no-mx-fits" };
	const struct js *decision = js_get(js, "decision");
	size_t i;

	if (query_text(js, "error").len > 0)
		return CMD_USAGE;
	if (!js_is_object(decision))
		return CMD_UNKNOWN;
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (is(decision, "reason", unknown[i]))
			return CMD_UNKNOWN;
	if (is(decision, "reason", "mx-failed") &&
	    is(js_get(js, "txt"), "state", "failed"))
		return CMD_UNKNOWN;
	for (i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
		if (is(decision, "reason", problems[i]))
			return CMD_PROBLEM;
	if (is(decision, "kind", "temp") ||
	    js_is_object(js_get(js, "failure")) || misfits(js))
		return CMD_PROBLEM;
	return CMD_FINE;
}
