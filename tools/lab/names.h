/*
 * names - what DNS knows in the laboratory
 */
#ifndef LAB_NAMES_H
#define LAB_NAMES_H

#include "lab.h"

#define LAB_TYPE_A	1
#define LAB_TYPE_NS	2
#define LAB_TYPE_CNAME	5
#define LAB_TYPE_SOA	6
#define LAB_TYPE_MX	15
#define LAB_TYPE_TXT	16
#define LAB_TYPE_AAAA	28
#define LAB_TYPE_OPT	41
#define LAB_TYPE_DNSKEY 48
#define LAB_TYPE_TLSA	52
#define LAB_TYPE_CAA	257

/* The words of a line behind its command. */
struct lab_words {
	const struct str *v;
	size_t count;
};

/* names_type - the number of a type, 0: not known here */
unsigned names_type(struct str word);

/* names_type_name - "TXT" */
const char *names_type_name(unsigned type);

/* names_full - a name of the world file: relative, "@", or with a final dot */
const char *names_full(
    struct lab *lab, const struct lab_domain *domain, struct str word);

/* names_address - ".25" in the domain's own net, or any address as it is */
const char *names_address(
    struct lab *lab, const struct lab_domain *domain, struct str word);

/* names_find - the name (lower case), or null */
struct lab_name *names_find(const struct lab *lab, struct str name);

/* names_make - the name and those above it */
struct lab_name *names_make(struct lab *lab, const char *name);

/* names_domain - the domain that a name belongs to, or null */
const struct lab_domain *names_domain(const struct lab *lab, struct str name);

/* names_data - the wire form of a record's data from its words */
struct str names_data(struct lab *lab, const struct lab_domain *domain,
    unsigned type, struct lab_words words);

/* names_put - append a name in labels */
void names_put(struct buf *b, struct str name);

/* names_add - one record more; what the places of "where" had stays */
struct lab_rr *names_add(
    struct lab *lab, const char *name, unsigned type, struct str data);

/* names_drop - forget records of a type (0: all) at the places of "where" */
void names_drop(
    struct lab *lab, const char *name, unsigned type, unsigned where);

/* names_addf - a record of a domain by a line "mx1 A .25" */
struct lab_rr *names_addf(
    struct lab *lab, const struct lab_domain *domain, const char *line);

#endif
