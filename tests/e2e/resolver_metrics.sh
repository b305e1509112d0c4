#!/bin/sh
# /metrics of mtasts-resolver: the text format to the letter, the right numbers
# after known questions, and all that the dashboard and the alerts ask for.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

resolver_begin
RULES='  static.example: { reply: "encrypt" }
  must.example: { mta-sts: require }'
resolver_conf
resolver_dns "$(zone_for one.example)" "$(zone_for signed.example)" \
	"_25._tcp.mx.signed.example TLSA 3 1 1 $(printf '%064d' 0)" \
	"$(zone_for gone.example)" "mta-sts.gone.example A 127.0.0.1"
resolver_host one.example
resolver_start
for _ in $(seq 50); do
	[ "$(metric mtasts_dns_validation_ok)" = 1 ] && break
	sleep 0.1
done
client ask "QUERY one.example" "QUERY one.example" "sts one.example" \
	"QUERY signed.example" "postfix static.example" "QUERY .example" \
	"QUERY must.example" "postfix gone.example" "nonsense x" >"$T/replies"
client raw '-1:' >/dev/null

scrape() {
	curl -sS -m 10 --noproxy '*' -D "$T/head" -o "$T/metrics" \
		"http://127.0.0.1:$METRICS/metrics" || fail "no /metrics"
}

# value - of a series in the page
value() {
	awk -v name="$1" 'substr($0, 1, length(name) + 1) == name " " {
		print $NF }' "$T/metrics"
}

scrape
python3 "$MTASTS_SOURCE/tests/lib/promcheck.py" <"$T/metrics" ||
	e2e_failed "text format" "no complaint" "see above"
while read -r wanted series; do
	same "$series" "$wanted" "$(value "$series")"
done <<'END'
2 mtasts_resolver_questions_total{map="QUERY",verdict="sts"}
1 mtasts_resolver_questions_total{map="sts",verdict="sts"}
1 mtasts_resolver_questions_total{map="QUERY",verdict="dane-only"}
1 mtasts_resolver_questions_total{map="QUERY",verdict="none"}
1 mtasts_resolver_questions_total{map="QUERY",verdict="temp"}
1 mtasts_resolver_questions_total{map="postfix",verdict="static"}
1 mtasts_resolver_questions_total{map="postfix",verdict="none"}
1 mtasts_resolver_temp_total{reason="required"}
1 mtasts_resolver_dane_hosts_total{dane="usable"}
1 mtasts_resolver_bad_requests_total{reason="unknown-map"}
1 mtasts_resolver_bad_requests_total{reason="broken"}
1 mtasts_fetches_total{end="ok"}
1 mtasts_dns_validation_ok
1 mtasts_policies_store_ok
1 mtasts_policies
2 mtasts_resolver_connections_total
0 mtasts_resolver_turned_away_total
END
same "each answer in one of the two histograms" 8 \
	"$(($(value 'mtasts_resolver_answer_seconds_count{known="yes"}') + \
		$(value 'mtasts_resolver_answer_seconds_count{known="no"}')))"

# Every family that the dashboard or an alert asks for is there.
for name in $(cat "$MTASTS_SOURCE"/docs/monitoring/mtasts-resolver.* |
	grep -o 'mtasts_[a-z0-9_]*' | sort -u); do
	grep -q "^$name[{ ]" "$T/metrics" ||
		e2e_failed "asked for by docs/monitoring" "$name" "nothing"
done
resolver_stop
same "exit status" 0 "$STATUS"
e2e_end
