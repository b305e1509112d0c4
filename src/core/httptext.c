/*
 * httptext - the words that HTTP's heads are made of
 *
 * RFC 9110 sections 5.5 and 5.6.2. Which words may stand where is the readers'
 * matter.
 */
#include "core/httptext.h"

bool
httptext_token_char(char c)
{
	return ascii_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool
httptext_token(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!httptext_token_char(s.p[i]))
			return false;
	return s.len > 0;
}

bool
httptext_value(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}
