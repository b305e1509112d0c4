#!/bin/sh
# A provider: fifty customers have set three CNAMEs each, and are imported from a
# list. From then on everything happens by itself: certificates, policies,
# records in the provider's zone, and the roll-out from testing to enforce as
# time goes by. One customer points elsewhere, another one's CAA record forbids;
# a mail server that loses its certificate raises an alarm, and holds back its
# own domain alone.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publab.sh"
publab_enter "$0" "$@"

STS=sts.provider.test
COUNT=${PUBLAB_COUNT:-50} # for who tries things: 10 are faster

# customer - what a customer sets; $1 name, $2 mail server, $3 $4 the host
customer() {
	echo "$1" >>"$T/customers"
	publab_rr "$1" MX 10 "$2."
	publab_rr "mta-sts.$1" "$3" "$4"
	publab_rr "_mta-sts.$1" CNAME "$1._mta-sts.$STS."
	publab_rr "_smtp._tls.$1" CNAME "_smtp._tls.$STS."
}

# at_stage - so many roll-outs are in this stage. $1 stage, $2 count
at_stage() {
	[ "$(mt rollout status --json | jq --arg s "$1" \
		'[.. | objects | select(.stage? == $s and .domain?)] | length')" \
		-ge "$2" ]
}

# live - so many domains are live
live() {
	[ "$(pub_ask '{"do":"status"}' | head -n 1 | jq .domains.live)" \
		-ge "$1" ]
}

publab_prepare
for n in $(seq -w 1 $((COUNT - 1))); do
	customer "c$n.cust.test" mx.cust.test CNAME "$STS."
done
first=c$n.cust.test
customer alone.cust.test own.cust.test CNAME "$STS."
customer away.cust.test mx.cust.test A 192.0.2.99
customer caa.cust.test mx.cust.test A "$PUBLAB_HOST"
publab_rr mta-sts.caa.cust.test CAA '0 issue ";"'
publab_rr own.cust.test A 192.0.2.50
publab_begin
publab_mx own.cust.test 192.0.2.50
mt defaults set mx=auto delegate=$STS >"$T/defaults.out" 2>&1 ||
	fail "defaults: $(cat "$T/defaults.out")"
publab_publisher

mt domain import "$T/customers" >"$T/import.out" 2>&1
same "the import" 0 $?
tail -n 5 "$T/import.out"
# shellcheck disable=SC2046 # words
mt rollout start $(cat "$T/customers") >"$T/start.out" 2>&1
same "roll-outs are begun" 0 $?
began=$(date +%s)
at_last "all of them are live" 120 live "$COUNT"
echo "live after $(($(date +%s) - began)) s"
same "one certificate each" "$COUNT" "$(find "$T/certs" -name fullchain.pem | wc -l)"
id=$(mt domain show $first --json | jq -r .id)
same "one TXT record each, in the provider's zone" "v=STSv1; id=$id;" \
	"$(publab_dns 2 $first._mta-sts.$STS TXT)"
has "the policy of a customer" "mx: mx.cust.test" "$(publab_served $first)"
said=$(mt domain list --problems 2>&1)
echo "$said"
has "what points elsewhere" "away.cust.test" "$said"
has "what CAA forbids" "caa.cust.test" "$said"
hasnt "nothing else" "$first" "$said"

# Two weeks pass.
publab_step $((14 * 86400 + 3600))
began=$(date +%s)
at_last "all of them are enforced" 120 at_stage enforce-day "$COUNT"
at_last "and live so" 120 live "$COUNT"
echo "enforced after $(($(date +%s) - began)) s"
has "the policy of a customer" "mode: enforce" "$(publab_served $first)"

# A mail server loses its certificate.
publab_mx_cert own.cust.test expired
publab_step 86400
pub_logged "the alarm" '^error rollout-alarm domain=alone.cust.test' 60
has "with the command that ends it" "mtasts rollout back alone.cust.test" \
	"$(grep '^error rollout-alarm' "$PUB_LOG" | head -n 1)"
publab_step $((7 * 86400))
at_last "the others go on" 120 at_stage enforce-week $((COUNT - 1))
said=$(mt rollout status alone.cust.test 2>&1)
has "its own is held" "enforce-day" "$said"
same "no other alarm" alone.cust.test "$(sed -n \
	's/^error rollout-alarm domain=\([^ ]*\) .*/\1/p' "$PUB_LOG" | sort -u)"
mt rollout back alone.cust.test >"$T/back.out" 2>&1
same "back" 0 $?
serves_testing() {
	publab_served alone.cust.test | grep -q 'mode: testing'
}
at_last "it is in testing again" 20 serves_testing
publab_secrets
publisher_stop
same "the daemon ends in order" 0 "$STATUS"
e2e_end
