#!/bin/sh
# Scenarios: every file is one that is played, says in its first line what it
# is about, and the runner takes no word that it does not know for an answer.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
runner=${MTASTS_BUILD:-build/dev}/tests/bin/scenario
[ -x "$runner" ] || {
	echo "skipped: no $runner"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

find tests/scenario -type f >"$work/files"
grep -vE '^tests/scenario/([a-z_]+\.[ch]|README\.md|policies/[a-z0-9_]+\.txt|[a-z]+/[a-z0-9_]+\.scn)$' \
	"$work/files" && {
	echo "no name for a scenario, or for what belongs to them"
	bad=1
}
grep '\.scn$' "$work/files" >"$work/scn"
find tests/rollout -type f >"$work/files"
grep -vE '^tests/rollout/(run\.c|README\.md|[a-z_]+\.scn)$' "$work/files" && {
	echo "no name for a scenario of a roll-out"
	bad=1
}
grep '\.scn$' "$work/files" >>"$work/scn"
while read -r file; do
	read -r first <"$file"
	case $first in
	'# '*) ;;
	*)
		echo "$file:1: does not say what it is about"
		bad=1
		;;
	esac
done <"$work/scn"
for file in tests/scenario/policies/*.txt; do
	grep -qrF "policies/${file##*/}" tests/scenario --include='*.scn' || {
		echo "$file: no scenario uses it"
		bad=1
	}
done

# Every row of the tables about senders is some scenario's.
tables=${MTASTS_SHARED:-../shared}/corpus/vectors
for table in sender_flow policy_fetch; do
	[ -r "$tables/$table.tsv" ] || {
		echo "passed over: no $tables/$table.tsv"
		continue
	}
	for id in $(sed -n 's/^\([CF][0-9]*\)\t.*/\1/p' "$tables/$table.tsv"); do
		grep -qrw "^#.*$id" tests/scenario --include='*.scn' || {
			echo "$table: no scenario names $id"
			bad=1
		}
	done
done

# refused - the runner says this of the lines, and of which one of them
refused()
{
	printf '%b' "$2" >"$work/sample.scn"
	if said=$("$runner" "$work/sample.scn" 2>&1 >/dev/null); then
		echo "taken for a scenario: $2"
		bad=1
		return
	fi
	case $said in
	*"$work/sample.scn:$1: $3"*) ;;
	*)
		echo "wanted \"$3\" in line $1 of $2; got: $said"
		bad=1
		;;
	esac
}

ask='dane off\nask example.com\n'
refused 3 "${ask}wants none no-record\n" 'unknown verb "wants"'
refused 3 "${ask}want nothing no-record\n" 'wanted kind nothing, got none'
refused 3 "${ask}want none mode-none\n" 'wanted reason mode-none, got no-record'
refused 3 "${ask}want none no-record untill=5m\n" 'unknown word "untill=5m"'
refused 3 "${ask}want none no-record until=6m\n" 'it may be given again for'
refused 3 "${ask}want none\n" 'a reason is missing'
refused 2 "$ask" 'the file wants nothing'
refused 3 "${ask}asked MX 1\n" 'it was asked 0 times'
refused 3 "${ask}asked MXX 1\n" 'unknown record type'
refused 3 "${ask}asked nothing\n" '1 questions were asked'
refused 3 "${ask}fetched 1\n" 'it was fetched 0 times'
refused 3 "${ask}log dane-mixed\n" 'not so'
refused 3 "${ask}reply QUERY OK\n" 'wanted QUERY OK, got NOTFOUND'
refused 3 "${ask}reply QERY NOTFOUND\n" 'unknown map'
refused 3 "${ask}stored example.com id=1\n" 'there is no policy'
refused 3 "${ask}want none no-record" 'the line is too long, or not ended'
refused 1 'want none no-record\n' 'nothing was decided'
refused 1 'dns example.com TXT secure\n' 'says nothing of example.com'
refused 1 'dns example.com TXT "v=STSv1\n' 'a quote is not closed'
refused 1 'dns example.com MX mx1.example.com\n' '"mx1.example.com" is no number'
refused 1 'https mta-sts.example.com 200 text/plain policies/no.txt\n' 'no file'
refused 1 'https mta-sts.example.com timed-out\n' '"timed-out" is no number'
refused 1 'pass 6x\n' '"6x" is no duration'
refused 1 'at yesterday\n' 'no time'
refused 1 'rule example.com enforce\n' 'unknown rule'
refused 1 'mixed all\n' 'none of sts dane-only dane'
refused 1 'dane on on\n' 'unknown word "on"'
refused 3 'dns _mta-sts.example.com TXT "v=STSv1; id=1;"\ndane off\nask example.com\n' \
	'mta-sts.example.com is fetched from'
refused 3 'dns example.com MX silent\nask example.com\nwant temp deadline\n' \
	'at the end something is still waited for'

# The other runner is as strict.
runner=${MTASTS_BUILD:-build/dev}/tests/bin/rollout
begin='start\npublish\nlook passes\n'
refused 4 "${begin}wants wait time\n" 'unknown verb'
refused 4 "${begin}want step time\n" 'something else is done, got wait'
refused 4 "${begin}want wait paused\n" 'another reason, got time'
refused 4 "${begin}want wait time alarm\n" 'another alarm, got none'
refused 4 "${begin}want wait time later\n" 'unknown word, got later'
refused 4 "${begin}want wait time next=13h\n" 'another time of the next look'
refused 4 "${begin}want wait time step=never\n" 'a step is foreseen'
refused 3 "$begin" 'the file wants nothing'
refused 1 'want wait time\n' 'nothing was looked at'
refused 3 'start\npublish\nlook well\n' 'a look passes, fails or is unknown'
refused 3 'start\npublish\ndaily 20 passes\n' 'something was done before'
# Every reason that can hold a step is some scenario's.
for word in $(sed -n 's/^\[ROLLOUT_[A-Z_]*\] = { "\([a-z-]*\)".*/\1/p' \
	src/core/rollout.c); do
	grep -qE "^want [a-z]+ $word( |$)" tests/rollout/*.scn || {
		echo "no scenario waits for $word"
		bad=1
	}
done

count=$(wc -l <"$work/scn")
echo "scenarios: $count files"
[ "$count" -ge 80 ] && exit "$bad"
