#!/bin/sh
# The disk is full, the file locked, damaged, removed or of a newer version: the
# daemon answers from memory, says what is wrong, recovers by itself. What plays
# is tests/lib/fault_store.py; the writer alone is tested by policies_*.sh.
set -u
# A small file system of our own, if a user may mount one.
if [ -z "${FAULT_TINY:-}" ]; then
	[ "$(id -u)" -eq 0 ] && flags=-m || flags=-rm
	unshare $flags true 2>/dev/null || {
		echo "skipped: no mount namespace of our own"
		exit 77
	}
	FAULT_TINY=1 exec unshare $flags sh "$0"
fi
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
python3 -c 'import sqlite3' 2>/dev/null || skip "this python3 has no sqlite3"
FAULT_STORE=$T/tiny
export FAULT_STORE
mkdir "$FAULT_STORE"
mount -t tmpfs -o size=1m none "$FAULT_STORE" || skip "no tmpfs of our own"
# shellcheck disable=SC2046 # words
fault_cert $(seq -f 'full%g.test' 0 5) $(seq -f 'locked%g.test' 0 2) \
	damaged0.test damaged1.test removed.test
fault_run fault_store.py
umount "$FAULT_STORE"
e2e_end
