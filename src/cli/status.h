/*
 * status - what the parts of the command status share
 */
#ifndef MTASTS_CLI_STATUS_H
#define MTASTS_CLI_STATUS_H

#include "base/json.h"
#include "cli/out.h"
#include "io/conf.h"

#define STATUS_TEXT_MAX (4u << 20)
#define STATUS_COLUMN	15

/* What is known of the daemons. */
struct status {
	struct cmd_env *env;
	const struct conf *conf;
	struct js *resolver; /* its status, or null */
	enum mtasts_err resolver_err;
	struct js *publisher;
	enum mtasts_err publisher_err;
	struct buf host; /* the metrics of mtasts-host */
	enum mtasts_err host_err;
	int host_errno;
	size_t troubles;
	struct buf b; /* a line */
};

/* status_number - a member's number, or 0 */
int64_t status_number(const struct js *js, const char *key);

/* status_flush - print what was gathered behind a label */
void status_flush(struct status *s, const char *label);

/* status_trouble - print what was gathered as something to look at */
void status_trouble(struct status *s);

/* status_name - the bold line of a daemon, with what was gathered behind it */
void status_name(struct status *s, const char *name, enum out_color color);

/* status_publisher - mtasts-publisher for people */
void status_publisher(struct status *s);

/* status_publisher_troubles - what somebody should look at */
void status_publisher_troubles(struct status *s);

#endif
