#!/bin/sh
# scan.sh - how many domains "mtasts scan" checks per second of one core
#
#   sh bench/scan.sh [DOMAINS [ROUNDS [LINES]]]      (3000 3 1000000)
#
# The laboratory answers for DOMAINS healthy domains of its own policy host
# name, certificate and mail server each; it is pinned to one core, the scan to
# the other. CPU time is the scan's own, of the process with all its threads.
# A full check of a domain: DNS at the resolver and at the authoritative server,
# the policy over HTTPS and HTTP, TLS without the name, SMTP with STARTTLS three
# times. Then the memory of a list of LINES lines, most of which name no domain
# that is looked at, so that it can be measured in minutes.
#
# With checkdmarc in PATH, or in a folder named by CHECKDMARC, it is run on some
# of the same domains: a peer that looks at less.
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

[ "$(nproc)" -ge 2 ] || skip "needs two cores"
cmake --preset release >/dev/null &&
	cmake --build --preset bench >/dev/null || fail "build"
checklab_begin --scan "$DOMAINS"
taskset -apc 1 "$CHECKLAB_PID" >/dev/null || fail "no core 1"
seq -f 'd%.0f.scan.test' 0 $((DOMAINS - 1)) >"$T/list"

# measured - run a scan pinned to core 0; CPU seconds into $T/cpu, wall into
# $T/wall, peak memory in MB into $T/rss
measured()
{
	# shellcheck disable=SC2086 # words
	/usr/bin/env python3 - "$T" taskset -c 0 "$MTASTS_BIN/mtasts" \
		--config "$T/check.yaml" scan "$@" $CHECKLAB_OPTIONS <<-'END' ||
		import os, resource, subprocess, sys, time
		folder, command = sys.argv[1], sys.argv[2:]
		begun = time.monotonic()
		with open(folder + "/out", "w") as out, \
		        open(folder + "/err", "w") as err:
		    status = subprocess.run(command, stdin=subprocess.DEVNULL,
		        stdout=out, stderr=err).returncode
		used = resource.getrusage(resource.RUSAGE_CHILDREN)
		for name, value in (("cpu", used.ru_utime + used.ru_stime),
		        ("wall", time.monotonic() - begun),
		        ("rss", used.ru_maxrss / 1024)):
		    with open(folder + "/" + name, "w") as f:
		        print("%.3f" % value, file=f)
		sys.exit(status)
	END
		fail "the scan ended with $?: $(tail -3 "$T/err")"
}

# rate - domains per second of the number in a file
rate()
{
	awk -v n="$1" '{ printf "%.0f", n / $1 }' "$2"
}

echo "domains per second of one core, $DOMAINS domains, median of $ROUNDS"
for jobs in 1 50 200; do
	: >"$T/rates"
	count=$DOMAINS
	# One at a time waits most of the time: fewer will do.
	[ $jobs -gt 1 ] || count=$((DOMAINS / 10))
	head -n "$count" "$T/list" >"$T/part"
	for _ in $(seq "$ROUNDS"); do
		measured "$T/part" --jobs $jobs
		same "all are well" "$count" "$(grep -c '"result":"pass"' "$T/out")"
		rate "$count" "$T/cpu" >>"$T/rates"
		echo >>"$T/rates"
	done
	printf '%4d in flight: %4.0f per core second, %4.0f by the clock, %3.0f MB\n' \
		$jobs "$(median <"$T/rates")" "$(rate "$count" "$T/wall")" \
		"$(cat "$T/rss")"
done

echo "memory, a list of $LINES lines"
{
	head -n 200 "$T/list"
	seq -f 'no domain %.0f' 1 $((LINES - 200))
} >"$T/long"
measured "$T/long" --jobs 50 --summary-json "$T/summary"
printf '%d lines: %.0f MB, %.0f lines per core second\n' "$LINES" \
	"$(cat "$T/rss")" "$(rate "$LINES" "$T/cpu")"
checklab_clean
e2e_end
