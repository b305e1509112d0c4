#!/bin/sh
# skipped.sh - what the last run of the tests left out, and why
#
#   sh tools/skipped.sh BUILD
#
# CTest tells which tests were skipped, but neither the reason nor the parts
# that a test skipped within itself.
set -eu

log=$1/Testing/Temporary/LastTest.log
[ -f "$log" ] || exit 0
awk '
/^[0-9]+\/[0-9]+ Test: / { name = $3 }
/^skipped: / {
	if (!count++)
		print "\nLeft out, because something is missing here:"
	sub(/^skipped: /, "")
	printf "  %-22s %s\n", name, $0
}' "$log"
