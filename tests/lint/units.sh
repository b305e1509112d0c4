#!/bin/sh
# systemd units: they are read without complaint, and what the services may do
# is little (systemd's own score, 0 to 10, lower is less).
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
command -v systemd-analyze >/dev/null || {
	echo "skipped: systemd-analyze is not installed"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# fault - tell one, go on
fault()
{
	echo "$*"
	bad=1
}

# The programs need not be installed: any executable stands in for them.
for unit in systemd/*.service.in; do
	sed 's|^ExecStart=.*|ExecStart=/bin/true|' "$unit" \
		>"$work/$(basename "$unit" .in)"
done
cp systemd/*.socket "$work/"
said=$(systemd-analyze verify --man=no "$work"/*.service "$work"/*.socket 2>&1) &&
	[ -z "$said" ] || fault "$said"

# check_service - NAME THRESHOLD [USER]: its score, ten times; what that leaves
# out
check_service()
{
	systemd-analyze security --offline=true --threshold="$2" --no-pager \
		"$work/$1.service" >"$work/score" 2>&1 ||
		fault "$(cat "$work/score")"
	for line in NoNewPrivileges=yes ProtectSystem=strict \
		MemoryDenyWriteExecute=yes CapabilityBoundingSet= \
		"User=${3:-$1}"; do
		grep -qx "$line" "systemd/$1.service.in" ||
			fault "$1.service lacks $line"
	done
	echo "$1: $(grep -o 'exposure level.*' "$work/score")"
}

check_service mtasts-host 15
check_service mtasts-resolver 15
check_service mtasts-publisher 15 mtasts-admin

# Where a service may write, tmpfiles.d makes the folder, and gives it to whom
# the service runs as, or to all of its group.
for folder in $(sed -n 's/^ReadWritePaths=//p' systemd/*.service.in); do
	grep -q "^d $folder " systemd/tmpfiles.conf ||
		fault "tmpfiles.conf makes no $folder"
done
grep -Eq '^d /var/lib/mtasts/resolver +0700 mtasts-resolver ' \
	systemd/tmpfiles.conf || fault "the resolver's folder is not its own"

if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers --root="$work" --dry-run - <systemd/sysusers.conf \
		>"$work/users" 2>&1 || fault "$(cat "$work/users")"
	for user in mtasts-admin $(sed -n 's/^User=//p' systemd/*.service.in); do
		grep -q "user '$user'" "$work/users" ||
			fault "sysusers.conf makes no $user"
	done
fi
exit "$bad"
