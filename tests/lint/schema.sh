#!/bin/sh
# The explanations and results of checks that the tests are made of fit the
# schemas that users get; and the schemas refuse what is none.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
command -v python3 >/dev/null || {
	echo "skipped: python3 is not installed"
	exit 77
}
schema=docs/query.schema.json
python3 tests/lib/schema.py "$schema" tests/vectors/query/*.json || exit 1
for change in 's/"sts"/"pkix"/' 's/"until":"[^"]*"/"until":"soon"/' \
	's/"secure":false/"secure":0/' 's/"hosts"/"host"/' \
	's/"max_age":/"max_age":-/' 's/"preference":10/"preference":"10"/'; do
	if sed "$change" tests/vectors/query/enforce.json |
		python3 tests/lib/schema.py "$schema" - >/dev/null; then
		echo "the schema takes what $change makes"
		exit 1
	fi
done
echo "schema: $(find tests/vectors/query -name '*.json' | wc -l) explanations"

# Of several domains each has its line.
schema=docs/check.schema.json
python3 tests/lib/schema.py "$schema" tests/vectors/check/broken.json || exit 1
lines=0
for file in tests/vectors/check/several.json tests/vectors/check/hostile.json; do
	while read -r line; do
		lines=$((lines + 1))
		printf '%s\n' "$line" | python3 tests/lib/schema.py "$schema" - ||
			exit 1
	done <"$file"
done
[ "$lines" = 5 ] || {
	echo "there were $lines lines of JSON"
	exit 1
}
for change in 's/"fail"/"bad"/' 's/"seen"/"saw"/' 's/"seen": "[^"]*"/"seen": null/' \
	's/"defer"/"wait"/' 's/"took_ms": /"took_ms": -/' 's/"M02"/"m2"/' \
	's/"met": false/"met": 0/' 's|"url": "https:|"url": "http:|'; do
	if sed "$change" tests/vectors/check/broken.json |
		python3 tests/lib/schema.py "$schema" - >/dev/null; then
		echo "the schema takes what $change makes"
		exit 1
	fi
done
echo "schema: results of $((lines + 1)) domains"
