#!/bin/sh
# All the ways in which the registry can be away while mtasts-host runs: not yet
# there, locked, closed, moved, exchanged, damaged, emptied. The last good
# policies are served, the log says what is wrong, the age of the snapshot
# grows; and a second after it is back, what is in it is served.
set -u
# shellcheck disable=SC1091,SC2317 # "within" calls some functions by name
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

[ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null || skip "no setpriv"
host_begin
SECOND=1000
DB=$T/store/registry.db

# as_stranger - run a program so that modes of files count for it
as_stranger() {
	if [ "$(id -u)" -eq 0 ]; then
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	fi
	exec "$@"
}

# policy - the text of a domain of these words. $1 mode, $2 mx, $3 max_age
policy() {
	printf 'version: STSv1\r\nmode: %s\r\n' "$1"
	[ -z "$2" ] || printf 'mx: %s\r\n' "$2"
	printf 'max_age: %s\r\n' "$3"
}

run() {
	e2e_mtasts "$@" >"$T/said.out" 2>&1 || fail "$*: $(cat "$T/said.out")"
}

# The folder of the registry comes after the program.
start_checks() {
	rmdir "$T/store"
	host_conf 'https: []'
	chmod 711 "$T"
	chmod a+r "$CONF"
	host_start as_stranger
	logged "no folder yet: said" '^\(warn\|error\) registry'
	plain one.example
	same "no registry yet" "503 5" "$STATUS $(header retry-after)"
	same "no snapshot yet: age" -1 \
		"$(metric mtasts_host_snapshot_age_seconds)"
	mkdir -m 755 "$T/store"
	host_domain one.example
	chmod a+r "$T"/store/*
	within $SECOND "a registry that came later" serves one.example \
		"$(host_policy one.example)"
	logged "and the log says so" '^info registry-loaded domains=1'
	same "age" 0 "$(metric mtasts_host_snapshot_age_seconds)"
}

# away_checks - the registry cannot be read; $1 why, $2 what the log says
away_checks() {
	logged "$1: said" "$2"
	plain one.example
	same "$1: the last good policy is served" \
		"200 $(policy testing new.one.example 86400)" \
		"$STATUS $(cat "$T/body")"
	within 3500 "$1: the age grows" aged
}

# aged - for within: has the snapshot been out of step for two seconds?
aged() {
	STATUS=$(metric mtasts_host_snapshot_age_seconds)
	[ "$STATUS" -ge 2 ]
}

# back_checks - it can be read again. $1 what, $2 new name of the MX
back_checks() {
	chmod a+r "$T"/store/*
	within $SECOND "$1: served again" serves one.example \
		"$(policy testing "$2" 86400)"
	within $SECOND "$1: age" in_step
}

# in_step - for within: is what is served what the registry holds?
in_step() {
	STATUS=$(metric mtasts_host_snapshot_age_seconds)
	[ "$STATUS" -eq 0 ]
}

# forget - what the log said so far
forget() {
	: >"$HOST_LOG"
}

# Another process holds the file. In WAL mode its readers go on, whatever a
# writer holds; only an exclusive locking mode keeps them out.
lock_checks() {
	forget
	: >"$T/hold"
	e2e_start sqlite sqlite3 "$DB" ".timeout 5000" "BEGIN EXCLUSIVE" \
		".shell echo held" \
		".shell while [ -e '$T/hold' ]; do sleep 0.05; done" COMMIT
	tries=0
	until grep -q held "$T/sqlite.log"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "sqlite3 does not get the lock"
		sleep 0.05
	done
	plain one.example
	same "locked by a writer: served" 200 "$STATUS"
	same "locked by a writer: age" 0 \
		"$(metric mtasts_host_snapshot_age_seconds)"
	rm "$T/hold"
	wait "$E2E_PID"
}

file_checks() {
	forget
	run domain set one.example mx=new.one.example max-age=1d
	within $SECOND "a change" serves one.example \
		"$(policy testing new.one.example 86400)"
	sqlite3 "$DB" "VACUUM INTO '$T/backup.db'"
	chmod 000 "$T/store"
	away_checks "folder closed" 'store-denied.*permission is missing'
	chmod 755 "$T/store"
	back_checks "folder open again" new.one.example
	forget
	mv "$T/store" "$T/moved"
	away_checks "folder moved away" 'store-no-folder.*Create it'
	mv "$T/moved" "$T/store"
	back_checks "folder back" new.one.example
	forget
	run domain set one.example mx=third.one.example
	within $SECOND "a change again" serves one.example \
		"$(policy testing third.one.example 86400)"
	rm -f "$DB-wal" "$DB-shm"
	cp "$T/backup.db" "$T/store/copy" && mv "$T/store/copy" "$DB"
	e2e_mtasts domain list >"$T/said.out" 2>&1
	back_checks "a backup in its place" new.one.example
	forget
	dd if=/dev/urandom of="$T/backup.db.bad" bs=4096 count=400 2>/dev/null
	dd if="$DB" of="$T/backup.db.bad" bs=4096 count=1 conv=notrunc \
		2>/dev/null
	chmod a+r "$T/backup.db.bad"
	rm -f "$DB-wal" "$DB-shm"
	mv "$T/backup.db.bad" "$DB"
	away_checks "damaged" 'store-corrupt.*restore a backup'
	: >"$DB"
	away_checks "emptied" 'store-empty.*Restore the file from a backup'
	rm -f "$DB" "$DB-wal" "$DB-shm"
	cp "$T/backup.db" "$T/store/copy" && mv "$T/store/copy" "$DB"
	e2e_mtasts domain list >"$T/said.out" 2>&1
	back_checks "restored" new.one.example
}

start_checks
lock_checks
file_checks
host_stop
same "ends in order" 0 "$STATUS"
e2e_end
