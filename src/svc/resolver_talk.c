/*
 * resolver_talk.c - what is said on a connection: requests and their answers
 *
 * Which question a request asks, in whose dialect, and what is said to those
 * that ask none. Reads no socket and writes none.
 */
#include "svc/resolver_conn_int.h"

/* So many bytes a reply grows by when blanks become %20. */
#define TCP_TABLE_SPARE 64

void
conn_frame(struct conns *set, enum socketmap_protocol protocol,
    const struct resolve_reply *reply)
{
	socketmap_frame(protocol, reply->status, reply->data, &set->out);
}

/* perm - a reply of our own */
static void
perm(struct conns *set, enum socketmap_protocol protocol, const char *why)
{
	socketmap_frame(protocol, REPLY_PERM, str_of(why), &set->out);
}

/* is_too_much - have enough complaints been logged this second? */
static bool
is_too_much(struct conns *set)
{
	int64_t now_s = set->now_us / 1000000;

	if (now_s != set->told_s)
		set->told_count = 0;
	set->told_s = now_s;
	return set->told_count++ >= CONN_COMPLAINTS;
}

/* complain - once per connection, and not for ever: all are counted anyway */
static void
complain(struct conn *c, const char *event, const char *why, struct str what)
{
	struct log_line line;

	if (c->told || is_too_much(c->set))
		return;
	c->told = true;
	log_begin(&line, c->set->conf.log, LOG_LEVEL_WARN, event);
	log_cstr(&line, "reason", why);
	log_str(&line, "got", str_sub(what, 0, 60));
	log_end(&line);
}

/* find_dialect - of a request; false: nobody knows the map name */
static bool
find_dialect(const struct conns *set, const struct socketmap_request *request,
    enum dialect *out)
{
	*out = DIALECT_POSTFIX;
	if (request->protocol == SOCKETMAP_LINE)
		*out = DIALECT_LINE;
	if (request->protocol != SOCKETMAP_NETSTRING ||
	    dialect_find(request->map, out))
		return true;
	*out = set->conf.unknown;
	return set->conf.has_unknown;
}

/* answer - a request, at once when that is possible */
static void
answer(struct conn *c, const struct socketmap_request *request)
{
	struct conns *set = c->set;
	struct resolve_ask ask = { .verb = request->verb,
		.key = request->key,
		.host = request->host };
	struct resolve_reply reply = { .status = REPLY_TEMP,
		.data = STR("the resolver has too much to do") };

	if (!find_dialect(set, request, &ask.dialect)) {
		metric_inc(set->tell.unknown);
		complain(c, "map-unknown", "the map name is not known",
		    request->map);
		perm(set, request->protocol,
		    "this map name is not known: use QUERYwithTLSRPT, QUERY, "
		    "postfix or sts");
		return;
	}
	if (request->protocol == SOCKETMAP_TCP_TABLE)
		ask.max = REPLY_TCP_TABLE_MAX - TCP_TABLE_SPARE;
	if (resolve_cached(set->conf.resolve, &ask, &reply)) {
		set->known++;
	} else {
		c->wait =
		    resolve_start(set->conf.resolve, &ask, conn_on_reply, c);
		c->protocol = request->protocol;
		c->asked_us = set->now_us;
		if (c->wait != NULL)
			return;
	}
	conn_frame(set, request->protocol, &reply);
}

/* broken - there is no way to go on with this client */
static void
broken(struct conn *c, struct str in, const char *why)
{
	metric_inc(c->set->tell.broken);
	complain(c, "request-broken", why, in);
	c->closing = true;
}

size_t
conn_take_one(struct conn *c, struct str in)
{
	struct conns *set = c->set;
	struct socketmap_request request = { 0 };

	switch (socketmap_parse(in, c->at_end, set->scratch, &request)) {
	case SOCKETMAP_MORE:
		return 0;
	case SOCKETMAP_REQUEST:
		/* One question of that protocol is all there is. */
		c->closing |= request.protocol == SOCKETMAP_LINE;
		answer(c, &request);
		return request.used;
	case SOCKETMAP_REFUSED:
		metric_inc(set->tell.refused);
		complain(c, "request-refused", request.why, in);
		perm(set, request.protocol, request.why);
		return request.used;
	case SOCKETMAP_BROKEN:
		break;
	}
	broken(c, in, request.why);
	return in.len;
}
