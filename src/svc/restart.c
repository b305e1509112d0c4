/*
 * restart.c - what a running daemon does not take over
 *
 * Values are compared as the one line of YAML that each is dumped as.
 */
#include "svc/restart.h"

#include "io/conf_table.h"

#define VALUE_MAX 65536

/* concerns - does the row matter, and only at the start? */
static bool
concerns(const struct conf_option *row, const char *section)
{
	return row->restart &&
	    (strcmp(row->section, section) == 0 ||
		strcmp(row->section, "store") == 0);
}

void
restart_note(const struct conf *conf, const char *section, struct buf *b)
{
	const struct conf_option *row;

	for (row = conf_options; row->section != NULL; row++) {
		if (!concerns(row, section))
			continue;
		conf_put_value(conf, row, b);
		buf_putc(b, '\n');
	}
}

/* say - one line of the log */
static void
say(struct log *log, const struct conf_option *row, struct str running,
    struct str configured)
{
	struct log_line line;
	struct buf option;

	buf_init(&option, 256);
	buf_putf(&option, "%s.%s", row->section, row->name);
	log_begin(&line, log, LOG_LEVEL_WARN, "restart-needed");
	log_str(&line, "option", buf_str(&option));
	log_str(&line, "running", running);
	log_str(&line, "configured", configured);
	log_end(&line);
	buf_free(&option);
}

void
restart_say(const struct conf *conf, const char *section, struct str noted,
    struct log *log)
{
	const struct conf_option *row;
	struct str running;
	struct buf value;

	buf_init(&value, VALUE_MAX);
	for (row = conf_options; row->section != NULL; row++) {
		if (!concerns(row, section) ||
		    !str_line(&noted, &running, NULL))
			continue;
		buf_clear(&value);
		conf_put_value(conf, row, &value);
		if (!str_eq(running, buf_str(&value)))
			say(log, row, running, buf_str(&value));
	}
	buf_free(&value);
}
