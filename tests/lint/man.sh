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
bad=0

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

# Every group of commands has a page, every command its options in it.
mandoc -T utf8 "$made"/mtasts*.1 | col -b >"$made/text.1" || exit 1
for group in $("$mtasts" __complete bash |
	sed -n "s/^\\t\\t*offer='\\([a-z ]*\\)help --.*/\\1/p" | head -n 1); do
	[ -f "man/mtasts-$group.1.in" ] || fault "no page mtasts-$group(1)"
	{
		"$mtasts" help "$group" | sed -n 's/^  \([a-z]*\) .*/\1/p'
		echo
	} | while read -r word; do
		"$mtasts" help "$group" $word 2>/dev/null |
			sed -n '/^Options$/,/^$/s/^  --\([a-z-]*\).*/\1/p'
	done | sort -u >"$made/options"
	while read -r option; do
		mandoc -T utf8 "$made/mtasts-$group.1" | col -b |
			grep -q -- "--$option" ||
			fault "mtasts-$group(1) does not tell of --$option"
	done <"$made/options"
done

# Every option of the configuration, with its default.
mandoc -T utf8 "$made/mtasts.yaml.5" | col -b >"$made/text.5" || exit 1
"$mtasts" conf dump --sample | sed -n 's/^  #\([a-z-]*\): .*/\1/p' \
	>"$made/options"
while read -r option; do
	grep -q "^ *$option\$" "$made/text.5" ||
		grep -q "^ *$option " "$made/text.5" ||
		fault "mtasts.yaml(5) does not tell of $option"
done <"$made/options"
[ "$bad" = 0 ] && echo "man: $(ls man/*.in | wc -l) pages"
exit "$bad"
