# fault.sh - what tests that break mtasts-resolver's world share
#
#   . tests/lib/e2e.sh; . tests/lib/fault.sh
#   fault_begin             folder $T, ports, authority; or skip
#   fault_cert NAME...      the policy hosts' certificate, for these domains
#   fault_run FILE.py       play tests/lib/FILE.py; its checks are counted
#
# The players are Python of the standard library: faultworld.py is a DNS server
# and policy hosts that lie, faultlab.py has the daemon and its clients.

# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_ca.sh"

fault_begin() {
	command -v python3 >/dev/null || skip "python3 is not installed"
	command -v openssl >/dev/null || skip "openssl is not installed"
	e2e_begin mtasts mtasts-resolver
	FAULT_DIR=$T
	for fault_name in DNS HTTPS TCP METRICS TCP2 METRICS2; do
		e2e_port
		eval "FAULT_$fault_name=$PORT; export FAULT_$fault_name"
	done
	export FAULT_DIR
	export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$MTASTS_SOURCE/tests/lib"
	# What a sanitizer keeps of freed memory is not what is measured.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=4
	export ASAN_OPTIONS
	lab_ca_init "$T/ca" >"$T/ca.out" 2>&1 || fail "no laboratory CA"
}

fault_cert() {
	fault_names=
	for fault_name in "$@"; do
		fault_names="$fault_names mta-sts.$fault_name"
	done
	# shellcheck disable=SC2086 # words
	lab_ca_issue "$T/ca" mta-sts.any.test "$T/cert" $fault_names \
		>"$T/ca.out" 2>&1 || fail "no certificate: $(cat "$T/ca.out")"
}

fault_run() {
	if timeout 120 python3 "$MTASTS_SOURCE/tests/lib/$1" </dev/null; then
		E2E_GOOD=$((E2E_GOOD + 1))
	else
		e2e_failed "$1" "status 0" "see above"
	fi
}
