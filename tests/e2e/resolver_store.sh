#!/bin/sh
# What mtasts-resolver remembers: over an end, over a kill, while it is being
# read, when policy hosts are gone; and a store it cannot use.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

resolver_begin
STS="OK secure match=mx.one.example servername=hostname"
resolver_conf
resolver_dns "$(zone_for one.example)"
resolver_host one.example
HOST=$E2E_PID
resolver_start
same "looked up" "$STS" "$(ask QUERY one.example)"
resolver_stop
same "exit status" 0 "$STATUS"
kill "$HOST"

# REQ: FET-11
restart_checks() {
	resolver_start
	same "remembered, though the policy host is gone" "$STS" \
		"$(ask QUERY one.example)"
	# A killed one loses nothing that was a second old.
	sleep 1.5
	kill -9 "$RESOLVER"
	wait "$RESOLVER"
	resolver_start
	same "after a kill" "$STS" "$(ask postfix one.example)"
	resolver_stop
}

# DNS is gone, too: what is fresh is applied all the same.
dead_checks() {
	resolver_dns "one.example any silent" "_mta-sts.one.example any silent"
	resolver_start
	same "without DNS, without policy host" \
		"OK secure match=mx.one.example servername=hostname" \
		"$(ask postfix one.example)"
	same "others are as without a policy" "NOTFOUND " \
		"$(ask postfix two.example)"
	resolver_stop
}

folder_checks() {
	mkdir "$T/store/resolver"
	resolver_dns "$(zone_for one.example)"
	resolver_start
	same "a folder of its own in the store: it begins anew there" \
		'{"end":true}' "$(ctl '{"do":"list"}')"
	resolver_stop
	[ -e "$T/store/resolver/policies.db" ] ||
		e2e_failed "its own folder" "policies.db" "none"
	sed -i "s|sqlite:$T/store|sqlite:$T/nowhere|" "$CONF"
	"$MTASTS_BIN/mtasts-resolver" --config "$CONF" >"$T/out" 2>&1
	same "no store: it does not start" 1 $?
	has "and says so" "start-failed" "$(cat "$T/out")"
}

restart_checks
dead_checks
folder_checks
e2e_end
