# proxy.sh - what the tests of the three web servers share
#
#   proxy_begin              registry, certificates, mtasts-host behind it
#   proxy_print KIND ADDR    the printed configuration, untouched, in $CONF;
#                            ADDR: $HOST_TCP or $HOST_UNIX
#   proxy_checks             everything a stranger may see
#   proxy_plain_checks       plain HTTP: ACME challenges only
#   proxy_policy_checks D    the policy of one domain alone
#   proxy_down_check         and when mtasts-host is not there
#
# Two domains; a third one is registered but not configured in the web server.

# SC1091: found through MTASTS_SOURCE; shellcheck cannot follow.
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_ca.sh"

SPOOF=198.51.100.77

# proxy_policy - the exact policy of a domain
proxy_policy() {
	printf 'version: STSv1\r\nmode: testing\r\nmx: mx.%s\r\nmax_age: 604800\r\n' \
		"$1"
}

# proxy_host - start mtasts-host, plain HTTP on loopback only
proxy_host() {
	cat >"$T/mtasts.yaml" <<-END
		store: { url: "sqlite:$T/store" }
		host:
		  https: []
		  http: ["$HOST_TCP", "$HOST_UNIX,mode=666"]
		  certificates: []
		  workers: 1
		  metrics: ""
		  control: ""
	END
	e2e_start host "$MTASTS_BIN/mtasts-host" --config "$T/mtasts.yaml"
	HOST_PID=$E2E_PID
	e2e_wait tcp "$HOST_PORT"
}

proxy_begin() {
	e2e_begin mtasts mtasts-host
	# web servers drop their rights and must still read the web root
	chmod 755 "$T"
	mkdir -p "$T/store" "$T/certs" \
		"$T/www/.well-known/acme-challenge" || exit 1
	echo token.thumbprint >"$T/www/.well-known/acme-challenge/token"
	e2e_port && HOST_PORT=$PORT
	HOST_TCP=127.0.0.1:$HOST_PORT
	HOST_UNIX=unix:$T/host.sock
	for domain in one.example two.example third.example; do
		e2e_mtasts domain add "$domain" "mx=mx.$domain" \
			>"$T/domain.log" 2>&1 || fail "domain add $domain"
	done
	rm -f "$T/domain.log"
	lab_ca_init "$T/ca" >"$T/ca.log" 2>&1 || fail "no laboratory CA"
	for domain in one.example two.example; do
		lab_ca_issue "$T/ca" "mta-sts.$domain" \
			"$T/certs/mta-sts.$domain" "mta-sts.$domain" \
			>>"$T/ca.log" 2>&1 || fail "no certificate"
	done
	rm -f "$T/ca.log"
	proxy_host
}

proxy_print() {
	e2e_port && TLS_PORT=$PORT
	e2e_port && WEB_PORT=$PORT
	CONF=$T/printed-$TLS_PORT.conf
	e2e_mtasts proxy "$1" one.example two.example \
		--upstream "$2" --certificates "$T/certs" \
		--webroot "$T/www" --listen "$TLS_PORT" \
		--http-port "$WEB_PORT" >"$CONF" 2>"$T/proxy.log" ||
		fail "mtasts proxy $1"
	same "proxy $1 complains of nothing" "" "$(cat "$T/proxy.log")"
}

# get - ask the web server at $ADDR: $STATUS, $T/head, $T/body
ADDR=127.0.0.1
get() {
	get_domain=$1
	get_path=$2
	shift 2
	: >"$T/body"
	STATUS=$(curl -sS -m 10 --cacert "$T/ca/ca.pem" -o "$T/body" \
		-D "$T/head" -w '%{http_code}' --path-as-is \
		--resolve "mta-sts.$get_domain:$TLS_PORT:$ADDR" "$@" \
		"https://mta-sts.$get_domain:$TLS_PORT$get_path" 2>"$T/curl")
	[ -s "$T/curl" ] && STATUS="$STATUS $(cat "$T/curl")"
}

# header - the value of a header of the last answer, without CR
header() {
	tr -d '\r' <"$T/head" | sed -n "s/^$1: //Ip"
}

# proxy_policy_checks - the right policy of one domain
proxy_policy_checks() {
	get "$1" /.well-known/mta-sts.txt
	same "$1: status" 200 "$STATUS"
	proxy_policy "$1" >"$T/want"
	same "$1: its policy, byte for byte" "$(od -c <"$T/want")" \
		"$(od -c <"$T/body")"
	has "$1: media type" text/plain "$(header content-type)"
	same "$1: no redirect" "" "$(header location)"
	case $(header cache-control) in
	"" | max-age=[0-9] | max-age=[1-5][0-9] | max-age=60 | no-*) ;;
	*) e2e_failed "$1: cached for a minute at most" "max-age=60" \
		"$(header cache-control)" ;;
	esac
	get "$1" /.well-known/mta-sts.txt -H 'Accept-Encoding: gzip, br, zstd'
	same "$1: not compressed" "" "$(header content-encoding)"
	same "$1: the same when compression is offered" "$(od -c <"$T/want")" \
		"$(od -c <"$T/body")"
	get "$1" /.well-known/mta-sts.txt -I
	same "$1: HEAD" 200 "$STATUS"
}

# proxy_other_checks - what is not the policy file is not there
proxy_other_checks() {
	for path in / /index.html /.well-known/ /.well-known/mta-sts.txt2 \
		/.well-known/mta-sts.txt/x /mta-sts.txt \
		/.well-known/acme-challenge/nothing \
		/.well-known/x/../../etc/passwd; do
		get one.example "$path"
		same "path $path" 404 "$STATUS"
		same "path $path: no redirect" "" "$(header location)"
	done
}

# proxy_stranger_checks - names that are not configured here
proxy_stranger_checks() {
	get unknown.example /.well-known/mta-sts.txt
	has "unknown name: no certificate for it" "000" "$STATUS"
	get unknown.example /.well-known/mta-sts.txt -k
	hasnt "unknown name: no policy" "mx:" "$(cat "$T/body")"
	# Caddy answers 200 and nothing for names it does not know
	get one.example /.well-known/mta-sts.txt -H 'Host: unknown.example'
	hasnt "unknown Host: no policy" "mx:" "$(cat "$T/body")"
}

# proxy_spoof_checks - the host's log has the real address of the client
proxy_spoof_checks() {
	lines=$(wc -l <"$T/host.log")
	get one.example /.well-known/mta-sts.txt \
		-H "X-Forwarded-For: $SPOOF" -H "Forwarded: for=$SPOOF"
	same "with a forged X-Forwarded-For" 200 "$STATUS"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(wc -l <"$T/host.log")" -gt "$lines" ] && break
		sleep 0.1
	done
	line=$(tail -n "+$((lines + 1))" "$T/host.log")
	has "the client is in the host's log" "client=127.0.0.1 " "$line"
	hasnt "the forged address is not" "$SPOOF" "$(cat "$T/host.log")"
}

# proxy_plain_checks - plain HTTP has answers to ACME challenges only
proxy_plain_checks() {
	for domain in one.example two.example; do
		same "$domain: ACME challenge" token.thumbprint "$(curl -sS \
			-m 10 -H "Host: mta-sts.$domain" "http://127.0.0.1:$WEB_PORT/.well-known/acme-challenge/token")"
		same "$domain: no policy by plain HTTP" 404 "$(curl -sS -m 10 \
			-o "$T/body" -w '%{http_code}' -H "Host: mta-sts.$domain" \
			"http://127.0.0.1:$WEB_PORT/.well-known/mta-sts.txt")"
	done
}

# proxy_v6_check - the other family
proxy_v6_check() {
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null || return 0
	ADDR='[::1]'
	get two.example /.well-known/mta-sts.txt
	ADDR=127.0.0.1
	same "over IPv6" 200 "$STATUS"
}

proxy_checks() {
	proxy_policy_checks one.example
	proxy_policy_checks two.example
	proxy_other_checks
	proxy_stranger_checks
	proxy_spoof_checks
	proxy_v6_check
}

# proxy_down_check - without mtasts-host there is no stale policy either
proxy_down_check() {
	kill "$HOST_PID"
	e2e_gone "$HOST_PID" || fail "mtasts-host does not end"
	get one.example /.well-known/mta-sts.txt
	case $STATUS in
	50[234]) E2E_GOOD=$((E2E_GOOD + 1)) ;;
	*) e2e_failed "mtasts-host is down" "502, 503 or 504" "$STATUS" ;;
	esac
}
