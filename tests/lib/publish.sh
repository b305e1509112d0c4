# publish.sh - what the tests of "mtasts publish" share
#
#   publish_begin [ZONE...]  pebble, a Knot that lets us write, mtasts-host;
#                            $CONF for all
#   publish_conf [LINE...]   write $CONF anew; LINEs stand below push:
#   publish WORD...          mtasts publish WORD...: $OUT, $STATUS
#   mtasts WORD...           any other command with the same configuration
#   publish_clock SECONDS    both of them live so far in the future from now on
#   id_in_dns D              the id that the record of D has at Knot; or nothing
#   id_of D                  the id that the registry has
#   live D                   the policy that mtasts-host serves is the one of
#                            the registry, with a certificate of pebble's
#
# The Knot is the resolver, too: it follows CNAMEs within a zone alone, so the
# domains of these tests are in two zones, lab.example and lab.test.

# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

publish_begin() {
	acme_begin
	peers_need knot knot-dnsutils
	# shellcheck disable=SC1091
	. "$MTASTS_SOURCE/tests/lib/push.sh"
	e2e_port && DNS_PORT=$PORT
	push_key push.test "$T/tsig.key"
	mkdir -p "$T/knot/zones"
	set -- lab.example lab.test example test "$@"
	for publish_zone in "$@"; do
		push_zone "$publish_zone" >"$T/knot/zones/$publish_zone.zone"
	done
	{
		cat <<-END
			key:
			  - id: push.test
			    algorithm: hmac-sha256
			    secret: $(head -n 1 "$T/secrets")
			acl:
			  - id: push
			    key: push.test
			    action: update
			template:
			  - id: default
			    storage: $T/knot/zones
			    file: "%s.zone"
			    zonefile-sync: -1
			    acl: push
			zone:
		END
		for publish_zone in "$@"; do
			echo "  - domain: $publish_zone"
		done
	} >"$T/knot/ours.conf"
	# Signatures have a time: it lives when we do.
	publish_clock 0
	LD_PRELOAD=$T/clock.so STEPCLOCK=$T/clock
	export LD_PRELOAD STEPCLOCK
	push_knot knot 127.0.0.1 "$T/knot" <"$T/knot/ours.conf"
	unset LD_PRELOAD STEPCLOCK
	# So that the authority sees what is written.
	ACME_DNS=$DNS_PORT
	acme_pebble
	e2e_mtasts defaults set host=default addresses=127.0.0.1 \
		>"$T/defaults.log" 2>&1 || fail "defaults"
	publish_conf
	host_start
}

publish_conf() {
	acme_conf 'challenges: [tls-alpn-01]'
	{
		echo "fetch: { ca-file: $T/roots.pem, port: $HTTPS," \
			"allow-private: true, timeout: 5s }"
		echo "push:"
		if [ $# -eq 0 ]; then
			set -- "- { method: rfc2136," \
				"    server: \"127.0.0.1:$DNS_PORT\"," \
				"    key-file: $T/tsig.key }"
		fi
		printf '  %s\n' "$@"
	} >>"$CONF"
}

mtasts() {
	timeout 300 env $CLOCK "$MTASTS_BIN/mtasts" --config "$CONF" --store "$T/store" \
		"$@" >"$T/publish.out" 2>&1 </dev/null
	STATUS=$?
	OUT=$(tr -s ' \n' ' ' <"$T/publish.out")
	cat "$T/publish.out" >>"$T/said.log"
}

publish_clock() {
	[ -e "$T/clock.so" ] || {
		command -v cc >/dev/null || skip "no C compiler for the clock"
		cc -O1 -shared -fPIC -o "$T/clock.so" \
			"$MTASTS_SOURCE/tests/support/stepclock.c" \
			2>"$T/cc.log" || fail "the clock does not compile"
	}
	[ -e "$T/clock" ] || head -c 8 /dev/zero >"$T/clock"
	# In place, as others look at it.
	python3 -c 'import struct, sys
with open(sys.argv[2], "r+b") as f:
    f.write(struct.pack("<q", int(sys.argv[1])))' "$1" "$T/clock" ||
		fail "the clock cannot be set"
	CLOCK_S=$1
	CLOCK=
	[ "$1" -ne 0 ] || return 0
	# A sanitizer wants to be first.
	publish_asan=$(ldd "$MTASTS_BIN/mtasts" |
		sed -n 's/^[[:space:]]*libasan[^ ]* => \([^ ]*\) .*/\1:/p')
	CLOCK="STEPCLOCK=$T/clock LD_PRELOAD=$publish_asan$T/clock.so"
}

publish() {
	mtasts publish "$@" --dns-port "$DNS_PORT"
}

id_in_dns() {
	push_has "_mta-sts.$1" TXT 127.0.0.1 |
		sed -n 's/^v=STSv1; id=\(.*\);$/\1/p'
}

id_of() {
	e2e_mtasts domain show "$1" --json | jq -r .id
}

live() {
	host_curl https "$HTTPS" "$1" --cacert "$T/roots.pem"
	same "$1: status" 200 "$STATUS"
	e2e_mtasts domain show "$1" --json | jq -j .body >"$T/want"
	same "$1: its policy" "$(od -c <"$T/want")" "$(od -c <"$T/body")"
}

# by_hand - the lines of standard input into DNS, by another client
by_hand() {
	publish_was=$CLOCK_S
	publish_clock 0
	{
		echo "server 127.0.0.1 $DNS_PORT"
		cat
		echo send
	} | peers_run knsupdate -v -y \
		"hmac-sha256:push.test:$(head -n 1 "$T/secrets")" \
		>"$T/nsupdate.log" 2>&1
	same "another client" "0 " "$? $(cat "$T/nsupdate.log")"
	publish_clock "$publish_was"
}
