/*
 * version - which release of the library this is
 *
 * The number comes from the build, so that it stands in one place only.
 */
#include "mtasts/mtasts.h"

const char *
mtasts_version(void)
{
	return MTASTS_VERSION;
}
