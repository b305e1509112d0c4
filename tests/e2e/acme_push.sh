#!/bin/sh
# A certificate by dns-01, the records of which are written by dynamic updates
# into a real Knot, with a key that may write just these names; also where a
# CNAME leads the challenge to another name.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

acme_begin
peers_need knot knot-dnsutils
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/push.sh"
e2e_port && DNS_PORT=$PORT
push_key push.test "$T/tsig.key"
mkdir -p "$T/knot/zones"
push_zone one.example >"$T/knot/zones/one.example.zone"
# CAA records are looked for up to the top.
push_zone example >"$T/knot/zones/example.zone"
push_zone test >"$T/knot/zones/test.zone"
echo "policy.provider.test. 300 IN A 127.0.0.1" >>"$T/knot/zones/test.zone"
{
	push_zone two.example
	echo "_acme-challenge.mta-sts.two.example. 300 IN CNAME acme.two.example."
} >"$T/knot/zones/two.example.zone"
push_knot knot 127.0.0.1 "$T/knot" <<END
key:
  - id: push.test
    algorithm: hmac-sha256
    secret: $(head -n 1 "$T/secrets")
acl:
  - id: challenge
    key: push.test
    action: update
    update-type: [TXT]
    update-owner: name
    update-owner-match: equal
    update-owner-name: [_acme-challenge.mta-sts, acme]
template:
  - id: default
    storage: $T/knot/zones
    file: "%s.zone"
    zonefile-sync: -1
    acl: challenge
zone:
  - domain: one.example
  - domain: two.example
  - domain: example
  - domain: test
END
host_domain one.example
host_domain two.example
# pebble and mtasts ask Knot from now on.
ACME_DNS=$DNS_PORT
acme_pebble
acme_conf 'challenges: [dns-01]'
CONF_ACME=$CONF

cert issue one.example --dns-port "$DNS_PORT"
same "no way" 1 "$STATUS"
has "no way" "has no address in DNS" "$OUT"
{
	echo "push:"
	echo "  - { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\","
	echo "      key-file: $T/tsig.key }"
} >>"$CONF_ACME"
for domain in one.example two.example; do
	cert issue "$domain" --dns-port "$DNS_PORT"
	same "$domain" 0 "$STATUS"
	has "$domain" "mta-sts.$domain issued" "$OUT"
done
same "the record went again" "" \
	"$(push_has _acme-challenge.mta-sts.one.example TXT 127.0.0.1)"
same "there, too" "" "$(push_has acme.two.example TXT 127.0.0.1)"

# A CNAME of somebody's cannot have it written among other records of ours.
push_zone three.example >"$T/knot/zones/three.example.zone"
echo "_acme-challenge.mta-sts.three.example. 300 IN CNAME _mta-sts.one.example." \
	>>"$T/knot/zones/three.example.zone"
echo "  - domain: three.example" >>"$T/knot/knot.conf"
peers_run knotc -s "$T/knot/db/knot.sock" reload >"$T/reload.log" 2>&1 ||
	fail "knotc reload"
host_domain three.example
cert issue three.example --dns-port "$DNS_PORT"
same "a CNAME to our own record" 1 "$STATUS"
has "is not followed" "no challenge may be written" "$OUT"

# The key may not write there.
push_key other.test "$T/other.key"
sed "s/tsig.key/other.key/" "$CONF_ACME" >"$CONF_ACME.new" &&
	mv "$CONF_ACME.new" "$CONF_ACME"
cert issue one.example --force --dns-port "$DNS_PORT"
same "another key" 1 "$STATUS"
has "and why" "does not accept the key" "$OUT"
push_secrets
acme_secrets
e2e_end
