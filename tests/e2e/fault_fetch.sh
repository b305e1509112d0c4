#!/bin/sh
# Policy hosts that refuse, hang, trickle, flood or lie; and those that a
# stranger's DNS places inside our network. What plays is
# tests/lib/fault_fetch.py.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
kinds="refused tcp-silent tls-silent tls-none tls-half no-head half-head
trickle trickle-head endless endless-chunks endless-head many-fields too-long
longer negative two-lengths gzip redirect nothing"
# shellcheck disable=SC2046,SC2086 # words
fault_cert target.test $(seq -f 'good%g.test' 0 39) \
	$(printf '%s.host.test\n' $kinds) \
	$(printf 'cached-%s.host.test\n' $kinds) \
	good.inside.test new.inside.test
fault_run fault_fetch.py
e2e_end
