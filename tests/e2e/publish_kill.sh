#!/bin/sh
# "mtasts publish" is killed again and again, at any moment, until it is through.
# Whatever moment that is: the id in DNS is never one whose policy the host does
# not serve, and the next run goes on.
#
# REQ: OPS-1
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publish.sh"

publish_begin

# killed - a run that is killed so many milliseconds after it began
killed() {
	e2e_start run "$MTASTS_BIN/mtasts" --config "$CONF" \
		--store "$T/store" publish "$1" --dns-port "$DNS_PORT"
	sleep "0.$(printf '%03d' "$2")"
	kill -9 "$E2E_PID" 2>/dev/null
	wait "$E2E_PID" 2>/dev/null
}

# sound - DNS has no id, the one before, or the one that is served. $2: before
sound() {
	sound_id=$(id_in_dns "$1")
	case $sound_id in
	'' | "$2") ;;
	"$(id_of "$1")") live "$1" ;;
	*) same "the id in DNS" "$(id_of "$1")" "$sound_id" ;;
	esac
}

# From nothing, with a certificate to be ordered.
for n in 1 2 3; do
	domain=d$n.lab.example
	host_domain $domain
	ms=$((n * 25))
	while [ "$ms" -lt 900 ]; do
		killed $domain "$ms"
		sound $domain ""
		ms=$((ms + 125))
	done
	publish $domain
	same "$domain is through" "0 $(id_of $domain)" \
		"$STATUS $(id_in_dns $domain)"
	live $domain
done

# stands_at - is this the step that the job of a domain has come to?
stands_at() {
	[ "$(sqlite3 -cmd '.timeout 10000' "$T/store/registry.db" \
		"SELECT step FROM publish WHERE domain = '$1'")" = "$2" ]
}
# killed_at - a run that is killed in a step; fails when it was over before.
# $1 domain, $2 step
killed_at() {
	e2e_start run "$MTASTS_BIN/mtasts" --config "$CONF" \
		--store "$T/store" publish "$1" --dns-port "$DNS_PORT"
	while kill -0 "$E2E_PID" 2>/dev/null && ! stands_at "$1" "$2"; do
		:
	done
	kill -9 "$E2E_PID" 2>/dev/null
	wait "$E2E_PID" 2>/dev/null
	[ $? -eq 137 ]
}

# In each step in turn; what was too quick is tried with another domain.
n=1
domain=k$n.lab.example
host_domain $domain
for step in host certificate body id; do
	hit=
	while [ -z "$hit" ] && [ $n -le 20 ]; do
		if killed_at $domain $step; then
			hit=$step
			sound $domain ""
			continue
		fi
		n=$((n + 1))
		domain=k$n.lab.example
		host_domain $domain
	done
	same "killed in the step" $step "$hit"
done
publish $domain
same "$domain is through" "0 $(id_of $domain)" "$STATUS $(id_in_dns $domain)"
live $domain

# A new policy, while the host is away; then when it is back.
domain=d1.lab.example
for age in 2d 3d; do
	old=$(id_in_dns $domain)
	host_stop
	mtasts domain set $domain max-age=$age
	for ms in 50 150 300 450 600; do
		killed $domain "$ms"
		same "the id waits" "$old" "$(id_in_dns $domain)"
	done
	host_start
	for ms in 40 80 120 160 200 240 280 320 360; do
		killed $domain "$ms"
		sound $domain "$old"
	done
	publish $domain
	same "it is through" "0 $(id_of $domain)" \
		"$STATUS $(id_in_dns $domain)"
	hasnt "a new id" "$old" "$(id_in_dns $domain)"
	live $domain
done
mtasts domain list
hasnt "nobody is needed" "problem" "$OUT"
host_stop
push_secrets
acme_secrets
e2e_end
