#!/bin/sh
# What "mtasts check" writes for programs, read by readers that are not ours:
# the files that unit.cli.audit_out compares with are JUnit, SARIF and the text
# format of Prometheus, also when a stranger has chosen the words. And the
# readers refuse what is none.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
command -v python3 >/dev/null || {
	echo "skipped: python3 is not installed"
	exit 77
}
bad=0
count=0

# reader_of - the program that reads a format
reader_of()
{
	case $1 in
	junit) echo tests/lib/junitcheck.py ;;
	sarif) echo tests/lib/sarifcheck.py ;;
	prometheus) echo tests/lib/promcheck.py ;;
	esac
}

for format in junit sarif prometheus; do
	for file in tests/vectors/check/*."$format"; do
		count=$((count + 1))
		said=$(python3 "$(reader_of "$format")" <"$file") || {
			echo "$file: $said"
			bad=1
		}
	done
done
[ "$count" -ge 9 ] || {
	echo "only $count files were read"
	bad=1
}

# refuses - FORMAT CHANGE: the reader does not take what sed makes
refuses()
{
	sed "$2" "tests/vectors/check/broken.$1" >"$work"
	if cmp -s "$work" "tests/vectors/check/broken.$1"; then
		echo "$1: nothing to change by $2"
		bad=1
	elif python3 "$(reader_of "$1")" <"$work" >/dev/null; then
		echo "$1: taken in spite of $2"
		bad=1
	fi
}

work=$(mktemp) || exit 1
trap 'rm -f "$work"' EXIT
refuses junit 's/&quot;/"/'
refuses junit 's/failures="1"/failures="2"/'
refuses junit 's/<skipped message="[^"]*"/<skipped/'
refuses sarif 's/"level": "error"/"level": "none"/'
refuses sarif 's/"uri": "[^"]*"/"uri": ""/'
refuses sarif 's/2\.1\.0/2.0.0/'
refuses prometheus 's/id="D01"/id="D02"/'
refuses prometheus '/^# HELP mtasts_check_status/d'

# A plugin of Nagios: the first line has one bar and figures behind it, no
# other line has any.
for file in tests/vectors/check/*.nagios; do
	awk '
	NR == 1 && !/^MTA-STS (OK|WARNING|CRITICAL|UNKNOWN) - [^|]* \| [^|]*$/ ||
	NR > 1 && (/\|/ || !/^(OK|WARNING|CRITICAL|UNKNOWN) - [^:]*: ./) {
		bad = 1
	}
	NR == 1 {
		sub(/.*\| /, "")
		for (i = 1; i <= NF; i++)
			if ($i !~ /^'"'[a-z_]+'"'=-?[0-9]+(ms)?(;[0-9]*:?)*$/)
				bad = 1
	}
	END { exit bad || NR == 0 }' "$file" || {
		echo "$file: no output of a plugin"
		bad=1
	}
done
[ "$bad" = 0 ] && echo "formats: $count files"
exit "$bad"
