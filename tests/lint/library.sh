#!/bin/sh
# docs/library.md: its code is docs/examples/lint-policy.c, it names every call
# that the public headers declare and none that they do not.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
page=docs/library.md

awk '/^```$/ { show = 0 } show; /^```c$/ { show = 1 }' "$page" >"$work/code"
diff -u docs/examples/lint-policy.c "$work/code" || {
	echo "$page shows other code than docs/examples/lint-policy.c"
	exit 1
}

# Declarations begin at the left edge or stand behind their type.
cat include/mtasts/*.h | grep -oE '^[^ /].*\(|^mtasts_[a-z_]*\(' |
	grep -oE 'mtasts_[a-z_]+\(' | tr -d '(' | LC_ALL=C sort -u \
	>"$work/declared"
grep '^|' "$page" | grep -oE '`mtasts_[a-z_]+`' | tr -d '`' |
	LC_ALL=C sort -u >"$work/named"
diff "$work/declared" "$work/named" >"$work/diff" || {
	echo "< declared in include/mtasts, > in the table of $page:"
	grep '^[<>]' "$work/diff"
	exit 1
}
count=$(wc -l <"$work/named")
echo "library: $count calls"
[ "$count" -ge 20 ]
