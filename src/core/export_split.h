/*
 * export_split - cut a large JSON document into its top-level pieces
 *
 * An export of 100,000 domains is larger than any JSON tree we want in memory,
 * and a tree does not know its lines. So the outermost object and arrays are
 * walked here, byte by byte, and every piece is then read by base/json, which
 * alone decides what is valid JSON.
 */
#ifndef MTASTS_CORE_EXPORT_SPLIT_H
#define MTASTS_CORE_EXPORT_SPLIT_H

#include "base/str.h"

struct export_split {
	struct str text;
	size_t at;
	unsigned line; /* of the byte at "at", from 1 */
};

/* export_split_begin - start at the first byte */
void export_split_begin(struct export_split *s, struct str text);

/* export_split_end - is nothing but white space left? */
bool export_split_end(struct export_split *s);

/* export_split_take - past c when it is the next byte but white space */
bool export_split_take(struct export_split *s, char c);

/*
 * export_split_value - take one whole value: scalar, string, object or array
 *
 * Its brackets are counted, not compared. *line is where it begins. False when
 * there is none or the text ends within it.
 */
bool export_split_value(
    struct export_split *s, struct str *value, unsigned *line);

#endif
