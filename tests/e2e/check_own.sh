#!/bin/sh
# Checks that need memory: for domains of the registry what is published is
# compared with what should be, and how long it has been so.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/checklab.sh"

checklab_begin
mkdir "$T/store"

# known - DOMAIN MODE FIRST: it has served this with the laboratory's id
known() {
	cat >"$T/import" <<-END
		{
		"format": "mtasts-registry-1",
		"defaults": {"addresses":["127.0.0.1"]},
		"domains": [
		{"name":"$1","added_at":"$3","settings":{"mode":"$2","mx":["mx1.$1"],"max-age":1209600},"policies":[{"id":"lab1","first_at":"$3","body":"version: STSv1\\r\\nmode: $2\\r\\nmx: mx1.$1\\r\\nmax_age: 1209600\\r\\n"}]}
		],
		"former": [
		]
		}
	END
	e2e_mtasts domain import "$T/import" --force >"$T/import.out" 2>&1 ||
		fail "import: $(cat "$T/import.out")"
}

# shows - WHAT STATUS DOMAIN ID: look, and compare how the check ends
shows() {
	check --json "$3"
	same "$1: $4" "$2" "$(jq -r --arg id "$4" \
		'.checks[] | select(.id == $id).status' <"$T/out")"
}

shows "not registered" skip good.test D13
shows "not registered" skip good.test D14

known good.test enforce 2026-01-01T00:00:00Z
shows "in step" pass good.test D13
shows "in step" pass good.test D14
same "in step: exit status" 0 "$STATUS"

# The registry has changed; what is out there has not.
e2e_mtasts domain set good.test mode=testing >"$T/set.out" 2>&1 ||
	fail "set: $(cat "$T/set.out")"
shows "DNS is behind" fail good.test D13
same "DNS is behind: exit status" 1 "$STATUS"
shows "DNS and host are behind together" pass good.test D14
check --json good.test
has "which id it should be" "$(e2e_mtasts domain show good.test --json |
	jq -r .id)" "$(jq -r '.checks[] | select(.id == "D13").message' <"$T/out")"

# The new id is out, the old text still served: senders keep the wrong one.
rm -rf "$T/store" && mkdir "$T/store"
known good.test enforce 2026-01-01T00:00:00Z
sed -i 's/"settings":{"mode":"enforce"/"settings":{"mode":"testing"/
	s/"policies":\[{"id":"lab1","first_at":"\([^"]*\)","body":"\(.*\)mode: enforce\(.*\)"}\]/"policies":[{"id":"older","first_at":"\1","replaced_at":"2026-02-01T00:00:00Z","body":"\2mode: enforce\3"},{"id":"lab1","first_at":"2026-02-01T00:00:00Z","body":"\2mode: testing\3"}]/' "$T/import"
rm -rf "$T/store" && mkdir "$T/store"
e2e_mtasts domain import "$T/import" --force >"$T/import.out" 2>&1 ||
	fail "import: $(cat "$T/import.out")"
shows "the host is behind" fail good.test D14
shows "but DNS is not" pass good.test D13

# An id that the registry never gave.
known d12-signed.test enforce 2026-01-01T00:00:00Z
sed 's/lab1/other1/' "$T/import" >"$T/import2"
rm -rf "$T/store" && mkdir "$T/store"
e2e_mtasts domain import "$T/import2" --force >"$T/import.out" 2>&1 ||
	fail "import: $(cat "$T/import.out")"
shows "somebody else's id" fail d12-signed.test D13

known o07-testing.test testing 2026-01-01T00:00:00Z
shows "testing since January" warn o07-testing.test O01
rm -rf "$T/store" && mkdir "$T/store"
known o07-testing.test testing "$(date -u -d '3 days ago' +%FT%TZ)"
shows "testing since three days" pass o07-testing.test O01

known good.test enforce 2026-01-01T00:00:00Z
e2e_mtasts domain remove good.test >"$T/set.out" 2>&1 ||
	fail "remove: $(cat "$T/set.out")"
check --json good.test
same "being removed: O02" info \
	"$(jq -r '.checks[] | select(.id == "O02").status' <"$T/out")"
has "being removed: until when" "$(date -u +%Y)" \
	"$(jq -r '.checks[] | select(.id == "O02").message' <"$T/out")"

# A registry that cannot be read is told, and all else is checked.
echo "no database" >"$T/store/registry.db"
check --json good.test
same "a broken registry: D13" skip \
	"$(jq -r '.checks[] | select(.id == "D13").status' <"$T/out")"
same "a broken registry: M02" pass \
	"$(jq -r '.checks[] | select(.id == "M02").status' <"$T/out")"
has "a broken registry is told" "registry" "$(cat "$T/err")"

checklab_clean
e2e_end
