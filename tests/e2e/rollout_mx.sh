#!/bin/sh
# A policy that follows the MX records: at every name server, twice an hour
# apart, only hosts that pass; what is gone stays for a while. And one that
# follows the certificates of this host. Aliases and defaults are looked at, too.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/checklab.sh
. "$MTASTS_SOURCE/tests/lib/checklab.sh"
# shellcheck source=tests/lib/rolllab.sh
. "$MTASTS_SOURCE/tests/lib/rolllab.sh"

HOUR=3600
DAY=86400
roll_begin

# mx - WHAT WANTED: the mx that are served, with blanks between
mx() {
	same "$1" "$2" "$(e2e_mtasts domain show shop.test --json |
		jq -r '.body // ""' | sed -n 's/^mx: \([^\r]*\).*/\1/p' | xargs)"
}

# finds - WHAT NAME: a finding of the last command, which had --json
finds() {
	same "$1" true "$(printf '%s' "$OUT" | jq --arg name "$2" \
		'[.findings[].name] | index($name) != null')"
}

# --- following the MX records ---
e2e_mtasts domain add shop.test mx=auto host=mta-sts.shop.test \
	>"$T/add.out" 2>&1 || fail "add: $(cat "$T/add.out")"
mx "nothing is served before a look" ""
roll_lab
mtasts domain refresh-mx shop.test
same "the first list: exit status" 0 "$STATUS"
mx "the first list" "mx1.shop.test"
roll_publish

roll_world 'add @ MX 20 mx2' 'add mx2 A .26' 'smtp .26'
roll_stale
mtasts domain refresh-mx shop.test --json
finds "a new host, seen once" mx-auto-once
mx "it waits" "mx1.shop.test"
roll_pass $((HOUR + 60))
mtasts domain refresh-mx shop.test
mx "an hour later" "mx1.shop.test mx2.shop.test"

roll_world 'add @ MX 20 mx2' 'add mx2 A .26' 'smtp .26' \
	'add @ MX 30 mx3' 'add mx3 A .27' 'smtp .27 cert expired'
roll_stale
for _ in 1 2; do
	mtasts domain refresh-mx shop.test --json
	roll_pass $((HOUR + 60))
done
same "one that does not pass: exit status" 1 "$STATUS"
finds "it is told" mx-auto-refused
mx "and does not get in" "mx1.shop.test mx2.shop.test"

# Only one of the two name servers has lost a host.
roll_world 'add @ MX 20 mx2' 'add mx2 A .26' 'smtp .26' 'at 2 del @ MX' \
	'at 2 add @ MX 10 mx1'
roll_stale
mtasts domain refresh-mx shop.test --json
same "servers differ: exit status" 1 "$STATUS"
finds "it is told" mx-auto-trouble
has "which one" "ns2.shop.test" "$OUT"
roll_world 'fault @ servfail MX'
roll_stale
mtasts domain refresh-mx shop.test
same "SERVFAIL: exit status" 1 "$STATUS"
roll_world 'set @ MX 0 .'
roll_stale
mtasts domain refresh-mx shop.test
same "null MX: exit status" 1 "$STATUS"
has "null MX" "null MX" "$(cat "$T/err")"
mx "none of it changes anything" "mx1.shop.test mx2.shop.test"

# The second host is gone.
roll_world
roll_stale
for _ in 1 2; do
	mtasts domain refresh-mx shop.test
	roll_pass $((HOUR + 60))
done
mx "it stays for a while" "mx1.shop.test mx2.shop.test"
roll_pass $DAY
roll_stale
mtasts domain refresh-mx shop.test
mx "and goes a day later" "mx1.shop.test"

# In mode enforce it only grows.
roll_publish
mtasts domain set shop.test mode=enforce
same "what is seen may be enforced" 0 "$STATUS"
roll_world 'set @ MX 10 mx2' 'add mx2 A .26' 'smtp .26'
roll_publish
for _ in 1 2 3; do
	mtasts domain refresh-mx shop.test --json
	roll_pass $((DAY + HOUR))
	roll_stale
done
finds "a name that stays is told" mx-auto-stays
mx "in enforce nothing goes" "mx1.shop.test mx2.shop.test"
mtasts domain set shop.test mx=mx1.shop.test
same "what is needed cannot be dropped" 1 "$STATUS"
has "and why" "the MX host mx2.shop.test needs" \
	"$(tr -s '\n ' ' ' <"$T/err")"
mtasts domain set shop.test mx=mx2.shop.test
same "what is not may" 0 "$STATUS"
mtasts domain refresh-mx shop.test
same "a list by hand is not followed" 1 "$STATUS"

# --- aliases count like the domain ---
cat >"$T/world.more" <<-END
	domain other.test
	  set @ MX 10 mx1
	domain fits.test
	  set @ MX 10 mx2.shop.test.
END
roll_world 'set @ MX 10 mx2' 'add mx2 A .26' 'smtp .26'
roll_publish
mtasts domain alias other.test shop.test
same "an alias whose MX does not fit" 1 "$STATUS"
has "and why" "the MX host mx1.other.test fits no mx" \
	"$(tr -s '\n ' ' ' <"$T/err")"
mtasts domain alias fits.test shop.test
same "one that fits" 0 "$STATUS"

# --- defaults, domain by domain ---
mtasts domain add other.test mx=wrong.example host=mta-sts.other.test \
	mode=default
same "in testing all may be wrong" 0 "$STATUS"
mtasts domain set shop.test mode=testing
roll_publish
mtasts domain set shop.test mode=default
mtasts defaults set mode=enforce --json
same "defaults: exit status" 1 "$STATUS"
same "one keeps its policy" "kept" "$(printf '%s' "$OUT" |
	jq -r '.domains[] | select(.domain == "other.test").did')"
same "the other is enforced" enforce "$(e2e_mtasts domain show shop.test --json |
	jq -r .mode)"

# --- following the certificates of this host ---
command -v openssl >/dev/null || skip "openssl is not installed"
mkdir -p "$T/certs/mail" "$T/certs/broken"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 400 \
	-subj /CN=mail -keyout "$T/certs/mail/privkey.pem" \
	-out "$T/certs/mail/fullchain.pem" -addext \
	"subjectAltName=DNS:mail.own.test,DNS:mta-sts.own.test,DNS:autoconfig.own.test,DNS:*.own.test" \
	2>/dev/null || fail "openssl"
echo "no certificate" >"$T/certs/broken/fullchain.pem"
printf 'host: { certificates: ["%s"] }\n' "$T/certs" >>"$T/mtasts.yaml"
mtasts domain add own.test mx=certificates mode=testing
mtasts domain refresh-mx own.test
same "certificates: exit status" 0 "$STATUS"
same "the mail server's name, and no other" "mail.own.test" \
	"$(e2e_mtasts domain show own.test --json |
		jq -r '.body' | sed -n 's/^mx: \([^\r]*\).*/\1/p' | xargs)"
e2e_end
