# policies.sh - what tests of the cached policies share, besides e2e.sh
#
#   . tests/lib/policies.sh
#   policies_start FOLDER    drive_policies on it, log in $T/policies.log
#   policies_stop            the orderly end; its status in $STATUS
#   policies_kill            the other one
#   say WORD...              one command; its answer in $ANSWER
#   rows FOLDER              how many policies are on disk
#   sound WHAT FOLDER        the file is whole

DRIVE=${MTASTS_BUILD:?}/tests/bin/drive_policies

policies_start() {
	rm -f "$T/in" "$T/out"
	mkfifo "$T/in" "$T/out"
	: >"$T/policies.log"
	"$DRIVE" "$1" <"$T/in" >"$T/out" 2>>"$T/policies.log" &
	DRIVE_PID=$!
	E2E_PIDS="$E2E_PIDS $DRIVE_PID"
	exec 8>"$T/in" 9<"$T/out"
	read -r ANSWER <&9 || ANSWER=ended
}

policies_stop() {
	exec 8>&-
	wait "$DRIVE_PID"
	STATUS=$?
	exec 9<&-
}

policies_kill() {
	kill -9 "$DRIVE_PID"
	wait "$DRIVE_PID" 2>/dev/null
	exec 8>&- 9<&-
}

say() {
	echo "$*" >&8
	read -r ANSWER <&9 || ANSWER=ended
}

rows() {
	sqlite3 "$1/policies.db" 'SELECT count(*) FROM policy'
}

sound() {
	same "$1: integrity" ok \
		"$(sqlite3 "$2/policies.db" 'PRAGMA integrity_check')"
}

# gauge - NAME: one of the answer to "metrics"
gauge() {
	say metrics
	printf '%s\n' "$ANSWER" | tr ' ' '\n' |
		awk -v name="$1" 'found { print; exit } $1 == name { found = 1 }'
}
