#!/bin/sh
# What people type after "mtasts check": understood, or refused with a sentence;
# and a DNS server that is down is told apart from a domain that is not there.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/checklab.sh"

checklab_begin

# understood - a word, and the domain that it means
understood() {
	check --json --only D03 "$1"
	same "$1: status" 0 "$STATUS"
	same "$1 is understood" "$2" "$(jq -r .domain <"$T/out")"
}
understood good.test good.test
understood GOOD.test. good.test
understood user@good.test good.test
understood '<user@good.test>' good.test
understood https://good.test/ good.test
understood https://mta-sts.good.test/.well-known/mta-sts.txt good.test
understood good.test:25 good.test
understood http://good.test:8080/a?b good.test
understood _mta-sts.good.test good.test

# refused - a word, and a piece of what is said to it
refused() {
	check "$1"
	same "$1: status" 2 "$STATUS"
	has "$1 is refused" "$2" "$(tr -s '\n ' ' ' <"$T/err")"
	same "$1: nothing else is said" "" "$(cat "$T/out")"
}
refused '' 'is no domain'
refused '@' 'is no domain'
refused 192.0.2.1 'is no domain'
refused 'two words' 'is no domain'
refused 'a..b' 'is no domain'
long=$(printf '%063d' 0)
refused "$long.$long.$long.$long.test" 'is no domain'
check good.test 'a..b' 192.0.2.1
same "every bad word is told" 2 "$(grep -c 'is no domain' "$T/err")"
same "before anything is looked at: status" 2 "$STATUS"
same "before anything is looked at" "" "$(cat "$T/out")"

# A name of 245 bytes is a domain, but cannot have a record.
name=$(printf '%063d.%063d.%063d.%048d.test' 1 2 3 4)
refused "$name" 'are possible'

check
same "no domain at all: status" 2 "$STATUS"
has "no domain at all" "which domain" "$(cat "$T/err")"
check --expect maybe good.test
same "--expect maybe: status" 2 "$STATUS"
check --only S99 good.test
same "--only S99: status" 2 "$STATUS"
has "--only S99" "there is no check" "$(cat "$T/err")"
check --watch 1s good.test
same "--watch 1s: status" 2 "$STATUS"
check --explain s05
same "--explain: status" 0 "$STATUS"
has "--explain" "S05" "$(cat "$T/out")"
check --explain X99
same "--explain X99: status" 2 "$STATUS"

check --json --expect enforce good.test
same "--expect enforce: status" 0 "$STATUS"
check --json --expect testing good.test
same "--expect testing: status" 1 "$STATUS"
same "--expect testing" fail \
	"$(jq -r '.checks[] | select(.id == "X01").status' <"$T/out")"

# Nobody answers there: unknown, and not "no record".
e2e_port
"$MTASTS_BIN/mtasts" --config "$T/check.yaml" check --json good.test \
	--resolver "127.0.0.1:$PORT" --timeout 1 --allow-private \
	>"$T/out" 2>"$T/err"
same "DNS is down: status" 3 "$?"
same "DNS is down: result" unknown "$(jq -r .result <"$T/out")"
same "DNS is down: sender" unknown "$(jq -r .sender <"$T/out")"
same "DNS is down: D01" skip \
	"$(jq -r '.checks[] | select(.id == "D01").status' <"$T/out")"
check --json nowhere.test
same "no such domain: status is none of DNS down" 1 \
	"$(test "$STATUS" -ne 3 && echo 1)"

checklab_clean
e2e_end
