#!/bin/sh
# SIGHUP storms and broken configurations while a hundred connections ask: no
# answer is lost or wrong. What plays is tests/lib/fault_reload.py.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
# shellcheck disable=SC2046 # words
fault_cert $(seq -f 'good%g.test' 0 19) $(seq -f 'late%g.test' 0 19)
fault_run fault_reload.py
e2e_end
