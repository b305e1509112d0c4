# e2e.sh - what end-to-end tests share
#
#   . tests/lib/e2e.sh
#   e2e_begin                    a folder $T, cleaned up at the end
#   e2e_port                     a free port of loopback, in $PORT
#   e2e_start NAME COMMAND...    in the background, log in $T/NAME.log
#   e2e_wait tcp|udp PORT        until the last one started listens there
#   e2e_mtasts WORD...           the command line with the store of this test
#   same WHAT WANTED SEEN        } one check; a failed one is printed and
#   has WHAT NEEDLE TEXT         } counted, the test goes on
#   hasnt WHAT NEEDLE TEXT       }
#   fail WHY                     give up
#   skip WHY                     not here: exit 77
#   e2e_end                      the last line: exit 0 when all held
#
# Only processes that were started here are ended, by their numbers.

: "${MTASTS_SOURCE:?}" "${MTASTS_BIN:?}"
E2E_PIDS=
E2E_BAD=0
E2E_GOOD=0
T=

skip() {
	echo "skipped: $*"
	exit 77
}

fail() {
	echo "FAILED: $*"
	exit 1
}

# e2e_begin - a folder of our own; programs that are not built: skip
e2e_begin() {
	for e2e_program in "$@"; do
		[ -x "$MTASTS_BIN/$e2e_program" ] ||
			skip "$MTASTS_BIN/$e2e_program is not built"
	done
	T=$(mktemp -d "${TMPDIR:-/tmp}/mtasts-e2e.XXXXXX") || exit 1
	trap e2e_clean EXIT
	trap 'exit 1' HUP INT PIPE TERM
}

# e2e_clean - end what was started, show logs of a failed test, remove $T
e2e_clean() {
	e2e_status=$?
	trap - EXIT
	for e2e_pid in $E2E_PIDS; do
		kill "$e2e_pid" 2>/dev/null
	done
	for e2e_pid in $E2E_PIDS; do
		e2e_gone "$e2e_pid" || kill -9 "$e2e_pid" 2>/dev/null
	done
	if [ "$e2e_status" -ne 0 ] && [ "$e2e_status" -ne 77 ]; then
		for e2e_log in "$T"/*.log; do
			[ -s "$e2e_log" ] || continue
			echo "--- ${e2e_log##*/}"
			tail -n 40 "$e2e_log"
		done
	fi
	rm -rf "$T"
	exit "$e2e_status"
}

# e2e_gone - wait for the end of a process, three seconds at most
e2e_gone() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.2
	done
	return 1
}

# e2e_bound - is a port bound? tcp: listening. $1 protocol, $2 port
e2e_bound() {
	e2e_hex=$(printf '%04X' "$2")
	cat "/proc/net/$1" "/proc/net/${1}6" 2>/dev/null | awk -v p=":$e2e_hex" \
		-v tcp="$1" '
		substr($2, length($2) - 4) == p && (tcp != "tcp" || $4 == "0A") {
			found = 1
		}
		END { exit !found }'
}

# e2e_port - a port nobody uses; below the range of outgoing connections
e2e_port() {
	: "${E2E_NEXT:=$((20000 + $$ % 1000 * 10))}"
	while :; do
		PORT=$E2E_NEXT
		E2E_NEXT=$((E2E_NEXT + 1))
		[ "$E2E_NEXT" -lt 31000 ] || E2E_NEXT=20000
		e2e_bound tcp "$PORT" || e2e_bound udp "$PORT" || return 0
	done
}

e2e_start() {
	E2E_NAME=$1
	shift
	: >"$T/$E2E_NAME.log"
	# Appending, so that a test may empty the log.
	"$@" >>"$T/$E2E_NAME.log" 2>&1 </dev/null &
	E2E_PID=$!
	E2E_PIDS="$E2E_PIDS $E2E_PID"
}

e2e_wait() {
	e2e_tries=0
	until e2e_bound "$1" "$2"; do
		kill -0 "$E2E_PID" 2>/dev/null ||
			fail "$E2E_NAME ended before it listened on port $2"
		e2e_tries=$((e2e_tries + 1))
		[ "$e2e_tries" -lt 150 ] ||
			fail "$E2E_NAME does not listen on port $2"
		sleep 0.1
	done
}

e2e_mtasts() {
	"$MTASTS_BIN/mtasts" --store "$T/store" "$@"
}

# e2e_failed - count a failed check and show it
e2e_failed() {
	E2E_BAD=$((E2E_BAD + 1))
	printf 'not ok: %s\n  wanted: %s\n  seen:   %s\n' "$1" "$2" "$3"
}

same() {
	if [ "$2" = "$3" ]; then
		E2E_GOOD=$((E2E_GOOD + 1))
	else
		e2e_failed "$@"
	fi
}

has() {
	case $3 in
	*"$2"*) E2E_GOOD=$((E2E_GOOD + 1)) ;;
	*) e2e_failed "$@" ;;
	esac
}

hasnt() {
	case $3 in
	*"$2"*) e2e_failed "$1" "no $2" "$3" ;;
	*) E2E_GOOD=$((E2E_GOOD + 1)) ;;
	esac
}

e2e_end() {
	echo "$E2E_GOOD checks held, $E2E_BAD failed"
	[ "$E2E_BAD" -eq 0 ]
	exit $?
}
