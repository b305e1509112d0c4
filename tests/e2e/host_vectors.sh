#!/bin/sh
# What other policy hosts' own tests expect, through the command line, the
# registry and mtasts-host: rows of corpus/vectors/policy_serve.tsv.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

TABLE=${MTASTS_SHARED:-}/corpus/vectors/policy_serve.tsv
[ -r "$TABLE" ] || skip "no $TABLE: set MTASTS_SHARED"
host_begin
host_conf 'https: []'

# settings - register a domain as the row says; refused ones are not there
settings() {
	domain=$1 words=$2
	set --
	while [ -n "$words" ]; do
		case ${words%% *} in
		*=\"*)
			word=${words%%=*}=$(printf '%b.' \
				"$(expr "$words" : '[a-z_]*="\([^"]*\)"')")
			word=${word%.}
			words=${words#*\"*\"}
			;;
		*)
			word=${words%% *}
			words=${words#"$word"}
			;;
		esac
		words=${words# }
		case $word in
		max_age=*) set -- "$@" "max-age=${word#*=}" ;;
		*) set -- "$@" "$word" ;;
		esac
	done
	e2e_mtasts domain add "$domain" "$@" --force >"$T/said.out" 2>&1
}

# lines - of a policy, sorted, without those that mode none does not need
lines() {
	tr -d '\r' | sort | if grep -q '^mode: none' "$1"; then
		grep -v '^mx:'
	else
		cat
	fi
}

# row - one line of the table
row() {
	rm -rf "$T/store" && mkdir "$T/store" || exit 1
	path=$HOST_PATH
	case $4 in
	GET*) path=${4#GET } words='mode=enforce mx=mox.example max_age=86400' ;;
	*=*) words=$4 ;;
	*) words= ;;
	esac
	case $words in
	mode=\**) words='mode=testing mx=mx.example.org' ;;
	esac
	host_domain other.example
	[ -z "$words" ] || settings "${3#mta-sts.}" "$words"
	host_start
	STATUS=$(curl -sS -m 10 --noproxy '*' -H "Host: $3" -D "$T/head" \
		-o "$T/body" -w '%{http_code}' "http://127.0.0.1:$HTTP$path")
	same "$1: status" "${5%"${5#???}"}" "$STATUS"
	case $5 in
	200\ version*)
		printf '%b' "${5#200 }" >"$T/want"
		same "$1: lines" "$(lines "$T/want" <"$T/want")" \
			"$(lines "$T/want" <"$T/body")"
		;;
	*"two mx"*) same "$1: two mx" 2 "$(grep -c '^mx: ' "$T/body")" ;;
	*"four lines"*) same "$1: lines" 4 "$(wc -l <"$T/body")" ;;
	esac
	case $5 in
	200*) same "$1: media type" "text/plain; charset=utf-8" \
		"$(header content-type)" ;;
	404*) hasnt "$1: no policy" "version:" "$(cat "$T/body")" ;;
	esac
	host_stop
}

# REQ: POL-1 POL-2 POL-6
rows=0
tab=$(printf '\t')
grep -v '^#' "$TABLE" >"$T/rows"
# Blanks are kept where a column is empty: a tab is white space to "read".
while IFS= read -r line; do
	old_ifs=$IFS
	IFS=$tab
	# shellcheck disable=SC2046 # columns
	set -f -- $(printf '%s' "$line" | sed "s/$tab$tab/$tab-$tab/g")
	set +f
	IFS=$old_ifs
	row "$1" "$2" "$3" "$4" "$5"
	rows=$((rows + 1))
done <"$T/rows"
[ "$rows" -ge 11 ] || e2e_failed "rows" "11 or more" "$rows"
e2e_end
