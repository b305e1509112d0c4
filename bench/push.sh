#!/bin/sh
# push.sh - how many domains a second get their records into DNS
#
#   sh bench/push.sh [COUNT]                           (1000)
#
# One real Knot on loopback with one zone that has so many domains below it, a
# key of TSIG; beside it ldns alone. Budget: at least 50 domains a second.
set -u
cd "$(dirname "$0")/.." || exit 1
MTASTS_SOURCE=$PWD
MTASTS_BIN=$PWD/build/release/bin
export MTASTS_SOURCE MTASTS_BIN
cmake --preset release >/dev/null &&
	cmake --build --preset bench --target bench_push bin/mtasts >/dev/null || {
	echo "FAILED: build"
	exit 1
}
. tests/lib/e2e.sh
. tests/lib/peers.sh
peers_need knot knot-dnsutils
e2e_begin mtasts
. tests/lib/push.sh
count=${1:-1000}
e2e_port && DNS_PORT=$PORT
push_key push.test "$T/tsig.key"
mkdir -p "$T/knot/zones" "$T/store"
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
push_conf "- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/tsig.key }"
{
	e2e_mtasts defaults set host=policy.provider.test mx=mx.bulk.test \
		rua=mailto:tls-reports@provider.test
	seq 1 "$count" | sed 's/.*/d&.bulk.test/' >"$T/list"
	e2e_mtasts domain import "$T/list"
} >"$T/import.log" 2>&1 || fail "import"
build/release/bench/bench_push "$CONF" "$T/store" 127.0.0.1 "$DNS_PORT" \
	bulk.test
