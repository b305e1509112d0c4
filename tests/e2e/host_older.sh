#!/bin/sh
# After an upgrade mtasts-host serves what an older version left, at once and
# without anybody writing; a command that writes brings the registry up to date
# under its feet. A registry of a later version is refused.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/host.sh"

host_begin
command -v sqlite3 >/dev/null || skip "no sqlite3"
host_conf
host_domain one.example
newest=$(sqlite3 "$T/store/registry.db" 'PRAGMA user_version')

# As the first version made it: without what came later.
{
	echo 'ALTER TABLE defaults DROP COLUMN delegate;'
	echo 'ALTER TABLE domain DROP COLUMN delegate;'
	sqlite3 "$T/store/registry.db" "SELECT 'DROP TABLE ' || name || ';'
		FROM sqlite_master WHERE type = 'table' AND name NOT IN
		('defaults', 'domain', 'policy', 'revision')"
	echo 'PRAGMA user_version = 1;'
} >"$T/older.sql"
sqlite3 "$T/store/registry.db" <"$T/older.sql" || fail "no older registry"

host_start
plain one.example
served one.example
hasnt "nothing is wrong" "registry-away" "$(cat "$HOST_LOG")"
same "it is as it was" 1 \
	"$(sqlite3 "$T/store/registry.db" 'PRAGMA user_version')"
said=$(e2e_mtasts domain list 2>&1)
has "who reads more is told" "not migrated yet" "$said"

host_domain two.example
same "a command brings it up to date" "$newest" \
	"$(sqlite3 "$T/store/registry.db" 'PRAGMA user_version')"
serves_two() {
	plain two.example
	[ "$STATUS" = 200 ]
}
within 1000 "what is new is served" serves_two
served two.example
plain one.example
served one.example
hasnt "all the time" "registry-away" "$(cat "$HOST_LOG")"
host_stop

sqlite3 "$T/store/registry.db" 'PRAGMA user_version = 99'
"$MTASTS_BIN/mtasts-host" --config "$CONF" >"$T/later.log" 2>&1
same "a later version" 1 $?
has "is refused" "store-newer" "$(cat "$T/later.log")"
e2e_end
