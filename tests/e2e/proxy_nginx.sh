#!/bin/sh
# nginx with exactly the configuration that "mtasts proxy nginx" prints, in
# front of mtasts-host.
#
# REQ: OPS-3 FET-1 FET-6 FET-15 POL-1
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/proxy.sh"

peers_need nginx
proxy_begin

# serve - what a distribution's nginx.conf says around the included file
serve() {
	user=
	[ "$(id -u)" -eq 0 ] && user='user root;'
	cat >"$T/nginx.conf" <<-END
		$user
		daemon off;
		worker_processes 1;
		pid $T/nginx.pid;
		events { worker_connections 64; }
		http {
			access_log off;
			gzip on;
			gzip_types *;
			gzip_min_length 1;
			client_body_temp_path $T/tmp1;
			proxy_temp_path $T/tmp2;
			fastcgi_temp_path $T/tmp3;
			uwsgi_temp_path $T/tmp4;
			scgi_temp_path $T/tmp5;
			include $CONF;
		}
	END
	e2e_start "nginx-$TLS_PORT" \
		peers_exec nginx -p "$T" -e stderr -c "$T/nginx.conf"
	e2e_wait tcp "$TLS_PORT"
}

proxy_print nginx "$HOST_UNIX"
serve
proxy_policy_checks one.example
proxy_print nginx "$HOST_TCP"
serve
proxy_checks
proxy_plain_checks
proxy_down_check
e2e_end
