#!/bin/sh
# Debian's Postfix without DANE, by the recipe of docs/postfix.md, delivers or
# defers as each domain's policy says.
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
. "$MTASTS_SOURCE/tests/lib/lab_postfix.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_core.sh"

peers_need postfix knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver
lab_core
lab_world
lab_conf
lab_resolver
lab_recipe postfix.md postfix-may >"$T/main.cf"
lab_postfix

lab_core_send
lab_core_checks

# The MX is not the policy's: its certificate is never even asked for.
lab_want to@outside.sts.example deferred "dsn=4.7.5"
lab_logged "outside: why" "no MX"
# One of two is, and Postfix 3.7 finds that out by the certificates.
lab_verified two.sts.example mx.two.sts.example

same "Postfix finds nothing odd in the recipe" "" \
	"$(grep -e fatal -e 'unused parameter' "$T/postfix.log")"
e2e_end
