#!/bin/sh
# The cached policies on a full disk: at start, while
# running, at the end, when killed. Memory goes on, nothing on disk is harmed,
# and all is written as soon as there is room.
set -u
# A small file system of our own, if a user may mount one.
if [ -z "${POLICIES_TINY:-}" ]; then
	[ "$(id -u)" -eq 0 ] && flags=-m || flags=-rm
	unshare $flags true 2>/dev/null || {
		echo "skipped: no mount namespace of our own"
		exit 77
	}
	POLICIES_TINY=1 exec unshare $flags sh "$0"
fi
# shellcheck source=tests/lib/e2e.sh
. "$MTASTS_SOURCE/tests/lib/e2e.sh"
# shellcheck source=tests/lib/policies.sh
. "$MTASTS_SOURCE/tests/lib/policies.sh"
[ -x "$DRIVE" ] || skip "$DRIVE is not built"
command -v sqlite3 >/dev/null || skip "no sqlite3"
e2e_begin
S=$T/store
mkdir "$S"
mount -t tmpfs -o size=1m none "$S" || skip "no tmpfs of our own"

# fill - until not one byte more fits
fill() {
	dd if=/dev/zero of="$S/filler" bs=4096 2>/dev/null
}

full_at_first_start() {
	fill
	policies_start "$S"
	same "full at first start" open "$ANSWER"
	say state
	has "full at first start" "loaded=0 count=0 trouble=store-full" \
		"$ANSWER"
	say put 1 50 1
	same "put while full" ok "$ANSWER"
	say get 7
	same "get while full" 1 "$ANSWER"
	same "gauge while full" 0 "$(gauge mtasts_policies_store_ok)"
	rm "$S/filler"
	say wait fine
	same "room was made" yes "$ANSWER"
	say wait loaded
	same "room was made" yes "$ANSWER"
	say flush
	same "gauge afterwards" 1 "$(gauge mtasts_policies_store_ok)"
	same "written afterwards" 50 "$(rows "$S")"
	policies_stop
	same "end" 0 "$STATUS"
	log=$(cat "$T/policies.log")
	has "said" "store-full" "$log"
	has "said" "policies-not-saved trouble=store-full" "$log"
	has "said" "policies-saved-again" "$log"
	same "mode" 600 "$(stat -c %a "$S/policies.db")"
}

full_while_running() {
	policies_start "$S"
	say wait loaded
	say put 1 10 2
	say flush
	fill
	say put 1 1500 3
	say wait trouble
	same "full while running" yes "$ANSWER"
	say state
	has "full while running" "count=1500 trouble=store-full" "$ANSWER"
	say get 1500
	same "memory goes on" 3 "$ANSWER"
	say drop 50
	# Those of the batch that waits, and the deletion.
	same "not saved" 1501 "$(gauge mtasts_policies_unsaved)"
	rm "$S/filler"
	say wait fine
	same "room was made" yes "$ANSWER"
	say flush
	same "all is saved" 0 "$(gauge mtasts_policies_unsaved)"
	same "all is on disk" 1499 "$(rows "$S")"
	policies_stop
	sound "full while running" "$S"
	same "said once" 1 \
		"$(grep -c 'policies-not-saved' "$T/policies.log")"
}

full_at_start() {
	fill
	policies_start "$S"
	same "full at start" open "$ANSWER"
	say put 2 1 9
	rm "$S/filler"
	say wait fine
	say wait loaded
	same "full at start: loaded later" yes "$ANSWER"
	say state
	has "full at start" "loaded=1 count=1499" "$ANSWER"
	say get 2
	same "what was put wins" 9 "$ANSWER"
	policies_stop
	same "full at start: saved" 1499 "$(rows "$S")"
}

full_at_the_end() {
	policies_start "$S"
	say wait loaded
	fill
	say put 1 1499 5
	say put 5001 200 5
	begun=$(date +%s)
	policies_stop
	took=$(($(date +%s) - begun))
	same "full at the end" 0 "$STATUS"
	[ "$took" -le 9 ] || e2e_failed "bounded" "at most 9 s" "$took s"
	has "full at the end" "policies-lost" "$(cat "$T/policies.log")"
	rm "$S/filler"
	sound "full at the end" "$S"
	same "what was saved is there" 1499 "$(rows "$S")"
}

killed_while_full() {
	policies_start "$S"
	say wait loaded
	fill
	say put 1 1499 6
	say wait trouble
	policies_kill
	rm "$S/filler"
	policies_start "$S"
	say wait loaded
	say state
	has "killed while full" "count=1499 trouble=none" "$ANSWER"
	policies_stop
	sound "killed while full" "$S"
}

full_at_first_start
full_while_running
full_at_start
full_at_the_end
killed_while_full
umount "$S"
e2e_end
