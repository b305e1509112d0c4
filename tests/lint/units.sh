#!/bin/sh
# systemd units: they are read without complaint, and what the service may do
# is little (systemd's own score, 0 to 10, lower is less).
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
command -v systemd-analyze >/dev/null || {
	echo "skipped: systemd-analyze is not installed"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The program need not be installed: any executable stands in for it.
sed 's|^ExecStart=.*|ExecStart=/bin/true|' systemd/mtasts-host.service.in \
	>"$work/mtasts-host.service"
cp systemd/mtasts-host.socket "$work/"
said=$(systemd-analyze verify --man=no "$work/mtasts-host.service" \
	"$work/mtasts-host.socket" 2>&1) && [ -z "$said" ] || {
	echo "$said"
	exit 1
}
systemd-analyze security --offline=true --threshold=15 --no-pager \
	"$work/mtasts-host.service" >"$work/score" 2>&1 || {
	cat "$work/score"
	exit 1
}
# What the score does not look at.
for line in NoNewPrivileges=yes ProtectSystem=strict \
	MemoryDenyWriteExecute=yes CapabilityBoundingSet= User=mtasts-host; do
	grep -qx "$line" systemd/mtasts-host.service.in || {
		echo "mtasts-host.service lacks $line"
		exit 1
	}
done
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers --root="$work" --dry-run - <systemd/sysusers.conf \
		>"$work/users" 2>&1 || {
		cat "$work/users"
		exit 1
	}
	for user in mtasts-admin mtasts-host; do
		grep -q "user '$user'" "$work/users" || {
			echo "sysusers.conf makes no $user"
			exit 1
		}
	done
fi
grep 'Overall exposure' "$work/score"
