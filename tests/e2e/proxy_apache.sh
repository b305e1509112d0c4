#!/bin/sh
# Apache with exactly the configuration that "mtasts proxy apache" prints, in
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

peers_need apache2-bin
proxy_begin
modules=$(peers_path /usr/lib/apache2/modules)

# serve - what a distribution's apache2.conf says around the included file,
# and compression of everything, which must not reach the policy
serve() {
	for module in mpm_event authz_core alias deflate filter headers \
		proxy proxy_http socache_shmcb ssl; do
		echo "LoadModule ${module}_module $modules/mod_$module.so"
	done >"$T/apache.conf"
	cat >>"$T/apache.conf" <<-END
		ServerRoot $T
		ServerName localhost
		DefaultRuntimeDir $T
		PidFile $T/apache-$TLS_PORT.pid
		ErrorLog /dev/stderr
		User www-data
		Group www-data
		ThreadsPerChild 8
		ServerLimit 2
		StartServers 1
		MinSpareThreads 4
		MaxSpareThreads 16
		MaxRequestWorkers 16
		SetOutputFilter DEFLATE
		Include $CONF
	END
	e2e_start "apache-$TLS_PORT" \
		peers_exec apache2 -d "$T" -f "$T/apache.conf" -DFOREGROUND
	e2e_wait tcp "$TLS_PORT"
}

proxy_print apache "$HOST_UNIX"
serve
proxy_policy_checks one.example
proxy_print apache "$HOST_TCP"
serve
proxy_checks
proxy_plain_checks
proxy_down_check
e2e_end
