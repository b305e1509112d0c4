#!/bin/sh
# The file of the cached policies under other people's hands: removed with its
# folder, exchanged for another one, for one of a later version, damaged; at
# start and while running.
set -u
# shellcheck source=tests/lib/e2e.sh
. "$MTASTS_SOURCE/tests/lib/e2e.sh"
# shellcheck source=tests/lib/policies.sh
. "$MTASTS_SOURCE/tests/lib/policies.sh"
[ -x "$DRIVE" ] || skip "$DRIVE is not built"
command -v sqlite3 >/dev/null || skip "no sqlite3"
e2e_begin

# filled - FOLDER COUNT: a store of so many policies
filled() {
	mkdir -p "$1"
	policies_start "$1"
	say wait loaded
	say put 1 "$2" 1
	policies_stop
	same "filled" "$2" "$(rows "$1")"
}

folder_removed() {
	filled "$T/gone" 500
	policies_start "$T/gone"
	say wait loaded
	mv "$T/gone" "$T/elsewhere"
	say put 501 1 1
	say wait trouble
	same "folder removed" yes "$ANSWER"
	say state
	has "folder removed" "count=501 trouble=store-no-folder" "$ANSWER"
	mkdir "$T/gone"
	say wait fine
	same "folder made again" yes "$ANSWER"
	say flush
	policies_stop
	same "all is written again" 501 "$(rows "$T/gone")"
	sound "folder made again" "$T/gone"
	policies_start "$T/nowhere"
	same "no folder at start" ended "$ANSWER"
	policies_stop
	same "no folder at start" 3 "$STATUS"
	has "no folder at start" store-no-folder "$(cat "$T/policies.log")"
}

exchanged() {
	filled "$T/one" 300
	filled "$T/two" 20
	policies_start "$T/one"
	say wait loaded
	mv "$T/two/policies.db" "$T/one/policies.db"
	say put 301 1 1
	say wait fine
	sleep 1
	say wait fine
	say flush
	say state
	has "exchanged" "count=301 trouble=none" "$ANSWER"
	policies_stop
	same "memory is what counts" 301 "$(rows "$T/one")"
	sound "exchanged" "$T/one"
}

later_version() {
	filled "$T/newer" 40
	cp "$T/newer/policies.db" "$T/kept.db"
	sqlite3 "$T/newer/policies.db" 'PRAGMA user_version = 99'
	sum=$(cksum <"$T/newer/policies.db")
	policies_start "$T/newer"
	same "newer at start" ended "$ANSWER"
	policies_stop
	same "newer at start" 3 "$STATUS"
	has "newer at start" "was written by a newer version" \
		"$(cat "$T/policies.log")"
	same "newer is not touched" "$sum" \
		"$(cksum <"$T/newer/policies.db")"
	same "newer is not moved" "" \
		"$(find "$T/newer" -name '*corrupt*')"
	# It comes while we run.
	mkdir "$T/run"
	cp "$T/kept.db" "$T/run/policies.db"
	policies_start "$T/run"
	say wait loaded
	cp "$T/newer/policies.db" "$T/run/new"
	mv "$T/run/new" "$T/run/policies.db"
	say put 41 1 1
	say wait trouble
	sleep 1
	say state
	has "newer while running" "count=41 trouble=store-newer" "$ANSWER"
	same "newer is not touched" "$sum" "$(cksum <"$T/run/policies.db")"
	rm "$T/run/policies.db"
	say wait fine
	same "newer is gone" yes "$ANSWER"
	say flush
	policies_stop
	same "newer is gone" 41 "$(rows "$T/run")"
}

damaged() {
	for how in random zero short foreign-wal; do
		filled "$T/$how" 2000
		f=$T/$how/policies.db
		sqlite3 "$f" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
		case $how in
		random)
			dd if=/dev/urandom of="$f" bs=4096 count=30 \
				conv=notrunc 2>/dev/null
			;;
		zero) dd if=/dev/zero of="$f" bs=4096 count=3 conv=notrunc \
			2>/dev/null ;;
		short) truncate -s 10000 "$f" ;;
		foreign-wal) head -c 100000 /dev/urandom >"$f-wal" ;;
		esac
		policies_start "$T/$how"
		same "$how" open "$ANSWER"
		say wait loaded
		say put 1 1 2
		say wait fine
		say flush
		case $how in
		foreign-wal) wanted=0 count=2000 ;;
		*) wanted=1 count=1 ;;
		esac
		same "$how: counted" $wanted \
			"$(gauge mtasts_policies_corrupt_total)"
		say state
		has "$how" "loaded=1 count=$count trouble=none" "$ANSWER"
		policies_stop
		same "$how: moved" $wanted "$(find "$T/$how" \
			-name 'policies.db.corrupt-*' ! -name '*-wal' \
			! -name '*-shm' | wc -l)"
		same "$how: begun afresh" $count "$(rows "$T/$how")"
		sound "$how" "$T/$how"
	done
}

folder_removed
exchanged
later_version
damaged
e2e_end
