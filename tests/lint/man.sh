#!/bin/sh
# Manual pages: mandoc finds nothing to mend, and every command, option and
# configuration option stands in one.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
made=${MTASTS_BUILD:-build/dev}/made
mtasts=${MTASTS_BIN:-build/dev/bin}/mtasts
command -v mandoc >/dev/null || {
	echo "skipped: mandoc is not installed"
	exit 77
}
[ -x "$mtasts" ] || {
	echo "skipped: the program mtasts is not built"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
count=0

# fault - tell one, go on
fault()
{
	echo "$*"
	bad=1
}

for page in man/*.in; do
	name=$(basename "$page" .in)
	[ -f "$made/$name" ] || {
		fault "$made/$name was not made"
		continue
	}
	# Pages refer to each other before they are installed.
	said=$(mandoc -T lint -W warning "$made/$name" 2>&1 |
		grep -v 'referenced manual not found')
	[ -z "$said" ] || fault "$said"
done

# page_text - a page as plain words, without the strokes that make it bold
page_text()
{
	mandoc -T ascii "$1" | LC_ALL=C sed "s/.$(printf '\b')//g"
}

# options_of - the own options of one command
options_of()
{
	"$mtasts" help "$@" | sed -n '/^Options$/,/^$/s/^  --\([a-z-]*\).*/\1/p'
}

# Every first word has a page, every command and option stands in it.
for group in $("$mtasts" help | sed -n 's/^  \([a-z][a-z]*\).*/\1/p' |
	grep -vx mtasts); do
	[ -f "$made/mtasts-$group.1" ] || {
		fault "there is no page mtasts-$group(1)"
		continue
	}
	page_text "$made/mtasts-$group.1" >"$work/text"
	words=$("$mtasts" help "$group" |
		sed -n '/^usage: .* COMMAND /,$s/^  \([a-z-]*\).*/\1/p')
	for word in ${words:-.}; do
		[ "$word" = . ] && word=
		count=$((count + 1))
		grep -q "mtasts $group $word" "$work/text" ||
			fault "mtasts-$group(1) does not tell of $word"
		# shellcheck disable=SC2086 # no second word is none
		for option in $(options_of "$group" $word); do
			count=$((count + 1))
			grep -q -e "^ *--$option" "$work/text" ||
				fault "mtasts-$group(1) lacks --$option"
		done
	done
done
[ "$count" -gt 20 ] || fault "only $count commands and options were seen"

# Every option of the configuration, with its default.
page_text "$made/mtasts.yaml.5" >"$work/text"
for option in $("$mtasts" conf dump --sample |
	sed -n 's/^  #\([a-z-]*\): .*/\1/p'); do
	count=$((count + 1))
	grep -qE "^ *$option( |\$)" "$work/text" ||
		fault "mtasts.yaml(5) does not tell of $option"
done
[ "$bad" = 0 ] && echo "man: $count commands and options have their page"
exit "$bad"
