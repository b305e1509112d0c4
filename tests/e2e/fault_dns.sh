#!/bin/sh
# The DNS server is dead, slow, or lies; both backends. The answers come before
# their deadline and are what the sender is to do then, others go on. What
# plays is tests/lib/fault_dns.py.
#
# REQ: TXT-7 TXT-8 FET-10 FET-11
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
fault_cert good.test cached.test cachedmx.test required.test \
	prime.signed.test dane.signed.test txts-200.lie.test slow-1.lie.test slow-3.lie.test slow-6.lie.test \
	long.lie.test records-200.lie.test
fault_run fault_dns.py
e2e_end
