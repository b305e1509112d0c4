#!/bin/sh
# What happens while mail waits: the policy host is gone, the policy changes, the
# daemon stops and starts again; rules; Postfix in its chroot with a unix socket.
#
# REQ: FET-11 FET-16 APP-1 APP-5
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_postfix.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_core.sh"

peers_need postfix knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver

# name - a domain under an enforced policy. $1 name, $2 certificate, $3 mx
name() {
	lab_domain "$1.sts.example" "mx.$1.sts.example" "$2"
	lab_policy "$1.sts.example" enforce "${3:-mx.$1.sts.example}"
}

# refresh - take over what is published now. $1 domain, $2 status: 0 all is well,
# 1 mail has to wait
refresh() {
	"$MTASTS_BIN/mtasts" cache refresh "$1" >"$T/refresh" 2>&1
	same "cache refresh $1" "$2" "$?"
}

name good good
name untrusted untrusted
name moved good elsewhere.sts.example
name moves good
name disabled untrusted
lab_domain required.sts.example mx.required.sts.example good
lab_world
lab_recipe postfix.md mtasts-rules | sed -e 's/partner\./required.sts./' \
	-e 's/broken\./disabled.sts./' >"$T/rules"
lab_user postfix postdrop
lab_user mtasts-resolver
mkdir /var/spool/postfix
install -d -m 2750 -o mtasts-resolver -g postfix /var/spool/postfix/mtasts
chmod 755 /var/spool/postfix
lab_conf
socket=$(lab_recipe postfix.md mtasts-unix | sed -n 's/.*"\(unix:.*\)".*/\1/p')
sed -i "s|unix:[^\"]*|$socket|" "$CONF"
lab_resolver
lab_postfix_chroot
lab_recipe postfix.md postfix-unix >"$T/main.cf"
lab_postfix

lab_send to@good.sts.example to@untrusted.sts.example to@moved.sts.example \
	to@moves.sts.example to@disabled.sts.example to@required.sts.example
lab_verified good.sts.example mx.good.sts.example
lab_verified moves.sts.example mx.moves.sts.example
lab_want to@untrusted.sts.example deferred "$LAB_UNVERIFIED"
lab_want to@moved.sts.example deferred "client TLS configuration problem"
lab_logged "moved: why" "no MX of moved.sts.example fits its policy"

# Rules: one does without its policy, one may not.
lab_opportunistic disabled.sts.example
lab_want to@required.sts.example deferred "client TLS configuration problem"

# Two policies change, one for better and one for worse. At most one fetch a
# minute and domain is made; but an administrator need not wait for that.
lab_policy_change moved.sts.example mx=mx.moved.sts.example
lab_policy_change moves.sts.example mx=elsewhere.sts.example
lab_until "moved: the new policy is served" lab_serves_mx \
	moved.sts.example mx.moved.sts.example
lab_until "moves: the new policy is served" lab_serves_mx \
	moves.sts.example elsewhere.sts.example
refresh moved.sts.example 0
refresh moves.sts.example 1
lab_again
lab_want to@moved.sts.example sent "relay=mx.moved.sts.example[" 1
lab_verified moved.sts.example mx.moved.sts.example
lab_send again@moves.sts.example
lab_want again@moves.sts.example deferred "client TLS configuration problem"

# Neither policy host nor records are there: what is cached stays in force.
lab_host_stop
for domain in good untrusted; do
	lab_unrr _mta-sts.$domain.sts.example TXT
	lab_unrr mta-sts.$domain.sts.example A
done
lab_dns_reload
tries=$(lab_results to@untrusted.sts.example | wc -l)
lab_again
lab_send host-gone@good.sts.example
lab_want host-gone@good.sts.example sent "relay=mx.good.sts.example["
lab_want to@untrusted.sts.example deferred "$LAB_UNVERIFIED" "$tries"

# Without the daemon nothing goes out unchecked; it remembers when it is back.
lab_resolver_stop
lab_send daemon-gone@good.sts.example
lab_want daemon-gone@good.sts.example deferred "dsn=4.7.5"
lab_want daemon-gone@good.sts.example deferred \
	"client TLS configuration problem"
lab_resolver
tries=$(lab_results to@untrusted.sts.example | wc -l)
lab_again
lab_want daemon-gone@good.sts.example sent "relay=mx.good.sts.example[" 1
lab_want to@untrusted.sts.example deferred "$LAB_UNVERIFIED" "$tries"
same "good: all came over TLS" "TLSv1.3" \
	"$(lab_came good.sts.example | jq -r .tls | sort -u)"
same "untrusted: nothing came" "" "$(lab_came untrusted.sts.example)"
has "smtp(8) was in its chroot" "y" \
	"$(awk '$1 == "smtp" { print $5 }' /etc/postfix/master.cf)"
lab_doctor good.sts.example
e2e_end
