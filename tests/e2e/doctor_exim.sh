#!/bin/sh
# mtasts doctor exim, with Debian's Exim and the recipe of docs/exim.md: whole,
# and with a part missing.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_exim.sh"

peers_need exim4-daemon-light knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver
lab_domain good.sts.example mx.good.sts.example good
lab_policy good.sts.example enforce mx.good.sts.example
lab_world
lab_conf
lab_resolver
lab_user Debian-exim
lab_libs
mkdir -p /etc/exim4 /var/spool/exim4 "$T/exim"
chown Debian-exim:Debian-exim /var/spool/exim4 "$T/exim"
exim4=$(peers_path /usr/sbin/exim4)

# doctor - with the configuration after a sed script. $1 script, $2 status,
# $3 text
doctor() {
	lab_exim_conf | sed "$1" >/etc/exim4/exim4.conf
	chmod 644 /etc/exim4/exim4.conf
	"$MTASTS_BIN/mtasts" doctor exim --exim "$exim4" --config "$CONF" \
		--probe good.sts.example >"$T/out" 2>&1
	same "doctor exim after '$1'" "$2" "$?"
	has "doctor exim after '$1'" "$3" "$(tr -s ' \n' ' ' <"$T/out")"
}

doctor '' 0 "/etc/resolv.conf has no trust-ad"
echo "options trust-ad" >>/etc/resolv.conf
doctor '' 0 "nothing to mend"
has "the probe" "it answers enforce" "$(tr -s ' \n' ' ' <"$T/out")"
doctor 's/127.0.0.1:8461/127.0.0.1:1/' 1 "asks none of the sockets"
doctor '/event_action/d' 1 "not seen: a transport asks whether"
doctor '/tls_verify_cert_hostnames/d' 1 "not seen: a transport checks the names"
doctor '/hosts_require_tls/d' 1 "Set hosts_require_tls = *"
lab_resolver_stop
doctor '' 1 "systemctl start mtasts-resolver"
e2e_end
