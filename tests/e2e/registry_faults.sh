#!/bin/sh
# The registry under bad luck: killed in the middle, full disk, locks, damaged
# and foreign files, folders that may not be written, two writers at once. The
# invariant: it opens, it is sound, every id of a name has one body, and a
# command that failed changed nothing and says what to do.
set -u
bin=${MTASTS_BIN:?}/mtasts
[ -x "$bin" ] || { echo "skipped: $bin is not built"; exit 77; }
for tool in sqlite3 jq; do
	command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d) || exit 1
holder=
tidy()
{
	[ -n "$holder" ] && kill "$holder" 2>/dev/null
	chmod -R u+w "$work"
	rm -rf "$work"
}
trap tidy EXIT
failed=0

# fail - WHAT: note a failure and go on
fail()
{
	echo "FAILED: $*"
	failed=1
}

# m - FOLDER WORD...: the command line on a store, output in out and err
m()
{
	store=$1
	shift
	"$bin" --config "$work/mtasts.yaml" --store "$store" "$@" \
		>"$work/out" 2>"$work/err"
}
echo 'store: { url: "sqlite:/nonexistent" }' >"$work/mtasts.yaml"

# fresh - NAME: a registry of 200 domains in a folder of its own
fresh()
{
	mkdir -p "$work/$1"
	m "$work/$1" defaults set mx=mail.example.net || fail "defaults"
	m "$work/$1" domain import "$work/names" || fail "import"
}
seq -f 'd%04g.example' 1 200 >"$work/names"

# sound - FOLDER WHEN: does it open, whole, with one body for every id?
sound()
{
	m "$1" domain list || { fail "$2: list"; cat "$work/err"; }
	db=$1/registry.db
	[ "$(sqlite3 "$db" 'PRAGMA integrity_check')" = ok ] ||
		fail "$2: integrity"
	[ -z "$(sqlite3 "$db" 'PRAGMA foreign_key_check')" ] ||
		fail "$2: foreign keys"
	# A name serves one policy, and a domain of its own serves one at all.
	bad=$(sqlite3 "$db" "SELECT count(*) FROM domain d LEFT JOIN policy p
		ON p.domain = d.name AND p.replaced_at = 0
		WHERE p.id IS NULL")
	[ "$bad" = 0 ] || fail "$2: $bad names serve nothing"
	m "$1" domain export || fail "$2: export"
	jq -e '[.domains[], .former[] | .policies // [] |
		(map(.id) | unique | length) == length] | all' \
		"$work/out" >/dev/null || fail "$2: an id is there twice"
}

# says - WHAT WORD...: the last message has all these words
says()
{
	what=$1
	shift
	tr '\n' ' ' <"$work/err" | tr -s ' ' >"$work/flat"
	for word in "$@"; do
		grep -qF -- "$word" "$work/flat" ||
			fail "$what: no \"$word\" in: $(cat "$work/flat")"
	done
}

# bodies - FOLDER: what ids meant so far, remembered over time
bodies()
{
	sqlite3 -separator ' ' "$1/registry.db" \
		"SELECT domain, id, replace(replace(body, char(13), ''),
		char(10), '|') FROM policy"
}

killed_in_the_middle()
{
	fresh kill
	s=$work/kill
	bodies "$s" >"$work/all"
	i=0
	killed=0
	while [ $i -lt 60 ]; do
		i=$((i + 1))
		case $((i % 3)) in
		0) set -- domain set d0001.example "max-age=${i}d" ;;
		1) set -- defaults set "max-age=$((i + 100))d" ;;
		2)
			seq -f "e$i-%04g.example" 1 50 >"$work/more"
			set -- domain import "$work/more"
			;;
		esac
		"$bin" --config "$work/mtasts.yaml" --store "$s" "$@" \
			>/dev/null 2>&1 &
		pid=$!
		# From before it opens the file until after it is done.
		sleep "0.0$((i * 7 % 10))$((i % 10))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
		[ $? = 137 ] && killed=$((killed + 1))
		bodies "$s" >>"$work/all" || fail "kill $i: cannot be read"
		# Whole imports only.
		for n in $(sqlite3 "$s/registry.db" "SELECT count(*) FROM domain
			WHERE name LIKE 'e%' GROUP BY substr(name, 1,
			instr(name, '-'))"); do
			[ "$n" = 50 ] || fail "kill $i: half an import: $n"
		done
	done
	sound "$s" "killed"
	# Over all that time no id ever named two bodies of one name.
	twice=$(sort -u "$work/all" | cut -d' ' -f1,2 | uniq -d | head -3)
	[ -z "$twice" ] || fail "killed: reused: $twice"
	[ -z "$(find "$s" -name '*.new-*' -newer "$work/names" -empty)" ] ||
		fail "killed: empty leftovers"
	echo "$killed of $i commands were killed before they were done"
}

killed_at_creation()
{
	i=0
	while [ $i -lt 20 ]; do
		i=$((i + 1))
		rm -rf "$work/new"
		mkdir "$work/new"
		"$bin" --config "$work/mtasts.yaml" --store "$work/new" \
			defaults set mx=m.example >/dev/null 2>&1 &
		pid=$!
		sleep "0.0$((i % 10))$((i * 3 % 10))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
		# Either there is none, or it is whole.
		m "$work/new" domain add a.example mx=m.example || {
			fail "creation $i"
			cat "$work/err"
		}
		sound "$work/new" "creation $i"
	done
}

full_disk()
{
	fresh full
	s=$work/full
	m "$s" domain export
	cp "$work/out" "$work/before"
	seq -f 'long-name-of-a-domain-%06g.example' 1 3000 >"$work/many"
	# A small limit on file sizes stands for a full disk.
	(
		trap '' XFSZ
		ulimit -f 300
		m "$s" domain import "$work/many"
		echo $? >"$work/rc"
	)
	[ "$(cat "$work/rc")" = 3 ] || fail "full: exit $(cat "$work/rc")"
	says full "is full" "nothing was changed" "Make room"
	m "$s" domain export
	cmp -s "$work/out" "$work/before" || fail "full: something changed"
	m "$s" domain import "$work/many" || fail "full: not after room was made"
	sound "$s" full
}

really_full_disk()
{
	# A tiny file system of our own, if a user may mount one.
	cat >"$work/tiny.sh" <<-'END'
	mount -t tmpfs -o size=400k none "$1" || exit 77
	"$2" --config "$3/mtasts.yaml" --store "$1" \
		defaults set mx=m.example >/dev/null || exit 2
	"$2" --config "$3/mtasts.yaml" --store "$1" \
		domain import "$3/many" >/dev/null 2>"$3/err"
	[ $? -eq 3 ] || exit 3
	"$2" --config "$3/mtasts.yaml" --store "$1" \
		domain list >/dev/null 2>&1 || exit 4
	[ "$(sqlite3 "$1/registry.db" 'PRAGMA integrity_check')" = ok ] ||
		exit 5
	[ "$(sqlite3 "$1/registry.db" 'SELECT count(*) FROM domain')" = 0 ] ||
		exit 6
	END
	mkdir "$work/tiny"
	[ "$(id -u)" -eq 0 ] && flags=-m || flags=-rm
	unshare $flags sh "$work/tiny.sh" "$work/tiny" "$bin" "$work" \
		2>"$work/unshare"
	case $? in
	0) says "tiny disk" "is full" "Make room" ;;
	77 | 1) echo "skipped: no file system of our own: \
$(head -1 "$work/unshare")" ;;
	*) fail "tiny disk: $?" ;;
	esac
}

locked()
{
	fresh lock
	s=$work/lock
	m "$s" domain export
	cp "$work/out" "$work/before"
	# Holds the write lock for a minute at most, or until killed.
	mkfifo "$work/hold"
	sqlite3 "$s/registry.db" <"$work/hold" >/dev/null 2>&1 &
	holder=$!
	exec 9>"$work/hold"
	echo 'BEGIN EXCLUSIVE; DELETE FROM domain;' >&9
	sleep 0.5
	start=$(date +%s)
	m "$s" domain set d0001.example max-age=3d
	rc=$?
	took=$(($(date +%s) - start))
	[ $rc = 3 ] || fail "locked: exit $rc"
	[ $took -le 15 ] || fail "locked: waited ${took}s"
	says locked "locked by another program" "nothing was changed" "fuser"
	# Readers do not care.
	m "$s" domain list || fail "locked: list"
	exec 9>&-
	kill $holder 2>/dev/null
	wait $holder 2>/dev/null
	holder=
	m "$s" domain export
	cmp -s "$work/out" "$work/before" || fail "locked: something changed"
	m "$s" domain set d0001.example max-age=3d || fail "locked: afterwards"
}

bad_files()
{
	fresh newer
	s=$work/newer
	sqlite3 "$s/registry.db" 'PRAGMA user_version = 99'
	for words in 'domain list' 'domain add x.example mx=m.example'; do
		# shellcheck disable=SC2086 # words
		m "$s" $words && fail "newer: $words"
		says "newer" "newer version" "Upgrade this program"
	done
	[ "$(sqlite3 "$s/registry.db" 'SELECT count(*) FROM domain')" = 200 ] ||
		fail "newer: changed"

	for what in garbage empty foreign; do
		mkdir "$work/$what"
		f=$work/$what/registry.db
		case $what in
		garbage) head -c 5000 /dev/zero | tr '\0' x >"$f" ;;
		empty) : >"$f" ;;
		foreign) sqlite3 "$f" 'CREATE TABLE t (x)' ;;
		esac
		sum=$(cksum <"$f")
		for words in 'domain list' 'domain add x.example mx=m.example'; do
			# shellcheck disable=SC2086 # words
			m "$work/$what" $words && fail "$what: $words"
			says "$what" "$f"
		done
		[ "$(cksum <"$f")" = "$sum" ] || fail "$what: was touched"
	done
	m "$work/garbage" domain list
	says garbage "is not a database" "backup"
	m "$work/empty" domain list
	says empty "no bytes" "backup"
	m "$work/foreign" domain list
	says foreign "another kind"

	# Torn pages in the middle.
	fresh torn
	sqlite3 "$work/torn/registry.db" 'PRAGMA wal_checkpoint(TRUNCATE)' \
		>/dev/null
	dd if=/dev/urandom of="$work/torn/registry.db" bs=4096 seek=2 count=8 \
		conv=notrunc 2>/dev/null
	m "$work/torn" domain list && fail "torn: list"
	says torn "is damaged" "backup"
}

bad_folders()
{
	m "$work/nowhere" domain add x.example mx=m.example && fail "no folder"
	says "no folder" "does not exist" "install -d -m 2750"
	m "$work/nowhere" domain list && fail "no folder: list"
	m "ftp://x" domain list && fail "url"
	says url "sqlite:/var/lib/mtasts"
	mkdir -p "$work/none"
	m "$work/none" domain list && fail "none: list"
	says none "no registry" "mtasts domain add"
	[ -z "$(ls "$work/none")" ] || fail "none: reading made a file"
	fresh readonly
	chmod 0500 "$work/readonly"
	chmod 0400 "$work/readonly"/*
	if [ "$(id -u)" = 0 ]; then
		# Root's rights end where the folder's owner's do.
		chown -R 65534 "$work/readonly"
		chmod 0755 "$work"
	fi
	m "$work/readonly" domain set d0001.example max-age=3d
	[ $? = 3 ] || fail "read-only: exit"
	says read-only "permission" "owner of the folder"
	m "$work/readonly" domain list || fail "read-only: list"
	chmod 0700 "$work/readonly"
	chmod 0600 "$work/readonly"/*
	[ "$(id -u)" = 0 ] && {
		# As root, files are made as their owner.
		m "$work/readonly" domain set d0001.example max-age=3d ||
			fail "as the owner: $(cat "$work/err")"
		for f in "$work/readonly"/*; do
			[ "$(stat -c %u "$f")" = 65534 ] || fail "owner of $f"
		done
	}
}

two_writers()
{
	fresh two
	s=$work/two
	seq -f 'a%04g.example' 1 100 >"$work/a"
	i=0
	while [ $i -lt 8 ]; do
		i=$((i + 1))
		"$bin" --config "$work/mtasts.yaml" --store "$s" \
			domain set d0001.example "ttl=$((i + 100))" \
			>/dev/null 2>"$work/e1" &
		one=$!
		"$bin" --config "$work/mtasts.yaml" --store "$s" \
			domain set d0001.example "max-age=$((i + 10))d" \
			>/dev/null 2>"$work/e2" &
		two=$!
		wait $one
		r1=$?
		wait $two
		r2=$?
		m "$s" domain show d0001.example --json
		ttl=$(jq -r .settings.ttl "$work/out")
		age=$(jq -r '.settings."max-age"' "$work/out")
		# Both did it, or one said that it did not.
		[ $r1 = 0 ] && [ "$ttl" != $((i + 100)) ] && fail "lost ttl $i"
		[ $r2 = 0 ] && [ "$age" != $(((i + 10) * 86400)) ] &&
			fail "lost max-age $i"
		[ $r1 != 0 ] && ! grep -q locked "$work/e1" && fail "one: $r1"
		[ $r2 != 0 ] && ! grep -q locked "$work/e2" && fail "two: $r2"
	done
	sound "$s" "two writers"
}

killed_in_the_middle
killed_at_creation
full_disk
really_full_disk
locked
bad_files
bad_folders
two_writers
[ $failed = 0 ] && echo "the registry stood all of it"
exit $failed
