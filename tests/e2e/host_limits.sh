#!/bin/sh
# Every limit of mtasts-host, against clients that break it; and that they do
# not stop others from being served. The clients are in tests/lib/limits.py.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

host_begin
host_domain one.example
host_cert one.example
CA=$T/ca/ca.pem
export HTTPS HTTP METRICS CA
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$MTASTS_SOURCE/tests/lib"

# files - how many descriptors the host has open
files() {
	find "/proc/$HOST/fd" -mindepth 1 | wc -l
}

# emptied - for within: are all descriptors given back? $1 how many it had
emptied() {
	STATUS=$(files)
	[ "$STATUS" -le "$1" ]
}

# scenario - run a client against a host of its own. $1 its name, then lines
# of the configuration
scenario() {
	name=$1
	shift
	host_conf "$@"
	host_start
	get one.example # everything that is opened once, is
	before=$(files)
	[ "$name" != files ] || prlimit --pid "$HOST" --nofile=48:48
	client=limits.py
	[ "$name" != times ] || client=limits_time.py
	python3 "$MTASTS_SOURCE/tests/lib/$client" "$name" ||
		e2e_failed "$name" "exit 0" "$?; see above"
}

# over - all is as before; $1... series that must have counted
over() {
	for series in "$@"; do
		[ "$(metric "$series")" -gt 0 ] ||
			e2e_failed "$name: counted" "$series > 0" "$(metric "$series")"
	done
	within 5000 "$name: descriptors given back" emptied "$before"
	plain one.example
	served one.example
	kill -0 "$HOST" || fail "$name: crashed"
	host_stop
	same "$name: ends in order" 0 "$STATUS"
}

scenario head 'max-header: 1k'
over 'mtasts_http_requests_total{status="431"}'
scenario requests 'max-requests: 3'
over
scenario times 'first-byte-timeout: 500ms' 'idle-timeout: 900ms' \
	'max-requests: 1000000'
over 'mtasts_http_timeouts_total{phase="first"}' \
	'mtasts_http_timeouts_total{phase="head"}' \
	'mtasts_http_timeouts_total{phase="idle"}' \
	'mtasts_http_timeouts_total{phase="send"}' \
	'mtasts_http_timeouts_total{phase="drain"}' \
	'mtasts_http_tls_handshake_failures_total{cause="timeout"}'
scenario total 'max-connections: 20' 'workers: 1'
over 'mtasts_http_refused_total{cause="limit"}' mtasts_http_idle_closed_total
scenario address 'max-connections-per-address: 5'
over 'mtasts_http_refused_total{cause="per_address"}'
scenario flood 'max-connections: 1000' 'max-connections-per-address: 800' \
	'first-byte-timeout: 60s'
# REQ: FET-9
# Several threads worked on it: none had everything to do.
busy=$(awk '$1 > 20000000' "/proc/$HOST/task"/*/schedstat | wc -l)
[ "$busy" -ge 2 ] || e2e_failed "threads that worked" "2 or more" "$busy"
over

# Taken away while it runs: only those of some 30 connections are left.
scenario files 'first-byte-timeout: 60s' 'idle-timeout: 60s'
logged "no descriptor left: said" '^error accept-paused'
hasnt "no descriptor left: certificates stay" "count=0" "$(cat "$HOST_LOG")"
cpu=$(awk '{ print $14 + $15 }' "/proc/$HOST/stat")
[ "$cpu" -lt 200 ] || e2e_failed "no spinning" "under 2 s" "$cpu ticks"
over mtasts_http_accept_pauses_total 'mtasts_http_refused_total{cause="emfile"}'

# At start: fewer than max-connections would need.
host_conf
host_start prlimit --nofile=400:400
logged "too few descriptors: said" '^warn connections-limited max=2[0-9][0-9] '
host_stop
e2e_end
