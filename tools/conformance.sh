#!/bin/sh
# conformance.sh - the table of requirements and the tests that prove them
#
#   sh tools/conformance.sh > docs/conformance.md
#
# A test names what it proves in a comment "REQ: TXT-3 POL-2". Exits 1 when a
# requirement of docs/requirements.tsv has no test, or a test names an unknown
# one.
set -u
cd "$(dirname "$0")/.." || exit 1

grep -rnoE 'REQ: [A-Z0-9 -]+' tests fuzz --include='*.c' --include='*.sh' \
	--include='*.scn' |
	LC_ALL=C sort |
	awk -F'\t' '
BEGIN {
	while ((getline < "docs/requirements.tsv") > 0) {
		order[++n] = $1
		where[$1] = $2
		level[$1] = $3
		text[$1] = $4
	}
}
{
	split($0, part, ":")
	file = part[1]
	list = $0
	sub(/.*REQ: /, "", list)
	count = split(list, id, " ")
	for (i = 1; i <= count; i++) {
		if (!(id[i] in text)) {
			printf "%s:%s: unknown requirement %s\n", file,
			    part[2], id[i] > "/dev/stderr"
			bad = 1
			continue
		}
		if (index(tests[id[i]], "`" file "`")) continue
		sep = tests[id[i]] == "" ? "" : ", "
		tests[id[i]] = tests[id[i]] sep "`" file "`"
	}
}
END {
	print "# Conformance\n"
	print "What RFC 8461, RFC 8460 and RFC 7672 ask of a publisher and"
	print "of the readers and senders built so far, and the tests that"
	print "prove it. Made by `sh tools/conformance.sh`; do not edit.\n"
	print "| id | where | level | requirement | tests |"
	print "|---|---|---|---|---|"
	for (i = 1; i <= n; i++) {
		if (tests[order[i]] == "") {
			printf "no test names %s\n", order[i] > "/dev/stderr"
			bad = 1
		}
		printf "| %s | %s | %s | %s | %s |\n", order[i],
		    where[order[i]], level[order[i]], text[order[i]],
		    tests[order[i]]
	}
	exit bad
}'
