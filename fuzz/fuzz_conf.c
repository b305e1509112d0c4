/*
 * fuzz_conf - any bytes as a configuration; what is accepted survives a dump
 */
#include "base/arena.h"
#include "io/conf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* dump_of - the dump of a configuration; yours: mem_free() */
static char *
dump_of(const struct conf *conf)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	conf_dump(conf, &b);
	if (buf_error(&b) != MTASTS_OK)
		abort();
	return buf_take(&b);
}

/* check_dump - dump, read, dump: the same */
static void
check_dump(const struct conf *one)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *two = conf_new();
	char *first = dump_of(one), *second;

	if (conf_parse(two, str_of(first), "dump", diags) != MTASTS_OK)
		abort();
	second = dump_of(two);
	if (strcmp(first, second) != 0)
		abort();
	mem_free(first);
	mem_free(second);
	conf_free(two);
	mtasts_diags_free(diags);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = conf_new();
	enum mtasts_err err;

	err =
	    conf_parse(conf, str_make((const char *)data, size), "fuzz", diags);
	if (err == MTASTS_OK && diag_errors(diags) > 0)
		abort();
	if (err == MTASTS_ECONF && diag_errors(diags) == 0)
		abort();
	/* Values that were set before a fault are valid all the same. */
	check_dump(conf);
	conf_free(conf);
	mtasts_diags_free(diags);
	return 0;
}
