#!/bin/sh
# Every requirement has a test that names it, and docs/conformance.md is what
# the tests say.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
made=$(mktemp) || exit 1
trap 'rm -f "$made"' EXIT
sh tools/conformance.sh >"$made" || exit 1
diff -u docs/conformance.md "$made" || {
	echo "renew it with: sh tools/conformance.sh > docs/conformance.md"
	exit 1
}
echo "conformance: $(grep -c '^| [A-Z]*-*[0-9]' "$made") requirements"
