#!/bin/sh
# Documents: every command "mtasts ..." in them exists with all its options and
# settings, links lead somewhere, metrics and log events are the program's.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
mtasts=${MTASTS_BIN:-build/dev/bin}/mtasts
[ -x "$mtasts" ] || {
	echo "skipped: the program mtasts is not built"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
docs='README.md ARCHITECTURE.md HACKING.md CHANGES.md docs/*.md'

# fault - tell one, go on
fault()
{
	echo "$*"
	bad=1
}

# commands_of - one command a line: code blocks and code within lines, with
# continued lines joined, cut where the shell begins another command
commands_of()
{
	awk '
	/^ *```/ { code = !code; next }
	code {
		while (/\\$/ && (getline more) > 0) {
			sub(/\\$/, "")
			$0 = $0 more
		}
		print
		next
	}
	{ text = text " " $0 }
	/^$/ { spans(text); text = "" }
	END { spans(text) }
	function spans(t,   n, i, part) {
		n = split(t, part, "`")
		for (i = 2; i <= n; i += 2) print part[i]
	}' "$1" | sed 's/|/\n/g; s/&&/\n/g; s/;/\n/g; s/\$(/\n/g' |
		sed -n "s/[)\"']//g; s/^ *do //; s/^ *\(sudo \)*mtasts \([a-z].*\)/\2/p"
}

# name_of - the words that name the command: "domain add", "dns"
name_of()
{
	if "$mtasts" help "$1" "${2:-}" >/dev/null 2>&1 && [ -n "${2:-}" ]; then
		echo "$1 $2"
	elif "$mtasts" help "$1" >"$work/help" 2>&1 &&
		! { [ -n "${2:-}" ] && grep -q '^usage: .* COMMAND ' \
			"$work/help"; }; then
		echo "$1"
	fi
}

# check_command - FILE WORD...: does it exist, and what it is given?
check_command()
{
	file=$1
	shift
	[ "$1" = help ] && shift
	[ $# -gt 0 ] || return
	name=$(name_of "$@")
	if [ -z "$name" ]; then
		fault "$file: there is no command: mtasts $*"
		return
	fi
	# shellcheck disable=SC2086 # words
	"$mtasts" help $name >"$work/help" || fault "$file: no help of $name"
	for word in "$@"; do
		case $word in
		--*)
			option=${word%%=*}
			grep -qE -e "^  $option( |\$)" "$work/help" ||
				fault "$file: mtasts $name has no $option"
			;;
		[a-z]*=*)
			grep -q "^KEY is one of.*[ ,]*${word%%=*}[,.]" \
				"$work/help" ||
				fault "$file: mtasts $name takes no $word"
			;;
		esac
	done
}

count=0
for file in $docs; do
	commands_of "$file" >"$work/commands"
	while read -r line; do
		count=$((count + 1))
		# shellcheck disable=SC2086 # words, and no names of files
		set -f -- $line
		check_command "$file" "$@" </dev/null
		set +f
	done <"$work/commands"
done
[ "$count" -gt 60 ] || fault "only $count commands were seen"

# anchors_of - the names that headings get
anchors_of()
{
	awk '/^```/ { code = !code } !code && /^#+ /' "$1" |
		tr 'A-Z ' 'a-z-' | sed 's/^#*-//; s/[^a-z0-9_-]//g'
}

links=0
for file in $docs; do
	grep -o '](\([^)]*\))' "$file" | sed 's/^](//; s/)$//' |
		grep -v '^[a-z]*:' >"$work/links"
	while read -r link; do
		links=$((links + 1))
		path=$(dirname "$file")/${link%%#*}
		case $link in '#'*) path=$file ;; esac
		if [ ! -e "$path" ]; then
			fault "$file: nothing is at $link"
		elif [ "$link" != "${link#*#}" ]; then
			anchors_of "$path" | grep -qxF -e "${link#*#}" ||
				fault "$file: no heading has the name $link"
		fi
	done <"$work/links"
done
[ "$links" -gt 20 ] || fault "only $links links were seen"

# Configuration that is shown is configuration that is taken.
blocks=0
for file in README.md docs/*.md; do
	awk -v stem="$work/block" '
	/^```yaml$/ { code = 1; n++; next }
	/^```/ { code = 0 }
	code { print > (stem n ".yaml") }' "$file"
	for block in "$work"/block*.yaml; do
		[ -e "$block" ] || continue
		# Others are for Prometheus.
		if ! grep -q '^groups:' "$block"; then
			blocks=$((blocks + 1))
			"$mtasts" conf check "$block" >"$work/said" 2>&1 ||
				fault "$file: $(cat "$work/said")"
		fi
		rm "$block"
	done
done
[ "$blocks" -gt 5 ] || fault "only $blocks examples of mtasts.yaml were seen"

# What monitoring relies on.
for metric in $(grep -ohE 'mtasts_[a-z]+_[a-z_]+' docs/operations.md \
	docs/resolver.md man/*.8.in | sort -u); do
	grep -rqE "(\"|PREFIX \")${metric#mtasts_resolver_}\"|\"$metric\"" src ||
		fault "there is no metric $metric"
done

# events_of - the log events that a document has rows of
events_of()
{
	sed -n 's/^| \(info\|warn\|error\) \(`[^|]*\) |.*|.*|$/\2/p' "$1" |
		grep -o '`[a-z-]*' | tr -d '`' | sort -u
}

for file in docs/operations.md docs/resolver.md; do
	events_of "$file" >"$work/events"
	[ "$(wc -l <"$work/events")" -gt 15 ] ||
		fault "few log events were seen in $file"
	while read -r event; do
		grep -rqF "\"$event\"" src ||
			fault "$file: there is no log event $event"
	done <"$work/events"
done

# The other way: each event that may ask for somebody has its row, and each
# metric stands in a manual page. Pieces of source run from the name of the
# call to its first text of small letters.
events_of docs/operations.md >"$work/told"
events_of docs/resolver.md >>"$work/told"
cat src/*/*.c | tr '\n\t' '  ' |
	grep -oE 'log_(begin|event)\([^;"]*LOG_LEVEL_(WARN|ERROR)[^;"]*"[a-z-]+"' |
	sed 's/.*"\(.*\)"/\1/' | sort -u >"$work/events"
[ "$(wc -l <"$work/events")" -gt 20 ] || fault "few log events are in src"
while read -r event; do
	grep -qxF "$event" "$work/told" ||
		fault "no document has a row of the log event $event"
	grep -qF "$event" man/*.in ||
		fault "no manual page has the log event $event"
done <"$work/events"
for metric in $(grep -rhoE '"mtasts_[a-z_]+"' src | tr -d '"' | sort -u) \
	$(grep -hoE 'PREFIX "[a-z_]+"' src/task/resolve_tell.c |
		sed 's/.*"\(.*\)"/mtasts_resolver_\1/' | sort -u); do
	[ "$metric" = mtasts_resolver_ ] && continue
	grep -qF "$metric" man/*.in || fault "no manual page has $metric"
done
[ "$bad" = 0 ] && echo "docs: $count commands and $links links are right"
exit "$bad"
