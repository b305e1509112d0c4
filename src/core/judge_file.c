/*
 * judge_file - F01 to F15, P11 and P13: what was found in the policy file
 *
 * The reader of policies has found it already; here it becomes results. What
 * cannot be said of a file that could not be read is not said: a web page has
 * no empty lines. Knows nothing of the way on which the file came.
 *
 * RFC 8461 section 3.2.
 */
#include "core/judge_txt.h"

#include "base/timefmt.h"

#include <stdio.h>

static const char *const all[] = { "F01", "F02", "F03", "F04", "F05", "F06",
	"F07", "F08", "F09", "F10", "F11", "F12", "F13", "F14", "F15", NULL };

/* unread - the check that tells why the file was not read on; or null */
static const char *
unread(const struct seen *s)
{
	/* Rules after which the reader stops. */
	static const char *const stops[] = { "utf-16", "nul-byte", "bare-cr",
		"too-large" };
	const struct mtasts_finding *f;

	if (s->text_policy != NULL)
		return NULL;
	for (size_t i = 0; (f = mtasts_diags_get(s->text_diags, i)) != NULL;
	     i++) {
		if (f->severity != MTASTS_ERROR)
			continue;
		if (strcmp(f->id, "P13") == 0)
			return f->id;
		for (size_t k = 0; k < sizeof(stops) / sizeof(*stops); k++)
			if (strcmp(f->name, stops[k]) == 0)
				return f->id;
	}
	return NULL;
}

/* has_error - is there an error of this check in the file? */
static bool
has_error(const struct seen *s, const char *id)
{
	const struct mtasts_finding *f;

	for (size_t i = 0; (f = mtasts_diags_get(s->text_diags, i)) != NULL;
	     i++)
		if (f->severity == MTASTS_ERROR && strcmp(f->id, id) == 0)
			return true;
	return false;
}

/* say_text - what was seen of the bytes */
static void
say_text(const struct seen *s, struct audit *a)
{
	struct str text, line;
	size_t crlf = 0, lf = 0;
	bool ended;

	if (s->best == NULL || s->best->got == NULL)
		return;
	text = s->best->got->body;
	audit_seen(a, "F01", "%zu bytes", text.len);
	while (str_line(&text, &line, &ended)) {
		if (ended && str_ends(line, STR("\r")))
			crlf++;
		else if (ended)
			lf++;
	}
	if (crlf + lf > 0)
		audit_seen(a, "F02", "lines end with %s",
		    lf == 0	    ? "CR LF"
			: crlf == 0 ? "LF"
				    : "CR LF and LF");
}

/* say_policy - what was seen of the fields */
static void
say_policy(const struct mtasts_policy *p, struct audit *a)
{
	struct timefmt age;

	audit_seen(a, "F06", "mode %s", mtasts_mode_name(p->mode));
	audit_seen(a, "F07", "max_age %u s", p->max_age_s);
	audit_seen(a, "F08", "%s", timefmt_ago(&age, p->max_age_s));
	if (p->mx_count > 0)
		audit_seen(a, "F09", "%zu mx line%s", p->mx_count,
		    p->mx_count == 1 ? "" : "s");
	else
		audit_seen(
		    a, "F09", "mode %s needs no mx", mtasts_mode_name(p->mode));
	for (size_t i = 0; i < p->mx_count && i < 5; i++)
		audit_seen(a, "F10", "%s", p->mx[i]);
	if (p->mx_count > 5)
		audit_seen(a, "F10", "and %zu more", p->mx_count - 5);
}

void
judge_file(const struct seen *s, struct audit *a)
{
	struct judge_text why;
	const char *stop;

	if (s->text_diags == NULL) {
		judge_skip(a, all,
		    judge_absent(s) ? "The domain has no MTA-STS record."
				    : "No policy file came from its host.");
		return;
	}
	judge_copy(a, s->text_diags, NULL);
	say_text(s, a);
	if (s->text_policy != NULL)
		say_policy(s->text_policy, a);
	stop = unread(s);
	if (stop != NULL) {
		snprintf(why.text, sizeof(why.text),
		    "What came cannot be read as a policy: see %s.", stop);
		judge_skip(a, all, why.text);
	}
	if (has_error(s, "F07") && s->text_policy == NULL)
		audit_skip(a, "F08", "max_age cannot be read: see F07.");
}
