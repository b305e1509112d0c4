/*
 * pdnsapi.c - requests to PowerDNS's API
 *
 * A GET for each RRset, then one PATCH, over libevent's client of HTTP: the
 * server is the administrator's own. The connection is never released in its
 * own callback, and the whole has one deadline.
 *
 * BUGS: libevent's copy of the key among the request's headers is released
 * without being overwritten.
 */
#include "io/pdnsapi.h"

#include "io/secret.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>

#define BODY_MAX  (4u << 20) /* bytes of an answer */
#define HEAD_MAX  65536 /* bytes of its head */
#define ARENA_MAX (16u << 20)
#define PATH_MAX_ 1024

enum { STATUS_OK = 200, STATUS_NO_CONTENT = 204 };

struct pdnsapi {
	struct pdnsapi_want want;
	dnschange_callback *cb;
	void *ctx;
	struct evhttp_connection *conn;
	struct evhttp_request *request; /* under way, or null */
	struct loop_watch *timer; /* of the whole; 0 when it has ended */
	struct arena *arena;
	size_t next; /* the change whose records are read */
	bool ended;
	enum dnschange_end end;
	char why[900];
};

/* end_later - it has ended; told from the loop, outside of libevent's client */
static void
end_later(struct pdnsapi *job, enum dnschange_end end)
{
	job->ended = true;
	job->end = end;
	loop_timer_start(job->timer, 0);
}

/* set_why - a detail */
static void
set_why(struct pdnsapi *job, const char *text)
{
	snprintf(job->why, sizeof(job->why), "%s", text);
}

/* end_of - what a status that is no success means */
static enum dnschange_end
end_of(int status)
{
	switch (status) {
	case 0:
		return DNSCHANGE_UNREACHABLE;
	case 401:
	case 403:
		return DNSCHANGE_BAD_KEY;
	case 404:
		return DNSCHANGE_NOT_AUTH;
	case 400:
	case 409:
	case 422:
		return DNSCHANGE_REFUSED;
	default:
		return DNSCHANGE_FAILED;
	}
}

/* body_of - the bytes of an answer */
static struct str
body_of(struct evhttp_request *request)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(body);

	return str_make((const char *)evbuffer_pullup(body, -1), len);
}

/* refuse - the answer is none that helps */
static void
refuse(struct pdnsapi *job, struct evhttp_request *request, int status)
{
	struct buf b;

	buf_init(&b, sizeof(job->why));
	if (status != 0) {
		buf_putf(&b, "HTTP status %d", status);
		if (body_of(request).len > 0) {
			size_t before;

			buf_puts(&b, ": ");
			before = b.len;
			pdnsapi_reason(body_of(request), &b);
			if (b.len == before)
				buf_cut(&b, before - 2);
		}
	}
	if (b.p != NULL)
		set_why(job, b.p);
	buf_free(&b);
	end_later(job, end_of(status));
}

/* same - are these just the values that must be there? */
static bool
same(const struct dnschange *c, const struct pdnsapi_values *v)
{
	size_t i, j;

	if (v->count != c->old_count)
		return false;
	for (i = 0; i < v->count; i++) {
		for (j = 0; j < c->old_count; j++)
			if (c->type == DNSTYPE_TXT
				? str_eq(v->v[i], c->old[j])
				: str_eq_nocase(v->v[i], c->old[j]))
				break;
		if (j == c->old_count)
			return false;
	}
	return true;
}

static void proceed(struct pdnsapi *job);

/* on_records - what is there now */
static void
on_records(struct pdnsapi *job, struct str body)
{
	const struct dnschange *c = &job->want.changes[job->next];
	struct pdnsapi_values values;
	enum mtasts_err err = pdnsapi_read(body, c, job->arena, &values);

	if (err != MTASTS_OK) {
		set_why(job, "its answer makes no sense");
		end_later(job, DNSCHANGE_FAILED);
	} else if (!same(c, &values)) {
		end_later(job, DNSCHANGE_CHANGED);
	} else {
		job->next++;
		proceed(job);
	}
}

/* on_answer - of a request; null: none came */
static void
on_answer(struct evhttp_request *request, void *ctx)
{
	struct pdnsapi *job = ctx;
	int status =
	    request != NULL ? evhttp_request_get_response_code(request) : 0;

	job->request = NULL;
	if (job->ended)
		return;
	if (status == STATUS_NO_CONTENT && job->next == job->want.count)
		end_later(job, DNSCHANGE_DONE);
	else if (status == STATUS_OK && job->next < job->want.count)
		on_records(job, body_of(request));
	else
		refuse(job, request, status);
}

/* add_body - and its length, which libevent adds for POST and PUT alone */
static bool
add_body(struct evhttp_request *request, const struct buf *body)
{
	char len[24];

	snprintf(len, sizeof(len), "%zu", body->len);
	return evbuffer_add(evhttp_request_get_output_buffer(request), body->p,
		   body->len) == 0 &&
	    evhttp_add_header(evhttp_request_get_output_headers(request),
		"Content-Length", len) == 0;
}

/* add_headers - the key among them */
static bool
add_headers(struct pdnsapi *job, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	char key[SECRET_MAX + 1];
	bool good;

	if (job->want.key.len > SECRET_MAX)
		return false;
	memcpy(key, job->want.key.p, job->want.key.len);
	key[job->want.key.len] = '\0';
	/* It refuses line ends, so nothing can be smuggled in. */
	good = evhttp_add_header(headers, "X-API-Key", key) == 0 &&
	    evhttp_add_header(
		headers, "Host", job->want.url + sizeof("http://") - 1) == 0 &&
	    evhttp_add_header(headers, "Content-Type", "application/json") == 0;
	secret_wipe(key, sizeof(key));
	return good;
}

/* ask - one request; false when it cannot be made */
static bool
ask(struct pdnsapi *job, enum evhttp_cmd_type method, const char *path,
    const struct buf *body)
{
	struct evhttp_request *request = evhttp_request_new(on_answer, job);

	if (request == NULL)
		return false;
	if (!add_headers(job, request) ||
	    (body != NULL && !add_body(request, body))) {
		evhttp_request_free(request);
		return false;
	}
	job->request = request;
	/* On failure it has released the request. */
	return evhttp_make_request(job->conn, request, method, path) == 0;
}

/* ask_records - the RRset of the next change */
static bool
ask_records(struct pdnsapi *job)
{
	const struct dnschange *c = &job->want.changes[job->next];
	char path[PATH_MAX_];

	snprintf(path, sizeof(path),
	    "/api/v1/servers/localhost/zones/%s.?rrset_name=%s.&rrset_type=%s",
	    job->want.zone, c->name, dnstype_name(c->type));
	return ask(job, EVHTTP_REQ_GET, path, NULL);
}

/* ask_change - all changes at once */
static bool
ask_change(struct pdnsapi *job)
{
	char path[PATH_MAX_];
	struct buf body;
	bool good;

	snprintf(path, sizeof(path), "/api/v1/servers/localhost/zones/%s.",
	    job->want.zone);
	buf_init(&body, BODY_MAX);
	pdnsapi_put(job->want.changes, job->want.count, &body);
	good = buf_error(&body) == MTASTS_OK &&
	    ask(job, EVHTTP_REQ_PATCH, path, &body);
	buf_free(&body);
	return good;
}

/* proceed - the next request */
static void
proceed(struct pdnsapi *job)
{
	bool good =
	    job->next < job->want.count ? ask_records(job) : ask_change(job);

	if (good || job->ended)
		return;
	set_why(job, "the request cannot be made");
	end_later(job, DNSCHANGE_FAILED);
}

/* job_free - release; nothing is told */
static void
job_free(struct pdnsapi *job)
{
	job->ended = true;
	if (job->conn != NULL)
		evhttp_connection_free(job->conn);
	loop_watch_close(job->timer);
	arena_free(job->arena);
	mem_free(job);
}

/* on_timer - it has ended, or takes too long */
static void
on_timer(void *ctx)
{
	struct pdnsapi *job = ctx;
	dnschange_callback *cb = job->cb;
	enum dnschange_end end = job->ended ? job->end : DNSCHANGE_TIMEOUT;
	void *cb_ctx = job->ctx;
	char why[sizeof(job->why)];

	memcpy(why, job->why, sizeof(why));
	job_free(job);
	cb(cb_ctx, end, why);
}

/* connect_to - the connection to the URL's address */
static struct evhttp_connection *
connect_to(const struct pdnsapi_want *want)
{
	struct evhttp_uri *uri = evhttp_uri_parse(want->url);
	struct evhttp_connection *conn = NULL;
	char host[64] = "";
	size_t len;

	if (uri == NULL)
		return NULL;
	if (evhttp_uri_get_host(uri) != NULL)
		snprintf(host, sizeof(host), "%s", evhttp_uri_get_host(uri));
	len = strlen(host);
	/* An IPv6 address without its brackets. */
	if (len > 1 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
	if (host[0] != '\0')
		conn = evhttp_connection_base_new(loop_base(want->loop), NULL,
		    host, (uint16_t)evhttp_uri_get_port(uri));
	evhttp_uri_free(uri);
	if (conn != NULL) {
		evhttp_connection_set_max_body_size(conn, BODY_MAX);
		evhttp_connection_set_max_headers_size(conn, HEAD_MAX);
		evhttp_connection_set_retries(conn, 0);
	}
	return conn;
}

struct pdnsapi *
pdnsapi_start(
    const struct pdnsapi_want *want, dnschange_callback *cb, void *ctx)
{
	struct pdnsapi *job = mem_zalloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->want = *want;
	job->cb = cb;
	job->ctx = ctx;
	job->arena = arena_new(ARENA_MAX);
	job->timer = loop_timer(want->loop, on_timer, job);
	job->conn = connect_to(want);
	if (job->arena == NULL || job->timer == NULL || job->conn == NULL) {
		job_free(job);
		return NULL;
	}
	loop_timer_start(job->timer, want->timeout_ms);
	proceed(job);
	return job;
}

void
pdnsapi_cancel(struct pdnsapi *job)
{
	if (job != NULL)
		job_free(job);
}
