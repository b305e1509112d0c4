#!/bin/sh
# Policies, records and MX names that try to inject match=, tafile=, braces and
# line ends into what the MTA is told. What plays is tests/lib/fault_inject.py.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
lines="match comma colon file braces newline cr netstring percent key
extension level quote high escape wide suffix star long many id twice"
# shellcheck disable=SC2046,SC2086 # words
fault_cert $(printf '%s.line.test\n' $lines) field.record.test \
	named.host.test wild.host.test odd.host.test
fault_run fault_inject.py
e2e_end
