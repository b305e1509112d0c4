# rolllab.sh - a domain that is rolled out in the laboratory, with a clock that
# the test steps
#
#   . tests/lib/e2e.sh; . tests/lib/checklab.sh; . tests/lib/rolllab.sh
#   roll_begin                 a store, a clock, programs to run under it
#   roll_world LINE...         what is to be different of shop.test, as lines of
#                              tools/lab/world.txt; holds for all that follows
#   roll_publish [DOMAIN]      the laboratory serves what the registry has now:
#                              id in DNS, text over HTTPS; certificates are new
#   roll_stale                 only the world has changed, nothing is published
#   roll_pass SECONDS          time passes
#   mtasts WORD...             a command in that world; $STATUS, $OUT, $T/err
#   roll_stage WHAT STAGE      shop.test is in this stage
#
# Other domains stand in the file $T/world.more, which a test may write.

# roll_program - a program under the stepped clock
roll_program() {
	env LD_PRELOAD="$ROLL_PRELOAD" STEPCLOCK="$T/step" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$@"
}

# roll_step - the clock is that many seconds ahead: eight bytes, little-endian
roll_step() {
	ROLL_STEP=$1
	roll_n=$1
	roll_bytes=
	for _ in 1 2 3 4 5 6 7 8; do
		roll_bytes=$roll_bytes$(printf '\\%03o' $((roll_n % 256)))
		roll_n=$((roll_n / 256))
	done
	# shellcheck disable=SC2059 # that is the point
	printf "$roll_bytes" >"$T/step"
}

roll_begin() {
	[ -x "$MTASTS_BUILD/tools/lab" ] || skip "the laboratory is not built"
	command -v cc >/dev/null || skip "no C compiler for the clock"
	e2e_begin mtasts
	cc -O1 -shared -fPIC -o "$T/clock.so" \
		"$MTASTS_SOURCE/tests/support/stepclock.c" 2>"$T/cc.log" ||
		fail "the clock does not compile: $(cat "$T/cc.log")"
	ROLL_PRELOAD=$T/clock.so
	# A sanitizer wants to be first.
	roll_asan=$(ldd "$MTASTS_BIN/mtasts" |
		sed -n 's/^[[:space:]]*libasan[^ ]* => \([^ ]*\) .*/\1/p')
	[ -z "$roll_asan" ] || ROLL_PRELOAD=$roll_asan:$ROLL_PRELOAD
	roll_step 0
	while :; do
		e2e_port
		ROLL_BASE=$PORT
		roll_free=1
		for roll_n in 1 2 3; do
			if e2e_bound tcp $((PORT + roll_n)) ||
				e2e_bound udp $((PORT + roll_n)); then
				roll_free=0
			fi
		done
		E2E_NEXT=$((PORT + 5))
		[ $roll_free = 0 ] || break
	done
	mkdir "$T/store"
	printf 'store: { url: "sqlite:%s" }\n' "$T/store" >"$T/mtasts.yaml"
	: >"$T/world.more"
	: >"$T/world.published"
	ROLL_WORLD=
	ROLL_PID=
}

roll_world() {
	ROLL_WORLD=
	for roll_line in "$@"; do
		ROLL_WORLD="$ROLL_WORLD  $roll_line
"
	done
}

# roll_lab - the laboratory begins anew, with this world and at this time
roll_lab() {
	if [ -n "$ROLL_PID" ]; then
		kill "$ROLL_PID" 2>/dev/null
		e2e_gone "$ROLL_PID" || fail "the laboratory does not end"
	fi
	{
		echo "domain shop.test"
		cat "$T/world.published"
		printf '%s' "$ROLL_WORLD"
		cat "$T/world.more"
	} >"$T/world"
	rm -f "$T/lab/options"
	e2e_start lab env LD_PRELOAD="$ROLL_PRELOAD" STEPCLOCK="$T/step" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		"$MTASTS_BUILD/tools/lab" "$T/world" "$T/lab" \
		--base "$ROLL_BASE"
	ROLL_PID=$E2E_PID
	roll_tries=0
	until [ -s "$T/lab/options" ]; do
		kill -0 "$E2E_PID" 2>/dev/null || fail "the laboratory ended"
		roll_tries=$((roll_tries + 1))
		[ $roll_tries -lt 300 ] || fail "the laboratory is not ready"
		sleep 0.1
	done
	ROLL_OPTIONS=$(cat "$T/lab/options")
}

roll_publish() {
	e2e_mtasts domain show shop.test --json >"$T/show.json" ||
		fail "shop.test is not registered"
	{
		printf '  set _mta-sts TXT "v=STSv1; id=%s;"\n' \
			"$(jq -r .id "$T/show.json")"
		printf '  https .10 body %s\n' "$(jq .body "$T/show.json")"
	} >"$T/world.published"
	roll_lab
}

roll_stale() {
	roll_lab
}

roll_pass() {
	roll_step $((ROLL_STEP + $1))
}

mtasts() {
	roll_words=$ROLL_OPTIONS
	# Not every command looks.
	case "$1 $2" in
	"rollout start" | "rollout status" | "rollout pause" | \
		"rollout resume" | "rollout back" | "domain show" | "domain list")
		roll_words=
		;;
	esac
	# shellcheck disable=SC2086 # words
	OUT=$(roll_program "$MTASTS_BIN/mtasts" --config "$T/mtasts.yaml" "$@" \
		$roll_words 2>"$T/err")
	STATUS=$?
}

roll_stage() {
	mtasts rollout status shop.test --json
	same "$1" "$2" "$(printf '%s' "$OUT" | jq -r '.rollouts[0].stage')"
}
