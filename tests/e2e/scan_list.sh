#!/bin/sh
# A scan: each line of the list once, whatever stands there; stopped and killed
# at any time, it goes on where it was; full disks and closed pipes are told.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/checklab.sh"

checklab_begin --scan 400
n=400
seq -f 'd%.0f.scan.test' 0 $((n - 1)) >"$T/list"

# --- what a list may look like
{
	echo "# a comment"
	echo
	echo "user@d0.scan.test"
	printf '7,d1.scan.test\r\n'
	echo "  https://d2.scan.test/  "
	echo "a..b"
	printf '\377\376\n'
	head -c 300000 /dev/zero | tr '\0' x
	echo
	printf 'd3.scan.test'
} >"$T/odd"
scan "$T/odd" --summary-json "$T/summary"
same "odd lines: status" 0 "$STATUS"
same "odd lines: every line is one object" 7 "$(jq -s length <"$T/out")"
same "odd lines: domains" "d0.scan.test d1.scan.test d2.scan.test d3.scan.test" \
	"$(jq -r 'select(.error == null).domain' <"$T/out" | sort | xargs)"
same "odd lines: lines without a domain" "6 7 8" \
	"$(jq -r 'select(.error != null).line' <"$T/out" | sort -n | xargs)"
same "odd lines: the summary" "4 3 true 4" "$(jq -r \
	'"\(.domains) \(.not_domains) \(.complete) \(.mode.enforce)"' <"$T/summary")"
has "odd lines: a table" enforce "$(cat "$T/err")"

# --- from a pipe
cat "$T/list" | scan - --jobs 20
same "a pipe: status" 0 "$STATUS"
same "a pipe: every domain once" "$n" \
	"$(jq -r .domain <"$T/out" | sort -u | wc -l)"
same "a pipe: no line twice" "$n" "$(wc -l <"$T/out")"

# --- killed again and again, each time going on
out=$T/results
pass=0
while :; do
	pass=$((pass + 1))
	[ $pass -le 60 ] || fail "it does not come to its end"
	# shellcheck disable=SC2086 # words
	"$MTASTS_BIN/mtasts" --config "$T/check.yaml" scan "$T/list" \
		--output "$out" --resume --jobs 20 $CHECKLAB_OPTIONS \
		>/dev/null 2>"$T/err" &
	pid=$!
	for _ in $(seq 20); do
		sleep 0.1
		kill -0 $pid 2>/dev/null || break
		[ "$(wc -l <"$out" 2>/dev/null || echo 0)" -lt $((pass * 60)) ] ||
			break
	done
	# The last one may come to its end.
	if [ $pass -lt 6 ]; then
		kill -9 $pid 2>/dev/null
		wait $pid
		# As a crash in the midst of a line leaves it.
		printf '{"line":1,"failed":[' >>"$out"
		continue
	fi
	wait $pid
	same "killed: status at the end" 0 "$?"
	break
done
same "killed: every domain" "$n" "$(jq -r .domain <"$out" | sort -u | wc -l)"
same "killed: no line twice" "$n" "$(wc -l <"$out")"

scan "$T/list" --output "$out"
same "results that are there are not touched: status" 2 "$STATUS"
has "results that are there are not touched" "--resume" "$(cat "$T/err")"
scan "$T/list" --output "$out" --resume --summary-json "$T/summary"
same "nothing left to do: status" 0 "$STATUS"
same "nothing left to do: no new line" "$n" "$(wc -l <"$out")"
same "nothing left to do: all are counted" "$n true" \
	"$(jq -r '"\(.domains) \(.complete)"' <"$T/summary")"
(echo other.test && tail -n +2 "$T/list") >"$T/list2"
scan "$T/list2" --output "$out" --resume
same "another list: status" 3 "$STATUS"
has "another list" "another list" "$(cat "$T/err")"
echo "hello" >"$T/foreign"
scan "$T/list" --output "$T/foreign" --resume
same "a file of somebody else: status" 2 "$STATUS"
same "a file of somebody else stays as it is" hello "$(cat "$T/foreign")"
scan "$T/list" --resume
same "--resume alone: status" 2 "$STATUS"

# --- Ctrl-C
# shellcheck disable=SC2086 # words
"$MTASTS_BIN/mtasts" --config "$T/check.yaml" scan "$T/list" \
	--output "$T/stopped" --jobs 2 --summary-json "$T/summary" \
	$CHECKLAB_OPTIONS >/dev/null 2>"$T/err" &
pid=$!
for _ in $(seq 100); do
	sleep 0.1
	[ ! -s "$T/stopped" ] || break
done
kill -TERM $pid
wait $pid
same "stopped: status" 3 "$?"
has "stopped: how to go on" "--resume" "$(cat "$T/err")"
same "stopped: said so" false "$(jq -r .complete <"$T/summary")"
same "stopped: only whole lines" "$(wc -l <"$T/stopped")" \
	"$(jq -c . <"$T/stopped" | wc -l)"
same "stopped: what was begun was told" "$(wc -l <"$T/stopped")" \
	"$(jq -r .domains <"$T/summary")"
scan "$T/list" --output "$T/stopped" --resume
same "and went on: every domain" "$n" "$(jq -r .domain <"$T/stopped" |
	sort -u | wc -l)"

# --- a full disk, a list that is not there
# shellcheck disable=SC2086 # words
"$MTASTS_BIN/mtasts" --config "$T/check.yaml" scan "$T/list" \
	--jobs 50 $CHECKLAB_OPTIONS >/dev/full 2>"$T/err"
same "a full disk: status" 3 "$?"
has "a full disk" "cannot be written" "$(cat "$T/err")"
scan "$T/nowhere"
same "no list: status" 3 "$STATUS"
has "no list" "cannot read" "$(cat "$T/err")"
scan "$T/list" --jobs 0
same "--jobs 0: status" 2 "$STATUS"

checklab_clean
e2e_end
