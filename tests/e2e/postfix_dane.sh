#!/bin/sh
# Debian's Postfix with DANE, by the recipe of docs/postfix.md: DANE goes first
# where it is complete, MTA-STS holds where it is not, and neither weakens the
# other.
#
# REQ: APP-8 VAL-1 VAL-3 APP-5 DANE-1 DANE-4 DANE-5 DANE-6 DANE-8 DANE-10
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_postfix.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_core.sh"

peers_need postfix knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver

# name - one domain in the signed zone. $1 name, $2 certificate, $3 TLSA or -,
# $4 policy or -
name() {
	lab_domain "$1.dane.example" "mx.$1.dane.example" "$2"
	[ "$3" = - ] || lab_tlsa "mx.$1.dane.example" "$3"
	[ "$4" = - ] ||
		lab_policy "$1.dane.example" "$4" "mx.$1.dane.example"
}

# Where DANE counts, the certificate is one that MTA-STS would refuse.
name alone untrusted good -
name beside untrusted good enforce
name bad good bad enforce
name badalone good bad -
name unusable untrusted unusable enforce
name unusablegood good unusable enforce
name unusablealone untrusted unusable -
name signed good - enforce
name signedbad untrusted - enforce
name nothing untrusted - -
# DANE at one of two hosts, without and with a policy.
name half untrusted - -
lab_domain half.dane.example mx2.half.dane.example untrusted 20
lab_tlsa mx2.half.dane.example good
name halfsts untrusted - enforce
lab_domain halfsts.dane.example mx2.halfsts.dane.example untrusted 20
lab_tlsa mx2.halfsts.dane.example good
# MX records that are not signed lead to hosts that are.
for kind in good bad; do
	lab_domain half-$kind.sts.example mx.half-$kind.dane.example untrusted
	lab_tlsa mx.half-$kind.dane.example $kind
done
# Nothing in this zone can be believed.
lab_domain mail.bogus.example mx.mail.bogus.example good
# And those without DNSSEC.
for kind in good untrusted plain; do
	lab_domain $kind.sts.example mx.$kind.sts.example $kind
	lab_policy $kind.sts.example enforce mx.$kind.sts.example
done
lab_world
lab_conf
lab_resolver
lab_recipe postfix.md postfix-3.4 >"$T/main.cf"
lab_postfix

lab_send to@alone.dane.example to@beside.dane.example to@bad.dane.example \
	to@badalone.dane.example to@unusable.dane.example \
	to@unusablegood.dane.example to@unusablealone.dane.example \
	to@signed.dane.example to@signedbad.dane.example \
	to@nothing.dane.example to@half.dane.example to@halfsts.dane.example \
	to@mail.bogus.example to@half-good.sts.example to@half-bad.sts.example \
	to@good.sts.example to@untrusted.sts.example to@plain.sts.example

has "complete DANE" "OK dane-only" "$(lab_ask QUERY alone.dane.example)"
for domain in alone beside signed unusablegood; do
	lab_verified $domain.dane.example mx.$domain.dane.example
done

has "DANE behind unsigned MX records" "OK dane" \
	"$(lab_ask QUERY half-good.sts.example)"
lab_want to@half-good.sts.example sent "relay=mx.half-good.dane.example["
lab_logged "and the TLSA record was checked" \
	"Trusted TLS connection established to mx.half-good.dane.example["
lab_want to@half-bad.sts.example deferred "$LAB_UNVERIFIED"

# A TLSA record that does not fit defers, however good certificate and policy.
for domain in bad badalone; do
	lab_want to@$domain.dane.example deferred "$LAB_UNVERIFIED"
	lab_logged "$domain: why" "mx.$domain.dane.example[192.0.2."
done
lab_logged "bad: why" "no matching DANE TLSA records"

# A TLSA record that says nothing leaves the policy in force.
for domain in unusable signedbad halfsts; do
	lab_want to@$domain.dane.example deferred "$LAB_UNVERIFIED"
	same "$domain: nothing came" "" "$(lab_came $domain.dane.example)"
done
for domain in nothing unusablealone half; do
	lab_want to@$domain.dane.example sent "relay=mx.$domain.dane.example["
done
lab_want to@mail.bogus.example deferred "Name service error"

lab_verified good.sts.example mx.good.sts.example
lab_want to@untrusted.sts.example deferred "$LAB_UNVERIFIED"
lab_want to@plain.sts.example deferred "TLS is required"
lab_doctor good.sts.example
e2e_end
