# publab.sh - a laboratory for publishing as a whole, in namespaces of its own
#
#   . tests/lib/e2e.sh; . tests/lib/publab.sh
#   publab_enter "$0"          begin the test again inside
#   publab_prepare             folder $T; then records can be made with
#   publab_rr NAME TYPE DATA   one that is there from the beginning on
#   publab_begin               DNS, policy host, authority, mail servers
#   publab_conf [LINE...]      write $CONF; LINEs stand at its end
#   mt WORD...                 mtasts, with it and the stepped clock
#   publab_mx NAME ADDRESS     a mail server with a valid certificate
#   publab_mx_cert NAME KIND   another certificate: good, expired, untrusted
#   publab_set NAME TYPE DATA  a record into its zone, by hand, at all servers
#   publab_unset NAME TYPE     and out of it
#   publab_dns SERVER NAME TYPE   what that server says: 1, 2 (authoritative), r
#   publab_step SECONDS        the clock of our programs and the DNS servers
#   publab_now                 its time, in seconds
#   publab_dns_conf 1|2 WHAT   another configuration: "" as ever, "refuse": takes
#                              no updates
#   publab_freeze, publab_thaw the second server takes over nothing, and again
#   publab_served D            the policy as a stranger fetches it, verified
#   publab_secrets             no key in logs, output, database
#
# Zones, each with the servers 192.0.2.53 (1: takes updates) and 192.0.2.54 (2:
# follows it): example.test, whose key may write our four names; provider.test,
# whose key may write below sts.provider.test; and cust.test, the domains of
# customers, which only they can write: cNN.cust.test. A resolver without memory
# asks them at 127.0.0.1. mtasts-host is policy.provider.test, 192.0.2.251, at
# ports 443 and 80; pebble looks at it there.

# SC1091: found through MTASTS_SOURCE; shellcheck cannot follow.
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
. "$MTASTS_SOURCE/tests/lib/lab.sh"
. "$MTASTS_SOURCE/tests/lib/acme.sh"
. "$MTASTS_SOURCE/tests/lib/publisher.sh"

PUBLAB_ZONES="example.test provider.test cust.test"
PUBLAB_HOST=192.0.2.251
PUBLAB_SECRET=$(printf 'a secret that nobody may see 32b' | base64)

publab_enter() {
	peers_need knot knot-dnsutils unbound uacme pebble
	command -v cc >/dev/null || skip "no C compiler for the clock"
	lab_enter "$@"
}

# ---- DNS ----

# publab_head - what a zone begins with. $1 zone
publab_head() {
	echo "$1. 60 SOA ns1.test. root.test. 1 3600 600 99999999 5"
	echo "$1. 60 NS ns1.test."
	echo "$1. 60 NS ns2.test."
}

# publab_roots - the root and test: they lead to the two servers
publab_roots() {
	{
		echo ". 60 SOA ns1.test. root.test. 1 3600 600 86400 5"
		echo ". 60 NS ns1.test."
		echo "test. 60 NS ns1.test."
		echo "ns1.test. 60 A 192.0.2.53"
	} >"$T/dns/root.zone"
	{
		echo "test. 60 SOA ns1.test. root.test. 1 3600 600 86400 5"
		echo "test. 60 NS ns1.test."
		echo "ns1.test. 60 A 192.0.2.53"
		echo "ns2.test. 60 A 192.0.2.54"
		for publab_zone in $PUBLAB_ZONES; do
			echo "$publab_zone. 60 NS ns1.test."
			echo "$publab_zone. 60 NS ns2.test."
		done
	} >"$T/dns/test.zone"
}

# publab_acls - who may write what. $1 refuse, or nothing
publab_acls() {
	cat <<-END
		key:
		  - id: direct
		    algorithm: hmac-sha256
		    secret: $PUBLAB_SECRET
		acl:
		  - id: follow
		    address: [ 192.0.2.0/24, 127.0.0.0/8 ]
		    action: [ transfer, notify ]
	END
	[ "$1" != refuse ] || return 0
	cat <<-END
		  - id: direct
		    key: direct
		    action: update
		    update-owner: name
		    update-owner-match: equal
		    update-owner-name: [ mta-sts, _mta-sts, _smtp._tls, _acme-challenge.mta-sts ]
		  - id: provider
		    key: direct
		    action: update
		    update-owner: name
		    update-owner-match: sub-or-equal
		    update-owner-name: [ sts ]
	END
}

# publab_knot_zones - $1 1 or 2, $2 refuse or nothing
publab_knot_zones() {
	if [ "$1" = 1 ]; then
		echo "  - domain: ."
		echo "    file: root.zone"
		echo "  - domain: test"
	fi
	for publab_zone in $PUBLAB_ZONES; do
		echo "  - domain: $publab_zone"
		if [ "$1" = 2 ]; then
			echo "    master: first"
			echo "    acl: follow"
			continue
		fi
		echo "    notify: second"
		case $publab_zone,$2 in
		example.test,) echo "    acl: [ follow, direct ]" ;;
		provider.test,) echo "    acl: [ follow, provider ]" ;;
		*) echo "    acl: follow" ;;
		esac
	done
}

# publab_knot_conf - $1 1 or 2, $2 refuse or nothing
publab_knot_conf() {
	cat <<-END
		server:
		    rundir: $T/dns/run$1
		    listen: 192.0.2.$((52 + $1))@53
		    udp-workers: 1
		    tcp-workers: 1
		    background-workers: 1
		log:
		  - target: stderr
		    any: warning
		database:
		    storage: $T/dns/db$1
		remote:
		  - id: first
		    address: 192.0.2.53
		  - id: second
		    address: 192.0.2.54
	END
	publab_acls "${2:-}"
	cat <<-END
		template:
		  - id: default
		    storage: $T/dns/$([ "$1" = 1 ] || echo db2)
		    file: "%s.zone"
		    zonefile-sync: -1
		    zonefile-load: difference-no-serial
		    journal-content: all
		zone:
	END
	publab_knot_zones "$1" "${2:-}"
}

# publab_knotc - $1 1 or 2
publab_knotc() {
	publab_n=$1
	shift
	peers_run knotc -c "$T/dns/knot$publab_n.conf" -b "$@" \
		>"$T/dns/knotc" 2>&1 || fail "knotc $*: $(cat "$T/dns/knotc")"
}

publab_dns_conf() {
	publab_knot_conf "$1" "$2" >"$T/dns/knot$1.conf"
	publab_knotc "$1" reload
}

# publab_events - zone-freeze or zone-thaw; to wait for it, it never ends
publab_events() {
	peers_run knotc -c "$T/dns/knot2.conf" "$1" >"$T/dns/knotc" 2>&1 ||
		fail "knotc $1: $(cat "$T/dns/knotc")"
	sleep 0.3
}

publab_freeze() {
	publab_events zone-freeze
}

publab_thaw() {
	publab_events zone-thaw
	publab_events zone-refresh
}

# publab_zone_of - the zone of a name, in $ZONE
publab_zone_of() {
	for ZONE in $PUBLAB_ZONES; do
		case .$1 in
		*."$ZONE") return 0 ;;
		esac
	done
	fail "$1 is in no zone of the laboratory"
}

# publab_edit - one change of a zone, at the first server
publab_edit() {
	publab_zone_of "$2"
	publab_knotc 1 zone-begin "$ZONE"
	if [ "$1" = set ]; then
		shift
		publab_name=$1
		shift
		publab_knotc 1 zone-set "$ZONE" "$publab_name." 60 "$@"
	else
		publab_knotc 1 zone-unset "$ZONE" "$2." "$3"
	fi
	publab_knotc 1 zone-commit "$ZONE"
}

publab_set() {
	publab_edit set "$@"
}

publab_unset() {
	publab_edit unset "$@"
}

publab_dns() {
	case $1 in
	r) publab_at=127.0.0.1 ;;
	*) publab_at=192.0.2.$((52 + $1)) ;;
	esac
	peers_run kdig "@$publab_at" +tcp +short +time=5 "$2." "$3" 2>&1 |
		sed -e 's/\\;/;/g' -e 's/" "//g' -e 's/^"//' -e 's/"$//' \
			-e 's/\([a-z]\)\.$/\1/' | LC_ALL=C sort
}

# publab_unbound - a resolver that forgets at once
publab_unbound() {
	echo ". 60 NS ns1.test." >"$T/dns/hints"
	echo "ns1.test. 60 A 192.0.2.53" >>"$T/dns/hints"
	cat >"$T/dns/unbound.conf" <<-END
		server:
		  interface: 127.0.0.1
		  do-daemonize: no
		  username: ""
		  chroot: ""
		  directory: "$T/dns"
		  pidfile: ""
		  use-syslog: no
		  num-threads: 1
		  module-config: "iterator"
		  root-hints: "$T/dns/hints"
		  do-not-query-localhost: no
		  do-ip6: no
		  local-zone: "test." nodefault
		  cache-max-ttl: 0
		  cache-max-negative-ttl: 0
		  infra-host-ttl: 1
		  outgoing-range: 512
		  num-queries-per-thread: 1024
		  msg-buffer-size: 65552
		remote-control:
		  control-enable: no
	END
	e2e_start unbound peers_exec unbound -d -c "$T/dns/unbound.conf"
}

# publab_answers - does a server answer for a zone? $1 address, $2 zone
publab_answers() {
	peers_run kdig "@$1" +time=2 +retry=0 "$2." SOA 2>&1 |
		grep -q "status: NOERROR.*" &&
		peers_run kdig "@$1" +short +time=2 "$2." SOA | grep -q root
}

publab_start_dns() {
	mkdir -p "$T/dns/run1" "$T/dns/run2" "$T/dns/db1" "$T/dns/db2"
	publab_roots
	for publab_zone in $PUBLAB_ZONES; do
		{
			publab_head "$publab_zone"
			cat "$T/dns/records/$publab_zone" 2>/dev/null
		} >"$T/dns/$publab_zone.zone"
	done
	# The second one first, so that it hears of what the first one has.
	for publab_n in 2 1; do
		publab_knot_conf $publab_n >"$T/dns/knot$publab_n.conf"
		# Signatures of updates have times: the clock is one.
		e2e_start knot$publab_n peers_exec env $PUBLAB_CLOCK knotd \
			-c "$T/dns/knot$publab_n.conf"
	done
	publab_unbound
	lab_until "the second server follows" publab_answers 192.0.2.54 \
		cust.test
	lab_until "the resolver finds it" publab_answers 127.0.0.1 cust.test
}

# publab_rr - a record from the beginning on: NAME TYPE DATA
publab_rr() {
	publab_zone_of "$1"
	publab_name=$1
	shift
	echo "$publab_name. 60 $*" >>"$T/dns/records/$ZONE"
}

# ---- the clock ----

publab_clock() {
	cc -O1 -shared -fPIC -o "$T/clock.so" \
		"$MTASTS_SOURCE/tests/support/stepclock.c" 2>"$T/cc.log" ||
		fail "the clock does not compile: $(cat "$T/cc.log")"
	printf '\0\0\0\0\0\0\0\0' >"$T/clock"
	PUBLAB_STEP=0
	# A sanitizer wants to be first.
	publab_asan=$(ldd "$MTASTS_BIN/mtasts" |
		sed -n 's/^[[:space:]]*libasan[^ ]* => \([^ ]*\) .*/\1/p')
	# A name server checks the times of signatures by time() alone.
	PUBLAB_CLOCK="LD_PRELOAD=$T/clock.so STEPCLOCK=$T/clock STEPCLOCK_ONLY=time"
	PUBLAB_OURS="LD_PRELOAD=${publab_asan:+$publab_asan:}$T/clock.so STEPCLOCK=$T/clock"
}

publab_step() {
	PUBLAB_STEP=$((PUBLAB_STEP + $1))
	python3 -c 'import struct, sys
with open(sys.argv[1], "r+b") as f:
    f.write(struct.pack("=q", int(sys.argv[2])))' "$T/clock" "$PUBLAB_STEP"
}

publab_now() {
	echo $(($(date +%s) + PUBLAB_STEP))
}

# ---- the authority ----

publab_pebble() {
	mkdir -p "$T/pebble"
	ACME_PORT=14000
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -keyout "$T/pebble/key.pem" -out "$T/pebble/cert.pem" \
		-days 30 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
		2>/dev/null || fail "no certificate for pebble"
	# /etc is this test's own.
	rm -f /etc/ssl/certs/ca-certificates.crt
	cat "$T/pebble/cert.pem" >/etc/ssl/certs/ca-certificates.crt
	cat >"$T/pebble/pebble.json" <<-END
		{"pebble":{"listenAddress":"127.0.0.1:$ACME_PORT",
		 "managementListenAddress":"127.0.0.1:15000",
		 "certificate":"$T/pebble/cert.pem",
		 "privateKey":"$T/pebble/key.pem",
		 "httpPort":80,"tlsPort":443,"ocspResponderURL":"",
		 "certificateValidityPeriod":15552000,
		 "externalAccountBindingRequired":false}}
	END
	e2e_start pebble env PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=5 \
		PEBBLE_AUTHZREUSE=0 sh -c '
		. "$1/tests/lib/peers.sh"
		shift
		peers_exec pebble "$@"' sh "$MTASTS_SOURCE" -strict \
		-config "$T/pebble/pebble.json" -dnsserver 127.0.0.1:53
	e2e_wait tcp "$ACME_PORT"
	e2e_wait tcp 15000
	curl -sS -m 10 --noproxy '*' --cacert "$T/pebble/cert.pem" \
		"https://localhost:15000/roots/0" >"$T/roots.pem" ||
		fail "no root of pebble"
	cat "$T/ca/ca.pem" "$T/roots.pem" >"$T/trusted.pem"
}

# publab_uacme - $UACME, the program that is configured; lines stand before
publab_uacme() {
	UACME=$T/uacme
	for publab_loader in /lib64/ld-linux*.so.* /lib/ld-linux-*.so.*; do
		[ -e "$publab_loader" ] && break
	done
	{
		echo '#!/bin/sh'
		[ $# -eq 0 ] || printf '%s\n' "$@"
		echo "exec $publab_loader --library-path \"$(peers_libs)\" \
			$(peers_path /usr/bin/uacme) \"\$@\""
	} >"$UACME.new"
	chmod +x "$UACME.new" && mv "$UACME.new" "$UACME"
}

# ---- mail servers ----

# publab_sink - (re)start the mail server of a name
publab_sink() {
	publab_old=$(cat "$T/world/$1.pid" 2>/dev/null)
	[ -z "$publab_old" ] || {
		kill "$publab_old"
		e2e_gone "$publab_old"
	}
	e2e_start "mx-$1" python3 "$LAB/lab_smtpd.py" "$T/world/$1.sink" \
		"$T/world/$1.came"
	echo "$E2E_PID" >"$T/world/$1.pid"
	lab_until "the mail server $1 listens" grep -q ready "$T/mx-$1.log"
}

publab_mx() {
	echo "$2 $1 $T/world/certs/$1" >"$T/world/$1.sink"
	publab_mx_cert "$1" good
}

publab_mx_cert() {
	[ "$2" != untrusted ] || [ -e "$T/ca2" ] ||
		lab_ca_init "$T/ca2" >"$T/ca.out" 2>&1 ||
		fail "no second authority"
	lab_issue "$2" "$1" "$T/world/certs/$1"
	[ ! -e "$T/world/failed" ] || fail "no certificate for $1"
	publab_sink "$1"
}

# ---- ours ----

publab_conf() {
	cat >"$CONF" <<-END
		store: { url: "sqlite:$T/store" }
		dns: { backend: stub, server: ["127.0.0.1:53"] }
		fetch: { ca-file: $T/trusted.pem, allow-private: true }
		host:
		  https: ["$PUBLAB_HOST:443"]
		  http: ["$PUBLAB_HOST:80"]
		  certificates: ["$T/certs"]
		  metrics: ""
		  control: $T/host.ctl
		  workers: 1
		acme:
		  enabled: true
		  directory: "https://localhost:$ACME_PORT/dir"
		  ca-file: $T/roots.pem
		  program: $UACME
		  caa: [pebble.test]
		  timeout: 60s
		push:
		  - { method: rfc2136, server: "192.0.2.53", key-file: $T/tsig.key,
		      zones: [example.test, provider.test] }
		publisher:
		  control: $T/publisher.ctl
		  metrics: "127.0.0.1:9463"
	END
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$CONF"
}

mt() {
	# shellcheck disable=SC2086 # words
	env $PUBLAB_OURS "$MTASTS_BIN/mtasts" --config "$CONF" "$@"
}

publab_prepare() {
	lab_begin mtasts mtasts-host mtasts-publisher
	mkdir -p "$T/certs" "$T/world/certs"
}

publab_begin() {
	[ -n "$T" ] || publab_prepare
	PUB_METRICS=9463
	PUB_LOG=$T/publisher.log
	publab_clock
	publab_rr policy.provider.test A "$PUBLAB_HOST"
	publab_rr sts.provider.test A "$PUBLAB_HOST"
	publab_rr mx.example.test A 192.0.2.25
	publab_rr example.test MX 10 mx.example.test.
	publab_rr mx.cust.test A 192.0.2.26
	publab_start_dns
	publab_mx mx.example.test 192.0.2.25
	publab_mx mx.cust.test 192.0.2.26
	publab_pebble
	publab_uacme
	(
		umask 077
		printf 'key "direct" {\n\talgorithm hmac-sha256;\n\tsecret "%s";\n};\n' \
			"$PUBLAB_SECRET" >"$T/tsig.key"
	)
	publab_conf
	mt defaults set host=policy.provider.test ttl=1m \
		rua=mailto:tls-reports@example.test >"$T/defaults.out" 2>&1 ||
		fail "defaults: $(cat "$T/defaults.out")"
	# shellcheck disable=SC2086 # words
	e2e_start host env $PUBLAB_OURS "$MTASTS_BIN/mtasts-host" \
		--config "$CONF"
	e2e_wait tcp 443
}

publab_publisher() {
	# shellcheck disable=SC2086 # words
	publisher_start env $PUBLAB_OURS
}

publab_served() {
	curl -sS -m 10 --noproxy '*' --cacert "$T/roots.pem" \
		--resolve "mta-sts.$1:443:$(publab_dns r "mta-sts.$1" A |
			grep '^[0-9]')" \
		"https://mta-sts.$1/.well-known/mta-sts.txt" 2>&1
}

publab_secrets() {
	printf '%s\n' "$PUBLAB_SECRET" >"$T/secret"
	acme_hides "the key of the DNS server" "$T/secret"
	acme_secrets
}
