#!/bin/sh
# publish.sh - what publishing many domains costs
#
#   sh bench/publish.sh [COUNT]                        (1000)
#
# One real Knot and mtasts-host on loopback, COUNT domains with one certificate
# for all: "mtasts publish --all" brings them out, looks at them again when all is
# well, and brings a new policy out.
# Budget: 5 ms of CPU time for a domain in which all is well; memory bounded.
set -u
cd "$(dirname "$0")/.." || exit 1
MTASTS_SOURCE=$PWD
MTASTS_BIN=$PWD/build/release/bin
export MTASTS_SOURCE MTASTS_BIN
cmake --preset release >/dev/null &&
	cmake --build --preset release >/dev/null || {
	echo "FAILED: build"
	exit 1
}
. tests/lib/e2e.sh
. tests/lib/peers.sh
peers_need knot knot-dnsutils
. tests/lib/host.sh
host_begin
. tests/lib/push.sh
count=${1:-1000}
e2e_port && DNS_PORT=$PORT
push_key push.test "$T/tsig.key"
mkdir -p "$T/knot/zones"
push_zone bulk.test >"$T/knot/zones/bulk.test.zone"
push_knot knot 127.0.0.1 "$T/knot" <<END
key:
  - id: push.test
    algorithm: hmac-sha256
    secret: $(head -n 1 "$T/secrets")
acl:
  - id: push
    key: push.test
    action: update
zone:
  - domain: bulk.test
    storage: $T/knot/zones
    file: bulk.test.zone
    zonefile-sync: -1
    acl: push
END
seq 1 "$count" | sed 's/.*/d&.bulk.test/' >"$T/list"
host_cert d1.bulk.test $(sed 's/^/mta-sts./' "$T/list")
host_conf
cat >>"$CONF" <<END
dns: { backend: stub, server: ["127.0.0.1:$DNS_PORT"] }
fetch: { ca-file: $T/ca/ca.pem, port: $HTTPS, allow-private: true }
push:
  - { method: rfc2136, server: "127.0.0.1:$DNS_PORT", key-file: $T/tsig.key }
END
{
	e2e_mtasts defaults set addresses=127.0.0.1 mx=mx.bulk.test \
		rua=mailto:tls-reports@bulk.test
	e2e_mtasts domain import "$T/list"
} >"$T/import.log" 2>&1 || fail "import"
host_start

# round - one run over all; $1 what
round() {
	round_from=$(now_ms)
	python3 - "$MTASTS_BIN/mtasts" --config "$CONF" --store "$T/store" \
		publish --all --json --dns-port "$DNS_PORT" \
		>"$T/round" 2>"$T/round.err" <<-'END'
		import resource, subprocess, sys
		done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
		used = resource.getrusage(resource.RUSAGE_CHILDREN)
		print(done.returncode, used.ru_utime + used.ru_stime,
		      used.ru_maxrss // 1024)
	END
	round_ms=$(($(now_ms) - round_from))
	read -r round_status round_cpu round_mb <"$T/round"
	[ "$round_status" = 0 ] || fail "$1: $(cat "$T/round" "$T/round.err")"
	awk -v what="$1" -v n="$count" -v cpu="$round_cpu" -v ms="$round_ms" \
		-v mb="$round_mb" 'BEGIN {
		printf "%-28s %6.2f ms CPU a domain, %6.0f domains/s, %d MB\n",
			what, cpu * 1000 / n, n * 1000 / ms, mb }'
}

echo "$count domains, 64 at a time"
round "brought out for the first time"
round "looked at again, all well"
e2e_mtasts defaults set max-age=2w >"$T/set.log" 2>&1 || fail "defaults"
round "a new policy for all"
from=$(now_ms)
e2e_mtasts domain list >"$T/list.out" || fail "list"
echo "domain list: $(($(now_ms) - from)) ms"
