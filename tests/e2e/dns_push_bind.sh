#!/bin/sh
# "mtasts dns push" into a real BIND, a hidden primary with a secondary that
# answers for the zone, and a key that may write only our names.
#
# REQ: TXT-1 OPS-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"

peers_need bind9 knot knot-dnsutils
e2e_begin mtasts
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/push.sh"
dns_registry
e2e_port && DNS_PORT=$PORT
push_key push.test "$T/tsig.key"
# In the form of nsupdate -y, too.
(umask 077 && echo "hmac-sha256:push.test:$(head -n 1 "$T/secrets")" \
	>"$T/short.key")
mkdir -p "$T/named" "$T/knot"
push_zone one.example 127.0.0.2 >"$T/named/one.example.zone"
{
	push_zone two.example 127.0.0.2
	echo 'outside.two.example. 300 IN TXT "not ours"'
} >"$T/named/two.example.zone"

# bind_zone - a zone of named.conf
bind_zone() {
	cat <<-END
		zone "$1" {
		    type primary;
		    file "$T/named/$1.zone";
		    also-notify { 127.0.0.2 port $DNS_PORT; };
		    allow-transfer { 127.0.0.0/8; };
		    update-policy {
		        grant push.test name _mta-sts.$1. TXT CNAME;
		        grant push.test name _smtp._tls.$1. TXT CNAME;
		        grant push.test name mta-sts.$1. CNAME A AAAA;
		    };
		};
	END
}
{
	cat "$T/tsig.key"
	cat <<-END
		options {
		    directory "$T/named";
		    pid-file none;
		    session-keyfile "$T/named/session.key";
		    listen-on port $DNS_PORT { 127.0.0.1; };
		    listen-on-v6 { none; };
		    notify explicit;
		    notify-delay 0;
		    recursion no;
		    dnssec-validation no;
		};
		controls { };
	END
	bind_zone one.example
	bind_zone two.example
} >"$T/named.conf"
e2e_start named peers_exec named -g -n 1 -c "$T/named.conf"
push_wait 127.0.0.1
push_knot knot 127.0.0.2 "$T/knot" <<END
remote:
  - id: primary
    address: 127.0.0.1@$DNS_PORT
acl:
  - id: notify
    address: 127.0.0.1
    action: notify
template:
  - id: default
    storage: $T/knot
    master: primary
    acl: notify
zone:
  - domain: one.example
  - domain: two.example
END
for zone in one.example two.example; do
	tries=0
	until [ -n "$(push_has "ns1.$zone" A 127.0.0.2)" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "the secondary gets no $zone"
		sleep 0.3
	done
done

push_conf "- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/tsig.key, zones: [one.example] }" \
	"- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/short.key }"
dns push one.example two.example
same "written" 0 "$STATUS"
has "one" "one.example written" "$OUT"
has "two" "two.example written" "$OUT"
dns_check one.example
dns_check two.example
# What was waited for is there by then.
id=$(e2e_mtasts domain show one.example --json | jq -r .id)
same "at the secondary" "v=STSv1; id=$id;" \
	"$(push_has _mta-sts.one.example TXT 127.0.0.2)"
dns diff one.example --json
same "the primary is looked at, too" "127.0.0.1 127.0.0.2" "$(jq -r '
	[.domains[0].records[0].servers[].address] | sort | join(" ")' \
	"$T/dns.out")"

e2e_mtasts domain set one.example max-age=2d addresses=192.0.2.7 \
	>"$T/set.log" 2>&1 || fail "domain set"
dns push one.example
same "changed" 0 "$STATUS"
dns_check one.example
e2e_mtasts domain set one.example addresses=default >"$T/set.log" 2>&1 ||
	fail "domain set"
dns push one.example
same "and back" 0 "$STATUS"
dns_check one.example

# A name that the key may not write.
e2e_mtasts domain add sub.two.example mx=mx.two.example >"$T/set.log" 2>&1 ||
	fail "domain add"
dns push sub.two.example
same "beyond the key" 1 "$STATUS"
has "is refused" "sub.two.example refused" "$OUT"
has "by whom" "127.0.0.1:$DNS_PORT refuses" "$OUT"
same "nothing was written" "" "$(push_has _mta-sts.sub.two.example TXT 127.0.0.1)"
push_secrets
e2e_end
