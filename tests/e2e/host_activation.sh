#!/bin/sh
# mtasts-host under systemd: sockets by name, readiness, reloading and the end
# notified, and restarts that lose no connection as long as the socket is held.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

command -v systemd-socket-activate >/dev/null ||
	skip "no systemd-socket-activate: install systemd"
host_begin
host_domain one.example
host_cert one.example
CA=$T/ca/ca.pem
export HTTPS HTTP CA
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$MTASTS_SOURCE/tests/lib"

# activated - the real thing starts it with the first connection
activated() {
	e2e_start host systemd-socket-activate -E ASAN_OPTIONS -E UBSAN_OPTIONS \
		-l "127.0.0.1:$HTTPS" -l "127.0.0.1:$HTTP" --fdname=https:http \
		"$MTASTS_BIN/mtasts-host" --config "$CONF"
	HOST=$E2E_PID
	e2e_wait tcp "$HTTP"
	hasnt "not before somebody comes" "info started" "$(cat "$HOST_LOG")"
	get one.example
	served one.example
	plain one.example
	served one.example
	logged "the sockets are said" "^info listening address=127.0.0.1:$HTTPS"
	host_stop
	same "exit status" 0 "$STATUS"
}

host_conf 'https: ["systemd:https"]' 'http: ["systemd:http"]'
activated
e2e_start host timeout 120 python3 "$MTASTS_SOURCE/tests/lib/holder.py" \
	"$MTASTS_BIN/mtasts-host" "$CONF"
wait "$E2E_PID" || e2e_failed "restarts" "exit 0" "$(grep 'not ok' "$HOST_LOG")"
grep ' lost$' "$HOST_LOG"
# A name that systemd does not hand over
host_conf 'https: ["systemd:htps"]' 'http: ["systemd:http"]'
e2e_start host systemd-socket-activate -l "127.0.0.1:$HTTPS" \
	-l "127.0.0.1:$HTTP" --fdname=https:http \
	"$MTASTS_BIN/mtasts-host" --config "$CONF"
e2e_wait tcp "$HTTP"
plain one.example
logged "an unknown name: said" 'listen-systemd.*systemd:htps.*only https:http'
wait "$E2E_PID"
same "an unknown name: exit status" 1 $?
e2e_end
