/*
 * https.c - policy hosts, as the world has them
 *
 * One request per connection. A POST is an offence: nobody may send a report to
 * see whether it would be taken.
 */
#include "https.h"
#include "scan.h"
#include "tls.h"

#define HEAD_MAX    8192
#define PATH	    "/.well-known/mta-sts.txt"
#define ANSWER_MAX  (1024 * 1024)
#define CHUNK_BYTES 16

/* read_head - a request's head; false: none came */
static bool
read_head(struct lab_conn *c, char *head, size_t *len)
{
	for (*len = 0; *len < HEAD_MAX;) {
		size_t n = conn_read(c, head + *len, HEAD_MAX - *len);

		if (n == 0)
			return false;
		*len += n;
		if (str_find(str_make(head, *len), STR("\r\n\r\n")) < *len)
			return true;
	}
	return false;
}

/* put_chunked - a body in small pieces */
static void
put_chunked(struct buf *b, struct str body)
{
	while (body.len > 0) {
		struct str part = str_sub(body, 0, CHUNK_BYTES);

		buf_putf(b, "%zx\r\n", part.len);
		buf_put_str(b, part);
		buf_puts(b, "\r\n");
		body = str_sub(body, part.len, body.len);
	}
	buf_puts(b, "0\r\n\r\n");
}

/* put_policy - what the server answers for the policy */
static void
put_policy(struct buf *b, const struct lab_server *s, struct str body)
{
	buf_putf(b, "HTTP/1.1 %s\r\n", s->status);
	if (s->type != NULL)
		buf_putf(b, "Content-Type: %s\r\n", s->type);
	buf_put_str(b, s->headers);
	if (s->chunked)
		buf_puts(b, "Transfer-Encoding: chunked\r\n");
	else
		buf_putf(b, "Content-Length: %zu\r\n",
		    body.len + (s->cut ? 100 : 0));
	buf_puts(b, "Connection: close\r\n\r\n");
	if (s->chunked)
		put_chunked(b, body);
	else
		buf_put_str(b, body);
}

/* put_other - an answer without a policy */
static void
put_other(struct buf *b, const char *status)
{
	buf_putf(b,
	    "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	    status);
}

/* answer - to a request */
static void
answer(struct lab_conn *c, struct str head)
{
	const struct lab_server *s = c->server;
	struct str line, policy = s != NULL ? s->body : STR("");
	struct buf b, generated;

	buf_init(&b, ANSWER_MAX);
	buf_init(&generated, 1024);
	str_cut(head, '\r', &line, NULL);
	if (s == &c->lab->scan_host) {
		scan_body(c->sni, &generated);
		policy = buf_str(&generated);
	}
	if (str_starts(line, STR("POST")) || str_starts(line, STR("PUT"))) {
		lab_offence(c->lab, "%" STR_FMT, STR_ARG(line));
		put_other(&b, "405 Method Not Allowed");
	} else if (s == NULL ||
	    !str_starts(line, STR("GET " PATH " HTTP/1."))) {
		put_other(&b, "404 Not Found");
	} else {
		put_policy(&b, s, policy);
	}
	if (buf_error(&b) == MTASTS_OK)
		conn_write(c, b.p, b.len);
	buf_free(&b);
	buf_free(&generated);
}

void
https_talk(struct lab_conn *c)
{
	char head[HEAD_MAX];
	size_t len;

	if (c->server != NULL && c->server->profile == TLS_OFF) {
		/* What a server without TLS makes of a handshake. */
		if (conn_read(c, head, sizeof(head)) > 0)
			conn_puts(c,
			    "HTTP/1.1 400 Bad Request\r\n"
			    "Content-Length: 0\r\nConnection: close\r\n\r\n");
		return;
	}
	if (!tls_accept(c))
		return;
	if (!read_head(c, head, &len))
		return;
	if (c->server != NULL && c->server->slow_ms > 0 &&
	    !conn_sleep(c, (int)c->server->slow_ms))
		return;
	if (c->server == NULL || !c->server->close)
		answer(c, str_make(head, len));
}

void
https_talk_plain(struct lab_conn *c)
{
	char head[HEAD_MAX];
	size_t len;
	struct buf b;

	if (!read_head(c, head, &len))
		return;
	if (str_eq(str_of(c->server->http), STR("same"))) {
		answer(c, str_make(head, len));
		return;
	}
	buf_init(&b, HEAD_MAX);
	buf_putf(&b,
	    "HTTP/1.1 301 Moved Permanently\r\n"
	    "Location: https://mta-sts.%s" PATH "\r\n"
	    "Content-Length: 0\r\nConnection: close\r\n\r\n",
	    c->server->domain->name);
	if (buf_error(&b) == MTASTS_OK)
		conn_write(c, b.p, b.len);
	buf_free(&b);
}
