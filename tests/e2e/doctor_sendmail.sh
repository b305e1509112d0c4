#!/bin/sh
# mtasts doctor sendmail, with Debian's sendmail and the recipe of
# docs/sendmail.md: whole, and with a part missing.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_sendmail.sh"

peers_need sendmail-bin sendmail-cf sensible-mda m4 knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver
lab_domain good.sts.example mx.good.sts.example good
lab_policy good.sts.example enforce mx.good.sts.example
lab_world
lab_conf
lab_resolver
lab_user smmta
lab_user smmsp
lab_libs
mkdir -p /etc/mail /var/spool/mqueue
cp "$T/ca/ca.pem" /etc/ssl/certs/ca-certificates.crt
cf=$(peers_path /usr/share/sendmail/cf)
sendmail=$(peers_path /usr/libexec/sendmail/sendmail)

# doctor - with the .mc after a sed script. $1 script, $2 status, $3 text
doctor() {
	lab_sendmail_mc | sed "$1" >"$T/mc"
	peers_run m4 -D_CF_DIR_="$cf/" "$cf/m4/cf.m4" "$T/mc" \
		>"$T/sendmail.cf" 2>"$T/m4" || fail "m4: $(cat "$T/m4")"
	"$MTASTS_BIN/mtasts" doctor sendmail --sendmail "$sendmail" \
		--cf "$T/sendmail.cf" --config "$CONF" \
		--probe good.sts.example >"$T/out" 2>&1
	same "doctor sendmail after '$1'" "$2" "$?"
	has "doctor sendmail after '$1'" "$3" "$(tr -s ' \n' ' ' <"$T/out")"
}

doctor '' 0 "nothing to mend"
has "the probe" "it answers OK secure match=mx.good.sts.example" \
	"$(tr -s ' \n' ' ' <"$T/out")"
has "built in" "built with _FFR_MTA_STS" "$(cat "$T/out")"
doctor 's/inet:8461/inet:5461/' 1 "where mtasts-resolver does not listen"
doctor '/FEATURE(.sts/d' 1 "FEATURE(sts) is missing"
doctor '/confCACERT/d' 1 "define(\`confCACERT'"
e2e_end
