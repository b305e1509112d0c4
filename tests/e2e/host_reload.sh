#!/bin/sh
# mtasts-host's signals and its start: SIGHUP with good and bad configurations,
# SIGTERM once and twice, --check, exit status, and what is said when it cannot
# start.
set -u
# shellcheck disable=SC1091,SC2317 # "within" calls some functions by name
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

host_begin
host_domain one.example
host_cert one.example
CA=$T/ca/ca.pem
export HTTPS HTTP CA
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$MTASTS_SOURCE/tests/lib"

# client_start - run a client of tests/lib/reload.py until it is ready
client_start() {
	rm -f "$T/go"
	mkfifo "$T/go" || exit 1
	: >"$T/client.log"
	timeout 60 python3 "$MTASTS_SOURCE/tests/lib/reload.py" "$1" \
		<"$T/go" >"$T/client.log" 2>&1 &
	CLIENT=$!
	E2E_PIDS="$E2E_PIDS $CLIENT"
	exec 7>"$T/go"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -q ready "$T/client.log" && return
		sleep 0.3
	done
	fail "client $1: $(cat "$T/client.log")"
}

# client_go - let it go on to its end; what it saw is in $SEEN
client_go() {
	echo go >&7
	exec 7>&-
	wait "$CLIENT"
	SEEN=$(sed 1d "$T/client.log" | paste -s -d ,)
}

# reload - SIGHUP, and wait for the line that it leaves. $1 pattern
reload() {
	: >"$HOST_LOG"
	kill -HUP "$HOST"
	logged "SIGHUP" "$1"
}

good_checks() {
	host_conf 'idle-timeout: 60s' 'first-byte-timeout: 60s'
	host_start
	client_start follow
	host_conf 'idle-timeout: 1s' 'first-byte-timeout: 30s' \
		'max-requests: 3' 'other-path-status: 403' 'access-log: false'
	reload "^info reloaded file=$CONF"
	client_go
	same "connections live through it and follow" \
		"begun 200,begun 200,second 200 stays,third 200 close,idle True" \
		"$SEEN"
	plain one.example --request-target /other
	same "other-path-status" 403 "$STATUS"
	echo 'log: { level: error }' >>"$CONF"
	kill -HUP "$HOST" # at this level not even "reloaded" is said
	within 2000 "log level" quiet
	hasnt "access-log" "status=403" "$(cat "$HOST_LOG")"
	host_conf "http: [\"127.0.0.1:$((HTTP + 5))\"]" 'workers: 1' \
		"certificates: [\"$T/certs\", \"$T/more\"]" \
		'max-connections-per-address: 1' 'trusted-proxies: []'
	echo 'log: { level: info }' >>"$CONF"
	reload '^info reloaded'
	for option in http certificates workers; do
		has "what needs a restart is said" \
			"warn restart-needed section=host option=$option running=" \
			"$(cat "$HOST_LOG")"
	done
	hasnt "and nothing else" "option=metrics" "$(cat "$HOST_LOG")"
	plain one.example
	same "the old address stays" 200 "$STATUS"
	client_start hold
	plain one.example
	has "trusted-proxies and connections per address" 000 "$STATUS"
	client_go
}

# quiet - for within: is nothing but errors logged any more?
quiet() {
	lines=$(wc -l <"$HOST_LOG")
	get "unknown$(now_ms).example"
	[ "$(wc -l <"$HOST_LOG")" -eq "$lines" ]
}

bad_checks() {
	host_conf 'max-header: 3'
	: >"$HOST_LOG"
	kill -HUP "$HOST"
	logged "a bad file" '^error reload-failed'
	has "and where" "file=$CONF line=" "$(grep '^error config ' "$HOST_LOG")"
	plain one.example
	same "it serves on" 200 "$STATUS"
	same "its metric" 0 "$(metric mtasts_config_reload_ok)"
	rm "$CONF"
	reload '^error reload-failed'
	host_conf
	reload '^info reloaded'
	same "its metric" 1 "$(metric mtasts_config_reload_ok)"
	host_stop
	same "exit status" 0 "$STATUS"
}

stop_checks() {
	host_conf
	host_start
	client_start finish
	kill "$HOST"
	logged "SIGTERM" '^info stopping'
	client_go
	same "what was begun is answered" \
		"resting True,begun 200 close True,begun 200 close True" "$SEEN"
	wait "$HOST"
	same "exit status" 0 $?
	has "and said" "info ended" "$(cat "$HOST_LOG")"
	host_conf 'first-byte-timeout: 60s'
	host_start
	client_start hold
	kill "$HOST"
	logged "SIGTERM with work left" '^info stopping'
	asked=$(now_ms)
	kill "$HOST"
	wait "$HOST"
	same "a second SIGTERM ends it" 143 $?
	[ $(($(now_ms) - asked)) -lt 2000 ] ||
		e2e_failed "a second SIGTERM ends it" "at once" "later"
	client_go
	host_start
	client_start hold
	kill -INT "$HOST"
	wait "$HOST"
	same "SIGINT: cut off in the end" 0 $?
	has "and said" "stopped connections_cut=1" "$(cat "$HOST_LOG")"
	client_go
}

# refused - it does not start. $1 status, $2 words, $3... arguments
refused() {
	refused_want=$1 refused_words=$2
	shift 2
	timeout 20 "$MTASTS_BIN/mtasts-host" "$@" >"$T/said" 2>&1
	same "status of: $*" "$refused_want" $?
	has "said by: $*" "$refused_words" "$(cat "$T/said")"
}

start_checks() {
	host_conf
	refused 0 "$CONF: ok" --config "$CONF" --check
	refused 0 "usage: mtasts-host" --help
	refused 0 "mtasts-host 0" --version
	refused 2 "did you mean --check?" --chek
	refused 1 "no-such-file=$T/none" --config "$T/none"
	host_start
	refused 1 "127.0.0.1:$HTTPS\\\": Address already in use" --config "$CONF"
	refused 1 "ss -lptn shows it" --config "$CONF"
	host_stop
	host_conf 'htps: []'
	refused 1 'did you mean \"https\"' --config "$CONF" --check
	host_conf 'https: []' 'http: []'
	refused 1 "no address to listen on" --config "$CONF"
	host_conf 'certificates: []'
	refused 1 "no folder of certificates" --config "$CONF"
	host_conf 'https: ["systemd:https"]'
	refused 1 "systemd handed over no sockets" --config "$CONF"
	host_conf "http: [\"unix:$T/none/sock\"]"
	refused 1 "No such file or directory" --config "$CONF"
	host_conf
	head -c 8192 /dev/urandom >"$T/store/registry.db"
	refused 1 "is not a database" --config "$CONF"
}

good_checks
bad_checks
stop_checks
start_checks
e2e_end
