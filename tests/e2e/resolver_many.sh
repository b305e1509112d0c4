#!/bin/sh
# Many at once: a thousand connections, ten thousand questions for one unknown
# domain (one lookup), as many for different ones while DNS is dead (all of
# them answered by their deadline, memory bounded), connections over the limit.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

[ "$(ulimit -Hn)" -ge 13000 ] || skip "needs 13,000 descriptors"
ulimit -n "$(ulimit -Hn)"
resolver_begin
RULES='  static.example: { reply: "secure match=mx.static.example servername=hostname" }'
OK="OK secure match=mx.static.example servername=hostname"

thousand_checks() {
	resolver_conf "max-connections: 4000"
	resolver_dns "$(zone_for one.example)"
	resolver_host one.example
	resolver_start
	same "a thousand connections" \
		"unanswered 0,1000 $OK" "$(client crowd 1000 20 \
			"QUERY static.example" | head -n 2 | paste -s -d ,)"
	same "all ask for one unknown domain" "unanswered 0,3000 OK secure match=mx.one.example servername=hostname" \
		"$(client crowd 3000 20 "postfix one.example" | head -n 2 |
			paste -s -d ,)"
	same "one lookup for all of them" 1 "$(asked TXT _mta-sts.one.example)"
	same "one for the MX records" 1 "$(asked MX one.example)"
	resolver_stop
	same "exit status" 0 "$STATUS"
}

dead_checks() {
	resolver_conf "max-connections: 11000"
	resolver_dns "_mta-sts.dead.example any silent"
	kill "$RESOLVER_DNS"
	e2e_start silence python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', $DNSPORT))
time.sleep(100)"
	e2e_wait udp "$DNSPORT"
	DNS_TIMEOUT=20s resolver_conf "max-connections: 11000"
	resolver_start
	client crowd 10000 15 "postfix d%d.example" >"$T/dead"
	same "all are answered" "unanswered 0" "$(head -n 1 "$T/dead")"
	same "as without a policy" "10000 NOTFOUND " "$(sed -n 2p "$T/dead")"
	has "by their deadline" " $(sed -n 's/^longest //p' "$T/dead")" \
		" 8 s 9 s 10 s"
	rss=$(awk '/VmHWM/ { print $2 }' "/proc/$RESOLVER/status")
	echo "$rss KiB at most with 10,000 different questions"
	[ "$rss" -lt "${RSS_MAX:-900000}" ] ||
		e2e_failed "memory" "bounded" "$rss KiB"
	same "who is known is answered as ever" "$OK" \
		"$(ask QUERY static.example)"
	resolver_stop
	same "exit status" 0 "$STATUS"
}

limit_checks() {
	resolver_conf "max-connections: 100"
	resolver_start
	rm -f "$T/ready" "$T/go"
	client hold 100 "$T/ready" "$T/go" >"$T/held" &
	holder=$!
	for _ in $(seq 100); do
		[ -e "$T/ready" ] && break
		sleep 0.1
	done
	same "at the limit, another is let in" "$OK" \
		"$(ask QUERY static.example)"
	: >"$T/go"
	wait "$holder"
	same "for the one that was idle longest" "answered 99" \
		"$(cat "$T/held")"
	resolver_stop
}

thousand_checks
dead_checks
limit_checks
e2e_end
