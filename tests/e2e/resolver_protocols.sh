#!/bin/sh
# Three protocols on every listener of mtasts-resolver, and what no MTA says:
# pieces, pipelines, half a netstring, ten megabytes, nonsense.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

resolver_begin
RULES='  static.example: { reply: "secure match=mx.static.example servername=hostname" }'
OK="OK secure match=mx.static.example servername=hostname"
resolver_conf
resolver_dns
resolver_start

netstring_checks() {
	same "socketmap" "$OK" "$(ask QUERY static.example)"
	same "the map name's case does not matter" "$OK" \
		"$(ask queryWITHtlsrpt static.example)"
	same "over a unix socket" "$OK" \
		"$(client ask_unix "postfix static.example")"
	same "up the parents: at once, without DNS" "NOTFOUND " \
		"$(ask QUERY .static.example)"
	same "an address" "NOTFOUND " "$(ask QUERY '[192.0.2.1]')"
	same "one connection, many questions" \
		"$OK,NOTFOUND ,$OK" "$(client ask "QUERY static.example" \
			"QUERY .example" "sts static.example" | paste -s -d ,)"
	has "an unknown map name" "PERM this map name is not known" \
		"$(ask nonsense static.example)"
	same "and the connection goes on" "$OK" "$(client ask "x y" \
		"QUERY static.example" | tail -n 1)"
	has "no blank" "PERM " "$(client ask "QUERY")"
	same "a byte at a time" "$OK" \
		"$(client in_pieces "QUERY static.example")"
	same "a thousand in one go" "1000 ['$OK']" \
		"$(client pipelined 1000 "QUERY static.example")"
	same "no DNS for any of this" "" "$(cat "$DNSLOG" | grep -v DNSKEY)"
}

# An answer that has to be looked up keeps those behind it waiting.
order_checks() {
	same "replies come in the order of the questions" \
		"NOTFOUND ,$OK,NOTFOUND " "$(client in_order "QUERY new.example" \
			"QUERY static.example" "QUERY other.example" |
			paste -s -d ,)"
}

line_checks() {
	same "mode, half-closed as Exim does" "b'enforce'" \
		"$(client raw 'mode static.example' half)"
	same "mode, with a line end" "b'enforce'" \
		"$(client raw 'mode static.example\n')"
	same "mx that fits" "b''" \
		"$(client raw 'mx static.example mx.static.example\n' half)"
	hasnt "mx that does not" "b''" \
		"$(client raw 'mx static.example mx.evil.example\r\n')"
	same "a domain without a policy" "b'absent'" \
		"$(client raw 'mode .static.example\n')"
	same "tcp_table" \
		"b'200 secure%20match=mx.static.example%20servername=hostname\\n'" \
		"$(client raw 'get static.example\n' half)"
	has "tcp_table, nothing" "b'500 " \
		"$(client raw 'get .example\n' half)"
	same "netstring, half-closed: answered, then closed" \
		"b'53:$OK,'" \
		"$(client raw '20:QUERY static.example,' half)"
}

bad_checks() {
	for bad in '-5:QUERY x,' 'x' '12x:QUERY' '012:QUERY abcde,' \
		'99999999:QUERY' ':QUERY,' '7:QUERY xy' '\x00\x01\x02\r\n\r\n' \
		'GET / HTTP/1.1\r\n\r\n' '10001:Q'; do
		has "closed at once: $bad" "b''" \
			"$(client raw "$bad" half | sed 's/ \[reset\]//')"
	done
	same "half a netstring, then the end" "b''" \
		"$(client raw '20:QUERY sta' half)"
	same "ten megabytes" refused "$(client big 10000000)"
	logged "said once" "^warn request-broken"
	same "five hundred nuisances" "500 closed" "$(client nuisances 500 x)"
	count=$(grep -c "^warn request-broken" "$LOG")
	[ "$count" -lt 100 ] ||
		e2e_failed "they do not flood the log" "few lines" "$count"
	same "slow readers are waited for, their questions not hoarded" \
		"stuck,20000 replies" \
		"$(client slow_reader 20000 "QUERY static.example" |
			paste -s -d ,)"
	same "and others are served meanwhile and afterwards" "$OK" \
		"$(ask QUERY static.example)"
	rss=$(awk '/VmRSS/ { print $2 }' "/proc/$RESOLVER/status")
	[ "$rss" -lt 400000 ] || e2e_failed "memory" "little" "$rss KiB"
}

netstring_checks
order_checks
line_checks
bad_checks
resolver_stop
same "exit status" 0 "$STATUS"
e2e_end
