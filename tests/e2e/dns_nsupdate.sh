#!/bin/sh
# The script of "mtasts dns --format nsupdate", through BIND's nsupdate and
# Knot's knsupdate, into a real Knot: twice, as the second one must replace
# what the first one put there, a CNAME by addresses and back.
#
# REQ: OPS-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/dns.sh"

peers_need knot knot-dnsutils bind9-dnsutils
e2e_begin mtasts
dns_registry
e2e_port && DNS_PORT=$PORT

mkdir -p "$T/zones" "$T/knot"
for domain in one.example two.example customer.example provider.test; do
	dns_zone "$domain" >"$T/zones/$domain.zone"
done
cat >"$T/knot.conf" <<END
server:
    rundir: $T/knot
    listen: 127.0.0.1@$DNS_PORT
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: $T/knot
acl:
  - id: loopback
    address: 127.0.0.1
    action: update
template:
  - id: default
    storage: $T/zones
    file: "%s.zone"
    zonefile-sync: -1
    acl: loopback
zone:
  - domain: one.example
  - domain: two.example
  - domain: customer.example
  - domain: provider.test
END
e2e_start knot peers_exec knotd -c "$T/knot.conf"
e2e_wait tcp "$DNS_PORT"

# update - the printed script through a client; the server is not in it
update() {
	{
		echo "server 127.0.0.1 $DNS_PORT"
		cat "$RECORDS"
	} >"$T/script"
	peers_run "$@" "$T/script" >"$T/update.log" 2>&1
	same "$1 is content" "0 " "$? $(cat "$T/update.log")"
}

dns_print one.example --format nsupdate
update nsupdate
dns_check one.example
dns_print two.example --format nsupdate
update knsupdate -v
dns_check two.example

# A CNAME gives way to addresses, and the other way round.
e2e_mtasts domain set one.example addresses=192.0.2.7,2001:db8::7 \
	>"$T/set.log" 2>&1 || fail "domain set"
dns_print one.example --format nsupdate
update nsupdate
dns_check one.example
e2e_mtasts domain set two.example addresses=default ttl=5m rua=default \
	>"$T/set.log" 2>&1 || fail "domain set"
dns_print two.example --format nsupdate
update nsupdate
dns_check two.example

# Two zones, one script; and by the tool of Knot.
dns_print customer.example --format nsupdate --delegate "$DELEGATE"
update nsupdate
dns_check customer.example --delegate "$DELEGATE"
update knsupdate
dns_check customer.example --delegate "$DELEGATE"
same "knot complains of nothing" "" "$(cat "$T/knot.log")"
e2e_end
