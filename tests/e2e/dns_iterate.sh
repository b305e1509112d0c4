#!/bin/sh
# dns.server empty: from the root down, validated. In a network of its own this
# machine has the addresses of the root servers.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"

peers_need knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver

# As the root hints inside libunbound have them; the rest is not reachable.
LAB_ROOTS="198.41.0.4 199.9.14.201 192.33.4.12 199.7.91.13 192.203.230.10
192.5.5.241 192.112.36.4 198.97.190.53 192.36.148.17 192.58.128.30 193.0.14.129
199.7.83.42 202.12.27.33"
for address in $LAB_ROOTS; do
	ip addr add "$address/32" dev lo || fail "no address $address"
done
lab_domain good.sts.example mx.good.sts.example good
lab_policy good.sts.example enforce mx.good.sts.example
lab_domain alone.dane.example mx.alone.dane.example untrusted
lab_tlsa mx.alone.dane.example good
lab_world
lab_conf
sed 's/server: \["127.0.0.1:53"\]/server: []/' "$CONF" >"$T/conf" &&
	cat "$T/conf" >"$CONF"
has "nobody is forwarded to" "server: []" "$(cat "$CONF")"
lab_resolver
has "an unsigned domain with a policy" \
	"OK secure match=mx.good.sts.example" \
	"$(lab_ask QUERY good.sts.example)"
same "a signed one with DANE" "OK dane-only" \
	"$(lab_ask QUERY alone.dane.example)"
has "what is bogus" "TEMP " "$(lab_ask QUERY www.bogus.example)"
hasnt "DNSSEC works" "dns-validation-fails" "$(cat "$T/resolver.log")"
e2e_end
