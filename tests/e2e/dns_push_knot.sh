#!/bin/sh
# "mtasts dns push" into a real Knot with a key that may write only our names:
# from nothing to in step, a new id, addresses in place of a CNAME, an alias, a
# delegated domain, and away again when a removed domain has run out.
#
# REQ: TXT-1 TXT-2 OPS-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"

peers_need knot knot-dnsutils
e2e_begin mtasts
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/push.sh"
dns_registry
e2e_port && DNS_PORT=$PORT
push_key push.test "$T/tsig.key"
mkdir -p "$T/knot/zones"
for zone in one.example two.example alias.example customer.example \
	provider.test; do
	push_zone "$zone" >"$T/knot/zones/$zone.zone"
done
# Knot compares the owner with what stands here below the zone's name.
push_knot knot 127.0.0.1 "$T/knot" <<END
key:
  - id: push.test
    algorithm: hmac-sha256
    secret: $(head -n 1 "$T/secrets")
acl:
  - id: push
    key: push.test
    action: update
    update-type: [TXT, CNAME, A, AAAA]
    update-owner: name
    update-owner-match: equal
    update-owner-name: [_mta-sts, _smtp._tls, mta-sts, _acme-challenge.mta-sts]
  - id: provider
    key: push.test
    action: update
    update-type: [TXT]
    update-owner: name
    update-owner-match: sub-or-equal
    update-owner-name: [_mta-sts.sts, _smtp._tls.sts]
template:
  - id: default
    storage: $T/knot/zones
    file: "%s.zone"
    zonefile-sync: -1
    acl: push
zone:
  - domain: one.example
  - domain: two.example
  - domain: alias.example
  - domain: customer.example
  - domain: provider.test
    acl: provider
END
push_conf "- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/tsig.key, zones: [one.example, two.example," \
	"    alias.example, provider.test] }"

# Before anything is there.
dns diff one.example
same "nothing is there" 1 "$STATUS"
has "says so" "_mta-sts.one.example to be added" "$OUT"
same "diff writes nothing" "" "$(push_has _mta-sts.one.example TXT 127.0.0.1)"
dns push one.example --dry-run
same "a dry run says the same" 1 "$STATUS"
same "and writes nothing" "" "$(push_has _mta-sts.one.example TXT 127.0.0.1)"

dns push one.example two.example
same "written" 0 "$STATUS"
has "is said" "one.example written" "$OUT"
dns_check one.example
dns_check two.example
dns push one.example two.example
same "again there is nothing to do" 0 "$STATUS"
has "again" "one.example same" "$OUT"
dns diff one.example --json
same "JSON: in step" "same true" "$(jq -r '.domains[0] |
	"\(.end) \(.id_live)"' "$T/dns.out")"

# A new id; a CNAME gives way to addresses, and the other way round.
e2e_mtasts domain set one.example max-age=2d \
	addresses=192.0.2.7,2001:db8::7 >"$T/set.log" 2>&1 || fail "domain set"
e2e_mtasts domain set two.example addresses=default ttl=5m rua=default \
	>"$T/set.log" 2>&1 || fail "domain set"
dns push --all
has "all" "two.example written" "$OUT"
dns_check one.example
dns_check two.example
dns_check alias.example

# Of a delegated domain only the provider's part is written here.
e2e_mtasts domain set customer.example "delegate=$DELEGATE" \
	>"$T/set.log" 2>&1 || fail "domain set"
dns push customer.example
same "delegated" 0 "$STATUS"
has "the customer's part" "_mta-sts.customer.example to be set by the customer" \
	"$OUT"
dns_check customer.example --part provider --delegate "$DELEGATE"
dns diff customer.example --json
same "the id is not live without the CNAME" "1 false" \
	"$STATUS $(jq -r '.domains[0].id_live' "$T/dns.out")"
push_conf "- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/tsig.key }"
dns push customer.example
has "both parts" "customer.example written" "$OUT"
dns_check customer.example --delegate "$DELEGATE"
dns diff customer.example --json
same "and now it is live" "0 true" \
	"$STATUS $(jq -r '.domains[0].id_live' "$T/dns.out")"

# Many customers at once, whose zones are nowhere: each has his record in the
# provider's zone, and all share one, which the first of them writes.
peers_run knsupdate -v -y "hmac-sha256:push.test:$(head -n 1 "$T/secrets")" \
	>"$T/nsupdate.log" 2>&1 <<END
server 127.0.0.1 $DNS_PORT
zone provider.test.
update delete _smtp._tls.$DELEGATE. TXT
send
END
seq 1 100 | sed 's/.*/c&.nowhere.test/' >"$T/list"
e2e_mtasts defaults set mx=mx.provider.test "delegate=$DELEGATE" \
	>"$T/set.log" 2>&1 && e2e_mtasts domain import "$T/list" \
	>>"$T/set.log" 2>&1 || fail "import"
# shellcheck disable=SC2046 # a list of names
dns push $(cat "$T/list") --json
same "many customers" "0 100" "$STATUS $(jq '[.domains[] | select(.end ==
	"written" and ([.records[] | select(.by_customer)] | length) == 3)] |
	length' "$T/dns.out")"
e2e_mtasts defaults set delegate=default >"$T/set.log" 2>&1 || fail "defaults"

# A customer leaves: his record goes, the one that all share stays.
e2e_mtasts domain set alias.example "delegate=$DELEGATE" >"$T/set.log" 2>&1
e2e_mtasts domain add sub.customer.example mx=mx.customer.example \
	"delegate=$DELEGATE" >"$T/set.log" 2>&1 || fail "domain add"
dns push sub.customer.example
e2e_mtasts domain set customer.example delegate=default >"$T/set.log" 2>&1 ||
	fail "domain set"
dns push customer.example
same "no customer any more" 0 "$STATUS"
dns_check customer.example
same "his record is gone" "" \
	"$(push_has "customer.example._mta-sts.$DELEGATE" TXT 127.0.0.1)"
has "the shared one is not" "v=TLSRPTv1" \
	"$(push_has "_smtp._tls.$DELEGATE" TXT 127.0.0.1)"

# Other texts of the name stay.
# by_hand - the lines of standard input, by another client
by_hand() {
	{
		echo "server 127.0.0.1 $DNS_PORT"
		cat
		echo send
	} | peers_run knsupdate -v -y \
		"hmac-sha256:push.test:$(head -n 1 "$T/secrets")" \
		>"$T/nsupdate.log" 2>&1
	same "another client" "0 " "$? $(cat "$T/nsupdate.log")"
}
by_hand <<END
zone one.example.
update add _mta-sts.one.example. 300 TXT "a note of somebody's"
END
e2e_mtasts domain set one.example max-age=3d >"$T/set.log" 2>&1 ||
	fail "domain set"
dns push one.example
same "beside another text" 0 "$STATUS"
has "it stays" "a note of somebody's" \
	"$(push_has _mta-sts.one.example TXT 127.0.0.1)"

# The same text in other pieces is still ours, and what the prerequisite needs.
id=$(e2e_mtasts domain show one.example --json | jq -r .id)
by_hand <<END
zone one.example.
update delete _mta-sts.one.example. TXT
update add _mta-sts.one.example. 300 TXT "v=STSv1; " "id=$id;"
END
dns diff one.example
same "in pieces it is the same" 0 "$STATUS"
e2e_mtasts domain set one.example max-age=4d >"$T/set.log" 2>&1 ||
	fail "domain set"
dns push one.example
same "and is replaced" "0 one.example written" \
	"$STATUS $(echo "$OUT" | cut -d ' ' -f 1,2)"
dns_check one.example

# Removed: nothing changes until it has run out, then all of ours goes.
e2e_mtasts domain remove two.example >"$T/set.log" 2>&1 || fail "remove"
dns push two.example
same "while it runs out" 0 "$STATUS"
has "the id of mode none" "v=STSv1" "$(push_has _mta-sts.two.example TXT 127.0.0.1)"
sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" \
	"UPDATE domain SET until_at = 1 WHERE name = 'two.example'" ||
	fail "no change of the registry"
dns push two.example
same "run out" 0 "$STATUS"
for name in _mta-sts _smtp._tls; do
	same "$name is gone" "" "$(push_has "$name.two.example" TXT 127.0.0.1)"
done
same "the host is gone" "" "$(push_has mta-sts.two.example CNAME 127.0.0.1)"
same "nothing is remembered" 0 "$(sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" \
	"SELECT COUNT(*) FROM pushed WHERE domain = 'two.example'")"
push_secrets
e2e_end
