/*
 * txtrec - what the two TXT records share beyond their grammar
 *
 * RFC 8461 section 3.1, RFC 8460 section 3: the choice of the one record among
 * the TXT records of an answer, and findings about the grammar. Each kind of
 * record brings its names, its rules and a way to make a good record out of a
 * bad one.
 */
#ifndef MTASTS_CORE_TXTREC_H
#define MTASTS_CORE_TXTREC_H

#include "base/buf.h"
#include "base/diag.h"
#include "core/taglist.h"
#include "mtasts/record.h"

/* Findings that both kinds of record have; indices of txtkind.rules. */
enum txtrec_rule {
	/* about the answer */
	TXTREC_ABSENT = 0, /* no TXT record at all */
	TXTREC_SEVERAL,
	TXTREC_MANY, /* more than we look at */
	TXTREC_IGNORED, /* beside the record; dropped */
	/* why a record was dropped, though somebody meant it */
	TXTREC_BLANK,
	TXTREC_ZONE_LINE,
	TXTREC_QUOTES,
	TXTREC_NOT_ASCII,
	TXTREC_LEADING_BLANK,
	TXTREC_VERSION_FORM, /* "v:", "v =", no "v=" */
	TXTREC_VERSION_CASE,
	TXTREC_VERSION_WORD, /* of another version, or misspelt */
	TXTREC_VERSION_ALONE,
	TXTREC_NO_SEMICOLON,
	TXTREC_ORDER,
	TXTREC_NO_VERSION,
	TXTREC_OTHER_KIND, /* SPF, DMARC, the other of our two */
	TXTREC_FILE, /* the policy file's text */
	TXTREC_UNRELATED,
	/* about the grammar of the one that was chosen */
	TXTREC_SPACE, /* before the first semicolon */
	TXTREC_LONG,
	TXTREC_END_BLANK,
	TXTREC_FIELD_EMPTY,
	TXTREC_FIELD_WORD, /* no "=" */
	TXTREC_FIELD_BLANK, /* blanks around "=" */
	TXTREC_FIELD_NAME,
	TXTREC_VALUE_EMPTY,
	TXTREC_VALUE_BYTE,
	TXTREC_UNKNOWN,
	TXTREC_REPEATED,
	TXTREC_RULES
};

/* One kind of record. Constant. */
struct txtkind {
	const char *what; /* "MTA-STS" */
	const char *owner; /* "_mta-sts" */
	struct str version; /* "v=STSv1" */
	struct str word; /* "STSv1" */
	struct str stem; /* "STS": what other versions begin with */
	struct str field; /* "id": the field it must have */
	const struct diag_rule *rules; /* by enum txtrec_rule */
	/*
	 * Appends the record that the text was meant to be, as far as it can
	 * be told, else an example.
	 */
	void (*suggest)(struct str text, struct buf *b);
};

/* Findings about one record; a person needs no more, nor does an attacker. */
#define TXTREC_FINDINGS_MAX 20

/* A record being read. */
struct txtrec {
	const struct txtkind *kind;
	struct mtasts_diags *diags;
	struct str text;
	unsigned record; /* its number in the answer, from 1 */
	unsigned findings; /* made so far */
	bool bad; /* an error was found: the record is malformed */
};

/*
 * txtrec_choose - the one record that begins with the kind's version
 *
 * VALID with *out filled: there is exactly one, its fields are yet to be read.
 * Else NONE or INVALID with findings: those of records that nearly fit say how
 * to mend them.
 */
enum mtasts_verdict txtrec_choose(const struct txtkind *kind,
    const struct mtasts_txt *txt, size_t count, struct mtasts_diags *diags,
    struct txtrec *out);

/*
 * txtrec_add - a finding about the record, at a column of it
 *
 * An error marks the record as malformed, and a good record is suggested
 * behind the rule's repair. Past TXTREC_FINDINGS_MAX nothing is added
 * but a first error.
 */
void txtrec_add(struct txtrec *rec, const struct diag_rule *rule,
    unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * txtrec_bad_byte - a finding about the byte at an offset of a value
 *
 * Quotes, bytes over 127 and blanks have findings of their own; all others
 * are reported by the rule.
 */
void txtrec_bad_byte(struct txtrec *rec, const struct diag_rule *rule,
    const struct taglist_field *field, size_t offset);

/*
 * txtrec_fault - the finding of a field's fault in the grammar
 *
 * Nothing when it has none.
 */
void txtrec_fault(struct txtrec *rec, const struct taglist_field *field);

/* txtrec_unknown - the finding of a field that means nothing */
void txtrec_unknown(struct txtrec *rec, const struct taglist_field *field);

/* txtrec_repeated - the finding of a field that stands there again */
void txtrec_repeated(struct txtrec *rec, const struct taglist_field *field);

/* txtrec_end_blank - the finding of blanks behind the last field, if any */
void txtrec_end_blank(struct txtrec *rec, const struct taglist_field *field);

/* txtrec_begin_fields - a cursor behind the version field of the record */
void txtrec_begin_fields(const struct txtrec *rec, struct taglist *list);

/*
 * txtrec_next_field - the next field; false when there is none left
 *
 * Or when the record is malformed and nobody listens to more findings.
 */
bool txtrec_next_field(const struct txtrec *rec, struct taglist *list,
    struct taglist_field *field);

/*
 * txtrec_byte_name - what a person calls the character at the beginning of s
 *
 * "a quotation mark", "a curly quotation mark", "a no-break space", ...; null
 * for characters that need no name. s is not empty.
 */
const char *txtrec_byte_name(struct str s);

#endif
