/*
 * httpd_reply - writing an answer
 *
 * RFC 9110, RFC 9112. Head and body become one piece of memory, so that they
 * leave in one TLS record and one packet. Knows no connection.
 */
#include "io/httpd.h"

#include "base/timefmt.h"
#include "io/httpd_int.h"
#include "io/loop.h"

#include <stdio.h>

static const struct {
	int status;
	const char *reason;
	const char *text; /* of the body when the handler gave none */
} statuses[] = {
	{ 200, "OK", "" },
	{ 204, "No Content", "" },
	{ 301, "Moved Permanently", "" },
	{ 302, "Found", "" },
	{ 303, "See Other", "" },
	{ 304, "Not Modified", "" },
	{ 400, "Bad Request", "The request is not well-formed HTTP/1.1." },
	{ 401, "Unauthorized", "Log in first." },
	{ 403, "Forbidden", "This is not for you." },
	{ 404, "Not Found", "There is nothing at this address." },
	{ 405, "Method Not Allowed", "Only GET and HEAD are answered here." },
	{ 413, "Content Too Large", "A request must not have a body here." },
	{ 421, "Misdirected Request",
	    "The name in Host is not the name the TLS session was made for." },
	{ 429, "Too Many Requests",
	    "Too many connections from your address. Close some first." },
	{ 431, "Request Header Fields Too Large",
	    "The head of the request is too large." },
	{ 500, "Internal Server Error", "The server failed." },
	{ 501, "Not Implemented",
	    "This Transfer-Encoding is not implemented." },
	{ 503, "Service Unavailable", "Not ready yet. Try again soon." },
	{ 505, "HTTP Version Not Supported", "Speak HTTP/1.1 or HTTP/1.0." },
};

/* find_status - its row, or that of 500 */
static size_t
find_status(int status)
{
	size_t i, other = 0;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status == status)
			return i;
		if (statuses[i].status == 500)
			other = i;
	}
	return other;
}

const char *
httpd_reply_reason(int status)
{
	return statuses[find_status(status)].reason;
}

/* date_line - the field Date, made once a second */
static const char *
date_line(struct worker *w)
{
	struct timefmt text;
	int64_t now_s = loop_time_s();

	if (now_s != w->date_s) {
		snprintf(w->date, sizeof(w->date), "Date: %s\r\n",
		    timefmt_http(&text, now_s));
		w->date_s = now_s;
	}
	return w->date;
}

/* put_connection - what differs from the default of the client's version */
static void
put_connection(struct buf *b, const struct httphead *head, bool close)
{
	if (close)
		buf_puts(b, "Connection: close\r\n");
	else if (head != NULL && head->minor == 0)
		buf_puts(b, "Connection: keep-alive\r\n");
}

bool
httpd_reply_format(struct worker *w, const struct httphead *head,
    const struct httpd_response *rsp, bool close, size_t *body_len)
{
	size_t row = find_status(rsp->status);
	struct str body = rsp->body, end = STR("");
	struct buf *b = &w->reply;

	if (body.len == 0 && rsp->status >= 400) {
		body = str_of(statuses[row].text);
		end = STR("\n");
	}
	buf_clear(b);
	buf_puts(b, "HTTP/1.1 ");
	buf_put_u64(b, (uint64_t)statuses[row].status);
	buf_putc(b, ' ');
	buf_puts(b, statuses[row].reason);
	buf_puts(b, "\r\n");
	buf_puts(b, date_line(w));
	buf_puts(b, "Server: mtasts\r\nContent-Type: ");
	buf_puts(b, rsp->content_type);
	buf_puts(b, "\r\nContent-Length: ");
	buf_put_u64(b, body.len + end.len);
	buf_puts(b, "\r\n");
	put_connection(b, head, close);
	if (rsp->headers != NULL)
		buf_puts(b, rsp->headers);
	buf_puts(b, "\r\n");
	*body_len = 0;
	if (head == NULL || head->method != HTTPHEAD_HEAD) {
		buf_put_str(b, body);
		buf_put_str(b, end);
		*body_len = body.len + end.len;
	}
	return buf_error(b) == MTASTS_OK;
}
