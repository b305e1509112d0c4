#!/bin/sh
# host.sh - what a policy costs mtasts-host, beside nginx in the same run
#
#   sh bench/host.sh [ROUNDS [REQUESTS [NAMES]]]      (10 3000 10000)
#
# A new TLS 1.3 connection for each request; ECDSA P-256, X25519, AES-128-GCM,
# tickets on and the same certificate on both sides; no access log on either.
# The server is pinned to one core, the load to another; the figure is the CPU
# time of the server per request (/proc/PID/task/*/schedstat), median over the
# rounds, which are interleaved. nginx is also measured with the cipher that it
# chooses by itself, AES-256-GCM. Then NAMES names with a certificate each.
# Needs two cores and Debian's packages of nginx, which are unpacked, not
# installed.
set -u
cd "$(dirname "$0")/.." || exit 1
ROUNDS=${1:-10}
REQUESTS=${2:-3000}
NAMES=${3:-10000}
MTASTS_SOURCE=$PWD
MTASTS_BIN=$PWD/build/release/bin
BENCH=$PWD/build/release/bench
export MTASTS_SOURCE MTASTS_BIN
# shellcheck source=tests/lib/e2e.sh
. tests/lib/e2e.sh
# shellcheck source=tests/lib/peers.sh
. tests/lib/peers.sh
# shellcheck source=bench/lib.sh
. bench/lib.sh

[ "$(nproc)" -ge 2 ] || skip "needs two cores"
cmake --preset release >/dev/null &&
	cmake --build --preset bench >/dev/null || fail "build"
peers_need nginx
e2e_begin mtasts mtasts-host
chmod 755 "$T"
mkdir "$T/store"
POLICY=/.well-known/mta-sts.txt
ONE=mta-sts.d00000.test

# load - REQUESTS new connections to a port; the rest is bench_tlsload's
load()
{
	load_port=$1
	shift
	taskset -c 1 "$BENCH/bench_tlsload" "127.0.0.1:$load_port" \
		-c 16 -p $POLICY "$@" >"$T/load.log" 2>&1 || {
		cat "$T/load.log"
		fail "requests failed"
	}
}

# cost - CPU microseconds of process $1 per request, over $3... to port $2
cost()
{
	cost_pid=$1
	cost_port=$2
	shift 2
	before=$(cpu_ns "$cost_pid")
	load "$cost_port" -n "$REQUESTS" "$@"
	after=$(cpu_ns "$cost_pid")
	awk -v a="$after" -v b="$before" -v n="$REQUESTS" \
		'BEGIN { printf "%.1f\n", (a - b) / n / 1000 }'
}

echo "making $NAMES certificates"
"$BENCH/bench_mkcerts" "$T" "$NAMES" >/dev/null || fail "no certificates"
ls "$T/certificates" | sort >"$T/names"
sed 's/^mta-sts\.//' "$T/names" >"$T/domains"
e2e_mtasts defaults set mx=mail.example.test >/dev/null ||
	fail "defaults set"
e2e_mtasts domain import "$T/domains" >/dev/null || fail "domain import"

e2e_port && HOST_PORT=$PORT
cat >"$T/mtasts.yaml" <<END
store: { url: "sqlite:$T/store" }
host:
  https: ["127.0.0.1:$HOST_PORT"]
  http: []
  certificates: ["$T/certificates"]
  workers: 1
  access-log: false
  max-connections-per-address: 1000000
  metrics: ""
  control: ""
END

# ready_ms - start mtasts-host; milliseconds until its first answer
start_host()
{
	start_at=$(date +%s%N)
	e2e_start host taskset -c 0 "$MTASTS_BIN/mtasts-host" \
		--config "$T/mtasts.yaml"
	HOST=$E2E_PID
	until "$BENCH/bench_tlsload" "127.0.0.1:$HOST_PORT" -n 1 -c 1 \
		-h "$ONE" -p $POLICY >/dev/null 2>&1; do
		kill -0 "$HOST" 2>/dev/null || fail "mtasts-host ended"
	done
	READY_MS=$((($(date +%s%N) - start_at) / 1000000))
}

# start_nginx - NAME CERTIFICATE KEY [DIRECTIVE]: nginx with a text file
start_nginx()
{
	e2e_port && NGINX_PORT=$PORT
	mkdir -p "$T/www/.well-known"
	printf 'version: STSv1\r\nmode: testing\r\nmx: mail.example.test\r\nmax_age: 604800\r\n' \
		>"$T/www/$POLICY"
	cat >"$T/$1.conf" <<-END
		daemon off;
		$([ "$(id -u)" -eq 0 ] && echo 'user root;')
		worker_processes 1;
		pid $T/$1.pid;
		events { worker_connections 4096; }
		http {
			access_log off;
			client_body_temp_path $T/tmp1;
			proxy_temp_path $T/tmp2;
			fastcgi_temp_path $T/tmp3;
			uwsgi_temp_path $T/tmp4;
			scgi_temp_path $T/tmp5;
			server {
				listen 127.0.0.1:$NGINX_PORT ssl;
				ssl_certificate $2;
				ssl_certificate_key $3;
				ssl_protocols TLSv1.2 TLSv1.3;
				${4:-}
				location = $POLICY {
					root $T/www;
					default_type text/plain;
				}
				location / { return 404; }
			}
		}
	END
	e2e_start "$1" peers_exec taskset -c 0 nginx -p "$T" -e stderr \
		-c "$T/$1.conf"
	e2e_wait tcp "$NGINX_PORT"
	NGINX=$(cat "/proc/$E2E_PID/task/$E2E_PID/children")
	NGINX=${NGINX%% *}
}

start_host
one_cert=$T/certificates/$ONE
SAME='ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;'
start_nginx nginx-own "$one_cert/fullchain.pem" "$one_cert/privkey.pem"
OWN=$NGINX OWN_PORT=$NGINX_PORT
start_nginx nginx-one "$one_cert/fullchain.pem" "$one_cert/privkey.pem" "$SAME"
load "$OWN_PORT" -n 500 -h $ONE
load "$NGINX_PORT" -n 500 -h $ONE
load "$HOST_PORT" -n 500 -h $ONE

echo "one name, $ROUNDS rounds of $REQUESTS requests"
i=0
while [ $i -lt "$ROUNDS" ]; do
	cost "$NGINX" "$NGINX_PORT" -h $ONE >>"$T/one.nginx"
	cost "$HOST" "$HOST_PORT" -h $ONE >>"$T/one.host"
	cost "$OWN" "$OWN_PORT" -h $ONE >>"$T/one.own"
	i=$((i + 1))
done
echo "  nginx        $(median <"$T/one.nginx") us CPU a request"
echo "  mtasts-host  $(median <"$T/one.host") us CPU a request"
echo "  ratio        $(ratio "$T/one.host" "$T/one.nginx") (at most 1.0)"
echo "  ratio to nginx with its own choice of cipher" \
	"$(ratio "$T/one.host" "$T/one.own")"

# Where the time goes, by library; when linux-perf is there and may be used.
if perf record -o "$T/perf" -F 2000 -p "$HOST" -- true >/dev/null 2>&1; then
	perf record -o "$T/perf" -F 2000 -p "$HOST" -- taskset -c 1 \
		"$BENCH/bench_tlsload" "127.0.0.1:$HOST_PORT" -c 16 \
		-n "$REQUESTS" -p $POLICY -h $ONE >/dev/null 2>&1
	echo "  share of the CPU time, by library:"
	perf report -i "$T/perf" --sort dso --stdio 2>/dev/null |
		awk '$1 ~ /%$/ { printf "    %6s  %s\n", $1, $2 }' | head -n 5
fi

echo "$NAMES names with a certificate each"
before=$(cpu_ns "$HOST")
load "$HOST_PORT" -n "$NAMES" -f "$T/names"
after=$(cpu_ns "$HOST")
awk -v a="$after" -v b="$before" -v n="$NAMES" 'BEGIN {
	printf "  first use of each    %.1f us CPU a request\n", (a - b) / n / 1000 }'
start_nginx nginx-many "$T/certificates/\$ssl_server_name/fullchain.pem" \
	"$T/certificates/\$ssl_server_name/privkey.pem" "$SAME"
load "$NGINX_PORT" -n 500 -f "$T/names"
i=0
while [ $i -lt "$ROUNDS" ]; do
	cost "$NGINX" "$NGINX_PORT" -f "$T/names" >>"$T/many.nginx"
	cost "$HOST" "$HOST_PORT" -h $ONE >>"$T/again.host"
	cost "$HOST" "$HOST_PORT" -f "$T/names" >>"$T/many.host"
	i=$((i + 1))
done
echo "  nginx                $(median <"$T/many.nginx") us CPU a request"
echo "  mtasts-host          $(median <"$T/many.host") us CPU a request"
echo "  ratio to nginx       $(ratio "$T/many.host" "$T/many.nginx")"
echo "  ratio to one name    $(ratio "$T/many.host" "$T/again.host") (at most 1.1)"
echo "  resident             $(rss_mb "$HOST") MB (at most 150), nginx $(rss_mb "$NGINX") MB"

# A change and a reload while requests come: none may fail.
(
	sleep 0.5
	e2e_mtasts domain set d00000.test mx=other.example.test >/dev/null
	kill -HUP "$HOST"
	touch "$one_cert/fullchain.pem"
	sleep 0.5
	e2e_mtasts domain set d00000.test mx=mail.example.test >/dev/null
	kill -HUP "$HOST"
) &
load "$HOST_PORT" -n $((REQUESTS * 2)) -f "$T/names"
wait $!
echo "  requests failed while the registry changed and SIGHUP came: 0"

kill "$HOST"
e2e_gone "$HOST"
start_host
echo "  ready after          $READY_MS ms (at most 1000)"
kill "$HOST"
e2e_gone "$HOST" || true
