/*
 * fuzz_reply - hostile policies and MX names, as an MTA reads our replies
 *
 * Input: a byte for the dialect, one for kind and testing level, one for the
 * size; lines with MX names up to an empty one; the text of a policy. The
 * names go into the decision as they are, though core/decide would not let
 * them. Holds: the reply is read by the strict reader below, which takes
 * Postfix's grammar apart and knows only the attributes we mean to send.
 */
#include "core/reply.h"
#include "fuzz.h"

#include "base/buf.h"

#include <string.h>

#define NAMES_MAX 50

/* What was seen of a reply. */
struct seen {
	bool enforce;
	unsigned match, servername, type, domain, failure;
	struct str last;
};

/* is_label - 1 to 63 of a-z, 0-9, "_" and inner hyphens */
static bool
is_label(struct str s)
{
	size_t i;

	if (s.len == 0 || s.len > 63 || s.p[0] == '-' || s.p[s.len - 1] == '-')
		return false;
	for (i = 0; i < s.len; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-' &&
		    s.p[i] != '_')
			return false;
	return true;
}

/* is_name - a host name as Postfix wants one, with this prefix or without */
static bool
is_name(struct str s, struct str prefix)
{
	struct str label;
	bool more;

	if (str_starts(s, prefix))
		s = str_sub(s, prefix.len, s.len);
	if (s.len > 253)
		return false;
	do {
		more = str_cut(s, '.', &label, &s);
		if (!is_label(label))
			return false;
	} while (more);
	return true;
}

/* all_names - "a:.b:c" */
static bool
all_names(struct str s)
{
	struct str name;
	bool more;

	do {
		more = str_cut(s, ':', &name, &s);
		if (!is_name(name, STR(".")))
			return false;
	} while (more);
	return true;
}

/* is_line - one of the lines of the policy, without blanks at its ends */
static bool
is_line(struct str value, struct str text)
{
	struct str line;

	while (str_line(&text, &line, NULL)) {
		if (str_ends(line, STR("\r")))
			line.len--;
		if (str_eq(str_trim(line), value))
			return true;
	}
	return false;
}

/* read_attribute - each is known, and its value is of its kind */
static void
read_attribute(
    struct seen *seen, struct str token, bool braces, const struct decision *d)
{
	struct str name, value;

	require(str_cut(token, '=', &name, &value));
	if (braces) {
		require(str_eq(name, STR("policy_string ")));
		require(value.len > 1 && value.p[0] == ' ');
		require(is_line(str_sub(value, 1, value.len), d->policy_text));
		return;
	}
	if (str_eq(name, STR("match"))) {
		seen->match++;
		require(seen->enforce && all_names(value));
	} else if (str_eq(name, STR("servername"))) {
		seen->servername++;
		require(str_eq(value, STR("hostname")));
	} else if (str_eq(name, STR("policy_type"))) {
		seen->type++;
		require(str_eq(value, STR("sts")));
	} else if (str_eq(name, STR("policy_domain"))) {
		seen->domain++;
		require(is_name(value, STR("")));
	} else if (str_eq(name, STR("mx_host_pattern"))) {
		require(seen->type == 1 && is_name(value, STR("*.")));
	} else {
		require(str_eq(name, STR("policy_failure")));
		require(str_eq(value, STR("sts-webpki-invalid")));
		seen->failure++;
	}
}

/* next_token - as Postfix does, but with exactly one blank between two */
static bool
next_token(struct str *rest, struct str *token, bool *braces)
{
	if (rest->len == 0)
		return false;
	*braces = rest->p[0] == '{';
	if (!*braces) {
		str_cut(*rest, ' ', token, rest);
	} else {
		require(
		    str_cut(str_sub(*rest, 1, rest->len), '}', token, rest));
		require(rest->len == 0 || rest->p[0] == ' ');
		*rest = str_sub(*rest, 1, rest->len);
		require(token->len > 2 && token->p[0] == ' ' &&
		    token->p[token->len - 1] == ' ');
		*token = str_sub(*token, 1, token->len - 2);
	}
	require(str_chr(*token, '{') == token->len);
	require(str_chr(*token, '}') == token->len);
	require(str_chr(*token, ',') == token->len || *braces);
	return true;
}

/* read_reply - the whole value of an OK reply */
static void
read_reply(struct str rest, const struct decision *d, enum dialect dialect)
{
	struct seen seen = { .enforce = false };
	struct str level, token;
	bool braces;

	require(next_token(&rest, &level, &braces) && !braces);
	seen.enforce = str_eq(level, STR("secure"));
	require(seen.enforce == (d->kind == DECISION_STS));
	require(seen.enforce || str_eq(level, STR("may")) ||
	    str_eq(level, STR("encrypt")) || str_eq(level, STR("dane")) ||
	    str_eq(level, STR("dane-only")));
	while (next_token(&rest, &token, &braces)) {
		read_attribute(&seen, token, braces, d);
		seen.last = token;
	}
	require(seen.match == seen.enforce);
	require(seen.servername == seen.enforce);
	require(seen.type <= 1 && seen.domain == seen.type);
	require(seen.type == 0 || dialect == DIALECT_TLSRPT);
	if (dialect == DIALECT_STS)
		require(str_eq(seen.last, STR("servername=hostname")));
}

/* check_bytes - one line of printable ASCII */
static void
check_bytes(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		require(s.p[i] >= ' ' && s.p[i] <= '~');
}

/* check - one decision in one dialect */
static void
check(const struct decision *d, const struct reply_form *form)
{
	enum reply_status status;
	struct buf b;

	buf_init(&b, REPLY_MAX);
	status = reply_format(d, form, &b);
	require(buf_error(&b) == MTASTS_OK);
	check_bytes(buf_str(&b));
	require(status == REPLY_OK || status == REPLY_NOTFOUND ||
	    status == REPLY_TEMP);
	require((b.len == 0) == (status == REPLY_NOTFOUND));
	if (status == REPLY_OK && d->kind != DECISION_DANE &&
	    d->kind != DECISION_DANE_ONLY)
		require(b.len + 3 <= form->max);
	if (status == REPLY_OK)
		read_reply(buf_str(&b), d, form->dialect);
	if (status == REPLY_TEMP)
		require(b.len <= 200);
	buf_free(&b);
}

/* check_line - the answers to Exim */
static void
check_line(const struct decision *d, struct str host)
{
	struct buf b;

	buf_init(&b, 1000);
	reply_line_mode(d, &b);
	check_bytes(buf_str(&b));
	require(b.len > 0 && b.len <= 205);
	buf_clear(&b);
	reply_line_mx(d, host, &b);
	require(buf_error(&b) == MTASTS_OK && b.len <= 200);
	check_bytes(buf_str(&b));
	buf_free(&b);
}

/* The names of an input, terminated, and the decision's copies of them. */
struct names {
	char *mem;
	const char *list[NAMES_MAX];
	size_t count;
};

/* take_names - lines up to an empty one, off *rest */
static void
take_names(struct str *rest, struct names *n)
{
	struct str line;
	size_t used = 0;

	n->mem = malloc(rest->len + NAMES_MAX + 1);
	require(n->mem != NULL);
	n->count = 0;
	while (n->count < NAMES_MAX && str_line(rest, &line, NULL)) {
		if (line.len == 0)
			break;
		n->list[n->count++] = n->mem + used;
		memcpy(n->mem + used, line.p, line.len);
		used += line.len;
		n->mem[used++] = '\0';
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum decision_kind kinds[] = { DECISION_STS,
		DECISION_TESTING, DECISION_NONE, DECISION_TEMP, DECISION_DANE,
		DECISION_DANE_ONLY };
	struct mtasts_policy *policy = NULL;
	struct decision d = { .reason = DECISION_FETCH_FAILED,
		.failure = FETCHFACT_CERT_NAME };
	struct reply_form form;
	struct names names;
	struct str rest;

	if (size < 3 || size > 100000)
		return 0;
	form.dialect = (enum dialect)(data[0] % DIALECT_LINE);
	form.testing = (enum reply_testing)(data[1] / 16 % 3);
	form.max = data[2] < 128 ? REPLY_MAX : (size_t)(data[2] - 128) * 4;
	d.kind = kinds[data[1] % (sizeof(kinds) / sizeof(kinds[0]))];
	rest = str_make((const char *)data + 3, size - 3);
	take_names(&rest, &names);
	d.match = names.list;
	d.match_count = names.count;
	d.match_current = names.count / 2;
	d.policy_text = rest;
	d.domain = data[1] < 128 || names.count == 0 ? STR("example.com")
						     : str_of(names.list[0]);
	if (mtasts_policy_parse(rest.p, rest.len, &policy, NULL) == MTASTS_OK)
		d.policy = policy;
	if (policy == NULL || data[0] >= 128) {
		d.pattern = names.list;
		d.pattern_count = names.count;
	}
	memcpy(d.text, rest.p,
	    rest.len < sizeof(d.text) - 1 ? rest.len : sizeof(d.text) - 1);
	check(&d, &form);
	check_line(&d, str_sub(rest, 0, 300));
	mtasts_policy_free(policy);
	free(names.mem);
	return 0;
}
