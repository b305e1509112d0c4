#!/bin/sh
# resolver.sh - what an answer costs mtasts-resolver, beside others
#
#   sh bench/resolver.sh [ROUNDS [REQUESTS [COLD [STORED]]]]
#                        (8 100000 2000 1000000)
#
# Cached answers: CPU time per answer (/proc/PID/task/*/schedstat) beside a bare
# epoll echo of the same bytes on the same kind of socket, and beside Debian's
# postfix-mta-sts-resolver. Cold answers: COLD domains that were never asked
# for, 32 in flight, on the same DNS server and policy host. Start: STORED
# policies on disk. Servers are pinned to one core, the load to the other;
# medians over interleaved rounds. With TLSPOL=PROGRAM postfix-tlspol is
# measured, too. Runs in a network of its own: needs root or user namespaces,
# two cores, and Debian's packages, which are unpacked, not installed.
set -u
cd "$(dirname "$0")/.." || exit 1
MTASTS_SOURCE=$PWD
MTASTS_BIN=$PWD/build/release/bin
BENCH=$PWD/build/release/bench
export MTASTS_SOURCE MTASTS_BIN
# shellcheck source=tests/lib/e2e.sh
. tests/lib/e2e.sh
# shellcheck source=tests/lib/peers.sh
. tests/lib/peers.sh
# shellcheck source=bench/lib.sh
. bench/lib.sh

# Building and fetching packages needs the network that is there.
if [ "${1:-}" != inside ]; then
	[ "$(nproc)" -ge 2 ] || skip "needs two cores"
	cmake --preset release >/dev/null &&
		cmake --build --preset bench >/dev/null || fail "build"
	(peers_need postfix-mta-sts-resolver python3-uvloop)
	[ "$(id -u)" -eq 0 ] && flags=-nm || flags=-rnm
	exec unshare $flags sh bench/resolver.sh inside "$@"
fi
shift
ROUNDS=${1:-8}
REQUESTS=${2:-100000}
COLD=${3:-2000}
STORED=${4:-1000000}
ip link set lo up || fail "no loopback"
PMSR=$PEERS_ROOT/usr/bin/mta-sts-daemon
e2e_begin mtasts mtasts-host mtasts-resolver
chmod 755 "$T"
mkdir "$T/store" "$T/host" "$T/cold"
echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf || fail "no mount"

WARM=1000
SERVER='taskset -c 0'

# names - FIRST COUNT LETTER: that many domains, one a line
names()
{
	seq -f "$3%05g.test" "$1" $(($1 + $2 - 1))
}

# --- DNS and policies for COLD + WARM domains
echo "making $((WARM + COLD)) certificates"
"$BENCH/bench_mkcerts" "$T" $((WARM + COLD)) >/dev/null || fail "certificates"
names 0 $((WARM + COLD)) d >"$T/domains"
names 0 $WARM d >"$T/warm"
names $WARM "$COLD" d >"$T/cold/policy"
names 0 "$COLD" n >"$T/cold/none"
mtasts() { "$MTASTS_BIN/mtasts" --store "$T/host" "$@"; }
mtasts defaults set mode=enforce mx=mx.bench.test --force >/dev/null &&
	mtasts domain import "$T/domains" --force >/dev/null || fail "registry"
cat >"$T/host.yaml" <<END
store: { url: "sqlite:$T/host" }
host:
  https: ["127.0.0.1:443"]
  http: []
  certificates: ["$T/certificates"]
  workers: 1
  access-log: false
  max-connections-per-address: 1000000
  metrics: ""
END
e2e_start dns taskset -c 1 "$BENCH/bench_dns" 127.0.0.1 53
e2e_wait udp 53
e2e_start host taskset -c 1 "$MTASTS_BIN/mtasts-host" --config "$T/host.yaml"
e2e_wait tcp 443

# resolver_conf - STORE: a configuration on standard output
resolver_conf()
{
	cat <<-END
		store: { url: "sqlite:$1" }
		log: { level: warn }
		dns: { backend: stub, server: ["127.0.0.1:53"] }
		fetch: { ca-file: "$T/ca.pem", allow-private: true }
		resolver:
		  listen: ["127.0.0.1:8461", "unix:$T/resolver.sock"]
		  control: "$T/resolver.ctl"
		  metrics: ""
	END
}

start_resolver()
{
	resolver_conf "$1" >"$T/resolver.yaml"
	e2e_start resolver $SERVER "$MTASTS_BIN/mtasts-resolver" \
		--config "$T/resolver.yaml"
	RESOLVER=$E2E_PID
	e2e_wait tcp 8461
}

# start_pmsr - Debian's postfix-mta-sts-resolver, its log switched off
start_pmsr()
{
	cat >"$T/pmsr.yaml" <<-END
		host: 127.0.0.1
		port: 8462
		cache: { type: internal, options: { cache_size: 1000000 } }
		default_zone: { strict_testing: false, timeout: 4 }
	END
	e2e_start pmsr peers_exec env SSL_CERT_FILE="$T/ca.pem" \
		PYTHONPATH="$PEERS_ROOT/usr/lib/python3/dist-packages" \
		$SERVER /usr/bin/python3 "$PMSR" -v error -c "$T/pmsr.yaml"
	PMSR_PID=$E2E_PID
	e2e_wait tcp 8462
}

# start_tlspol - the program that TLSPOL names
start_tlspol()
{
	cat >"$T/tlspol.yaml" <<-END
		server:
		  address: 127.0.0.1:8463
		  log-level: error
		  cache-file: $T/tlspol.db
		dns:
		  address: 127.0.0.1:53
	END
	e2e_start tlspol env SSL_CERT_FILE="$T/ca.pem" GOMAXPROCS=1 \
		$SERVER "$TLSPOL" -config "$T/tlspol.yaml"
	TLSPOL_PID=$E2E_PID
	e2e_wait tcp 8463
}

# ask - ADDRESS KEYS REQUESTS CONNECTIONS [WORD]: the load's line in $ASKED
ask()
{
	ASKED=$(taskset -c 1 "$BENCH/bench_mapload" "$1" -f "$2" -n "$3" \
		-c "$4" -w "${5:-OK}") || fail "$1: $ASKED"
	case $ASKED in
	*' other=0 '*) ;;
	*) fail "$1 gives other answers than ${5:-OK}: $ASKED" ;;
	esac
}

# cost - PID ADDRESS KEYS REQUESTS CONNECTIONS [WORD]: CPU us an answer in $COST
cost()
{
	cost_pid=$1
	cost_n=$4
	shift
	cost_before=$(cpu_ns "$cost_pid")
	ask "$@"
	COST=$(awk -v a="$(cpu_ns "$cost_pid")" -v b="$cost_before" \
		-v n="$cost_n" 'BEGIN { printf "%.3f\n", (a - b) / n / 1000 }')
}

# value - one figure of the load's line
value()
{
	echo "$ASKED" | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# --- cached answers
start_resolver "$T/store"
TCP=tcp:127.0.0.1:8461
UNIX=unix:$T/resolver.sock
ask $TCP "$T/warm" $WARM 16
head -n 1 "$T/warm" >"$T/first"
reply=$("$BENCH/bench_mapload" $TCP -f "$T/first" -n 1 -c 1 -x 2>&1 >/dev/null)
printf '%d:%s,' ${#reply} "$reply" >"$T/reply"
echo "cached answers, such as: $reply"
e2e_start echo $SERVER "$BENCH/bench_echo" tcp:8460 "$T/reply"
ECHO=$E2E_PID
e2e_wait tcp 8460
e2e_start uecho $SERVER "$BENCH/bench_echo" "unix:$T/echo.sock" "$T/reply"
UECHO=$E2E_PID
until [ -S "$T/echo.sock" ]; do sleep 0.1; done
have_pmsr=
[ -x "$PMSR" ] && start_pmsr && have_pmsr=yes &&
	ask tcp:127.0.0.1:8462 "$T/warm" $WARM 16
have_tlspol=
[ -n "${TLSPOL:-}" ] && start_tlspol && have_tlspol=yes &&
	ask tcp:127.0.0.1:8463 "$T/warm" $WARM 16

# cached - KIND CONNECTIONS: rounds of the resolver and the echo
cached()
{
	case $1 in
	tcp) c_us=$TCP c_echo=tcp:127.0.0.1:8460 c_pid=$ECHO ;;
	unix) c_us=$UNIX c_echo=unix:$T/echo.sock c_pid=$UECHO ;;
	esac
	c=$T/$1.$2
	c_n=$REQUESTS
	[ "$2" -eq 1 ] && c_n=$((REQUESTS / 4))
	i=0
	while [ $i -lt "$ROUNDS" ]; do
		cost "$c_pid" "$c_echo" "$T/warm" $c_n "$2"
		echo "$COST" >>"$c.echo" && value p50 >>"$c.echo50"
		cost "$RESOLVER" "$c_us" "$T/warm" $c_n "$2"
		echo "$COST" >>"$c.us" && value p50 >>"$c.us50"
		value rate >>"$c.rate"
		i=$((i + 1))
	done
	printf '  %-4s %5d connections  %6s us, echo %6s us: ratio %s' "$1" "$2" \
		"$(median <"$c.us")" "$(median <"$c.echo")" \
		"$(ratio "$c.us" "$c.echo")"
	printf '; p50 %s us, ratio %s; %.0f a second\n' \
		"$(median <"$c.us50")" "$(ratio "$c.us50" "$c.echo50")" \
		"$(median <"$c.rate")"
}

for kind in unix tcp; do
	for n in 1 10 16 100 1000; do
		cached $kind $n
	done
done
echo "  (at most 1.25 at 16 and 100; p50 on one connection at most 1.2)"

# peer - NAME PID ADDRESS: cached answers of a peer beside ours
peer()
{
	for n in 16 100; do
		i=0
		while [ $i -lt 4 ]; do
			cost "$2" "$3" "$T/warm" $((REQUESTS / 5)) $n
			echo "$COST" >>"$T/$1.$n"
			cost "$RESOLVER" $TCP "$T/warm" $((REQUESTS / 5)) $n
			echo "$COST" >>"$T/$1.$n.us"
			i=$((i + 1))
		done
		echo "  tcp  $n connections: $1 $(median <"$T/$1.$n") us," \
			"ratio $(ratio "$T/$1.$n.us" "$T/$1.$n")"
	done
}
[ -z "$have_pmsr" ] || peer postfix-mta-sts-resolver "$PMSR_PID" \
	tcp:127.0.0.1:8462
[ -z "$have_tlspol" ] || peer postfix-tlspol "$TLSPOL_PID" \
	tcp:127.0.0.1:8463

# profile - PID COMMAND...: run it; the server's CPU time by library, indented
profile()
{
	profile_pid=$1
	shift
	if perf record -o "$T/perf" -F 2000 -p "$profile_pid" -- true \
		>/dev/null 2>&1; then
		perf record -o "$T/perf" -F 2000 -p "$profile_pid" -- "$@" \
			>/dev/null 2>&1
		perf report -i "$T/perf" --sort dso --stdio 2>/dev/null |
			awk '$1 ~ /%$/ { printf "  %6s  %s\n", $1, $2 }' |
			head -n 5
	else
		echo "  (linux-perf is not there, or may not be used)"
	fi
}

# --- cold answers
# cold - NAME PID ADDRESS: both lists, once, 32 in flight
cold()
{
	cost "$2" "$3" "$T/cold/policy" "$COLD" 32
	echo "  $1: $COST us CPU a domain with a policy," \
		"$(value rate) a second"
	cost "$2" "$3" "$T/cold/none" "$COLD" 32 NOTFOUND
	echo "  $1: $COST us CPU a domain without"
}
echo "cold answers, $COLD domains each, 32 in flight"
cold mtasts-resolver "$RESOLVER" $TCP
[ -z "$have_pmsr" ] || cold postfix-mta-sts-resolver "$PMSR_PID" \
	tcp:127.0.0.1:8462
[ -z "$have_tlspol" ] || cold postfix-tlspol "$TLSPOL_PID" \
	tcp:127.0.0.1:8463

echo "cached answers: share of the CPU time, by library"
profile "$RESOLVER" taskset -c 1 "$BENCH/bench_mapload" $TCP -c 100 \
	-n "$REQUESTS" -f "$T/warm"
# Once more domains with a policy that nobody has asked for.
echo "cold answers with a policy: share of the CPU time, by library"
"$MTASTS_BIN/mtasts" --config "$T/resolver.yaml" cache purge --all >/dev/null ||
	fail "cache purge"
profile "$RESOLVER" taskset -c 1 "$BENCH/bench_mapload" $TCP -c 32 \
	-n "$COLD" -f "$T/cold/policy"
kill "$RESOLVER"
e2e_gone "$RESOLVER"

# --- start with many policies
for n in 50000 "$STORED"; do
	rm -rf "$T/many" && mkdir "$T/many"
	"$BENCH/bench_policies" "$T/many" "$n" "$(date +%s)" >/dev/null ||
		fail "cannot store $n policies"
	began=$(date +%s%N)
	start_resolver "$T/many"
	listening=$((($(date +%s%N) - began) / 1000000))
	# One of the stored domains, of which nothing was asked in DNS yet.
	printf 'd%08x.bench.example\n' \
		$(((n / 2 * 2654435761) & 0xffffffff)) >"$T/one"
	ask $TCP "$T/one" 1 1
	first=$((($(date +%s%N) - began) / 1000000))
	until mtasts_status=$("$MTASTS_BIN/mtasts" --config "$T/resolver.yaml" \
		status --json 2>/dev/null) &&
		[ "$(echo "$mtasts_status" | jq -r .resolver.policies)" -ge "$n" ]; do
		kill -0 "$RESOLVER" || fail "mtasts-resolver ended"
	done
	loaded=$((($(date +%s%N) - began) / 1000000))
	echo "start with $n policies: listens after $listening ms, first answer" \
		"after $first ms, all loaded after $loaded ms," \
		"$(rss_mb "$RESOLVER") MB resident"
	kill "$RESOLVER"
	e2e_gone "$RESOLVER"
done
echo "  (first answer at most 1000 ms, 1,000,000 at most 400 MB)"
