# lab_sendmail.sh - Debian's sendmail in the laboratory
#
#   lab_sendmail               start it with the recipe of docs/sendmail.md
#   lab_send RECIPIENT...      hand in a message each
#   lab_want R STAT WHY        soon the log says "stat=STAT" of a recipient; check
#                              the last such line. "Deferred" is also said of the
#                              first of several hosts
#   lab_doctor DOMAIN          "mtasts doctor sendmail" finds nothing to mend;
#                              what it says is in $T/doctor
#   lab_again                  try all deferred messages now
#
# /etc/mail and the queue are the test's own. What sendmail tells syslog is in
# $T/sendmail.log.

# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_recipe.sh"

# lab_dev - a /dev of our own, since there may be another /dev/log
lab_dev() {
	mkdir "$T/dev" && mount -t tmpfs -o mode=755 lab "$T/dev" || return 1
	for lab_node in null zero full random urandom tty; do
		: >"$T/dev/$lab_node"
		mount --bind "/dev/$lab_node" "$T/dev/$lab_node" || return 1
	done
	ln -s /proc/self/fd "$T/dev/fd"
	mount --rbind "$T/dev" /dev && umount -l -R "$T/dev"
}

# lab_sendmail_mc - the smallest configuration around the recipe
lab_sendmail_mc() {
	cat <<-'END'
		divert(0)dnl
		VERSIONID(`laboratory')
		OSTYPE(`linux')
		define(`confDOMAIN_NAME', `sender.example')dnl
		define(`confPID_FILE', `/run/sendmail.pid')dnl
		define(`QUEUE_DIR', `/var/spool/mqueue')dnl
		define(`STATUS_FILE', `')dnl
		define(`ALIAS_FILE', `')dnl
		define(`confDEF_USER_ID', `mail:mail')dnl
		define(`confLOG_LEVEL', `14')dnl
		define(`confMIN_QUEUE_AGE', `0')dnl
		define(`confTO_IDENT', `0')dnl
		define(`confMAX_DAEMON_CHILDREN', `0')dnl
		define(`confQUEUE_LA', `1000')dnl
		define(`confREFUSE_LA', `1000')dnl
		FEATURE(`no_default_msa')dnl
		FEATURE(`promiscuous_relay')dnl
		FEATURE(`accept_unresolvable_domains')dnl
		FEATURE(`nocanonify')dnl
		DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=2525, Addr=127.0.0.1')dnl
	END
	lab_recipe sendmail.md sendmail
	printf '%s\n' 'MAILER(`smtp'"')"
}

lab_sendmail() {
	lab_user smmta
	lab_user smmsp
	lab_dev || fail "no /dev of our own"
	mkdir -p /etc/mail /var/spool/mqueue
	chmod 700 /var/spool/mqueue
	cp "$T/ca/ca.pem" /etc/ssl/certs/ca-certificates.crt
	lab_sendmail_mc >/etc/mail/sendmail.mc
	lab_cf=$(peers_path /usr/share/sendmail/cf)
	LAB_SENDMAIL=$(peers_path /usr/libexec/sendmail/sendmail)
	peers_run m4 -D_CF_DIR_="$lab_cf/" "$lab_cf/m4/cf.m4" \
		/etc/mail/sendmail.mc >/etc/mail/sendmail.cf 2>"$T/m4" ||
		fail "m4: $(cat "$T/m4")"
	chmod 644 /etc/mail/sendmail.cf
	lab_libs
	e2e_start syslog python3 "$LAB/lab_syslog.py" /dev/log \
		"$T/sendmail.log"
	lab_until "syslog listens" test -S /dev/log
	e2e_start sendmail-daemon peers_exec \
		"$LAB_SENDMAIL" -bD
	e2e_wait tcp 2525
}

lab_send() {
	python3 "$LAB/lab_mail.py" 127.0.0.1:2525 "$@" >"$T/send" 2>&1 ||
		fail "sendmail does not take the message: $(cat "$T/send")"
}

# lab_results - the lines that say so of a recipient. $1 recipient, $2 stat
lab_results() {
	grep -E "to=<$1>,.* stat=$2" "$T/sendmail.log" 2>/dev/null
}

# lab_tried - for lab_until: is there one?
lab_tried() {
	[ -n "$(lab_results "$@")" ]
}

lab_want() {
	lab_until "$1: $2" lab_tried "$1" "$2"
	has "$1: why" "$3" "$(lab_results "$1" "$2" | tail -n 1)"
}

lab_again() {
	peers_run "$LAB_SENDMAIL" -q
}

lab_doctor() {
	"$MTASTS_BIN/mtasts" doctor sendmail --probe "$1" \
		--sendmail "$LAB_SENDMAIL" \
		>"$T/doctor" 2>&1
	same "doctor: nothing to mend" 0 "$?"
}
