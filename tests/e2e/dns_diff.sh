#!/bin/sh
# "mtasts dns diff" beside two real servers that differ: by meaning, not text;
# which server says what; records that lead to the same place; exit status; and
# that the text fits 80 columns and nothing of a stranger's reaches the terminal.
#
# REQ: TXT-1 TXT-3
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
mkdir -p "$T/one/zones" "$T/two/zones"
id_of() {
	e2e_mtasts domain show "$1" --json | jq -r .id
}
one=$(id_of one.example)

# one.example: in other words, and at the second server an old id and TTL.
{
	push_zone one.example 127.0.0.1 127.0.0.2
	cat <<-END
		MTA-STS.one.example. 300 IN CNAME Policy.Provider.TEST.
		_mta-sts.one.example. 300 IN TXT "v=STSv1;" "id=$one; x=y"
		_mta-sts.one.example. 300 IN TXT "v=spf1 -all"
		_smtp._tls.one.example. 60 IN TXT "v=TLSRPTv1;rua=mailto:tls-reports@provider.test"
	END
} >"$T/one/zones/one.example.zone"
sed "s/id=$one/id=old/" "$T/one/zones/one.example.zone" \
	>"$T/two/zones/one.example.zone"
# two.example: a CNAME that ends at the wanted addresses, and two records.
{
	push_zone two.example
	cat <<-END
		mta-sts.two.example. 300 IN CNAME host.two.example.
		host.two.example. 300 IN A 192.0.2.1
		host.two.example. 300 IN A 192.0.2.2
		host.two.example. 300 IN AAAA 2001:db8::1
		_mta-sts.two.example. 300 IN TXT "v=STSv1; id=1;"
		_mta-sts.two.example. 300 IN TXT "v=STSv1; id=\\027[31m2;"
		_smtp._tls.two.example. 300 IN CNAME tlsrpt.two.example.
		tlsrpt.two.example. 300 IN TXT "v=TLSRPTv1; rua=mailto:a@two.example"
	END
} >"$T/one/zones/two.example.zone"
push_zone customer.example >"$T/one/zones/customer.example.zone"
push_zone provider.test >"$T/one/zones/provider.test.zone"

push_knot one 127.0.0.1 "$T/one" <<END
template:
  - id: default
    storage: $T/one/zones
    file: "%s.zone"
zone:
  - domain: one.example
  - domain: two.example
  - domain: customer.example
  - domain: provider.test
END
push_knot two 127.0.0.2 "$T/two" <<END
template:
  - id: default
    storage: $T/two/zones
    file: "%s.zone"
zone:
  - domain: one.example
END
echo "dns: { backend: stub, server: [\"127.0.0.1:$DNS_PORT\"] }" >"$CONF"

dns diff one.example
same "one server differs" 1 "$STATUS"
has "which is named" "ns2.one.example (127.0.0.2) does not have" "$OUT"
has "what it has" "id=old" "$OUT"
has "case is no difference" "mta-sts.one.example as it should be" "$OUT"
has "the record's place" "_mta-sts.one.example not at every server" "$OUT"
has "other words" "(the same in other words)" "$OUT"
has "another TTL" "(TTL 60)" "$OUT"
dns diff one.example --json
same "as JSON" "lagging ns2.one.example (127.0.0.2) false" "$(jq -r '
	.domains[0] | "\(.end) \(.server) \(.records[] |
	    select(.name == "_mta-sts.one.example") | .servers[] |
	    select(.address == "127.0.0.2") | .same)"' "$T/dns.out")"
sed -i 's/id=old/id='"$one"'/' "$T/two/zones/one.example.zone"
kill "$E2E_PID" && e2e_gone "$E2E_PID"
e2e_start two peers_exec knotd -c "$T/two/knot.conf"
push_wait 127.0.0.2
dns diff one.example
same "in step" 0 "$STATUS"
has "and said" "one.example same" "$OUT"

dns diff two.example
same "two differs" 1 "$STATUS"
has "a CNAME to the same addresses" \
	"(leads to the same place by other records)" "$OUT"
has "two records are one too many" "_mta-sts.two.example somebody else's" \
	"$OUT"
has "escapes" 'id=\x1B[31m2;' "$OUT"
same "80 columns" "" "$(awk 'length($0) > 80' "$T/dns.out" |
	grep -v 'rua=mailto')"
same "nothing but text" "" "$(tr -d '\n[:print:]' <"$T/dns.out")"

# Not registered; no zone that can be seen.
dns diff none.example
same "not registered" 1 "$STATUS"
dns diff alias.example
same "no zone in DNS" 3 "$STATUS"
has "is told" "alias.example" "$OUT"
dns diff
same "nothing named" 2 "$STATUS"
dns diff --all one.example
same "both" 2 "$STATUS"
dns diff --all
same "all" 1 "$STATUS"
has "all" "customer.example by hand" "$OUT"
has "what to do" "no entry of push: has the zone" "$OUT"
e2e_end
