#!/bin/sh
# A real Knot loads what "mtasts dns --format bind" prints, and gives it back:
# CNAME and addresses, strings over 255 bytes, an alias, a delegated domain.
#
# REQ: TXT-1 TXT-2 TXT-3 OPS-3 P1 P3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/dns.sh"

peers_need knot knot-dnsutils
e2e_begin mtasts
dns_registry
e2e_port && DNS_PORT=$PORT

mkdir -p "$T/zones" "$T/knot"
for domain in one.example two.example alias.example; do
	dns_print "$domain" --format bind
	{ dns_zone "$domain" && cat "$RECORDS"; } >"$T/zones/$domain.zone"
done
dns_print customer.example --format bind --delegate "$DELEGATE" --part customer
{ dns_zone customer.example && cat "$RECORDS"; } >"$T/zones/customer.example.zone"
# The provider's zone has several customers' records, in any order.
{
	dns_zone provider.test
	for domain in customer.example one.example; do
		dns_print "$domain" --format bind --delegate "$DELEGATE" \
			--part provider
		cat "$RECORDS"
	done
} >"$T/zones/provider.test.zone"

cat >"$T/knot.conf" <<END
server:
    rundir: $T/knot
    listen: 127.0.0.1@$DNS_PORT
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: $T/knot
template:
  - id: default
    storage: $T/zones
    file: "%s.zone"
    semantic-checks: on
zone:
  - domain: one.example
  - domain: two.example
  - domain: alias.example
  - domain: customer.example
  - domain: provider.test
END
e2e_start knot peers_exec knotd -c "$T/knot.conf"
e2e_wait tcp "$DNS_PORT"

dns_check one.example
dns_check two.example
dns_check alias.example
dns_check customer.example --delegate "$DELEGATE"
dns_check one.example --delegate "$DELEGATE" --part provider
same "knot complains of nothing" "" "$(cat "$T/knot.log")"

# A sender that follows the CNAMEs finds the id of the policy.
id=$(e2e_mtasts domain show one.example --json | jq -r .id)
target=$(dns_ask _mta-sts.alias.example CNAME)
same "an alias leads to its domain" _mta-sts.one.example "$target"
same "and has its id" "v=STSv1; id=$id;" "$(dns_ask "$target" TXT)"
id=$(e2e_mtasts domain show customer.example --json | jq -r .id)
target=$(dns_ask _mta-sts.customer.example CNAME)
same "a customer leads to the provider" \
	"customer.example._mta-sts.$DELEGATE" "$target"
same "where its id is" "v=STSv1; id=$id;" "$(dns_ask "$target" TXT)"

dns_lint record _mta-sts.one.example
dns_lint record "customer.example._mta-sts.$DELEGATE"
dns_lint tlsrpt _smtp._tls.two.example
dns_lint tlsrpt "_smtp._tls.$DELEGATE"
has "the long record has several strings" '" "' "$(peers_run kdig \
	@127.0.0.1 -p "$DNS_PORT" +tcp +short _smtp._tls.two.example. TXT)"
e2e_end
