#!/bin/sh
# scan.sh - how many domains "mtasts scan" checks per second of one core
#
#   sh bench/scan.sh [DOMAINS [ROUNDS [LINES]]]      (3000 3 1000000)
#
# The laboratory answers for DOMAINS healthy domains with a policy host name, a
# certificate and a mail server each; it is pinned to one core, the scan to the
# other. CPU time is the scan's own. A full check of a domain: DNS at the
# resolver and at the authoritative server, the policy over HTTPS and over HTTP,
# TLS without the name, SMTP three times, with STARTTLS, without the name, with
# old TLS alone.
#
# Then the memory of a list of LINES lines, 2000 of which are domains, and of
# going on with results of so many lines. At the end the nearest tools that can
# be had, on some of the same domains: see bench/scan_peers.sh.
set -u
cd "$(dirname "$0")/.." || exit 1
MTASTS_SOURCE=$PWD
MTASTS_BUILD=$PWD/build/release
MTASTS_BIN=$MTASTS_BUILD/bin
export MTASTS_SOURCE MTASTS_BUILD MTASTS_BIN
# shellcheck source=tests/lib/e2e.sh
. tests/lib/e2e.sh
# shellcheck source=tests/lib/checklab.sh
. tests/lib/checklab.sh
# shellcheck source=bench/lib.sh
. bench/lib.sh

DOMAINS=${1:-3000}
ROUNDS=${2:-3}
LINES=${3:-1000000}
REAL=2000

[ "$(nproc)" -ge 2 ] || skip "needs two cores"
cmake --preset release >/dev/null &&
	cmake --build --preset bench >/dev/null || fail "build"
[ "$DOMAINS" -ge $REAL ] || REAL=$DOMAINS
checklab_begin --scan "$DOMAINS"
taskset -apc 1 "$CHECKLAB_PID" >/dev/null || fail "no core 1"
awk '$1 >= 0.5 { print "The machine is busy, load " $1 ": figures will be low." }' \
	/proc/loadavg
seq -f 'd%.0f.scan.test' 0 $((DOMAINS - 1)) >"$T/list"

# measured - run a scan pinned to core 0; its CPU, clock and memory in $T/run
measured()
{
	# shellcheck disable=SC2086 # words
	"$MTASTS_BUILD/bench/bench_run" "$T/run" taskset -c 0 \
		"$MTASTS_BIN/mtasts" --config "$T/check.yaml" scan "$@" \
		$CHECKLAB_OPTIONS ||
		fail "the scan ended with $?: $(tail -3 "$T/run.err")"
}

# rate - so many things, per the N-th figure of $T/run
rate()
{
	awk -v n="$1" -v i="$2" '{ printf "%.0f\n", n / $i }' "$T/run"
}

# mb - of memory, at its peak
mb()
{
	awk '{ print $3 }' "$T/run"
}

echo "domains per second of one core, $DOMAINS domains, median of $ROUNDS"
for jobs in 1 50 200; do
	: >"$T/cpu"
	: >"$T/clock"
	count=$DOMAINS
	# One at a time waits most of the time: fewer will do.
	[ $jobs -gt 1 ] || count=$((DOMAINS / 10))
	head -n "$count" "$T/list" >"$T/part"
	for _ in $(seq "$ROUNDS"); do
		measured "$T/part" --jobs $jobs
		same "all are well" "$count" \
			"$(grep -c '"result":"pass"' "$T/run.out")"
		rate "$count" 1 >>"$T/cpu"
		rate "$count" 2 >>"$T/clock"
	done
	printf '%4d in flight: %4.0f per core second, %4.0f by the clock, %3d MB\n' \
		$jobs "$(median <"$T/cpu")" "$(median <"$T/clock")" "$(mb)"
done

echo "a list of $LINES lines, $REAL of them domains"
{
	head -n $REAL "$T/list"
	seq -f 'no domain %.0f' 1 $((LINES - REAL))
} >"$T/long"
measured "$T/long" --jobs 50 --output "$T/results"
printf 'to its end: %d MB\n' "$(mb)"
measured "$T/long" --jobs 50 --output "$T/results" --resume
printf 'going on where it ended: %d MB, %d lines per core second\n' "$(mb)" \
	"$(rate "$LINES" 1)"
same "no line is lost" "$LINES" "$(wc -l <"$T/results")"
checklab_clean
if [ "$(id -u)" -eq 0 ]; then
	sh bench/scan_peers.sh get
	unshare -nm sh bench/scan_peers.sh run "$T/peers" || E2E_BAD=$((E2E_BAD + 1))
else
	echo "the peers need root: they know no port but 53, 443 and 25"
fi
e2e_end
