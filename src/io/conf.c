/*
 * conf.c - the configuration: defaults, files, dump
 *
 * Finds and reads the files; what is in them is conf_yaml.c's matter. Must not
 * know what the options mean.
 */
#include "io/conf.h"

#include "base/arena.h"
#include "io/conf_dest.h"
#include "io/conf_push.h"
#include "io/conf_rule.h"
#include "io/conf_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_MEMORY_MAX (64u << 20) /* bytes of all values of all files */
#define FILE_MAX	((1u << 20) + 1) /* one more than conf_parse() takes */
#define FILES_MAX	1000 /* in conf.d */

struct conf *
conf_new(void)
{
	struct arena *arena = arena_new(CONF_MEMORY_MAX);
	struct conf *conf = NULL;
	size_t i;

	if (arena != NULL)
		conf = arena_zalloc(arena, 1, sizeof(*conf));
	if (conf == NULL)
		goto fail;
	conf->arena = arena;
	for (i = 0; conf_options[i].section != NULL; i++)
		if (conf_preset((struct conf_into){ conf, arena },
			&conf_options[i]) != MTASTS_OK)
			goto fail;
	return conf;
fail:
	arena_free(arena);
	return NULL;
}

void
conf_free(struct conf *conf)
{
	if (conf != NULL)
		arena_free(conf->arena);
}

/* file_fault - a finding about a file as a whole */
static enum mtasts_err
file_fault(const char *path, const char *what, struct mtasts_diags *diags)
{
	struct diag_place whole = { .file = path };

	diag_add(diags, &conf_rules[CONF_RULE_FILE], whole, "%s", what);
	return MTASTS_ECONF;
}

/* read_all - all bytes of a descriptor, at most FILE_MAX */
static enum mtasts_err
read_all(int fd, struct buf *b)
{
	char chunk[16384];
	ssize_t n;

	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return MTASTS_ESYS;
		buf_put(b, chunk, (size_t)n);
	} while (n != 0 && buf_error(b) == MTASTS_OK);
	return buf_error(b);
}

/* load_file - read one file over the values that are there */
static enum mtasts_err
load_file(struct conf *conf, const char *path, struct mtasts_diags *diags)
{
	enum mtasts_err err;
	struct buf b;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return MTASTS_ENOENT;
	if (fd < 0)
		return file_fault(path, strerror(errno), diags);
	buf_init(&b, FILE_MAX);
	err = read_all(fd, &b);
	if (err == MTASTS_ESYS)
		err = file_fault(path, strerror(errno), diags);
	else if (err == MTASTS_ELIMIT)
		err = file_fault(path, "more than 1 MiB", diags);
	if (err == MTASTS_OK)
		err = conf_parse(conf, buf_str(&b), path, diags);
	buf_free(&b);
	close(fd);
	return err;
}

/* wanted - does a file of conf.d belong to the configuration? */
static int
wanted(const struct dirent *e)
{
	return e->d_name[0] != '.' && str_ends(str_of(e->d_name), STR(".yaml"));
}

/* by_name - order of files, the same in every locale */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* load_part - one file of conf.d */
static enum mtasts_err
load_part(struct conf *conf, const char *path, struct mtasts_diags *diags)
{
	enum mtasts_err err;
	struct stat st;

	/* A pipe or device here would be a mistake, and could wait for ever. */
	if (stat(path, &st) != 0)
		return file_fault(path, strerror(errno), diags);
	if (!S_ISREG(st.st_mode))
		return file_fault(path, "this is no plain file", diags);
	err = load_file(conf, path, diags);
	return err == MTASTS_ENOENT ? file_fault(path, strerror(ENOENT), diags)
				    : err;
}

/* load_parts - the files of the folder conf.d beside the file, by name */
static enum mtasts_err
load_parts(struct conf *conf, const char *path, struct mtasts_diags *diags)
{
	const char *slash = strrchr(path, '/');
	int i, count, len = slash != NULL ? (int)(slash - path + 1) : 0;
	enum mtasts_err err = MTASTS_OK, one;
	struct dirent **files = NULL;
	char *folder, *part;

	folder = arena_printf(conf->arena, "%.*sconf.d", len, path);
	if (folder == NULL)
		return MTASTS_ENOMEM;
	count = scandir(folder, &files, wanted, by_name);
	if (count < 0)
		return errno == ENOENT
		    ? MTASTS_OK
		    : file_fault(folder, strerror(errno), diags);
	if (count > FILES_MAX)
		err = file_fault(folder, "more than 1000 files", diags);
	for (i = 0; i < count && i < FILES_MAX; i++) {
		part = arena_printf(
		    conf->arena, "%s/%s", folder, files[i]->d_name);
		one =
		    part != NULL ? load_part(conf, part, diags) : MTASTS_ENOMEM;
		if (one != MTASTS_OK)
			err = one;
	}
	for (i = 0; i < count; i++)
		mem_free(files[i]);
	mem_free(files);
	return err;
}

enum mtasts_err
conf_load(const char *path, struct conf **out, struct mtasts_diags *diags)
{
	struct conf *conf = conf_new();
	enum mtasts_err err, parts;

	if (conf == NULL)
		return MTASTS_ENOMEM;
	err = load_file(conf, path, diags);
	/* The faults of all files are told at once. */
	if (err == MTASTS_OK || err == MTASTS_ECONF) {
		parts = load_parts(conf, path, diags);
		err = parts != MTASTS_OK ? parts : err;
	}
	if (err != MTASTS_OK) {
		conf_free(conf);
		return err;
	}
	*out = conf;
	return MTASTS_OK;
}

/* same_section - does this row belong to the section of the row before it? */
static bool
same_section(size_t i)
{
	return i > 0 &&
	    strcmp(conf_options[i].section, conf_options[i - 1].section) == 0;
}

void
conf_dump(const struct conf *conf, struct buf *b)
{
	size_t i;

	for (i = 0; conf_options[i].section != NULL; i++) {
		if (!same_section(i))
			buf_putf(b, "%s:\n", conf_options[i].section);
		buf_putf(b, "  %s: ", conf_options[i].name);
		conf_put_value(conf, &conf_options[i], b);
		buf_putc(b, '\n');
	}
	conf_pushes_dump(conf, b);
	conf_dests_dump(conf, b);
}

enum mtasts_err
conf_dup(const struct conf *conf, struct conf **out)
{
	struct conf *copy = conf_new();
	enum mtasts_err err = MTASTS_ENOMEM;
	struct buf b;

	/* What is written for people is read back without loss. */
	buf_init(&b, CONF_MEMORY_MAX);
	conf_dump(conf, &b);
	if (copy != NULL && buf_error(&b) == MTASTS_OK)
		err = conf_parse(copy, buf_str(&b), "copy", NULL);
	buf_free(&b);
	if (err == MTASTS_OK)
		*out = copy;
	else
		conf_free(copy);
	return err;
}

bool
conf_same(const struct conf *a, const struct conf *b)
{
	struct buf one, two;
	bool same;

	buf_init(&one, CONF_MEMORY_MAX);
	buf_init(&two, CONF_MEMORY_MAX);
	conf_dump(a, &one);
	conf_dump(b, &two);
	same = buf_error(&one) == MTASTS_OK && buf_error(&two) == MTASTS_OK &&
	    str_eq(buf_str(&one), buf_str(&two));
	buf_free(&one);
	buf_free(&two);
	return same;
}

/* put_comment - words as comment lines of at most 78 columns */
static void
put_comment(struct buf *b, const char *indent, const char *text)
{
	struct str rest = str_of(text), word;
	size_t column = 0;

	while (rest.len > 0) {
		str_cut(rest, ' ', &word, &rest);
		if (column == 0 || column + 1 + word.len > 78) {
			buf_putf(b, "%s%s#", column > 0 ? "\n" : "", indent);
			column = strlen(indent) + 1;
		}
		buf_putc(b, ' ');
		buf_put_str(b, word);
		column += 1 + word.len;
	}
	buf_putc(b, '\n');
}

/* sample_pushes - the section that is a list */
static void
sample_pushes(struct buf *b)
{
	const struct conf_option *row;

	buf_putc(b, '\n');
	put_comment(b, "", conf_section_help(STR(CONF_PUSHES)));
	buf_puts(b, CONF_PUSHES ":\n");
	put_comment(b, "  ", "- { method: rfc2136, server: \"192.0.2.53:53\",");
	put_comment(
	    b, "  ", "    key-file: /etc/mtasts/tsig.key, zones: [\"*\"] }");
	for (row = conf_push_options; row->section != NULL; row++)
		buf_putf(b, "  # %s: %s\n", row->name, row->help);
}

void
conf_sample(const struct conf *conf, struct buf *b)
{
	const struct conf_option *row;
	size_t i;

	put_comment(b, "",
	    "mtasts.yaml: what is not set here has the value "
	    "that is shown. Check with: mtasts conf check");
	for (i = 0; conf_options[i].section != NULL; i++) {
		row = &conf_options[i];
		if (!same_section(i)) {
			buf_putc(b, '\n');
			put_comment(
			    b, "", conf_section_help(str_of(row->section)));
			buf_putf(b, "%s:\n", row->section);
		}
		put_comment(b, "  ", row->help);
		if (row->more != NULL)
			put_comment(b, "  ", row->more);
		buf_putf(b, "  #%s: ", row->name);
		conf_put_value(conf, row, b);
		buf_putc(b, '\n');
	}
	sample_pushes(b);
	buf_putc(b, '\n');
	put_comment(b, "", conf_section_help(STR(CONF_DESTS)));
	buf_puts(b, CONF_DESTS ":\n");
	put_comment(b, "  ",
	    "partner.example: { mta-sts: require, until: 2027-11-30 }");
	for (row = conf_dest_options; row->section != NULL; row++)
		buf_putf(b, "  # %s: %s\n", row->name, row->help);
}
