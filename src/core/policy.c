/*
 * policy - reading the policy file
 *
 * One reading serves both levels: what the grammar allows is VALID, what a
 * careful sender can use without weakening anything is USABLE, each leniency
 * noted; the rest is EPOLICY. What to say about a fault is for lint; what an
 * mx pattern is, for mxpattern. Knows nothing of HTTP and of time.
 *
 * Bounds: LIMIT_POLICY_LEN bytes, LIMIT_MX_COUNT mx lines; the time is linear
 * in the text but for the search of repeated patterns among those.
 *
 * RFC 8461 section 3.2, errata 6253 and 7282.
 */
#include "mtasts/policy.h"
#include "base/arena.h"
#include "core/limits.h"
#include "core/lint.h"

/* A pattern takes at most its text, a pointer and the arena's own bytes. */
#define ARENA_MAX (LIMIT_MX_COUNT * (LIMIT_DNAME_LEN + 64) + 4096)

/* From here on a file is larger than any reason for it. */
#define LARGE_LEN 4096

/* The public policy and the arena that holds it and all its strings. */
struct policy_box {
	struct mtasts_policy policy; /* first: the two share their address */
	struct arena *arena;
};

/* The state of one reading. */
struct reader {
	struct policy_notes notes;
	struct policy_survey survey;
	struct arena *arena;
	const char **mx;
	size_t mx_count;
	unsigned mx_lines; /* looked at */
	enum mtasts_mode mode;
	uint64_t max_age_s;
	bool seen[POLICY_OTHER];
	bool no_memory;
};

/* keep_mx - add a normalised pattern unless it is there already */
static void
keep_mx(struct reader *r, const struct policy_line *line,
    const struct mxpattern *pattern)
{
	struct str text;
	char *copy;

	copy = arena_printf(r->arena, "%s%s", pattern->wildcard ? "*." : "",
	    pattern->name.text);
	if (copy == NULL) {
		r->no_memory = true;
		return;
	}
	text = str_of(copy);
	for (size_t i = 0; i < r->mx_count; i++) {
		if (str_eq(text, str_of(r->mx[i]))) {
			policy_note(&r->notes, POLICY_MX_REPEATED,
			    lint_at(line), "mx \"%s\" is named again", copy);
			return;
		}
	}
	r->mx[r->mx_count++] = copy;
}

/* read_mx - one mx line: keep it, mend it or leave it out */
static void
read_mx(struct reader *r, const struct policy_line *line)
{
	struct mxpattern pattern;
	struct lint_mx_fault why;
	unsigned notes;

	if (r->mx_lines == LIMIT_MX_COUNT) {
		if (r->notes.seen[POLICY_MX_TOO_MANY] == 0)
			policy_note(&r->notes, POLICY_MX_TOO_MANY,
			    lint_at(line),
			    "only the first %d of %u mx lines are read",
			    LIMIT_MX_COUNT, r->survey.keys[POLICY_MX]);
		return;
	}
	r->mx_lines++;
	if (!mxpattern_parse(
		line->value, &pattern, &notes, &why.fault, &why.name)) {
		/* No fault at all: the name could not be converted. */
		if (why.fault == MXPATTERN_NAME &&
		    why.name == MTASTS_DNAME_FINE)
			r->no_memory = true;
		else
			lint_mx_bad(&r->notes, line, why);
		return;
	}
	lint_mx_fine(&r->notes, line, &pattern, notes);
	keep_mx(r, line, &pattern);
}

/* read_max_age - 1 to 10 digits; over the maximum is the maximum */
static void
read_max_age(struct reader *r, const struct policy_line *line)
{
	/* The grammar allows what the text forbids: erratum 7282. */
	if (line->value.len > LIMIT_MAX_AGE_LEN ||
	    !str_u64(line->value, UINT64_MAX, &r->max_age_s)) {
		lint_max_age(&r->notes, line);
		return;
	}
	if (r->max_age_s > LIMIT_MAX_AGE_S) {
		policy_note(&r->notes, POLICY_MAX_AGE_OVER, lint_at_value(line),
		    "max_age is %llu seconds, more than the maximum of %d",
		    (unsigned long long)r->max_age_s, LIMIT_MAX_AGE_S);
		r->max_age_s = LIMIT_MAX_AGE_S;
	}
	lint_max_age_advice(&r->notes, line, r->max_age_s, &r->survey);
}

/* read_version - must be STSv1 exactly */
static void
read_version(struct reader *r, const struct policy_line *line)
{
	if (!str_eq(line->value, STR("STSv1")))
		lint_version(&r->notes, line);
	for (enum policy_key key = POLICY_VERSION; key < POLICY_OTHER; key++) {
		if (r->seen[key] && key != POLICY_VERSION) {
			policy_note(&r->notes, POLICY_VERSION_LATE,
			    lint_at(line),
			    "version stands behind other fields");
			break;
		}
	}
}

/* read_field - one of the four fields; the first of each counts, but mx */
static void
read_field(struct reader *r, const struct policy_line *line)
{
	enum policy_key key = line->key;

	if (r->seen[key] && key != POLICY_MX) {
		policy_note(&r->notes, POLICY_KEY_REPEATED, lint_at(line),
		    "%s is given again; the one on line %u counts",
		    policy_key_name(key), r->survey.first[key]);
		return;
	}
	switch (key) {
	case POLICY_VERSION:
		read_version(r, line);
		break;
	case POLICY_MODE:
		if (!policy_mode_find(line->value, &r->mode))
			lint_mode(&r->notes, line);
		break;
	case POLICY_MAX_AGE:
		read_max_age(r, line);
		break;
	default:
		read_mx(r, line);
		break;
	}
	r->seen[key] = true;
}

/* read_lines - all lines of the text */
static void
read_lines(struct reader *r, struct str text)
{
	struct policy_line line = { 0 };

	while (policy_line_next(&text, &line)) {
		lint_shape(&r->notes, &line, &r->survey);
		if (line.shape == POLICY_SHAPE_FIELD &&
		    line.key != POLICY_OTHER)
			read_field(r, &line);
		else if (line.shape == POLICY_SHAPE_FIELD ||
		    line.shape == POLICY_SHAPE_SEPARATOR)
			lint_key(&r->notes, &line, &r->survey);
	}
}

/* note_missing - one required field, unless a near miss was named for it */
static void
note_missing(struct reader *r, enum policy_key key, enum policy_rule rule)
{
	if (!r->seen[key] && r->notes.seen[rule] == 0)
		policy_note(&r->notes, rule, (struct diag_place){ 0 },
		    "%s is missing", policy_key_name(key));
}

/* note_all_missing - what the policy lacks */
static void
note_all_missing(struct reader *r)
{
	struct policy_notes *notes = &r->notes;
	bool none = r->survey.has_mode && r->mode == MTASTS_MODE_NONE;

	if (!r->seen[POLICY_VERSION] && !r->seen[POLICY_MODE] &&
	    !r->seen[POLICY_MAX_AGE] && !r->seen[POLICY_MX] && !notes->fatal) {
		policy_note(notes, POLICY_OTHER_TEXT, (struct diag_place){ 0 },
		    "there is no policy field in the file");
		return;
	}
	note_missing(r, POLICY_VERSION, POLICY_NO_VERSION);
	note_missing(r, POLICY_MODE, POLICY_NO_MODE);
	note_missing(r, POLICY_MAX_AGE, POLICY_NO_MAX_AGE);
	/* RFC 8461 section 3.2: at least one mx, except in mode none. */
	if (r->mx_count > 0 || none)
		return;
	if (!r->seen[POLICY_MX])
		note_missing(r, POLICY_MX, POLICY_NO_MX);
	else
		policy_note_fix(notes, POLICY_NO_MX, (struct diag_place){ 0 },
		    "Mend the mx lines.",
		    "no mx line holds a name that can be used");
}

/* read_body - the text as a whole; EPOLICY, ENOMEM or fine */
static enum mtasts_err
read_body(struct reader *r, struct str text)
{
	size_t most;

	if (!lint_bytes(&r->notes, text))
		return MTASTS_EPOLICY;
	if (str_starts(text, STR("\xef\xbb\xbf"))) {
		policy_note(&r->notes, POLICY_BOM,
		    (struct diag_place){ .line = 1, .column = 1 },
		    "the file begins with a byte order mark");
		text = str_sub(text, 3, SIZE_MAX);
	}
	policy_survey(text, &r->survey);
	if (lint_other_text(&r->notes, text, &r->survey))
		return MTASTS_EPOLICY;
	most = r->survey.keys[POLICY_MX];
	if (most > LIMIT_MX_COUNT)
		most = LIMIT_MX_COUNT;
	r->mx = arena_zalloc(r->arena, most + 1, sizeof(*r->mx));
	if (r->mx == NULL)
		return MTASTS_ENOMEM;
	read_lines(r, text);
	note_all_missing(r);
	if (r->no_memory)
		return MTASTS_ENOMEM;
	return r->notes.fatal ? MTASTS_EPOLICY : MTASTS_OK;
}

/* make_policy - hand the reading over as a public policy */
static struct mtasts_policy *
make_policy(struct reader *r)
{
	struct policy_box *box = arena_zalloc(r->arena, 1, sizeof(*box));

	if (box == NULL)
		return NULL;
	box->arena = r->arena;
	box->policy.mode = r->mode;
	box->policy.max_age_s = (uint32_t)r->max_age_s;
	box->policy.mx_count = r->mx_count;
	box->policy.mx = r->mx;
	box->policy.verdict =
	    r->notes.flawed ? MTASTS_VERDICT_USABLE : MTASTS_VERDICT_VALID;
	return &box->policy;
}

enum mtasts_err
mtasts_policy_parse(const char *text, size_t len, struct mtasts_policy **out,
    struct mtasts_diags *diags)
{
	struct mtasts_policy *policy = NULL;
	struct reader r = { 0 };
	enum mtasts_err err;

	if ((text == NULL && len > 0) || out == NULL)
		return MTASTS_EINVAL;
	policy_notes_init(&r.notes, diags);
	if (len > LIMIT_POLICY_LEN) {
		policy_note(&r.notes, POLICY_TOO_LARGE,
		    (struct diag_place){ 0 }, "the file has more than %d bytes",
		    LIMIT_POLICY_LEN);
		return MTASTS_ELIMIT;
	}
	if (len > LARGE_LEN)
		policy_note(&r.notes, POLICY_LARGE, (struct diag_place){ 0 },
		    "the file has %zu bytes; a policy needs a few hundred",
		    len);
	r.arena = arena_new(ARENA_MAX);
	if (r.arena == NULL)
		return MTASTS_ENOMEM;
	err = read_body(&r, str_make(text, len));
	policy_notes_end(&r.notes);
	if (err != MTASTS_OK)
		goto out;
	policy = make_policy(&r);
	err = policy != NULL ? MTASTS_OK : MTASTS_ENOMEM;
	if (policy != NULL)
		*out = policy;
out:
	if (policy == NULL)
		arena_free(r.arena);
	return err;
}

void
mtasts_policy_free(struct mtasts_policy *policy)
{
	struct policy_box *box = (struct policy_box *)(void *)policy;

	if (box != NULL)
		arena_free(box->arena);
}
