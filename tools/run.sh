#!/bin/sh
# run.sh - host example.test and answer MTAs on loopback, until interrupted
#
#   sh tools/run.sh BIN STATE
#
# BIN    folder of the built programs
# STATE  folder of configuration, registry, certificates and cached policies;
#        kept
set -eu

bin=$(cd "$1" && pwd)
mkdir -p "$2"
state=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
conf=$state/mtasts.yaml
shown=${2%/}

# shellcheck source=tools/lab_ca.sh
. "$here/lab_ca.sh"

if [ ! -f "$conf" ]; then
	cat >"$conf.new" <<EOF
# A laboratory on loopback. Real ones: mtasts conf dump --sample
store: { url: "sqlite:$state/store" }
host:
  https: ["127.0.0.1:8443"]
  http: ["127.0.0.1:8080"]
  certificates: ["$state/certificates"]
  metrics: "127.0.0.1:9462"
EOF
	mv "$conf.new" "$conf"
fi
grep -q '^resolver:' "$conf" || cat >>"$conf" <<EOF
resolver:
  listen: ["127.0.0.1:8461", "127.0.0.1:8642"]
  control: "$state/resolver.ctl"
  metrics: "127.0.0.1:9461"
rules:
  partner.test:
    reply: "secure match=mail.partner.test servername=hostname"
    reason: "an example that needs no network"
EOF
mkdir -p "$state/store/resolver" "$state/certificates"

[ -f "$state/ca.pem" ] || lab_ca_init "$state"
for domain in example.test alias.test; do
	name=mta-sts.$domain
	[ -f "$state/certificates/$name/fullchain.pem" ] ||
		lab_ca_issue "$state" "$name" "$state/certificates/$name"
done

mtasts() { "$bin/mtasts" --config "$conf" "$@"; }

mtasts domain show example.test >/dev/null 2>&1 || {
	mtasts defaults set host=mta-sts.example.net >/dev/null
	mtasts domain add example.test mode=testing \
		mx=mail.example.test rua=mailto:tls-reports@example.test \
		>/dev/null
}
mtasts domain show alias.test >/dev/null 2>&1 ||
	mtasts domain alias alias.test example.test >/dev/null

cat <<EOF

mtasts-host serves example.test and its alias alias.test on
https://127.0.0.1:8443 and http://127.0.0.1:8080. mtasts-resolver answers MTAs
on 127.0.0.1:8461 and 127.0.0.1:8642; it asks the DNS servers of this machine,
and listens for the commands below at $shown/resolver.ctl. State: $shown/

To try in another terminal, in this folder. What a sender decides about a
domain, and why; the second one needs no network:

  build/release/bin/mtasts --config $shown/mtasts.yaml query gmail.com

  build/release/bin/mtasts --config $shown/mtasts.yaml \\
    query partner.test --reply QUERY

What a sender fetches, the records to publish, and a change of them:

  curl --cacert $shown/ca.pem --resolve mta-sts.example.test:8443:127.0.0.1 \\
    https://mta-sts.example.test:8443/.well-known/mta-sts.txt

  build/release/bin/mtasts --config $shown/mtasts.yaml dns example.test

  build/release/bin/mtasts --config $shown/mtasts.yaml \\
    domain set example.test mx=mail.example.test,backup.example.test

Ctrl-C ends both. Their logs follow.

EOF

# stop - end both. A terminal has told them already, and a second signal would
# cut them short; so they get a moment.
stop()
{
	trap '' HUP INT TERM
	[ "$1" = INT ] && sleep 1
	kill -TERM "$host" "$resolver" 2>/dev/null
	wait "$host" || status=$?
	wait "$resolver" || status=$?
	exit "${status:-0}"
}

# In the background, so that a signal to this script reaches them at once.
"$bin/mtasts-resolver" --config "$conf" &
resolver=$!
"$bin/mtasts-host" --config "$conf" &
host=$!
trap 'stop INT' INT
trap 'stop TERM' HUP TERM
# When one ends by itself so does the other: its last lines say why.
while kill -0 "$host" 2>/dev/null && kill -0 "$resolver" 2>/dev/null; do
	sleep 1 &
	wait $! || true
done
stop TERM
