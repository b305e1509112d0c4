#!/bin/sh
# Comments: every function declared in a header has "name - purpose" above it,
# every static function too, and every .c opens with what the room is for.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1

awk '
FNR == 1 {
	comment = ""
	if (FILENAME ~ /\.c$/ && $0 !~ /^\/\*/) {
		printf "%s: does not open with a comment\n", FILENAME
		bad = 1
	}
}
/^\/\*/ { comment = ""; inside = 1 }
inside { comment = comment "\n" $0 }
/\*\// { inside = 0; next }
inside { next }
# A definition: the name stands at the beginning of its line.
FILENAME ~ /\.c$/ && /^[a-z_][a-z0-9_]*\(/ {
	name = $0
	sub(/\(.*/, "", name)
	functions++
	if (static && comment !~ name " - ") {
		printf "%s:%d: no \"%s - purpose\" above\n", FILENAME, FNR, name
		bad = 1
	}
	static = 0
	comment = ""
}
FILENAME ~ /\.c$/ && /^static / && !/\(/ { static = 1 }
FILENAME ~ /\.c$/ && /^\}/ { comment = ""; static = 0 }
# A declaration in a header.
FILENAME ~ /\.h$/ && /^[a-z].*[ *][a-z_][a-z0-9_]*\(/ && !/^(static|typedef)/ {
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
	if (name == "__attribute__") next
	functions++
	if (comment !~ name "[^a-z0-9_]") {
		# js_put_* and the like: one comment for a family
		family = name
		sub(/_[a-z0-9]*$/, "_\\*", family)
		if (comment !~ family) {
			printf "%s:%d: %s() has no comment\n", FILENAME, FNR,
			    name
			bad = 1
		}
	}
}
/^$/ && FILENAME ~ /\.h$/ { blank = 1 }
END {
	printf "comments: %d functions looked at\n", functions
	exit bad || functions < 100
}' include/mtasts/*.h src/*/*.h src/*/*.c
