#!/bin/sh
# The program mtasts itself: streams that are closed, full or nobody reads,
# exit status, configuration files in their order.
set -u
mtasts=${MTASTS_BIN:-build/dev/bin}/mtasts
[ -x "$mtasts" ] || {
	echo "skipped: the program mtasts is not built"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# want - STATUS TEXT COMMAND...: status and a piece of all that is printed
want()
{
	status=$1
	text=$2
	shift 2
	said=$("$@" 2>&1 </dev/null)
	got=$?
	case $said in
	*"$text"*) [ "$got" = "$status" ] && return ;;
	esac
	echo "$*: status $got, wanted $status and '$text':"
	echo "$said"
	bad=1
}

want 2 'usage: mtasts COMMAND' "$mtasts"
want 0 'usage: mtasts COMMAND' "$mtasts" --help
want 0 'mtasts 0.' "$mtasts" --version
want 2 "did you mean 'mtasts lint policy'?" "$mtasts" lint polcy x
want 2 'did you mean --json?' "$mtasts" match --jsn a b

# Every command has help of its own, and a page.
for group in $("$mtasts" help | sed -n 's/^  \([a-z][a-z]*\).*/\1/p' |
	grep -vx mtasts); do
	want 0 "usage: mtasts $group" "$mtasts" help "$group"
	want 0 "usage: mtasts $group" "$mtasts" "$group" --help
done

# "help" may stand behind an option; a missing file is told the same by all.
want 0 'usage: mtasts dns' "$mtasts" --store "$work" help dns
for words in 'conf dump' 'proxy nginx a.example' 'domain list' \
	'dns a.example' 'cert import a b'; do
	# shellcheck disable=SC2086 # several words
	want 3 'there is no configuration file' \
		"$mtasts" --config "$work/nothing.yaml" $words
done

# Output that is lost is status 3; nobody is told when the reader went away.
want 3 'No space left' sh -c "'$mtasts' help >/dev/full"
want 3 'cannot write' sh -c "'$mtasts' help >&-"
said=$({ "$mtasts" conf dump --sample 2>"$work/err"; echo $? >"$work/rc"; } |
	{ exec <&-; sleep 0.2; })
[ -s "$work/err" ] && {
	echo "a closed pipe is told: $(cat "$work/err")"
	bad=1
}
# A closed standard error does not become the first file that is opened.
printf 'host: { wrokers: 1 }\n' >"$work/bad.yaml"
"$mtasts" conf check "$work/bad.yaml" >/dev/null 2>&-
[ "$(cat "$work/bad.yaml")" = 'host: { wrokers: 1 }' ] || {
	echo 'a message went into the configuration'
	bad=1
}

# Files: the main one, conf.d in order, faults with their file.
mkdir "$work/conf.d"
printf 'store: { url: "sqlite:/one" }\nhost: { workers: 1 }\n' \
	>"$work/mtasts.yaml"
printf 'host: { workers: 2 }\n' >"$work/conf.d/a.yaml"
printf 'host: { workers: 3 }\n' >"$work/conf.d/b.yaml"
want 0 'workers: 3' "$mtasts" conf dump --config "$work/mtasts.yaml"
want 0 'url: "sqlite:/one"' "$mtasts" conf dump --config "$work/mtasts.yaml"
want 0 'mtasts.yaml: ok' "$mtasts" conf check "$work/mtasts.yaml"
"$mtasts" conf dump --config "$work/mtasts.yaml" >"$work/dump.yaml"
"$mtasts" conf dump --config "$work/dump.yaml" >"$work/again.yaml"
cmp -s "$work/dump.yaml" "$work/again.yaml" || {
	# conf.d stands beside the dump, too, and says the same.
	diff "$work/dump.yaml" "$work/again.yaml"
	bad=1
}
printf 'host:\n  wrokers: 3\n' >"$work/conf.d/c.yaml"
want 1 'conf.d/c.yaml:2:3: ' "$mtasts" conf check "$work/mtasts.yaml"
want 1 '"workers"?' "$mtasts" conf check "$work/mtasts.yaml"
want 3 'there is no file' "$mtasts" conf check "$work/none.yaml"
"$mtasts" conf dump --sample >"$work/sample.yaml"
rm -r "$work/conf.d"
want 0 'sample.yaml: ok' "$mtasts" conf check "$work/sample.yaml"

[ "$bad" = 0 ] && echo 'cli: fine'
exit "$bad"
