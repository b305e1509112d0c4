/*
 * taglist - the "k=v; k=v" grammar that both TXT records share
 *
 * RFC 8461 section 3.1, RFC 8460 section 3: blanks stand around semicolons
 * only, the last semicolon is optional, no field is empty. A pull cursor: each
 * call gives one field as it stands and what is wrong with it; which faults
 * matter, and what the fields mean, is the caller's business.
 */
#ifndef MTASTS_CORE_TAGLIST_H
#define MTASTS_CORE_TAGLIST_H

#include "base/str.h"

/* What is wrong with a field; the first fault from the left. */
enum taglist_fault {
	TAGLIST_FINE = 0,
	TAGLIST_EMPTY, /* nothing between two semicolons */
	TAGLIST_NO_EQUALS, /* a word without "=" */
	TAGLIST_NAME_BLANK, /* "id = x": blanks around the equals sign */
	TAGLIST_NAME, /* the name is empty, too long, or has a wrong byte */
	TAGLIST_VALUE_EMPTY, /* "id=" */
	TAGLIST_VALUE /* a byte that no extension's value may have */
};

/* One field. The spans point into the text; blanks are off their ends. */
struct taglist_field {
	struct str text; /* the whole field */
	struct str name; /* before the first "="; all of it without one */
	struct str value; /* behind it */
	unsigned column; /* of the first byte in the text, from 1 */
	unsigned value_column;
	enum taglist_fault fault;
	unsigned fault_column;
	/*
	 * Column of blanks behind the last field, which are allowed only where
	 * a semicolon stands before them; 0 when there are none.
	 */
	unsigned end_blank;
};

struct taglist {
	struct str text;
	size_t pos;
	bool done;
};

/* taglist_begin - start before the first field of the text */
void taglist_begin(struct taglist *list, struct str text);

/*
 * taglist_next - the next field; false when there is none left
 *
 * What stands behind the last semicolon is no field when it is blank.
 */
bool taglist_next(struct taglist *list, struct taglist_field *field);

/*
 * taglist_version - does the text begin with this version and a semicolon?
 *
 * version is a whole field such as "v=STSv1", compared with its case. Blanks
 * may stand before the semicolon (erratum 6285 to RFC 8461): *blank, which may
 * be null, tells whether there are.
 */
bool taglist_version(struct str text, struct str version, bool *blank);

/* taglist_bad_byte - offset of the first byte no value may have, or len */
size_t taglist_bad_byte(struct str value);

#endif
