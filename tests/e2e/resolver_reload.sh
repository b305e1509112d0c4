#!/bin/sh
# SIGHUP: other rules and options hold at once, no question is lost; a bad file
# changes nothing; other DNS servers are asked; what takes a restart is said.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

resolver_begin
STS="OK secure match=mx.one.example servername=hostname"
resolver_conf
resolver_dns "$(zone_for one.example)" "$(zone_for two.example)" \
	"_mta-sts.slow.example TXT silent"
resolver_host one.example two.example
resolver_start

# reload - SIGHUP, and wait for the line that it leaves. $1 pattern
reload() {
	: >"$LOG"
	kill -HUP "$RESOLVER"
	logged "SIGHUP" "$1"
}

rule_checks() {
	same "by the policy" "$STS" "$(ask QUERY one.example)"
	RULES='  one.example: { mta-sts: disable, reason: "broken", until: 2020-01-01 }
  .example: { mta-sts: disable }
  two.example: { mta-sts: optional }'
	resolver_conf
	reload "^info reloaded"
	logged "a rule that has run out" "^warn rule-ended rule=one.example"
	same "by the rule for all below" "NOTFOUND " "$(ask QUERY one.example)"
	same "the longer rule wins" \
		"OK secure match=mx.two.example servername=hostname" \
		"$(ask QUERY two.example)"
	RULES=
	resolver_conf
	reload "^info reloaded"
	same "without the rule" "$STS" "$(ask QUERY one.example)"
}

option_checks() {
	has "no such map" "PERM " "$(ask mine one.example)"
	resolver_conf "unknown-map: postfix" "observe: true"
	reload "^info reloaded"
	same "observe" "NOTFOUND " "$(ask QUERY one.example)"
	logged "and logs what it would say" \
		"^info answer key=one.example .*verdict=sts .*status=NOTFOUND"
	resolver_conf "unknown-map: postfix"
	reload "^info reloaded"
	same "unknown-map" "$STS" "$(ask mine one.example)"
	resolver_conf "unknown-map: what"
	reload "^error reload-failed"
	logged "says why" "unknown-map wants"
	same "the old one holds" "$STS" "$(ask mine one.example)"
	# As a full disk or an editor at work leaves it.
	: >"$T/resolver.yaml"
	reload "^error reload-failed"
	logged "says why" "is empty now"
	same "the old one holds" "$STS" "$(ask mine one.example)"
	resolver_conf "max-connections: 17"
	reload "^info reloaded"
	logged "what takes a restart" \
		"^warn restart-needed .*option=max-connections"
}

# Ask all the time while it reads its configuration again and again.
steady_checks() {
	RULES='  static.example: { reply: "encrypt" }'
	resolver_conf
	reload "^info reloaded"
	rm -f "$T/go"
	client steady 4 "$T/go" "QUERY static.example" >"$T/steady" &
	steady=$!
	until [ -e "$T/go" ]; do sleep 0.1; done
	for _ in 1 2 3 4 5 6 7 8; do
		kill -HUP "$RESOLVER"
		sleep 0.3
	done
	wait "$steady"
	same "no question is lost" "failed 0,OK encrypt" \
		"$(paste -s -d , "$T/steady")"
}

# A question that waits is asked anew of the new servers.
dns_checks() {
	resolver_conf
	reload "^info reloaded"
	(ask postfix slow.example >"$T/slow") &
	slow=$!
	for _ in $(seq 50); do
		[ "$(asked TXT _mta-sts.slow.example)" -gt 0 ] && break
		sleep 0.1
	done
	before=$(asked TXT _mta-sts.slow.example)
	DNS_TIMEOUT=3s resolver_conf
	reload "^info reloaded"
	wait "$slow"
	same "it is answered" "NOTFOUND " "$(cat "$T/slow")"
	[ "$(asked TXT _mta-sts.slow.example)" -gt "$before" ] ||
		e2e_failed "asked again" "more than $before" "as many"
	resolver_conf "unknown-map: postfix"
	sed -i "s|^  ca-file:.*|  ca-file: $T/nowhere.pem|" "$CONF"
	reload "ca-file|nowhere"
	same "authorities that are not there: the old ones hold" "$STS" \
		"$(ask QUERY one.example)"
}

rule_checks
option_checks
steady_checks
dns_checks
resolver_stop
same "exit status" 0 "$STATUS"
e2e_end
