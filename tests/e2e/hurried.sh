#!/bin/sh
# What a hurried administrator types wrong, and what mtasts answers: never a
# change, always the exit status of its kind, and words that lead on.
set -u
mtasts=${MTASTS_BIN:-build/dev/bin}/mtasts
[ -x "$mtasts" ] || {
	echo "skipped: the program mtasts is not built"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/store"
bad=0
count=0

# m - mtasts on a registry of our own; all it prints, as one line
m()
{
	"$mtasts" --store "sqlite:$work/store" "$@" 2>&1 </dev/null |
		tr -s ' \n' ' '
}

# wrong - STATUS TEXT WORD...: nothing changes, and this is said
wrong()
{
	status=$1
	text=$2
	shift 2
	count=$((count + 1))
	"$mtasts" --store "sqlite:$work/store" "$@" >/dev/null 2>&1 </dev/null
	got=$?
	said=$(m "$@")
	case $said in
	*"$text"*) [ "$got" = "$status" ] && return ;;
	esac
	echo "mtasts $*: status $got, wanted $status and '$text':"
	echo "    $said"
	bad=1
}

# repeat - N TEXT: the text N times
repeat()
{
	awk -v n="$1" -v t="$2" 'BEGIN { while (n-- > 0) printf "%s", t }'
}

m domain add example.org mx=mail.example.org >/dev/null
m domain alias alias.example example.org >/dev/null
before=$(m domain export)
d=example.org

# words in the wrong order, or missing
wrong 2 'is missing' domain add
wrong 2 'usage: mtasts domain set' domain set
wrong 2 'usage: mtasts domain set' domain set $d
wrong 2 'the domain comes before its settings' domain add mx=a.example $d
wrong 2 'Write mode=enforce' domain set $d mode enforce
wrong 2 'Write max-age=VALUE' domain set $d max-age 7 days
wrong 2 '"days" has no =' domain set $d max-age=7 days
wrong 2 'a number with s, m, h, d or w' domain set $d 'max-age=7 days'
wrong 2 'Several values are one word: mx=a.example,b.example' \
	domain set $d --mx a.example b.example
wrong 2 'KEY=default' domain set $d enforce
wrong 2 'usage: mtasts domain alias' domain alias new.example
wrong 1 'is not in the registry' domain alias new.example none.example
wrong 1 'alias of itself' domain alias $d $d
wrong 2 'usage: mtasts dns DOMAIN' dns
wrong 2 'one word too many' dns $d bind
wrong 2 '--format FORMAT' dns $d --format
wrong 2 'is none of bind, pdnsutil' dns $d --format binf
wrong 2 '--part needs --delegate' dns $d --part provider
wrong 2 'the pattern comes behind the host' match '*.example.org' m.example.org

# names that are none
wrong 2 'a URL [R22] Give the domain alone: example.net' \
	domain add https://example.net/ mx=a.example
wrong 2 'a mail address [R22] Give the domain alone: example.net' \
	domain add postmaster@example.net mx=a.example
wrong 2 'longer than 253' domain add "$(repeat 300 a).example" mx=a.example
wrong 2 'longer than 253' domain add "$(repeat 150 a.)example" mx=a.example
wrong 2 'IP address' domain add 192.0.2.1 mx=a.example
wrong 2 'no host name may have' domain add '*.example.org' mx=a.example
wrong 2 'no host name may have' domain add 'exa mple.org' mx=a.example
wrong 2 'it is empty' domain add ''
wrong 1 'is not in the registry' domain set exmple.org mode=testing
wrong 1 'Add it first: mtasts domain add none.example' dns none.example
wrong 1 'already' domain add $d mx=a.example
wrong 1 'an alias of example.org' domain set alias.example mode=none

# values
wrong 2 'did you mean "testing"?' domain set $d mode=Testing
wrong 2 'did you mean "enforce"?' domain set $d --mode=enforced
wrong 3 'say --force' domain set $d mode=enforce
wrong 1 'at least one mx' domain add new.example
wrong 1 'at least one mx' domain set $d mx=
wrong 1 'at least one mx' domain set $d mx=,
wrong 2 'has a port' domain set $d mx=mail.example.org:25
wrong 2 'leave out the priorities' domain set $d 'mx=10 mail.example.org.'
wrong 2 'is an address' domain set $d mx=192.0.2.1
wrong 2 'is a URL' domain set $d mx=https://mail.example.org
wrong 2 'not the whole first label' domain set $d 'mx=*'
wrong 2 'no mailto:' domain set $d rua=tls@example.org
wrong 2 'neither a mailto: nor an https:' domain set $d rua=http://a.example/
wrong 2 'name of the machine' domain set $d host=192.0.2.1
wrong 2 'is not an IP address' domain set $d addresses=mail.example.org
wrong 2 '1 to 604800' domain set $d ttl=0
wrong 2 'did you mean "max-age"?' domain set $d max_age=604800
wrong 2 'did you mean "mx"?' domain set $d mxs=mail.example.org

# commands and options
wrong 2 "did you mean 'mtasts domain list'?" domain ls
wrong 2 "did you mean 'mtasts domain list'?" domian list
wrong 2 "did you mean 'mtasts domain add'?" add example.net
wrong 2 'did you mean --json?' --jsn domain list
wrong 2 'unknown option -v;' -v
wrong 2 'is none of nginx' proxy ngnix $d
wrong 2 '--standalone is for certbot' proxy nginx $d --standalone
wrong 2 'give FULLCHAIN and KEY' cert import only-one
wrong 3 'No such file' cert import "$work/none" "$work/none"
wrong 3 "cannot open $work/none" domain import "$work/none"
wrong 3 'its folder does not exist' --store "$work/none" domain add $d
wrong 3 'mta-sts.example.net/.well-known' lint policy example.net
wrong 1 'did the shell cut the record' lint record v=STSv1
wrong 1 'did the shell cut the record' lint tlsrpt v=TLSRPTv1

[ "$(m domain export)" = "$before" ] || {
	echo "the registry is another one now: $(m domain export)"
	bad=1
}

# What is unusual and right: upper case, a final dot, other scripts.
for name in EXAMPLE.NET example.com. bücher.example; do
	m domain add "$name" mx=MAIL.EXAMPLE.ORG. | grep -q ': added' || {
		echo "not added: $name"
		bad=1
	}
done
# What cannot be meant is done and said.
for name in localhost mta-sts.example.org; do
	m domain add "$name" mx=mail.example.org | grep -q 'warning' || {
		echo "added without a warning: $name"
		bad=1
	}
done

# No line but a URL or a name is longer than the 80 columns of a terminal.
for words in 'domain set example.org mode enforce' 'domain add' \
	'dns none.example' 'domain show none.example' 'defaults set mx'; do
	# shellcheck disable=SC2086 # words
	"$mtasts" --store "sqlite:$work/store" $words 2>&1 |
		awk -v w="$words" 'length > 80 {
			print "mtasts " w ": over 80 columns: " $0; bad = 1
		} END { exit bad }' || bad=1
done
# Nor is any line of the help.
for name in '' lint match domain defaults dns proxy cert conf $("$mtasts" help |
	sed -n 's/^  \([a-z]*\) \[*\([a-z|-]*|[a-z|-]*\).*/\1 \2/p' |
	awk '{ n = split($2, w, "|"); for (i = 1; i <= n; i++) print $1 "+" w[i] }'); do
	# shellcheck disable=SC2046 # words
	"$mtasts" help $(echo "$name" | tr + ' ') |
		awk -v w="$name" 'length > 80 {
			print "help " w ": over 80 columns: " $0; bad = 1
		} END { exit bad }' || bad=1
done
[ "$bad" = 0 ] && echo "hurried: $count mistakes answered"
exit "$bad"
