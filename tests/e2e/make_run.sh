#!/bin/sh
# What "make run" starts: both daemons on their usual ports, the commands that
# it prints run as they are printed, and an interrupt ends all of it.
set -u
: "${MTASTS_SOURCE:?}" "${MTASTS_BIN:?}"
# The ports are fixed, so the network is one of our own.
if [ -z "${MAKE_RUN_INSIDE:-}" ]; then
	[ "$(id -u)" -eq 0 ] && flags=-n || flags=-rn
	unshare $flags ip link set lo up 2>/dev/null || {
		echo "skipped: no network namespace of our own"
		exit 77
	}
	MAKE_RUN_INSIDE=1 exec unshare $flags sh "$0"
fi
ip link set lo up || exit 1
# shellcheck source=tests/lib/e2e.sh
. "$MTASTS_SOURCE/tests/lib/e2e.sh"

e2e_begin mtasts mtasts-host mtasts-resolver
[ -r /usr/share/dns/root.key ] || skip "dns-root-data is not installed"
# As in a checkout after the build.
mkdir -p "$T/build/release" || exit 1
ln -s "$MTASTS_BIN" "$T/build/release/bin"
cd "$T" || exit 1

start() {
	e2e_start run env --default-signal=INT sh \
		"$MTASTS_SOURCE/tools/run.sh" build/release/bin run
	RUN=$E2E_PID
	for port in 8461 8642 9461 8443 8080 9462; do
		e2e_wait tcp $port
	done
}

stop() {
	kill -"$1" "$RUN"
	wait "$RUN"
	same "it ends in order, by $1" 0 $?
	same "both ended" 2 "$(grep -c '^info ended' run.log)"
}

# printed - N: the N-th command that it printed, on one line
printed() {
	awk -v n="$1" '/^Ctrl-C/ { exit }
		/^  [a-z]/ { i++ }
		/^  / && i == n { sub(/\\$/, ""); print }' run.log | tr '\n' ' '
}

start
same "commands it prints" 5 "$(awk '/^Ctrl-C/ { exit } /^  [a-z]/' run.log |
	wc -l)"
out=$(sh -c "$(printed 1)" 2>&1)
same "a real domain, without a network: nothing is known" 3 $?
has "and says so" "not known: the lookup failed" "$out"
same "a rule's reply" \
	"OK secure match=mail.partner.test servername=hostname" \
	"$(sh -c "$(printed 2)" 2>&1)"
has "the policy" "mode: testing" "$(sh -c "$(printed 3)" 2>&1)"
has "the records" "v=STSv1; id=" "$(sh -c "$(printed 4)" 2>&1)"
out=$(sh -c "$(printed 5)" 2>&1)
same "a change" 0 $?
has "it is shown" "backup.example.test" "$out"
stop INT

# What is there is kept; a folder from before there was a resolver gets its
# part of the configuration.
sed -i '/^resolver:/,$d' run/mtasts.yaml
start
same "again" 1 "$(grep -c '^resolver:' run/mtasts.yaml)"
has "what was changed" "backup.example.test" \
	"$(sh -c "$(printed 3)" 2>&1)"
stop TERM
e2e_end
