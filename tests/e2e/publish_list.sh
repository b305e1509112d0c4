#!/bin/sh
# A provider's ten thousand customers: imported in one go, listed in less than a
# second, and everybody who has to do something is told by name.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
e2e_begin mtasts
mkdir -p "$T/store"
N=10000

e2e_mtasts defaults set mx=mx.provider.test delegate=sts.provider.test \
	addresses=192.0.2.1 rua=mailto:tls@provider.test >"$T/set.log" 2>&1 ||
	fail "defaults"
i=0
while [ $i -lt $N ]; do
	i=$((i + 1))
	printf 'customer-%05d.example\n' "$i"
done >"$T/names"

# ms - how long a command takes, its output in $T/out
ms() {
	ms_from=$(date +%s%3N)
	"$MTASTS_BIN/mtasts" --store "$T/store" "$@" >"$T/out" 2>"$T/err"
	STATUS=$?
	MS=$(($(date +%s%3N) - ms_from))
}
# A build with sanitizers is several times as slow.
slow=1
ldd "$MTASTS_BIN/mtasts" | grep -q libasan && slow=5

ms domain import "$T/names"
same "import" 0 "$STATUS"
echo "imported in $MS ms"
has "how many" "$N added" "$(cat "$T/out")"
has "and what their owners have to set" \
	"mta-sts.DOMAIN CNAME sts.provider.test" "$(tr -s ' \n' ' ' <"$T/out")"
has "the second" \
	"_mta-sts.DOMAIN CNAME DOMAIN._mta-sts.sts.provider.test" \
	"$(tr -s ' \n' ' ' <"$T/out")"
has "the third" "_smtp._tls.DOMAIN CNAME _smtp._tls.sts.provider.test" \
	"$(tr -s ' \n' ' ' <"$T/out")"
[ "$MS" -lt $((6000 * slow)) ]
same "in time ($MS ms)" 0 $?
ms domain import "$T/names"
has "again: nothing" "$N unchanged" "$(cat "$T/out")"

ms domain list
same "list" "0 $((N + 1))" "$STATUS $(wc -l <"$T/out")"
echo "listed in $MS ms"
[ "$MS" -lt $((1000 * slow)) ]
same "in time ($MS ms)" 0 $?

has "nobody has published them" "$N of $N have not been published yet" \
	"$(cat "$T/err")"

# Roll-outs of all of them: told by their count.
ms rollout status
same "no roll-out: no table" "0 0" "$STATUS $(wc -l <"$T/out")"
has "how one begins" "mtasts rollout start DOMAIN" "$(cat "$T/err")"
ms rollout start
same "all of them only when it is said" 2 "$STATUS"
ms rollout start --all customer-00001.example
same "not both" 2 "$STATUS"
ms rollout start customer-00001.example
same "of one, everything is told" 0 "$STATUS"
has "its calendar" "earliest" "$(cat "$T/out")"
ms rollout status customer-00001.example
has "nobody has looked" "not looked at yet" "$(cat "$T/out")"
ms rollout start --all --dry-run
same "a dry run" 0 "$STATUS"
has "of the rest" "$((N - 1)) of $((N - 1)) domains" "$(cat "$T/out")"
ms rollout start --all
same "roll-outs of all that have none" 0 "$STATUS"
echo "roll-outs begun in $MS ms"
has "so many" \
	"$((N - 1)) of $((N - 1)) domains: roll-out begun; 1 had one already" \
	"$(cat "$T/out")"
same "in a few lines" 1 "$(($(wc -l <"$T/out") < 6))"
ms rollout start --all
has "again: nothing" "0 of 0 domains: roll-out begun; $N had one already" \
	"$(cat "$T/out")"

# What publishing would have left there, of every tenth of them.
sqlite3 -cmd ".timeout 10000" "$T/store/registry.db" "
	UPDATE publish SET tried_at = 1, step = 'id', ended = 'live',
	 dns = 'same', settled = 1, live_at = 1700000000,
	 live_id = (SELECT id FROM policy p WHERE p.domain = publish.domain
	  AND p.replaced_at = 0),
	 cert_until_at = strftime('%s', 'now') + 5184000;
	UPDATE publish SET ended = 'by hand', step = 'host', live_id = '',
	 settled = 0, since_at = strftime('%s', 'now') - 90000,
	 why = 'mta-sts.' || domain || ' has no address in DNS',
	 fix = 'The owner of the domain has to set in DNS: mta-sts.' ||
	  domain || ' CNAME sts.provider.test'
	 WHERE domain LIKE '%7.example';" || fail "sqlite3"
ms domain list --json
same "JSON" "0 $N" "$STATUS $(jq '.domains | length' "$T/out")"
echo "listed as JSON in $MS ms"
[ "$MS" -lt $((1500 * slow)) ]
same "in time ($MS ms)" 0 $?
ms domain list
has "one line" "customer-00001.example testing" \
	"$(tr -s ' ' <"$T/out" | sed -n 2p)"
has "has it all" "live in step" "$(tr -s ' ' <"$T/out" | sed -n 2p)"
has "those who are needed" "$((N / 10)) of $N need somebody" "$(cat "$T/err")"
ms domain list --problems
same "problems" "0 $((N / 10))" "$STATUS $(grep -c '^customer-' "$T/out")"
has "since when" "customer-00007.example  for 1 day" "$(head -n 1 "$T/out")"
same "nothing is wider than a terminal" 0 \
	"$(awk 'length($0) > 80' "$T/out" | wc -l)"
ms domain list --state by-hand
same "a state" "$((N / 10 + 1))" "$(wc -l <"$T/out")"
ms domain list 0042 --state live
same "a part of the name" 11 "$(wc -l <"$T/out")"
ms domain list --mode enforce
same "a mode" 0 "$(wc -l <"$T/out")"
e2e_end
