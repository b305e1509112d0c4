/*
 * audit_js.c - the results of checks as JSON
 *
 * One domain: an object to read. Several: an object a line, so that a program
 * can take them as they come (JSON lines). docs/check.schema.json.
 */
#include "cli/audit_out_int.h"

/* one - the object of a domain */
static void
one(struct audit_out *out, const struct audit *a)
{
	struct js_writer w;

	js_begin(&w, &out->b, out->single);
	audit_json(a, &w);
	buf_putc(&out->b, '\n');
}

const struct audit_format audit_js = { .name = "json",
	.one = one,
	.exits = { CMD_FINE, CMD_FINE, CMD_UNKNOWN, CMD_PROBLEM } };
