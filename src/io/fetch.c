/*
 * fetch - get the policy of a policy host over HTTPS
 *
 * RFC 8461 section 3.3. The queue, the deadline and what a fetch comes to; one
 * try at one address is fetch_conn.c. At most max_fetches run at a time, the
 * others wait in the order they came; waiting counts as time too.
 *
 * Of the failures of several addresses the gravest is told: what a host that
 * was reached says, before what its certificate says, before silence. Times
 * out within about a millisecond of the deadline, whatever the peer does.
 */
#include "io/fetch.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "io/fetch_int.h"

#include <stdio.h>

#define MAX_FETCHES 64
#define MAX_WAITING 10000

static const struct diag_rule bad_network = {
	.id = "conf",
	.name = "fetch-network",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write an address, or a network such as 10.1.0.0/16.",
};
static const struct diag_rule bad_number = {
	.id = "conf",
	.name = "fetch-number",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Use a port from 1 to 65535 and a timeout of at least a "
	       "millisecond.",
};

static loop_callback on_timer;

/* ---- queues ---- */

/* queue_init - empty */
static void
queue_init(struct fetch_queue *q)
{
	*q = (struct fetch_queue){ .last = &q->first };
}

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
	if (fetch_look_left(&fetch->look) == 0 &&
	    !fetch_look_open(&fetch->look)) {
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

	if (proxy->host[0] == '\0') {
		buf_puts(b, address);
		if (fetch->f->port != 443)
			buf_putf(b, " port %u", fetch->f->port);
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
	if (fetch->f->proxy.host[0] == '\0')
		memcpy(fetch->address, address, sizeof(fetch->address));
	buf_clear(&fetch->why);
	put_where(&fetch->why, fetch, address);
	va_start(ap, fmt);
	buf_vputf(&fetch->why, fmt, ap);
	va_end(ap);
}

/* log_fact - one line: good news only for those who debug */
static void
log_fact(const struct fetch *fetch, const struct fetchfact *fact)
{
	struct log_line line;

	if (fetch->f->log == NULL)
		return;
	log_begin(&line, fetch->f->log,
	    fact->end == FETCHFACT_OK ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
	    "fetch");
	log_cstr(&line, "host", fetch->host);
	log_cstr(&line, "end", fetchfact_end_name(fact->end));
	if (fact->status != 0)
		log_int(&line, "status", fact->status);
	if (fact->address[0] != '\0')
		log_cstr(&line, "address", fact->address);
	log_int(&line, "bytes", (int64_t)fact->body.len);
	log_int(&line, "ms", fact->took_ms);
	if (fact->why[0] != '\0')
		log_cstr(&line, "reason", fact->why);
	log_end(&line);
}

/* make_fact - what the callback is told; borrows from the fetch */
static struct fetchfact
make_fact(struct fetch *fetch)
{
	const struct httpresp *resp = &fetch->conn.resp;
	struct fetchfact fact = { .end = fetch->end,
		.status = fetch->status,
		.address = fetch->address,
		.why = "",
		.took_ms = loop_now_ms() - fetch->started_ms };

	/* A body that is whole makes earlier failures void. */
	if (resp->kind == HTTPRESP_POLICY && resp->phase == HTTPRESP_OVER &&
	    resp->end == FETCHFACT_OK) {
		fact.end = FETCHFACT_OK;
		fact.status = resp->status;
		fact.body = buf_str(&resp->body);
		if (fetch->f->proxy.host[0] == '\0')
			ipnet_addr_text(&fetch->conn.addr, fetch->address);
		return fact;
	}
	if (fetch->tried > 1)
		buf_putf(
		    &fetch->why, " (%u addresses were tried)", fetch->tried);
	fact.why = fetch->why.len > 0 ? fetch->why.p : "no reason is known";
	return fact;
}

/* ---- life and death ---- */

/* release - all that a fetch holds; it is in no queue */
static void
release(struct fetch *fetch)
{
	fetch_look_cancel(&fetch->look);
	fetch_conn_close(&fetch->conn);
	httpresp_free(&fetch->conn.resp);
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
	struct fetchfact fact;

	fetch_look_cancel(&fetch->look);
	fetch_conn_close(&fetch->conn);
	loop_timer_cancel(fetch->timer);
	fact = make_fact(fetch);
	metric_inc(f->stat.ends[fact.end]);
	metric_observe(f->stat.seconds, fact.took_ms * 1000);
	log_fact(fetch, &fact);
	leave(fetch);
	/* From here on the fetcher may be closed by whom we call. */
	fetch->cb(fetch->ctx, &fact);
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
	bool direct = proxy->host[0] == '\0';

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

	/* A try is under way: what came is for later. */
	if (fetch->conn.step != FETCH_IDLE)
		return;
	if (fetch_look_open(look) && fetch_look_left(look) == 0)
		return;
	/* IPv6 goes first if it is not much later. */
	if (look->q[FETCH_V6].ask != NULL && fetch->tried == 0)
		fetch_arm(
		    fetch, FETCH_SETTLED, loop_now_ms() + FETCH_SETTLE_MS);
	else
		fetch_go_on(fetch);
}

/* begin - its turn has come */
static void
begin(struct fetch *fetch)
{
	const struct fetch_proxy *proxy = &fetch->f->proxy;
	bool direct = proxy->host[0] == '\0';

	fetch_arm(fetch, FETCH_DEADLINE, fetch->deadline_ms);
	if (!direct && proxy->is_addr) {
		fetch->look.q[FETCH_V6].v[0] = proxy->addr;
		fetch->look.q[FETCH_V6].count = 1;
		fetch_go_on(fetch);
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

struct fetch *
fetch_start(struct fetcher *f, const char *host, fetch_callback *cb, void *ctx)
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
	fetch->started_ms = loop_now_ms();
	fetch->deadline_ms = fetch->started_ms + f->timeout_ms;
	fetch_arm(fetch, FETCH_DEADLINE, fetch->deadline_ms);
	queue_put(&f->waiting, fetch);
	begin_waiting(f);
	if (!fetch->runs && f->waiting.count > f->max_waiting)
		fetch_arm(fetch, FETCH_REFUSED, fetch->started_ms);
	return fetch;
fail:
	mem_free(fetch);
	return NULL;
}

/* ---- the fetcher ---- */

/* read_networks - allow_networks; nets may be null: only check */
static enum mtasts_err
read_networks(const struct conf_list *list, struct fetch_nets *nets,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;
	struct diag_quote quote;
	struct ipnet net;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!ipnet_parse(str_of(list->v[i]), &net)) {
			diag_add(diags, &bad_network, (struct diag_place){ 0 },
			    "\"%s\" is no network",
			    diag_quote(&quote, str_of(list->v[i])));
			err = MTASTS_ECONF;
		} else if (nets != NULL) {
			nets->v[nets->count++] = net;
		}
	}
	return err;
}

/* check - everything about the values alone */
static enum mtasts_err
check(const struct fetch_conf *conf, struct fetch_proxy *proxy,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = read_networks(&conf->allow_networks, NULL, diags);

	if (!fetch_proxy_parse(conf->proxy, proxy, diags))
		err = MTASTS_ECONF;
	if (conf->port == 0 || conf->port > 65535 || conf->timeout_ms <= 0) {
		diag_add(diags, &bad_number, (struct diag_place){ 0 },
		    "fetches cannot use port %u and a timeout of %lld ms",
		    conf->port, (long long)conf->timeout_ms);
		err = MTASTS_ECONF;
	}
	return err;
}

void
fetch_check_conf(const struct fetch_conf *conf, struct mtasts_diags *diags)
{
	struct fetch_proxy proxy;

	/* The findings are the answer. */
	(void)check(conf, &proxy, diags);
}

/* setup - what can fail */
static enum mtasts_err
setup(struct fetcher *f, const struct fetch_conf *conf,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = check(conf, &f->proxy, diags);

	if (err != MTASTS_OK)
		return err;
	f->allowed.all = conf->allow_private;
	f->allowed.v =
	    mem_zalloc(conf->allow_networks.count + 1, sizeof(struct ipnet));
	if (f->allowed.v == NULL)
		return MTASTS_ENOMEM;
	err = read_networks(&conf->allow_networks, &f->allowed, diags);
	if (err != MTASTS_OK)
		return err;
	return fetch_tls_open(&f->tls, conf->ca_file, diags);
}

enum mtasts_err
fetcher_open(const struct fetch_conf *conf, struct fetcher **out,
    struct mtasts_diags *diags)
{
	struct fetcher *f = mem_zalloc(1, sizeof(*f));
	enum mtasts_err err;

	if (f == NULL)
		return MTASTS_ENOMEM;
	f->loop = conf->loop;
	f->dns = conf->dns;
	f->log = conf->log;
	f->port = conf->port;
	f->timeout_ms = conf->timeout_ms;
	f->max_fetches =
	    conf->max_fetches > 0 ? conf->max_fetches : MAX_FETCHES;
	f->max_waiting =
	    conf->max_waiting > 0 ? conf->max_waiting : MAX_WAITING;
	queue_init(&f->waiting);
	queue_init(&f->running);
	err = setup(f, conf, diags);
	if (err != MTASTS_OK) {
		fetcher_close(f);
		return err;
	}
	fetch_stat_open(&f->stat, conf->metrics);
	*out = f;
	return MTASTS_OK;
}

void
fetcher_close(struct fetcher *f)
{
	if (f == NULL)
		return;
	/* Those who wait first: else they would begin. */
	while (f->waiting.first != NULL)
		fetch_cancel(f->waiting.first);
	while (f->running.first != NULL)
		fetch_cancel(f->running.first);
	fetch_tls_close(&f->tls);
	mem_free(f->allowed.v);
	mem_free(f);
}
