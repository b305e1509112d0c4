#!/bin/sh
# What goes wrong around mtasts-publisher while it brings domains out: the
# authority fails, hangs, says "too many"; the DNS server refuses updates; one
# server lags behind the other; the daemon itself is killed in the middle. Each
# is told with what to do, what worked before stays, no id is ever ahead of its
# policy, and when the fault is over everything goes on without a command.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publab.sh"
publab_enter "$0" "$@"
STS=sts.provider.test
publab_prepare
for name in zero one two three four; do
	publab_rr $name.cust.test MX 10 mx.cust.test.
	publab_rr mta-sts.$name.cust.test CNAME $STS.
	publab_rr _mta-sts.$name.cust.test CNAME $name.cust.test._mta-sts.$STS.
	publab_rr _smtp._tls.$name.cust.test CNAME _smtp._tls.$STS.
done
publab_begin
mt defaults set mx=mx.cust.test delegate=$STS >"$T/defaults.out" 2>&1 ||
	fail "defaults: $(cat "$T/defaults.out")"

# state - how publishing of a domain is, by the registry. $1 domain, $2 column
state() {
	sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" \
		"SELECT $2 FROM publish WHERE domain = '$1.cust.test'"
}
# is_live - is the id that is served at both servers?
is_live() {
	is_id=$(mt domain show "$1.cust.test" --json | jq -r .id)
	[ "$(publab_dns 1 "$1.cust.test._mta-sts.$STS" TXT)" = \
		"v=STSv1; id=$is_id;" ] &&
		[ "$(publab_dns 2 "$1.cust.test._mta-sts.$STS" TXT)" = \
			"v=STSv1; id=$is_id;" ]
}
# again - somebody wants a domain to be tried now. $1 domain
again() {
	pub_ask "{\"do\":\"publish\",\"domain\":\"$1.cust.test\"}" \
		>"$T/again.out" 2>&1
}

# All is well.
publab_publisher
mt domain add zero.cust.test >"$T/add.out" 2>&1 || fail "add zero"
at_last "a domain is live" 40 is_live zero

# The authority fails: it is told, nothing is published, and it is tried again.
publab_uacme 'echo "uacme: the server is down for maintenance" >&2; exit 2'
mt domain add one.cust.test >"$T/add.out" 2>&1 || fail "add one"
pub_logged "the authority fails" \
	'^warn acme-failed name=mta-sts.one.cust.test .*down for maintenance' 20
pub_logged "so the domain has a problem" \
	'^warn publish-problem domain=one.cust.test .*step=\(certificate\|body\)' 20
same "no id without a policy" "" \
	"$(publab_dns 1 one.cust.test._mta-sts.$STS TXT)"
publab_uacme
# Hours later it is tried again.
publab_step $((6 * 3600))
at_last "it goes on by itself" 40 is_live one

# It hangs: the order is ended, and nobody else waits for ever.
publab_conf
sed -i 's/timeout: 60s/timeout: 2s/' "$CONF"
kill -HUP "$PUB"
pub_logged "the configuration is taken" '^info reloaded'
publab_uacme 'sleep 600'
mt domain add two.cust.test >"$T/add.out" 2>&1 || fail "add two"
pub_logged "it hangs" \
	'^warn acme-failed name=mta-sts.two.cust.test cause=timeout' 20
publab_uacme
publab_conf
kill -HUP "$PUB"
sleep 1
again two
at_last "then it is issued" 40 is_live two

# It says that there were too many: nobody asks it for a while.
publab_uacme 'echo "uacme: unexpected HTTP status code 429" >&2' \
	'echo "{\"type\":\"urn:ietf:params:acme:error:rateLimited\"}" >&2; exit 2'
mt domain add three.cust.test >"$T/add.out" 2>&1 || fail "add three"
pub_logged "too many" '^warn acme-failed name=mta-sts.three.cust.test' 20
orders=$(sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" "SELECT COUNT(*) FROM acme_order")
sleep 3
same "nobody asks again" "$orders" "$(sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" \
	"SELECT COUNT(*) FROM acme_order")"
publab_uacme
publisher_stop
publab_publisher
again three
at_last "later it is issued" 40 is_live three

# The DNS server takes no updates: the policy is served, its id is not out; what
# was out stays.
old=$(publab_dns 1 one.cust.test._mta-sts.$STS TXT)
publab_dns_conf 1 refuse
mt domain set one.cust.test max-age=2w >"$T/set.out" 2>&1 || fail "set one"
pub_logged "updates are refused" \
	'^warn publish-problem domain=one.cust.test .*step=id' 20
has "and the server is named" 192.0.2.53 \
	"$(grep 'publish-problem domain=one' "$PUB_LOG" | tail -n 1)"
same "the old id stays" "$old" "$(publab_dns 1 one.cust.test._mta-sts.$STS TXT)"
has "the new policy is served" "max_age: 1209600" \
	"$(publab_served one.cust.test)"
said=$(mt domain list --problems 2>&1)
has "the list tells" one.cust.test "$said"
publab_dns_conf 1 ""
again one
at_last "then it goes out" 40 is_live one

# One server lags: it is named, and the domain is not live before.
publab_freeze
mt domain set one.cust.test max-age=3w >"$T/set.out" 2>&1 || fail "set one"
lags() {
	[ "$(publab_dns 1 one.cust.test._mta-sts.$STS TXT)" != \
		"$(publab_dns 2 one.cust.test._mta-sts.$STS TXT)" ]
}
at_last "the first server has it" 20 lags
sleep 1
hasnt "it is not told to be live" "$(mt domain show one.cust.test --json |
	jq -r .id)" "$(state one live_id)"
publab_thaw
at_last "when it follows, it is live" 40 is_live one

# Killed in the middle, again and again: it goes on.
publab_uacme 'sleep 0.4'
mt domain add four.cust.test >"$T/add.out" 2>&1 || fail "add four"
for pause in 0.2 0.5 0.9 1.3 1.7; do
	sleep $pause
	kill -9 "$PUB"
	wait "$PUB" 2>/dev/null
	body=$(publab_served four.cust.test 2>&1)
	out=$(publab_dns 1 four.cust.test._mta-sts.$STS TXT)
	case $out,$body in
	,*) ;;
	*,version:*) ;;
	*) e2e_failed "killed: no id before its policy" "a policy" "$out" ;;
	esac
	publab_publisher
done
again four
at_last "four is live" 60 is_live four
same "one certificate, however often" 1 "$(find "$T/certs" \
	-path '*four*' -name fullchain.pem | wc -l)"
publab_secrets
publisher_stop
same "the daemon ends in order" 0 "$STATUS"
e2e_end
