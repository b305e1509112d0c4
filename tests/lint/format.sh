#!/bin/sh
# Layout: .clang-format decides, but for tables between "clang-format off" and
# "on".
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
tool=$(command -v clang-format-14 || command -v clang-format) || {
	echo "skipped: clang-format is not installed"
	exit 77
}
files=$(find src include tests fuzz bench docs tools -name '*.[ch]')
[ -n "$files" ] || exit 1

# shellcheck disable=SC2086 # a list of files
awk '
function fault(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; bad = 1 }
FNR == 1 && off { printf "%s: clang-format is not switched on again\n", last
	bad = 1; off = 0 }
{ last = FILENAME }
/clang-format off/ { off = 1 }
/clang-format on/ { off = 0 }
off && (/^\{$/ || /[^}];$/) { fault("code without layout") }
END {
	if (off) { printf "%s: clang-format is not switched on again\n", last
		bad = 1 }
	exit bad
}' $files || exit 1
# shellcheck disable=SC2086 # a list of files
printf '%s\n' $files | xargs -P 2 -n 40 "$tool" --style=file --dry-run \
	-Werror || {
	echo "mend it with: $tool -i FILE"
	exit 1
}
echo "format: fine"
