#!/bin/sh
# Renewal: before the end, not too early; the old pair stays while the
# authority fails; what was issued and not placed is taken up; what somebody
# else keeps is left alone. Certificates live 40 seconds here.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

acme_begin
acme_pebble 40
for n in one two theirs; do
	acme_domain $n.example
done
host_cert theirs.example
theirs=$(md5sum <"$T/certs/mta-sts.theirs.example/fullchain.pem")
host_start
cert renew
same "renew gets what is missing" 0 "$STATUS"
has "one" "mta-sts.one.example issued" "$OUT"
has "two" "mta-sts.two.example issued" "$OUT"
has "what others keep" "mta-sts.theirs.example others its certificate is kept in" "$OUT"
began=$(date +%s)
cert renew
hasnt "nothing is due" "issued" "$OUT"
cert list --json
same "when it is due" "true" "$(jq --argjson began "$began" '
	[.certificates[] | select(.others | not) |
	 (.next | fromdateiso8601) - $began | . > 18 and . < 28] | all' \
	"$T/cert.out")"
same "by others" "[\"theirs.example\"]" "$(jq -c \
	'[.certificates[] | select(.others) | .domain]' "$T/cert.out")"
cert renew --force theirs.example
has "not even by force" "others" "$OUT"
same "it is as it was" "$theirs" \
	"$(md5sum <"$T/certs/mta-sts.theirs.example/fullchain.pem")"

# One is renewed by hand with uacme, as if we had been killed before it was
# put in place: no order is needed.
orders=$(sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" "SELECT COUNT(*) FROM acme_order")
MTASTS_ACME_TYPES="http-01" MTASTS_ACME_HOST="$T/host.ctl" \
	"$UACME" -c "$T/store/acme/localhost-$ACME_PORT-dir" \
	-a "https://localhost:$ACME_PORT/dir" -y -t EC -f -o \
	-h "$MTASTS_BIN/mtasts-acme-hook" issue mta-sts.two.example \
	>"$T/uacme.log" 2>&1 || fail "uacme: $(cat "$T/uacme.log")"
cert renew two.example
has "it is taken up" "mta-sts.two.example issued" "$OUT"
same "without an order" "$orders" \
	"$(sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" "SELECT COUNT(*) FROM acme_order")"

# It is due now, and the authority fails.
sleep $((began + 29 - $(date +%s)))
acme_uacme 'echo "uacme: out of order" >&2; exit 2'
old=$(acme_until one.example)
cert renew one.example
same "it fails" 1 "$STATUS"
has "and says why" "the order failed: out of order" "$OUT"
same "the old pair stays" "$old" "$(acme_until one.example)"
has "and is served" "mta-sts.one.example" "$(acme_served one.example)"
cert list
has "list" "mta-sts.one.example 0 failed in" "$OUT"
has "list: why" "out of order" "$OUT"
acme_uacme
cert renew
has "back-off" "mta-sts.one.example later it failed 1 times in a row" "$OUT"
cert renew one.example
has "by name it is tried at once" "mta-sts.one.example issued" "$OUT"
[ "$old" != "$(acme_until one.example)" ] ||
	e2e_failed "a new one" "another end" "$old"
fresh=$(openssl x509 -noout -serial \
	-in "$T/certs/mta-sts.one.example/fullchain.pem")
serves_fresh() {
	[ "$(openssl s_client -connect "127.0.0.1:$HTTPS" \
		-servername mta-sts.one.example </dev/null 2>/dev/null |
		openssl x509 -noout -serial 2>/dev/null)" = "$fresh" ]
}
within 4000 "the host serves the new one" serves_fresh
same "old ones do not pile up" 1 "$(find "$T/store/acme" -path \
	'*/mta-sts.one.example/*' -name 'cert*.pem' | wc -l)"

# A pebble that starts anew knows no account: one more is made.
acme_pebble 40
cert renew --force one.example
has "the account is gone" "A new account is made" "$OUT"
cert renew --force one.example
has "and made anew" "mta-sts.one.example issued" "$OUT"

# Somebody else takes over by an import into the very same place.
lab_ca_issue "$T/ca" mta-sts.one.example "$T/import" >/dev/null 2>&1
cert import "$T/import/fullchain.pem" "$T/import/privkey.pem"
same "import" 0 "$STATUS"
cert renew one.example
has "then it is theirs" "others" "$OUT"
acme_secrets
e2e_end
