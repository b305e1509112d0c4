#!/bin/sh
# From postfix-mta-sts-resolver to mtasts-resolver under a Postfix that goes on
# running: the same answers, the same fate of mail. The line of postfix-tlspol's
# users is answered, too.
#
# REQ: VAL-1 APP-1 APP-2 APP-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_postfix.sh"

peers_need postfix postfix-mta-sts-resolver python3-aiodns python3-yaml \
	knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver

PYTHONPATH=$PEERS_ROOT/usr/lib/python3/dist-packages
export PYTHONPATH
python3 -c 'import postfix_mta_sts_resolver.daemon, yaml, aiodns' \
	2>"$T/import" ||
	skip "postfix-mta-sts-resolver does not run: $(tail -n 1 "$T/import")"

DOMAINS="good untrusted wrongname plain wild testing none nopolicy bad-expired
bad-404"
lab_core
lab_world
cp "$T/ca/ca.pem" /etc/ssl/certs/ca-certificates.crt

# answers - the class of the answer for each domain
answers() {
	# shellcheck disable=SC2046,SC2086 # words
	lab_ask postfix $(printf '%s.sts.example\n' $DOMAINS) |
		sed -e 's/^OK secure match=.* servername=hostname$/secure/' \
			-e 's/^NOTFOUND .*/none/' | paste -s -d ' '
}

# mail - what becomes of a message to each domain. $1 local part
mail() {
	# shellcheck disable=SC2046,SC2086 # words
	lab_send $(printf "$1@%s.sts.example\n" $DOMAINS)
	for name in $DOMAINS; do
		lab_result "$1@$name.sts.example" |
			sed -n "s/.*status=\([a-z]*\).*/$name: \1/p"
	done
}

# The old daemon.
cat >/etc/mta-sts-daemon.yml <<END
host: 127.0.0.1
port: 8461
cache: { type: internal }
shutdown_timeout: 1
END
e2e_start old env SSL_CERT_FILE="$T/ca/ca.pem" python3 -c '
import sys
from postfix_mta_sts_resolver.daemon import main
sys.exit(main())' -v debug
OLD=$E2E_PID
e2e_wait tcp 8461
{
	lab_recipe switching.md switch-8461
	echo "smtp_tls_security_level = may"
	echo "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt"
} >"$T/main.cf"
lab_postfix
answers >"$T/answers.old"
mail old >"$T/mail.old"
same "the old daemon's answers" \
	"secure secure secure secure secure none none none none none" \
	"$(cat "$T/answers.old")"

# Ours in its place; Postfix does not notice.
kill "$OLD"
e2e_gone "$OLD" || kill -9 "$OLD"
unset PYTHONPATH
lab_conf
lab_resolver
answers >"$T/answers.new"
mail new >"$T/mail.new"
same "the same answers" "$(cat "$T/answers.old")" "$(cat "$T/answers.new")"
same "the same fate of mail" "$(cat "$T/mail.old")" "$(cat "$T/mail.new")"
has "mail to a good host goes out" "good: sent" "$(cat "$T/mail.new")"
has "mail to a bad host waits" "untrusted: deferred" "$(cat "$T/mail.new")"
same "Postfix was not touched" 1 \
	"$(grep -c 'daemon started' "$T/postfix.log")"
same "and took all answers" "" \
	"$(grep -F 'client TLS configuration problem' "$T/postfix.log")"

# postfix-tlspol's port and map names.
map=$(lab_recipe switching.md switch-8642 | sed 's/.*= //')
has "postfix-tlspol's line" "secure match=mx.good.sts.example servername" \
	"$(lab_pf sbin postmap -c /etc/postfix -q good.sts.example "$map")"
has "and with TLSRPT" "policy_type=sts" "$(lab_pf sbin postmap \
	-c /etc/postfix -q good.sts.example "${map}withTLSRPT")"
e2e_end
