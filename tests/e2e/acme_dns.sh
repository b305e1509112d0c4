#!/bin/sh
# Certificates by dns-01: before the switch, while the name leads elsewhere, or
# nowhere. Who writes the zone is a program here; uacme and pebble are real.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/acme.sh"

DRIVE=$MTASTS_BIN/../tests/bin/drive_certify
[ -x "$DRIVE" ] || skip "drive_certify is not built"
acme_begin
acme_domain one.example
acme_domain two.example
acme_dns clear-cname '{"host":"mta-sts.one.example"}'
acme_dns add-a '{"host":"mta-sts.one.example","addresses":["192.0.2.9"]}'
cat >"$T/setter" <<END
#!/bin/sh
echo "\$1 \$2" >>$T/set
[ ! -e $T/broken ] || exit 1
case \$1 in
set) curl -sS --noproxy '*' -d "{\"host\":\"\$2.\",\"value\":\"\$3\"}" \
	http://127.0.0.1:$ACME_DNS_ADMIN/set-txt ;;
*) curl -sS --noproxy '*' -d "{\"host\":\"\$2.\"}" \
	http://127.0.0.1:$ACME_DNS_ADMIN/clear-txt ;;
esac
END
chmod +x "$T/setter"

# drive - $1 domain
drive() {
	: >"$T/set"
	OUT=$(timeout 120 "$DRIVE" "$CONF" "$T/store" "127.0.0.1:$ACME_DNS" \
		"$MTASTS_BIN/mtasts-acme-hook" "$T/setter" "$1" 2>&1)
	STATUS=$?
}
drive one.example
same "issued" "0 issued  " "$STATUS $OUT"
same "the record came and went" \
	"set _acme-challenge.mta-sts.one.example,clear _acme-challenge.mta-sts.one.example" \
	"$(paste -s -d , "$T/set")"
pem=$T/certs/mta-sts.one.example/fullchain.pem
has "its name" "DNS:mta-sts.one.example" \
	"$(openssl x509 -noout -ext subjectAltName -in "$pem" 2>&1)"
same "no socket is left" "" "$(find "$T/store/acme" -name '*.ctl')"

# Who writes the zone cannot: the other types are tried where they can be.
: >"$T/broken"
drive one.example
same "no way is left" "1 failed challenge" "$STATUS ${OUT% the order*}"
has "and why" "dns-01: the setter fails" "$OUT"
# Without types that need the host there is none for two.example either.
acme_conf 'challenges: [dns-01]'
drive two.example
has "dns-01 alone" "the setter fails" "$OUT"
rm "$T/broken"
drive two.example
same "dns-01 alone" "0 issued  " "$STATUS $OUT"
# The command line has nobody who writes a zone.
cert issue two.example --force
has "the command line" "no type of challenge that is configured" "$OUT"
acme_secrets
e2e_end
