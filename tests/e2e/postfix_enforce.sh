#!/bin/sh
# Debian's Postfix without DANE, by the recipe of docs/postfix.md, delivers or
# defers as each domain's policy says.
#
# REQ: VAL-1 VAL-2 VAL-3 VAL-4 APP-1 APP-2 APP-3 APP-5 FET-10 SEL-1 SEL-5
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
lab_core
# A smart host has the policy of its own name, whatever the recipient's is.
lab_domain smart.sts.example relay.sts.example untrusted
lab_policy relay.sts.example enforce relay.sts.example
lab_world
lab_conf
lab_resolver
lab_recipe postfix.md postfix-may >"$T/main.cf"
echo 'transport_maps = inline:{ smart.sts.example=smtp:[relay.sts.example]:25 }' \
	>>"$T/main.cf"
lab_postfix

lab_core_send
lab_send to@smart.sts.example
lab_core_checks

# The MX is not the policy's: its certificate is never even asked for.
lab_want to@outside.sts.example deferred "dsn=4.7.5"
lab_logged "outside: why" "no MX"
# One of two is, and Postfix 3.7 finds that out by the certificates.
# REQ: APP-6
lab_verified two.sts.example mx.two.sts.example
lab_want to@smart.sts.example deferred "$LAB_UNVERIFIED"
same "smart host: nothing came" "" "$(lab_came smart.sts.example)"

same "Postfix finds nothing odd in the recipe" "" \
	"$(grep -e fatal -e 'unused parameter' "$T/postfix.log")"
lab_doctor good.sts.example
e2e_end
