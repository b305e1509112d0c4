#!/bin/sh
# Listeners of mtasts-resolver: owner, group and mode of socket files, a folder
# that is not there, sockets of systemd, and an end that loses no answer.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

resolver_begin
RULES='  static.example: { reply: "encrypt" }'
resolver_dns "_mta-sts.slow.example any silent"

mode_checks() {
	group=$(id -gn)
	resolver_conf "listen: [\"127.0.0.1:$TCP\", \"unix:$SOCK,group=$group,mode=0620\", \"unix:$T/postfix/mtasts/r.sock\"]"
	resolver_start
	same "mode and group" "620 $group" "$(stat -c '%a %G' "$SOCK")"
	same "it answers" "OK encrypt" "$(client ask_unix "QUERY static.example")"
	logged "Postfix is not there: left out, and said" \
		"^warn start finding=resolver-socket-folder"
	resolver_stop
	[ ! -e "$SOCK" ] || e2e_failed "socket file" "gone" "there"
	before=$(umask)
	umask 077
	resolver_conf
	resolver_start
	umask "$before"
	same "without a mode: for Postfix, whatever the umask" 666 \
		"$(stat -c %a "$SOCK")"
	same "the control socket is not" 660 "$(stat -c %a "$CTL")"
	resolver_stop
	resolver_conf "listen: [\"unix:$T/postfix/mtasts/r.sock\"]"
	"$MTASTS_BIN/mtasts-resolver" --config "$CONF" >"$T/out" 2>&1
	same "the only address: it does not start" 1 $?
	resolver_conf "listen: []"
	"$MTASTS_BIN/mtasts-resolver" --check --config "$CONF" >"$T/out" 2>&1
	same "no address at all" 1 $?
	resolver_conf
	"$MTASTS_BIN/mtasts-resolver" --check --config "$CONF" >"$T/out" 2>&1
	same "a good configuration" 0 $?
}

# As systemd hands them over: descriptor 3, LISTEN_FDS, LISTEN_PID.
systemd_checks() {
	resolver_conf "listen: [\"systemd:resolver\"]"
	e2e_start resolver python3 -c "
import os, socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $TCP)); s.listen(100)
os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_FDNAMES='resolver',
    LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])" \
		"$MTASTS_BIN/mtasts-resolver" --config "$CONF"
	RESOLVER=$E2E_PID
	logged "started" "^info started"
	same "it answers" "OK encrypt" "$(ask QUERY static.example)"
	resolver_stop
}

# Whoever waits when it is told to end is answered; then it ends.
stop_checks() {
	DNS_TIMEOUT=20s resolver_conf
	resolver_start
	(ask postfix slow.example >"$T/slow") &
	slow=$!
	for _ in $(seq 50); do
		[ "$(asked TXT _mta-sts.slow.example)" -gt 0 ] && break
		sleep 0.1
	done
	resolver_stop
	same "exit status" 0 "$STATUS"
	wait "$slow"
	same "the last one is answered" "NOTFOUND " "$(cat "$T/slow")"
}

mode_checks
systemd_checks
stop_checks
e2e_end
