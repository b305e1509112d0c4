#!/bin/sh
# scan_peers.sh - the checker beside the nearest tools, on the same domains
#
#   unshare -nm sh bench/scan_peers.sh FOLDER        (scan.sh does it)
#
# checkdmarc of PyPI (1), email-domain-check of npm (2), both looked for in
# build/peers/python and build/peers/node:
#
#   python3 -m venv build/peers/python
#   build/peers/python/bin/pip install checkdmarc
#   npm install --prefix build/peers/node email-domain-check
#
# One that is not there is left out. They look at less: (1) at the records, the
# policy, and whether the MX host offers STARTTLS and TLS; SPF, DMARC and BIMI
# besides; (2) at the MX records, the policy, and whether port 25 answers.
# Neither looks at more than one address, at chains, names and dates of mail
# servers' certificates, at DANE, or at the authoritative servers. CPU time of
# each for DOMAINS domains, start of the interpreter included.
set -u
FOLDER=$1
PEERS=$PWD/build/peers
DOMAINS=100
ROUNDS=3
# shellcheck source=bench/lib.sh
. bench/lib.sh

mkdir -p "$FOLDER" && ip link set lo up || exit 1
build/release/tools/lab tools/lab/world.txt "$FOLDER/lab" --base standard \
	--scan $DOMAINS >"$FOLDER/lab.log" 2>&1 &
lab=$!
trap 'kill $lab' EXIT
for _ in $(seq 100); do
	[ ! -s "$FOLDER/lab/options" ] || break
	sleep 0.1
done
taskset -apc 1 $lab >/dev/null
ca=/etc/ssl/certs/ca-certificates.crt
cat $ca "$FOLDER/lab/ca.pem" >"$FOLDER/bundle.pem"
echo "nameserver 127.0.0.1" >"$FOLDER/resolv.conf"
mount --bind "$FOLDER/resolv.conf" /etc/resolv.conf || exit 1
export SSL_CERT_FILE="$FOLDER/bundle.pem"
export REQUESTS_CA_BUNDLE="$FOLDER/bundle.pem"
export NODE_EXTRA_CA_CERTS="$FOLDER/lab/ca.pem"
seq -f 'd%.0f.scan.test' 0 $((DOMAINS - 1)) >"$FOLDER/list"
cat >"$FOLDER/check.mjs" <<'END'
import { createRequire } from "node:module";
const require = createRequire(process.argv[2] + "/");
const { getMtaStsPolicy, DomainChecker } = require("email-domain-check");
const checker = new DomainChecker({ blockLocalIPs: false, useMtaSts: true });
for (const domain of process.argv.slice(3)) {
	const policy = await getMtaStsPolicy(domain);
	const mx = await checker.getMxRecord({ target: domain });
	const smtp = await checker.getSmtpConnection(domain);
	if (smtp) smtp.destroy();
	if (policy.mode === "enforce" && mx.length > 0 && smtp)
		console.log(domain, "valid");
}
END

# mtasts - as scan.sh runs it, at the standard ports
mtasts()
{
	# shellcheck disable=SC2046 # words
	build/release/bench/bench_run "$FOLDER/mtasts" taskset -c 0 \
		build/release/bin/mtasts --config "$FOLDER/none.yaml" scan \
		"$FOLDER/list" --jobs 50 $(cat "$FOLDER/lab/options")
	grep -c '"result":"pass"' "$FOLDER/mtasts.out"
}

# checkdmarc - one process for all domains
checkdmarc()
{
	# shellcheck disable=SC2046 # words
	build/release/bench/bench_run "$FOLDER/checkdmarc" taskset -c 0 \
		"$PEERS/python/bin/checkdmarc" --check-mx-tls \
		$(cat "$FOLDER/list") -n 127.0.0.1
	grep -c '"mode": "enforce"' "$FOLDER/checkdmarc.out"
}

# domaincheck - email-domain-check, the same way
domaincheck()
{
	# shellcheck disable=SC2046 # words
	build/release/bench/bench_run "$FOLDER/domaincheck" taskset -c 0 \
		node "$FOLDER/check.mjs" "$PEERS/node" $(cat "$FOLDER/list")
	grep -c ' valid$' "$FOLDER/domaincheck.out"
}

echo 'store: { url: "sqlite:/nonexistent" }' >"$FOLDER/none.yaml"
tools=mtasts
[ ! -x "$PEERS/python/bin/checkdmarc" ] || tools="$tools checkdmarc"
[ ! -d "$PEERS/node/node_modules/email-domain-check" ] ||
	! command -v node >/dev/null || tools="$tools domaincheck"
[ "$tools" != mtasts ] || echo "no peer is installed: see bench/scan_peers.sh"
for _ in $(seq $ROUNDS); do
	for tool in $tools; do
		found=$($tool)
		[ "$found" = $DOMAINS ] || {
			echo "$tool: $found of $DOMAINS domains were found well"
			tail -3 "$FOLDER/$tool.err"
			exit 1
		}
		awk '{ print $1 }' "$FOLDER/$tool" >>"$FOLDER/$tool.cpu"
	done
done
echo "beside others, CPU time for a domain, median of $ROUNDS"
for tool in $tools; do
	cpu=$(median <"$FOLDER/$tool.cpu")
	awk -v tool="$tool" -v cpu="$cpu" -v n=$DOMAINS \
		-v ratio="$(ratio "$FOLDER/mtasts.cpu" "$FOLDER/$tool.cpu")" '
		BEGIN { printf "%-12s %6.2f ms; mtasts takes %.2f of it\n",
			tool, cpu / n * 1000, ratio }'
done
