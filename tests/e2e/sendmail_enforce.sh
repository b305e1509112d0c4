#!/bin/sh
# Debian's sendmail, by the recipe of docs/sendmail.md, delivers or defers as
# each domain's policy says, and defers when the daemon is silent.
#
# REQ: VAL-1 VAL-2 VAL-3 VAL-4 APP-1 APP-2 APP-3 APP-5 FET-10
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_sendmail.sh"

peers_need sendmail-bin sendmail-cf sensible-mda m4 knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver
lab_core
lab_world
lab_conf
lab_resolver
lab_sendmail

# shellcheck disable=SC2046 # words
lab_send $(printf 'to@%s.sts.example\n' good untrusted expired wrongname \
	plain v6 wild outside two testing none nopolicy bad-expired \
	bad-untrusted bad-wrongname bad-404) "to@$LAB_IDN_A" \
	to@share-a.sts.example,to@share-b.sts.example

# verified - delivered, and the certificate was checked. $1 domain, $2 MX
verified() {
	lab_want "to@$1" "Sent" "relay=$2. ["
	same "$1: TLS 1.3, SNI is the MX" "TLSv1.3 $2" \
		"$(lab_came "$1" | jq -r '.tls + " " + .sni')"
	has "$1: the certificate was checked" "verify=OK" \
		"$(grep -F "STARTTLS=client, relay=$2." "$T/sendmail.log")"
}

for name in good v6; do
	verified $name.sts.example mx.$name.sts.example
done
verified wild.sts.example mx.mail.wild.sts.example
verified two.sts.example mx.two.sts.example
verified "$LAB_IDN_A" "mx.$LAB_IDN_A"
for name in untrusted expired wrongname plain outside; do
	lab_want to@$name.sts.example Deferred "dsn=4."
	same "$name: nothing came" "" "$(lab_came $name.sts.example)"
done
verified share-a.sts.example mx.share-a.sts.example
lab_want to@share-b.sts.example Deferred "relay=mx.share-a.sts.example."
for name in testing none nopolicy bad-expired bad-untrusted bad-wrongname \
	bad-404; do
	lab_want to@$name.sts.example Sent "relay=mx.$name.sts.example. ["
done

# The daemon is silent: all mail waits, whatever the policy would be.
lab_resolver_stop
lab_send silent@good.sts.example silent@nopolicy.sts.example
for name in good nopolicy; do
	lab_want silent@$name.sts.example Deferred "STS lookup temp fail"
done
lab_resolver
lab_again
lab_want to@share-b.sts.example Sent "relay=mx.share-b.sts.example."
for name in good nopolicy; do
	lab_want silent@$name.sts.example Sent "relay=mx.$name.sts.example"
done
lab_doctor good.sts.example
e2e_end
