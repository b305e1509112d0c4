# lab_exim.sh - Debian's Exim in the laboratory
#
#   lab_exim                   start it with the recipe of docs/exim.md
#   lab_send RECIPIENT...      hand in a message each
#   lab_result RECIPIENT [N]   the last line of the log about it, once there
#                              are more than N that say what became of it
#   lab_want R MARK WHY [N]    check that line; MARK is => or ==
#   lab_doctor DOMAIN          "mtasts doctor exim" finds nothing to mend; what it
#                              says is in $T/doctor
#   lab_again                  try all deferred messages now
#
# The configuration is /etc/exim4/exim4.conf, which is the test's own.

# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_recipe.sh"

# lab_exim_conf - the smallest configuration around the recipe
lab_exim_conf() {
	cat <<-END
		primary_hostname = sender.example
		exim_path = $(peers_path /usr/sbin/exim4)
		spool_directory = /var/spool/exim4
		log_file_path = $T/exim/%slog
		log_selector = +smtp_confirmation
		daemon_smtp_ports = 2525
		local_interfaces = 127.0.0.1
		smtputf8_advertise_hosts = *
		acl_smtp_rcpt = accept
		smtp_accept_queue_per_connection = 0
		domainlist local_domains = sender.example
	END
	lab_recipe exim.md exim-main
	echo "begin routers"
	lab_recipe exim.md exim-routers
	cat <<-END

		dnslookup:
		  driver = dnslookup
		  domains = ! +local_domains
		  dnssec_request_domains = *
		  transport = remote_smtp
		  no_more
		begin transports
		remote_smtp:
		  driver = smtp
		  hosts_try_dane = *
	END
	lab_recipe exim.md exim-transports
	cat <<-END
		begin retry
		* * F,1d,1s
	END
}

lab_exim() {
	lab_user Debian-exim
	mkdir -p /etc/exim4 /var/spool/exim4 "$T/exim"
	chown Debian-exim:Debian-exim /var/spool/exim4 "$T/exim"
	cp "$T/ca/ca.pem" /etc/ssl/certs/ca-certificates.crt
	lab_recipe exim.md exim-resolv >/etc/resolv.conf
	lab_exim_conf >/etc/exim4/exim4.conf
	# Group and others may not write it, or Exim refuses.
	chmod 644 /etc/exim4/exim4.conf
	lab_libs
	e2e_start exim peers_exec exim4 -bdf
	e2e_wait tcp 2525
}

lab_send() {
	python3 "$LAB/lab_mail.py" 127.0.0.1:2525 "$@" >"$T/send" 2>&1 ||
		fail "Exim does not take the message: $(cat "$T/send")"
}

lab_results() {
	grep -E "(=>|==|\*\*) ($1|<$1>) " "$T/exim/mainlog" 2>/dev/null
}

lab_tried() {
	[ "$(lab_results "$1" | wc -l)" -gt "$2" ]
}

lab_result() {
	lab_until "$1 is tried" lab_tried "$1" "${2:-0}"
	lab_results "$1" | tail -n 1
}

lab_want() {
	lab_line=$(lab_result "$1" "${4:-0}")
	has "$1" " $2 " "$lab_line"
	has "$1: why" "$3" "$lab_line"
}

lab_again() {
	peers_run exim4 -qff
}

lab_doctor() {
	"$MTASTS_BIN/mtasts" doctor exim --exim "$(peers_path /usr/sbin/exim4)" \
		--probe "$1" >"$T/doctor" 2>&1
	same "doctor: nothing to mend" 0 "$?"
}
