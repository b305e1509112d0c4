#!/bin/sh
# The control socket under garbage, a crowd, and other users. What plays is
# tests/lib/fault_control.py.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
fault_cert good.test
fault_run fault_control.py
e2e_end
