#!/bin/sh
# The lints themselves: each refuses every sample of tests/lint/bad.
#
# A sample is called LINT-WHAT.bad. Its first line says which file the rest is
# put into, and what must be said of it, once; "%99 TEXT" stands for 99 such
# lines. All else in the sample is as it should be.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
count=0

for sample in tests/lint/bad/*.bad; do
	lint=$(basename "$sample" .bad)
	lint=${lint%%-*}
	read -r first <"$sample"
	path=${first%%: *}
	tree=$work/tree
	rm -rf "$tree"
	for folder in src include tests fuzz bench docs tools "${path%/*}"; do
		mkdir -p "$tree/$folder"
	done
	cp .clang-format "$tree/"
	awk 'NR == 1 { next }
	/^%[0-9]+ / {
		n = substr($1, 2)
		sub(/^%[0-9]+ /, "")
		while (n-- > 1) print
	}
	{ print }' "$sample" >"$tree/$path"
	MTASTS_SOURCE=$tree sh "tests/lint/$lint.sh" >"$work/said" 2>&1
	status=$?
	[ "$status" != 77 ] || continue
	count=$((count + 1))
	if [ "$status" = 0 ] || [ "$(grep -c "^$path:" "$work/said")" != 1 ] ||
		! grep "^$path:" "$work/said" | grep -qF "${first#*: }"; then
		echo "$sample: wanted \"${first#*: }\", got:"
		cat "$work/said"
		bad=1
	fi
done
echo "lints: $count samples"
[ "$count" -ge 30 ] && exit "$bad"
