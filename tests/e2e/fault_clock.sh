#!/bin/sh
# The wall clock goes back and forward by a year while the daemon runs. What
# plays is tests/lib/fault_clock.py; the clock is tests/support/stepclock.c.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/fault.sh
. "$MTASTS_SOURCE/tests/lib/fault.sh"
fault_begin
command -v cc >/dev/null || skip "no C compiler for the clock"
cc -O1 -shared -fPIC -o "$T/clock.so" \
	"$MTASTS_SOURCE/tests/support/stepclock.c" 2>"$T/cc.log" ||
	fail "the clock does not compile: $(cat "$T/cc.log")"
FAULT_PRELOAD=$T/clock.so
# A sanitizer wants to be first.
asan=$(ldd "$MTASTS_BIN/mtasts-resolver" |
	sed -n 's/^[[:space:]]*libasan[^ ]* => \([^ ]*\) .*/\1/p')
[ -z "$asan" ] || FAULT_PRELOAD=$asan:$FAULT_PRELOAD
export FAULT_PRELOAD
fault_cert day.test year.test new.test newer.test
fault_run fault_clock.py
e2e_end
