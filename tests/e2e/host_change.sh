#!/bin/sh
# What changes while mtasts-host runs, the registry and certificates, is served
# within a second, without a signal.
set -u
# shellcheck disable=SC1091,SC2317 # "within" calls some functions by name
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

host_begin
SECOND=1000

# status_is - for within. $1 status, $2 domain
status_is() {
	plain "$2"
	[ "$STATUS" = "$1" ]
}

# policy - the text of a domain of these words. $1 mode, $2 mx, $3 max_age
policy() {
	printf 'version: STSv1\r\nmode: %s\r\n' "$1"
	[ -z "$2" ] || printf 'mx: %s\r\n' "$2"
	printf 'max_age: %s\r\n' "$3"
}

run() {
	e2e_mtasts "$@" >"$T/said.out" 2>&1 || fail "$*: $(cat "$T/said.out")"
}

# REQ: OPS-1 OPS-4
registry_checks() {
	run domain set one.example mx=new.one.example max-age=1d
	within $SECOND "a change" serves one.example \
		"$(policy testing new.one.example 86400)"
	run domain alias alias.example one.example
	within $SECOND "an alias" serves alias.example \
		"$(policy testing new.one.example 86400)"
	host_domain two.example
	within $SECOND "one more domain" serves two.example \
		"$(host_policy two.example)"
	run domain remove alias.example
	within $SECOND "an alias removed: mode none" serves alias.example \
		"$(policy none "" 86400)"
	run domain remove two.example
	within $SECOND "a domain removed: mode none" serves two.example \
		"$(policy none "" 86400)"
	run domain remove --now two.example
	within $SECOND "removed now" status_is 404 two.example
}

# fingerprint - of the certificate that is served for one.example
fingerprint() {
	openssl s_client -connect "127.0.0.1:$HTTPS" \
		-servername mta-sts.one.example </dev/null 2>/dev/null |
		openssl x509 -noout -fingerprint -sha256 2>/dev/null
}

# shows - for within: is this file the certificate that is served?
shows() {
	STATUS=$(fingerprint)
	[ "$STATUS" = "$(openssl x509 -in "$1" -noout -fingerprint -sha256)" ]
}

# gets_and_logs - for within: what an answer leaves in the log. $1 pattern
gets_and_logs() {
	get one.example
	[ "$STATUS" = 200 ] && grep -q "$1" "$HOST_LOG"
}

# REQ: FET-1
certificate_checks() {
	cert=$T/certs/mta-sts.one.example
	host_cert one.example
	within $SECOND "a certificate that came later" shows "$cert/fullchain.pem"
	lab_ca_issue "$T/ca" mta-sts.one.example "$T/next" || fail "openssl"
	cp "$cert/fullchain.pem" "$T/old.pem"
	mv "$T/next/privkey.pem" "$cert/privkey.pem"
	within $SECOND "a key that does not fit" gets_and_logs \
		'^warn certificate-kept'
	shows "$T/old.pem" || e2e_failed "old pair" "$T/old.pem" "$STATUS"
	mv "$T/next/fullchain.pem" "$cert/fullchain.pem"
	within $SECOND "a new pair" shows "$cert/fullchain.pem"
	logged "a new pair: said" '^info certificate-replaced'
	cp "$cert/fullchain.pem" "$T/old.pem"
	lab_ca_issue "$T/ca" mta-sts.other.example "$cert" || fail "openssl"
	get one.example
	shows "$T/old.pem" ||
		e2e_failed "files for another name" "the old pair" "$STATUS"
	: >"$cert/fullchain.pem"
	rm "$cert/privkey.pem"
	get one.example
	same "files gone" 200 "$STATUS"
}

host_domain one.example
host_conf
host_start
registry_checks
certificate_checks
host_stop
same "ends in order" 0 "$STATUS"
e2e_end
