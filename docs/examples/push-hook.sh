#!/bin/sh
# push-hook.sh - records of mtasts through the API of a DNS provider
#
# For the option push: program of mtasts.yaml; what it gets and what its exit
# status means stands in docs/dns.md. Written for Cloudflare's API, version 4, as
# an example: it was not run against the real one. Needs curl and jq. The token
# is read from a file, so that it is never on a command line.
set -u
api=${API:-https://api.cloudflare.com/client/v4}
token=${CREDENTIALS_DIRECTORY:-/etc/mtasts}/dns-token
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
umask 077

# refuse - it will not work later either; later - it may
refuse() {
	echo "$*" >&2
	exit 1
}
later() {
	echo "$*" >&2
	exit 2
}

[ -r "$token" ] || refuse "no token in $token"
printf 'header = "Authorization: Bearer %s"\n' "$(cat "$token")" >"$work/curl"
cat >"$work/input"

# call - METHOD PATH [BODY]: the answer in $work/answer
call() {
	curl -sS -m 20 -K "$work/curl" -X "$1" -o "$work/answer" \
		-H 'Content-Type: application/json' ${3:+--data-binary "$3"} \
		"$api$2" 2>"$work/error" || later "$(tail -n 1 "$work/error")"
	[ "$(jq -r .success "$work/answer" 2>/dev/null)" = true ] ||
		refuse "$(jq -r '.errors[0].message // "no such answer"' \
			"$work/answer" 2>/dev/null || echo "no JSON came")"
}

call GET "/zones?name=$(jq -r .zone "$work/input")"
zone=$(jq -r '.result[0].id // empty' "$work/answer")
[ -n "$zone" ] || refuse "there is no zone $(jq -r .zone "$work/input")"

# What goes goes first: a CNAME cannot stand beside other records.
jq -c '.changes[] | . as $c | .remove[] |
	{ name: $c.name, type: $c.type, content: . }' \
	"$work/input" >"$work/remove"
while read -r record; do
	name=$(echo "$record" | jq -r .name)
	type=$(echo "$record" | jq -r .type)
	call GET "/zones/$zone/dns_records?name=$name&type=$type"
	# Texts come back with quotes, or without them.
	jq -r --argjson r "$record" '.result[] | select(.content == $r.content or
		.content == ($r.content | tojson)) | .id' \
		"$work/answer" >"$work/ids"
	while read -r id; do
		call DELETE "/zones/$zone/dns_records/$id"
	done <"$work/ids"
done <"$work/remove"
jq -c '.changes[] | . as $c | .add[] | { name: $c.name, type: $c.type,
	ttl: $c.ttl, proxied: false, content: . }' "$work/input" >"$work/add"
while read -r record; do
	call POST "/zones/$zone/dns_records" "$record"
done <"$work/add"
exit 0
