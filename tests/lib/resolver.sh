# resolver.sh - what the tests of mtasts-resolver share
#
#   resolver_begin           folder, ports in $TCP $POLSPOL $METRICS $DNSPORT,
#                            sockets $SOCK and $CTL, configuration $CONF
#   resolver_conf [LINE...]  write $CONF: lines of "resolver:"; RULES, when it
#                            is set, are the lines of "rules:"
#   resolver_dns [LINE...]   a DNS server of this zone; its questions: $DNSLOG
#   resolver_host D...       a policy host for these domains
#   resolver_start [WRAP...] run it; it is ready afterwards; $RESOLVER is its id
#   resolver_stop            end it in order; its status is in $STATUS
#   ask MAP KEY              the reply over TCP
#   ctl JSON                 the lines of the control socket
#   client NAME [WORD...]    a client of tests/lib/resolver_client.py
#   metric NAME              the value of a series, labels included
#   logged WHAT PATTERN      its log has a line like this, soon

# SC1091: found through MTASTS_SOURCE; shellcheck cannot follow.
# SC2034: tests use what is set here.
# shellcheck disable=SC1091,SC2034
. "$MTASTS_SOURCE/tests/lib/lab_ca.sh"

resolver_begin() {
	e2e_begin mtasts mtasts-host mtasts-resolver
	mkdir -p "$T/store" "$T/host" || exit 1
	e2e_port && TCP=$PORT
	e2e_port && TLSPOL=$PORT
	e2e_port && METRICS=$PORT
	e2e_port && DNSPORT=$PORT
	e2e_port && HTTPSPORT=$PORT
	SOCK=$T/resolver.sock
	CTL=$T/resolver.ctl
	CONF=$T/resolver.yaml
	LOG=$T/resolver.log
	DNSLOG=$T/dns.asked
	RULES=
	lab_ca_init "$T/ca" >"$T/ca.out" 2>&1 || fail "no laboratory CA"
	export TCP SOCK CTL METRICS
	export PYTHONDONTWRITEBYTECODE=1
}

resolver_conf() {
	{
		cat <<-END
			store: { url: "sqlite:$T/store" }
			dns:
			  backend: stub
			  server: ["127.0.0.1:$DNSPORT"]
			  timeout: ${DNS_TIMEOUT:-2s}
			fetch:
			  ca-file: "$T/ca/ca.pem"
			  port: $HTTPSPORT
			  allow-private: true
			resolver:
		END
		{
			printf '  %s\n' "$@"
			cat <<-END
				  listen: ["127.0.0.1:$TCP", "127.0.0.1:$TLSPOL", "unix:$SOCK"]
				  control: "$CTL"
				  metrics: "127.0.0.1:$METRICS"
			END
		} | awk -F: '/[^ ]/ && !seen[$1]++'
		[ -z "$RULES" ] || printf 'rules:\n%s\n' "$RULES"
	} >"$CONF.new"
	mv "$CONF.new" "$CONF"
}

resolver_dns() {
	printf '%s\n' "$@" >"$T/zone"
	: >"$DNSLOG"
	[ -n "${RESOLVER_DNS:-}" ] && return
	e2e_start dns python3 "$MTASTS_SOURCE/tests/lib/fakedns.py" \
		"$DNSPORT" "$T/zone" "$DNSLOG"
	RESOLVER_DNS=$E2E_PID
	e2e_wait udp "$DNSPORT"
}

# asked - TYPE NAME: how often that was asked of DNS
asked() {
	grep -cx "$1 $2" "$DNSLOG"
}

resolver_host() {
	for resolver_name in "$@"; do
		lab_ca_issue "$T/ca" "mta-sts.$resolver_name" \
			"$T/host/certs/mta-sts.$resolver_name" \
			>"$T/ca.out" 2>&1 || fail "$(cat "$T/ca.out")"
		"$MTASTS_BIN/mtasts" --store "$T/host" domain add \
			"$resolver_name" mode=enforce "mx=mx.$resolver_name" \
			--force >"$T/host.out" 2>&1 ||
			fail "$(cat "$T/host.out")"
	done
	cat >"$T/host.yaml" <<-END
		store: { url: "sqlite:$T/host" }
		host:
		  https: ["127.0.0.1:$HTTPSPORT"]
		  http: []
		  certificates: ["$T/host/certs"]
		  metrics: ""
		  control: ""
	END
	e2e_start host "$MTASTS_BIN/mtasts-host" --config "$T/host.yaml"
	e2e_wait tcp "$HTTPSPORT"
}

# zone_for - D: the lines of a domain with a policy
zone_for() {
	cat <<-END
		_mta-sts.$1 TXT v=STSv1; id=1;
		mta-sts.$1 A 127.0.0.1
		$1 MX mx.$1
		mx.$1 A 192.0.2.1
	END
}

resolver_start() {
	e2e_start resolver "$@" "$MTASTS_BIN/mtasts-resolver" --config "$CONF"
	RESOLVER=$E2E_PID
	e2e_wait tcp "$TCP"
	logged "started" "^info started"
}

resolver_stop() {
	kill -TERM "$RESOLVER"
	wait "$RESOLVER"
	STATUS=$?
}

client() {
	timeout 60 python3 "$MTASTS_SOURCE/tests/lib/resolver_client.py" "$@"
}

ask() {
	client ask "$1 $2"
}

ctl() {
	client ctl "$1"
}

metric() {
	curl -sS -m 10 --noproxy '*' "http://127.0.0.1:$METRICS/metrics" |
		awk -v name="$1" 'substr($0, 1, length(name) + 1) == name " " {
			print $NF }'
}

logged() {
	for _ in $(seq 50); do
		grep -Eq "$2" "$LOG" && {
			E2E_GOOD=$((E2E_GOOD + 1))
			return
		}
		sleep 0.1
	done
	e2e_failed "$1" "$2" "$(tail -n 5 "$LOG")"
}
