#!/bin/sh
# Floors: an include may point to its own floor or downwards, never up or
# across (io and store, svc and cli); third-party headers only where the table
# allows; every .c includes its own header first.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1

awk '
function floor_may(from, to) {
	if (from == to) return 1
	return index(" " below[from] " ", " " to " ") > 0
}
BEGIN {
	below["base"] = ""
	below["core"] = "base"
	below["store"] = "core base"
	below["io"] = "core base"
	below["task"] = "io store core base"
	below["svc"] = "task io store core base"
	below["cli"] = "task io store core base"
	below["main"] = "svc cli task io store core base"

	# header prefix -> files that may include it
	owner["jansson.h"] = "src/base/json.c"
	owner["idn2.h"] = "src/core/dname.c"
	owner["libpsl.h"] = "src/core/dname.c"
	owner["sqlite3.h"] = "src/store/db_sqlite.c"
	owner["yaml.h"] = "src/io/conf*.c"
	owner["event2/"] = "src/io/loop.c src/io/httpd*.c"
	owner["openssl/"] = "src/io/x509*.c src/io/tlskeys*.c src/io/httpd*.c"
}
function owned(file, header,    p, n, i, list, pat) {
	for (p in owner) {
		if (index(header, p) != 1) continue
		n = split(owner[p], list, " ")
		for (i = 1; i <= n; i++) {
			pat = list[i]
			gsub(/\./, "\\.", pat)
			gsub(/\*/, "[a-z0-9_]*", pat)
			if (file ~ "^" pat "$") return 1
		}
		return 0
	}
	return 1
}
FNR == 1 {
	split(FILENAME, part, "/")
	floor = part[2]
	seen = 0
	own = FILENAME
	sub(/^src\//, "", own)
	sub(/\.c$/, ".h", own)
	public = own
	sub(/^[a-z]*\//, "mtasts/", public)
}
/^#include "/ {
	split($2, q, "\"")
	target = q[2]
	split(target, part, "/")
	to = part[1]
	if (to == "mtasts") to = "base"
	if (!floor_may(floor, to)) {
		printf "%s:%d: floor %s may not use %s\n", FILENAME, FNR,
		    floor, target
		bad = 1
	}
	if (!seen && FILENAME ~ /\.c$/ && floor != "main") {
		first[FILENAME] = target
	}
	seen = 1
}
/^#include </ {
	header = $2
	gsub(/[<>]/, "", header)
	if (!owned(FILENAME, header)) {
		printf "%s:%d: <%s> belongs to another room\n", FILENAME,
		    FNR, header
		bad = 1
	}
	if (!seen && FILENAME ~ /\.c$/) first[FILENAME] = header
	seen = 1
}
END {
	for (f in first) {
		own = f
		sub(/^src\//, "", own)
		sub(/\.c$/, ".h", own)
		if (first[f] == own) continue
		if (first[f] ~ /^mtasts\// && (getline line < ("src/" own)) < 0)
			continue
		# The files of one room share a header that begins as they do.
		stem = own
		sub(/[_.][a-z0-9_.]*$/, "", stem)
		if (index(first[f], stem) == 1) continue
		if (first[f] == "cli/commands.h" && own ~ /^cli\/cmd_/) continue
		printf "%s: includes %s before its own header\n", f, first[f]
		bad = 1
	}
	exit bad
}' src/*/*.c src/*/*.h || exit 1
count=$(ls src/*/*.[ch] | wc -l)
echo "layers: $count files keep to their floors"
[ "$count" -gt 20 ]
