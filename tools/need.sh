#!/bin/sh
# need.sh - install what building, running or testing needs (Debian 12)
#
#   sh tools/need.sh run|test
#
# Asks dpkg first: with everything there, no network and no rights are needed.
set -eu

# libunbound.pc names nettle and hogweed, which libunbound-dev does not bring.
build='gcc libc6-dev cmake ninja-build pkg-config libjansson-dev libidn2-dev
libpsl-dev libsqlite3-dev libevent-dev libssl-dev libyaml-dev
libunbound-dev nettle-dev libc-ares-dev libldns-dev'
run='openssl curl ca-certificates dns-root-data'
test='g++ libcmocka-dev clang-format-14 sqlite3 jq
mandoc python3 netcat-openbsd util-linux uidmap iproute2 dpkg-dev systemd
procps'

case "${1:-}" in
run) want="$build $run" ;;
test) want="$build $run $test" ;;
*)
	echo "usage: sh tools/need.sh run|test" >&2
	exit 2
	;;
esac

# missing - the wanted packages that are not installed
missing()
{
	for p in $want; do
		state=$(dpkg-query -W -f='${db:Status-Status}' "$p" \
			2>/dev/null || true)
		[ "$state" = installed ] || printf '%s ' "$p"
	done
}

command -v dpkg-query >/dev/null || {
	echo "This set-up knows Debian 12's packages only." >&2
	echo "Install their like by hand, then use CMake: see HACKING.md." >&2
	exit 1
}
need=$(missing)
[ -n "$need" ] || exit 0

as_root=''
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "These packages are missing: $need" >&2
		echo "Neither root nor sudo: ask an administrator to run" >&2
		echo "  apt-get install --no-install-recommends $need" >&2
		exit 1
	}
	as_root='sudo'
fi

echo "Installing: $need"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
$as_root apt-get update >"$log" 2>&1 </dev/null || {
	cat "$log" >&2
	echo "${as_root:+sudo }apt-get update failed; the lines above say why." >&2
	exit 1
}
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
	--no-install-recommends $need >"$log" 2>&1 </dev/null || {
	cat "$log" >&2
	echo "${as_root:+sudo }apt-get install failed; the last lines above say why." >&2
	exit 1
}
