# lab_postfix.sh - Debian's Postfix in the laboratory
#
#   lab_postfix                start it with the lines of $T/main.cf besides
#                              its surroundings
#   lab_postfix_chroot         before: smtp(8) runs chrooted, as Debian has it
#   lab_send RECIPIENT...      hand in a message each
#   lab_result RECIPIENT       the last line of the log about it, once it is
#                              sent, deferred or bounced
#   lab_want R STATUS WHY [N]  check that line, after N earlier ones
#   lab_logged WHAT TEXT       the log has this text
#   lab_doctor DOMAIN          "mtasts doctor postfix" finds nothing to mend; what
#                              it says is in $T/doctor
#   lab_again                  try all deferred messages now
#
# /etc/postfix and /var/spool/postfix are where they always are; both are the
# test's own. Programs come from $LAB_POSTFIX, if set: a folder of
# unpacked packages.

# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_recipe.sh"

LAB_CHROOT=n

# lab_pf - one of Postfix's programs. $1 folder, $2 name, then arguments
lab_pf() {
	lab_program=$LAB_POSTFIX/usr/$1/$2
	shift 2
	env LD_LIBRARY_PATH="$LAB_POSTFIX/usr/lib/postfix:$(peers_libs)" \
		"$lab_program" "$@"
}

# lab_postfix_surroundings - what an installed Postfix would have
lab_postfix_surroundings() {
	cat <<-END
		compatibility_level = 3.6
		command_directory = $LAB_POSTFIX/usr/sbin
		daemon_directory = $LAB_POSTFIX/usr/lib/postfix/sbin
		shlib_directory = $LAB_POSTFIX/usr/lib/postfix
		meta_directory = /etc/postfix
		data_directory = $T/postfix
		queue_directory = /var/spool/postfix
		import_environment = MAIL_CONFIG LD_LIBRARY_PATH ASAN_OPTIONS
		maillog_file_prefixes = $T
		maillog_file = $T/postfix.log
		myhostname = sender.example
		mydestination =
		mynetworks = 127.0.0.0/8
		inet_interfaces = 127.0.0.1
		smtpd_relay_restrictions = permit_mynetworks, reject
		alias_maps =
		minimal_backoff_time = 1s
		maximal_backoff_time = 1s
		queue_run_delay = 1h
		smtp_destination_concurrency_failed_cohort_limit = 0
	END
}

# lab_postfix_services - master.cf
lab_postfix_services() {
	cat <<-END
		127.0.0.1:2525 inet n - n - - smtpd
		cleanup unix n - n - 0 cleanup
		pickup unix n - n 60 1 pickup
		qmgr unix n - n 300 1 qmgr
		tlsmgr unix - - n 1000? 1 tlsmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		verify unix - - n - 1 verify
		flush unix n - n 1000? 0 flush
		proxymap unix - - n - - proxymap
		smtp unix - - $LAB_CHROOT - - smtp
		showq unix n - n - - showq
		error unix - - n - - error
		retry unix - - n - - error
		scache unix - - n - 1 scache
		anvil unix - - n - 1 anvil
		postlog unix-dgram n - n - 1 postlogd
	END
}

lab_postfix_chroot() {
	LAB_CHROOT=y
	mkdir -p /var/spool/postfix/etc
	cp /etc/resolv.conf /etc/hosts /etc/nsswitch.conf /etc/services \
		/var/spool/postfix/etc/
}

# lab_postfix_queue - the folders that "postfix check" would make
lab_postfix_queue() {
	mkdir -p /var/spool/postfix "$T/postfix"
	chmod 755 /var/spool/postfix
	for lab_name in active bounce corrupt defer deferred flush hold \
		incoming private saved trace maildrop public pid; do
		mkdir -p "/var/spool/postfix/$lab_name"
		chown postfix "/var/spool/postfix/$lab_name"
	done
	chown root /var/spool/postfix/pid
	chown postfix "$T/postfix"
	chmod 700 "$T/postfix"
}

lab_postfix() {
	# Where Postfix is installed it was not unpacked.
	[ -n "${LAB_POSTFIX:-}" ] || [ ! -d "$PEERS_ROOT/usr/lib/postfix" ] ||
		LAB_POSTFIX=$PEERS_ROOT
	: "${LAB_POSTFIX:=}"
	lab_user postfix postdrop
	mkdir -p /etc/postfix
	cp "$T/ca/ca.pem" /etc/ssl/certs/ca-certificates.crt
	lab_postfix_services >/etc/postfix/master.cf
	{
		lab_postfix_surroundings
		cat "$T/main.cf"
	} >/etc/postfix/main.cf
	lab_postfix_queue
	e2e_start postfix-master lab_pf lib/postfix/sbin master -d -c \
		/etc/postfix
	e2e_wait tcp 2525
}

lab_send() {
	python3 "$LAB/lab_mail.py" 127.0.0.1:2525 "$@" >"$T/send" 2>&1 ||
		fail "Postfix does not take the message: $(cat "$T/send")"
}

# lab_results - the lines of the log that say what became of a recipient
lab_results() {
	grep -F " to=<$1>," "$T/postfix.log" 2>/dev/null |
		grep -E ' status=(sent|deferred|bounced|expired) '
}

# lab_tried - was it tried more than $2 times?
lab_tried() {
	[ "$(lab_results "$1" | wc -l)" -gt "$2" ]
}

lab_result() {
	lab_until "$1 is tried" lab_tried "$1" "${2:-0}"
	lab_results "$1" | tail -n 1
}

lab_want() {
	lab_line=$(lab_result "$1" "${4:-0}")
	has "$1" "status=$2" "$lab_line"
	has "$1: why" "$3" "$lab_line"
}

lab_logged() {
	has "$1" "$2" "$(grep -F -e "$2" "$T/postfix.log")"
}

lab_again() {
	lab_pf sbin postqueue -c /etc/postfix -f
}

lab_doctor() {
	{
		echo "#!/bin/sh"
		echo "export LD_LIBRARY_PATH=$LAB_POSTFIX/usr/lib/postfix:$(peers_libs)"
		echo "exec $LAB_POSTFIX/usr/sbin/postconf \"\$@\""
	} >"$T/postconf"
	chmod 755 "$T/postconf"
	"$MTASTS_BIN/mtasts" doctor postfix --postconf "$T/postconf" \
		--probe "$1" >"$T/doctor" 2>&1
	same "doctor: nothing to mend" 0 "$?"
}
