#!/bin/sh
# Debian's Exim, by the recipe of docs/exim.md, delivers or defers as each
# domain's policy says, and defers when the daemon is silent.
#
# REQ: VAL-1 VAL-2 VAL-3 VAL-4 APP-1 APP-2 APP-3 APP-5 APP-8 FET-10 SEL-5
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_exim.sh"

peers_need exim4-daemon-light knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver
lab_core
# DANE: good without a good certificate, and bad in spite of one.
lab_domain good.dane.example mx.good.dane.example untrusted
lab_tlsa mx.good.dane.example good
lab_policy good.dane.example enforce mx.good.dane.example
lab_domain bad.dane.example mx.bad.dane.example good
lab_tlsa mx.bad.dane.example bad
lab_policy bad.dane.example enforce mx.bad.dane.example
lab_world
lab_conf
lab_resolver
lab_exim

# verified - delivered, and the certificate was checked. $1 domain, $2 MX
verified() {
	lab_want "to@$1" "=>" "T=remote_smtp_sts H=$2 ["
	lab_want "to@$1" "=>" "CV=${3:-yes}"
	same "$1: TLS 1.3, SNI is the MX" "TLSv1.3 $2" \
		"$(lab_came "$1" | jq -r '.tls + " " + .sni')"
}

# shellcheck disable=SC2046 # words
lab_send $(printf 'to@%s.sts.example\n' good untrusted expired wrongname \
	plain v6 wild outside two testing none nopolicy bad-expired \
	bad-untrusted bad-wrongname bad-404) "to@$LAB_IDN" \
	to@good.dane.example to@bad.dane.example \
	to@share-a.sts.example,to@share-b.sts.example

for name in good v6; do
	verified $name.sts.example mx.$name.sts.example
done
verified wild.sts.example mx.mail.wild.sts.example
verified two.sts.example mx.two.sts.example
lab_want to@v6.sts.example "=>" "[fd00:25::1]"
lab_want "to@$LAB_IDN" "=>" "T=remote_smtp_sts H=mx.$LAB_IDN_A ["
lab_want "to@$LAB_IDN" "=>" "CV=yes"
for name in untrusted expired wrongname; do
	lab_want to@$name.sts.example "==" "defer (-37)"
	same "$name: nothing came" "" "$(lab_came $name.sts.example)"
done
lab_want to@plain.sts.example "==" "a TLS session is required"
lab_want to@outside.sts.example "==" \
	"MTA-STS: temp no MX of outside.sts.example fits its policy"
# Of two MX hosts one is the policy's: the other is not even connected to.
same "two: not a byte to the wrong host" "" \
	"$(jq -c 'select(.mx == "evil.two.sts.example")' "$T/world/mail")"
for name in plain outside; do
	same "$name: nothing came" "" "$(lab_came $name.sts.example)"
done
# One message, two policies, one host in common.
verified share-a.sts.example mx.share-a.sts.example
verified share-b.sts.example mx.share-b.sts.example
for name in testing none nopolicy bad-expired bad-untrusted bad-wrongname \
	bad-404; do
	lab_want to@$name.sts.example "=>" "T=remote_smtp H=mx.$name.sts.example"
	lab_want to@$name.sts.example "=>" "CV=no"
done
verified good.dane.example mx.good.dane.example dane
lab_want to@bad.dane.example "==" "T=remote_smtp_sts"
same "bad DANE: nothing came" "" "$(lab_came bad.dane.example)"

# The daemon is silent: all mail waits, whatever the policy would be.
lab_resolver_stop
lab_send silent@good.sts.example silent@nopolicy.sts.example
for name in good nopolicy; do
	lab_want silent@$name.sts.example "==" "the policy service is silent"
done
lab_resolver
lab_again
lab_want silent@good.sts.example "=>" "CV=yes" 1
lab_want silent@nopolicy.sts.example "=>" "T=remote_smtp " 1
lab_doctor good.sts.example
e2e_end
