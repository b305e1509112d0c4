/*
 * settings_value.c - reading the values of settings as people write them
 *
 * RFC 8461 section 3.2 (mode, mx, max_age), RFC 8460 section 3 (rua). Every
 * bad item of a list is a finding, not only the first. Names are kept as
 * A-labels in lower case, addresses in their canonical text.
 */
#include "core/settings_value.h"

#include "base/nearest.h"
#include "base/timefmt.h"
#include "core/limits.h"
#include "core/mxpattern.h"
#include "core/rua.h"

#include <arpa/inet.h>

#define ITEM_MAX      1000 /* items of any list */
#define ADDRESSES_MAX 32
#define URI_MAX	      1000 /* bytes of one report address */
#define TTL_MAX_S     604800
#define DAY_S	      86400

/* Of a policy, all but its mx lines: version, mode, max_age. */
#define POLICY_REST 80

enum rule_name {
	RULE_MODE = 0,
	RULE_MX,
	RULE_MX_WIDE,
	RULE_MX_LONG,
	RULE_MAX_AGE,
	RULE_MAX_AGE_SHORT,
	RULE_RUA,
	RULE_HOST,
	RULE_DELEGATE,
	RULE_ADDRESS,
	RULE_TTL,
	RULE_LONG,
	RULE_COUNT
};

#define RULE(i, n, sev, section, repair)                                    \
	{                                                                   \
		.id = i, .name = n, .severity = sev,                        \
		.fatal = sev == MTASTS_ERROR, .rfc = section, .fix = repair \
	}
#define STS "RFC 8461 section 3.2"
#define RPT "RFC 8460 section 3"

static const struct diag_rule rules[RULE_COUNT] = {
	[RULE_MODE] = RULE("F06", "set-mode", MTASTS_ERROR, STS,
	    "Write mode=testing, mode=enforce or mode=none."),
	[RULE_MX] = RULE("F10", "set-mx", MTASTS_ERROR, STS,
	    "Give the names of the MX hosts alone, such as "
	    "mx=mail.example.org,*.mx.example.net."),
	[RULE_MX_WIDE] = RULE("F11", "set-mx-wide", MTASTS_WARNING,
	    "RFC 8461 section 10.4",
	    "Name the MX hosts, or use a wildcard below a name of your own."),
	[RULE_MX_LONG] = RULE("P11", "set-mx-long", MTASTS_ERROR,
	    "RFC 8461 section 3.3", "Use wildcards for names that end alike."),
	[RULE_MAX_AGE] = RULE("F07", "set-max-age", MTASTS_ERROR, STS,
	    "Write seconds, or a number with s, m, h, d or w behind it, of at "
	    "most a year: max-age=604800 or max-age=1w."),
	[RULE_MAX_AGE_SHORT] = RULE("F08", "set-max-age-short", MTASTS_WARNING,
	    "RFC 8461 section 10.2",
	    "Use a week or more, unless this is the beginning of a roll-out."),
	[RULE_RUA] = RULE("T02", "set-rua", MTASTS_ERROR, RPT,
	    "Write mailto:reports@example.org or https://..., with comma, "
	    "exclamation mark and semicolon as %2C, %21 and %3B."),
	[RULE_HOST] = RULE("P01", "set-host", MTASTS_ERROR, "",
	    "Give the name of the machine that serves the policies, such as "
	    "host=policy.example.net."),
	[RULE_DELEGATE] = RULE("P01", "set-delegate", MTASTS_ERROR,
	    "RFC 8461 section 8.2",
	    "Give the provider's name that the three CNAME records lead to, "
	    "such as delegate=mta-sts.provider.example."),
	[RULE_ADDRESS] = RULE("P01", "set-addresses", MTASTS_ERROR, "",
	    "Give IPv4 and IPv6 addresses alone, such as "
	    "addresses=192.0.2.1,2001:db8::1."),
	[RULE_TTL] = RULE("D11", "set-ttl", MTASTS_ERROR, "",
	    "Write seconds, or a number with s, m, h, d or w behind it, of at "
	    "most a week: ttl=300 or ttl=5m."),
	[RULE_LONG] = RULE("R21", "set-list-long", MTASTS_ERROR, "",
	    "Leave out what is not needed."),
};

static const struct diag_place nowhere;

/* A list being read. */
struct items {
	struct settings_value *v;
	const char **text;
	size_t count;
	enum mtasts_err err;
};

/* bad - one finding about the value or an item of it */
static enum mtasts_err
bad(struct settings_value *v, enum rule_name rule, struct str item,
    const char *why)
{
	struct diag_quote q;

	diag_add(v->diags, &rules[rule], nowhere, "\"%s\" %s",
	    diag_quote(&q, item), why);
	return MTASTS_ESYNTAX;
}

/* separator - commas, blanks and line ends part the items of a list */
static bool
separator(char c)
{
	return c == ',' || c == '\n' || c == '\r' || ascii_wsp(c);
}

/* next_item - take the next item off *rest; false when none is left */
static bool
next_item(struct str *rest, struct str *item)
{
	size_t from = 0, to;

	while (from < rest->len && separator(rest->p[from]))
		from++;
	for (to = from; to < rest->len && !separator(rest->p[to]); to++)
		;
	*item = str_sub(*rest, from, to - from);
	*rest = str_sub(*rest, to, rest->len - to);
	return item->len > 0;
}

/* add_item - keep a normalised item unless the list has it already */
static void
add_item(struct items *list, const char *text)
{
	char *copy;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->text[i], text) == 0)
			return;
	copy = arena_dup(list->v->arena, str_of(text));
	if (copy == NULL)
		list->err = MTASTS_ENOMEM;
	else
		list->text[list->count++] = copy;
}

/* read_list - every item of a text through one reader */
static enum mtasts_err
read_list(struct settings_value *v, struct str text, size_t max,
    void (*read)(struct items *list, struct str item),
    struct settings_list *out)
{
	struct items list = { .v = v };
	struct str rest = text, item;
	size_t count = 0;

	while (next_item(&rest, &item))
		count++;
	if (count > max) {
		diag_add(v->diags, &rules[RULE_LONG], nowhere,
		    "%zu items are given, at most %zu are allowed", count, max);
		return MTASTS_ESYNTAX;
	}
	list.text = arena_zalloc(v->arena, count + 1, sizeof(*list.text));
	if (list.text == NULL)
		return MTASTS_ENOMEM;
	rest = text;
	while (list.err != MTASTS_ENOMEM && next_item(&rest, &item))
		read(&list, item);
	if (list.err == MTASTS_OK)
		*out = (struct settings_list){ list.text, list.count };
	return list.err;
}

enum mtasts_err
settings_value_mode(struct settings_value *v, struct str text)
{
	struct diag_quote q;
	struct nearest near;

	nearest_begin(&near, text);
	for (int m = MTASTS_MODE_NONE; m <= MTASTS_MODE_ENFORCE; m++) {
		const char *name = mtasts_mode_name((enum mtasts_mode)m);

		if (str_eq(text, str_of(name))) {
			v->settings.mode = (enum mtasts_mode)m;
			return MTASTS_OK;
		}
		nearest_try(&near, name);
	}
	if (near.name == NULL)
		return bad(v, RULE_MODE, text, "is not a mode");
	diag_add(v->diags, &rules[RULE_MODE], nowhere,
	    "\"%s\" is not a mode; did you mean \"%s\"?", diag_quote(&q, text),
	    near.name);
	return MTASTS_ESYNTAX;
}

/* pattern_fault - why a text is no pattern */
static const char *
pattern_fault(enum mxpattern_fault fault, enum mtasts_dname_fault name)
{
	switch (fault) {
	case MXPATTERN_STAR:
		return "has a * that is not the whole first label";
	case MXPATTERN_URL:
		return "is a URL or has a path";
	case MXPATTERN_PORT:
		return "has a port";
	case MXPATTERN_ADDRESS:
		return "is an address, not a host name";
	case MXPATTERN_LEADING_DOT:
		return "begins with a dot";
	case MXPATTERN_NAME:
		return mtasts_dname_fault_text(name);
	case MXPATTERN_FINE:
	case MXPATTERN_EMPTY:
	case MXPATTERN_BLANK:
		break;
	}
	return "is not the name of an MX host";
}

/* read_mx - one pattern */
static void
read_mx(struct items *list, struct str item)
{
	enum mtasts_dname_fault name_fault = MTASTS_DNAME_FINE;
	enum mxpattern_fault fault = MXPATTERN_FINE;
	struct mxpattern pattern;
	struct buf b;
	uint64_t n;

	/* "10 mail.example.org", as dig shows it. */
	if (str_u64(item, 65535, &n)) {
		list->err = bad(list->v, RULE_MX, item,
		    "is a number: leave out the priorities");
		return;
	}
	if (!mxpattern_parse(item, &pattern, NULL, &fault, &name_fault)) {
		list->err = bad(
		    list->v, RULE_MX, item, pattern_fault(fault, name_fault));
		return;
	}
	if (pattern.wildcard && mtasts_dname_is_public_suffix(&pattern.name))
		bad(list->v, RULE_MX_WIDE, item,
		    "fits hosts of everybody who registers a name there");
	buf_init(&b, LIMIT_DNAME_LEN + 3);
	buf_putf(&b, "%s%s", pattern.wildcard ? "*." : "", pattern.name.text);
	if (buf_error(&b) != MTASTS_OK)
		list->err = buf_error(&b);
	else
		add_item(list, b.p);
	buf_free(&b);
}

enum mtasts_err
settings_value_mx(struct settings_value *v, struct str text)
{
	struct settings_list mx = { 0 };
	size_t lines = POLICY_REST;
	enum mtasts_err err;

	for (int from = SETTINGS_MX_AUTO; from <= SETTINGS_MX_CERTIFICATES;
	     from++)
		if (str_eq(text, str_of(settings_mx_name(from)))) {
			v->settings.mx_from = (enum settings_mx)from;
			v->settings.mx = mx;
			return MTASTS_OK;
		}
	err = read_list(v, text, LIMIT_MX_COUNT, read_mx, &mx);
	for (size_t i = 0; !err && i < mx.count; i++)
		lines += strlen("mx: \r\n") + strlen(mx.v[i]);
	if (lines > LIMIT_POLICY_LEN) {
		diag_add(v->diags, &rules[RULE_MX_LONG], nowhere,
		    "a policy with these %zu mx would have %zu bytes, at most "
		    "%d are read by senders",
		    mx.count, lines, LIMIT_POLICY_LEN);
		return MTASTS_ESYNTAX;
	}
	if (err)
		return err;
	v->settings.mx_from = SETTINGS_MX_GIVEN;
	v->settings.mx = mx;
	return MTASTS_OK;
}

/* read_seconds - a duration of whole seconds from 1 to max */
static bool
read_seconds(struct str text, int64_t max, uint32_t *out)
{
	int64_t ms;

	if (timefmt_parse_duration(text, &ms) != MTASTS_OK)
		return false;
	if (ms % 1000 != 0 || ms <= 0 || ms / 1000 > max)
		return false;
	*out = (uint32_t)(ms / 1000);
	return true;
}

enum mtasts_err
settings_value_max_age(struct settings_value *v, struct str text)
{
	uint32_t s;

	if (!read_seconds(text, LIMIT_MAX_AGE_S, &s))
		return bad(v, RULE_MAX_AGE, text,
		    "is not a time of 1 to 31557600 seconds");
	if (s < DAY_S)
		bad(v, RULE_MAX_AGE_SHORT, text,
		    "is less than a day: some senders then ignore the policy");
	v->settings.max_age_s = s;
	return MTASTS_OK;
}

enum mtasts_err
settings_value_ttl(struct settings_value *v, struct str text)
{
	uint32_t s;

	if (!read_seconds(text, TTL_MAX_S, &s))
		return bad(
		    v, RULE_TTL, text, "is not a time of 1 to 604800 seconds");
	v->settings.ttl_s = s;
	return MTASTS_OK;
}

/* uri_fault - why a report address cannot be published, or null */
static const char *
uri_fault(struct str uri)
{
	enum rua_scheme scheme = RUA_OTHER;
	enum rua_fault fault = rua_check(uri, &scheme, NULL);

	if (uri.len > URI_MAX)
		return "is too long";
	if (fault != RUA_FINE)
		return rua_fault_text(fault);
	/* RFC 8460 section 3 knows these two; readers skip all others. */
	return scheme == RUA_OTHER
	    ? "is neither a mailto: nor an https: address"
	    : NULL;
}

/* read_rua - one report address */
static void
read_rua(struct items *list, struct str item)
{
	const char *why = uri_fault(item);
	char *text;

	if (why != NULL) {
		list->err = bad(list->v, RULE_RUA, item, why);
		return;
	}
	text = arena_dup(list->v->arena, item);
	if (text == NULL)
		list->err = MTASTS_ENOMEM;
	else
		add_item(list, text);
}

enum mtasts_err
settings_value_rua(struct settings_value *v, struct str text)
{
	return read_list(v, text, LIMIT_RUA_COUNT, read_rua, &v->settings.rua);
}

/* read_name - one name, or none; *out is in the arena */
static enum mtasts_err
read_name(struct settings_value *v, enum rule_name rule, struct str text,
    const char **out)
{
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct mtasts_dname name;
	enum mtasts_err err;
	const char *copy = "";

	if (text.len > 0) {
		err = mtasts_dname_parse(text.p, text.len, &name, NULL, &fault);
		if (err == MTASTS_ESYNTAX)
			return bad(
			    v, rule, text, mtasts_dname_fault_text(fault));
		if (err)
			return err;
		copy = arena_dup(v->arena, str_of(name.text));
	}
	if (copy == NULL)
		return MTASTS_ENOMEM;
	*out = copy;
	return MTASTS_OK;
}

enum mtasts_err
settings_value_host(struct settings_value *v, struct str text)
{
	return read_name(v, RULE_HOST, text, &v->settings.host);
}

enum mtasts_err
settings_value_delegate(struct settings_value *v, struct str text)
{
	return read_name(v, RULE_DELEGATE, text, &v->settings.delegate);
}

/* read_address - one IPv4 or IPv6 address */
static void
read_address(struct items *list, struct str item)
{
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char addr[16];
	int family = str_chr(item, ':') < item.len ? AF_INET6 : AF_INET;

	if (item.len < sizeof(text))
		memcpy(text, item.p, item.len);
	if (inet_pton(family, text, addr) != 1 ||
	    memchr(item.p, '\0', item.len) != NULL) {
		list->err =
		    bad(list->v, RULE_ADDRESS, item, "is not an IP address");
		return;
	}
	inet_ntop(family, addr, text, sizeof(text));
	add_item(list, text);
}

enum mtasts_err
settings_value_addresses(struct settings_value *v, struct str text)
{
	return read_list(
	    v, text, ADDRESSES_MAX, read_address, &v->settings.addresses);
}

void
settings_value_copy(
    struct settings *to, const struct settings *from, enum settings_key key)
{
	switch (key) {
	case SETTINGS_MODE:
		to->mode = from->mode;
		break;
	case SETTINGS_MX:
		to->mx_from = from->mx_from;
		to->mx = from->mx;
		break;
	case SETTINGS_MAX_AGE:
		to->max_age_s = from->max_age_s;
		break;
	case SETTINGS_RUA:
		to->rua = from->rua;
		break;
	case SETTINGS_HOST:
		to->host = from->host;
		break;
	case SETTINGS_ADDRESSES:
		to->addresses = from->addresses;
		break;
	case SETTINGS_TTL:
		to->ttl_s = from->ttl_s;
		break;
	case SETTINGS_DELEGATE:
		to->delegate = from->delegate;
		break;
	case SETTINGS_COUNT:
		break;
	}
}
