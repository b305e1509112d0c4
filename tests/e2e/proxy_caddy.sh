#!/bin/sh
# Caddy with exactly the configuration that "mtasts proxy caddy" prints, in
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

peers_need caddy
proxy_begin
export HOME="$T" XDG_DATA_HOME="$T" XDG_CONFIG_HOME="$T"

# serve - global settings alone before it: no port 80, no control port
serve() {
	cat - "$CONF" >"$T/Caddyfile" <<-END
		{
			admin off
			http_port $WEB_PORT
			auto_https disable_redirects
			storage file_system $T/caddy
		}
	END
	e2e_start "caddy-$TLS_PORT" peers_exec caddy run \
		--config "$T/Caddyfile" --adapter caddyfile
	e2e_wait tcp "$TLS_PORT"
}

proxy_print caddy "$HOST_UNIX"
serve
proxy_policy_checks one.example
proxy_print caddy "$HOST_TCP"
serve
proxy_checks
proxy_down_check
e2e_end
