/*
 * tlskeys_index - which folder holds the certificate for a name
 *
 * Part of the room tlskeys. An index is made by one thread, from the disk and
 * from the index before it, and is constant afterwards: whoever holds it reads
 * without touching the disk. Keys are not read, names and validity are.
 */
#ifndef MTASTS_IO_TLSKEYS_INDEX_H
#define MTASTS_IO_TLSKEYS_INDEX_H

#include "io/tlskeys_place.h"

#define TLSKEYS_PLACES_MAX 50000 /* places of an index */

struct tlskeys_index;

/*
 * tlskeys_index_scan - look at all folders
 *
 * before  the index before, whose unchanged places are taken over; or null
 * *out    on success: yours, tlskeys_index_free()
 *
 * A place is the folder itself, or a folder or link in it that does not begin
 * with a dot, when it holds both files. Places that cannot be used are logged
 * once per change. ENOMEM, also for want of descriptors; ETIMEOUT when told to
 * stop. Blocks on the disk.
 */
enum mtasts_err tlskeys_index_scan(const struct tlskeys_scan *scan,
    const struct tlskeys_index *before,
    struct tlskeys_index **out) MTASTS_MUST_CHECK;

/* tlskeys_index_free - by the scanning thread; null is fine */
void tlskeys_index_free(struct tlskeys_index *index);

/* tlskeys_index_stale - was something added to or removed from a folder? */
bool tlskeys_index_stale(
    const struct tlskeys_index *index, const struct tlskeys_scan *scan);

/* tlskeys_index_same - do both give the same place for every name? */
bool tlskeys_index_same(
    const struct tlskeys_index *a, const struct tlskeys_index *b);

#define TLSKEYS_KEY_MAX 256 /* bytes of a name, "*." and one to spare */

/*
 * tlskeys_index_key - the name in a certificate that a host is served by
 *
 * The host itself, or "*.PARENT", which then stands in text. All hosts of a
 * wildcard have the same key. The host, too, when nothing names it.
 */
struct str tlskeys_index_key(const struct tlskeys_index *index, struct str host,
    int64_t at, char text[TLSKEYS_KEY_MAX]);

/*
 * tlskeys_index_find - the place for a host, or null
 *
 * Its own name goes before a wildcard, unless only the latter is valid.
 */
const struct tlskeys_place *tlskeys_index_find(
    const struct tlskeys_index *index, struct str host, int64_t at);

/* tlskeys_index_folder - the place with exactly this path, or null */
const struct tlskeys_place *tlskeys_index_folder(
    const struct tlskeys_index *index, const char *dir);

/* tlskeys_index_names - how many names */
size_t tlskeys_index_names(const struct tlskeys_index *index);

/* tlskeys_index_count, tlskeys_index_place - the places */
size_t tlskeys_index_count(const struct tlskeys_index *index);
struct tlskeys_place *tlskeys_index_place(
    const struct tlskeys_index *index, size_t i);

#endif
