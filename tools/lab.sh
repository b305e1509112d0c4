#!/bin/sh
# lab.sh - domains with every fault that "mtasts check" knows, and healthy ones,
# on loopback, until interrupted
#
#   sh tools/lab.sh [BIN [STATE]]
#
# BIN    folder of the built programs; lab is in ../tools beside it. Else
#        build/release/bin, or build/dev/bin
# STATE  folder for what it writes, else run/lab
set -eu

here=$(cd "$(dirname "$0")" && pwd)
shown=${1:-}
if [ -z "$shown" ]; then
	for shown in build/release/bin build/dev/bin; do
		[ ! -x "$shown/../tools/lab" ] || break
	done
fi
state=${2:-run/lab}
[ -x "$shown/../tools/lab" ] || {
	echo "$shown/../tools/lab is not there. Build it first:" >&2
	echo "  cmake --preset release && cmake --build --preset release" >&2
	exit 1
}
mkdir -p "$state"
state=$(cd "$state" && pwd)

cat <<EOT

Some two hundred domains, most of them with one thing wrong each: what that is
stands in tools/lab/world.txt, and in the name. DNS, policy hosts and mail
servers are on loopback; no rights are needed and nothing else is touched.

To try in another terminal, in this folder:

  options=\$(cat $state/options)
  $shown/mtasts check good.test \$options
  $shown/mtasts check m02-unmatched.test \$options
  $shown/mtasts check s07-expired.test --verbose \$options
  $shown/mtasts check d11-differs.test --format markdown \$options

Every domain of the file, as a table at the end:

  sed -n 's/^domain //p' tools/lab/world.txt |
    $shown/mtasts scan - \$options >/dev/null

A thousand healthy ones:

  seq -f 'd%.0f.scan.test' 0 999 | $shown/mtasts scan - \$options >/dev/null

Change a copy of world.txt to try your own faults. Ctrl-C ends it.

EOT
exec "$shown/../tools/lab" "$here/lab/world.txt" "$state" --scan 1000
