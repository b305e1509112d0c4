# lab_ca.sh - a laboratory certificate authority, for loopback only
#
#   . tools/lab_ca.sh
#   lab_ca_init DIR
#       make the authority unless it is there: DIR/ca.pem is the root to
#       trust, DIR/issuer.pem issues below it
#   lab_ca_issue [OPTION...] DIR NAME OUTDIR [NAME...]
#       make OUTDIR/fullchain.pem and OUTDIR/privkey.pem for these names;
#       what was there is replaced, the key first
#           --expired    was valid in January 2020
#           --early      will be valid in 2090
#           --cn-only    NAME as common name, no subjectAltName
#           --alone      without the issuer's certificate
#
# Both return non-zero after openssl's message. For a wrong name, issue for
# another NAME than that of OUTDIR. All keys are ECDSA P-256. POSIX sh and
# openssl only; nothing is printed.

# lab_ca_key - a new key. $1 file
lab_ca_key()
(
	umask 077
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$1"
)

# lab_ca_sign - certificate for a request; $1 work folder, $2 issuer's
# certificate, $3 its key, $4 request, $5 result; then dates and extensions
lab_ca_sign()
{
	lab_ca_w=$1 lab_ca_by=$2 lab_ca_by_key=$3 lab_ca_in=$4 lab_ca_out=$5
	shift 5
	: >"$lab_ca_w/index.txt"
	openssl ca -batch -notext -config "$lab_ca_w/ca.cnf" -name lab \
		-cert "$lab_ca_by" -keyfile "$lab_ca_by_key" \
		-in "$lab_ca_in" -out "$lab_ca_out" "$@" \
		>"$lab_ca_w/log" 2>&1 || {
		cat "$lab_ca_w/log" >&2
		return 1
	}
}

# lab_ca_config - what "openssl ca" wants; $1 work folder, $2 "DNS:..." or ""
lab_ca_config()
{
	cat >"$1/ca.cnf" <<-EOT
		[lab]
		database = $1/index.txt
		new_certs_dir = $1
		rand_serial = yes
		default_md = sha256
		policy = any
		unique_subject = no
		[any]
		commonName = optional
		organizationName = optional
		[req]
		distinguished_name = dn
		prompt = no
		[dn]
		CN = Laboratory
		[authority]
		basicConstraints = critical, CA:TRUE
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		[server]
		basicConstraints = critical, CA:FALSE
		keyUsage = critical, digitalSignature
		extendedKeyUsage = serverAuth
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		${2:+subjectAltName = $2}
	EOT
}

# lab_ca_request - a request; $1 work folder, $2 key, $3 common name, $4 file
lab_ca_request()
{
	openssl req -new -config "$1/ca.cnf" -key "$2" -subj "/CN=$3" -out "$4"
}

lab_ca_init()
(
	dir=$1
	[ -f "$dir/issuer.pem" ] && exit 0
	mkdir -p "$dir" && work=$(mktemp -d "$dir/.work.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	lab_ca_config "$work" "" &&
		lab_ca_key "$dir/ca.key" && lab_ca_key "$dir/issuer.key" &&
		openssl req -new -x509 -config "$work/ca.cnf" \
			-extensions authority -key "$dir/ca.key" -sha256 \
			-subj "/CN=Laboratory Root" -days 3650 \
			-out "$dir/ca.pem" &&
		lab_ca_request "$work" "$dir/issuer.key" "Laboratory Issuer" \
			"$work/issuer.csr" &&
		lab_ca_sign "$work" "$dir/ca.pem" "$dir/ca.key" \
			"$work/issuer.csr" "$work/issuer.pem" \
			-extensions authority -days 3650 &&
		mv "$work/issuer.pem" "$dir/issuer.pem"
)

lab_ca_issue()
(
	dates='-days 365' san=yes alone=no
	while :; do
		case $1 in
		--expired) dates='-startdate 20200101000000Z -enddate 20200201000000Z' ;;
		--early) dates='-startdate 20900101000000Z -enddate 20910101000000Z' ;;
		--cn-only) san=no ;;
		--alone) alone=yes ;;
		*) break ;;
		esac
		shift
	done
	dir=$1 name=$2 out=$3
	shift 3
	names=DNS:$name
	for other in "$@"; do
		[ "$other" = "$name" ] || names=$names,DNS:$other
	done
	[ "$san" = yes ] || names=
	mkdir -p "$out" && work=$(mktemp -d "$dir/.work.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	# The common name holds 64 bytes at most, and nobody looks at it.
	[ "$san" = no ] || [ "${#name}" -le 64 ] || name=long
	# shellcheck disable=SC2086 # two words or four
	lab_ca_config "$work" "$names" &&
		lab_ca_key "$work/privkey.pem" &&
		lab_ca_request "$work" "$work/privkey.pem" "$name" \
			"$work/leaf.csr" &&
		lab_ca_sign "$work" "$dir/issuer.pem" "$dir/issuer.key" \
			"$work/leaf.csr" "$work/fullchain.pem" \
			-extensions server $dates || exit 1
	[ "$alone" = yes ] ||
		cat "$dir/issuer.pem" >>"$work/fullchain.pem" || exit 1
	mv "$work/privkey.pem" "$out/privkey.pem" &&
		mv "$work/fullchain.pem" "$out/fullchain.pem"
)
