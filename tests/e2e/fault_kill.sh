#!/bin/sh
# kill -9 of mtasts-resolver while it learns and writes: what was a second old
# is known again at once, without DNS and policy hosts. What plays is
# tests/lib/fault_kill.py; the thousand kills of the writer alone are those of
# policies_*.sh.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
python3 -c 'import sqlite3' 2>/dev/null || skip "this python3 has no sqlite3"
# shellcheck disable=SC2046 # words
fault_cert $(seq -f 'kill%g.test' 0 299)
fault_run fault_kill.py
e2e_end
