#!/bin/sh
# What README says about a published domain, word for word: its configuration and
# commands lead from nothing to a domain that is live, green and on its way to
# enforce. Only names, addresses and the laboratory's own settings differ.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/publab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_recipe.sh"
publab_enter "$0" "$@"

# sudo - we are root already
sudo() {
	if [ "$1" = mtasts ]; then
		shift
		mt "$@"
	else
		"$@"
	fi
}

# systemctl - the host runs; the other one is begun as a laboratory can
systemctl() {
	publab_publisher
}

# as_said - run the block of README with this name, its output in $T/said
as_said() {
	lab_recipe ../README.md "$1" >/dev/null
	sed -e "s/example\.org/example.test/g; s/mail\.example/mx.example/g" \
		-e "s/192\.0\.2\.1\([^0-9]\)/$PUBLAB_HOST\1/g" \
		"$T/recipe" >"$T/block"
	# shellcheck disable=SC1091
	. "$T/block" >"$T/said" 2>&1
	STATUS=$?
	cat "$T/said"
}

publab_begin
# Where README's key lies; and no way into DNS but the one it tells of.
cp -p "$T/tsig.key" /etc/mtasts/tsig.key
publab_conf
sed -i -e '/^push:/,/zones:/d' -e 's/enabled: true/enabled: false/' "$CONF"
mt defaults set host=default rua=default ttl=default >"$T/defaults.out" 2>&1 ||
	fail "defaults: $(cat "$T/defaults.out")"

as_said publish-conf
same "the configuration is right" 0 "$STATUS"
has "and is told: the way into DNS" "rfc2136 for example.test" \
	"$(cat "$T/said")"
as_said publish-add
same "the domain is added" 0 "$STATUS"
has "who publishes it" "mtasts-publisher publishes that by itself" \
	"$(cat "$T/said")"
is_live() {
	mt domain list | grep -q 'live *in step'
}
at_last "it is live" 60 is_live
same "the address is in DNS" "$PUBLAB_HOST" "$(publab_dns 2 mta-sts.example.test A)"
has "the policy" "mx: mx.example.test" "$(publab_served example.test)"
same "a stranger finds nothing wrong" 0 "$(
	mt check example.test >"$T/check.out" 2>&1
	echo $?
)"
as_said publish-look
same "nobody is needed" "" "$(mt domain list --problems 2>/dev/null)"
has "it is on its way" "stage     testing since" "$(cat "$T/said")"

publab_step $((14 * 86400 + 3600))
is_enforced() {
	publab_served example.test | grep -q 'mode: enforce'
}
at_last "two weeks later it is enforced" 60 is_enforced
publab_secrets
publisher_stop
e2e_end
