#!/bin/sh
# mtasts-host over TLS, asked with curl and openssl: certificates by folder,
# by name, of certbot and dehydrated, wildcards; SNI, versions, ALPN; the exact
# answer.
set -u
# shellcheck disable=SC1091,SC2317 # "within" calls some functions by name
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

host_begin
IDN=bücher.example
IDN_A=xn--bcher-kva.example

# names - all the ways in which a certificate may lie there
names() {
	for domain in one.example two.example wild.example deep.wild.example \
		fresh.example liar.example nocert.example; do
		host_domain "$domain"
	done
	e2e_mtasts domain add "$IDN" mx=mx.$IDN_A >"$T/domain.out" 2>&1 ||
		fail "domain add $IDN: $(cat "$T/domain.out")"
	e2e_mtasts domain alias alias.example one.example \
		>"$T/domain.out" 2>&1 || fail "domain alias"
	host_cert one.example
	# certbot: one folder for all names, links into an archive
	lab_ca_issue "$T/ca" www.two.example "$T/archive/www" \
		mta-sts.two.example mta-sts.$IDN_A mta-sts.alias.example ||
		fail "no certificate"
	mkdir -p "$T/live/www.two.example" "$T/dehydrated"
	for file in fullchain privkey; do
		ln -s "../../archive/www/$file.pem" \
			"$T/live/www.two.example/$file.pem"
	done
	# dehydrated: links beside the files of each time
	lab_ca_issue "$T/ca" mta-sts.fresh.example "$T/dehydrated/fresh" ||
		fail "no certificate"
	for file in fullchain privkey; do
		mv "$T/dehydrated/fresh/$file.pem" \
			"$T/dehydrated/fresh/$file-1700000000.pem"
		ln -s "$file-1700000000.pem" "$T/dehydrated/fresh/$file.pem"
	done
	lab_ca_issue "$T/ca" '*.wild.example' "$T/certs/wild" ||
		fail "no certificate"
	lab_ca_issue "$T/ca" mta-sts.other.example \
		"$T/certs/mta-sts.liar.example" || fail "no certificate"
}

# client - openssl's client, without its talk: what it says is in $SAID
client() {
	SAID=$(printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' \
		"$HOST_PATH" "${CLIENT_HOST:-mta-sts.one.example}" |
		timeout 10 openssl s_client -connect "127.0.0.1:$HTTPS" \
			-CAfile "$T/ca/ca.pem" -ign_eof "$@" 2>&1)
}

# REQ: POL-1 POL-2 FET-1 FET-2 FET-9
policy_checks() {
	for domain in one.example two.example wild.example fresh.example; do
		within 3000 "$domain: a certificate is found" gets "$domain"
		served "$domain"
	done
	get $IDN_A
	same "international name" "200 mx.$IDN_A" \
		"$STATUS $(tr -d '\r' <"$T/body" | sed -n 's/^mx: //p')"
	get alias.example
	host_policy one.example >"$T/want"
	same "an alias serves its target's policy" "$(cat "$T/want")" \
		"$(cat "$T/body")"
	# Not one byte more than is needed, and the same over plain HTTP
	get one.example
	same "fields" "Content-Length Content-Type Date Server" "$(tr -d '\r' \
		<"$T/head" | sed -n 's/^\([A-Za-z-]*\): .*/\1/p' | sort |
		paste -s -d ' ')"
	same "status line" "HTTP/1.1 200 OK" "$(head -n 1 "$T/head" | tr -d '\r')"
	same "media type" "text/plain; charset=utf-8" "$(header content-type)"
	same "length" "$(wc -c <"$T/want")" "$(header content-length)"
	has "date" "$(date -u '+%d %b %Y')" "$(header date)"
	get one.example -I
	same "HEAD: status" 200 "$STATUS"
	same "HEAD: length" "$(wc -c <"$T/want")" "$(header content-length)"
	get one.example --http1.0
	served one.example
	get one.example --http2
	served one.example
	plain one.example
	served one.example
	same "behind a proxy it may be kept a minute" max-age=60 \
		"$(header cache-control)"
}

# gets - for within: is there any answer?
gets() {
	get "$1"
	[ "$STATUS" = 200 ]
}

# REQ: FET-6
other_checks() {
	for path in / /mta-sts.txt /.well-known/mta-sts.txt/ \
		/.well-known/MTA-STS.txt //.well-known/mta-sts.txt \
		/.well-known/%6dta-sts.txt /x/../.well-known/mta-sts.txt \
		'/.well-known/mta-sts.txt%00' /metrics; do
		get one.example --request-target "$path"
		same "path $path" 404 "$STATUS"
		same "path $path: no redirect" "" "$(header location)"
		has "path $path: says what is here" RFC "$(cat "$T/body")"
	done
	get one.example --request-target "$HOST_PATH?x=1"
	served one.example
	get one.example -X POST
	same "POST" "405 GET, HEAD" "$STATUS $(header allow)"
	get one.example -d x=1
	same "POST with a body" "405 close" "$STATUS $(header connection)"
	get one.example -H 'Host: mta-sts.two.example'
	same "another Host than SNI" 421 "$STATUS"
	hasnt "another Host than SNI" "mx:" "$(cat "$T/body")"
	get one.example -H 'Host: MTA-STS.One.Example.:8443'
	served one.example
	plain unknown.example
	same "unknown domain" 404 "$STATUS"
	plain one.example -H 'Host: one.example'
	same "Host without mta-sts." 404 "$STATUS"
}

# REQ: FET-1 FET-15
name_checks() {
	for name in mta-sts.nocert.example mta-sts.liar.example \
		mta-sts.deep.wild.example mta-sts.unknown.example; do
		client -servername "$name"
		has "$name: ends the handshake" "unrecognized name" "$SAID"
		hasnt "$name: shows no certificate" "BEGIN CERT" "$SAID"
	done
	client -noservername
	has "no SNI: ends the handshake" "unrecognized name" "$SAID"
	client -servername mta-sts.one.example -verify_return_error \
		-verify_hostname mta-sts.one.example
	has "the chain is sent and fits" "Verify return code: 0 (ok)" "$SAID"
	client -servername MTA-STS.ONE.example
	has "SNI in capitals" "mx: mx.one.example" "$SAID"
}

version_checks() {
	client -servername mta-sts.one.example -tls1_1 -cipher 'ALL:@SECLEVEL=0'
	has "TLS 1.1" "alert protocol version" "$SAID"
	for version in 1_2 1_3; do
		client -servername mta-sts.one.example -tls$version
		has "TLS $version" "mx: mx.one.example" "$SAID"
	done
	client -servername mta-sts.one.example -alpn h2,http/1.1
	has "ALPN chooses http/1.1" "ALPN protocol: http/1.1" "$SAID"
	client -servername mta-sts.one.example -alpn http/1.0
	has "ALPN of old clients" "ALPN protocol: http/1.0" "$SAID"
	client -servername mta-sts.one.example -alpn h2
	has "ALPN without it" "no application protocol" "$SAID"
}

# REQ: FET-15
# A session is resumed under its own name only (RFC 6066 section 3).
resume_checks() {
	for version in 1_2 1_3; do
		client -servername mta-sts.one.example -tls$version \
			-sess_out "$T/session"
		client -servername mta-sts.one.example -tls$version \
			-sess_in "$T/session"
		has "TLS $version: resumed" "Reused, TLS" "$SAID"
		client -servername mta-sts.two.example -tls$version \
			-sess_in "$T/session"
		has "TLS $version: another name begins anew" "New, TLS" "$SAID"
		has "TLS $version: and is that name" "421" "$SAID"
		client -servername mta-sts.unknown.example -tls$version \
			-sess_in "$T/session"
		has "TLS $version: unknown in spite of a session" \
			"unrecognized name" "$SAID"
		client -noservername -tls$version -sess_in "$T/session"
		has "TLS $version: no SNI in spite of a session" \
			"unrecognized name" "$SAID"
	done
	client -servername mta-sts.one.example -sess_in "$T/session" \
		-early_data "$CONF"
	hasnt "no early data" "Early data was accepted" "$SAID"
}

# renegotiation - what TLS 1.2 clients may not do
renegotiation() {
	(
		echo R
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			grep -q 'no renegotiation' "$T/talk" && break
			sleep 0.2
		done
	) | timeout 10 openssl s_client -connect "127.0.0.1:$HTTPS" -tls1_2 \
		-servername mta-sts.one.example >"$T/talk" 2>&1
	has "no renegotiation" "no renegotiation" "$(cat "$T/talk")"
}

# REQ: FET-15
default_checks() {
	host_stop
	same "ends in order" 0 "$STATUS"
	host_conf "certificates: [\"$T/certs\"]" \
		'default-certificate: mta-sts.one.example'
	host_start
	within 3000 "no SNI, with a default" nameless
	client -servername mta-sts.unknown.example
	has "the default is not for other names" "unrecognized name" "$SAID"
}

# nameless - for within: is a client without SNI served?
nameless() {
	client -noservername -verify_hostname mta-sts.one.example
	STATUS=$SAID
	case $SAID in
	*"mx: mx.one.example"*) return 0 ;;
	*) return 1 ;;
	esac
}

names
host_conf "certificates: [\"$T/certs\", \"$T/live\", \"$T/dehydrated\"]"
host_start
policy_checks
other_checks
name_checks
version_checks
resume_checks
renegotiation
default_checks
e2e_end
