#!/bin/sh
# Sizes: functions of at most 100 lines (99 in 100 at most 80), files of at
# most 600, lines nested at most 4 deep, at most 80 columns.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1

find src include tests fuzz bench -name '*.[ch]' | sort | xargs awk '
function over(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	bad = 1
}
FNR == 1 && last != "" && lines > 600 && last ~ /^(src|include)/ {
	printf "%s: %d lines, at most 600\n", last, lines
	bad = 1
}
{ last = FILENAME; lines = FNR }
{
	text = $0
	gsub(/\t/, "        ", text)
	# Strings are not broken to fit; count what is left without them.
	if (length(text) > 80 && text !~ /"/) over("over 80 columns")
}
/^[a-z_]+[a-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name) }
/^\{/ { start = FNR }
/^\}/ && start {
	n = FNR - start + 1
	start = 0
	if (FILENAME !~ /^src/) next
	total++
	if (n > 80) big++
	if (n > 100) over(sprintf("%s() has %d lines, at most 100", name, n))
}
start && /^\t\t\t\t\t\t+[a-z}]/ { over("nested more than 4 deep") }
END {
	if (total && big * 100 > total) {
		printf "%d of %d functions are over 80 lines\n", big, total
		bad = 1
	}
	printf "sizes: %d functions measured, %d over 80 lines\n", total, big
	exit bad
}'
