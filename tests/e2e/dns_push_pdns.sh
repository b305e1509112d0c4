#!/bin/sh
# "mtasts dns push" into a real PowerDNS, through its HTTP API and by dynamic
# updates; a wrong key, a zone that is not there, a foreign value.
#
# REQ: TXT-1 OPS-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"

peers_need pdns-server pdns-backend-sqlite3 knot-dnsutils
e2e_begin mtasts
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/push.sh"
dns_registry
e2e_port && DNS_PORT=$PORT
e2e_port && API_PORT=$PORT

mkdir -p "$T/pdns"
schema=$(peers_path /usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql)
[ -e "$schema" ] || skip "no schema of PowerDNS for SQLite at $schema"
sqlite3 "$T/pdns/pdns.db" <"$schema" || fail "no database for PowerDNS"
api_key=$(openssl rand -hex 24)
echo "$api_key" >>"$T/secrets"
(umask 077 && echo "$api_key" >"$T/api.key")
push_key push.test "$T/tsig.key"
cat >"$T/pdns/pdns.conf" <<END
launch=gsqlite3
gsqlite3-database=$T/pdns/pdns.db
module-dir=$(peers_path /usr/lib/x86_64-linux-gnu/pdns)
socket-dir=$T/pdns
local-address=127.0.0.1
local-port=$DNS_PORT
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
api=yes
api-key=$api_key
webserver-address=127.0.0.1
webserver-port=$API_PORT
END

# pdnsutil - one command
pdnsutil() {
	peers_run pdnsutil --config-dir="$T/pdns" "$@" >"$T/util.log" 2>&1 ||
		fail "pdnsutil $*"
}
for zone in one.example two.example alias.example customer.example; do
	pdnsutil create-zone "$zone" "ns1.$zone"
	pdnsutil add-record "$zone" ns1 A 300 127.0.0.1
done
pdnsutil import-tsig-key push.test hmac-sha256 "$(tail -n 1 "$T/secrets")"
pdnsutil set-meta two.example TSIG-ALLOW-DNSUPDATE push.test
e2e_start pdns peers_exec pdns_server --config-dir="$T/pdns" --daemon=no \
	--guardian=no
e2e_wait tcp "$DNS_PORT"
e2e_wait tcp "$API_PORT"

api="- { method: powerdns, url: \"http://127.0.0.1:$API_PORT\","
push_conf "- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/tsig.key, zones: [two.example] }" \
	"$api key-file: $T/api.key }"
dns push one.example two.example
same "both ways" 0 "$STATUS"
has "by the API" "one.example written" "$OUT"
has "by updates" "two.example written" "$OUT"
dns_check one.example
dns_check two.example
dns push one.example two.example
has "nothing to do" "one.example same" "$OUT"

# Addresses in place of a CNAME and back, a record of several strings.
e2e_mtasts domain set one.example max-age=2d \
	addresses=192.0.2.7,2001:db8::7 "rua=$(dns_rua)" >"$T/set.log" 2>&1 ||
	fail "domain set"
e2e_mtasts domain set two.example addresses=default rua=default \
	>"$T/set.log" 2>&1 || fail "domain set"
dns push one.example two.example
same "changed" 0 "$STATUS"
dns_check one.example
dns_check two.example
e2e_mtasts domain set one.example addresses=default rua=default \
	>"$T/set.log" 2>&1 || fail "domain set"
dns push one.example
same "and back" 0 "$STATUS"
dns_check one.example

# Others' texts stay, foreign values too, without --force.
pdnsutil add-record customer.example _mta-sts TXT 300 \
	'"v=spf1 -all; \" odd"'
pdnsutil add-record customer.example _smtp._tls TXT 300 \
	'"v=TLSRPTv1; rua=mailto:else@customer.example"'
dns push customer.example
same "foreign" 1 "$STATUS"
has "is told" "which was not written by mtasts" "$OUT"
same "nothing was written" 'v=spf1 -all; \" odd' \
	"$(push_has _mta-sts.customer.example TXT 127.0.0.1)"
dns push customer.example --force
same "by force" 0 "$STATUS"
has "ours is there" "tls-reports@provider.test" \
	"$(push_has _smtp._tls.customer.example TXT 127.0.0.1)"
has "the other text is" "v=spf1" \
	"$(push_has _mta-sts.customer.example TXT 127.0.0.1)"
has "beside ours" "v=STSv1" \
	"$(push_has _mta-sts.customer.example TXT 127.0.0.1)"

# A key that is none, and no API at all.
e2e_mtasts domain set one.example mode=enforce --force >"$T/set.log" 2>&1
(umask 077 && echo wrong-key >"$T/wrong.key")
push_conf "$api key-file: $T/wrong.key }"
dns push one.example
same "a wrong key" 1 "$STATUS"
has "is told" "does not accept the key" "$OUT"
e2e_port
push_conf "- { method: powerdns, url: \"http://127.0.0.1:$PORT\"," \
	"    key-file: $T/api.key }"
dns push one.example
same "no API" 3 "$STATUS"
has "is told" "cannot be reached" "$OUT"
push_conf "$api key-file: $T/api.key, zone: no.example }"
dns push one.example
same "no such zone" 1 "$STATUS"
has "is told" "HTTP status 404" "$OUT"
push_secrets
e2e_end
