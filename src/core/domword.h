/*
 * domword - a domain as people type and paste it
 *
 * "user@example.org", "https://example.org/", "example.org:25", the address of
 * a policy, "12,example.org" of a ranked list: what was meant is plain.
 */
#ifndef MTASTS_CORE_DOMWORD_H
#define MTASTS_CORE_DOMWORD_H

#include "base/str.h"

/*
 * domword_meant - the domain within a word
 *
 * A part of the word, empty when nothing is left. Whether it is a domain is
 * polname_parse()'s matter.
 */
struct str domword_meant(struct str word);

#endif
