#!/bin/sh
# 10,000 questions at once: for one unknown domain one lookup and one fetch, for
# as many domains bounded memory, and answers in time. What plays is
# tests/lib/fault_crowd.py.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
fault_cert one.test two.test
fault_run fault_crowd.py
e2e_end
