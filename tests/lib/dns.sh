# dns.sh - what the tests with real DNS servers share
#
#   dns_registry           domains of every kind, in the registry of this test
#   dns_print D ARG...     "mtasts dns D ARG...", in $RECORDS
#   dns_zone D             the beginning of a zone file
#   dns_check D ARG...     every record of "mtasts dns D ARG... --json" is in
#                          DNS at $DNS_PORT, and nothing else at its name
#
# one.example       CNAME to the policy host of all
# two.example       addresses and many report addresses of its own
# alias.example     an alias of one.example
# customer.example  to be delegated to sts.provider.test
# provider.test     whose zone holds the records of customers

# shellcheck disable=SC2034 # for those who read this file
DELEGATE=sts.provider.test

# dns_rua - report addresses whose record is over 255 bytes
dns_rua() {
	printf 'mailto:tls-reports@two.example'
	for dns_n in 1 2 3 4 5 6 7; do
		printf ',https://collector-%s.reports.example.net/v1/tls%%21?d=two.example' \
			"$dns_n"
	done
}

dns_registry() {
	mkdir -p "$T/store" || exit 1
	{
		e2e_mtasts defaults set host=policy.provider.test \
			rua=mailto:tls-reports@provider.test &&
		e2e_mtasts domain add one.example mx=mx.one.example &&
		e2e_mtasts domain add two.example mx=mx.two.example ttl=1h \
			addresses=192.0.2.1,2001:db8::1,192.0.2.2 \
			"rua=$(dns_rua)" &&
		e2e_mtasts domain alias alias.example one.example &&
		e2e_mtasts domain add customer.example mx=mx.customer.example
	} >"$T/registry.log" 2>&1 || fail "the registry cannot be filled"
	rm "$T/registry.log"
}

dns_print() {
	RECORDS=$T/records
	e2e_mtasts dns "$@" >"$RECORDS" 2>"$T/dns.log" || fail "mtasts dns $*"
	same "dns $* complains of nothing" "" "$(cat "$T/dns.log")"
}

dns_zone() {
	printf '%s. 300 IN SOA ns.%s. root.%s. 1 3600 600 86400 300\n' \
		"$1" "$1" "$1"
	printf '%s. 300 IN NS ns.%s.\nns.%s. 300 IN A 127.0.0.1\n' "$1" "$1" "$1"
}

# dns_ask - the data of a name and type: strings joined, names without dot
dns_ask() {
	peers_run kdig "@127.0.0.1" -p "$DNS_PORT" +tcp +short +time=5 \
		"$1." "$2" 2>&1 |
		sed -e 's/\\;/;/g' -e 's/" "//g' -e 's/^"//' -e 's/"$//' \
			-e 's/\([a-z]\)\.$/\1/' | LC_ALL=C sort
}

dns_check() {
	dns_json=$(e2e_mtasts dns "$@" --json 2>/dev/null) ||
		fail "mtasts dns $* --json"
	dns_names=$(printf '%s' "$dns_json" |
		jq -r '.records[] | .name + " " + .type' | sort -u)
	[ -n "$dns_names" ] || fail "dns $* has no records"
	while read -r dns_name dns_type; do
		same "$dns_name $dns_type" "$(printf '%s' "$dns_json" |
			jq -r --arg n "$dns_name" --arg t "$dns_type" \
				'.records[] | select(.name == $n and .type == $t) | .data' |
			LC_ALL=C sort)" "$(dns_ask "$dns_name" "$dns_type")"
		case $dns_type in
		CNAME) ;;
		*) same "$dns_name has no CNAME" "" \
			"$(dns_ask "$dns_name" CNAME)" ;;
		esac
	done <<-END
		$dns_names
	END
}

# dns_lint - what DNS has is a record to the letter. $1 record|tlsrpt, $2 name
dns_lint() {
	dns_text=$(dns_ask "$2" TXT)
	"$MTASTS_BIN/mtasts" lint "$1" "$dns_text" >"$T/lint" 2>&1 ||
		e2e_failed "lint $1 of $2" valid "$dns_text: $(cat "$T/lint")"
}
