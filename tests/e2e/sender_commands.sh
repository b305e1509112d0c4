#!/bin/sh
# The commands for senders, before the real daemon and beside it: query, cache,
# status, doctor, lint policy with a URL; all against a laboratory.
set -u
# shellcheck disable=SC1091
. "${MTASTS_SOURCE:?}/tests/lib/e2e.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/peers.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab.sh"
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_postfix.sh"

peers_need postfix knot knot-dnsutils unbound
lab_enter "$0" "$@"
lab_begin mtasts mtasts-host mtasts-resolver

# run - a command; its status in $STATUS, what it prints in $T/out and $T/err
run() {
	"$MTASTS_BIN/mtasts" "$@" >"$T/out" 2>"$T/err"
	STATUS=$?
}

# want - run a command. $1 status, $2 a piece of its output; then its words
want() {
	want_status=$1 want_text=$2
	shift 2
	run "$@"
	same "mtasts $*: status" "$want_status" "$STATUS"
	has "mtasts $*" "$want_text" "$(cat "$T/out" "$T/err")"
}

for name in good testing; do
	lab_domain $name.sts.example mx.$name.sts.example good
done
lab_policy good.sts.example enforce mx.good.sts.example
lab_policy testing.sts.example testing mx.testing.sts.example
lab_domain moved.sts.example mx.moved.sts.example good
lab_policy moved.sts.example enforce elsewhere.sts.example
lab_domain plain.sts.example mx.plain.sts.example good
lab_domain bad.sts.example mx.bad.sts.example good
lab_bad_policy bad.sts.example expired mx.bad.sts.example
lab_domain all.dane.example mx.all.dane.example untrusted
lab_tlsa mx.all.dane.example good
lab_domain must.rule.sts.example mx.must.rule.sts.example good
lab_world
cat >"$T/rules" <<END
rules:
  .rule.sts.example: { mta-sts: require, reason: "contract", until: 2999-01-01 }
END
lab_conf
net="--direct --config $CONF"
schema="$MTASTS_SOURCE/tests/lib/schema.py $MTASTS_SOURCE/docs/query.schema.json"

# By itself, as configured, and from options alone.
# shellcheck disable=SC2086 # words
{
	want 0 "protected by MTA-STS: mail goes" query good.sts.example $net
	want 0 "mode testing" query testing.sts.example $net
	want 1 "mail has to wait" query moved.sts.example $net
	want 1 "expired" query bad.sts.example $net
	has "bad: the result type" sts-webpki-invalid "$(cat "$T/out")"
	want 0 "not protected" query plain.sts.example $net
	want 0 "protected by DANE: mail goes" query all.dane.example $net
	has "DANE: the records" "DANE: 1 of 1 TLSA record" "$(cat "$T/out")"
	want 1 "rule    .rule.sts.example" query must.rule.sts.example $net
	want 2 "192.0.2.1" query '[192.0.2.1]' $net
	want 0 "OK secure match=mx.good.sts.example " query good.sts.example \
		$net --reply QUERYwithTLSRPT
	want 0 "enforce" query good.sts.example $net --reply line
	want 1 "TEMP" query moved.sts.example $net --reply sts
}
options="--ca-file $T/ca/ca.pem --allow-private --timeout 5"
# shellcheck disable=SC2086 # words
{
	want 0 "protected by MTA-STS" query good.sts.example $options \
		--resolver 127.0.0.1:53
	want 0 "protected by DANE: mail goes" query all.dane.example \
		$options --resolver 127.0.0.1:53
	want 0 "protected by MTA-STS" query good.sts.example $options \
		--resolver 127.0.0.1:53 --trust-anchor "$T/dns/root.key"
	want 3 "README.md" query good.sts.example --resolver 127.0.0.1:53 \
		--ca-file "$MTASTS_SOURCE/README.md"
	want 3 "failed" query good.sts.example $options --resolver 127.0.0.1:9
	want 2 "a port" query good.sts.example --https-port x
	want 2 "seconds" query good.sts.example --timeout never
}

# A policy by its URL, as senders get it.
url=https://mta-sts.good.sts.example/.well-known/mta-sts.txt
want 0 "$url: valid" lint policy "$url" --config "$CONF"
want 1 "policy-host-cert-expired" lint policy --json --config "$CONF" \
	https://mta-sts.bad.sts.example/.well-known/mta-sts.txt
want 3 "cannot fetch" lint policy --config "$CONF" --https-port 9 "$url"

# Nobody is there to be asked.
want 3 "does not run here" status --config "$CONF"
want 3 "nobody listens" cache list --config "$CONF"
want 0 "asked afresh" query good.sts.example --config "$CONF"

# The daemon: its memory, its words.
lab_resolver
lab_until "DNSSEC works" sh -c "'$MTASTS_BIN/mtasts' status --config '$CONF' |
	grep -q 'DNSSEC  *works'"
want 0 "mtasts-resolver $("$MTASTS_BIN/mtasts" --version | cut -d' ' -f2)" \
	status --config "$CONF"
want 0 "protected by MTA-STS" query good.sts.example --config "$CONF"
want 1 "mail has to wait" query moved.sts.example --config "$CONF"
want 0 "protected by DANE: mail goes" query all.dane.example --config "$CONF"
want 0 "protected by MTA-STS" query good.sts.example --config "$CONF" --renew
for map in QUERYwithTLSRPT QUERY postfix sts; do
	run query good.sts.example --config "$CONF" --reply $map
	same "--reply $map is what an MTA gets" \
		"$(lab_ask $map good.sts.example)" "$(cat "$T/out")"
done
for name in good.sts testing.sts moved.sts plain.sts bad.sts all.dane \
	must.rule.sts; do
	run query $name.example --config "$CONF" --json
	# shellcheck disable=SC2086 # words
	same "$name.example: JSON fits its schema" "" \
		"$(python3 $schema - <"$T/out" 2>&1)"
done
want 0 "good.sts.example" cache list --config "$CONF"
want 0 "2 policies" cache list --config "$CONF" --mode enforce
want 0 "testing.sts.example" cache list --config "$CONF" --mode testing --json
want 0 "mx: mx.good.sts.example" cache show good.sts.example --config "$CONF"
want 3 "no policy of this domain" cache show plain.sts.example \
	--config "$CONF"
want 0 "protected by MTA-STS" cache refresh good.sts.example --config "$CONF"
want 0 "1 policy forgotten" cache purge good.sts.example --config "$CONF"
want 3 "no policy of this domain" cache show good.sts.example --config "$CONF"
want 0 "forgotten" cache purge --all --config "$CONF"
want 0 "0 policies" cache list --config "$CONF"

# Somebody else may look, when the socket lets him, and change nothing.
chmod 666 "$(sed -n 's/^ *control: //p' "$CONF")"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 644 "$CONF"
	someone="setpriv --reuid 65534 --regid 65534 --clear-groups"
	for words in "cache purge --all" "cache refresh good.sts.example" \
		"query good.sts.example --renew"; do
		# shellcheck disable=SC2086 # words
		$someone "$MTASTS_BIN/mtasts" $words --config "$CONF" \
			>"$T/out" 2>&1
		same "somebody: $words" 3 "$?"
		has "somebody: $words" "takes root" \
			"$(tr -s ' \n' ' ' <"$T/out")"
	done
	# shellcheck disable=SC2086 # words
	$someone "$MTASTS_BIN/mtasts" query good.sts.example \
		--config "$CONF" >"$T/out" 2>&1
	same "somebody asks" 0 "$?"
fi

# The doctor, with the real postconf: a recipe of the manual, then holes in it.
mkdir -p /etc/postfix /var/spool/postfix "$T/pf"
lab_user postfix postdrop
cp "$T/ca/ca.pem" /etc/ssl/certs/ca-certificates.crt
LAB_POSTFIX=
[ ! -d "$PEERS_ROOT/usr/lib/postfix" ] || LAB_POSTFIX=$PEERS_ROOT
cat >"$T/postconf" <<END
#!/bin/sh
LD_LIBRARY_PATH="$LAB_POSTFIX/usr/lib/postfix:$(peers_libs)" \\
	exec "$LAB_POSTFIX/usr/sbin/postconf" "\$@"
END
chmod 755 "$T/postconf"
lab_postfix_services >"$T/pf/master.cf"
lab_recipe postfix.md postfix-3.4 >"$T/pf/recipe"
# doctor - with the recipe after a sed script. $1 script, $2 status, $3 text
doctor() {
	{
		lab_postfix_surroundings
		sed "$1" "$T/pf/recipe"
	} >"$T/pf/main.cf"
	want "$2" "$3" doctor postfix --postconf "$T/postconf" \
		--config-dir "$T/pf" --config "$CONF"
}
doctor '' 0 "nothing to mend"
doctor 's/:QUERY/:QUERYwithTLSRPT/' 1 "Use the map name QUERY."
doctor '/policy_maps/d' 1 \
	"smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:QUERY"
doctor '/dns_support/d' 1 "smtp_dns_support_level = dnssec"
doctor '/CAfile/d' 1 "there is no smtp_tls_CAfile"
doctor 's/= dane/= none/' 0 "goes without TLS"
doctor 's/8461:QUERY/8642:QUERY/' 0 "nothing to mend"
doctor 's/8461:QUERY/1:QUERY/' 1 "does not ask mtasts-resolver"
lab_resolver_stop
doctor '' 1 "systemctl start"
e2e_end
