# publisher.sh - what the tests of mtasts-publisher share; after acme.sh
#
#   publisher_conf [LINE...]     add the section publisher to $CONF; "key: value"
#                                wins; to be called after acme_conf
#   publisher_start [WRAPPER...] run it; it is ready afterwards; $PUB is its id
#   publisher_stop               end it in order; its status is in $STATUS
#   pub_logged WHAT PATTERN [S]  its log has a line like this, within S seconds
#   pub_metric NAME              the value of a series, labels included
#   pub_ask JSON                 what it says on its control socket
#   at_last WHAT S COMMAND...    the command holds within S seconds

publisher_conf() {
	[ -n "${PUB_METRICS:-}" ] || {
		e2e_port && PUB_METRICS=$PORT
	}
	PUB_LOG=$T/publisher.log
	{
		echo "publisher:"
		{
			cat <<-END
				control: $T/publisher.ctl
				metrics: "127.0.0.1:$PUB_METRICS"
			END
			[ $# -eq 0 ] || printf '%s\n' "$@"
		} | awk -F: '
			{ line[$1] = $0 }
			END { for (key in line) print "  " line[key] }'
	} >>"$CONF"
}

publisher_start() {
	rm -f "$PUB_LOG"
	e2e_start publisher "$@" "$MTASTS_BIN/mtasts-publisher" --config "$CONF"
	PUB=$E2E_PID
	pub_tries=0
	until grep -qs '^info started' "$PUB_LOG"; do
		kill -0 "$PUB" 2>/dev/null ||
			fail "mtasts-publisher ended at start"
		pub_tries=$((pub_tries + 1))
		[ "$pub_tries" -lt 200 ] ||
			fail "mtasts-publisher is never ready"
		sleep 0.05
	done
}

publisher_stop() {
	kill "$PUB"
	for _ in 1 2 3 4; do
		e2e_gone "$PUB" && break
	done
	kill -0 "$PUB" 2>/dev/null && fail "mtasts-publisher does not end"
	wait "$PUB"
	STATUS=$?
}

at_last() {
	pub_what=$1
	pub_end=$(($(date +%s) + $2))
	shift 2
	until "$@"; do
		[ "$(date +%s)" -lt "$pub_end" ] || {
			e2e_failed "$pub_what" "soon: $*" "not yet"
			return 1
		}
		sleep 0.2
	done
	E2E_GOOD=$((E2E_GOOD + 1))
}

pub_logged() {
	at_last "$1: in the log" "${3:-10}" grep -qs -e "$2" "$PUB_LOG"
}

pub_metric() {
	curl -sS -m 10 --noproxy '*' "http://127.0.0.1:$PUB_METRICS/metrics" |
		awk -v name="$1" '
			substr($0, 1, length(name) + 1) == name " " {
				print $NF
			}'
}

pub_ask() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
while True:
    part = s.recv(65536)
    if not part:
        break
    sys.stdout.write(part.decode())' "$T/publisher.ctl" "$1"
}
