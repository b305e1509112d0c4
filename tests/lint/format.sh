#!/bin/sh
# Layout: .clang-format decides.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
tool=$(command -v clang-format-14 || command -v clang-format) || {
	echo "skipped: clang-format is not installed"
	exit 77
}
find src include tests fuzz bench docs -name '*.[ch]' |
	xargs "$tool" --dry-run -Werror || {
	echo "mend it with: $tool -i FILE"
	exit 1
}
echo "format: fine"
