#!/bin/sh
# Postfix 3.10 (of bookworm-backports) by its recipe in docs/postfix.md: it takes
# the answers with TLSRPT attributes, and does with them as older ones do.
#
# REQ: VAL-1 VAL-2 VAL-3 VAL-4 APP-1 APP-2 APP-3 APP-5 FET-10 SEL-5
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
peers_backports postfix
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver
LAB_POSTFIX=$PEERS_BACKPORTS
lab_core
lab_world
lab_conf
lab_resolver
lab_recipe postfix.md postfix-3.10 >"$T/main.cf"
lab_postfix

answer=$(lab_ask QUERYwithTLSRPT two.sts.example)
has "the answer names the policy" "policy_type=sts" "$answer"
has "and its domain" "policy_domain=two.sts.example" "$answer"
has "and its patterns" "mx_host_pattern=mx.two.sts.example" "$answer"
has "and its lines" "{ policy_string = mode: enforce }" "$answer"

lab_core_send
lab_core_checks
lab_want to@outside.sts.example deferred "dsn=4.7.5"
lab_verified two.sts.example mx.two.sts.example
hasnt "Postfix takes all attributes" "TLS policy table" \
	"$(grep -F 'two.sts.example' "$T/postfix.log")"
has "it was Postfix 3.10" "version 3.10" "$(cat "$T/postfix.log")"
lab_doctor good.sts.example
e2e_end
