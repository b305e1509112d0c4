/*
 * zone_walk - what the writers of all formats share
 *
 * Walking the RRsets of one part of a zone, and writing texts through the
 * escapes of the layers they pass. For zone_format and zone_code only.
 */
#ifndef MTASTS_CORE_ZONE_WALK_H
#define MTASTS_CORE_ZONE_WALK_H

#include "base/buf.h"
#include "core/zone.h"

/* What one writer works on. */
struct zone_walk {
	struct buf *b;
	const struct zone *z;
	enum zone_part part;
	struct str apex; /* of the part */
};

/* Records of one name and type. */
struct zone_rrset {
	const struct zone_record *v;
	size_t count; /* at least 1 */
	bool new_name; /* the first RRset of this name */
};

/* zone_walk_next - the next RRset from *pos, 0 at first; false at the end */
bool zone_walk_next(
    const struct zone_walk *w, size_t *pos, struct zone_rrset *set);

/* zone_walk_relative - a record's name without its zone */
struct str zone_walk_relative(
    const struct zone_walk *w, const struct zone_record *r);

/* zone_walk_has - does the part have records of this name and type? */
bool zone_walk_has(
    const struct zone_walk *w, const char *name, enum zone_type type);

/* zone_walk_kin - may records of this type have stood at the name of r? */
bool zone_walk_kin(const struct zone_record *r, enum zone_type type);

/* zone_walk_heading - a comment that says whose records follow */
void zone_walk_heading(const struct zone_walk *w, const char *mark);

/* The layer that a text passes on its way. */
enum zone_layer {
	ZONE_LAYER_NONE = 0,
	ZONE_LAYER_SHELL, /* inside '...' */
	ZONE_LAYER_LITERAL, /* inside "..." of JSON or JavaScript */
	ZONE_LAYER_HCL, /* as LITERAL; "${" and "%{" begin no template */
	ZONE_LAYER_YAML /* inside '...' */
};

/* A buffer behind a layer's escapes; begin with { b, layer }. */
struct zone_quote {
	struct buf *b;
	enum zone_layer layer;
	char last; /* byte put before */
};

/* zone_quote_putc, zone_quote_puts - put text through the layer */
void zone_quote_putc(struct zone_quote *q, char c);
void zone_quote_puts(struct zone_quote *q, const char *s);

/*
 * zone_quote_strings - a text as character-strings of at most 255 bytes
 *
 * RFC 1035 section 5.1: quotes, backslashes and what is not printable are
 * escaped; "between" stands between two strings, as it is given.
 */
void zone_quote_strings(
    struct zone_quote *q, struct str text, const char *between);

/* zone_quote_data - a record's data as zone files have it */
void zone_quote_data(struct zone_quote *q, const struct zone_record *r);

#endif
