#!/bin/sh
# /metrics of mtasts-host: a listener of its own, the text format to the
# letter, and after known requests the right numbers.
set -u
# shellcheck disable=SC1091,SC2317 # "within" calls some functions by name
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

host_begin
host_domain one.example
host_domain two.example
host_cert one.example
lab_ca_issue --expired "$T/ca" mta-sts.two.example \
	"$T/certs/mta-sts.two.example" || fail "no certificate"

# scrape - the page, in $T/metrics
scrape() {
	curl -sS -m 10 --noproxy '*' -D "$T/head" -o "$T/metrics" \
		"http://127.0.0.1:$METRICS/metrics" || fail "no /metrics"
}

# value - of a series in the page
value() {
	awk -v name="$1" 'substr($0, 1, length(name) + 1) == name " " {
		print $NF }' "$T/metrics"
}

format_checks() {
	scrape
	same "media type" "text/plain; version=0.0.4; charset=utf-8" \
		"$(header content-type)"
	python3 "$MTASTS_SOURCE/tests/lib/promcheck.py" <"$T/metrics" ||
		e2e_failed "text format" "no complaint" "see above"
	same "another path" 404 "$(curl -sS -m 10 -o "$T/body" \
		-w '%{http_code}' "http://127.0.0.1:$METRICS/")"
	has "another path: says where" /metrics "$(cat "$T/body")"
	same "POST" 405 "$(curl -sS -m 10 -o "$T/body" -X POST \
		-w '%{http_code}' "http://127.0.0.1:$METRICS/metrics")"
	same "not on the public listener" 404 "$(curl -sS -m 10 \
		-H 'Host: mta-sts.one.example' -o "$T/body" \
		-w '%{http_code}' "http://127.0.0.1:$HTTP/metrics")"
}

# client - a handshake with these options of openssl
client() {
	openssl s_client -connect "127.0.0.1:$HTTPS" -CAfile "$T/ca/ca.pem" \
		-verify_return_error "$@" </dev/null >/dev/null 2>&1
}

# REQ: FET-1 FET-15
value_checks() {
	for _ in 1 2 3; do
		get one.example
	done
	plain one.example
	plain one.example --request-target /x
	plain one.example -X BREW
	plain one.example -H 'Host: a, b'
	get one.example -H 'Host: mta-sts.two.example'
	plain one.example -H "X: $(printf '%09000d' 0)"
	client -noservername
	client -servername mta-sts.unknown.example
	client -servername mta-sts.unknown.example
	client -servername mta-sts.one.example -tls1_1 -cipher 'ALL:@SECLEVEL=0'
	client -servername mta-sts.two.example
	# Counted when the host has seen its end
	within 5000 "all is counted" counted
	while read -r number series; do
		same "$series" "$number" "$(value "$series")"
	done <<-END
		4 mtasts_http_requests_total{status="200"}
		2 mtasts_http_requests_total{status="404"}
		1 mtasts_http_requests_total{status="405"}
		1 mtasts_http_requests_total{status="400"}
		1 mtasts_http_requests_total{status="421"}
		1 mtasts_http_requests_total{status="431"}
		0 mtasts_http_requests_total{status="503"}
		0 mtasts_http_requests_total{status="other"}
		1 mtasts_http_tls_handshake_failures_total{cause="no_name"}
		2 mtasts_http_tls_handshake_failures_total{cause="unknown_name"}
		1 mtasts_http_tls_handshake_failures_total{cause="protocol"}
		1 mtasts_http_tls_handshake_failures_total{cause="alert"}
		4 mtasts_http_tls_handshakes_total
		0 mtasts_http_tls_handshake_failures_total{cause="timeout"}
		0 mtasts_http_connections
		0 mtasts_http_refused_total{cause="limit"}
		0 mtasts_http_refused_total{cause="per_address"}
		0 mtasts_http_refused_total{cause="emfile"}
		2 mtasts_host_domains
		1 mtasts_host_snapshot_loads_total
		0 mtasts_host_snapshot_failures_total
		0 mtasts_host_snapshot_age_seconds
		2 mtasts_host_certificates
		2 mtasts_host_certificate_names
		2 mtasts_host_certificates_loaded
		1 mtasts_host_certificates_expiring{days="0"}
		1 mtasts_host_certificates_expiring{days="7"}
		1 mtasts_host_certificates_expiring{days="30"}
		2 mtasts_host_certificate_loads_total{result="ok"}
		1 mtasts_host_certificate_refusals_total{cause="no-sni"}
		2 mtasts_host_certificate_refusals_total{cause="unknown-name"}
		1 mtasts_host_certificate_expired_used_total
		1 mtasts_config_reload_ok
	END
	[ "$(value mtasts_host_certificate_days_left)" -lt -1000 ] ||
		e2e_failed "days left of the expired one" "under -1000" \
			"$(value mtasts_host_certificate_days_left)"
	has "version" 'mtasts_build_info{version="' "$(cat "$T/metrics")"
}

# counted - for within: have all connections come to their end?
counted() {
	scrape
	STATUS=$(value mtasts_http_connections)
	[ "$STATUS" -eq 0 ]
}

host_conf
host_start
logged "certificates are found" "^info certificates count=2"
format_checks
before=$(value 'mtasts_http_requests_total{status="404"}')
same "nothing is counted before" 0 "$before"
value_checks
python3 "$MTASTS_SOURCE/tests/lib/promcheck.py" <"$T/metrics" ||
	e2e_failed "text format" "no complaint" "see above"
host_stop
same "ends in order" 0 "$STATUS"
host_conf 'metrics: ""'
host_start
hasnt "no listener when none is wanted" "serves=metrics" "$(cat "$HOST_LOG")"
host_conf "metrics: \"unix:$T/metrics.sock\""
host_stop
host_start
same "on a unix socket" 200 "$(curl -sS -m 10 -o "$T/body" -w '%{http_code}' \
	--unix-socket "$T/metrics.sock" http://x/metrics)"
e2e_end
