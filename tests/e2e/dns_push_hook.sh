#!/bin/sh
# "mtasts dns push" by a program: what it gets, what its exit status means, what
# it says, how long it may take; and the program that the document shows.
#
# REQ: OPS-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"

peers_need knot knot-dnsutils
e2e_begin mtasts
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/push.sh"
dns_registry
e2e_port && DNS_PORT=$PORT
: >"$T/secrets"
mkdir -p "$T/knot/zones"
push_zone one.example >"$T/knot/zones/one.example.zone"
push_zone two.example >"$T/knot/zones/two.example.zone"
push_knot knot 127.0.0.1 "$T/knot" <<END
acl:
  - id: loopback
    address: 127.0.0.1
    action: update
template:
  - id: default
    storage: $T/knot/zones
    file: "%s.zone"
    zonefile-sync: -1
    acl: loopback
zone:
  - domain: one.example
  - domain: two.example
END

# The provider of this test: a script of nsupdate from the JSON.
cat >"$T/hook" <<'END'
#!/bin/sh
cat >"$0.json"
END
cat >>"$T/hook" <<END
. "$MTASTS_SOURCE/tests/lib/peers.sh"
{
	echo "server 127.0.0.1 $DNS_PORT"
	jq -r '"zone \(.zone).",
	    (.changes[] | . as \$c | .remove[] |
		"update delete \(\$c.name). \(\$c.type)"),
	    (.changes[] | . as \$c | .new[] |
		"update add \(\$c.name). \(\$c.ttl) \(\$c.type) \(
		    if \$c.type == "TXT" then @json else . end)"),
	    "send"' "$T/hook.json"
} | peers_run knsupdate -v >&2
END
sed -i "s|^#!/bin/sh|&\nMTASTS_SOURCE=$MTASTS_SOURCE\nMTASTS_PEERS=$PEERS|" "$T/hook"
chmod +x "$T/hook"
push_conf "- { method: hook, program: $T/hook, timeout: 20s }"
dns push one.example
same "written" 0 "$STATUS"
has "is said" "one.example written" "$OUT"
dns_check one.example
same "what it got" "1 one.example 3" \
	"$(jq -r '"\(.version) \(.zone) \(.changes | length)"' "$T/hook.json")"
e2e_mtasts domain set one.example max-age=2d >"$T/set.log" 2>&1 ||
	fail "domain set"
dns push one.example
same "a change" 0 "$STATUS"
dns_check one.example
same "old and new" "_mta-sts.one.example TXT 300 1 1 true" "$(jq -r '
	.changes[0] | "\(.name) \(.type) \(.ttl) \(.old | length) \(
	    .new | length) \(.add == .new and .remove == .old)"' "$T/hook.json")"

# said - the hook says this and exits so; $1 status, $2 text
said() {
	cat >"$T/hook" <<-END
		#!/bin/sh
		cat >/dev/null
		echo "a line before" >&2
		printf '%b\n\n' '$2' >&2
		exit $1
	END
	dns push two.example
}
said 1 "no zone of that name"
same "refused" 1 "$STATUS"
has "its reason" "refuses (no zone of that name)" "$OUT"
hasnt "only the last line" "a line before" "$OUT"
said 2 'later \033[31m please'
same "later" 1 "$STATUS"
has "escapes are shown" 'later \x1B[31m please' "$OUT"
# It says that all is well, and nothing is: the servers tell.
said 0 "fine"
printf '#!/bin/sh\nexit 0\n' >"$T/hook"
dns push two.example --wait 1
same "a hook that lies" 1 "$STATUS"
has "is found out" "two.example lagging" "$OUT"
printf '#!/bin/sh\nexec sleep 30\n' >"$T/hook"
push_conf "- { method: hook, program: $T/hook, timeout: 1s }"
dns push two.example
same "a hook that hangs" 3 "$STATUS"
has "is ended" "did not answer in time" "$OUT"
rm "$T/hook"
dns push two.example
same "no hook" 1 "$STATUS"
has "is told before" "cannot be run: No such file" "$OUT"

# The program of docs/examples, beside an API that answers as the real one.
e2e_port
api=$PORT
token=$(openssl rand -hex 20)
echo "$token" >"$T/secrets"
mkdir "$T/credentials"
(umask 077 && echo "$token" >"$T/credentials/dns-token")
e2e_start api python3 "$MTASTS_SOURCE/tests/lib/fakedns_api.py" "$api" "$token" \
	one.example "$T/state.json"
e2e_wait tcp "$api"

# example - the program, with the changes of $1; its status and last line
example() {
	echo "{\"version\":1,\"zone\":\"${2:-one.example}\",\"changes\":$1}" |
		CREDENTIALS_DIRECTORY=$T/credentials API=http://127.0.0.1:$api \
			sh "$MTASTS_SOURCE/docs/examples/push-hook.sh" \
			>"$T/example.log" 2>&1
	echo "$? $(tail -n 1 "$T/example.log")"
}
name='"name":"_mta-sts.one.example","type":"TXT","ttl":300'
same "the example adds" "0 " "$(example "[{$name,\"old\":[],
	\"new\":[\"v=STSv1; id=1;\"],\"remove\":[],
	\"add\":[\"v=STSv1; id=1;\"]}]")"
same "and replaces" "0 " "$(example "[{$name,\"old\":[\"v=STSv1; id=1;\"],
	\"new\":[\"v=STSv1; id=2;\"],\"remove\":[\"v=STSv1; id=1;\"],
	\"add\":[\"v=STSv1; id=2;\"]}]")"
same "what is there" "v=STSv1; id=2;" \
	"$(jq -r '[.[].content] | join(" ")' "$T/state.json")"
same "another zone" "1 there is no zone two.example" \
	"$(example "[]" two.example)"
echo wrong >"$T/credentials/dns-token"
same "another token" "1 Authentication error" "$(example "[]")"
push_secrets
e2e_end
