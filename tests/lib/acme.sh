# acme.sh - what the tests with a certification authority share
#
#   acme_begin              pebble and its DNS on loopback, mtasts-host at the
#                           ports that pebble looks at; all from $T
#   acme_conf [LINE...]     write $CONF; "key: value" of acme: wins
#   acme_pebble [SECONDS]   (re)start pebble; certificates live that long
#   acme_roots              the root of pebble into $T/roots.pem
#   acme_uacme [LINE...]    write $UACME, the program that is configured; LINEs
#                           of shell stand before it calls the real one
#   acme_dns WHAT JSON      tell the DNS: acme_dns set-cname '{"host":...}'
#   acme_domain D           register D, which leads to policy.provider.test
#   cert WORD...            mtasts cert WORD...: $OUT, $STATUS
#   acme_until D            end of validity of what is in place for D; or none
#   acme_served D           the certificate that mtasts-host shows, as text
#   acme_serves D           for within: does it show one for D?
#   acme_secrets            no key in logs, database or output
#
# pebble names its certificates' issuer anew at each start, looks at all names
# by the DNS of pebble-challtestsrv, which answers 127.0.0.1 for everything.

# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

acme_begin() {
	[ "$(id -u)" -eq 0 ] && ACME_NS=-m || ACME_NS=-rm
	unshare $ACME_NS true 2>/dev/null || skip "no mount namespaces here"
	peers_need uacme pebble
	host_begin
	e2e_port && ACME_PORT=$PORT
	e2e_port && ACME_ADMIN=$PORT
	e2e_port && ACME_DNS=$PORT
	e2e_port && ACME_DNS_ADMIN=$PORT
	mkdir -p "$T/pebble" || exit 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -keyout "$T/pebble/key.pem" -out "$T/pebble/cert.pem" \
		-days 30 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
		2>/dev/null || fail "no certificate for pebble"
	cat /etc/ssl/certs/ca-certificates.crt "$T/pebble/cert.pem" \
		>"$T/pebble/bundle.pem"
	e2e_start dns peers_exec pebble-challtestsrv \
		-dns01 "127.0.0.1:$ACME_DNS" \
		-management "127.0.0.1:$ACME_DNS_ADMIN" -http01 "" \
		-https01 "" -tlsalpn01 "" -defaultIPv4 127.0.0.1 \
		-defaultIPv6 ""
	e2e_wait tcp "$ACME_DNS_ADMIN"
	ACME_PEBBLE=
	acme_pebble
	acme_uacme
	acme_conf
	e2e_mtasts defaults set host=policy.provider.test >/dev/null ||
		fail "defaults"
}

acme_pebble() {
	[ -z "$ACME_PEBBLE" ] || {
		kill "$ACME_PEBBLE"
		e2e_gone "$ACME_PEBBLE"
	}
	cat >"$T/pebble/pebble.json" <<-END
		{"pebble":{"listenAddress":"127.0.0.1:$ACME_PORT",
		 "managementListenAddress":"127.0.0.1:$ACME_ADMIN",
		 "certificate":"$T/pebble/cert.pem",
		 "privateKey":"$T/pebble/key.pem",
		 "httpPort":$HTTP,"tlsPort":$HTTPS,"ocspResponderURL":"",
		 "certificateValidityPeriod":${1:-7776000},
		 "externalAccountBindingRequired":false}}
	END
	e2e_start pebble env PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=5 \
		PEBBLE_AUTHZREUSE=0 sh -c '
		. "$1/tests/lib/peers.sh"
		shift
		peers_exec pebble "$@"' sh "$MTASTS_SOURCE" -strict \
		-config "$T/pebble/pebble.json" \
		-dnsserver "127.0.0.1:$ACME_DNS"
	ACME_PEBBLE=$E2E_PID
	e2e_wait tcp "$ACME_PORT"
	e2e_wait tcp "$ACME_ADMIN"
	acme_roots
}

acme_roots() {
	curl -sS -m 10 --noproxy '*' --cacert "$T/pebble/cert.pem" \
		"https://localhost:$ACME_ADMIN/roots/0" >"$T/roots.pem" ||
		fail "no root of pebble"
}

# The loader and not the environment says where libraries are: the hook is a
# program of ours. A mount is the one way to name a private authority.
acme_uacme() {
	UACME=$T/uacme
	for acme_loader in /lib64/ld-linux*.so.* /lib/ld-linux-*.so.*; do
		[ -e "$acme_loader" ] && break
	done
	{
		echo '#!/bin/sh'
		[ $# -eq 0 ] || printf '%s\n' "$@"
		cat <<-END
			exec unshare $ACME_NS sh -c 'mount --bind \
				$T/pebble/bundle.pem \
				/etc/ssl/certs/ca-certificates.crt &&
				exec "\$@"' sh $acme_loader \
				--library-path "$(peers_libs)" \
				$(peers_path /usr/bin/uacme) "\$@"
		END
	} >"$UACME.new"
	chmod +x "$UACME.new" && mv "$UACME.new" "$UACME"
}

acme_conf() {
	host_conf "control: $T/host.ctl"
	{
		echo "dns: { backend: stub, server: [\"127.0.0.1:$ACME_DNS\"] }"
		echo "acme:"
		{
			cat <<-END
				enabled: true
				directory: "https://localhost:$ACME_PORT/dir"
				ca-file: $T/roots.pem
				program: $UACME
				caa: [pebble.test]
				timeout: 60s
			END
			[ $# -eq 0 ] || printf '%s\n' "$@"
		} | awk -F: '
			{ line[$1] = $0 }
			END { for (key in line) print "  " line[key] }'
	} >>"$CONF"
}

acme_dns() {
	curl -sS -m 10 --noproxy '*' -d "$2" \
		"http://127.0.0.1:$ACME_DNS_ADMIN/$1" >/dev/null ||
		fail "the DNS does not take $1"
}

acme_domain() {
	host_domain "$1"
	acme_dns set-cname "{\"host\":\"mta-sts.$1\",
		\"target\":\"policy.provider.test\"}"
}

cert() {
	timeout 300 "$MTASTS_BIN/mtasts" --config "$CONF" --store "$T/store" \
		cert "$@" >"$T/cert.out" 2>&1 </dev/null
	STATUS=$?
	OUT=$(tr -s ' \n' ' ' <"$T/cert.out")
	cat "$T/cert.out" >>"$T/certs.log"
}

acme_until() {
	openssl x509 -noout -enddate \
		-in "$T/certs/mta-sts.$1/fullchain.pem" 2>/dev/null
}

acme_served() {
	openssl s_client -connect "127.0.0.1:$HTTPS" \
		-servername "mta-sts.$1" </dev/null 2>/dev/null |
		openssl x509 -noout -text 2>/dev/null
}

acme_serves() {
	acme_served "$1" | grep -q "DNS:mta-sts.$1"
}

# acme_hides - a text of a file is nowhere; $1 what, $2 file
acme_hides() {
	while read -r acme_line; do
		case $acme_line in
		-----* | '') continue ;;
		esac
		acme_seen=$(grep -lF -e "$acme_line" "$T"/*.log \
			"$T"/store/registry.db* 2>/dev/null)
		same "$1 is nowhere" "" "$acme_seen"
	done <"$2"
}

acme_secrets() {
	for acme_key in "$T"/store/acme/*/private/key.pem \
		"$T"/store/acme/*/private/*/key.pem; do
		[ -s "$acme_key" ] || continue
		acme_hides "a key" "$acme_key"
		same "a key's rights" "" \
			"$(find "$acme_key" -perm /077)"
	done
	same "rights of the account's folder" "" \
		"$(find "$T/store/acme" -maxdepth 0 -perm /077)"
}
