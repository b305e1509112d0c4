/*
 * doctor_postfix - what the rooms of the Postfix doctor share; not for others
 */
#ifndef MTASTS_CLI_DOCTOR_POSTFIX_H
#define MTASTS_CLI_DOCTOR_POSTFIX_H

#include "cli/doctor.h"

/* A policy server that smtp_tls_policy_maps names. */
struct server {
	struct str type; /* "socketmap", "tcp", "hash"... */
	struct str rest; /* what stands behind the first colon */
	bool is_unix;
	struct str host; /* of TCP */
	uint64_t port;
	const char *path; /* of a socket, from the root of the system */
	struct str map; /* of a socketmap */
};

/* What is known of the Postfix. */
struct postfix {
	struct doctor d;
	const struct cmd_args *args;
	const char *conf; /* what postconf printed */
	const char *queue; /* queue_directory */
	bool chroot;
	unsigned major, minor;
	struct server server; /* ours */
	bool found;
};

/*
 * postfix_value - a parameter of postconf's output
 *
 * Trimmed; p is null when the output does not have it.
 */
struct str postfix_value(const char *conf, const char *name);

/* postfix_is - has a parameter this value? */
bool postfix_is(const struct postfix *p, const char *name, const char *want);

/* postfix_newer - is it this version, or a later one? */
bool postfix_newer(const struct postfix *p, unsigned major, unsigned minor);

/* postfix_check_sending - DNS, TLS level, authorities, reports */
void postfix_check_sending(struct postfix *p);

/* postfix_check_socket - is the socket's file there, may smtp(8) connect? */
void postfix_check_socket(struct postfix *p);

#endif
