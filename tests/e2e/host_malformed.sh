#!/bin/sh
# What is no good request gets a status or a closed connection, never a crash
# or another domain's policy: over plain TCP and over TLS, in one piece and in
# many.
#
# A row: what is wrong, the statuses allowed ("close": the connection ends
# behind it, 0: it ends without an answer), the bytes. {X*N} stands for N times
# X; \r \n \0 \t and \xHH as in C. The rest of the bytes is as it stands.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

host_begin
host_domain one.example
host_domain two.example
host_cert one.example
host_conf
host_start

# shellcheck disable=SC2028 # the backslashes are for the reader of the table
rows() {
	sed -e "s|@\\\\|GET $HOST_PATH HTTP/1.1\\\\|g" -e 's|#H|Host: mta-sts.one.example|' <<'END'
good	200	@\r\n#H\r\n\r\n
HEAD	head	HEAD /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
empty line in front	200	\r\n@\r\n#H\r\n\r\n
query	200	GET /.well-known/mta-sts.txt?a=b&c HTTP/1.1\r\n#H\r\n\r\n
absolute-form	200	GET https://mta-sts.one.example/.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
Host with a port	200	@\r\n#H:8443\r\n\r\n
Host with a final dot	200	@\r\n#H.\r\n\r\n
Host in capitals	200	@\r\nHOST: MTA-STS.ONE.EXAMPLE\r\n\r\n
HTTP/1.0 with Host	200 close	GET /.well-known/mta-sts.txt HTTP/1.0\r\n#H\r\n\r\n
later minor version	200	GET /.well-known/mta-sts.txt HTTP/1.9\r\n#H\r\n\r\n
blanks around a value	200	@\r\nHost: \t mta-sts.one.example \t\r\n\r\n
bare LF	400 close	@\n#H\n\n
bare LF in the middle	400 close	@\r\nA: b\n#H\r\n\r\n
bare CR	400 close	@\r\nA: b\rc\r\n#H\r\n\r\n
folded field	400 close	@\r\n#H\r\nA: b\r\n c\r\n\r\n
folded Host	400 close	@\r\nHost:\r\n mta-sts.one.example\r\n\r\n
first field folded	400 close	@\r\n A: b\r\n#H\r\n\r\n
blank before the colon	400 close	@\r\nHost : mta-sts.one.example\r\n\r\n
no colon	400 close	@\r\n#H\r\nnonsense\r\n\r\n
empty field name	400 close	@\r\n#H\r\n: x\r\n\r\n
NUL in Host	400 close	@\r\nHost: mta-sts.one.example\0.two.example\r\n\r\n
NUL in a value	400 close	@\r\n#H\r\nA: b\0c\r\n\r\n
NUL in a name	400 close	@\r\n#H\r\nA\0: b\r\n\r\n
NUL in the path	400 close	GET /.well-known/mta-sts.txt\0 HTTP/1.1\r\n#H\r\n\r\n
control byte in a value	400 close	@\r\n#H\r\nA: \x1b[31m\r\n\r\n
length and coding	400 close	@\r\n#H\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
two lengths	400 close	@\r\n#H\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello
two equal lengths	400 close	@\r\n#H\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n
a list of lengths	400 close	@\r\n#H\r\nContent-Length: 5, 5\r\n\r\nhello
absurd length	400 close	@\r\n#H\r\nContent-Length: 99999999999999999999\r\n\r\n
negative length	400 close	@\r\n#H\r\nContent-Length: -1\r\n\r\n
length with a sign	400 close	@\r\n#H\r\nContent-Length: +5\r\n\r\nhello
length in hex	400 close	@\r\n#H\r\nContent-Length: 0x5\r\n\r\nhello
empty length	400 close	@\r\n#H\r\nContent-Length: \r\n\r\n
a body	413 close	@\r\n#H\r\nContent-Length: 5\r\n\r\nhello
a chunked body	413 close	@\r\n#H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
a body of 1 GB	413 close	@\r\n#H\r\nContent-Length: 1073741824\r\n\r\n{x*100000}
a request in a body	413 close	@\r\n#H\r\nContent-Length: 77\r\n\r\n@\r\nHost: mta-sts.two.example\r\n\r\n
a request behind a chunked body	413 close	@\r\n#H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n@\r\nHost: mta-sts.two.example\r\n\r\n
a request behind bad framing	400 close	@\r\n#H\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n@\r\nHost: mta-sts.two.example\r\n\r\n
a request behind a bad one	400 close	@\n#H\r\n\r\n@\r\nHost: mta-sts.two.example\r\n\r\n
upgrade to HTTP/2	200	@\r\n#H\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n
a range	200	@\r\n#H\r\nRange: bytes=0-3\r\nIf-None-Match: *\r\n\r\n
POST with a body	405 close	POST /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\nContent-Length: 5\r\n\r\nhello
expects to continue	413 close	@\r\n#H\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n
unknown coding	400 501 close	@\r\n#H\r\nTransfer-Encoding: gzip, chunked\r\n\r\n
coding not chunked	400 501 close	@\r\n#H\r\nTransfer-Encoding: identity\r\n\r\n
hidden coding	400 close	@\r\n#H\r\nTransfer-Encoding: \x0bchunked\r\n\r\n
two codings	400 close	@\r\n#H\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n
coding in HTTP/1.0	400 close	GET /.well-known/mta-sts.txt HTTP/1.0\r\n#H\r\nTransfer-Encoding: chunked\r\n\r\n
no Host	400 close	@\r\n\r\n
no Host in HTTP/1.0	400 close	GET /.well-known/mta-sts.txt HTTP/1.0\r\n\r\n
two Hosts	400 close	@\r\n#H\r\nHost: mta-sts.two.example\r\n\r\n
two equal Hosts	400 close	@\r\n#H\r\n#H\r\n\r\n
empty Host	400	@\r\nHost:\r\n\r\n
Host is an address	404 421	@\r\nHost: 127.0.0.1\r\n\r\n
Host is an IPv6 address	404 421	@\r\nHost: [::1]:443\r\n\r\n
Host without the prefix	404 421	@\r\nHost: one.example\r\n\r\n
Host is the prefix	404 421	@\r\nHost: mta-sts.\r\n\r\n
Host with two prefixes	404 421	@\r\nHost: mta-sts.mta-sts.one.example\r\n\r\n
Host with two final dots	404 421	@\r\n#H..\r\n\r\n
Host of 300 characters	404 421	@\r\nHost: mta-sts.{a*60}.{b*60}.{c*60}.{d*60}.{e*50}\r\n\r\n
Host of one long label	404 421	@\r\nHost: mta-sts.{a*300}\r\n\r\n
Host with a list	400 close	@\r\nHost: mta-sts.one.example, mta-sts.two.example\r\n\r\n
Host with a path	400 close	@\r\nHost: mta-sts.one.example/\r\n\r\n
Host with a user	400 close	@\r\nHost: x@mta-sts.one.example\r\n\r\n
Host with a blank	400 close	@\r\nHost: mta-sts.one.example x\r\n\r\n
Host in UTF-8	400 close	@\r\nHost: mta-sts.b\xc3\xbccher.example\r\n\r\n
Host with bad port	400	@\r\n#H:99999\r\n\r\n
Host with a word as port	400	@\r\n#H:x\r\n\r\n
absolute-form of another	400	GET https://mta-sts.two.example/.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
absolute-form with a user	400 close	GET https://u@mta-sts.one.example/.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
absolute-form of ftp	400 close	GET ftp://mta-sts.one.example/.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
authority-form	400 close	GET mta-sts.one.example HTTP/1.1\r\n#H\r\n\r\n
CONNECT	405	CONNECT mta-sts.one.example:443 HTTP/1.1\r\n#H\r\n\r\n
OPTIONS *	405	OPTIONS * HTTP/1.1\r\n#H\r\n\r\n
TRACE	405	TRACE /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
unknown method	405	BREW /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
method in small letters	405	get /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
long method	405	{M*5000} /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
no method	400 close	 /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
two blanks	400 close	GET  /.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
tab for a blank	400 close	GET\t/.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
blank in the path	400 close	GET /.well-known/mta-sts.txt x HTTP/1.1\r\n#H\r\n\r\n
fragment	400 close	GET /.well-known/mta-sts.txt#x HTTP/1.1\r\n#H\r\n\r\n
high byte in the path	400 close	GET /\xff HTTP/1.1\r\n#H\r\n\r\n
HTTP/0.9	400 close	GET /.well-known/mta-sts.txt\r\n
HTTP/2.0	505 close	GET /.well-known/mta-sts.txt HTTP/2.0\r\n#H\r\n\r\n
HTTP/1.10	400 close	GET /.well-known/mta-sts.txt HTTP/1.10\r\n#H\r\n\r\n
http in small letters	400 close	GET /.well-known/mta-sts.txt http/1.1\r\n#H\r\n\r\n
preface of HTTP/2	400 505 close	PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
header of 1 MB	431 close	@\r\n#H\r\nA: {a*1048576}\r\n\r\n
header of many fields	431 close	@\r\n#H\r\n{A: b\r\n*20000}\r\n
request line of 1 MB	431 close	GET /{a*1048576} HTTP/1.1\r\n#H\r\n\r\n
never an end of line	431 close	{A*100000}
never a blank line	431 close	@\r\n{A: b\r\n*20000}
dot segments	404	GET /x/../.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
escaped path	404	GET /%2ewell-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
two slashes	404	GET //.well-known/mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
backslash	400 close	GET \\.well-known\\mta-sts.txt HTTP/1.1\r\n#H\r\n\r\n
SMTP	400 close	EHLO client.example\r\n
a TLS record	400 close	\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03
SOCKS	400 close	\x05\x01\x00
a PROXY line	400 close	PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n@\r\n#H\r\n\r\n
binary noise	400 close	\x80\xff\x00\x01{\xfe*2000}
END
}

rows >"$T/rows"
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$MTASTS_SOURCE/tests/lib"
for way in plain "$T/ca/ca.pem"; do
	port=$HTTP
	[ "$way" = plain ] || port=$HTTPS
	for pieces in 1 40; do
		python3 "$MTASTS_SOURCE/tests/lib/malformed.py" "$port" "$way" \
			"$pieces" <"$T/rows" || E2E_BAD=$((E2E_BAD + 1))
	done
done
kill -0 "$HOST" || fail "it crashed"
logged "the log shows escapes and cut texts only" '^info request'
LC_ALL=C grep -n '[^ -~]' "$HOST_LOG" && e2e_failed "log" "printable" "see above"
host_stop
same "no leak" 0 "$STATUS"
e2e_end
