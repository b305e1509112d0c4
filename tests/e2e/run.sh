#!/bin/sh
# "make run" in a network of its own: what a newcomer sees works without any
# other DNS, and nothing is left running at its end.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"

if [ "${1:-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] && flags=-nm || flags=-rnm
	unshare $flags true 2>/dev/null || skip "no network namespaces here"
	exec unshare $flags sh "$0" inside
fi
e2e_begin mtasts mtasts-host mtasts-resolver
[ -x "$MTASTS_BIN/../tools/lab_dns" ] || skip "lab_dns is not built"
ip link set lo up || skip "no loopback in a namespace"

e2e_start run sh "$MTASTS_SOURCE/tools/run.sh" "$MTASTS_BIN" "$T/run"
RUN=$E2E_PID
e2e_wait tcp 8443
e2e_wait tcp 8461
mtasts() { "$MTASTS_BIN/mtasts" --config "$T/run/mtasts.yaml" "$@"; }
# DANE counts from the first look at DNS on.
for _ in $(seq 50); do
	[ "$(mtasts query dane.test --reply QUERY 2>&1)" = "OK dane-only" ] &&
		break
	sleep 0.2
done
same "DANE" "OK dane-only" "$(mtasts query dane.test --reply QUERY 2>&1)"
same "enforced" "OK secure match=mail.enforced.test servername=hostname" \
	"$(mtasts query enforced.test --reply QUERY 2>&1)"
has "explained" "protected by MTA-STS" "$(mtasts query enforced.test 2>&1)"
same "testing" "NOTFOUND " "$(mtasts query example.test --reply sts 2>&1)"
same "an alias" "NOTFOUND " "$(mtasts query alias.test --reply sts 2>&1)"
for name in example.test alias.test; do
	hasnt "$name: its mail server fits" "FITS NO" \
		"$(mtasts query $name 2>&1)"
done

# printed - N: the N-th command that it prints, on one line, for this folder
printed() {
	awk -v n="$1" '/^Ctrl-C/ { exit }
		/^  [a-z]/ { i++ }
		/^  / && i == n { sub(/\\$/, ""); print }' "$T/run.log" |
		tr '\n' ' ' | sed "s|build/release/bin|$MTASTS_BIN|"
}
shown() {
	sh -c "$(printed "$1")" 2>&1
}
has "printed: the policy" "mode: testing" "$(shown 1)"
has "printed: the records" "v=STSv1; id=" "$(shown 2)"
has "printed: a change" "mail.example.test,backup.example.test" "$(shown 3)"
has "printed: what is enforced" "protected by MTA-STS" "$(shown 4)"
same "printed: DANE" "OK dane-only" "$(shown 5)"
has "printed: what Postfix asks" \
	"postmap -q enforced.test socketmap:inet:127.0.0.1:8461:QUERY" \
	"$(printed 6)"
kill -TERM "$RUN"
wait "$RUN"
for port in 8443 8461 8642; do
	e2e_bound tcp $port && e2e_failed "at its end" "no port $port" "bound"
done
# A second time with what is there.
e2e_start again sh "$MTASTS_SOURCE/tools/run.sh" "$MTASTS_BIN" "$T/run"
e2e_wait tcp 8461
# It listens before it has read anything.
for _ in $(seq 50); do
	mtasts cache list 2>&1 | grep -q enforced.test && break
	sleep 0.2
done
has "kept" "enforced.test" "$(mtasts cache list 2>&1)"
kill -TERM "$E2E_PID"
wait "$E2E_PID"
e2e_end
