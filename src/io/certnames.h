/*
 * certnames - the names in all certificates of some folders
 *
 * FOLDER/NAME/fullchain.pem, as mtasts-host reads them. No key is read.
 */
#ifndef MTASTS_IO_CERTNAMES_H
#define MTASTS_IO_CERTNAMES_H

#include "base/str.h"
#include "mtasts/err.h"

#define CERTNAMES_MAX 100000 /* folders that are looked into */

/*
 * certnames_each - call fn for every dNSName of a certificate that is valid now
 *
 * A name may come several times. What cannot be read is passed over. fn returns
 * false to stop. Blocks on the disk. ENOMEM.
 */
enum mtasts_err certnames_each(const char *const *folders, size_t count,
    int64_t at, bool (*fn)(void *arg, struct str name),
    void *arg) MTASTS_MUST_CHECK;

#endif
