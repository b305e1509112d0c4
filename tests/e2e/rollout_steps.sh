#!/bin/sh
# A roll-out from testing to a month of enforcing, with a clock that is stepped:
# what may not be enforced, what holds a step, an MX that loses its certificate
# in between, and the way back.
set -u
# shellcheck source=tests/lib/e2e.sh
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck source=tests/lib/checklab.sh
. "$MTASTS_SOURCE/tests/lib/checklab.sh"
# shellcheck source=tests/lib/rolllab.sh
. "$MTASTS_SOURCE/tests/lib/rolllab.sh"

DAY=86400
roll_begin
e2e_mtasts domain add shop.test mx=mx1.shop.test host=mta-sts.shop.test \
	>"$T/add.out" 2>&1 || fail "add: $(cat "$T/add.out")"
roll_publish

# --- what is refused, and why ---
roll_world 'add @ MX 20 mx2' 'add mx2 A .26' 'smtp .26 cert expired'
roll_stale
mtasts domain set shop.test mode=enforce
same "refused" 1 "$STATUS"
has "an MX that fits no mx" "the MX host mx2.shop.test fits no mx" \
	"$(tr -s '\n ' ' ' <"$T/err")"
has "and has an expired certificate" "the certificate of mx2.shop.test has expired" \
	"$(tr -s '\n ' ' ' <"$T/err")"
has "what to do" "Add it to the policy" "$(tr -s '\n ' ' ' <"$T/err")"
same "nothing was changed" testing "$(e2e_mtasts domain show shop.test --json |
	jq -r .mode)"
mtasts domain set shop.test mode=enforce --json
same "as JSON: the reasons" '["domain-not-safe","safe-mx-certificate","safe-mx-unmatched"]' \
	"$(printf '%s' "$OUT" | jq -c '[.findings[].name] | unique')"

roll_world 'https .10 cert expired'
roll_stale
mtasts domain set shop.test mode=enforce
same "the policy host: refused" 1 "$STATUS"
has "its certificate" "mta-sts.shop.test has no valid certificate" \
	"$(tr -s '\n ' ' ' <"$T/err")"

roll_world 'smtp .25 close connect'
roll_stale
mtasts domain set shop.test mode=enforce
same "no mail server answers: not known" 3 "$STATUS"
same "and so not done" testing "$(e2e_mtasts domain show shop.test --json |
	jq -r .mode)"

roll_world
roll_stale
mtasts domain set shop.test mode=enforce --dry-run
same "a healthy one may" 0 "$STATUS"

# --- from testing to a month ---
mtasts rollout start shop.test --dry-run
same "dry run: exit status" 0 "$STATUS"
has "dry run: the calendar" "$(date -u -d '14 days' +%F)" "$OUT"
mtasts rollout status shop.test
same "a dry run begins nothing" 1 "$STATUS"

mtasts rollout start shop.test
same "start" 0 "$STATUS"
has "it has a record to publish" "_mta-sts.shop.test." "$OUT"
mtasts rollout step shop.test
same "not published: nothing is wrong" 0 "$STATUS"
has "but it does not run" "not everywhere as it should be" "$OUT"
has "and says what is missing" "does not have id=" "$OUT"
roll_publish
mtasts rollout step
same "all domains: exit status" 0 "$STATUS"
has "now it runs" "everywhere since" "$OUT"

roll_pass $((13 * DAY))
roll_stale
mtasts rollout step
roll_stage "13 days are not enough" testing
roll_pass $((DAY + 60))
roll_stale
mtasts rollout step
same "a step: exit status" 0 "$STATUS"
roll_stage "after 14 days" enforce-day
has "the new policy" "mode: enforce" "$(e2e_mtasts domain show shop.test --json |
	jq -r .body)"
has "with a day of max_age" "max_age: 86400" \
	"$(e2e_mtasts domain show shop.test --json | jq -r .body)"
roll_publish
mtasts rollout step
roll_pass $((7 * DAY + 60))
roll_stale
mtasts rollout step
roll_stage "after a week" enforce-week
roll_publish
mtasts rollout step
same "all is well" 0 "$STATUS"

# --- the policy host loses its own ---
roll_world 'https .10 cert expired'
roll_stale
mtasts rollout step
same "the policy host fails: exit status" 1 "$STATUS"
has "its time does not run" "not everywhere as it should be" "$OUT"
has "why" "check P06 fails" "$(printf '%s' "$OUT" | tr -s '\n ' ' ')"
hasnt "nobody's mail waits for that" "ALARM" "$OUT"
roll_world
roll_stale
mtasts rollout step
same "it is well again" 0 "$STATUS"

# --- an MX loses its certificate ---
roll_pass $((3 * DAY))
roll_world 'smtp .25 cert expired'
roll_stale
mtasts rollout step
same "it fails: exit status" 1 "$STATUS"
has "an alarm" "ALARM" "$OUT"
has "why" "the certificate of mx1.shop.test has expired" \
	"$(printf '%s' "$OUT" | tr -s '\n ' ' ')"
has "with the command" "mtasts rollout back shop.test" "$OUT"
mtasts rollout status
same "the list shows it" 1 "$STATUS"
has "in a line" "FAILING" "$OUT"
roll_pass 7200
mtasts rollout step
roll_stage "nothing is done by itself" enforce-week

# Whoever wants it has it done; an hour after it was seen first.
sed -i '$a rollout: { auto-back: true }' "$T/mtasts.yaml"
mtasts rollout step --json
same "auto-back: exit status" 1 "$STATUS"
same "auto-back" "back in testing by itself" \
	"$(printf '%s' "$OUT" | jq -r '.rollouts[0].did')"
roll_stage "auto-back" testing
same "a policy in testing" testing "$(e2e_mtasts domain show shop.test --json |
	jq -r .mode)"
sed -i '$d' "$T/mtasts.yaml"

# --- again, all the way, then back by hand ---
roll_world
for roll_stage_days in 14 7 14; do
	roll_publish
	mtasts rollout step
	roll_pass $((roll_stage_days * DAY + 60))
	roll_stale
	mtasts rollout step
done
roll_stage "to the end" enforce-month
has "a month of max_age" "max_age: 2592000" \
	"$(e2e_mtasts domain show shop.test --json | jq -r .body)"
roll_publish
mtasts rollout step
has "complete" "complete" "$OUT"

mtasts rollout pause shop.test
same "pause" 0 "$STATUS"
mtasts rollout back shop.test
same "back" 0 "$STATUS"
has "with a record to publish" "v=STSv1; id=" "$OUT"
roll_stage "back" testing
mtasts rollout status shop.test --json
same "what happened is remembered" \
	"start step step alarm auto-back step step step pause back" \
	"$(printf '%s' "$OUT" | jq -r '[.rollouts[0].history[].what] | join(" ")')"

# --- killed in between ---
before=$(e2e_mtasts domain show shop.test --json | jq -r .id)
mtasts rollout resume shop.test
roll_publish
mtasts rollout step
roll_pass $((14 * DAY + 60))
roll_stale
for roll_wait in 05 10 15 20 25 30 35 40 50 60 80; do
	# Itself, not a shell around it.
	# shellcheck disable=SC2086 # words
	env LD_PRELOAD="$ROLL_PRELOAD" STEPCLOCK="$T/step" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		"$MTASTS_BIN/mtasts" --config "$T/mtasts.yaml" rollout step \
		$ROLL_OPTIONS >/dev/null 2>&1 &
	roll_pid=$!
	sleep "0.$roll_wait"
	kill -9 $roll_pid 2>/dev/null
	wait $roll_pid 2>/dev/null
	mtasts rollout status shop.test --json
	stage=$(printf '%s' "$OUT" | jq -r '.rollouts[0].stage')
	mode=$(e2e_mtasts domain show shop.test --json | jq -r .mode)
	case "$stage $mode" in
	"testing testing" | "enforce-day enforce") ;;
	*) same "stage and policy belong together" "" "$stage $mode" ;;
	esac
done
mtasts rollout step
roll_stage "and it goes on" enforce-day
[ "$before" != "$(e2e_mtasts domain show shop.test --json | jq -r .id)" ] ||
	same "a new id" "another" "$before"
e2e_end
