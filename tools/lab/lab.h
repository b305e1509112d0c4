/*
 * lab - a world on loopback for tests and newcomers: DNS, policy hosts, mail
 * servers, as one file describes it (world.txt beside this)
 *
 * The world is read once, by one thread, into one arena, and never changed;
 * each connection has a thread of its own that may block. Certificates are
 * made at the start, of one authority that lives as long as the process.
 */
#ifndef LAB_H
#define LAB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"

#include <pthread.h>

#define LAB_WHERE_RESOLVER 1u /* asked as a resolver */
#define LAB_WHERE_NS	   2u /* at the first name server, ... */
#define LAB_NS_COUNT	   2
#define LAB_WHERE_ALL	   7u
#define LAB_TTL_S	   3600

enum lab_fault {
	FAULT_NONE = 0,
	FAULT_SERVFAIL,
	FAULT_BOGUS, /* as a validating resolver tells it */
	FAULT_TIMEOUT,
	FAULT_NXDOMAIN,
	FAULT_REFUSED,
	FAULT_LOOP /* no fault but that a loop of CNAMEs is shown */
};

/* One record; its data as it goes over the wire, names uncompressed. */
struct lab_rr {
	unsigned type;
	uint32_t ttl_s;
	unsigned where; /* whose answers have it: LAB_WHERE_* */
	struct str data;
	struct lab_rr *next;
};

struct lab_name {
	const char *name; /* lower case, no final dot */
	struct lab_rr *rrs;
	struct lab_domain *domain; /* set when a domain begins here */
	enum lab_fault fault;
	unsigned fault_type; /* 0: whatever is asked for */
};

enum lab_role { ROLE_DNS = 0, ROLE_HTTPS, ROLE_HTTP, ROLE_SMTP, ROLES };

enum lab_profile {
	TLS_USUAL = 0, /* 1.2 and 1.3 */
	TLS_OLD_TOO, /* 1.0 and up */
	TLS_OLD_ONLY, /* 1.0 and 1.1 */
	TLS_WEAK, /* 1.2 without forward secrecy */
	TLS_PROFILES,
	TLS_OFF
};

/* Where a mail server closes the connection. */
enum lab_step {
	STEP_NONE = 0,
	STEP_CONNECT,
	STEP_BANNER,
	STEP_EHLO,
	STEP_STARTTLS,
	STEP_HANDSHAKE,
	STEP_TLS /* at the EHLO over TLS */
};

struct lab_ident; /* ca.h */

/* A server at one address. */
struct lab_server {
	enum lab_role role; /* HTTPS or SMTP */
	const char *address; /* "127.16.1.10" */
	const char *names; /* of its certificate: "a.test,b.test" */
	struct lab_domain *domain;
	const char *cert, *no_sni; /* kinds; no_sni null: the same */
	struct lab_ident *ident, *ident_no_sni;
	enum lab_profile profile;

	/* https */
	const char *status, *type; /* type null: none */
	struct str headers; /* lines with their ends */
	struct str body;
	bool has_body;
	unsigned slow_ms;
	unsigned fill; /* blanks within the body */
	bool chunked, cut, close;
	const char *http; /* "same", "redirect", or null: no port for it */

	/* smtp */
	struct str banner; /* whole lines with their ends */
	const char *ext, *ext_tls; /* words, "_" for a blank */
	const char *starttls; /* a reply without its end, or null: 220 */
	bool inject, tarpit, early, silent, flood;
	enum lab_step close_at;

	struct lab_server *next;
};

struct lab_domain {
	const char *name;
	const char *net; /* its addresses begin so: "127.16.1" */
	bool is_signed;
	bool dead[LAB_NS_COUNT]; /* this name server does not answer */
	const char *mode, *max_age;
	const char *patterns; /* words; "" none */
	struct lab_domain *next;
};

struct lab_ca; /* ca.h */
struct lab_tls; /* tls.h */
struct lab_conn; /* serve.h */

struct lab {
	const char *state; /* folder for what is written */
	unsigned port; /* DNS; HTTPS, HTTP and SMTP follow */
	bool standard; /* 53, 443, 80 and 25 instead */
	unsigned scan; /* generated domains */
	struct arena *arena;
	struct map names; /* struct lab_name */
	struct map hosts; /* names of servers; "6" before those at ::1 */
	struct lab_domain *domains;
	unsigned domain_count;
	struct lab_server *servers;
	struct lab_server scan_host, scan_mx; /* of all generated domains */
	struct lab_ca *ca;
	struct lab_tls *tls;

	int stop_fd; /* readable when it is time to end */
	int offences_fd;
	pthread_mutex_t lock; /* of what follows, and of ca's cache */
	pthread_cond_t work; /* a connection waits, or it is time to end */
	pthread_cond_t gone; /* a thread has ended */
	struct lab_conn *waiting; /* for a thread */
	unsigned waiting_count;
	unsigned threads, idle;
	bool ending;
};

/* lab_fail - end the program; a finding about the world says where */
void lab_fail(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* lab_fail_at - what is read now, for lab_fail(); line 0: nothing */
void lab_fail_at(const char *path, unsigned line);

/* lab_check - end the program unless it is so: what and no more */
void lab_check(bool ok, const char *what);

/* lab_offence - somebody tried to send mail or a report: it is noted down */
void lab_offence(struct lab *lab, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* lab_has_word - is this word in a list of words with blanks between? */
bool lab_has_word(const char *list, const char *word);

/* lab_dup - a copy in the arena of the world; never null */
char *lab_dup(struct lab *lab, struct str s);

#endif
