#!/bin/sh
# A domain whose policy another tool publishes moves here: the same bytes, the
# same id. Senders see no difference; a removal waits for what was before.
#
# REQ: OPS-4
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publish.sh"

publish_begin
e2e_port && OTHER=$PORT
host_cert old.lab.example
mkdir -p "$T/other/.well-known"
printf 'version: STSv1\nmode: enforce\nmx: mx.old.lab.example\nmx: *.example.net\nmax_age: 86400\n' \
	>"$T/other/.well-known/mta-sts.txt"
cat >"$T/other.py" <<'END'
import functools, http.server, ssl, sys
port, folder, pair = int(sys.argv[1]), sys.argv[2], sys.argv[3]
handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                            directory=folder)
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pair + "/fullchain.pem", pair + "/privkey.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
END
mv "$T/certs/mta-sts.old.lab.example" "$T/other-pair"
e2e_start other python3 "$T/other.py" "$OTHER" "$T/other" "$T/other-pair"
e2e_wait tcp "$OTHER"

# take - take it over, as things are. $@ more words
take() {
	mtasts domain add old.lab.example --from-live --https-port "$OTHER" \
		--ca-file "$T/ca/ca.pem" "$@"
}

take
same "no record" 1 "$STATUS"
has "is told" "there is no MTA-STS record at _mta-sts.old.lab.example" "$OUT"
by_hand <<END
zone lab.example.
update add _mta-sts.old.lab.example. 300 TXT "v=STSv1; id=-;"
END
take
same "one that is not valid" 1 "$STATUS"
has "is told, too" "is not valid: there is nothing to take over" "$OUT"
by_hand <<END
zone lab.example.
update delete _mta-sts.old.lab.example. TXT
update add _mta-sts.old.lab.example. 300 TXT "v=STSv1; id=abc123;"
END
take
same "no policy host" 1 "$STATUS"
by_hand <<END
zone lab.example.
update add mta-sts.old.lab.example. 300 A 127.0.0.1
END
mv "$T/other/.well-known/mta-sts.txt" "$T/policy.txt"
take
same "no policy" 1 "$STATUS"
has "is told with the status" "404" "$OUT"
echo "version: STSv1" >"$T/other/.well-known/mta-sts.txt"
take
same "half a policy" 1 "$STATUS"
mtasts domain list
has "none of them added it" "no domain yet" "$OUT"
cp "$T/policy.txt" "$T/other/.well-known/mta-sts.txt"

take mode=testing
same "its mode is what it is" 2 "$STATUS"
take --dry-run
same "a dry run" 0 "$STATUS"
has "says what would be" "would be taken over" "$OUT"
mtasts domain list
has "and changes nothing" "no domain yet" "$OUT"
take
same "taken over" 0 "$STATUS"
for text in "mode (default) -> enforce" "max-age (default) -> 1d" \
	"mx (default) -> mx.old.lab.example,*.example.net" \
	"id abc123 (unchanged: senders see no difference)" \
	"before it maybe, held by senders until"; do
	has "it says" "$text" "$OUT"
done
mtasts domain show old.lab.example --json
jq -j .body "$T/publish.out" >"$T/body.seen"
same "byte for byte" "$(od -c <"$T/policy.txt")" "$(od -c <"$T/body.seen")"
same "under the same id" abc123 "$(jq -r .id "$T/publish.out")"
take
same "a second time" 1 "$STATUS"
has "is refused" "is in the registry already" "$OUT"

# Publishing finds everything in step but the certificate; the record is ours.
publish old.lab.example
same "it goes on" 0 "$STATUS"
same "with the id" abc123 "$(id_in_dns old.lab.example)"
live old.lab.example
mtasts domain set old.lab.example max-age=2d
publish old.lab.example
same "and on" "0 $(id_of old.lab.example)" "$STATUS $(id_in_dns old.lab.example)"
mtasts domain remove old.lab.example
until=$(echo "$OUT" | sed -n 's/.* until \(20[0-9-]*\)T.*/\1/p')
days=$((($(date -d "$until" +%s) - $(date +%s)) / 86400))
[ "$days" -gt 360 ] && [ "$days" -lt 367 ]
same "its removal waits for what was before ($days days)" 0 $?
host_stop
e2e_end
