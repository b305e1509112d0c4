#!/bin/sh
# The system's DNS servers change while mtasts-resolver runs: it asks the new
# ones soon, without being told. In a network and with a resolv.conf of its own.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/resolver.sh"

if [ "${1:-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] && flags=-nm || flags=-rnm
	unshare $flags true 2>/dev/null || skip "needs network namespaces"
	exec unshare $flags sh "$0" inside
fi
ip link set lo up || skip "needs loopback"
resolver_begin
echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf || skip "needs mount"

# serve - ADDRESS ID: a DNS server on port 53 that publishes this id
serve() {
	printf '%s\n' "_mta-sts.one.example TXT v=STSv1; id=$2;" \
		"mta-sts.one.example A 127.0.0.1" >"$T/zone$2"
	: >"$T/asked$2"
	e2e_start "dns$2" python3 "$MTASTS_SOURCE/tests/lib/fakedns.py" \
		53 "$T/zone$2" "$T/asked$2" "$1"
}

serve 127.0.0.1 1
serve 127.0.0.2 2
e2e_wait udp 53
resolver_conf
sed -i 's/server: .*/server: [system]/' "$CONF"
resolver_start
same "no policy host: no policy" "NOTFOUND " "$(ask QUERY one.example)"
has "the first server was asked" "TXT _mta-sts.one.example" \
	"$(cat "$T/asked1")"
same "not the second" "" "$(cat "$T/asked2")"
echo 'nameserver 127.0.0.2' >"$T/resolv.conf"
for _ in $(seq 40); do
	grep -q "^info dns-changed" "$LOG" && break
	sleep 1
done
has "noticed" "dns-changed" "$(cat "$LOG")"
same "as before" "NOTFOUND " "$(ask QUERY two.example)"
has "the second server is asked now" "TXT _mta-sts.two.example" \
	"$(cat "$T/asked2")"
resolver_stop
same "exit status" 0 "$STATUS"
e2e_end
