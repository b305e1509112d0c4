#!/bin/sh
# Certificates by http-01: uacme and pebble are real, mtasts-host answers at
# its plain port. From a registered name to a policy served over HTTPS.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

acme_begin
acme_conf 'challenges: [http-01]'
acme_domain one.example
acme_domain two.example
host_start
get one.example
hasnt "there is no certificate yet" 200 "$STATUS"
cert list
same "list" 0 "$STATUS"
has "list says so" "mta-sts.one.example - missing now" "$OUT"

cert issue one.example
same "issue" 0 "$STATUS"
has "issue says so" "mta-sts.one.example issued, valid until" "$OUT"
logged "the host was told" "^info challenge-begun name=mta-sts.one.example type=http-01"
logged "and told again" "^info challenge-ended name=mta-sts.one.example type=http-01"
CERTPEM=$T/certs/mta-sts.one.example/fullchain.pem
same "it verifies" "$CERTPEM: OK" "$(openssl verify -CAfile "$T/roots.pem" \
	-untrusted "$CERTPEM" -verify_hostname mta-sts.one.example \
	"$CERTPEM" 2>&1)"
has "it is for ECDSA P-256" "prime256v1" \
	"$(openssl x509 -noout -text -in "$CERTPEM")"
hasnt "and for this name alone" "two.example" \
	"$(openssl x509 -noout -text -in "$CERTPEM")"
within 3000 "the host serves it" acme_serves one.example
cp "$T/roots.pem" "$T/ca/ca.pem"
get one.example
served one.example
get two.example
hasnt "the other name has none" 200 "$STATUS"

cert issue one.example
same "again" 0 "$STATUS"
has "none is due" "not due" "$OUT"
before=$(openssl x509 -noout -serial -in "$CERTPEM")
cert issue --force one.example --json
same "by force" "0 issued" \
	"$STATUS $(jq -r '.certificates[0].end' "$T/cert.out")"
[ "$before" != "$(openssl x509 -noout -serial -in "$CERTPEM")" ] ||
	e2e_failed "by force" "another certificate" "$before"
same "nothing is pending" 0 "$(metric mtasts_host_challenges)"
hasnt "what was answered is counted" "=0=" \
	"=$(metric 'mtasts_host_challenges_answered_total{type="http-01"}')="

# A domain that nobody registered; no name at all; ACME that is off.
cert issue other.example
same "unregistered" 1 "$STATUS"
has "unregistered" "other.example is not in the registry" "$OUT"
cert issue
same "no word" 2 "$STATUS"
acme_conf 'enabled: false'
cert issue two.example
same "off" 1 "$STATUS"
has "off" "acme.enabled to true" "$OUT"
acme_conf 'challenges: [http-01]'

# All that are registered.
cert renew
same "renew" 0 "$STATUS"
has "renew gets what is missing" "mta-sts.two.example issued" "$OUT"
has "and leaves the other" "mta-sts.one.example not due" "$OUT"
cert list --json
same "list" "2 fine false Pebble" "$(jq -r '[(.certificates | length),
	.certificates[0].age, .certificates[0].others,
	(.certificates[0].issuer | sub(" .*"; ""))] | join(" ")' \
	"$T/cert.out")"
cert list --problems
same "no problems" "0" "$STATUS"

# Paths of challenges that are none; one that nobody announced.
for path in /.well-known/acme-challenge/ /.well-known/acme-challenge/x \
	/.well-known/acme-challenge/../mta-sts.txt \
	"/.well-known/acme-challenge/$(printf '%0200d' 0)"; do
	plain one.example --request-target "$path"
	same "$path" 404 "$STATUS"
done
acme_secrets
e2e_end
