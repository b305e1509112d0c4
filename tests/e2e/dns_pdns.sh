#!/bin/sh
# A real PowerDNS: the commands of "mtasts dns --format pdnsutil", and the body
# of --format powerdns-json through its HTTP API; each replaces what was there.
#
# REQ: OPS-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/dns.sh"

peers_need pdns-server pdns-backend-sqlite3 knot-dnsutils
e2e_begin mtasts
dns_registry
e2e_port && DNS_PORT=$PORT
e2e_port && API_PORT=$PORT

mkdir -p "$T/pdns" "$T/bin"
schema=$(peers_path /usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql)
[ -e "$schema" ] || skip "no schema of PowerDNS for SQLite at $schema"
sqlite3 "$T/pdns/pdns.db" <"$schema" || fail "no database for PowerDNS"
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
api=yes
api-key=laboratory
webserver-address=127.0.0.1
webserver-port=$API_PORT
END
# pdnsutil as on a server: the configuration is where it looks for it.
cat >"$T/bin/pdnsutil" <<END
#!/bin/sh
exec $(peers_run sh -c 'command -v pdnsutil') --config-dir="$T/pdns" "\$@"
END
chmod +x "$T/bin/pdnsutil"

# pdnsutil - one command of our own
pdnsutil() {
	peers_run "$T/bin/pdnsutil" "$@"
}

# commands - the printed commands, exactly, in a shell
commands() {
	peers_run env PATH="$T/bin:$PATH" sh -e "$RECORDS" >"$T/commands.log" \
		2>&1 || fail "the printed commands"
}

# patch - the printed body, exactly; $1 zone
patch() {
	same "PATCH of $1" 204 "$(curl -sS -m 10 -o "$T/patch.log" \
		-w '%{http_code}' -X PATCH -H 'X-API-Key: laboratory' \
		-H 'Content-Type: application/json' --data-binary "@$RECORDS" \
		"http://127.0.0.1:$API_PORT/api/v1/servers/localhost/zones/$1." \
		2>&1)"
}

for zone in one.example two.example alias.example customer.example \
	provider.test; do
	pdnsutil create-zone "$zone" "ns.$zone" >"$T/create.log" 2>&1 ||
		fail "create-zone $zone"
done
e2e_start pdns peers_exec pdns_server --config-dir="$T/pdns" --daemon=no \
	--guardian=no
e2e_wait tcp "$DNS_PORT"
e2e_wait tcp "$API_PORT"

serial=$(dns_ask one.example SOA | cut -d ' ' -f 3)
for domain in one.example two.example alias.example; do
	dns_print "$domain" --format pdnsutil
	commands
	dns_check "$domain"
done
same "the serial grows" "$((serial + 1))" \
	"$(dns_ask one.example SOA | cut -d ' ' -f 3)"
dns_print customer.example --format pdnsutil --delegate "$DELEGATE"
commands
dns_check customer.example --delegate "$DELEGATE"
pdnsutil check-zone provider.test >"$T/check.log" 2>&1 ||
	e2e_failed "check-zone" "no error" "$(cat "$T/check.log")"

# A CNAME gives way to addresses, and the other way round; both tools.
e2e_mtasts domain set one.example addresses=192.0.2.7,2001:db8::7 \
	>"$T/set.log" 2>&1 || fail "domain set"
e2e_mtasts domain set two.example addresses=default rua=default \
	>"$T/set.log" 2>&1 || fail "domain set"
dns_print one.example --format powerdns-json
patch one.example
dns_check one.example
dns_print two.example --format powerdns-json
patch two.example
dns_check two.example
e2e_mtasts domain set two.example addresses=2001:db8::8 "rua=$(dns_rua)" \
	>"$T/set.log" 2>&1 || fail "domain set"
dns_print two.example --format pdnsutil
commands
dns_check two.example
dns_print two.example --format powerdns-json
patch two.example
dns_check two.example

# Each part is a body of its own.
for part in customer:customer.example provider:provider.test; do
	dns_print customer.example --format powerdns-json \
		--delegate "$DELEGATE" --part "${part%%:*}"
	patch "${part##*:}"
done
dns_check customer.example --delegate "$DELEGATE"
e2e_end
