#!/bin/sh
# run.sh - run every fuzz target for some seconds, one line each
#
#   cmake --preset fuzz && cmake --build --preset fuzz
#   sh fuzz/run.sh SECONDS [NAME...]
#
# Begins with the seeds. What is learnt is kept in build/fuzz/corpus/NAME for
# the next run; an input that breaks a promise is kept in build/fuzz/crashes,
# and "build/fuzz/fuzz/fuzz_NAME FILE" shows it again. Exits 1 when there was
# one.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${MTASTS_FUZZ_BUILD:-build/fuzz}

case "${1:-}" in
'' | *[!0-9]*)
	echo "usage: sh fuzz/run.sh SECONDS [NAME...]" >&2
	exit 2
	;;
esac
seconds=$1
shift
if [ $# = 0 ]; then
	for source in fuzz/fuzz_*.c; do
		name=${source#fuzz/fuzz_}
		set -- "$@" "${name%.c}"
	done
fi
mkdir -p "$build/crashes" || exit 1

# stat - the number that libFuzzer gave at its end for a word
stat()
{
	sed -n "s/^stat::$1: *//p" "$log" | tail -n 1
}

bad=0
for name in "$@"; do
	program=$build/fuzz/fuzz_$name
	corpus=$build/corpus/$name
	log=$build/crashes/$name.log
	[ -x "$program" ] || {
		echo "$name: no $program; build the preset \"fuzz\" first"
		bad=1
		continue
	}
	mkdir -p "$corpus"
	# Inputs of up to a policy's largest size, and a little more.
	if "$program" -max_total_time="$seconds" -timeout=10 \
		-max_len=70000 -len_control=200 -rss_limit_mb=1024 \
		-print_final_stats=1 -artifact_prefix="$build/crashes/$name-" \
		"$corpus" "fuzz/seeds/$name" >"$log" 2>&1; then
		echo "$name: fine, $(stat number_of_executed_units) runs," \
			"$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" |
				tail -n 1) edges seen"
		rm -f "$log"
	else
		kept=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
		echo "$name: BROKEN, see $log and ${kept:-no input}"
		bad=1
	fi
done
exit "$bad"
