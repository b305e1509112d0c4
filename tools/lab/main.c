/*
 * main.c - a laboratory on loopback, until SIGTERM or SIGINT
 *
 * lab WORLD STATE [--base PORT|standard] [--scan N] [--zones DIR]
 *
 * WORLD  what there is; see world.txt
 * STATE  a folder: ca.pem, options (for the command line of mtasts; written
 *        last) and offences (commands that nobody who looks may send)
 * PORT   of DNS; HTTPS, HTTP and SMTP have the next three. 8640; "standard":
 *        53, 443, 80 and 25, for programs that know no others
 * N      so many generated domains more: d0.scan.test, ...
 * DIR    a folder for the zones, to be signed and served by a real name server;
 *        in STATE, unless it begins with a slash
 */
#include "ca.h"
#include "dns.h"
#include "serve.h"
#include "tls.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORLD_MAX (64u << 20) /* bytes of memory */
#define PORT	  8640

/* Where a file is read: this program does it once, in one thread. */
static struct {
	const char *path;
	unsigned line;
} reading;

void
lab_fail_at(const char *path, unsigned line)
{
	reading.path = path;
	reading.line = line;
}

void
lab_fail(const char *fmt, ...)
{
	va_list ap;

	fputs("lab: ", stderr);
	if (reading.line > 0)
		fprintf(stderr, "%s:%u: ", reading.path, reading.line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	_exit(1);
}

void
lab_check(bool ok, const char *what)
{
	if (!ok)
		lab_fail("%s", what);
}

void
lab_offence(struct lab *lab, const char *fmt, ...)
{
	va_list ap;
	struct buf b;

	buf_init(&b, 4096);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	buf_putc(&b, '\n');
	if (buf_error(&b) == MTASTS_OK &&
	    write(lab->offences_fd, b.p, b.len) < 0)
		perror("lab: offences");
	buf_free(&b);
}

bool
lab_has_word(const char *list, const char *word)
{
	struct str rest = str_of(list), w;

	while (rest.len > 0) {
		str_cut(rest, ' ', &w, &rest);
		if (str_eq(w, str_of(word)))
			return true;
	}
	return false;
}

char *
lab_dup(struct lab *lab, struct str s)
{
	char *copy = arena_dup(lab->arena, s);

	lab_check(copy != NULL, "memory");
	return copy;
}

/* write_options - how mtasts sees this world */
static void
write_options(const struct lab *lab)
{
	char path[1024], temp[1040];
	FILE *f;

	snprintf(path, sizeof(path), "%s/options", lab->state);
	snprintf(temp, sizeof(temp), "%s.new", path);
	f = fopen(temp, "w");
	if (f == NULL)
		lab_fail("%s: %s", temp, strerror(errno));
	fprintf(f,
	    "--resolver 127.0.0.1:%u --ca-file %s/ca.pem --https-port %u "
	    "--http-port %u --smtp-port %u --dns-port %u --allow-private\n",
	    serve_port(lab, ROLE_DNS), lab->state, serve_port(lab, ROLE_HTTPS),
	    serve_port(lab, ROLE_HTTP), serve_port(lab, ROLE_SMTP),
	    serve_port(lab, ROLE_DNS));
	if (fclose(f) != 0 || rename(temp, path) != 0)
		lab_fail("%s: %s", path, strerror(errno));
}

/* number - of an option */
static unsigned
number(const char *text, uint64_t max)
{
	uint64_t n;

	if (text == NULL || !str_u64(str_of(text), max, &n))
		lab_fail("\"%s\" is no such number", text != NULL ? text : "");
	return (unsigned)n;
}

/* open_state - the folder, and what an earlier one left there */
static void
open_state(struct lab *lab)
{
	char path[1024];

	if (mkdir(lab->state, 0755) != 0 && errno != EEXIST)
		lab_fail("%s: %s", lab->state, strerror(errno));
	snprintf(path, sizeof(path), "%s/options", lab->state);
	unlink(path);
	snprintf(path, sizeof(path), "%s/offences", lab->state);
	lab->offences_fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (lab->offences_fd < 0)
		lab_fail("%s: %s", path, strerror(errno));
}

/* open_signals - what ends the world, as a descriptor */
static int
open_signals(void)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	lab_check(fd >= 0, "signals");
	return fd;
}

/* open_many - as many descriptors as we may have */
static void
open_many(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* open_world - memory, authority, the file */
static void
open_world(struct lab *lab, const char *path)
{
	static const uint64_t seed[2];

	lab->arena = arena_new(WORLD_MAX);
	lab_check(lab->arena != NULL, "memory");
	map_init(&lab->names, seed);
	map_init(&lab->hosts, seed);
	open_state(lab);
	ca_open(lab);
	world_read(lab, path);
	world_finish(lab);
}

/* close_world - release */
static void
close_world(struct lab *lab)
{
	ca_close(lab);
	map_free(&lab->names);
	map_free(&lab->hosts);
	arena_free(lab->arena);
	close(lab->offences_fd);
}

/* write_zones - into the folder of an option */
static void
write_zones(struct lab *lab, const char *folder)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", lab->state, folder);
	world_zones(lab, folder[0] == '/' ? folder : path);
}

/* serve - until a signal */
static void
serve(struct lab *lab)
{
	int signals = open_signals();
	struct lab_listener *all;
	pthread_t udp;

	pthread_mutex_init(&lab->lock, NULL);
	pthread_cond_init(&lab->work, NULL);
	pthread_cond_init(&lab->gone, NULL);
	lab->stop_fd = eventfd(0, EFD_CLOEXEC);
	lab_check(lab->stop_fd >= 0, "eventfd");
	tls_open(lab);
	all = serve_open(lab);
	udp = dns_udp_start(lab);
	write_options(lab);
	puts("ready");
	fflush(stdout);
	serve_run(lab, all, signals);
	serve_close(lab, all);
	pthread_join(udp, NULL);
	tls_close(lab);
	close(lab->stop_fd);
	close(signals);
}

int
main(int argc, char **argv)
{
	struct lab lab = { .port = PORT };
	const char *zones = NULL;

	if (argc < 3 || argc % 2 != 1) {
		fprintf(stderr,
		    "usage: lab WORLD STATE [--base PORT|standard] [--scan N] "
		    "[--zones DIR]\n");
		return 2;
	}
	lab.state = argv[2];
	for (int i = 3; i < argc; i += 2) {
		if (str_eq(str_of(argv[i]), STR("--base")) &&
		    str_eq(str_of(argv[i + 1]), STR("standard")))
			lab.standard = true;
		else if (str_eq(str_of(argv[i]), STR("--base")))
			lab.port = number(argv[i + 1], 65000);
		else if (str_eq(str_of(argv[i]), STR("--scan")))
			lab.scan = number(argv[i + 1], 10000000);
		else if (str_eq(str_of(argv[i]), STR("--zones")))
			zones = argv[i + 1];
		else
			lab_fail("there is no option \"%s\"", argv[i]);
	}
	open_many();
	open_world(&lab, argv[1]);
	if (zones != NULL)
		write_zones(&lab, zones);
	serve(&lab);
	close_world(&lab);
	return 0;
}
