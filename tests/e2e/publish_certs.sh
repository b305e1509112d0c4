#!/bin/sh
# mtasts-publisher gets the certificates of all registered names by itself, and
# renews them: what is added while it runs, after kill -9, with a registry that
# is away. An order under way comes to its end before the daemon. Policies are
# not live here, since policy host and DNS are at no usual port.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publisher.sh"

# mt - the command line, with the configuration, so that it finds the daemon
mt() {
	"$MTASTS_BIN/mtasts" --config "$CONF" "$@"
}

# issued - is a certificate in place for a domain?
issued() {
	[ -n "$(acme_until "$1")" ]
}

acme_begin
[ -x "$MTASTS_BIN/mtasts-publisher" ] || skip "mtasts-publisher is not built"
acme_pebble 40
publisher_conf
acme_domain one.example
acme_domain two.example
host_start
publisher_start
at_last "one is issued" 20 issued one.example
at_last "two is issued" 20 issued two.example
pub_logged "it is told" '^info acme-issued name=mta-sts.one.example'
within 3000 "the host serves it" acme_serves one.example

# What is added is seen at once.
acme_dns set-cname '{"host":"mta-sts.three.example",
	"target":"policy.provider.test"}'
mt domain add three.example mx=mx.three.example >/dev/null ||
	fail "domain add"
at_last "three is issued" 20 issued three.example

# What the daemon tells.
said=$(pub_ask '{"do":"status"}')
same "status" '{"acme":true,"ours":3,"of_others":0,"missing":0,"failing":0}' \
	"$(echo "$said" | head -n 1 |
		jq -c '.certificates | del(.running)')"
said=$(mt status)
has "status for people" "mtasts-publisher" "$said"
has "status: certificates" "3 ours, 0 of others, 0 missing" "$said"
said=$(pub_ask '{"do":"something"}')
has "an unknown request" '"do\" is one of' "$said"
same "metrics" 3 "$(pub_metric 'mtasts_acme_jobs_total{end="issued"}')"
same "the registry is there" 1 "$(pub_metric mtasts_publisher_registry_ok)"

# What does not lead here is told, and the others go on. At a third of their 40
# seconds they are renewed, without anybody.
acme_dns set-cname '{"host":"mta-sts.away.example",
	"target":"elsewhere.test"}'
acme_dns add-a '{"host":"elsewhere.test","addresses":["127.0.0.9"]}'
mt domain add away.example mx=mx.away.example >/dev/null || fail "domain add"
pub_logged "it points elsewhere" \
	'^info publish-by-hand domain=away.example .*step=host'
said=$(mt status)
has "status: somebody has to do it" "1 to be done by hand" "$said"
first=$(acme_until one.example)
renewed() {
	now=$(acme_until "$1")
	[ -n "$now" ] && [ "$now" != "$2" ]
}
at_last "it is renewed by itself" 40 renewed one.example "$first"
same "no order for what points elsewhere" 0 "$(sqlite3 -cmd ".timeout 10000" \
	"$T/store/registry.db" \
	"SELECT COUNT(*) FROM acme_order WHERE domain = 'away.example'")"

# kill -9 in the middle of an order, and on.
acme_uacme 'echo begun >>'"$T"'/begun' 'sleep 1'
acme_dns set-cname '{"host":"mta-sts.four.example",
	"target":"policy.provider.test"}'
mt domain add four.example mx=mx.four.example >/dev/null || fail "domain add"
begun() {
	[ -s "$T/begun" ]
}
at_last "an order has begun" 20 begun
kill -9 "$PUB"
wait "$PUB" 2>/dev/null
publisher_start
at_last "four is issued" 30 issued four.example

# In order: what is under way comes to its end.
rm -f "$T/begun"
acme_dns set-cname '{"host":"mta-sts.five.example",
	"target":"policy.provider.test"}'
mt domain add five.example mx=mx.five.example >/dev/null || fail "domain add"
at_last "an order has begun" 20 begun
publisher_stop
same "its status" 0 "$STATUS"
same "the end" "info ended" "$(tail -n 1 "$PUB_LOG")"
hasnt "nothing was cut" "stop-cut-short" "$(cat "$PUB_LOG")"
grep -q 'acme-issued' "$PUB_LOG" || e2e_failed "the order came to its end" \
	acme-issued "$(tail -n 5 "$PUB_LOG")"
# A second signal does not wait.
acme_uacme 'echo begun >>'"$T"'/begun' 'sleep 30'
rm -f "$T/begun"
acme_dns set-cname '{"host":"mta-sts.six.example",
	"target":"policy.provider.test"}'
mt domain add six.example mx=mx.six.example >/dev/null || fail "domain add"
publisher_start
at_last "an order has begun" 20 begun
kill "$PUB"
pub_logged "it stops" '^info stopping'
kill "$PUB"
e2e_gone "$PUB" || e2e_failed "a second signal" "ends it" "it runs"
wait "$PUB" 2>/dev/null
acme_uacme

# The registry goes away and comes back, with another file in its place.
publisher_start
mv "$T/store/registry.db" "$T/store/away.db"
pub_logged "it is away" '^error registry-away'
sleep 1.2
same "it is not begun afresh" "" "$(ls "$T/store/registry.db" 2>/dev/null)"
mv "$T/store/away.db" "$T/store/registry.db"
pub_logged "it is back" '^info registry-back'
said=$(pub_ask '{"do":"status"}')
has "and used" '"registry":"ok"' "$said"

# One of a later version ends it, with a message.
sqlite3 -cmd '.timeout 10000' "$T/store/registry.db" \
	'PRAGMA user_version = 99; UPDATE revision SET commits = commits + 1'
e2e_gone "$PUB" || {
	e2e_failed "a later version" "it ends" "it runs"
	kill -9 "$PUB"
}
wait "$PUB"
same "its status" 1 $?
has "its message" "finding=store-newer" "$(cat "$PUB_LOG")"
acme_secrets
e2e_end
