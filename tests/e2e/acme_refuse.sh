#!/bin/sh
# What keeps a certificate from being ordered, or from being used: each missing
# precondition is named, no order is made for it, and the old pair stays.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

acme_begin
for n in one elsewhere partly forbids others method dead; do
	acme_domain $n.example
done
host_cert dead.example
host_start

# orders - how many were made so far
orders() {
	sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" "SELECT COUNT(*) FROM acme_order"
}
# refused - D CAUSE TEXT: D gets no certificate and no order; why is told
refused() {
	refused_before=$(orders)
	cert issue "$1" --json
	same "$1: its cause" "refused $2" "$(jq -r \
		'.certificates[0] | .end + " " + .cause' "$T/cert.out")"
	has "$1: why" "$3" "$(jq -r '.certificates[0] | .why + " " + .fix' \
		"$T/cert.out")"
	same "$1: no order" "$refused_before" "$(orders)"
}
# caa - the records of a name: D VALUE [TAG]
caa() {
	acme_dns add-caa "{\"host\":\"$1\",\"policies\":
		[{\"tag\":\"${3:-issue}\",\"value\":\"$2\"}]}"
}

acme_dns clear-cname '{"host":"mta-sts.elsewhere.example"}'
acme_dns add-a '{"host":"mta-sts.elsewhere.example",
	"addresses":["192.0.2.9"]}'
refused elsewhere.example elsewhere \
	"mta-sts.elsewhere.example has the address 192.0.2.9, which is none of"
same "to be mended" 1 "$STATUS"
acme_dns clear-cname '{"host":"mta-sts.partly.example"}'
acme_dns add-a '{"host":"mta-sts.partly.example",
	"addresses":["127.0.0.1","192.0.2.7"]}'
refused partly.example elsewhere "192.0.2.7"
e2e_mtasts domain set partly.example addresses=127.0.0.1,192.0.2.7 \
	>/dev/null || fail "domain set"
cert issue partly.example
has "addresses that are ours" "issued" "$OUT"

caa forbids.example ";"
refused forbids.example caa \
	"the CAA records of forbids.example forbid every authority"
caa others.example "ca.other.test"
refused others.example caa "allow ca.other.test and not the authority in use"
acme_dns clear-cname '{"host":"mta-sts.others.example"}'
caa mta-sts.others.example "pebble.test"
cert issue others.example
has "the nearest name with records counts" "issued" "$OUT"
caa method.example "pebble.test; validationmethods=dns-01"
refused method.example caa "other types of challenge only"
acme_dns set-servfail '{"host":"mta-sts.dead.example"}'
cert issue dead.example
has "others keep it" "others" "$OUT"
rm -r "$T/certs/mta-sts.dead.example"
refused dead.example dns "the lookup of mta-sts.dead.example failed"
same "could not find out" 3 "$STATUS"
e2e_mtasts defaults set host=default >/dev/null || fail "defaults"
refused one.example no-target "nothing says to which addresses"
e2e_mtasts defaults set host=policy.provider.test >/dev/null

# Authorities with faults. Each fails, soon, and says why.
# ca - FAULT: one that has it, in place of pebble
ca() {
	[ -z "${CA_PID:-}" ] || { kill "$CA_PID"; e2e_gone "$CA_PID"; }
	e2e_port && CA_PORT=$PORT
	e2e_start "ca" python3 "$MTASTS_SOURCE/tests/lib/acme_ca.py" \
		"$CA_PORT" "$T/pebble/cert.pem" "$T/pebble/key.pem" "$1"
	CA_PID=$E2E_PID
	e2e_wait tcp "$CA_PORT"
	acme_conf "directory: \"https://localhost:$CA_PORT/dir\"" \
		"timeout: ${2:-60s}"
}
# failed - CAUSE TEXT: one.example gets none; the cause, and why
failed() {
	cert issue one.example --json
	same "$2: cause" "failed $1" "$(jq -r \
		'.certificates[0] | .end + " " + .cause' "$T/cert.out")"
	has "$2" "$2" "$(jq -r '.certificates[0].why' "$T/cert.out")"
	same "$2: status" "${3:-1}" "$STATUS"
}
ca hang 2s
began=$(date +%s)
failed timeout "took longer than 2s"
[ $(($(date +%s) - began)) -lt 20 ] ||
	e2e_failed "it does not wait for ever" "soon" "$(date +%s)"
ca error
failed authority "making an account failed"
ca nonsense
failed authority "making an account failed"
ca limit
failed limited "too many registrations for this address"
next=$(jq -r '.certificates[0].next | fromdateiso8601' "$T/cert.out")
[ $((next - $(date +%s))) -gt 3500 ] ||
	e2e_failed "an hour is waited" ">3500" $((next - $(date +%s)))
kill "$CA_PID"
e2e_gone "$CA_PID"
failed authority "Could"
acme_conf "program: /nonexistent/uacme"
failed program "cannot be run: No such file or directory" 3
acme_conf "directory: \"https://localhost:$ACME_PORT/dir\""

# An authority that senders do not trust: what it issues is not put in place.
cp "$T/roots.pem" "$T/good.pem"
cp "$T/ca/ca.pem" "$T/roots.pem"
failed pair "what was issued is no use"
has "why" "issuer" "$(jq -r '.certificates[0].why' "$T/cert.out")"
cp "$T/good.pem" "$T/roots.pem"

# A pair that does not fit; the one before stays.
cert issue one.example
same "a good one" 0 "$STATUS"
before=$(acme_until one.example)
sum=$(cat "$T"/certs/mta-sts.one.example/*.pem | md5sum)
cp "$UACME" "$T/uacme.real"
acme_uacme "\"$T/uacme.real\" \"\$@\" || exit \$?" \
	"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	-out $T/store/acme/localhost-$ACME_PORT-dir/private/mta-sts.one.example/key.pem" \
	"exit 0"
cert issue one.example --force --json
same "a key of another" "failed pair" "$(jq -r \
	'.certificates[0] | .end + " " + .cause' "$T/cert.out")"
same "the old one stays" "$before" "$(acme_until one.example)"
same "as it was" "$sum" "$(cat "$T"/certs/mta-sts.one.example/*.pem | md5sum)"
acme_uacme
cert list --problems
same "problems are told" 1 "$STATUS"
has "by name" "forbids.example" "$OUT"
has "with why" "forbid every authority" "$OUT"
acme_secrets
e2e_end
