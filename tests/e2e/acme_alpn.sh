#!/bin/sh
# Certificates by tls-alpn-01: pebble looks at mtasts-host's TLS port, where
# policies are served at the same time. What is pending is seen by nobody who
# does not ask for it by ALPN, and nothing is served on such a connection.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

acme_begin
acme_conf 'challenges: [tls-alpn-01]'
for n in one two three; do
	acme_domain $n.example
done
host_cert two.example
host_start
cert issue one.example
same "issue" 0 "$STATUS"
has "issue says so" "mta-sts.one.example issued, valid until" "$OUT"
logged "the host was told" \
	"^info challenge-begun name=mta-sts.one.example type=tls-alpn-01"
logged "and told again" \
	"^info challenge-ended name=mta-sts.one.example type=tls-alpn-01"
within 3000 "the host serves it" acme_serves one.example
hasnt "what was answered is counted" "=0=" \
	"=$(metric 'mtasts_host_challenges_answered_total{type="tls-alpn-01"}')="
same "nothing is pending" 0 "$(metric mtasts_host_challenges)"

# hook - what uacme calls, by hand. $1 method, $2 type, $3 name
DIGEST=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ
hook() {
	env MTASTS_ACME_TYPES="http-01 tls-alpn-01" \
		MTASTS_ACME_HOST="$T/host.ctl" \
		"$MTASTS_BIN/mtasts-acme-hook" "$1" "$2" "$3" \
		-token_of-uacme "${4:-$DIGEST}" >"$T/hook.out" 2>&1
	STATUS=$?
}
# shows - what a client sees that offers these protocols. $1 ALPN, $2 name
shows() {
	printf 'GET / HTTP/1.1\r\nHost: %s\r\n\r\n' "$2" |
		timeout 10 openssl s_client -connect "127.0.0.1:$HTTPS" \
			-servername "$2" -alpn "$1" -ign_eof \
			>"$T/client.out" 2>&1
	openssl x509 -noout -text -in "$T/client.out" >"$T/client.cert" 2>&1
	cat "$T/client.out" "$T/client.cert"
}

hook begin tls-alpn-01 mta-sts.two.example
same "a challenge by hand" 0 "$STATUS"
seen=$(shows acme-tls/1 mta-sts.two.example)
has "the protocol" "ALPN protocol: acme-tls/1" "$seen"
has "the extension, critical" "1.3.6.1.5.5.7.1.31: critical" "$seen"
has "the digest" "04220420$(printf '%s=' "$DIGEST" | tr -- '-_' '+/' |
	base64 -d | od -An -v -tx1 | tr -d ' \n')" "$(openssl x509 \
	-in "$T/client.out" -outform DER | od -An -v -tx1 | tr -d ' \n')"
has "the name" "DNS:mta-sts.two.example" "$seen"
same "the name alone" 1 "$(grep -c DNS: "$T/client.cert")"
hasnt "nothing is served" "HTTP/1.1" "$seen"
hasnt "no ticket comes" "Post-Handshake New Session Ticket" "$seen"
# In TLS 1.2 it is the same.
seen=$(openssl s_client -connect "127.0.0.1:$HTTPS" -tls1_2 \
	-servername mta-sts.two.example -alpn acme-tls/1 </dev/null 2>&1)
has "TLS 1.2" "ALPN protocol: acme-tls/1" "$seen"
# Others are served as ever, beside it.
get two.example
served two.example
seen=$(shows acme-tls/1,http/1.1 mta-sts.two.example)
hasnt "with another protocol beside it there is no challenge" \
	"1.3.6.1.5.5.7.1.31" "$seen"
has "but the policy host" "HTTP/1.1 404" "$seen"
seen=$(shows acme-tls/1 mta-sts.three.example)
hasnt "a name that is not pending" "1.3.6.1.5.5.7.1.31" "$seen"
has "is refused" "unrecognized name" "$seen"
hook done tls-alpn-01 mta-sts.two.example
same "taken back" 0 "$STATUS"
seen=$(shows acme-tls/1 mta-sts.two.example)
has "then it is refused, too" "unrecognized name" "$seen"

# What the hook declines, and why.
hook begin dns-01 mta-sts.two.example
same "a type that is not wanted" 1 "$STATUS"
same "without a word" "" "$(cat "$T/hook.out")"
hook begin tls-alpn-01 "mta sts"
same "a name that is none" 1 "$STATUS"
has "and why" "a name that is none" "$(tr -s "\n " " " <"$T/hook.out")"
hook begin tls-alpn-01 mta-sts.two.example "${DIGEST}x"
same "a digest that is none" 1 "$STATUS"
hook begin http-01 mta-sts.two.example "$DIGEST"
has "a key authorization of another token" "does not fit" \
	"$(cat "$T/hook.out")"
host_stop
hook begin tls-alpn-01 mta-sts.two.example
same "no host" 1 "$STATUS"
has "and why" "is mtasts-host running?" "$(tr -s "\n " " " <"$T/hook.out")"
cert issue three.example
same "an order without the host" 1 "$STATUS"
has "says what is wrong" "mta-sts.three.example failed" "$OUT"

# Who may announce: root, and control-user; nobody else, even where the socket
# lets everybody connect.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$T"
	# by_nobody - ask as another user
	by_nobody() {
		env MTASTS_ACME_TYPES=tls-alpn-01 \
			MTASTS_ACME_HOST="$T/host.ctl" \
			setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$MTASTS_BIN/mtasts-acme-hook" begin tls-alpn-01 \
			mta-sts.two.example t "$DIGEST" >"$T/hook.out" 2>&1
		STATUS=$?
	}
	host_conf "control: \"unix:$T/host.ctl,mode=0666\""
	host_start
	by_nobody
	same "another user" 1 "$STATUS"
	has "is told so" "challenges take root" "$(cat "$T/hook.out")"
	same "nothing is pending" 0 "$(metric mtasts_host_challenges)"
	host_stop
	host_conf "control: \"unix:$T/host.ctl,mode=0666\"" \
		"control-user: $(id -un 65534)"
	host_start
	by_nobody
	same "control-user" "0 " "$STATUS $(cat "$T/hook.out")"
	host_stop
fi
# A socket that cannot be made does not keep policies from being served.
host_conf "control: /nonexistent/host.ctl"
host_start
logged "it is told" "^error control-off address=/nonexistent/host.ctl"
get two.example
served two.example
host_stop
acme_secrets
e2e_end
