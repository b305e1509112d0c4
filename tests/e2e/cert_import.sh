#!/bin/sh
# mtasts cert import: by hand, as certbot's deploy hook and as dehydrated's
# REQ: FET-1 FET-2
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_ca.sh"

e2e_begin mtasts
unset RENEWED_LINEAGE RENEWED_DOMAINS
store=$T/certificates
cat >"$T/mtasts.yaml" <<EOT
store: { url: "sqlite:$T" }
host: { certificates: ["$store", "$T/second"] }
EOT

# import - run the command; its exit status in $status, and in $said all that
# it printed, as one line
import() {
	"$MTASTS_BIN/mtasts" --config "$T/mtasts.yaml" cert import "$@" \
		>"$T/said" 2>&1
	status=$?
	said=$(tr -s ' \n' '  ' <"$T/said")
}

# pair - do key and certificate of a folder fit? "fit", or what is wrong
pair() {
	pair_cert=$(openssl x509 -in "$1/fullchain.pem" -noout -pubkey 2>&1)
	pair_key=$(openssl pkey -in "$1/privkey.pem" -pubout 2>&1)
	[ "$pair_cert" = "$pair_key" ] && echo fit || echo "$pair_cert"
}

lab_ca_init "$T/ca" || fail "no laboratory CA"
live=$T/live/example.test
lab_ca_issue "$T/ca" mta-sts.example.test "$live" example.test ||
	fail "no certificate"

# By hand; the folder is the first of the configuration and is made.
import "$live/fullchain.pem" "$live/privkey.pem"
same "by hand" 0 "$status"
has "says where" "imported $store/mta-sts.example.test" "$said"
has "says the names" "mta-sts.example.test, example.test" "$said"
has "says the issuer" "Laboratory Issuer" "$said"
has "says until when" "until" "$said"
same "the pair" fit "$(pair "$store/mta-sts.example.test")"
same "mode of the key" 640 \
	"$(stat -c %a "$store/mta-sts.example.test/privkey.pem")"
same "mode of its folder" 750 "$(stat -c %a "$store/mta-sts.example.test")"
same "nothing else is left" mta-sts.example.test "$(ls -A "$store")"
import "$live/fullchain.pem" "$live/privkey.pem"
same "again" 0 "$status"
has "again" "there already" "$said"
import --name other.test --folder "$T/second" --json \
	"$live/fullchain.pem" "$live/privkey.pem"
same "JSON" 0 "$status"
has "JSON" '"changed": true' "$said"
has "JSON folder" "\"folder\": \"$T/second/other.test\"" "$said"
has "JSON names" '"mta-sts.example.test"' "$said"
same "elsewhere" fit "$(pair "$T/second/other.test")"

# certbot: a renewed lineage in the environment.
lab_ca_issue "$T/ca" mta-sts.example.test "$live" || fail "no renewal"
export RENEWED_LINEAGE="$live"
import
same "certbot" 0 "$status"
has "certbot" "imported $store/example.test" "$said"
same "the lineage" fit "$(pair "$store/example.test")"
RENEWED_LINEAGE=$T/nothing
import
same "a lineage without files" 3 "$status"
has "a lineage without files" "cannot be read" "$said"
unset RENEWED_LINEAGE

# dehydrated: one program for all hooks.
printf '#!/bin/sh\nexec "%s" --config "%s" cert import "$@"\n' \
	"$MTASTS_BIN/mtasts" "$T/mtasts.yaml" >"$T/hook"
chmod +x "$T/hook"
certs=$T/certs/two.test
lab_ca_issue "$T/ca" mta-sts.two.test "$certs" || fail "no certificate"
"$T/hook" deploy_cert two.test "$certs/privkey.pem" "$certs/cert.pem" \
	"$certs/fullchain.pem" "$certs/chain.pem" 1700000000 >"$T/out" 2>&1
same "dehydrated" 0 $?
same "its pair" fit "$(pair "$store/two.test")"
lab_ca_issue "$T/ca" "*.three.test" "$T/three" || fail "no certificate"
"$T/hook" deploy_cert "*.three.test" "$T/three/privkey.pem" - \
	"$T/three/fullchain.pem" - 1700000000 >"$T/out" 2>&1
same "dehydrated, a wildcard" 0 $?
same "its pair" fit "$(pair "$store/_wildcard.three.test")"
for hook in startup_hook exit_hook "deploy_challenge a b c d e f" \
	"clean_challenge a b c" "unchanged_cert a b c d e" \
	"invalid_challenge a b" "request_failure 500 b c" \
	this_hookscript_is_broken__dehydrated_is_going_to_exit; do
	# shellcheck disable=SC2086 # words
	same "hook ${hook%% *}" "" "$("$T/hook" $hook 2>&1)"
	# shellcheck disable=SC2086
	"$T/hook" $hook || same "status of ${hook%% *}" 0 $?
done

# Refusals: what is there stays.
before=$(cat "$store/two.test/fullchain.pem")
lab_ca_issue --expired "$T/ca" mta-sts.two.test "$T/expired"
import --name two.test "$T/expired/fullchain.pem" "$T/expired/privkey.pem"
same "expired" 1 "$status"
has "expired" "it expired on 2020-02-01" "$said"
lab_ca_issue --cn-only "$T/ca" mta-sts.two.test "$T/cn"
import --name two.test "$T/cn/fullchain.pem" "$T/cn/privkey.pem"
same "common name only" 1 "$status"
has "common name only" "no dNSName" "$said"
import --name two.test "$certs/fullchain.pem" "$live/privkey.pem"
same "another key" 1 "$status"
has "another key" "does not fit" "$said"
import --name ../evil "$certs/fullchain.pem" "$certs/privkey.pem"
same "a path for a name" 1 "$status"
import "$certs/fullchain.pem" "$T/no-such"
same "no such file" 3 "$status"
import "$certs/fullchain.pem"
same "one word" 2 "$status"
import
same "nothing at all" 2 "$status"
same "the old one stays" "$before" "$(cat "$store/two.test/fullchain.pem")"
import --force --name two.test "$T/expired/fullchain.pem" \
	"$T/expired/privkey.pem"
same "forced" 0 "$status"

# Worth a warning only.
lab_ca_issue --alone "$T/ca" mail.two.test "$T/mail"
import "$T/mail/fullchain.pem" "$T/mail/privkey.pem"
same "warnings" 0 "$status"
has "no policy host" "mta-sts." "$said"
has "no issuer" "without its issuer" "$said"

e2e_end
