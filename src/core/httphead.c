/*
 * httphead - the head of an HTTP/1 request
 *
 * RFC 9112 sections 2 to 6 and 9.3, RFC 9110 sections 5 and 7.2. Only whole
 * lines are judged, in their order, so that the verdict on some bytes is the
 * same however they arrive. Knows nothing of policies, sockets or TLS.
 *
 * Stricter than the RFC: a repeated Content-Length is refused even when equal;
 * whatever has been used for request smuggling is never repaired.
 */
#include "core/httphead.h"

#include "core/httptext.h"

/* What the lines so far have said beside *out. */
struct state {
	struct httphead *out;
	bool close, keep; /* tokens of Connection */
	bool has_length, has_coding;
	struct str coding; /* value of Transfer-Encoding */
};

/* visible - each byte is printable ASCII and no blank */
static bool
visible(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

/* authority - bytes that a host with an optional port may have */
static bool
authority(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!ascii_alnum(s.p[i]) &&
		    (s.p[i] == '\0' ||
			strchr("-._~!$&'()*+,;=%:[]", s.p[i]) == NULL))
			return false;
	return true;
}

/* parse_absolute - "http://host/path": authority and path; 200 or 400 */
static int
parse_absolute(struct httphead *out)
{
	struct str rest = out->target;
	size_t end;

	if (str_starts_nocase(rest, STR("http://")))
		rest = str_sub(rest, 7, rest.len);
	else if (str_starts_nocase(rest, STR("https://")))
		rest = str_sub(rest, 8, rest.len);
	else
		return 400;
	for (end = 0; end < rest.len; end++)
		if (rest.p[end] == '/' || rest.p[end] == '?')
			break;
	out->absolute = true;
	out->uri_host = str_sub(rest, 0, end);
	/* RFC 9110 section 4.2.4: user information is an error here. */
	if (end == 0 || !authority(out->uri_host))
		return 400;
	out->path = str_sub(rest, end, rest.len);
	return 200;
}

/* parse_target - the four forms of RFC 9112 section 3.2; 200 or 400 */
static int
parse_target(struct httphead *out)
{
	struct str t = out->target;
	int status = 200;

	if (t.len == 0 || !visible(t) || str_chr(t, '#') < t.len)
		return 400;
	if (t.p[0] == '/' || str_eq(t, STR("*")))
		out->path = t;
	else if (str_eq(out->method_text, STR("CONNECT")))
		out->path = STR("");
	else
		status = parse_absolute(out);
	if (status != 200)
		return status;
	str_cut(out->path, '?', &out->path, &out->query);
	if (out->path.len == 0)
		out->path = STR("/");
	return 200;
}

/* parse_version - "HTTP/1.1"; 200, 400 for what is none, 505 for others */
static int
parse_version(struct str v, struct httphead *out)
{
	if (v.len != 8 || !str_starts(v, STR("HTTP/")) ||
	    !ascii_digit(v.p[5]) || v.p[6] != '.' || !ascii_digit(v.p[7]))
		return 400;
	if (v.p[5] != '1')
		return 505;
	/* A later minor version is answered as the last one we know. */
	out->minor = v.p[7] != '0';
	return 200;
}

/* request_line - "METHOD target HTTP/1.1" */
static int
request_line(struct str line, struct httphead *out)
{
	struct str rest, version;
	int status;

	if (!str_cut(line, ' ', &out->method_text, &rest) ||
	    !httptext_token(out->method_text))
		return 400;
	if (!str_cut(rest, ' ', &out->target, &version))
		return 400; /* HTTP/0.9 */
	status = parse_version(version, out);
	if (status != 200)
		return status;
	if (str_eq(out->method_text, STR("GET")))
		out->method = HTTPHEAD_GET;
	else if (str_eq(out->method_text, STR("HEAD")))
		out->method = HTTPHEAD_HEAD;
	else
		out->method = HTTPHEAD_OTHER;
	return parse_target(out);
}

/* field_host - RFC 9112 section 3.2: exactly one, and well-formed */
static int
field_host(struct state *st, struct str value)
{
	if (st->out->has_host || !authority(value))
		return 400;
	st->out->has_host = true;
	st->out->host = value;
	return 200;
}

/* field_length - one plain number, once */
static int
field_length(struct state *st, struct str value)
{
	uint64_t n;

	if (st->has_length || !str_u64(value, INT64_MAX, &n))
		return 400;
	st->has_length = true;
	st->out->has_body = n > 0;
	return 200;
}

/* field_coding - Transfer-Encoding, once; judged when the head is whole */
static int
field_coding(struct state *st, struct str value)
{
	if (st->has_coding)
		return 400;
	st->has_coding = true;
	st->coding = value;
	return 200;
}

/* field_connection - look for "close" and "keep-alive" in the list */
static int
field_connection(struct state *st, struct str value)
{
	struct str item;

	while (value.len > 0) {
		str_cut(value, ',', &item, &value);
		item = str_trim(item);
		st->close |= str_eq_nocase(item, STR("close"));
		st->keep |= str_eq_nocase(item, STR("keep-alive"));
	}
	return 200;
}

/* field_forwarded - the last one counts: the nearest proxy wrote it */
static int
field_forwarded(struct state *st, struct str value)
{
	st->out->forwarded_for = value;
	return 200;
}

/* field_agent - the first one counts; only for the log */
static int
field_agent(struct state *st, struct str value)
{
	if (st->out->user_agent.len == 0)
		st->out->user_agent = value;
	return 200;
}

static const struct {
	struct str name;
	int (*read)(struct state *st, struct str value);
} fields[] = {
	{ { "host", 4 }, field_host },
	{ { "connection", 10 }, field_connection },
	{ { "user-agent", 10 }, field_agent },
	{ { "content-length", 14 }, field_length },
	{ { "transfer-encoding", 17 }, field_coding },
	{ { "x-forwarded-for", 15 }, field_forwarded },
};

/* field_line - "Name: value" */
static int
field_line(struct str line, struct state *st)
{
	struct str name, value;
	size_t i;

	/* A blank before the colon or a folded line is no token. */
	if (!str_cut(line, ':', &name, &value) || !httptext_token(name))
		return 400;
	value = str_trim(value);
	if (!httptext_value(value))
		return 400;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq_nocase(name, fields[i].name))
			return fields[i].read(st, value);
	return 200;
}

/* judge_coding - RFC 9112 sections 6.1 and 6.3, on Transfer-Encoding */
static int
judge_coding(const struct state *st)
{
	struct str rest = st->coding, last = STR("");
	unsigned count = 0, chunked = 0;

	/* Two lengths, or a coding that HTTP/1.0 does not have. */
	if (st->has_length || st->out->minor == 0)
		return 400;
	while (rest.len > 0) {
		str_cut(rest, ',', &last, &rest);
		last = str_trim(last);
		count++;
		chunked += str_eq_nocase(last, STR("chunked"));
	}
	if (chunked != 1 || !str_eq_nocase(last, STR("chunked")))
		return 400;
	return count == 1 ? 200 : 501;
}

/* judge_whole - what can only be said when all lines are there */
static int
judge_whole(struct state *st)
{
	struct httphead *out = st->out;

	if (out->minor == 1 && !out->has_host)
		return 400;
	if (st->has_coding) {
		int status = judge_coding(st);

		if (status != 200)
			return status;
		out->has_body = true;
	}
	out->keep_alive = !st->close && (out->minor == 1 || st->keep);
	return 200;
}

/* parse_lines - all whole lines; 0 when the empty one has not come yet */
static int
parse_lines(struct str bytes, struct state *st)
{
	struct str rest = bytes, line;
	bool first = true, ended;
	int status = 200;

	/* RFC 9112 section 2.2: one empty line in front is let pass. */
	if (str_starts(rest, STR("\r\n")))
		rest = str_sub(rest, 2, rest.len);
	while (status == 200 && str_line(&rest, &line, &ended) && ended) {
		if (line.len == 0 || line.p[line.len - 1] != '\r')
			return 400; /* bare LF */
		line.len--;
		if (line.len == 0 && !first) {
			st->out->len = bytes.len - rest.len;
			return judge_whole(st);
		}
		status =
		    first ? request_line(line, st->out) : field_line(line, st);
		first = false;
	}
	return status == 200 ? 0 : status;
}

int
httphead_parse(struct str bytes, size_t max, struct httphead *out)
{
	struct httphead head = { 0 };
	struct state st = { .out = &head };
	int status;

	/* No need to wait for a line end: TLS on the plain port, or binary. */
	if (bytes.len > 0 && bytes.p[0] != '\r' &&
	    !httptext_token_char(bytes.p[0]))
		return 400;
	status = parse_lines(str_sub(bytes, 0, max), &st);
	if (status == 0 && bytes.len >= max)
		return 431;
	if (status == 200)
		*out = head;
	return status;
}
