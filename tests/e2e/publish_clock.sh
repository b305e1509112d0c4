#!/bin/sh
# A clock that was ahead by years, and is set right: nothing waits for those
# years to pass. A domain that was published in the future is looked at again,
# and its MX hosts are, too, without anybody's help; and so it is when
# the daemon was not running while the clock was set.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publab.sh"
publab_enter "$0" "$@"
publab_begin
command -v sqlite3 >/dev/null || skip "no sqlite3"
mt defaults set mx=auto >"$T/defaults.out" 2>&1 ||
	fail "defaults: $(cat "$T/defaults.out")"
publab_publisher
mt domain add example.test --wait >"$T/add.out" 2>&1
same "added, and live" 0 $?

# seen - when everything was last looked at, the least first
seen() {
	sqlite3 "$T/store/registry.db" "
		SELECT min(t) FROM (
			SELECT tried_at AS t FROM publish UNION ALL
			SELECT looked_at FROM mx_look)"
}
# turns - the latest turn of all
turns() {
	sqlite3 "$T/store/registry.db" "
		SELECT max(t) FROM (
			SELECT next_at AS t FROM publish UNION ALL
			SELECT next_at FROM mx_look)"
}
in_future() {
	[ "$(seen)" -gt "$(($(publab_now) - 1000))" ]
}
at_present() {
	[ "$(turns)" -lt "$(($(publab_now) + 2 * 86400))" ]
}

publab_step 157680000
at_last "all of it was done in the future" 60 in_future
publab_step -157680000
at_last "with the clock set right, all has its turn" 60 at_present
pub_logged "it says so" '^info clock-set seconds=-1576'

publab_step 157680000
at_last "in the future again" 60 in_future
publisher_stop
publab_step -157680000
publab_publisher
at_last "after a start, all has its turn" 60 at_present
publisher_stop
same "the daemon ends in order" 0 "$STATUS"
e2e_end
