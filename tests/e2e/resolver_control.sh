#!/bin/sh
# The control socket of mtasts-resolver, by itself and through the command
# line; who may do what.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

resolver_begin
resolver_conf
resolver_dns "$(zone_for one.example)" "$(zone_for two.example)"
resolver_host one.example two.example
resolver_start
END='{"end":true}'

query_checks() {
	seen=$(ctl '{"do":"query","key":"One.Example"}')
	has "query" '"domain":"one.example"' "$seen"
	has "query: the policy" '"mode":"enforce"' "$seen"
	has "query: the replies" '"QUERY":"OK secure match=mx.one.example' \
		"$seen"
	has "query ends" "$END" "$seen"
	has "no domain" '"error":"' "$(ctl '{"do":"query","key":"a..b"}')"
	has "no key" '"error":"a query needs a key"' "$(ctl '{"do":"query"}')"
	same "reply" \
		'{"reply":"OK secure match=mx.one.example servername=hostname"}' \
		"$(ctl '{"do":"reply","map":"query","key":"one.example"}' |
			head -n 1)"
	has "reply, unknown map" '"error":"the map is' \
		"$(ctl '{"do":"reply","map":"x","key":"one.example"}')"
	before=$(asked TXT _mta-sts.one.example)
	has "query with renew" "$END" \
		"$(ctl '{"do":"query","key":"one.example","renew":true}')"
	has "refresh" "$END" \
		"$(ctl '{"do":"refresh","domain":"one.example"}')"
	same "both ask anew" $((before + 2)) "$(asked TXT _mta-sts.one.example)"
}

cache_checks() {
	ask QUERY two.example >"$T/reply"
	seen=$(ctl '{"do":"list"}')
	same "list: a line each, and the end" 3 \
		"$(printf '%s\n' "$seen" | wc -l)"
	has "list" '{"domain":"two.example","id":"1","mode":"enforce","max_age":604800,"fetched":"' \
		"$seen"
	seen=$(ctl '{"do":"show","domain":"two.example"}')
	has "show" '"text":"version: STSv1\r\nmode: enforce\r\n' "$seen"
	has "show, nothing" '"error":"no policy of this domain' \
		"$(ctl '{"do":"show","domain":"none.example"}')"
	same "purge one" '{"purged":1}' \
		"$(ctl '{"do":"purge","domain":"one.example"}' | head -n 1)"
	same "purge it again" '{"purged":0}' \
		"$(ctl '{"do":"purge","domain":"one.example"}' | head -n 1)"
	logged "who purged is logged" \
		"^info purged domain=one.example purged=1 uid=$(id -u)"
	same "purge all" '{"purged":1}' \
		"$(ctl '{"do":"purge","all":true}' | head -n 1)"
	same "nothing is left" "$END" "$(ctl '{"do":"list"}')"
}

status_checks() {
	seen=$(ctl '{"do":"status"}')
	has "status" "\"pid\":$RESOLVER," "$seen"
	has "status: listeners" "\"unix:$SOCK\"" "$seen"
	has "status: DNSSEC" '"dns_validation":"works"' "$seen"
	has "status: the store" '"store":null' "$seen"
	has "anything else" '"error":"\"do\" is one of' "$(ctl '{"do":"dance"}')"
	has "not even that" '"error":"' "$(ctl '[]')"
}

# To change something takes root, the daemon's user or the group.
rights_checks() {
	[ "$(id -u)" -eq 0 ] || {
		echo "not root: rights are not checked"
		return
	}
	chmod 711 "$T" && chmod 666 "$CTL"
	nobody() {
		setpriv --reuid 65534 --regid 65534 --clear-groups \
			timeout 20 python3 - "$1" <<-END
				import os, socket, sys
				s = socket.socket(socket.AF_UNIX)
				s.connect(os.environ["CTL"])
				s.sendall(sys.argv[1].encode() + b"\n")
				while True:
				    got = s.recv(65536)
				    if not got: break
				    print(got.decode(), end="")
			END
	}
	has "anybody may ask" '"domain":"one.example"' \
		"$(nobody '{"do":"query","key":"one.example"}')"
	for job in '{"do":"purge","all":true}' \
		'{"do":"refresh","domain":"one.example"}' \
		'{"do":"query","key":"one.example","renew":true}'; do
		has "not anybody: $job" 'takes root or' "$(nobody "$job")"
	done
	same "and nothing was purged" 1 \
		"$(ctl '{"do":"list"}' | grep -c one.example)"
}

query_checks
cache_checks
status_checks
rights_checks
resolver_stop
same "exit status" 0 "$STATUS"
[ ! -e "$CTL" ] || e2e_failed "the socket goes with it" "no $CTL" "there"
e2e_end
