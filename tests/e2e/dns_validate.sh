#!/bin/sh
# The resolver's lookups in a small Internet of signed zones behind a real
# Knot: secure, insecure, bogus, nothing there; with the right trust anchor and
# with a wrong one; forwarding, and as a stub of a real Unbound.
#
#   .                signed, its key is the anchor
#   test.            signed
#   good.test.       signed
#   plain.test.      not signed, and test. says so
#   broken.test.     signed, one record changed afterwards
#   expired.test.    its signatures ended in 2020
#   naked.test.      has a DS and no signatures
#
# REQ: TXT-5 TXT-6
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"

ask=${MTASTS_BUILD:?}/bench/bench_dnsask
[ -x "$ask" ] || skip "$ask is not built"
peers_need knot ldnsutils unbound
e2e_begin
e2e_port && KNOT=$PORT
e2e_port && UNBOUND=$PORT
mkdir -p "$T/zones" "$T/knot" "$T/keys"

# zone - the beginning of a zone file; the name has its final dot, "." too
zone() {
	sub=$1
	[ "$sub" = . ] && sub=
	printf '%s 300 IN SOA ns.%s root.%s 1 3600 600 86400 120\n' \
		"$1" "$sub" "$sub"
	printf '%s 300 IN NS ns.%s\nns.%s 300 IN A 127.0.0.1\n' \
		"$1" "$sub" "$sub"
}

# sign - FILE ZONE [OPTION...]: with a new key; its DS lies in $T/keys/ZONEds
sign() {
	file=$T/zones/$1 name=$2
	shift 2
	key=$(cd "$T/keys" && peers_run ldns-keygen -k -a ECDSAP256SHA256 \
		"$name" 2>>"$T/ldns.log") || fail "no key for $name"
	mv "$T/keys/$key.ds" "$T/keys/${name}ds"
	peers_run ldns-signzone "$@" -f "$file.signed" "$file" \
		"$T/keys/$key" >>"$T/ldns.log" 2>&1 || fail "cannot sign $name"
	mv "$file.signed" "$file"
}

{
	zone good.test.
	cat <<-END
		good.test. 300 IN MX 10 MX.good.test.
		mx.good.test. 300 IN A 192.0.2.1
		mx.good.test. 300 IN AAAA 2001:db8::1
		_25._tcp.mx.good.test. 300 IN TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
		_mta-sts.good.test. 300 IN TXT "v=STSv1;" " id=1;"
		*.wild.good.test. 300 IN TXT "wild"
		to-test.good.test. 60 IN CNAME there.test.
		to-plain.good.test. 300 IN CNAME there.plain.test.
		to-broken.good.test. 300 IN CNAME there.broken.test.
		to-nothing.good.test. 300 IN CNAME nothing.test.
		round.good.test. 300 IN CNAME about.test.
	END
} >"$T/zones/good.test"
{
	zone plain.test.
	echo 'there.plain.test. 300 IN TXT "plain"'
} >"$T/zones/plain.test"
for name in broken expired naked; do
	{
		zone $name.test.
		echo "there.$name.test. 300 IN TXT \"as it was signed\""
		echo "same.$name.test. 300 IN TXT \"as it was signed\""
	} >"$T/zones/$name.test"
done
sign good.test good.test.
sign broken.test broken.test.
sign expired.test expired.test. -i 20200101 -e 20200201
cp "$T/zones/naked.test" "$T/naked"
sign naked.test naked.test.
mv "$T/naked" "$T/zones/naked.test"
sed -i '/^there\./s/as it was signed/as it was changed/' \
	"$T/zones/broken.test"
{
	zone test.
	for name in good plain broken expired naked; do
		echo "$name.test. 300 IN NS ns.$name.test."
		echo "ns.$name.test. 300 IN A 127.0.0.1"
	done
	cat "$T/keys/good.test.ds" "$T/keys/broken.test.ds" \
		"$T/keys/expired.test.ds" "$T/keys/naked.test.ds"
	echo 'there.test. 300 IN TXT "there"'
	echo 'about.test. 300 IN CNAME round.good.test.'
} >"$T/zones/test"
sign test test.
{
	zone .
	echo 'test. 300 IN NS ns.test.'
	echo 'ns.test. 300 IN A 127.0.0.1'
	cat "$T/keys/test.ds"
} >"$T/zones/root"
sign root .
cp "$T/keys/.ds" "$T/root.key"
# A wrong one: the key of another zone under the root's name.
sed 's/^good\.test\./. /' "$T/keys/good.test.ds" >"$T/wrong.key"

cat >"$T/knot.conf" <<END
server:
    rundir: $T/knot
    listen: 127.0.0.1@$KNOT
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
    storage: $T/zones
    semantic-checks: off
zone:
  - domain: .
    file: root
  - domain: test.
    file: test
  - domain: good.test.
    file: good.test
  - domain: plain.test.
    file: plain.test
  - domain: broken.test.
    file: broken.test
  - domain: expired.test.
    file: expired.test
  - domain: naked.test.
    file: naked.test
END
e2e_start knot peers_exec knotd -c "$T/knot.conf"
e2e_wait tcp "$KNOT"

# asked - the line about a name and type; TTLs as if no second had gone by
asked() {
	grep "^$1 $2 " "$T/said" | sed -e "s/^$1 $2 //" \
		-e 's/ttl=29[0-9]/ttl=300/' -e 's/ttl=11[0-9]/ttl=120/' \
		-e 's/ttl=5[0-9]/ttl=60/'
}

# facts - what holds for every way of asking that validates
facts() {
	same "$1: a record of two strings" \
		'found ttl=300 cnames=0 secure _mta-sts.good.test: "v=STSv1; id=1;"' \
		"$(asked _mta-sts.good.test TXT)"
	same "$1: MX" 'found ttl=300 cnames=0 secure good.test: 10/mx.good.test' \
		"$(asked good.test MX)"
	same "$1: A" 'found ttl=300 cnames=0 secure mx.good.test: 192.0.2.1' \
		"$(asked mx.good.test A)"
	same "$1: AAAA" \
		'found ttl=300 cnames=0 secure mx.good.test: 2001:db8::1' \
		"$(asked mx.good.test AAAA)"
	same "$1: TLSA" "found ttl=300 cnames=0 secure _25._tcp.mx.good.test: 3/1/1/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
		"$(asked _25._tcp.mx.good.test TLSA)"
	same "$1: nothing of this type, proven" \
		'nodata ttl=120 cnames=0 secure mx.good.test:' \
		"$(asked mx.good.test TXT)"
	same "$1: nothing at all, proven" \
		'nxdomain ttl=120 cnames=0 secure _25._tcp.nx.good.test:' \
		"$(asked _25._tcp.nx.good.test TLSA)"
	same "$1: from a wildcard" \
		'found ttl=300 cnames=0 secure x.wild.good.test: "wild"' \
		"$(asked x.wild.good.test TXT)"
	same "$1: a signed name leads to another" \
		'found ttl=60 cnames=1 secure there.test: "there"' \
		"$(asked to-test.good.test TXT)"
	same "$1: a signed name leads to one that is not" \
		'found ttl=300 cnames=1 there.plain.test: "plain"' \
		"$(asked to-plain.good.test TXT)"
	same "$1: a signed name leads nowhere, proven" \
		'nxdomain ttl=120 cnames=1 secure nothing.test:' \
		"$(asked to-nothing.good.test TXT)"
	same "$1: not signed" 'found ttl=300 cnames=0 there.plain.test: "plain"' \
		"$(asked there.plain.test TXT)"
	same "$1: not there in a zone that is not signed" \
		'nxdomain ttl=120 cnames=0 nothing.plain.test:' \
		"$(asked nothing.plain.test TXT)"
	same "$1: its neighbour was changed" \
		'found ttl=300 cnames=0 secure same.broken.test: "as it was signed"' \
		"$(asked same.broken.test TXT)"
	same "$1: validation" works "$(sed -n 's/^validation //p' "$T/said")"
	for pair in "there.broken.test TXT" "there.expired.test TXT" \
		"there.naked.test TXT" "to-broken.good.test TXT"; do
		# shellcheck disable=SC2086 # two words
		case $(asked $pair) in
		"$2"*) same "$1: $pair" "" "" ;;
		*) same "$1: $pair" "$2..." "$(asked $pair)" ;;
		esac
	done
}

# run - BACKEND ANCHOR SERVER: ask for all of it
run() {
	"$ask" "$1" "$2" "$3" 8000 _mta-sts.good.test TXT good.test MX \
		mx.good.test A mx.good.test AAAA _25._tcp.mx.good.test TLSA \
		mx.good.test TXT _25._tcp.nx.good.test TLSA \
		x.wild.good.test TXT to-test.good.test TXT \
		to-plain.good.test TXT to-nothing.good.test TXT \
		there.plain.test TXT nothing.plain.test TXT \
		same.broken.test TXT there.broken.test TXT \
		there.expired.test TXT there.naked.test TXT \
		to-broken.good.test TXT round.good.test TXT \
		>"$T/said" 2>"$T/ask.log" || fail "$* cannot ask"
}

run validate "$T/root.key" "127.0.0.1:$KNOT"
facts "validating" "bogus: validation failure"
has "a loop has failed" "servfail: " "$(asked round.good.test TXT)"
has "why: changed" "signature" "$(asked there.broken.test TXT)"
has "why: expired" "expired" "$(asked there.expired.test TXT)"
same "the log is silent" "" "$(cat "$T/ask.log")"

# With a wrong anchor nothing is known, not even what is not signed.
run validate "$T/wrong.key" "127.0.0.1:$KNOT"
same "wrong anchor: all of it is bogus" 0 \
	"$(grep -Evc ' bogus: |^validation fails$|^round' "$T/said")"
same "wrong anchor: validation" fails "$(sed -n 's/^validation //p' "$T/said")"
has "wrong anchor: the log says so" dns-validation-fails "$(cat "$T/ask.log")"

# The same through a resolver, as a forwarder and as the one to be trusted.
cat >"$T/unbound.conf" <<END
server:
    interface: 127.0.0.1@$UNBOUND
    do-daemonize: no
    use-syslog: no
    chroot: ""
    username: ""
    directory: "$T"
    pidfile: ""
    do-not-query-localhost: no
    trust-anchor-file: "$T/root.key"
    module-config: "validator iterator"
    local-zone: "test." nodefault
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@$KNOT
END
e2e_start unbound peers_exec unbound -c "$T/unbound.conf"
e2e_wait tcp "$UNBOUND"

run stub - "127.0.0.1:$UNBOUND"
facts "stub" "servfail: the server answered SERVFAIL"
has "stub: a loop has failed" "servfail: " "$(asked round.good.test TXT)"

run validate "$T/root.key" "127.0.0.1:$UNBOUND"
facts "forwarding" "bogus: validation failure"

run validate "$T/wrong.key" "127.0.0.1:$UNBOUND"
same "wrong anchor: what the forwarder says does not count" 0 \
	"$(grep -c ' secure ' "$T/said")"

# As a stub of a server that does not validate, nothing is secure.
run stub - "127.0.0.1:$KNOT"
same "a stub of Knot: nothing is secure" 0 "$(grep -c ' secure ' "$T/said")"
same "a stub of Knot: validation" fails \
	"$(sed -n 's/^validation //p' "$T/said")"

e2e_end
