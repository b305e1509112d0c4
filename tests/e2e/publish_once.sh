#!/bin/sh
# From "domain add" to a policy that is served with a certificate, its id at
# every server: one command. Another mode: the body first, then the id. An alias,
# a zone that nobody here may write, a foreign record, a host that is away.
#
# REQ: OPS-1 OPS-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publish.sh"

publish_begin

publish one.lab.example
same "nobody registered it" 1 "$STATUS"
has "and is told how" "mtasts domain add" "$OUT"
host_domain one.lab.example rua=mailto:tls@one.lab.example
publish one.lab.example
same "published" 0 "$STATUS"
has "says so" "one.lab.example live, id $(id_of one.lab.example)" "$OUT"
same "the id is in DNS" "$(id_of one.lab.example)" "$(id_in_dns one.lab.example)"
same "the address, too" 127.0.0.1 \
	"$(push_has mta-sts.one.lab.example A 127.0.0.1)"
has "and the reports" mailto:tls@one.lab.example \
	"$(push_has _smtp._tls.one.lab.example TXT 127.0.0.1)"
live one.lab.example
publish one.lab.example
same "again" 0 "$STATUS"
has "there is nothing to do" "nothing to do" "$OUT"

# Another meaning: the body, then the id.
old=$(id_of one.lab.example)
mtasts domain set one.lab.example mode=none
hasnt "a new id" "$old" "$(id_of one.lab.example)"
same "is not in DNS yet" "$old" "$(id_in_dns one.lab.example)"
mtasts domain list
has "and the list says so" "none $(id_of one.lab.example) waits in step" "$OUT"
publish one.lab.example
same "published" 0 "$STATUS"
same "now it is" "$(id_of one.lab.example)" "$(id_in_dns one.lab.example)"
live one.lab.example
mtasts domain list
has "the list says that" "live in step 89d served" "$OUT"

# An alias of it: records and a certificate of its own.
mtasts domain alias alias.lab.example one.lab.example
publish --all --json
same "all" "0 2" "$STATUS $(jq .live "$T/publish.out")"
same "the alias leads there" _mta-sts.one.lab.example \
	"$(push_has _mta-sts.alias.lab.example CNAME 127.0.0.1)"
live alias.lab.example

# The host does not take over: the id must wait.
host_stop
old=$(id_of one.lab.example)
mtasts domain set one.lab.example mode=none max-age=2d
publish one.lab.example
same "the host is away" "1 $old" "$STATUS $(id_in_dns one.lab.example)"
has "is told" "one.lab.example problem at the policy" "$OUT"
has "and where" "mta-sts.one.lab.example at 127.0.0.1: no connection" "$OUT"
mtasts domain list --problems
has "the list tells it, too" "no connection" "$OUT"
host_start
publish one.lab.example
same "it is back" "0 $(id_of one.lab.example)" "$STATUS $(id_in_dns one.lab.example)"

# Nobody here may write into the zone: who has to set what?
publish_conf "- { method: rfc2136, server: \"127.0.0.1:$DNS_PORT\"," \
	"    key-file: $T/tsig.key, zones: [one.lab.example, sts.provider.lab.test] }"
host_domain hand.lab.example
publish hand.lab.example
same "by hand" 1 "$STATUS"
has "the host first" "hand.lab.example by hand at the name of the policy host" \
	"$OUT"
has "its record" "Set in DNS: mta-sts.hand.lab.example A 127.0.0.1" "$OUT"
hasnt "not the id, whose body is not live" "_mta-sts.hand" "$OUT"
by_hand <<END
zone lab.example.
update add mta-sts.hand.lab.example. 300 A 127.0.0.1
END
publish hand.lab.example
has "then the id" "hand.lab.example by hand at DNS" "$OUT"
has "its record" "_mta-sts.hand.lab.example TXT \"v=STSv1; id=$(id_of hand.lab.example);\"" \
	"$OUT"
live hand.lab.example
by_hand <<END
zone lab.example.
update add _mta-sts.hand.lab.example. 300 TXT "v=STSv1; id=$(id_of hand.lab.example);"
END
publish hand.lab.example
same "all by hand" "0" "$STATUS"
has "is live" "hand.lab.example live" "$OUT"

# A customer's domain: three CNAMEs, the rest is here.
mtasts defaults set rua=mailto:tls@provider.lab.test
host_domain customer.lab.test delegate=sts.provider.lab.test
by_hand <<END
zone lab.test.
update add sts.provider.lab.test. 300 A 127.0.0.1
END
publish customer.lab.test
same "the customer has to do it" 1 "$STATUS"
for name in mta-sts.customer.lab.test _mta-sts.customer.lab.test \
	_smtp._tls.customer.lab.test; do
	has "$name" "$name CNAME" "$OUT"
done
by_hand <<END
zone lab.test.
update add mta-sts.customer.lab.test. 300 CNAME sts.provider.lab.test.
END
publish customer.lab.test
has "the next step" "customer.lab.test by hand at DNS" "$OUT"
has "names what is left" "_mta-sts.customer.lab.test CNAME" "$OUT"
hasnt "and not what is done" " mta-sts.customer.lab.test CNAME" "$OUT"
same "the provider's part is written" \
	"v=STSv1; id=$(id_of customer.lab.test);" \
	"$(push_has customer.lab.test._mta-sts.sts.provider.lab.test TXT 127.0.0.1)"
live customer.lab.test
by_hand <<END
zone lab.test.
update add _mta-sts.customer.lab.test. 300 CNAME customer.lab.test._mta-sts.sts.provider.lab.test.
END
publish customer.lab.test
same "live" "0" "$STATUS"
has "with a word on reports" "_smtp._tls.customer.lab.test CNAME" "$OUT"
by_hand <<END
zone lab.test.
update add _smtp._tls.customer.lab.test. 300 CNAME _smtp._tls.sts.provider.lab.test.
END
publish customer.lab.test
same "all three" "0" "$STATUS"
hasnt "nothing is left" "has to set" "$OUT"
old=$(id_of customer.lab.test)
mtasts domain set customer.lab.test mode=none
publish customer.lab.test
same "from then on it goes by itself" "0 v=STSv1; id=$(id_of customer.lab.test);" \
	"$STATUS $(push_has _mta-sts.customer.lab.test TXT 127.0.0.1 | tail -n 1)"
hasnt "a new id" "$old" "$(id_of customer.lab.test)"

# Somebody else's record is never overwritten.
by_hand <<END
zone lab.example.
update delete _mta-sts.one.lab.example. TXT
update add _mta-sts.one.lab.example. 300 TXT "v=STSv1; id=theirs;"
END
publish one.lab.example
same "foreign" "1 theirs" "$STATUS $(id_in_dns one.lab.example)"
has "is told" "which was not written by mtasts" "$OUT"
publish one.lab.example --force
same "unless by force" "0 $(id_of one.lab.example)" \
	"$STATUS $(id_in_dns one.lab.example)"

host_stop
push_secrets
acme_secrets
e2e_end
