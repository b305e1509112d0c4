#!/bin/sh
# The library's face: libmtasts.so exports the functions that include/mtasts
# declares and nothing else; each public header compiles alone, as C and C++.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
build=${MTASTS_BUILD:-build/dev}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# Comments away, every "mtasts_name(" that is left is a declaration.
cat include/mtasts/*.h |
	awk '{
		while (match($0, /\/\*.*\*\//))
			$0 = substr($0, 1, RSTART - 1) \
			    substr($0, RSTART + RLENGTH)
		if (sub(/\/\*.*/, "")) { print; inside = 1; next }
		if (inside) { if (sub(/.*\*\//, "")) inside = 0; else next }
		print
	}' | grep -oE 'mtasts_[a-z0-9_]+\(' | tr -d '(' | LC_ALL=C sort -u \
	>"$work/declared"

if [ -e "$build/libmtasts.so" ]; then
	nm -D --defined-only "$build/libmtasts.so" |
		awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
		LC_ALL=C sort -u >"$work/exported"
	if ! diff "$work/declared" "$work/exported" >"$work/diff"; then
		echo "< declared in include/mtasts, > exported:"
		grep '^[<>]' "$work/diff"
		bad=1
	fi
	count=$(wc -l <"$work/exported")
	[ "$count" -ge 20 ] || {
		echo "only $count symbols: is this the library?"
		bad=1
	}
else
	echo "skipped: no $build/libmtasts.so; headers only"
fi

# try - COMPILER SUFFIX STANDARD: every header, alone and twice
try()
{
	command -v "$1" >/dev/null || {
		echo "skipped: no $1"
		return
	}
	for h in include/mtasts/*.h; do
		name=mtasts/$(basename "$h")
		printf '#include <%s>\n#include <%s>\n' "$name" "$name" \
			>"$work/alone.$2"
		"$1" "-std=$3" -Wall -Wextra -Wpedantic -Werror -Iinclude \
			-fsyntax-only "$work/alone.$2" || {
			echo "$h does not compile alone as $3"
			bad=1
		}
	done
}
try "${CC:-cc}" c c99
try "${CXX:-c++}" cc c++11

# The library's users see no header of ours but these.
if grep -nE '^#include "' include/mtasts/*.h | grep -v '"mtasts/'; then
	echo "a public header includes one that is not installed"
	bad=1
fi
[ "$bad" = 0 ] && echo "exports: $(wc -l <"$work/declared") functions"
exit "$bad"
