/*
 * utf8 - code points: reading them, and which are safe to show
 */
#ifndef MTASTS_BASE_UTF8_H
#define MTASTS_BASE_UTF8_H

#include "base/str.h"

/*
 * utf8_next - the first code point of s
 *
 * Returns its length, 1 to 4 bytes, and sets *cp; 0 when s is empty or does
 * not begin with a well-formed sequence (RFC 3629: no overlong form, no
 * surrogate, nothing past U+10FFFF). NUL is a code point.
 */
size_t utf8_next(struct str s, uint32_t *cp);

/*
 * utf8_printable - can cp be shown on any terminal and in any log?
 *
 * No controls (C0, C1), nothing invisible or that reorders or breaks lines
 * (bidi controls, line separators, zero width, tags), no non-characters and
 * no private use. Unassigned code points pass.
 */
bool utf8_printable(uint32_t cp);

#endif
