/*
 * httptext - the words that HTTP's heads are made of
 *
 * RFC 9110 section 5. Shared by the reader of requests and that of responses.
 */
#ifndef MTASTS_CORE_HTTPTEXT_H
#define MTASTS_CORE_HTTPTEXT_H

#include "base/str.h"

/* httptext_token_char - tchar of RFC 9110 section 5.6.2 */
bool httptext_token_char(char c);

/* httptext_token - at least one byte, each a tchar */
bool httptext_token(struct str s);

/* httptext_value - VCHAR, obs-text, blanks: no NUL, CR or other control byte */
bool httptext_value(struct str s);

#endif
