/*
 * inspect_world - an inspector of real rooms, and all that it asks, on one loop
 *
 * DNS says what a table of rows says. A house is an address of loopback with
 * doors, each a port that somebody listens at; how many are inside at once is
 * counted for the house. Houses answer from the loop, so nothing is a matter of
 * time. Include after cmocka.
 */
#ifndef TESTS_SUPPORT_INSPECT_WORLD_H
#define TESTS_SUPPORT_INSPECT_WORLD_H

#include "support/dnsfake.h"
#include "support/mkcert.h"
#include "support/scratch.h"
#include "task/inspect.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>

#define WORLD_PATIENCE_MS 30000
#define WORLD_GUESTS	  200
#define WORLD_STAY_MS	  5
#define WORLD_HOUSES	  4

/* What DNS says; "%s" in the text is the name asked for. */
struct world_row {
	const char *pattern; /* of names, as fnmatch() has them */
	unsigned type;
	const char *text;
};

struct house;

/* A connection. */
struct guest {
	struct house *house;
	struct loop_watch *watch;
	int fd; /* -1: none */
	bool smtp;
};

struct house {
	const char *ip;
	struct loop *loop;
	int smtp, https; /* listen; -1: nobody does */
	struct loop_watch *smtp_watch, *https_watch;
	unsigned total_smtp, total_https, inside, most;
	bool mute; /* takes connections and says nothing */
	struct loop_watch *slow; /* answers only when this rings; or null */
	struct guest guest[WORLD_GUESTS];
};

struct inspect_world {
	struct loop *loop;
	struct dnsfake fake;
	struct dns *dns;
	struct fetcher *fetcher;
	struct prober *prober;
	struct inspector *ins;
	struct inspector_conf conf;
	struct house house[WORLD_HOUSES];
	size_t houses;
	struct scratch scratch;
	struct mk_ca ca;
	char server[32];
	struct loop_watch *patience;
	unsigned expected, came, lost; /* callbacks; those without memory */
	struct seen *seen; /* by the last one */
};

/* The rows of the test that runs; the last one has no pattern. */
static const struct world_row *world_rows;

/* ---- houses ---- */

/* guest_leave - the connection is over */
static inline void
guest_leave(struct guest *g)
{
	if (g->fd < 0)
		return;
	loop_watch_close(g->watch);
	close(g->fd);
	g->fd = -1;
	g->house->inside--;
}

/* guest_hear - all that has come of it; it may have gone */
static inline void
guest_hear(struct guest *g)
{
	char room[2048];
	ssize_t n = 1;

	while (g->fd >= 0) {
		n = recv(g->fd, room, sizeof(room) - 1, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return;
		room[n > 0 ? n : 0] = '\0';
		if (n <= 0 || (!g->smtp && !g->house->mute))
			guest_leave(g);
		else if (g->smtp && strstr(room, "EHLO") != NULL)
			(void)!send(g->fd, "250 house\r\n", 11, MSG_NOSIGNAL);
	}
}

/* guest_gone - has the client closed, whatever it has said before? */
static inline bool
guest_gone(const struct guest *g)
{
	struct pollfd pfd = { .fd = g->fd, .events = POLLRDHUP };

	return g->fd >= 0 && poll(&pfd, 1, 0) == 1;
}

/* on_slow - everybody is heard */
static inline void
on_slow(void *ctx)
{
	struct house *h = ctx;

	for (size_t i = 0; i < WORLD_GUESTS; i++)
		guest_hear(&h->guest[i]);
}

/* on_guest - something has come */
static inline void
on_guest(void *ctx)
{
	guest_hear(ctx);
}

/* house_take - one connection; who has gone already is seen off before */
static inline void
house_take(struct house *h, int fd, bool smtp)
{
	struct guest *g = NULL;

	for (size_t i = 0; i < WORLD_GUESTS; i++) {
		if (guest_gone(&h->guest[i]))
			guest_leave(&h->guest[i]);
		if (h->guest[i].fd < 0)
			g = &h->guest[i];
	}
	assert_non_null(g);
	*g = (struct guest){ .house = h, .fd = fd, .smtp = smtp };
	if (h->slow == NULL)
		g->watch = loop_fd(h->loop, fd, LOOP_READ, on_guest, g);
	assert_true(h->slow != NULL || g->watch != NULL);
	if (++h->inside > h->most)
		h->most = h->inside;
	h->total_smtp += smtp;
	h->total_https += !smtp;
	if (smtp && !h->mute)
		(void)!send(fd, "220 house\r\n", 11, MSG_NOSIGNAL);
}

/* house_open_door - take all who wait at a door */
static inline void
house_open_door(struct house *h, int door, bool smtp)
{
	int fd;

	while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		house_take(h, fd, smtp);
}

static inline void
on_smtp_door(void *ctx)
{
	struct house *h = ctx;

	house_open_door(h, h->smtp, true);
}

static inline void
on_https_door(void *ctx)
{
	struct house *h = ctx;

	house_open_door(h, h->https, false);
}

/* house_bind - a listening socket; port 0: any, which is kept */
static inline int
house_bind(const char *ip, unsigned *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
	socklen_t len = sizeof(sa);

	assert_int_equal(inet_pton(AF_INET, ip, &sa.sin_addr), 1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 500), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	*port = ntohs(sa.sin_port);
	return fd;
}

/* house_build - on an address of 127.0.0.0/8, with both doors */
static inline struct house *
house_build(struct inspect_world *w, const char *ip)
{
	struct house *h = &w->house[w->houses++];

	assert_in_range(w->houses, 1, WORLD_HOUSES);
	*h = (struct house){ .ip = ip, .loop = w->loop };
	for (size_t i = 0; i < WORLD_GUESTS; i++)
		h->guest[i].fd = -1;
	h->smtp = house_bind(ip, &w->conf.smtp_port);
	h->https = house_bind(ip, &w->conf.https_port);
	h->smtp_watch = loop_fd(w->loop, h->smtp, LOOP_READ, on_smtp_door, h);
	h->https_watch =
	    loop_fd(w->loop, h->https, LOOP_READ, on_https_door, h);
	return h;
}

/* house_slow - people stay a while, so that they meet */
static inline void
house_slow(struct house *h)
{
	h->slow = loop_timer(h->loop, on_slow, h);
	assert_non_null(h->slow);
	loop_timer_every(h->slow, WORLD_STAY_MS);
}

/* house_tear_down - all go */
static inline void
house_tear_down(struct house *h)
{
	for (size_t i = 0; i < WORLD_GUESTS; i++)
		guest_leave(&h->guest[i]);
	loop_watch_close(h->smtp_watch);
	loop_watch_close(h->https_watch);
	loop_watch_close(h->slow);
	close(h->smtp);
	close(h->https);
}

/* ---- DNS ---- */

/* world_answer - by the rows; no row: there is no such record */
static inline bool
world_answer(
    struct dnsfake *fake, const struct dnsfake_question *q, struct wire *out)
{
	const struct world_row *row;
	const char *mark;
	unsigned n = 0;
	char text[1500];

	wire_begin(out, q->id,
	    WIRE_QR | WIRE_RA | WIRE_AA | (q->rd ? WIRE_RD : 0), q->name,
	    q->type);
	for (row = world_rows; row->pattern != NULL; row++) {
		if (row->type != q->type ||
		    fnmatch(row->pattern, q->name, 0) != 0)
			continue;
		mark = strstr(row->text, "%s");
		snprintf(text, sizeof(text), "%.*s%s%s",
		    mark != NULL ? (int)(mark - row->text) : 300, row->text,
		    mark != NULL ? q->name : "", mark != NULL ? mark + 2 : "");
		wire_add(out,
		    &(struct wire_record){
			WIRE_AN, q->name, (uint16_t)q->type, 300, text, 0 });
		n++;
	}
	if (n == 0)
		wire_add(out,
		    &(struct wire_record){
			WIRE_NS, "test", ns_t_soa, 60, "60", 0 });
	return true;
}

/* ---- the world ---- */

/* world_no_patience - something hangs */
static inline void
world_no_patience(void *ctx)
{
	fprintf(stderr, "the test waits in vain\n");
	abort();
}

/* world_init - before houses are built */
static inline void
world_init(struct inspect_world *w, const struct world_row *rows)
{
	FILE *f;

	signal(SIGPIPE, SIG_IGN);
	*w = (struct inspect_world){ 0 };
	world_rows = rows;
	assert_int_equal(loop_new(&w->loop), MTASTS_OK);
	assert_int_equal(scratch_open(&w->scratch), 0);
	mk_ca_make(&w->ca);
	f = fopen(scratch_file(&w->scratch, "roots.pem"), "w");
	assert_true(f != NULL && PEM_write_X509(f, w->ca.root) == 1);
	fclose(f);
	dnsfake_open(&w->fake, w->loop, world_answer);
	snprintf(w->server, sizeof(w->server), "127.0.0.1:%u", w->fake.port);
	w->patience = loop_timer(w->loop, world_no_patience, w);
	w->conf = (struct inspector_conf){ .loop = w->loop,
		.allowed = { .all = true },
		.dns_port = w->fake.port,
		.timeout_ms = 5000,
		.remember_ms = 600000,
		.seed = { 1, 2 } };
}

/* world_open - the rooms */
static inline void
world_open(struct inspect_world *w)
{
	const char *server = w->server;
	struct dns_conf dns = { .backend = DNS_STUB,
		.server = { &server, 1 },
		.timeout_ms = 5000,
		.loop = w->loop };
	struct fetch_conf fetch = { .ca_file = w->scratch.file,
		.port = 443,
		.timeout_ms = 5000,
		.allow_private = true,
		.proxy = "",
		.loop = w->loop };
	struct prober_conf probe = { .ca_file = w->scratch.file,
		.helo = "me.test",
		.timeout_ms = 5000,
		.loop = w->loop };
	unsigned free_port = 0;

	assert_int_equal(dns_open(&dns, &w->dns, NULL), MTASTS_OK);
	fetch.dns = w->dns;
	assert_int_equal(fetcher_open(&fetch, &w->fetcher, NULL), MTASTS_OK);
	assert_int_equal(prober_open(&probe, &w->prober, NULL), MTASTS_OK);
	w->conf.dns = w->dns;
	w->conf.fetcher = w->fetcher;
	w->conf.prober = w->prober;
	/* Nobody listens there. */
	close(house_bind("127.0.0.1", &free_port));
	w->conf.http_port = free_port;
	if (w->conf.smtp_port == 0)
		w->conf.smtp_port = w->conf.https_port = free_port;
	assert_int_equal(inspector_open(&w->conf, &w->ins), MTASTS_OK);
}

/* world_on_seen - one domain is done */
static inline void
world_on_seen(void *ctx, struct seen *seen)
{
	struct inspect_world *w = ctx;

	seen_free(w->seen);
	w->seen = seen;
	w->lost += seen == NULL;
	if (++w->came == w->expected)
		loop_stop(w->loop);
}

/* world_look - at the domains d0.test, d1.test, ... from one to before another
 */
static inline void
world_look(struct inspect_world *w, unsigned from, unsigned to)
{
	char name[40];

	loop_timer_start(w->patience, WORLD_PATIENCE_MS);
	w->came = 0;
	w->expected = to - from;
	for (; from < to; from++) {
		snprintf(name, sizeof(name), "d%u.test", from);
		assert_non_null(inspect_start(w->ins, name, world_on_seen, w));
	}
	assert_int_equal(w->came, 0);
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_int_equal(w->came, w->expected);
}

/* world_end - release all */
static inline void
world_end(struct inspect_world *w)
{
	seen_free(w->seen);
	inspector_close(w->ins);
	prober_close(w->prober);
	fetcher_close(w->fetcher);
	dns_close(w->dns);
	for (size_t i = 0; i < w->houses; i++)
		house_tear_down(&w->house[i]);
	dnsfake_close(&w->fake);
	loop_watch_close(w->patience);
	loop_free(w->loop);
	scratch_close(&w->scratch);
	mk_ca_free(&w->ca);
}

#endif
