# push.sh - what the tests of "mtasts dns push" share; after dns.sh
#
#   push_key NAME FILE         a key of TSIG in $FILE, BIND's form; its secret in
#                              $T/secrets for push_secrets
#   push_zone ZONE [ADDR...]   a zone file whose servers ns1, ns2 ... have these
#                              addresses (127.0.0.1)
#   push_conf LINE...          write $CONF: DNS at $DNS_PORT, LINEs below push:
#   push_knot NAME ADDR DIR    start knotd there, DIR/knot.conf being written
#   dns WORD...                mtasts dns WORD...: $OUT, $STATUS
#   push_has NAME TYPE ADDR    the data of a name at one server
#   push_secrets               no secret in logs, output or database

# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/dns.sh"

CONF=$T/mtasts.yaml

push_key() {
	push_secret=$(openssl rand -base64 32)
	echo "$push_secret" >>"$T/secrets"
	printf 'key "%s" {\n\talgorithm hmac-sha256;\n\tsecret "%s";\n};\n' \
		"$1" "$push_secret" >"$2"
	chmod 600 "$2"
}

push_zone() {
	push_name=$1
	shift
	[ $# -gt 0 ] || set -- 127.0.0.1
	printf '%s. 300 IN SOA ns1.%s. root.%s. 1 3600 600 86400 60\n' \
		"$push_name" "$push_name" "$push_name"
	push_n=0
	for push_addr in "$@"; do
		push_n=$((push_n + 1))
		printf '%s. 300 IN NS ns%s.%s.\nns%s.%s. 300 IN A %s\n' \
			"$push_name" "$push_n" "$push_name" "$push_n" \
			"$push_name" "$push_addr"
	done
}

push_conf() {
	{
		cat <<-END
			dns: { backend: stub, server: ["127.0.0.1:$DNS_PORT"] }
			push:
		END
		[ $# -eq 0 ] || printf '  %s\n' "$@"
	} >"$CONF"
}

push_knot() {
	mkdir -p "$3/db"
	{
		cat <<-END
			server:
			    rundir: $3/db
			    listen: $2@$DNS_PORT
			    udp-workers: 1
			    tcp-workers: 2
			    background-workers: 2
			log:
			  - target: stderr
			    any: warning
			database:
			    storage: $3/db
		END
		cat
	} >"$3/knot.conf"
	e2e_start "$1" peers_exec knotd -c "$3/knot.conf"
	push_wait "$2"
}

# push_wait - until a server answers at an address
push_wait() {
	push_tries=0
	until peers_run kdig "@$1" -p "$DNS_PORT" +tcp +time=1 +retry=0 . SOA \
		>/dev/null 2>&1; do
		push_tries=$((push_tries + 1))
		[ "$push_tries" -lt 100 ] || break
		sleep 0.3
	done
	[ "$push_tries" -lt 100 ] ||
		fail "$E2E_NAME does not answer at $1"
}

dns() {
	timeout 120 "$MTASTS_BIN/mtasts" --config "$CONF" --store "$T/store" \
		dns "$@" --dns-port "$DNS_PORT" >"$T/dns.out" 2>&1 </dev/null
	STATUS=$?
	OUT=$(tr -s ' \n' ' ' <"$T/dns.out")
	cat "$T/dns.out" >>"$T/said.log"
}

push_has() {
	peers_run kdig "@$3" -p "$DNS_PORT" +tcp +short +time=5 "$1." "$2" \
		2>&1 | sed -e 's/\\;/;/g' -e 's/" "//g' -e 's/^"//' \
		-e 's/"$//' -e 's/\([a-z]\)\.$/\1/' | LC_ALL=C sort
}

push_secrets() {
	while read -r push_line; do
		push_seen=$(grep -lF -e "$push_line" "$T"/*.log "$T"/*.out \
			"$T"/store/registry.db* 2>/dev/null)
		same "a secret is nowhere" "" "$push_seen"
	done <"$T/secrets"
}
