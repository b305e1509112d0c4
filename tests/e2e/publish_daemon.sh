#!/bin/sh
# One command, and nothing else: a domain is added, and mtasts-publisher brings
# it out. A policy is served over HTTPS with a certificate of the authority, DNS
# is in step at all servers, and a check finds nothing wrong. Afterwards a change
# of the policy goes the same way, while it is seen to be live before its id.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publab.sh"
publab_enter "$0" "$@"
publab_begin
mt defaults set mx=auto >"$T/defaults.out" 2>&1 ||
	fail "defaults: $(cat "$T/defaults.out")"
publab_publisher

mt domain add example.test --rollout --wait >"$T/add.out" 2>&1
same "added, and live" 0 $?
cat "$T/add.out"
said=$(tr -s ' \n' ' ' <"$T/add.out")
for step in host certificate body id; do
	has "the step $step" " $step done" "$said"
done
id=$(mt domain show example.test --json | jq -r .id)
has "it says so" "example.test: live, id $id" "$said"
for server in 1 2; do
	same "the id at server $server" "v=STSv1; id=$id;" \
		"$(publab_dns $server _mta-sts.example.test TXT)"
	same "the host at server $server" policy.provider.test \
		"$(publab_dns $server mta-sts.example.test CNAME)"
	has "reports at server $server" "v=TLSRPTv1" \
		"$(publab_dns $server _smtp._tls.example.test TXT)"
done
publab_served example.test >"$T/served"
has "the policy" "mode: testing" "$(cat "$T/served")"
has "its mx" "mx: mx.example.test" "$(cat "$T/served")"
has "its max_age" "max_age: 86400" "$(cat "$T/served")"
mt check example.test >"$T/check.out" 2>&1
same "the check finds nothing wrong" 0 $?
has "it passes" "example.test PASS" "$(tr -s ' \n' ' ' <"$T/check.out")"
said=$(mt status 2>&1)
has "status" "1 live, 0 to be done by hand, 0 with a problem" "$said"
said=$(mt rollout status example.test)
has "its roll-out" "testing" "$said"
mt domain list

# A change: the policy is live before its id, all the time.
watch_order() {
	while [ ! -e "$T/stop" ]; do
		watch_id=$(publab_dns 1 _mta-sts.example.test TXT)
		watch_body=$(publab_served example.test | tr -d '\r\n')
		case $watch_id,$watch_body in
		*"$id"*) ;;
		*,*604800) echo "in order" >>"$T/order" ;;
		*) echo "id $watch_id before $watch_body" >>"$T/order" ;;
		esac
	done
}
mt rollout pause example.test >/dev/null 2>&1
watch_order &
watcher=$!
mt domain set example.test max-age=1w >"$T/set.out" 2>&1 ||
	fail "set: $(cat "$T/set.out")"
new=$(mt domain show example.test --json | jq -r .id)
id_is() {
	[ "$(publab_dns 2 _mta-sts.example.test TXT)" = "v=STSv1; id=$1;" ]
}
at_last "the new id is out" 20 id_is "$new"
sleep 0.5
: >"$T/stop"
wait $watcher
same "never before its policy" "in order" "$(sort -u "$T/order" 2>&1)"

# An alias comes out by itself, too; and what is removed, serves none.
publab_secrets
publisher_stop
same "the daemon ends in order" 0 "$STATUS"
e2e_end
