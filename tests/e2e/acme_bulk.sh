#!/bin/sh
# Twenty names in a row with a rate of 6 orders in 5 seconds: the rate holds,
# also for who is killed in the middle and begins again.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

COUNT=20 ORDERS=6 PER=5
acme_begin
acme_uacme "case \" \$* \" in *\" issue \"*) date +%s%3N >>$T/times ;; esac"
acme_conf "orders: $ORDERS" "orders-per: ${PER}s"
for i in $(seq $COUNT); do
	echo "d$i.example"
done >"$T/list"
e2e_mtasts defaults set mx=mx.provider.test >/dev/null &&
	e2e_mtasts domain import "$T/list" >/dev/null || fail "import"
while read -r name; do
	acme_dns set-cname "{\"host\":\"mta-sts.$name\",
		\"target\":\"policy.provider.test\"}"
done <"$T/list"
host_start

# there - how many have one
there() {
	find "$T/certs" -name fullchain.pem | wc -l
}
e2e_start renew "$MTASTS_BIN/mtasts" --config "$CONF" cert renew
for _ in $(seq 200); do
	[ "$(there)" -ge 8 ] && break
	sleep 0.1
done
kill -9 "$E2E_PID"
wait "$E2E_PID" 2>/dev/null
half=$(there)
[ "$half" -ge 8 ] && [ "$half" -lt $COUNT ] ||
	e2e_failed "killed in the middle" "8 to 19" "$half"
has "the expected end is told" "the last certificate is ordered at" \
	"$(tr '\n' ' ' <"$T/renew.log")"
cert renew
same "it goes on" 0 "$STATUS"
same "all have one" $COUNT "$(there)"
has "a wait is told" "waiting until" "$OUT"
while read -r name; do
	pem=$T/certs/mta-sts.$name/fullchain.pem
	has "$name" "DNS:mta-sts.$name" \
		"$(openssl x509 -noout -ext subjectAltName -in "$pem" 2>&1)"
done <"$T/list"
# Whole seconds are what is written down: less than one may be missing.
same "the rate holds" "" "$(awk -v n=$ORDERS -v per=$PER '
	{ at[NR] = $1 }
	NR > n && at[NR] - at[NR - n] < (per - 1) * 1000 {
		print at[NR] - at[NR - n]
	}' "$T/times")"
[ "$(wc -l <"$T/times")" -le $((COUNT + 1)) ] ||
	e2e_failed "no order is made twice" $((COUNT + 1)) \
		"$(wc -l <"$T/times")"
cert renew
hasnt "then none is due" "issued" "$OUT"
cert list --problems
same "no problems" 0 "$STATUS"
same "the registry is whole" ok \
	"$(sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" 'PRAGMA integrity_check')"
acme_secrets
e2e_end
