#!/bin/sh
# run.sh - host example.test and its alias on loopback, until interrupted
#
#   sh tools/run.sh BIN STATE
#
# BIN    folder of the built programs
# STATE  folder of configuration, registry and certificates; kept
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
mkdir -p "$state/store" "$state/certificates"

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
https://127.0.0.1:8443 and http://127.0.0.1:8080. State: $shown/

Three commands to try in another terminal, in this folder:

  curl --cacert $shown/ca.pem --resolve mta-sts.example.test:8443:127.0.0.1 \\
    https://mta-sts.example.test:8443/.well-known/mta-sts.txt

  build/release/bin/mtasts --config $shown/mtasts.yaml dns example.test

  build/release/bin/mtasts --config $shown/mtasts.yaml \\
    domain set example.test mx=mail.example.test,backup.example.test

Ctrl-C ends it. The log follows.

EOF
exec "$bin/mtasts-host" --config "$conf"
