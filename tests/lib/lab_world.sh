# lab_world.sh - the laboratory's mail domains, their MX and policy hosts
#
#   lab_domain D MX KIND [N]   a domain with this MX host, preference N; said
#                              again, it has one more. The host is KIND:
#                                good       certificate of the authority
#                                untrusted  of another authority
#                                expired    was valid in 2020
#                                wrongname  of another host
#                                plain      no STARTTLS
#                                v6         good, and has no IPv4 address
#   lab_policy D MODE MX...    publish a policy, served by mtasts-host
#   lab_bad_policy D MANNER MX a policy in mode enforce, served badly:
#                              expired, untrusted, wrongname, 404, redirect...
#   lab_tlsa MX KIND           TLSA: good, bad (of another key) or unusable (of
#                              a usage that RFC 7672 section 3.1.3 leaves out)
#   lab_core                   the domains that every MTA is tried with
#   lab_world                  make all of it and start it, DNS too
#   lab_policy_change D WORD.. "mtasts domain set", and DNS as it is then
#   lab_serves_mx D MX         is that policy of D served by now?
#   lab_host_stop              no policy host answers any more
#   lab_came D                 how messages for D came: one JSON line each
#
# Each MX host has an address of its own, from 192.0.2.1 on: loopback, too, but no
# MTA takes it for itself.

LAB_HOST=192.0.2.251
LAB_BAD_HOST=192.0.2.252
LAB_N=0
# shellcheck disable=SC2034 # for the tests
LAB_IDN=bücher.sts.example
LAB_IDN_A=xn--bcher-kva.sts.example

# lab_issue - a certificate of a kind; $1 kind, $2 name, $3 folder
lab_issue() {
	case $1 in
	untrusted) lab_ca_issue "$T/ca2" "$2" "$3" ;;
	expired) lab_ca_issue --expired "$T/ca" "$2" "$3" ;;
	wrongname) lab_ca_issue "$T/ca" other.example "$3" ;;
	*) lab_ca_issue "$T/ca" "$2" "$3" ;;
	esac >"$3.out" 2>&1 || : >"$T/world/failed"
}

# lab_cert - the same in the background; "wait" is in lab_world
lab_cert() {
	[ "$1" != untrusted ] || [ -e "$T/ca2" ] ||
		lab_ca_init "$T/ca2" >"$T/ca.out" 2>&1 ||
		fail "no second authority"
	lab_issue "$@" &
	LAB_CERTS="${LAB_CERTS:-} $!"
}

lab_domain() {
	lab_folder=$T/world/certs/$2
	LAB_N=$((LAB_N + 1))
	lab_address=192.0.2.$LAB_N
	lab_rr "$1" MX "${4:-10}" "$2."
	case $3 in
	v6)
		lab_address=fd00:25::1
		lab_rr "$2" AAAA "$lab_address"
		;;
	*) lab_rr "$2" A "$lab_address" ;;
	esac
	case $3 in
	plain) lab_folder=- ;;
	*) lab_cert "$3" "$2" "$lab_folder" ;;
	esac
	echo "$lab_address $2 $lab_folder" >>"$T/world/sinks"
}

# lab_publish - registry and address of a domain's policy; no TXT yet
lab_publish() {
	lab_d=$1 lab_mode=$2 lab_mx=$3
	shift 3
	for lab_more in "$@"; do
		lab_mx=$lab_mx,$lab_more
	done
	e2e_mtasts domain add "$lab_d" "mode=$lab_mode" "mx=$lab_mx" \
		"addresses=$LAB_HOST" "ttl=${LAB_TTL}s" --force \
		>"$T/domain.out" 2>&1 ||
		fail "domain add $lab_d: $(cat "$T/domain.out")"
}

# lab_txt - the records that mtasts wants for a domain
lab_txt() {
	e2e_mtasts dns "$1" --format bind >"$T/world/records" ||
		fail "mtasts dns $1"
	grep -v '^;' "$T/world/records" >>"$T/dns/records/$ZONE"
}

lab_policy() {
	lab_publish "$@"
	LAB_NAMES="${LAB_NAMES:-} mta-sts.$1"
	lab_zone_of "$1"
	lab_txt "$1"
}

lab_bad_policy() {
	lab_cert "$2" "mta-sts.$1" "$T/world/certs/mta-sts.$1"
	printf 'version: STSv1\r\nmode: enforce\r\nmx: %s\r\nmax_age: 86400\r\n' \
		"$3" >"$T/world/$1.txt"
	echo "mta-sts.$1 $T/world/certs/mta-sts.$1 $2 $T/world/$1.txt" \
		>>"$T/world/bad"
	lab_rr "mta-sts.$1" A "$LAB_BAD_HOST"
	lab_rr "_mta-sts.$1" TXT '"v=STSv1; id=1;"'
}

lab_tlsa() {
	LAB_TLSA="${LAB_TLSA:-} $1=$2"
}

# lab_core - "N.sts.example" with "mx.N.sts.example", all untrusted ones of which
# would be refused if anything but their policy were applied
lab_core() {
	for lab_kind in good untrusted expired wrongname plain v6; do
		lab_domain "$lab_kind.sts.example" "mx.$lab_kind.sts.example" \
			"$lab_kind"
		lab_policy "$lab_kind.sts.example" enforce \
			"mx.$lab_kind.sts.example"
	done
	lab_domain wild.sts.example mx.mail.wild.sts.example good
	lab_policy wild.sts.example enforce '*.mail.wild.sts.example'
	lab_domain "$LAB_IDN_A" "mx.$LAB_IDN_A" good
	lab_policy "$LAB_IDN_A" enforce "mx.$LAB_IDN_A"
	# The certificate is good for the MX; but the policy has another MX.
	lab_domain outside.sts.example mx.outside.sts.example good
	lab_policy outside.sts.example enforce other.outside.sts.example
	# The first MX is not the policy's, the second is.
	lab_domain two.sts.example evil.two.sts.example good 10
	lab_domain two.sts.example mx.two.sts.example good 20
	lab_policy two.sts.example enforce mx.two.sts.example
	# Two domains share a host that only the first one's policy has.
	lab_domain share-a.sts.example mx.share-a.sts.example good
	lab_policy share-a.sts.example enforce mx.share-a.sts.example
	lab_rr share-b.sts.example MX 10 mx.share-a.sts.example.
	lab_domain share-b.sts.example mx.share-b.sts.example good 20
	lab_policy share-b.sts.example enforce mx.share-b.sts.example
	for lab_kind in testing none; do
		lab_domain "$lab_kind.sts.example" "mx.$lab_kind.sts.example" \
			untrusted
		lab_policy "$lab_kind.sts.example" "$lab_kind" \
			"mx.$lab_kind.sts.example"
	done
	lab_domain nopolicy.sts.example mx.nopolicy.sts.example untrusted
	for lab_kind in expired untrusted wrongname 404; do
		lab_domain "bad-$lab_kind.sts.example" \
			"mx.bad-$lab_kind.sts.example" untrusted
		lab_bad_policy "bad-$lab_kind.sts.example" "$lab_kind" \
			"mx.bad-$lab_kind.sts.example"
	done
}

# lab_tlsa_records - when the certificates are there
lab_tlsa_records() {
	for lab_pair in ${LAB_TLSA:-}; do
		lab_name=${lab_pair%=*}
		lab_hash=$(openssl x509 -pubkey -noout \
			-in "$T/world/certs/$lab_name/fullchain.pem" |
			openssl pkey -pubin -outform DER | sha256sum)
		lab_hash=${lab_hash%% *}
		lab_usage=3
		case ${lab_pair#*=} in
		bad) lab_hash=$(echo "$lab_hash" | tr 0-9a-f 1-9a-f0) ;;
		unusable) lab_usage=1 ;;
		esac
		lab_rr "_25._tcp.$lab_name" TLSA $lab_usage 1 1 "$lab_hash"
	done
}

# lab_host_start - mtasts-host with the registry of this test
lab_host_start() {
	cat >"$T/host.yaml" <<-END
		store: { url: "sqlite:$T/store" }
		host:
		  https: ["$LAB_HOST:443"]
		  http: []
		  certificates: ["$T/world/host"]
		  metrics: ""
		  control: ""
		  workers: 1
	END
	e2e_start host "$MTASTS_BIN/mtasts-host" --config "$T/host.yaml"
	LAB_HOST_PID=$E2E_PID
}

# lab_serves - is the policy of a domain served by now?
lab_serves() {
	lab_serves_mx "$1" ""
}

# lab_serves_mx - and does it begin with this MX?
lab_serves_mx() {
	curl -sS -m 5 --noproxy '*' --cacert "$T/ca/ca.pem" \
		"https://mta-sts.$1/.well-known/mta-sts.txt" \
		>"$T/world/served" 2>"$T/world/curl" &&
		grep -q "^mx: $2" "$T/world/served"
}

lab_world() {
	: >>"$T/world/bad"
	# One certificate names all policy hosts that are well.
	# shellcheck disable=SC2086 # names
	lab_ca_issue "$T/ca" mta-sts.sts.example "$T/world/host/all" \
		${LAB_NAMES:-} >"$T/ca.out" 2>&1 || fail "no certificate"
	# shellcheck disable=SC2086 # numbers
	[ -z "${LAB_CERTS:-}" ] || wait $LAB_CERTS
	[ ! -e "$T/world/failed" ] || fail "a certificate could not be made"
	lab_tlsa_records
	e2e_start sinks python3 "$LAB/lab_smtpd.py" "$T/world/sinks" \
		"$T/world/mail"
	e2e_start badhost python3 "$LAB/lab_https.py" "$LAB_BAD_HOST" 443 \
		"$T/world/bad"
	lab_host_start
	lab_dns
	lab_until "the sinks listen" grep -q ready "$T/sinks.log"
	lab_until "the bad policy hosts listen" grep -q ready "$T/badhost.log"
	for lab_name in ${LAB_NAMES:-}; do
		lab_until "a policy is served" lab_serves "${lab_name#mta-sts.}"
		break
	done
}

lab_policy_change() {
	lab_d=$1
	e2e_mtasts domain set "$@" --force >"$T/domain.out" 2>&1 ||
		fail "domain set $lab_d: $(cat "$T/domain.out")"
	lab_unrr "_mta-sts.$lab_d" TXT
	lab_zone_of "$lab_d"
	lab_unrr "mta-sts.$lab_d" A
	lab_txt "$lab_d"
	lab_dns_reload
}

lab_host_stop() {
	kill "$LAB_HOST_PID"
	e2e_gone "$LAB_HOST_PID" || fail "mtasts-host does not end"
}

lab_came() {
	jq -c --arg d "@$1" 'select(.rcpt != null) |
		select(any(.rcpt[]; endswith($d)))' "$T/world/mail" 2>/dev/null
}
