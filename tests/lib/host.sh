# host.sh - what the tests of mtasts-host share
#
#   host_begin               folder, authority, free ports, in $HTTPS $HTTP
#                            and $METRICS
#   host_domain D [WORD...]  mtasts domain add D WORD...
#   host_cert D [NAME...]    a certificate for mta-sts.D where it is looked for
#   host_policy D            the exact text that a domain added so has
#   host_conf [LINE...]      write $CONF; "key: value" of host: wins
#   host_start [WRAPPER...]  run it; it is ready afterwards; $HOST is its id
#   host_stop                end it in order; its status is in $STATUS
#   get D [OPTION...]        ask over TLS with curl: $STATUS, $T/head, $T/body
#   plain D [OPTION...]      the same without TLS
#   header NAME              a field of the last answer
#   metric NAME              the value of a series, labels included
#   logged WHAT PATTERN      its log has a line like this, soon
#   within MS WHAT COMMAND   the command holds for what begins MS later

# SC1091: found through MTASTS_SOURCE; shellcheck cannot follow.
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_ca.sh"

HOST_PATH=/.well-known/mta-sts.txt

host_begin() {
	e2e_begin mtasts mtasts-host
	mkdir -p "$T/store" "$T/certs" || exit 1
	e2e_port && HTTPS=$PORT
	e2e_port && HTTP=$PORT
	e2e_port && METRICS=$PORT
	CONF=$T/mtasts.yaml
	HOST_LOG=$T/host.log
	lab_ca_init "$T/ca" >"$T/ca.out" 2>&1 || fail "no laboratory CA"
}

host_domain() {
	host_name=$1
	shift
	e2e_mtasts domain add "$host_name" "mx=mx.$host_name" "$@" \
		>"$T/domain.out" 2>&1 ||
		fail "domain add $host_name: $(cat "$T/domain.out")"
}

host_cert() {
	host_name=$1
	shift
	lab_ca_issue "$T/ca" "mta-sts.$host_name" \
		"$T/certs/mta-sts.$host_name" "$@" >"$T/ca.out" 2>&1 ||
		fail "no certificate: $(cat "$T/ca.out")"
}

host_policy() {
	printf 'version: STSv1\r\nmode: testing\r\nmx: mx.%s\r\nmax_age: 604800\r\n' \
		"$1"
}

host_conf() {
	{
		echo "store: { url: \"sqlite:$T/store\" }"
		echo "host:"
		{
			cat <<-END
				https: ["127.0.0.1:$HTTPS"]
				http: ["127.0.0.1:$HTTP"]
				certificates: ["$T/certs"]
				metrics: "127.0.0.1:$METRICS"
				workers: 2
				control: ""
			END
			[ $# -eq 0 ] || printf '%s\n' "$@"
		} | awk -F: '
			{ line[$1] = $0 }
			END { for (key in line) print "  " line[key] }'
	} >"$CONF"
}

host_start() {
	rm -f "$HOST_LOG"
	e2e_start host "$@" "$MTASTS_BIN/mtasts-host" --config "$CONF"
	HOST=$E2E_PID
	host_tries=0
	until grep -qs '^info started' "$HOST_LOG"; do
		kill -0 "$HOST" 2>/dev/null || fail "mtasts-host ended at start"
		host_tries=$((host_tries + 1))
		[ "$host_tries" -lt 200 ] || fail "mtasts-host is never ready"
		sleep 0.05
	done
}

host_stop() {
	kill "$HOST"
	e2e_gone "$HOST" || fail "mtasts-host does not end"
	wait "$HOST"
	STATUS=$?
}

# host_curl - $1 scheme, $2 port, $3 domain, then curl's options
host_curl() {
	host_url="$1://mta-sts.$3:$2$HOST_PATH"
	host_at="mta-sts.$3:$2:127.0.0.1"
	shift 3
	: >"$T/body"
	STATUS=$(curl -sS -m 10 --noproxy '*' --cacert "$T/ca/ca.pem" \
		-o "$T/body" -D "$T/head" -w '%{http_code}' --path-as-is \
		--resolve "$host_at" "$@" "$host_url" 2>"$T/curl")
	[ -s "$T/curl" ] && STATUS="$STATUS $(tr '\n' ' ' <"$T/curl")"
	: # what curl says is in $STATUS
}

get() {
	host_curl https "$HTTPS" "$@"
}

plain() {
	host_curl http "$HTTP" "$@"
}

header() {
	tr -d '\r' <"$T/head" | sed -n "s/^$1: //Ip"
}

# served - the last answer was the policy of a domain, byte for byte
served() {
	same "$1: status" 200 "$STATUS"
	host_policy "$1" >"$T/want"
	same "$1: its policy" "$(od -c <"$T/want")" "$(od -c <"$T/body")"
}

metric() {
	curl -sS -m 10 --noproxy '*' "http://127.0.0.1:$METRICS/metrics" |
		awk -v name="$1" '
			substr($0, 1, length(name) + 1) == name " " {
				print $NF
			}'
}

logged() {
	host_tries=0
	until grep -qs -e "$2" "$HOST_LOG"; do
		host_tries=$((host_tries + 1))
		[ "$host_tries" -lt 100 ] || {
			e2e_failed "$1: in the log" "$2" \
				"$(tail -n 5 "$HOST_LOG")"
			return 1
		}
		sleep 0.05
	done
	E2E_GOOD=$((E2E_GOOD + 1))
}

now_ms() {
	date +%s%3N
}

# within - what is asked later than so many milliseconds from now must hold
within() {
	host_end=$(($(now_ms) + $1))
	host_what=$2
	shift 2
	while :; do
		host_asked=$(now_ms)
		"$@" && break
		[ "$host_asked" -le "$host_end" ] || {
			e2e_failed "$host_what" "soon: $*" \
				"not yet; the last answer was $STATUS"
			return 1
		}
		sleep 0.05
	done
	E2E_GOOD=$((E2E_GOOD + 1))
}

# serves - for within: does the host serve this policy text? $1 domain, $2 text
serves() {
	plain "$1"
	[ "$STATUS" = 200 ] && [ "$(cat "$T/body")" = "$2" ]
}
