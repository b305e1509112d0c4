#!/bin/sh
# Netstrings that are none, clients that are idle, do not read or half-close,
# and more of them than there is room for. What plays is
# tests/lib/fault_clients.py.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
fault_cert good.test
fault_run fault_clients.py
e2e_end
