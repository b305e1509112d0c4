#!/bin/sh
# Debian's OpenSMTPD, by the recipe of docs/opensmtpd.md: chosen domains in mode
# enforce get mail over verified TLS only; MX hosts are not compared.
#
# REQ: VAL-3 APP-1 APP-3
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_recipe.sh"

peers_need opensmtpd knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver
lab_core
lab_world
lab_conf
lab_resolver

# surroundings - what the package would have made
surroundings() {
	lab_user opensmtpd
	lab_user opensmtpq
	lab_libs
	cp "$T/ca/ca.pem" /etc/ssl/certs/ca-certificates.crt
	mount -t tmpfs -o mode=755 lab /var/lib
	mkdir -p /var/lib/opensmtpd/empty /etc/mail
	echo sender.example >/etc/mailname
	for folder in offline purge queue corrupt incoming; do
		install -d -m 700 -o opensmtpq "/var/spool/smtpd/$folder"
	done
	chmod 711 /var/spool/smtpd
	chown root:opensmtpq /var/spool/smtpd/offline
	chmod 770 /var/spool/smtpd/offline
	echo none.invalid >/etc/mail/sts
	printf '%s.sts.example\n' good untrusted expired wrongname plain v6 \
		wild testing none nopolicy >/etc/mail/partners
}

# list - the document's script; smtpctl wants to be of that group
list() {
	install -d "$T/bin"
	install -m 2755 -g opensmtpq "$(peers_path /usr/sbin/smtpctl)" "$T/bin/"
	lab_recipe opensmtpd.md opensmtpd-list >"$T/list.sh"
	PATH="$MTASTS_BIN:$T/bin:$PATH" sh -eu "$T/list.sh" \
		>"$T/list.log" 2>&1 || fail "list.sh: $(cat "$T/list.log")"
}

surroundings
{
	echo "listen on 127.0.0.1 port 2525"
	lab_recipe opensmtpd.md opensmtpd
	echo 'action "relay" relay'
	echo 'match from any for any action "relay"'
} >/etc/smtpd.conf
chmod 600 /etc/smtpd.conf
e2e_start smtpd peers_exec "$(peers_path /usr/sbin/smtpd)" -d
e2e_wait tcp 2525
list
same "domains in mode enforce" "none.invalid good untrusted expired wrongname plain v6 wild" \
	"$(sed 's/\.sts\.example//' /etc/mail/sts | paste -s -d ' ')"

# shellcheck disable=SC2046 # words
python3 "$LAB/lab_mail.py" 127.0.0.1:2525 $(sed 's/^/to@/' /etc/mail/partners) \
	>"$T/send" 2>&1 || fail "smtpd takes no message: $(cat "$T/send")"

# came - for lab_until: has a message arrived?
came() {
	[ -n "$(lab_came "$1")" ]
}

for name in good v6 wild testing none nopolicy; do
	lab_until "$name: delivered" came $name.sts.example
	same "$name: over TLS" TLSv1.3 \
		"$(lab_came $name.sts.example | jq -r .tls)"
done
# refused - for lab_until: has it been refused so often?
refused() {
	[ "$(grep -c "mta error reason=$1" "$T/smtpd.log")" -ge "$2" ]
}
lab_until "bad certificates" refused "SSL certificate check failed" 3
lab_until "no STARTTLS" refused "TLS required but not supported" 1
for name in untrusted expired wrongname plain; do
	same "$name: nothing came" "" "$(lab_came $name.sts.example)"
done
e2e_end
