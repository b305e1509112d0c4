# lab_signed.sh - the laboratory's DNS from a real Knot, signed where the world
# says so: for whoever validates for himself
#
#   . tests/lib/e2e.sh; . tests/lib/peers.sh; . tests/lib/checklab.sh
#   . tests/lib/lab_signed.sh
#   labsigned_begin      the laboratory and Knot; then "check" and "scan" ask
#                        Knot, and validate by $T/root.key
#
# The root and "test" are signed, domains as they are in world.txt. Knot answers
# for all of them at one port; name servers and their faults stay those of the
# laboratory. What is bogus there has records here that were changed after they
# were signed.

# labsigned_sign - FILE ZONE: with a new key; its DS is in $T/keys/ZONEds
labsigned_sign() {
	labsigned_file=$T/lab/zones/$1
	labsigned_key=$(cd "$T/keys" && peers_run ldns-keygen -k \
		-a ECDSAP256SHA256 "$2" 2>>"$T/ldns.log") ||
		fail "no key for $2"
	mv "$T/keys/$labsigned_key.ds" "$T/keys/$2ds"
	peers_run ldns-signzone -f "$labsigned_file.signed" \
		"$labsigned_file" "$T/keys/$labsigned_key" \
		>>"$T/ldns.log" 2>&1 || fail "cannot sign $2"
	mv "$labsigned_file.signed" "$labsigned_file"
}

# labsigned_break - NAME: change its TXT records
labsigned_break() {
	for labsigned_file in "$T/lab/zones"/*.zone; do
		sed -i "/^$1\.[[:space:]].*[[:space:]]TXT[[:space:]]/s/lab1/lab0/" \
			"$labsigned_file"
	done
}

# labsigned_conf - Knot's configuration, all zones as they are
labsigned_conf() {
	cat <<-END
		server:
		    rundir: $T/knot
		    listen: 127.0.0.1@$1
		    udp-workers: 1
		    tcp-workers: 1
		    background-workers: 1
		log:
		  - target: stderr
		    any: error
		database:
		    storage: $T/knot
		template:
		  - id: default
		    storage: $T/lab/zones
		    semantic-checks: off
		zone:
		  - domain: .
		    file: root.zone
		  - domain: test.
		    file: test.zone
	END
	sed -n 's/^domain //p' "$CHECKLAB_WORLD" | while read -r labsigned_name; do
		printf '  - domain: %s.\n    file: %s.zone\n' \
			"$labsigned_name" "$labsigned_name"
	done
}

labsigned_begin() {
	checklab_begin --zones zones
	mkdir -p "$T/keys" "$T/knot"
	while read -r labsigned_name; do
		[ -n "$labsigned_name" ] || continue # the root comes last
		labsigned_sign "$labsigned_name.zone" "$labsigned_name."
		cat "$T/keys/$labsigned_name.ds" >>"$T/lab/zones/test.zone"
	done <"$T/lab/zones/signed"
	labsigned_sign test.zone test.
	cat "$T/keys/test.ds" >>"$T/lab/zones/root.zone"
	labsigned_sign root.zone .
	cp "$T/keys/.ds" "$T/root.key"
	while read -r labsigned_name; do
		labsigned_break "$labsigned_name"
	done <"$T/lab/zones/bogus"
	e2e_port
	labsigned_conf "$PORT" >"$T/knot.conf"
	e2e_start knot peers_exec knotd -c "$T/knot.conf"
	e2e_wait tcp "$PORT"
	CHECKLAB_OPTIONS="$(echo "$CHECKLAB_OPTIONS" |
		sed "s/--resolver [^ ]*/--resolver 127.0.0.1:$PORT/") \
--trust-anchor $T/root.key"
}
