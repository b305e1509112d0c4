#!/bin/sh
# policies.sh - what many cached policies cost at start, in memory and on disk
#
#   sh bench/policies.sh [COUNT...]                    (50000 1000000)
#
# Makes a store of so many policies in a folder of its own, loads it as the
# resolver does and changes some. A million take about 250 MB of disk and a
# minute to make. Budget (a million): the first policy known within a second,
# at most 400 MB resident.
set -u
cd "$(dirname "$0")/.." || exit 1
cmake --preset release >/dev/null &&
	cmake --build --preset bench --target bench_policies >/dev/null || {
	echo "FAILED: build"
	exit 1
}
T=$(mktemp -d "${TMPDIR:-/tmp}/mtasts-bench.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' HUP INT PIPE TERM
[ $# -gt 0 ] || set -- 50000 1000000
for count in "$@"; do
	echo "== $count policies"
	mkdir "$T/$count"
	# Once to make it, so that the second start is an ordinary one.
	build/release/bench/bench_policies "$T/$count" "$count" >"$T/first" ||
		exit 1
	grep '^made' "$T/first"
	build/release/bench/bench_policies "$T/$count" "$count" || exit 1
	rm -rf "${T:?}/$count"
done
