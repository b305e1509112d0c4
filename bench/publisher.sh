#!/bin/sh
# publisher.sh - what mtasts-publisher uses to bring many domains out
#
#   sh bench/publisher.sh [COUNT]                      (1000)
#
# The whole of it in namespaces of its own: two Knots, a resolver, mtasts-host,
# and COUNT delegated domains that are imported. In place of uacme and an
# authority a small program signs certificates at once: those would dominate, and
# are bounded by the authority alone. Prints time and CPU for a domain, and
# memory when a tenth is live, when all are, and after all were looked at again.
# Budget: 5 ms of CPU for a decision, 50 DNS pushes a second, memory bounded.
set -u
cd "$(dirname "$0")/.." || exit 1
MTASTS_SOURCE=$PWD
MTASTS_BUILD=$PWD/build/release
MTASTS_BIN=$MTASTS_BUILD/bin
export MTASTS_SOURCE MTASTS_BUILD MTASTS_BIN
[ -n "${LAB_INSIDE:-}" ] || {
	cmake --preset release >/dev/null &&
		cmake --build --preset release >/dev/null
} || {
	echo "FAILED: build"
	exit 1
}
. tests/lib/e2e.sh
. tests/lib/publab.sh
publab_enter "$0" "$@"
count=${1:-1000}
STS=sts.provider.test
publab_prepare
seq -f 'd%.0f.cust.test' 1 "$count" >"$T/list"
mkdir -p "$T/dns/records"
awk -v sts="$STS" '{
	print $1 ". 60 MX 10 mx.cust.test."
	print "mta-sts." $1 ". 60 CNAME " sts "."
	print "_mta-sts." $1 ". 60 CNAME " $1 "._mta-sts." sts "."
	print "_smtp._tls." $1 ". 60 CNAME _smtp._tls." sts "."
}' "$T/list" >>"$T/dns/records/cust.test"
publab_begin

# The authority: a key and a signature for each name.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout "$T/fast.key" -out "$T/fast.pem" -days 30 -subj /CN=fast \
	2>/dev/null || fail "no authority"
cat "$T/fast.pem" >>"$T/roots.pem"
cat "$T/fast.pem" >>"$T/trusted.pem"
cat >"$UACME" <<END
#!/bin/sh
conf=\$2
for host; do :; done
case " \$* " in *' new '*) exit 0 ;; esac
mkdir -p "\$conf/\$host" "\$conf/private/\$host"
echo "subjectAltName=DNS:\$host" >"\$conf/\$host/ext"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \\
	-keyout "\$conf/private/\$host/key.pem" -subj / 2>/dev/null |
	openssl x509 -req -CA "$T/fast.pem" -CAkey "$T/fast.key" \\
		-CAcreateserial -CAserial "$T/fast.srl" -days 90 \\
		-extfile "\$conf/\$host/ext" -out "\$conf/\$host/cert.pem" \\
		2>/dev/null
END
chmod +x "$UACME"
sed -i 's/^acme:/&\n  orders: 1000000/' "$CONF"
mt defaults set mx=mx.cust.test delegate=$STS >"$T/defaults.out" 2>&1 ||
	fail "defaults: $(cat "$T/defaults.out")"
publab_publisher

# cpu_ms - CPU time of the daemon alone; uacme is a child of its own
cpu_ms() {
	awk -v hz="$(getconf CLK_TCK)" '{
		sub(/.*\) /, "")
		print int(($12 + $13) * 1000 / hz)
	}' "/proc/$PUB/stat"
}
# memory_mb - what it keeps in memory
memory_mb() {
	awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$PUB/status"
}
# until_live - so many are live; bounded
until_live() {
	live_end=$(($(date +%s) + 1800))
	while [ "$(jobs_done)" -lt "$1" ]; do
		[ "$(date +%s)" -lt "$live_end" ] || fail "not live by now"
		sleep 0.2
	done
}
# jobs_done - jobs that have ended
jobs_done() {
	pub_metric 'mtasts_publish_jobs_total{end="live"}'
}
# tell - $1 what, $2 jobs, $3 from, $4 CPU from
tell() {
	awk -v what="$1" -v n="$2" -v ms="$(($(now_ms) - $3))" \
		-v cpu="$(($(cpu_ms) - $4))" -v mb="$(memory_mb)" 'BEGIN {
		printf "%-26s %6.1f domains/s, %6.2f ms CPU a domain, %d MB\n",
			what, n * 1000 / ms, cpu / n, mb }'
}

echo "$count delegated domains, 50 at a time; at the beginning $(memory_mb) MB"
from=$(now_ms) cpu=$(cpu_ms)
mt domain import "$T/list" >"$T/import.out" 2>&1 || fail "import"
until_live $((count / 10))
tell "a tenth is live" $((count / 10)) "$from" "$cpu"
until_live "$count"
tell "all are live" "$count" "$from" "$cpu"

# A new policy for all: no certificates, two lookups and a push each.
from=$(now_ms) cpu=$(cpu_ms) jobs=$(jobs_done)
mt defaults set max-age=2w >"$T/defaults.out" 2>&1 || fail "defaults"
while [ $(($(jobs_done) - jobs)) -lt "$count" ]; do
	sleep 0.2
done
tell "a new policy for all" "$count" "$from" "$cpu"

# A day later all are looked at again; most need nothing.
from=$(now_ms) cpu=$(cpu_ms) jobs=$(jobs_done)
publab_step 86400
while [ $(($(jobs_done) - jobs)) -lt "$count" ]; do
	sleep 0.2
done
tell "looked at again, all well" "$count" "$from" "$cpu"
publisher_stop
