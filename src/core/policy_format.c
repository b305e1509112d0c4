/*
 * policy_format - writing the policy file
 *
 * Writes only what parses to the letter and to the same policy, RFC 8461
 * section 3.2; what a lenient reading has let through beyond that, such as a
 * pattern with an underscore, is refused. Lines end with CR LF: all senders
 * take that, and the prose of the RFC asks for it (erratum 6253).
 */
#include "mtasts/policy.h"
#include "base/arena.h"
#include "base/buf.h"
#include "core/limits.h"
#include "core/mxpattern.h"

const char *
mtasts_mode_name(enum mtasts_mode mode)
{
	switch (mode) {
	case MTASTS_MODE_TESTING:
		return "testing";
	case MTASTS_MODE_ENFORCE:
		return "enforce";
	default:
		return "none";
	}
}

void
mtasts_free(void *p)
{
	mem_free(p);
}

/* format_mx - one pattern; false when it may not be published */
static bool
format_mx(struct buf *b, const char *text)
{
	struct mxpattern pattern;
	unsigned notes;

	if (!mxpattern_parse(str_of(text), &pattern, &notes, NULL, NULL) ||
	    (notes & MTASTS_DNAME_UNDERSCORE))
		return false;
	buf_putf(
	    b, "mx: %s%s\r\n", pattern.wildcard ? "*." : "", pattern.name.text);
	return true;
}

enum mtasts_err
mtasts_policy_format(const struct mtasts_policy *policy, char **out)
{
	enum mtasts_err err = MTASTS_EINVAL;
	struct buf b;

	if (policy->max_age_s > LIMIT_MAX_AGE_S ||
	    (policy->mx_count == 0 && policy->mode != MTASTS_MODE_NONE))
		return MTASTS_EINVAL;
	buf_init(&b, LIMIT_POLICY_LEN);
	buf_putf(&b, "version: STSv1\r\nmode: %s\r\n",
	    mtasts_mode_name(policy->mode));
	for (size_t i = 0; i < policy->mx_count; i++) {
		if (!format_mx(&b, policy->mx[i]))
			goto out;
	}
	buf_putf(&b, "max_age: %u\r\n", (unsigned)policy->max_age_s);
	err = buf_error(&b);
	if (err == MTASTS_OK)
		*out = buf_take(&b);
out:
	buf_free(&b);
	return err;
}
