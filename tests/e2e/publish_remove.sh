#!/bin/sh
# A removed domain to its end: mode none is published, until all that was served
# has run out; then its records go, and when resolvers have forgotten them, it
# does, too. The same where somebody has to delete records by hand.
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
publish_conf "- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/tsig.key, zones: [one.lab.example] }"
by_hand <<END
zone lab.example.
update add mta-sts.hand.lab.example. 300 A 127.0.0.1
END
host_domain one.lab.example max-age=1d rua=mailto:tls@lab.example
host_domain hand.lab.example max-age=1d
publish one.lab.example
same "live" 0 "$STATUS"
by_hand <<END
zone lab.example.
update add _mta-sts.hand.lab.example. 300 TXT "v=STSv1; id=$(id_of hand.lab.example);"
END
publish hand.lab.example
same "live by hand" 0 "$STATUS"

mtasts domain remove one.lab.example
has "remove says what happens by itself" "mtasts publish" "$OUT"
mtasts domain remove hand.lab.example
mtasts domain list
has "the list knows the day" "removing until" "$OUT"
publish one.lab.example
same "mode none is live" "0 $(id_of one.lab.example)" \
	"$STATUS $(id_in_dns one.lab.example)"
live one.lab.example
same "it is mode none" "mode: none" "$(tr -d '\r' <"$T/body" | grep mode)"

# A day is not enough: the TTL of its records comes on top.
publish_clock 86300
publish one.lab.example
same "not yet" "0 $(id_of one.lab.example)" \
	"$STATUS $(id_in_dns one.lab.example)"
publish_clock 87000
mtasts domain list
has "it has run out" "run out" "$OUT"
publish one.lab.example
same "its records go first" "1 later" \
	"$STATUS $(echo "$OUT" | cut -d ' ' -f 2)"
for name in mta-sts _mta-sts _smtp._tls; do
	same "$name is gone" "" "$(push_has $name.one.lab.example ANY 127.0.0.1)"
done
publish_clock 87100
publish one.lab.example
same "resolvers may still have them" "1 later" \
	"$STATUS $(echo "$OUT" | cut -d ' ' -f 2)"
publish_clock 87400
publish one.lab.example
same "it is gone" "0 gone:" "$STATUS $(echo "$OUT" | cut -d ' ' -f 2)"
mtasts domain show one.lab.example
same "from the registry" 1 "$STATUS"
mtasts domain export
has "its history stays" "one.lab.example" "$OUT"

publish hand.lab.example
same "somebody has to delete" "1 by" \
	"$STATUS $(echo "$OUT" | cut -d ' ' -f 2)"
has "and is told what" \
	"Delete from DNS: mta-sts.hand.lab.example; _mta-sts.hand.lab.example" \
	"$OUT"
by_hand <<END
zone lab.example.
update delete mta-sts.hand.lab.example. A
update delete _mta-sts.hand.lab.example. TXT
END
publish hand.lab.example
same "then it waits" "1 later" "$STATUS $(echo "$OUT" | cut -d ' ' -f 2)"
publish_clock 87800
publish --all
same "and goes" "0 gone:" "$STATUS $(echo "$OUT" | cut -d ' ' -f 2)"
host_stop
push_secrets
e2e_end
