#!/bin/sh
# What goes wrong with "mtasts dns push": a server that refuses, that is only a
# secondary, that is away or silent; a secondary that lags; wrong keys, keys that
# others can read; somebody else's records; kill -9 between writing and looking.
#
# REQ: OPS-3
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
mkdir -p "$T/knot/zones" "$T/second/zones"
push_zone one.example >"$T/knot/zones/one.example.zone"
push_zone two.example >"$T/knot/zones/two.example.zone"
# The second server has a copy that nobody brings up to date.
push_zone alias.example 127.0.0.1 127.0.0.2 >"$T/knot/zones/alias.example.zone"
cp "$T/knot/zones/alias.example.zone" "$T/second/zones"
push_zone customer.example >"$T/knot/zones/customer.example.zone"

# first - start the first server
first() {
	push_knot knot 127.0.0.1 "$T/knot" <<-END
		key:
		  - id: push.test
		    algorithm: hmac-sha256
		    secret: $(head -n 1 "$T/secrets")
		acl:
		  - id: push
		    key: push.test
		    action: update
		template:
		  - id: default
		    storage: $T/knot/zones
		    file: "%s.zone"
		    zonefile-sync: -1
		zone:
		  - domain: one.example
		    acl: push
		  - domain: two.example
		  - domain: alias.example
		    acl: push
		  - domain: customer.example
		    acl: push
	END
	KNOT=$E2E_PID
}
first
push_knot second 127.0.0.2 "$T/second" <<END
template:
  - id: default
    storage: $T/second/zones
    file: "%s.zone"
    zonefile-sync: -1
zone:
  - domain: alias.example
END
SECOND=$E2E_PID

# way - $1 server, $2 key; one more LINE each
way() {
	push_conf "- { method: rfc2136, server: \"$1\", key-file: $2," \
		"    timeout: ${3:-5s} }"
}
server=127.0.0.1:$DNS_PORT

# Keys: of other secret, other name, damaged, missing, open to others.
push_key push.test "$T/other.key"
way "$server" "$T/other.key"
dns push one.example
same "another secret" 1 "$STATUS"
has "another secret" "does not accept the key" "$OUT"
push_key nobody.test "$T/unknown.key"
way "$server" "$T/unknown.key"
dns push one.example
same "another name" 1 "$STATUS"
has "another name" "one.example refused" "$OUT"
sed 's/secret "..../secret "====/' "$T/tsig.key" >"$T/damaged.key"
chmod 600 "$T/damaged.key"
way "$server" "$T/damaged.key"
dns push one.example
same "damaged" 1 "$STATUS"
has "damaged" "has no secret in base64, or a damaged one" "$OUT"
way "$server" "$T/missing.key"
dns push one.example
same "missing" 1 "$STATUS"
has "missing" "missing.key, with a key: No such file" "$OUT"
cp "$T/tsig.key" "$T/open.key"
chmod 644 "$T/open.key"
way "$server" "$T/open.key"
dns push one.example
same "open" 1 "$STATUS"
has "open" "others may read it or change it (mode 644)" "$OUT"
has "conf check says so" "others may read it" \
	"$("$MTASTS_BIN/mtasts" conf check "$CONF" 2>&1 | tr -s ' \n' ' ')"
dns diff one.example
same "no key is needed to look" "1 one.example differs" \
	"$STATUS $(echo "$OUT" | cut -d ' ' -f 1,2)"
same "nothing was written" "" "$(push_has _mta-sts.one.example TXT 127.0.0.1)"

# By a credential of systemd.
mkdir "$T/credentials" && cp "$T/tsig.key" "$T/credentials/tsig"
way "$server" tsig
CREDENTIALS_DIRECTORY=$T/credentials dns push one.example
same "a credential" 0 "$STATUS"
dns push one.example
same "and without" 1 "$STATUS"
has "and without" "systemd gave none" "$OUT"

# A zone that takes no updates; a server that has not the zone as primary.
way "$server" "$T/tsig.key"
dns push two.example
same "no updates here" 1 "$STATUS"
has "no updates here" "two.example refused" "$OUT"
has "what to do" "Knot: acl" "$OUT"
way "127.0.0.2:$DNS_PORT" "$T/tsig.key"
dns push alias.example
same "read-only" 1 "$STATUS"
has "read-only" "127.0.0.2:$DNS_PORT" "$OUT"

# Nobody listens; one that takes connections and says nothing.
e2e_port
way "127.0.0.1:$PORT" "$T/tsig.key"
dns push two.example
same "nobody there" 3 "$STATUS"
has "nobody there" "127.0.0.1:$PORT cannot be reached" "$OUT"
e2e_port
e2e_start silent nc -lk 127.0.0.1 "$PORT"
e2e_wait tcp "$PORT"
way "127.0.0.1:$PORT" "$T/tsig.key" 1s
dns push two.example
same "silent" 3 "$STATUS"
has "silent" "did not answer in time" "$OUT"

# A secondary that lags is named; then it goes away altogether.
way "$server" "$T/tsig.key"
dns push alias.example --wait 1
same "lagging" 1 "$STATUS"
has "lagging" "alias.example lagging" "$OUT"
has "and named" "ns2.alias.example (127.0.0.2) does not have" "$OUT"
dns push alias.example --wait 1 --json
same "in JSON" "lagging ns2.alias.example (127.0.0.2) false" "$(jq -r '
	.domains[0] | "\(.end) \(.server) \(.id_live)"' "$T/dns.out")"
kill "$SECOND" && e2e_gone "$SECOND"
dns push alias.example --wait 1
has "away" "ns2.alias.example (127.0.0.2) does not tell of" "$OUT"

# Somebody else's record is kept, then replaced by force.
printf 'server 127.0.0.1 %s\nzone customer.example.\n%s\n%s\nsend\n' \
	"$DNS_PORT" \
	'update add _mta-sts.customer.example. 300 TXT "v=STSv1; id=theirs;"' \
	'update add mta-sts.customer.example. 300 CNAME elsewhere.test.' |
	peers_run knsupdate -v -y \
		"hmac-sha256:push.test:$(head -n 1 "$T/secrets")" \
		>"$T/nsupdate.log" 2>&1 || fail "knsupdate"
dns push customer.example
same "foreign" 1 "$STATUS"
has "foreign" "customer.example foreign" "$OUT"
same "and kept" "v=STSv1; id=theirs;" \
	"$(push_has _mta-sts.customer.example TXT 127.0.0.1)"
same "and nothing beside it" "" \
	"$(push_has _smtp._tls.customer.example TXT 127.0.0.1)"
dns push customer.example --force
same "by force" 0 "$STATUS"
dns_check customer.example

# Killed while it waits for a server that lags: what it wrote is still ours,
# though nobody has noted its end, and the next change replaces it.
first_id=$(push_has _mta-sts.one.example TXT 127.0.0.1)
push_zone one.example 127.0.0.1 127.0.0.3 >"$T/knot/zones/one.example.zone"
mkdir -p "$T/third/zones"
cp "$T/knot/zones/one.example.zone" "$T/third/zones"
push_knot third 127.0.0.3 "$T/third" <<END
template:
  - id: default
    storage: $T/third/zones
    file: "%s.zone"
zone:
  - domain: one.example
END
kill "$KNOT" && e2e_gone "$KNOT"
rm -rf "$T/knot/db"
first
same "a fresh zone" "" "$(push_has _mta-sts.one.example TXT 127.0.0.1)"
e2e_mtasts domain set one.example addresses=192.0.2.7 >"$T/set.log" 2>&1 ||
	fail "domain set"
e2e_start killed "$MTASTS_BIN/mtasts" --config "$CONF" --store "$T/store" \
	dns push one.example --dns-port "$DNS_PORT"
killed=$E2E_PID
tries=0
until [ -n "$(push_has mta-sts.one.example A 127.0.0.1)" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || break
	sleep 0.1
done
kill -9 "$killed"
wait "$killed" 2>/dev/null
same "it was still waiting" 137 $?
same "it had been written" 192.0.2.7 \
	"$(push_has mta-sts.one.example A 127.0.0.1)"
e2e_mtasts domain set one.example addresses=192.0.2.8 max-age=2d \
	>"$T/set.log" 2>&1 || fail "domain set"
dns push one.example --wait 1
hasnt "it is not foreign" foreign "$OUT"
same "it is replaced" 192.0.2.8 "$(push_has mta-sts.one.example A 127.0.0.1)"
id=$(e2e_mtasts domain show one.example --json | jq -r .id)
same "so is the id" "v=STSv1; id=$id;" \
	"$(push_has _mta-sts.one.example TXT 127.0.0.1)"
hasnt "which is another" "$first_id" "v=STSv1; id=$id;"

# A name that is not registered.
dns push nowhere.example
same "not registered" 1 "$STATUS"
has "not registered" "nowhere.example is not in the registry" "$OUT"
push_secrets
e2e_end
