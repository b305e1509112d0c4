#!/bin/sh
# The checker validates for itself, with a real Knot that has signed zones:
# signed, not signed, bogus; and DANE follows from it.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/checklab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_signed.sh"

peers_need knot ldnsutils
labsigned_begin

# result - DOMAIN ID: status of a check in the last answer
result() {
	jq -r --arg d "$1" --arg i "$2" \
		'select(.domain == $d).checks[] | select(.id == $i).status' \
		<"$T/out"
}
check good.test good-signed.test good-dane.test d02-bogus.test \
	s09-mismatch.test s09-rollover.test s09-issuer.test \
	s09-unusable.test s10-unsigned.test good-alias.test --json

same "not signed" info "$(result good.test D12)"
same "not signed: the record counts" pass "$(result good.test D01)"
same "signed" pass "$(result good-signed.test D12)"
same "bogus" fail "$(result d02-bogus.test D02)"
same "bogus: the other records count" pass "$(result d02-bogus.test M01)"
same "by an alias" pass "$(result good-alias.test D10)"
for id in S09 S10; do
	same "DANE: $id" pass "$(result good-dane.test $id)"
done
same "DANE: the sender" deliver-tls \
	"$(jq -r 'select(.domain == "good-dane.test").dane' <"$T/out")"
same "DANE: no record fits" fail "$(result s09-mismatch.test S09)"
same "DANE: a key to come" info "$(result s09-rollover.test S09)"
same "DANE: the issuer's" pass "$(result s09-issuer.test S09)"
same "DANE: of no use" warn "$(result s09-unusable.test S09)"
same "DANE: not signed" warn "$(result s10-unsigned.test S10)"
checklab_clean
e2e_end
