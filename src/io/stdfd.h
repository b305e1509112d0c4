/*
 * stdfd - standard input, output and error are always taken
 */
#ifndef MTASTS_IO_STDFD_H
#define MTASTS_IO_STDFD_H

#include <stdbool.h>

/*
 * stdfd_hold - give what is closed of descriptors 0, 1 and 2 to /dev/null
 *
 * Else the first file or socket we open would get one of them, and messages
 * would be written into it. Using them still fails, as it should: input is
 * opened for writing only, output for reading. False when that is impossible.
 */
bool stdfd_hold(void);

#endif
