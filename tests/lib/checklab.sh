# checklab.sh - the laboratory of the checker, for end-to-end tests
#
#   . tests/lib/e2e.sh; . tests/lib/checklab.sh
#   checklab_begin [OPTION...]  start it, with these options of its own
#   check WORD...               "mtasts check" in it; $STATUS, $T/out, $T/err
#   scan WORD...                "mtasts scan" in it; the same
#   checklab_clean              nobody was sent mail, a report or a password

CHECKLAB_WORLD=$MTASTS_SOURCE/tools/lab/world.txt

checklab_begin() {
	[ -x "$MTASTS_BUILD/tools/lab" ] || skip "the laboratory is not built"
	e2e_begin mtasts
	while :; do
		e2e_port
		checklab_base=$PORT
		checklab_free=1
		for checklab_n in 1 2 3 4; do
			if e2e_bound tcp $((PORT + checklab_n)) ||
				e2e_bound udp $((PORT + checklab_n)); then
				checklab_free=0
			fi
		done
		E2E_NEXT=$((PORT + 6))
		[ $checklab_free = 0 ] || break
	done
	e2e_start lab "$MTASTS_BUILD/tools/lab" "$CHECKLAB_WORLD" "$T/lab" \
		--base "$checklab_base" "$@"
	checklab_tries=0
	until [ -s "$T/lab/options" ]; do
		kill -0 "$E2E_PID" 2>/dev/null || fail "the laboratory ended"
		checklab_tries=$((checklab_tries + 1))
		[ $checklab_tries -lt 300 ] || fail "the laboratory is not ready"
		sleep 0.1
	done
	CHECKLAB_PID=$E2E_PID
	CHECKLAB_OPTIONS=$(cat "$T/lab/options")
	# Nothing of this machine's own configuration counts.
	printf 'store: { url: "sqlite:%s" }\n' "$T/store" >"$T/check.yaml"
}

check() {
	# shellcheck disable=SC2086 # words
	"$MTASTS_BIN/mtasts" --config "$T/check.yaml" check "$@" \
		$CHECKLAB_OPTIONS >"$T/out" 2>"$T/err"
	STATUS=$?
}

scan() {
	# shellcheck disable=SC2086 # words
	"$MTASTS_BIN/mtasts" --config "$T/check.yaml" scan "$@" \
		$CHECKLAB_OPTIONS >"$T/out" 2>"$T/err"
	STATUS=$?
}

checklab_clean() {
	same "nobody was sent anything" "" "$(cat "$T/lab/offences" 2>&1)"
}
