#!/bin/sh
# mtasts-publisher and "mtasts publish --all" at the same time, twice over: the
# same domains, one registry, one authority, one zone. Nobody's work is done
# twice where that costs something, nothing is taken for somebody else's, and
# in the end everything is live.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publab.sh"
publab_enter "$0" "$@"

STS=sts.provider.test
COUNT=12
publab_prepare
for n in $(seq -w 1 $COUNT); do
	name=c$n.cust.test
	echo "$name" >>"$T/customers"
	publab_rr "$name" MX 10 mx.cust.test.
	publab_rr "mta-sts.$name" CNAME "$STS."
	publab_rr "_mta-sts.$name" CNAME "$name._mta-sts.$STS."
	publab_rr "_smtp._tls.$name" CNAME "_smtp._tls.$STS."
done
publab_begin
mt defaults set mx=mx.cust.test delegate=$STS >"$T/defaults.out" 2>&1 ||
	fail "defaults: $(cat "$T/defaults.out")"
publab_publisher

live() {
	[ "$(mt domain list --json |
		jq '[.domains[] | select(.publish.policy == "live")] | length')" \
		-eq $COUNT ]
}
# both - bring all out by hand, two at a time, beside the daemon. $1 what for
both() {
	mt publish --all >"$T/by_hand_1" 2>&1 &
	both_one=$!
	mt publish --all >"$T/by_hand_2" 2>&1 &
	wait $both_one
	hasnt "$1: no foreign record" "not written by mtasts" \
		"$(cat "$T/by_hand_1")"
	wait $!
	hasnt "$1: none there either" "not written by mtasts" \
		"$(cat "$T/by_hand_2")"
	at_last "$1: all are live" 60 live
}

mt domain import "$T/customers" >"$T/import.out" 2>&1
same "the import" 0 $?
both "new"
same "one order for each" "$COUNT $COUNT" "$(sqlite3 -cmd '.timeout 10000' \
	"$T/store/registry.db" \
	"SELECT COUNT(*), COUNT(DISTINCT domain) FROM acme_order" | tr '|' ' ')"
mt defaults set max-age=2w >"$T/set.out" 2>&1 || fail "defaults set"
both "another policy"
same "no order more" "$COUNT" "$(sqlite3 -cmd '.timeout 10000' \
	"$T/store/registry.db" "SELECT COUNT(*) FROM acme_order")"
id=$(mt domain show c07.cust.test --json | jq -r .id)
same "the id at the second server" "v=STSv1; id=$id;" \
	"$(publab_dns 2 c07.cust.test._mta-sts.$STS TXT)"
has "the policy" "max_age: 1209600" "$(publab_served c07.cust.test)"
publisher_stop
same "the daemon ends in order" 0 "$STATUS"
hasnt "it had no trouble" "error" "$(cut -d ' ' -f 1 "$PUB_LOG" | sort -u)"
e2e_end
