#!/bin/sh
# The explanations that the tests are made of fit the schema that users get; and
# the schema refuses what is none.
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
