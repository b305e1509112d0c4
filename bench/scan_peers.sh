#!/bin/sh
# scan_peers.sh - the checker beside the nearest tools, on the same domains
#
#   sh bench/scan_peers.sh get                       fetch them, if they can be had
#   unshare -nm sh bench/scan_peers.sh run FOLDER    measure (scan.sh does both)
#
# postfix-mta-sts-resolver of Debian, checkdmarc of PyPI and email-domain-check of
# npm, all below build/peers. One that is not there is left out. What each looks
# at is printed beside its figure: none does all that mtasts does. CPU time of
# each for DOMAINS domains, the start of the interpreter included; what can have
# several domains in flight has 50. Rounds are interleaved; each tool must have
# found all domains well.
set -u
cd "$(dirname "$0")/.." || exit 1
MTASTS_SOURCE=$PWD
export MTASTS_SOURCE
# shellcheck source=tests/lib/peers.sh
. tests/lib/peers.sh
# shellcheck source=bench/lib.sh
. bench/lib.sh
DOMAINS=200
ROUNDS=3
PYTHON=$PEERS/python
NODE=$PEERS/node
PACKAGES=$PEERS_ROOT/usr/lib/python3/dist-packages

# get - what is not there yet; a registry that does not answer is said
get()
{
	(peers_need postfix-mta-sts-resolver)
	[ -x "$PYTHON/bin/checkdmarc" ] ||
		{ timeout 60 python3 -m venv "$PYTHON" &&
			timeout 120 "$PYTHON/bin/pip" install -q --retries 1 \
				checkdmarc; } >"$PEERS/python.log" 2>&1 ||
		echo "no checkdmarc: $(tail -n 1 "$PEERS/python.log")"
	[ -d "$NODE/node_modules/email-domain-check" ] ||
		{ mkdir -p "$NODE" &&
			timeout 120 npm install --silent --no-audit --no-fund \
				--prefix "$NODE" email-domain-check; } \
			>"$PEERS/node.log" 2>&1 ||
		echo "no email-domain-check: $(tail -n 1 "$PEERS/node.log")"
}

# begin_lab - the laboratory on the ports that all know, on core 1
begin_lab()
{
	mkdir -p "$FOLDER" && ip link set lo up || exit 1
	build/release/tools/lab tools/lab/world.txt "$FOLDER/lab" \
		--base standard --scan $DOMAINS >"$FOLDER/lab.log" 2>&1 &
	lab=$!
	trap 'kill $lab' EXIT
	until [ -s "$FOLDER/lab/options" ]; do
		kill -0 $lab 2>/dev/null || {
			cat "$FOLDER/lab.log"
			exit 1
		}
		sleep 0.1
	done
	taskset -apc 1 $lab >/dev/null
	echo "nameserver 127.0.0.1" >"$FOLDER/resolv.conf"
	mount --bind "$FOLDER/resolv.conf" /etc/resolv.conf || exit 1
	export SSL_CERT_FILE="$FOLDER/lab/ca.pem"
	export REQUESTS_CA_BUNDLE="$FOLDER/lab/ca.pem"
	export NODE_EXTRA_CA_CERTS="$FOLDER/lab/ca.pem"
	seq -f 'd%.0f.scan.test' 0 $((DOMAINS - 1)) >"$FOLDER/list"
	echo 'store: { url: "sqlite:/nonexistent" }' >"$FOLDER/none.yaml"
}

# write_drivers - what calls the two libraries that have no command for lists
write_drivers()
{
	cat >"$FOLDER/resolver.py" <<-'END'
		import asyncio, sys
		from postfix_mta_sts_resolver.resolver import (
		    STSFetchResult, STSResolver)

		async def main(domains):
		    loop = asyncio.get_running_loop()
		    resolver = STSResolver(loop=loop, timeout=10)
		    places = asyncio.Semaphore(50)

		    async def one(domain):
		        async with places:
		            status, policy = await resolver.resolve(domain)
		        if (status is STSFetchResult.VALID and
		                policy[1]["mode"] == "enforce"):
		            print(domain, "valid")

		    await asyncio.gather(*map(one, domains))

		asyncio.run(main(sys.argv[1:]))
	END
	cat >"$FOLDER/check.mjs" <<-'END'
		import { createRequire } from "node:module";
		const require = createRequire(process.argv[2] + "/");
		const { getMtaStsPolicy, DomainChecker } =
			require("email-domain-check");
		const checker = new DomainChecker(
			{ blockLocalIPs: false, useMtaSts: true });
		const domains = process.argv.slice(3);
		async function work() {
			for (let d; (d = domains.shift()) !== undefined;) {
				const policy = await getMtaStsPolicy(d);
				const mx = await checker.getMxRecord({ target: d });
				const smtp = await checker.getSmtpConnection(d);
				if (smtp) smtp.destroy();
				if (policy.mode === "enforce" && mx.length > 0 && smtp)
					console.log(d, "valid");
			}
		}
		await Promise.all(Array.from({ length: 50 }, work));
	END
}

# measure - NAME COMMAND...: CPU, clock and memory into the file of that name
measure()
{
	measure_name=$1
	shift
	build/release/bench/bench_run "$FOLDER/$measure_name" taskset -c 0 "$@"
}

# Below, one function for each tool: how many domains were found well.
mtasts()
{
	# shellcheck disable=SC2046 # words
	measure mtasts build/release/bin/mtasts --config "$FOLDER/none.yaml" \
		scan "$FOLDER/list" --jobs 50 $(cat "$FOLDER/lab/options")
	grep -c '"result":"pass"' "$FOLDER/mtasts.out"
}

resolver()
{
	# shellcheck disable=SC2046 # words
	measure resolver env PYTHONPATH="$PACKAGES" \
		LD_LIBRARY_PATH="$(peers_libs)" /usr/bin/python3 \
		"$FOLDER/resolver.py" $(cat "$FOLDER/list")
	grep -c ' valid$' "$FOLDER/resolver.out"
}

checkdmarc()
{
	# shellcheck disable=SC2046 # words
	measure checkdmarc "$PYTHON/bin/checkdmarc" --check-mx-tls \
		$(cat "$FOLDER/list") -n 127.0.0.1
	[ "$(grep -c '"starttls": true' "$FOLDER/checkdmarc.out")" = $DOMAINS ] &&
		grep -c '"mode": "enforce"' "$FOLDER/checkdmarc.out"
}

domaincheck()
{
	# shellcheck disable=SC2046 # words
	measure domaincheck node "$FOLDER/check.mjs" "$NODE" \
		$(cat "$FOLDER/list")
	grep -c ' valid$' "$FOLDER/domaincheck.out"
}

# about - a tool: its name, and what it looks at
about()
{
	case $1 in
	mtasts) echo "mtasts|all of docs/checks.md" ;;
	resolver)
		echo "postfix-mta-sts-resolver|record, policy (its library: the" \
			"command mta-sts-query takes one domain)"
		;;
	checkdmarc)
		echo "checkdmarc|MX, record, policy, TLS-RPT, one valid STARTTLS;" \
			"SPF, DMARC, BIMI, DNSKEY"
		;;
	domaincheck)
		echo "email-domain-check|MX, record, policy, does port 25 connect"
		;;
	esac
}

# tools_there - those that can be measured
tools_there()
{
	echo mtasts
	[ ! -d "$PACKAGES/postfix_mta_sts_resolver" ] || echo resolver
	[ ! -x "$PYTHON/bin/checkdmarc" ] || echo checkdmarc
	[ ! -d "$NODE/node_modules/email-domain-check" ] ||
		! command -v node >/dev/null || echo domaincheck
}

# rounds - each tool in turn
rounds()
{
	for _ in $(seq $ROUNDS); do
		for tool in $tools; do
			found=$($tool)
			[ "$found" = $DOMAINS ] || {
				echo "$tool: $found of $DOMAINS domains were" \
					"found well"
				tail -n 3 "$FOLDER/$tool.err"
				return 1
			}
			awk -v n=$DOMAINS '{ print n / $1 }' "$FOLDER/$tool" \
				>>"$FOLDER/$tool.rate"
		done
	done
}

run()
{
	begin_lab
	write_drivers
	tools=$(tools_there)
	rounds || exit 1
	echo "beside others, domains per core second, $DOMAINS domains," \
		"median of $ROUNDS"
	for tool in $tools; do
		about "$tool" | awk -F'|' -v rate="$(median <"$FOLDER/$tool.rate")" \
			-v part="$(ratio "$FOLDER/$tool.rate" "$FOLDER/mtasts.rate")" '
			{ printf "%-24s %4.0f  %5.2f of mtasts  %s\n",
				$1, rate, part, $2 }'
	done
}

case ${1:-} in
get) get ;;
run) FOLDER=$2 && run ;;
*)
	echo "usage: sh bench/scan_peers.sh get | run FOLDER" >&2
	exit 2
	;;
esac
