#!/bin/sh
# The laboratory of the checker is what its file says: DNS, policy hosts and
# mail servers, asked by others than the checker; and it ends when told to.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/checklab.sh"
for tool in curl openssl python3; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done

checklab_begin --scan 300
dns=$checklab_base
https=$((dns + 1))
http=$((dns + 2))
smtp=$((dns + 3))
ca=$T/lab/ca.pem

same "the options" "--resolver 127.0.0.1:$dns --ca-file $ca --https-port $https \
--http-port $http --smtp-port $smtp --dns-port $dns --allow-private" \
	"$(cat "$T/lab/options")"

# --- DNS

# ask - SERVER NAME TYPE [tcp]: flags, rcode and records of the answer
ask() {
	python3 "$MTASTS_SOURCE/tests/lib/lab_dig.py" "$1" "$dns" "$2" "$3" \
		"${4:-udp}"
}
# address - NAME: its first address
address() {
	ask 127.0.0.1 "$1" A | sed -n 's/^A //p' | head -n 1
}
ns1=$(address ns1.d11-differs.test)
ns2=$(address ns2.d11-differs.test)

same "a record" "NOERROR RA
TXT v=STSv1; id=lab1;" "$(ask 127.0.0.1 _mta-sts.good.test TXT)"
same "over TCP, in any case" "NOERROR RA
TXT v=STSv1; id=lab1;" "$(ask 127.0.0.1 _MTA-sts.GooD.test TXT tcp)"
same "signed" "NOERROR RA AD
TXT v=STSv1; id=lab1;" "$(ask 127.0.0.1 _mta-sts.good-signed.test TXT)"
same "several strings" "NOERROR RA
TXT v=STSv1; |id=lab1;" "$(ask 127.0.0.1 _mta-sts.d09-strings.test TXT)"
same "no such name" "NXDOMAIN RA" "$(ask 127.0.0.1 nobody.good.test A)"
same "not of this type" "NOERROR RA" "$(ask 127.0.0.1 good.test A)"
same "a name between" "NOERROR RA" "$(ask 127.0.0.1 _tls.good.test TXT)"
same "an alias" "NOERROR RA
CNAME _mta-sts.good.test
TXT v=STSv1; id=lab1;" "$(ask 127.0.0.1 _mta-sts.good-alias.test TXT)"
same "a loop of aliases" "SERVFAIL RA" \
	"$(ask 127.0.0.1 _mta-sts.d10-loop.test TXT)"
has "a loop of aliases, shown" "CNAME one.d10-loop-shown.test" \
	"$(ask 127.0.0.1 _mta-sts.d10-loop-shown.test TXT)"
same "a resolver that fails" "SERVFAIL RA" \
	"$(ask 127.0.0.1 _mta-sts.d02-servfail.test TXT)"
same "a lookup without an answer" "no answer" \
	"$(ask 127.0.0.1 _mta-sts.d02-timeout.test TXT)"
same "one type alone fails: MX" "SERVFAIL RA" \
	"$(ask 127.0.0.1 m01-servfail.test MX)"
same "one type alone fails: TXT" "NOERROR RA
TXT v=spf1 mx -all" "$(ask 127.0.0.1 m01-servfail.test TXT)"
same "a wildcard" "NOERROR RA
MX 10 mx1.o05-wildcard.test" "$(ask 127.0.0.1 any.o05-wildcard.test MX)"
same "no wildcard beside a name" "NOERROR RA" \
	"$(ask 127.0.0.1 mx1.o05-wildcard.test MX)"
same "authorities" "NOERROR RA
CAA 0 issue lab.test" "$(ask 127.0.0.1 good.test CAA)"
same "no mail" "NOERROR RA
MX 0 ." "$(ask 127.0.0.1 m01-null.test MX)"
same "TLSA by the port of here" "$(ask 127.0.0.1 _25._tcp.mx1.good-dane.test TLSA)" \
	"$(ask 127.0.0.1 "_$smtp._tcp.mx1.good-dane.test" TLSA)"
same "the first name server" "NOERROR AA
TXT v=STSv1; id=lab1;" "$(ask "$ns1" _mta-sts.d11-differs.test TXT)"
same "the second one" "NOERROR AA
TXT v=STSv1; id=lab0;" "$(ask "$ns2" _mta-sts.d11-differs.test TXT tcp)"
same "another's domain" "REFUSED AA" "$(ask "$ns1" good.test MX)"
same "a dead name server" "no answer" \
	"$(ask "$(address ns2.d11-dead.test)" _mta-sts.d11-dead.test TXT)"
same "a generated domain" "NOERROR RA
MX 10 mx.d299.scan.test" "$(ask 127.0.0.1 d299.scan.test MX)"
same "one too many" "NXDOMAIN RA" "$(ask 127.0.0.1 d300.scan.test MX)"

# --- policy hosts

# fetch - HOST [OPTION...]: status, and the body in $T/body
fetch() {
	fetch_host=$1
	shift
	curl -s --max-time 10 --noproxy '*' --cacert "$ca" -o "$T/body" \
		-w '%{http_code} %{content_type}' "$@" --connect-to \
		"$fetch_host:443:$(address "$fetch_host"):$https" \
		"https://$fetch_host/.well-known/mta-sts.txt"
}
same "a policy" "200 text/plain" "$(fetch mta-sts.good.test)"
same "its text" "version: STSv1
mode: enforce
mx: mx1.good.test
max_age: 1209600" "$(tr -d '\r' <"$T/body")"
same "a generated one" "200 text/plain" "$(fetch mta-sts.d7.scan.test)"
has "its text" "mx: mx.d7.scan.test" "$(cat "$T/body")"
same "not there" "404 text/plain" "$(fetch mta-sts.p08-404.test)"
same "an address for two" 200 "$(curl -s --noproxy '*' --cacert "$ca" \
	-o "$T/body" -w '%{http_code}' \
	--connect-to "mta-sts.good-ipv6.test:443:[::1]:$https" \
	https://mta-sts.good-ipv6.test/.well-known/mta-sts.txt)"
fetch mta-sts.p06-expired.test >"$T/ignored"
same "expired: curl's status" 60 $?
fetch mta-sts.p04-no-intermediate.test >"$T/ignored"
same "without its issuer: curl's status" 60 $?
same "expired, but looked at" "200 text/plain" \
	"$(fetch mta-sts.p06-expired.test --insecure)"
same "old TLS alone: no handshake" "000 " "$(fetch mta-sts.p03-old-tls.test)"
same "in pieces" "200 text/plain" "$(curl -s --noproxy '*' --cacert "$ca" \
	-o "$T/body" -w '%{http_code} %{content_type}' --connect-to \
	"mta-sts.good-many.test:443:$(address mta-sts.good-many.test |
		sed 's/10$/11/'):$https" \
	https://mta-sts.good-many.test/.well-known/mta-sts.txt)"
same "http" 301 "$(curl -s --noproxy '*' -o "$T/body" -w '%{http_code}' \
	"http://$(address mta-sts.p14-redirect.test):$http/.well-known/mta-sts.txt")"
same "no http by default: curl's status" 7 "$(curl -s --noproxy '*' \
	-o "$T/body" "http://$(address mta-sts.good.test):$http/"
	echo $?)"

# --- mail servers

# starttls - HOST [OPTION...]: what openssl says of the certificate
starttls() {
	starttls_host=$1
	shift
	timeout 10 openssl s_client -starttls smtp -connect \
		"$(address "$starttls_host"):$smtp" -CAfile "$ca" \
		-verify_hostname "$starttls_host" "$@" </dev/null 2>&1 |
		sed -n 's/.*Verif.*: \(.*\)/\1/p; s/^    OCSP.*: //p' |
		sort -u | xargs
}
has "a mail server" "0 (ok)" \
	"$(starttls mx1.good.test -servername mx1.good.test)"
has "of a generated domain" "0 (ok)" \
	"$(starttls mx.d7.scan.test -servername mx.d7.scan.test)"
has "signed by itself" "18 (self-signed certificate)" \
	"$(starttls mx1.s05-self-signed.test)"
has "for somebody else" "hostname mismatch" "$(starttls mx1.s06-name.test)"
has "old TLS too" "0 (ok)" "$(starttls mx1.s04-old.test -tls1_1 \
	-cipher ALL:@SECLEVEL=0)"

# speak - HOST LINE...: all that the server says in the clear
speak() {
	python3 "$MTASTS_SOURCE/tests/lib/lab_speak.py" "$(address "$1")" \
		"$smtp" "$@"
}
has "EHLO" "250-STARTTLS" "$(speak mx1.good.test 'EHLO a.test' QUIT)"
hasnt "no STARTTLS" STARTTLS \
	"$(speak mx1.s02-no-starttls.test 'EHLO a.test' QUIT)"
has "bytes behind the 220" "injected" \
	"$(speak mx1.s02-injected.test 'EHLO a.test' STARTTLS)"
same "busy" "421 4.3.2 too busy" "$(speak mx1.s03-busy.test | tr -d '\r')"
same "a line of 16 KiB" 16386 "$(speak mx1.s02-flood.test | head -n 1 | wc -c)"
checklab_clean
has "no mail" "554 5.7.1" "$(speak mx1.good.test 'MAIL FROM:<a@a.test>' QUIT)"
same "which is noted" "mx1.good.test: MAIL FROM:<a@a.test>" \
	"$(cat "$T/lab/offences")"
curl -s --noproxy '*' --cacert "$ca" -o "$T/body" -d report --connect-to \
	"mta-sts.good.test:443:$(address mta-sts.good.test):$https" \
	https://mta-sts.good.test/v1
has "and so are reports" "POST /v1" "$(cat "$T/lab/offences")"

# --- the end, with connections that do nothing
silent=$(address mx1.s02-silent.test)
python3 "$MTASTS_SOURCE/tests/lib/lab_speak.py" "$silent" "$smtp" hold \
	>"$T/held" &
holder=$!
for _ in $(seq 100); do
	[ ! -s "$T/held" ] || break
	sleep 0.1
done
same "a connection is held" connected "$(cat "$T/held")"
kill -TERM "$CHECKLAB_PID"
wait "$CHECKLAB_PID"
same "its status at the end" 0 $?
wait $holder
same "nothing but ready was said" ready "$(cat "$T/lab.log")"

# --- faults in the file are told with their line
cat >"$T/odd.txt" <<'END'
domain a.test
  smtp .25 cert golden
END
"$MTASTS_BUILD/tools/lab" "$T/odd.txt" "$T/odd" --base "$dns" >"$T/out" 2>&1
same "a fault in the file: status" 1 $?
same "a fault in the file" \
	"lab: $T/odd.txt:2: no certificate is \"golden\"" "$(cat "$T/out")"
e2e_end
