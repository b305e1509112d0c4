#!/bin/sh
# Every domain of the laboratory shows what tools/lab/expect.tsv says of it, and
# no other check of it fails or warns: each check sees its own fault, and no
# fault makes another check cry.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/checklab.sh"

checklab_begin
expect=$MTASTS_SOURCE/tools/lab/expect.tsv
domains=$(sed -n 's/^domain //p' "$CHECKLAB_WORLD")

# One of them takes six seconds to answer.
# shellcheck disable=SC2086 # words
check $domains --json --timeout 12s
jq -r '.domain as $d | .checks[] | [$d, .id, .status, .message,
	.unknown] | @tsv' \
	<"$T/out" >"$T/seen" || fail "no JSON"
same "every domain was looked at" "$(echo "$domains" | sort)" \
	"$(cut -f 1 "$T/seen" | sort -u)"
same "every domain is expected" "$(echo "$domains" | sort)" \
	"$(grep -v '^#' "$expect" | cut -f 1 | sort -u)"
while IFS='	' read -r domain id wanted; do
	case $domain in
	'#'* | '') continue ;;
	esac
	seen=$(awk -F '\t' -v d="$domain" -v i="$id" \
		'$1 == d && $2 == i { print $3 }' "$T/seen")
	same "$domain $id" "$wanted" "$seen"
done <"$expect"
same "nothing else fails or warns" "" "$(awk -F '\t' '
	NR == FNR { wanted[$1, $2] = 1; next }
	$3 ~ /fail|warn/ && !(($1, $2) in wanted) { print $1, $2, $3 ": " $4 }
	' "$expect" "$T/seen")"

# Each check fails, warns, informs or finds nothing out somewhere, and passes
# somewhere; D13 and D14 need a registry.
all=$(cut -f 2 "$T/seen" | sort -u | grep -v '^D1[34]$')
same "each check has a domain with a fault of its own" "$all" \
	"$(awk -F '\t' '$3 ~ /fail|warn|info/ || $5 == "true" { print $2 }' \
		"$T/seen" | sort -u)"
same "each check has a domain that passes" "$all" \
	"$(awk -F '\t' '$3 == "pass" { print $2 }' "$T/seen" | sort -u)"
checklab_clean
e2e_end
