#!/bin/sh
# Checks: docs/checks.md is what the tables of checks and rules say, and every
# rule's name stands in some test or expected output.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
tool=${MTASTS_BUILD:-build/dev}/tools/checks
[ -x "$tool" ] || {
	echo "skipped: no $tool"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$tool" >"$work/page" || exit 1
diff -u docs/checks.md "$work/page" || {
	echo "renew it with: $tool > docs/checks.md"
	exit 1
}

# names - the words of the form of a rule's name, each once
names()
{
	grep -ohE '[a-z0-9]+(-[a-z0-9]+)+|[a-z0-9]+' | LC_ALL=C sort -u
}

sed -n 's/^| `\([a-z0-9-]*\)` .*/\1/p' "$work/page" | LC_ALL=C sort \
	>"$work/rules"
find tests '(' -name '*.want' -o -name 'test_*.c' -o -name 'vec_*.c' ')' \
	-exec cat {} + | names >"$work/tested"
LC_ALL=C comm -23 "$work/rules" "$work/tested" >"$work/untested"
if [ -s "$work/untested" ]; then
	echo "no test names:"
	cat "$work/untested"
	exit 1
fi
count=$(wc -l <"$work/rules")
echo "checks: $count rules, each with a test"
[ "$count" -gt 100 ]
