#!/bin/sh
# "mtasts check --watch" with more domains than are looked at at once: a second
# round begins where the first did, and loses nothing.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/checklab.sh"

checklab_begin --scan 30
domains=$(awk 'BEGIN { for (i = 0; i < 30; i++) printf "d%d.scan.test ", i }')
# shellcheck disable=SC2086 # words
timeout -s INT 16 "$MTASTS_BIN/mtasts" --config "$T/check.yaml" check \
	--json --no-smtp --only D01 --watch 10s $domains $CHECKLAB_OPTIONS \
	>"$T/out" 2>"$T/err"
same "each domain is told once, since nothing has changed" 30 \
	"$(jq -r .domain <"$T/out" | sort -u | wc -l)"
same "and no more" 30 "$(jq -s length <"$T/out")"
same "nothing is lost" "" "$(cat "$T/err")"
checklab_clean
e2e_end
