#!/bin/sh
# What changes while mtasts-host runs: the registry, certificates, and all the
# ways in which either can be away. Changes are served within a second; without
# the registry the last good policies are, and the log says so.
set -u
# shellcheck disable=SC1091,SC2317 # "within" calls some functions by name
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

[ "$(id -u)" -eq 0 ] && ! command -v setpriv >/dev/null && skip "no setpriv"
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

# status_is - for within. $1 status, $2 domain
status_is() {
	plain "$2"
	[ "$STATUS" = "$1" ]
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
	host_conf
	chmod 711 "$T"
	chmod -R a+rX "$T/certs" "$CONF"
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

# REQ: OPS-1 OPS-4
registry_checks() {
	run domain set one.example mx=new.one.example max-age=1d
	within $SECOND "a change" serves one.example \
		"$(policy testing new.one.example 86400)"
	run domain alias alias.example one.example
	within $SECOND "an alias" serves alias.example \
		"$(policy testing new.one.example 86400)"
	host_domain two.example
	within $SECOND "one more domain" serves two.example \
		"$(host_policy two.example)"
	run domain remove alias.example
	within $SECOND "an alias removed: mode none" serves alias.example \
		"$(policy none "" 86400)"
	run domain remove two.example
	within $SECOND "a domain removed: mode none" serves two.example \
		"$(policy none "" 86400)"
	run domain remove --now two.example
	within $SECOND "removed now" status_is 404 two.example
}

# fingerprint - of the certificate that is served for one.example
fingerprint() {
	openssl s_client -connect "127.0.0.1:$HTTPS" \
		-servername mta-sts.one.example </dev/null 2>/dev/null |
		openssl x509 -noout -fingerprint -sha256 2>/dev/null
}

# shows - for within: is this file the certificate that is served?
shows() {
	STATUS=$(fingerprint)
	[ "$STATUS" = "$(openssl x509 -in "$1" -noout -fingerprint -sha256)" ]
}

# gets_and_logs - for within: what an answer leaves in the log. $1 pattern
gets_and_logs() {
	get one.example
	[ "$STATUS" = 200 ] && grep -q "$1" "$HOST_LOG"
}

# REQ: FET-1
certificate_checks() {
	cert=$T/certs/mta-sts.one.example
	host_cert one.example
	chmod -R a+rX "$cert"
	within $SECOND "a certificate that came later" shows "$cert/fullchain.pem"
	lab_ca_issue "$T/ca" mta-sts.one.example "$T/next" || fail "openssl"
	chmod -R a+rX "$T/next"
	cp "$cert/fullchain.pem" "$T/old.pem"
	mv "$T/next/privkey.pem" "$cert/privkey.pem"
	within $SECOND "a key that does not fit" gets_and_logs \
		'^warn certificate-kept'
	shows "$T/old.pem" || e2e_failed "old pair" "$T/old.pem" "$STATUS"
	mv "$T/next/fullchain.pem" "$cert/fullchain.pem"
	within $SECOND "a new pair" shows "$cert/fullchain.pem"
	logged "a new pair: said" '^info certificate-replaced'
	cp "$cert/fullchain.pem" "$T/old.pem"
	lab_ca_issue "$T/ca" mta-sts.other.example "$cert" || fail "openssl"
	chmod -R a+rX "$cert"
	get one.example
	shows "$T/old.pem" ||
		e2e_failed "files for another name" "the old pair" "$STATUS"
	: >"$cert/fullchain.pem"
	rm "$cert/privkey.pem"
	get one.example
	same "files gone" 200 "$STATUS"
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
	sqlite3 "$DB" "VACUUM INTO '$T/backup.db'"
	chmod 700 "$T/store"
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
registry_checks
certificate_checks
lock_checks
file_checks
host_stop
same "ends in order" 0 "$STATUS"
e2e_end
