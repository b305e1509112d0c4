#!/bin/sh
# run.sh - a laboratory on loopback, until interrupted: mtasts-host publishes
# three domains, mtasts-resolver answers what an MTA would ask about them
#
#   sh tools/run.sh BIN STATE
#
# BIN    folder of the built programs; lab_dns is in ../tools beside it
# STATE  folder of configuration, registry, certificates and zone; kept
set -eu

bin=$(cd "$1" && pwd)
mkdir -p "$2"
state=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
conf=$state/mtasts.yaml
zone=$state/zone
shown=${2%/}
domains='example.test alias.test enforced.test'

# shellcheck source=tools/lab_ca.sh
. "$here/lab_ca.sh"

grep -qs '^resolver:' "$conf" || {
	cat >"$conf.new" <<EOF
# A laboratory on loopback. Real ones: mtasts conf dump --sample
store: { url: "sqlite:$state/store" }
host:
  https: ["127.0.0.1:8443"]
  http: ["127.0.0.1:8080"]
  certificates: ["$state/certificates"]
  metrics: "127.0.0.1:9462"
  control: "$state/host.ctl"
# Only a laboratory asks a DNS server that knows nothing else, another port,
# and policy hosts on loopback.
dns: { backend: stub, server: ["127.0.0.1:8653"] }
fetch: { ca-file: "$state/ca.pem", port: 8443, allow-private: true }
resolver:
  listen: ["127.0.0.1:8461", "127.0.0.1:8642"]
  control: "$state/resolver.ctl"
  metrics: "127.0.0.1:9461"
EOF
	mv "$conf.new" "$conf"
}
mkdir -p "$state/store" "$state/certificates"

[ -f "$state/ca.pem" ] || lab_ca_init "$state"
for domain in $domains; do
	name=mta-sts.$domain
	[ -f "$state/certificates/$name/fullchain.pem" ] ||
		lab_ca_issue "$state" "$name" "$state/certificates/$name"
done

mtasts() { "$bin/mtasts" --config "$conf" "$@"; }

# known - DOMAIN: is it in the registry?
known() { mtasts domain show "$1" >/dev/null 2>&1; }

known example.test || {
	mtasts defaults set host=mta-sts.example.net >/dev/null
	mtasts domain add example.test mode=testing \
		mx=mail.example.test rua=mailto:tls-reports@example.test \
		>/dev/null
}
known alias.test || mtasts domain alias alias.test example.test >/dev/null
# Nobody can check the mail servers of a laboratory: hence --force.
known enforced.test || mtasts domain add enforced.test mode=enforce \
	mx=mail.enforced.test --force >/dev/null 2>&1

# What the domains would publish in DNS, and their mail servers; dane.test has
# TLSA records instead of a policy.
for domain in $domains; do
	mtasts dns "$domain" --format bind 2>/dev/null || true
	# An alias shares the policy, and so the mail servers that it names.
	[ "$domain" = alias.test ] && mx=mail.example.test ||
		mx=mail.$domain
	echo "$domain. 300 IN MX 10 $mx."
	echo "mail.$domain. 300 IN A 192.0.2.25"
done >"$zone.new"
cat >>"$zone.new" <<'EOF'
mta-sts.example.net. 300 IN A 127.0.0.1
dane.test. 300 IN MX 10 mail.dane.test.
mail.dane.test. 300 IN A 192.0.2.26
_25._tcp.mail.dane.test. 300 IN TLSA 3 1 1 0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3
EOF
mv "$zone.new" "$zone"

cat <<EOF

mtasts-host serves example.test, its alias alias.test and enforced.test on
https://127.0.0.1:8443 and http://127.0.0.1:8080. mtasts-resolver answers MTAs
on 127.0.0.1:8461 and 127.0.0.1:8642; a small DNS server knows these domains
and dane.test, and no others. State: $shown/

To try in another terminal, in this folder:

  curl --cacert $shown/ca.pem --resolve mta-sts.example.test:8443:127.0.0.1 \\
    https://mta-sts.example.test:8443/.well-known/mta-sts.txt

  build/release/bin/mtasts --config $shown/mtasts.yaml dns example.test

  build/release/bin/mtasts --config $shown/mtasts.yaml \\
    domain set example.test mx=mail.example.test,backup.example.test

  build/release/bin/mtasts --config $shown/mtasts.yaml query enforced.test

  build/release/bin/mtasts --config $shown/mtasts.yaml \\
    query dane.test --reply QUERY

What Postfix asks, where it is installed:

  postmap -q enforced.test socketmap:inet:127.0.0.1:8461:QUERY

Ctrl-C ends it. The log follows.

EOF

pids=
# end - all that was started here
end() {
	trap - EXIT HUP INT TERM
	for pid in $pids; do
		kill "$pid" 2>/dev/null || true
	done
	wait
}
trap end EXIT
trap 'exit 0' HUP TERM
# A terminal has told them all; a second signal would cut them short.
trap 'sleep 1; exit 0' INT

# start - in the background, to be ended with this
start() {
	"$@" &
	pids="$! $pids"
}
start "$bin/../tools/lab_dns" 8653 "$zone"
start "$bin/mtasts-host" --config "$conf"
start "$bin/mtasts-resolver" --config "$conf"
# When one of them ends, so does the laboratory.
while :; do
	for pid in $pids; do
		kill -0 "$pid" 2>/dev/null || exit 1
	done
	sleep 1 &
	wait $! || true
done
