/*
 * dns_cares.c - the engines that ask one server: c-ares on our loop
 *
 * The stub trusts a server's AD bit. Questions are made by hand, since only so
 * AD can be set in them (RFC 6840 section 5.7: then the server sets it in the
 * answer) and their numbers drawn at random. c-ares tries UDP, the other
 * servers when one is silent, and TCP; resolv.conf and the environment decide
 * nothing here. What a server answers stands, SERVFAIL too: that is how it says
 * bogus, and no other is asked.
 *
 * The other engine asks an authoritative server about what it holds itself: RD
 * is not set (RFC 1035 section 4.1.1), an answer must have AA, and AD means
 * nothing. Thousands are opened for one question each, so nothing that c-ares
 * could read from a file is left to it, but for its random numbers.
 *
 * Known limits: one question cannot be taken back; it ends by its own time. A
 * server that answers FORMERR to EDNS makes c-ares forget about EDNS for good:
 * long answers then fail. A server that validates knows EDNS (RFC 4035
 * section 4.1).
 */
#include "io/dns_int.h"

#include "base/arena.h"
#include "base/buf.h"

#include <ares.h>
#include <netinet/in.h>
#include <sys/random.h>

#define CLASS_IN	 1
#define EDNS_LEN	 1232 /* bytes of an answer over UDP */
#define AA_BYTE		 2
#define AA_BIT		 0x04
#define AD_BYTE		 3
#define AD_BIT		 0x20
#define RCODE_BITS	 0x0f
#define TICK_MS		 50
#define SOCKS_MAX	 64
#define CHANNELS_MAX	 8
#define ASKS_PER_CHANNEL 256
#define TRIES		 3
/* Each try waits twice as long as the one before: 1 + 2 + 4. */
#define TRY_PARTS 7

struct channel;

/* A descriptor of c-ares's and what it waits for. */
struct sock {
	struct channel *channel;
	int fd; /* -1: this place is free */
	struct loop_watch *read, *write;
};

struct channel {
	struct dns *dns;
	ares_channel ares;
	struct loop_watch *tick; /* for c-ares's own timers */
	bool ticking;
	struct sock sock[SOCKS_MAX];
	uint16_t id[128]; /* random numbers, those before id_left unused */
	unsigned id_left;
};

/*
 * What dns->state is: each channel has a socket of its own for each server. A
 * socket holds some 200 answers; what comes beyond that while the loop is busy
 * is lost, asked again after a second, and lost again.
 */
struct stub {
	struct channel *channel[CHANNELS_MAX];
	unsigned count;
	unsigned next; /* whose turn it is */
	bool direct; /* of one authoritative server */
};

/* on_readable - something has come */
static void
on_readable(void *ctx)
{
	struct sock *sock = ctx;

	ares_process_fd(sock->channel->ares, sock->fd, ARES_SOCKET_BAD);
}

/* on_writable - there is room, or a connection */
static void
on_writable(void *ctx)
{
	struct sock *sock = ctx;

	ares_process_fd(sock->channel->ares, ARES_SOCKET_BAD, sock->fd);
}

/* on_tick - let c-ares look at its clock while it has something to do */
static void
on_tick(void *ctx)
{
	struct channel *channel = ctx;

	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (channel->dns->query_count == 0) {
		loop_timer_cancel(channel->tick);
		channel->ticking = false;
	}
}

/* place_of - where a descriptor is, or a free place; null: there is none */
static struct sock *
place_of(struct channel *channel, int fd)
{
	struct sock *place = NULL;

	for (size_t i = 0; i < SOCKS_MAX; i++) {
		if (channel->sock[i].fd == fd)
			return &channel->sock[i];
		if (channel->sock[i].fd < 0 && place == NULL)
			place = &channel->sock[i];
	}
	return place;
}

/* on_state - c-ares wants to wait for a descriptor, or not any more */
static void
on_state(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = ctx;
	struct sock *sock = place_of(channel, fd);

	/* Never seen: two for each server. Its questions end by their time. */
	if (sock == NULL)
		return;
	loop_watch_close(sock->read);
	loop_watch_close(sock->write);
	sock->read = sock->write = NULL;
	sock->fd = readable || writable ? fd : -1;
	if (readable)
		sock->read = loop_fd(
		    channel->dns->loop, fd, LOOP_READ, on_readable, sock);
	if (writable)
		sock->write = loop_fd(
		    channel->dns->loop, fd, LOOP_WRITE, on_writable, sock);
}

/* is_referral - it has nothing to say itself, though it says no error */
static bool
is_referral(const unsigned char *msg)
{
	unsigned code = msg[AD_BYTE] & RCODE_BITS;

	return (msg[AA_BYTE] & AA_BIT) == 0 && (code == 0 || code == 3);
}

/* on_answer - a question has ended; c-ares's type of callback */
static void
on_answer(void *ctx, int status, int timeouts, unsigned char *msg, int len)
{
	struct dns_query *query = ctx;
	const struct stub *stub = query->dns->state;

	if (status == ARES_ETIMEOUT)
		dns_fail(query, DNSFACT_TIMEOUT,
		    "the server did not answer any try");
	else if (status != ARES_SUCCESS || len <= AD_BYTE)
		dns_fail(query, DNSFACT_SERVFAIL, ares_strerror(status));
	else if (stub->direct && is_referral(msg))
		dns_fail(query, DNSFACT_SERVFAIL,
		    "the server has no authority for this name");
	else
		dns_answer(query, str_make((const char *)msg, (size_t)len),
		    !stub->direct && (msg[AD_BYTE] & AD_BIT) != 0);
}

/* next_id - a number that nobody can guess; false when there is none */
static bool
next_id(struct channel *channel, uint16_t *out)
{
	if (channel->id_left == 0) {
		if (getrandom(channel->id, sizeof(channel->id), 0) !=
		    (ssize_t)sizeof(channel->id))
			return false;
		channel->id_left = sizeof(channel->id) / sizeof(*channel->id);
	}
	*out = channel->id[--channel->id_left];
	return true;
}

/* start - ask */
static void
start(struct dns_query *query, const char *name, enum dnstype type)
{
	struct stub *stub = query->dns->state;
	struct channel *channel = stub->channel[stub->next++ % stub->count];
	unsigned char *msg = NULL;
	uint16_t id;
	int len, rc;

	if (!next_id(channel, &id)) {
		dns_fail(query, DNSFACT_SERVFAIL, "no random numbers");
		return;
	}
	rc = ares_create_query(
	    name, CLASS_IN, (int)type, id, !stub->direct, &msg, &len, EDNS_LEN);
	if (rc == ARES_EBADNAME) {
		dns_fail(query, DNSFACT_MALFORMED,
		    "this is no name that DNS can hold");
		return;
	}
	if (rc != ARES_SUCCESS) {
		dns_fail(query, DNSFACT_SERVFAIL, ares_strerror(rc));
		return;
	}
	if (!stub->direct)
		msg[AD_BYTE] |= AD_BIT;
	if (!channel->ticking)
		loop_timer_every(channel->tick, TICK_MS);
	channel->ticking = true;
	/* It copies the message, and may call back at once. */
	ares_send(channel->ares, msg, len, on_answer, query);
	ares_free_string(msg);
}

/*
 * init - the channel with our options; an ARES_ code
 *
 * That some server, the dots and the sorting are given, too, keeps c-ares from
 * opening its files.
 */
static int
init(struct channel *channel)
{
	char lookups[] = "b", none[] = "/dev/null";
	struct in_addr some = { 0 };
	struct ares_options o = {
		.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH |
		    ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP,
		.timeout = (int)(channel->dns->timeout_ms / TRY_PARTS),
		.tries = TRIES,
		.ndots = 1,
		.servers = &some,
		.nservers = 1,
		.lookups = lookups,
		.sock_state_cb = on_state,
		.sock_state_cb_data = channel,
		.ednspsz = EDNS_LEN,
		.resolvconf_path = none,
	};

	if (o.timeout < 1)
		o.timeout = 1;
	return ares_init_options(&channel->ares, &o,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB |
		ARES_OPT_NOROTATE | ARES_OPT_EDNSPSZ | ARES_OPT_RESOLVCONF |
		ARES_OPT_SERVERS | ARES_OPT_NDOTS | ARES_OPT_SORTLIST);
}

/* set_servers - "127.0.0.1:53,[::1]:53"; an ARES_ code */
static int
set_servers(struct channel *channel, const struct dns_servers *servers)
{
	struct buf csv;
	int rc = ARES_ENOMEM;

	buf_init(&csv, 4096);
	for (size_t i = 0; i < servers->count; i++)
		buf_putf(&csv, servers->v[i].v6 ? "%s[%s]:%u" : "%s%s:%u",
		    i > 0 ? "," : "", servers->v[i].ip, servers->v[i].port);
	if (!buf_error(&csv))
		rc = ares_set_servers_ports_csv(channel->ares, csv.p);
	buf_free(&csv);
	return rc;
}

/* close_channel - end it; calls back for all its questions */
static void
close_channel(struct channel *channel)
{
	if (channel->ares != NULL)
		ares_destroy(channel->ares);
	ares_library_cleanup();
	loop_watch_close(channel->tick);
	mem_free(channel);
}

/* open_channel - one more for the stub */
static enum mtasts_err
open_channel(struct dns *dns, const struct dns_conf *conf,
    const struct dns_servers *servers)
{
	struct channel *channel = mem_zalloc(1, sizeof(*channel));
	struct stub *stub = dns->state;
	int rc;

	if (channel == NULL)
		return MTASTS_ENOMEM;
	stub->channel[stub->count++] = channel;
	channel->dns = dns;
	for (size_t i = 0; i < SOCKS_MAX; i++)
		channel->sock[i] = (struct sock){ channel, -1, NULL, NULL };
	channel->tick = loop_timer(dns->loop, on_tick, channel);
	/* Counted: each has its cleanup. */
	rc = ares_library_init(ARES_LIB_INIT_ALL);
	if (rc == ARES_SUCCESS && channel->tick != NULL)
		rc = init(channel);
	if (rc == ARES_SUCCESS && channel->tick != NULL)
		rc = set_servers(channel, servers);
	if (rc == ARES_SUCCESS && channel->tick != NULL)
		return MTASTS_OK;
	return rc == ARES_SUCCESS || rc == ARES_ENOMEM ? MTASTS_ENOMEM
						       : MTASTS_ESYS;
}

/* close_stub - end it; calls back for all questions */
static void
close_stub(struct dns *dns)
{
	struct stub *stub = dns->state;

	while (stub->count > 0)
		close_channel(stub->channel[--stub->count]);
	mem_free(stub);
	dns->state = NULL;
}

/* open_stub - as many channels as the questions need */
static enum mtasts_err
open_stub(struct dns *dns, const struct dns_conf *conf,
    const struct dns_servers *servers, struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;
	unsigned wanted = dns->max_asks / ASKS_PER_CHANNEL;

	if (wanted < 1)
		wanted = 1;
	if (wanted > CHANNELS_MAX)
		wanted = CHANNELS_MAX;
	dns->state = mem_zalloc(1, sizeof(struct stub));
	if (dns->state == NULL)
		return MTASTS_ENOMEM;
	((struct stub *)dns->state)->direct = conf->backend == DNS_DIRECT;
	while (wanted-- > 0 && err == MTASTS_OK)
		err = open_channel(dns, conf, servers);
	if (err != MTASTS_OK)
		close_stub(dns);
	return err;
}

const struct dns_engine dns_cares = {
	.name = "stub",
	.proves = true,
	.open = open_stub,
	.close = close_stub,
	.start = start,
};

const struct dns_engine dns_cares_direct = {
	.name = "direct",
	.open = open_stub,
	.close = close_stub,
	.start = start,
};
