/*
 * polname.c - the name of a domain that publishes a policy
 *
 * RFC 8461 sections 3.1 and 3.3. Knows nothing of settings or stores.
 */
#include "core/polname.h"

#include "base/buf.h"
#include "core/limits.h"

static const struct diag_rule rule_name = {
	.id = "R22",
	.name = "domain-name",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "RFC 8461 section 3.1",
	.fix = "Give the part of the mail addresses behind the @, such as "
	       "example.org.",
};

static const struct diag_rule rule_long = {
	.id = "R23",
	.name = "domain-name-long",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "RFC 8461 section 3.1",
	.fix =
	    "Such a domain cannot have a policy: the name of its record would "
	    "be longer than DNS allows.",
};

static const struct diag_rule rule_prefix = {
	.id = "R24",
	.name = "domain-name-prefix",
	.severity = MTASTS_WARNING,
	.rfc = "RFC 8461 section 3.3",
	.fix = "Give the mail domain itself; the names of its policy host and "
	       "record follow from it. Take this one away again with \"mtasts "
	       "domain remove NAME --now\".",
};

static const struct diag_rule rule_label = {
	.id = "R24",
	.name = "domain-name-single",
	.severity = MTASTS_WARNING,
	.rfc = "RFC 8461 section 3.1",
	.fix = "Give the whole domain, such as example.org.",
};

/* mended - the domain within a mail address or a URL; empty: neither */
static struct str
mended(struct str text)
{
	struct str head, tail;

	if (str_cut(text, '@', &head, &tail))
		return tail;
	if (!str_cut(text, ':', &head, &tail) || !str_starts(tail, STR("//")))
		return (struct str){ 0 };
	tail = str_sub(tail, 2, tail.len);
	return str_cut(tail, '/', &head, &tail) ? head : tail;
}

/* bad_name - the finding about a text that is no name, with what is meant */
static void
bad_name(struct str text, enum mtasts_dname_fault fault, struct diag_place at,
    struct mtasts_diags *diags)
{
	struct str meant = mended(text);
	struct mtasts_dname name;
	struct diag_quote q;
	struct buf fix;

	if (mtasts_dname_parse(meant.p, meant.len, &name, NULL, NULL) !=
	    MTASTS_OK) {
		diag_add(diags, &rule_name, at, "\"%s\" is no domain: it %s",
		    diag_quote(&q, text), mtasts_dname_fault_text(fault));
		return;
	}
	buf_init(&fix, 512);
	buf_putf(&fix, "Give the domain alone: %s.", name.text);
	diag_add_fix(diags, &rule_name, at,
	    fix.p != NULL ? fix.p : rule_name.fix,
	    "\"%s\" is no domain, but a %s", diag_quote(&q, text),
	    str_chr(text, '@') < text.len ? "mail address" : "URL");
	buf_free(&fix);
}

enum mtasts_err
polname_parse(struct str text, struct mtasts_dname *out, struct diag_place at,
    struct mtasts_diags *diags)
{
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct mtasts_dname name;
	struct diag_quote q;
	enum mtasts_err err;
	struct str read, head, tail;

	err = mtasts_dname_parse(text.p, text.len, &name, NULL, &fault);
	if (err == MTASTS_ESYNTAX) {
		bad_name(text, fault, at, diags);
		return err;
	}
	if (err)
		return err;
	if (name.len > LIMIT_POLICY_DOMAIN_LEN) {
		diag_add(diags, &rule_long, at,
		    "\"%s\" has %u bytes, at most %d are possible",
		    diag_quote(&q, text), name.len, LIMIT_POLICY_DOMAIN_LEN);
		return MTASTS_ESYNTAX;
	}
	read = str_of(name.text);
	if (str_starts(read, STR("mta-sts.")) ||
	    str_starts(read, STR("_mta-sts.")))
		diag_add(diags, &rule_prefix, at,
		    "\"%s\" looks like the name of a policy host or record, "
		    "not like a mail domain",
		    diag_quote(&q, text));
	else if (!str_cut(read, '.', &head, &tail))
		diag_add(diags, &rule_label, at,
		    "\"%s\" is one word, hardly a mail domain",
		    diag_quote(&q, text));
	*out = name;
	return MTASTS_OK;
}
