/*
 * fetch - get the policy of a policy host over HTTPS
 *
 * RFC 8461 section 3.3. The queue, the deadline and the way through; one try at
 * one address is fetch_conn.c. At most max_fetches run at a time, the others
 * wait in the order they came; waiting counts as time too, but not for looks,
 * whose time is what a host is judged by.
 *
 * Of the failures of several addresses the gravest is told: what a host that
 * was reached says, before what its certificate says, before silence. Times
 * out within about a millisecond of the deadline, whatever the peer does.
 */
#include "io/fetch.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "io/fetch_int.h"

static void on_timer(void *ctx);

/* ---- queues ---- */

/* queue_put - behind the others */
static void
queue_put(struct fetch_queue *q, struct fetch *fetch)
{
	fetch->next = NULL;
	fetch->link = q->last;
	*q->last = fetch;
	q->last = &fetch->next;
	q->count++;
}

/* queue_take - out of the queue it is in */
static void
queue_take(struct fetch_queue *q, struct fetch *fetch)
{
	*fetch->link = fetch->next;
	if (fetch->next != NULL)
		fetch->next->link = fetch->link;
	else
		q->last = fetch->link;
	q->count--;
}

/* ---- the alarm ---- */

void
fetch_arm(struct fetch *fetch, enum fetch_alarm alarm, int64_t at_ms)
{
	int64_t now_ms = loop_now_ms();

	if (at_ms >= fetch->deadline_ms) {
		at_ms = fetch->deadline_ms;
		alarm = FETCH_DEADLINE;
	}
	fetch->alarm = alarm;
	fetch->alarm_set_ms = now_ms;
	loop_timer_start(fetch->timer, at_ms - now_ms);
}

void
fetch_arm_share(struct fetch *fetch)
{
	int64_t now_ms = loop_now_ms();
	int64_t share_ms = (fetch->deadline_ms - now_ms) / 2;

	/* Nobody else would use what is left. */
	if (fetch_look_left(&fetch->look) == 0) {
		fetch_arm(fetch, FETCH_DEADLINE, fetch->deadline_ms);
		return;
	}
	if (share_ms > FETCH_SHARE_MS)
		share_ms = FETCH_SHARE_MS;
	fetch_arm(fetch, FETCH_SHARE, now_ms + share_ms);
}

/* ---- what a fetch comes to ---- */

/* gravity - how much a failure tells; the more, the longer it is kept */
static int
gravity(enum fetchfact_end end)
{
	switch (end) {
	case FETCHFACT_OK:
		return 0;
	case FETCHFACT_OURS:
		return 1;
	case FETCHFACT_CONNECT:
	case FETCHFACT_PROXY:
	case FETCHFACT_TIMEOUT:
		return 2;
	case FETCHFACT_TLS:
		return 3;
	case FETCHFACT_CUT: /* before the first byte: is_final() else */
		return 3;
	case FETCHFACT_CERT_UNTRUSTED:
	case FETCHFACT_CERT_NAME:
	case FETCHFACT_CERT_EXPIRED:
		return 4;
	default:
		return 5;
	}
}

/* put_where - who is meant: the address, or the way through the proxy */
static void
put_where(struct buf *b, const struct fetch *fetch, const char *address)
{
	const struct fetch_proxy *proxy = &fetch->f->proxy;

	/* Who looks at one address knows it. */
	if (fetch->is_look)
		return;
	if (!fetch_has_proxy(fetch)) {
		buf_puts(b, address);
		if (fetch->port != 443)
			buf_putf(b, " port %u", fetch->port);
	} else if (fetch->conn.step > FETCH_TUNNEL) {
		buf_putf(
		    b, "through our proxy %s port %u", address, proxy->port);
	} else {
		buf_putf(b, "our proxy %s port %u", address, proxy->port);
	}
	buf_puts(b, ": ");
}

void
fetch_failed(struct fetch *fetch, enum fetchfact_end end, int status,
    const char *fmt, ...)
{
	char address[IPNET_TEXT_LEN];
	va_list ap;

	if (gravity(end) < gravity(fetch->end))
		return;
	fetch->end = end;
	fetch->status = status;
	ipnet_addr_text(&fetch->conn.addr, address);
	if (!fetch_has_proxy(fetch))
		memcpy(fetch->address, address, sizeof(fetch->address));
	buf_clear(&fetch->why);
	put_where(&fetch->why, fetch, address);
	va_start(ap, fmt);
	buf_vputf(&fetch->why, fmt, ap);
	va_end(ap);
}

/* ---- life and death ---- */

/* release - all that a fetch holds; it is in no queue */
static void
release(struct fetch *fetch)
{
	fetch_look_cancel(&fetch->look);
	fetch_conn_close(&fetch->conn);
	httpresp_free(&fetch->conn.resp);
	tlsfact_free(fetch->tls);
	loop_watch_close(fetch->timer);
	buf_free(&fetch->why);
	mem_free(fetch);
}

/* begin_waiting - give free places to those who have waited longest */
static void
begin_waiting(struct fetcher *f)
{
	struct fetch *fetch;

	while (f->running.count < f->max_fetches &&
	    (fetch = f->waiting.first) != NULL) {
		queue_take(&f->waiting, fetch);
		queue_put(&f->running, fetch);
		fetch->runs = true;
		metric_sum(f->stat.in_flight, 1);
		fetch_arm(fetch, FETCH_BEGIN, loop_now_ms());
	}
}

/* leave - the queue it is in, for another */
static void
leave(struct fetch *fetch)
{
	struct fetcher *f = fetch->f;

	if (!fetch->runs) {
		queue_take(&f->waiting, fetch);
		return;
	}
	queue_take(&f->running, fetch);
	metric_sum(f->stat.in_flight, -1);
	begin_waiting(f);
}

void
fetch_done(struct fetch *fetch)
{
	struct fetcher *f = fetch->f;
	struct fetch_words words;
	struct fetchfact fact;

	fetch_look_cancel(&fetch->look);
	fetch_conn_close(&fetch->conn);
	loop_timer_cancel(fetch->timer);
	fact = fetch_fact(fetch, &words);
	metric_inc(f->stat.ends[fact.end]);
	metric_observe(f->stat.seconds, fact.took_ms * 1000);
	fetch_log(fetch, &fact);
	leave(fetch);
	/* From here on the fetcher may be closed by whom we call. */
	fetch->cb(fetch->ctx, &fact);
	fetch_words_free(&words);
	release(fetch);
}

void
fetch_cancel(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	leave(fetch);
	release(fetch);
}

/* ---- the way through a fetch ---- */

/* end_without - the end: no address was left to try */
static void
end_without(struct fetch *fetch)
{
	const struct fetch_proxy *proxy = &fetch->f->proxy;
	bool direct = !fetch_has_proxy(fetch);

	if (fetch->tried == 0) {
		buf_clear(&fetch->why);
		buf_puts(&fetch->why, direct ? "" : "our proxy: ");
		fetch->end = fetch_look_end(&fetch->look,
		    direct ? fetch->host : proxy->host, &fetch->why);
		if (!direct)
			fetch->end = FETCHFACT_PROXY;
	}
	fetch_done(fetch);
}

void
fetch_go_on(struct fetch *fetch)
{
	struct ipnet_addr addr;

	fetch_conn_close(&fetch->conn);
	while (fetch_look_next(&fetch->look, &addr))
		if (fetch_conn_start(fetch, &addr))
			return;
	if (fetch_look_open(&fetch->look))
		fetch_arm(fetch, FETCH_DEADLINE, fetch->deadline_ms);
	else
		end_without(fetch);
}

void
fetch_addresses_came(struct fetch *fetch)
{
	struct fetch_look *look = &fetch->look;

	/* A try is under way: what came is for later, but that may be soon. */
	if (fetch->conn.step != FETCH_IDLE) {
		if (fetch->alarm == FETCH_DEADLINE &&
		    !fetch_conn_answers(&fetch->conn))
			fetch_arm_share(fetch);
		return;
	}
	if (fetch_look_open(look) && fetch_look_left(look) == 0)
		return;
	/* IPv6 goes first if it is not much later. */
	if (look->q[FETCH_V6].ask != NULL && fetch->tried == 0)
		fetch_arm(
		    fetch, FETCH_SETTLED, loop_now_ms() + FETCH_SETTLE_MS);
	else
		fetch_go_on(fetch);
}

/* try_one - there is but one address, and it is known */
static void
try_one(struct fetch *fetch, const struct ipnet_addr *addr)
{
	fetch->look.q[FETCH_V6].v[0] = *addr;
	fetch->look.q[FETCH_V6].count = 1;
	fetch_go_on(fetch);
}

/* set_time - from now on */
static void
set_time(struct fetch *fetch)
{
	fetch->started_ms = loop_now_ms();
	fetch->deadline_ms = fetch->started_ms + fetch->f->timeout_ms;
	fetch_arm(fetch, FETCH_DEADLINE, fetch->deadline_ms);
}

/* begin - its turn has come */
static void
begin(struct fetch *fetch)
{
	const struct fetch_proxy *proxy = &fetch->f->proxy;
	bool direct = !fetch_has_proxy(fetch);

	if (fetch->is_look) {
		set_time(fetch);
		try_one(fetch, &fetch->at);
		return;
	}
	fetch_arm(fetch, FETCH_DEADLINE, fetch->deadline_ms);
	if (!direct && proxy->is_addr) {
		try_one(fetch, &proxy->addr);
	} else if (!fetch_look_start(
		       fetch, direct ? fetch->host : proxy->host)) {
		fetch->end = FETCHFACT_OURS;
		buf_puts(&fetch->why, "memory is short");
		fetch_done(fetch);
	}
}

/* given_ms - the time that ended, as a number for people */
static int64_t
given_ms(const struct fetch *fetch)
{
	int64_t ms = loop_now_ms() - fetch->alarm_set_ms;

	if (fetch->alarm == FETCH_DEADLINE)
		return fetch->f->timeout_ms;
	return ms < 1000 ? ms : (ms + 50) / 100 * 100;
}

/* too_late - say what it waited for; the try, if there is one, has failed */
static void
too_late(struct fetch *fetch)
{
	enum fetchfact_end end;
	struct timefmt given;
	struct buf why;

	timefmt_duration(&given, fetch->f->timeout_ms);
	if (!fetch->runs) {
		fetch->end = FETCHFACT_OURS;
		buf_putf(
		    &fetch->why, "its turn did not come within %s", given.text);
	} else if (fetch->conn.step != FETCH_IDLE) {
		buf_init(&why, FETCH_WHY_MAX);
		end = fetch_conn_late(fetch, given_ms(fetch), &why);
		fetch_failed(fetch, end, fetch->conn.resp.status, "%" STR_FMT,
		    STR_ARG(buf_str(&why)));
		buf_free(&why);
	} else if (fetch->tried == 0) {
		fetch->end = FETCHFACT_TIMEOUT;
		buf_putf(&fetch->why,
		    "looking up the addresses of %s took longer than %s",
		    fetch->host, given.text);
	}
}

/* on_timer - what the alarm was set for */
static void
on_timer(void *ctx)
{
	struct fetch *fetch = ctx;

	switch (fetch->alarm) {
	case FETCH_BEGIN:
		begin(fetch);
		break;
	case FETCH_REFUSED:
		fetch->end = FETCHFACT_OURS;
		buf_putf(&fetch->why,
		    "%u fetches are waiting already, and that is the limit",
		    fetch->f->max_waiting);
		fetch_done(fetch);
		break;
	case FETCH_SETTLED:
		fetch_go_on(fetch);
		break;
	case FETCH_SHARE:
		too_late(fetch);
		fetch_go_on(fetch);
		break;
	case FETCH_DEADLINE:
		too_late(fetch);
		fetch_done(fetch);
		break;
	}
}

/* new_fetch - known to nobody yet; null when memory is short */
static struct fetch *
new_fetch(struct fetcher *f, const char *host, fetch_callback *cb, void *ctx)
{
	struct fetch *fetch = mem_zalloc(1, sizeof(*fetch));

	if (fetch == NULL || strlen(host) >= sizeof(fetch->host))
		goto fail;
	fetch->timer = loop_timer(f->loop, on_timer, fetch);
	if (fetch->timer == NULL)
		goto fail;
	fetch->f = f;
	fetch->cb = cb;
	fetch->ctx = ctx;
	memcpy(fetch->host, host, strlen(host) + 1);
	buf_init(&fetch->why, FETCH_WHY_MAX);
	fetch->port = f->port;
	return fetch;
fail:
	mem_free(fetch);
	return NULL;
}

/* wait_turn - queue it; perhaps its turn is at once, or there is no room */
static void
wait_turn(struct fetch *fetch)
{
	struct fetcher *f = fetch->f;

	queue_put(&f->waiting, fetch);
	begin_waiting(f);
	if (!fetch->runs && f->waiting.count > f->max_waiting)
		fetch_arm(fetch, FETCH_REFUSED, fetch->started_ms);
}

struct fetch *
fetch_start(struct fetcher *f, const char *host, fetch_callback *cb, void *ctx)
{
	struct fetch *fetch = new_fetch(f, host, cb, ctx);

	if (fetch == NULL)
		return NULL;
	set_time(fetch);
	wait_turn(fetch);
	return fetch;
}

struct fetch *
fetch_start_at(
    struct fetcher *f, const struct fetch_at *at, fetch_callback *cb, void *ctx)
{
	struct fetch *fetch = new_fetch(f, at->host, cb, ctx);

	if (fetch == NULL)
		return NULL;
	fetch->is_look = true;
	fetch->at = at->addr;
	fetch->port = at->port;
	fetch->plain = at->plain;
	ipnet_addr_text(&at->addr, fetch->address);
	/* Whoever waits for us cannot be too late. */
	fetch->started_ms = loop_now_ms();
	fetch->deadline_ms = INT64_MAX;
	wait_turn(fetch);
	return fetch;
}
