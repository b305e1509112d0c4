# lab.sh - a laboratory for real MTAs: namespaces of its own, DNS, TLS, mail
#
#   . tests/lib/e2e.sh; . tests/lib/peers.sh; . tests/lib/lab.sh
#   lab_enter "$0" "$@"       begin the test again inside namespaces of its own
#   lab_begin [PROGRAM...]    folder $T, private /etc, addresses, authority;
#                             PROGRAMs are those of ours that must be built
#   lab_user NAME [GROUP...]  a user (and groups) that a peer's package adds
#   lab_libs                  setuid programs find the peers' libraries, too
#   lab_until WHAT COMMAND... wait until COMMAND holds, 20 seconds at most
#   lab_conf                  write $CONF; $T/rules, if there is one, at its end
#   lab_resolver              start mtasts-resolver with it
#   lab_resolver_stop         end it
#   lab_ask MAPNAME KEY...    questions as Postfix asks; an answer a line
#
# Inside, ports 25, 53, 443 and 8461 of loopback are free and belong to this
# test alone, /etc is a copy, /run and /var/spool are empty. Whatever was
# started there ends with the test. Root is needed, or a user with subordinate
# ids (newuidmap): the MTAs change their user.
#
# lab_dns.sh has the signed zones, lab_world.sh the domains with their MX and
# policy hosts; lab_postfix.sh, lab_exim.sh and lab_sendmail.sh the senders.

# SC1091: found through MTASTS_SOURCE; shellcheck cannot follow.
# shellcheck disable=SC1091
. "$MTASTS_SOURCE/tests/lib/lab_ca.sh"
. "$MTASTS_SOURCE/tests/lib/lab_dns.sh"
. "$MTASTS_SOURCE/tests/lib/lab_world.sh"

LAB=$MTASTS_SOURCE/tests/lib
# Where ldconfig is, which an ordinary user need not have there.
PATH=$PATH:/usr/sbin:/sbin
LAB_PATIENCE=200

# lab_spaces - the words for unshare with which namespaces can be had
lab_spaces() {
	lab_kinds="--net --mount --pid --fork --kill-child --mount-proc"
	if [ "$(id -u)" -eq 0 ]; then
		echo "$lab_kinds"
	else
		echo "--user --map-root-user --map-auto $lab_kinds"
	fi
}

lab_enter() {
	[ -z "${LAB_INSIDE:-}" ] || return 0
	command -v unshare >/dev/null || skip "unshare is not installed"
	command -v python3 >/dev/null || skip "python3 is not installed"
	lab_how=$(lab_spaces)
	# shellcheck disable=SC2086 # words
	lab_why=$(unshare $lab_how true 2>&1) ||
		skip "needs root, or newuidmap and namespaces: $lab_why"
	# shellcheck disable=SC2086 # words
	LAB_INSIDE=1 exec unshare $lab_how sh "$@"
}

# lab_etc - a copy of /etc that may be changed
lab_etc() {
	# An ordinary user cannot copy its secrets, and nothing here needs them.
	cp -a /etc "$T/etc" 2>"$T/cp" || [ -s "$T/etc/group" ] ||
		fail "no copy of /etc: $(cat "$T/cp")"
	mount --bind "$T/etc" /etc || fail "cannot mount /etc"
	# Whatever a link led to, it is a file now.
	rm -f /etc/resolv.conf /etc/hosts /etc/nsswitch.conf
	echo "nameserver 127.0.0.1" >/etc/resolv.conf
	echo "127.0.0.1 localhost sender.example" >/etc/hosts
	[ -s /etc/services ] || echo "smtp 25/tcp" >/etc/services
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' \
		>/etc/nsswitch.conf
}

lab_begin() {
	# In memory, so that nothing waits for disks.
	for lab_folder in /run /var/spool; do
		mount -t tmpfs -o mode=755 lab $lab_folder ||
			fail "cannot mount $lab_folder"
	done
	TMPDIR=/run e2e_begin "$@"
	# Daemons change their user and must reach what they use.
	chmod 755 "$T"
	mkdir /run/peers /run/bin
	{
		mount --bind "$PEERS" /run/peers &&
			mount --bind "$MTASTS_BIN" /run/bin
	} || fail "cannot mount"
	# shellcheck disable=SC2034 # of peers.sh
	PEERS=/run/peers PEERS_ROOT=/run/peers/root \
		PEERS_BACKPORTS=/run/peers/backports/root MTASTS_BIN=/run/bin
	python3 "$LAB/lab_net.py" 192.0.2.1/24 fd00:25::1 || fail "no loopback"
	lab_etc
	mkdir -p "$T/store" "$T/world/certs" "$T/dns/records"
	CONF=/etc/mtasts/mtasts.yaml
	mkdir -p /etc/mtasts
	e2e_mtasts defaults set rua=mailto:tls-reports@sts.example \
		>"$T/domain.out" 2>&1 || fail "no registry"
	lab_ca_init "$T/ca" >"$T/ca.out" 2>&1 ||
		fail "no laboratory CA: $(cat "$T/ca.out")"
	chmod 755 "$T/ca"
}

lab_user() {
	lab_name=$1
	: "${LAB_UID:=60000}"
	for lab_group in "$@"; do
		LAB_UID=$((LAB_UID + 1))
		grep -q "^$lab_group:" /etc/group ||
			echo "$lab_group:x:$LAB_UID:" >>/etc/group
	done
	lab_gid=$(sed -n "s/^$lab_name:x:\([0-9]*\):.*/\1/p" /etc/group)
	grep -q "^$lab_name:" /etc/passwd ||
		echo "$lab_name:x:$LAB_UID:$lab_gid::/nonexistent:/bin/false" \
			>>/etc/passwd
}

# lab_libs - setuid programs do not take our word for where libraries are
lab_libs() {
	peers_libs | tr : '\n' >/etc/ld.so.conf.d/peers.conf
	ldconfig -X -i 2>"$T/ldconfig" || fail "ldconfig: $(cat "$T/ldconfig")"
}

lab_until() {
	lab_what=$1
	shift
	lab_tries=0
	until "$@"; do
		lab_tries=$((lab_tries + 1))
		[ "$lab_tries" -lt "$LAB_PATIENCE" ] || {
			e2e_failed "$lab_what" "soon: $*" "not by now"
			# What else fails need not fail slowly.
			LAB_PATIENCE=20
			return 1
		}
		sleep 0.1
	done
}

lab_conf() {
	lab_user mtasts-resolver
	install -d -o mtasts-resolver -g mtasts-resolver "$T/resolver"
	cat >"$CONF" <<-END
		store: { url: "sqlite:$T/resolver" }
		dns:
		  server: ["127.0.0.1:53"]
		  trust-anchor: $T/dns/root.key
		fetch:
		  ca-file: $T/ca/ca.pem
		  allow-private: true
		resolver:
		  listen: ["127.0.0.1:8461", "127.0.0.1:8642", "unix:$T/resolver/resolver.sock,mode=666"]
		  control: $T/resolver/resolver.ctl
		  metrics: ""
	END
	[ ! -e "$T/rules" ] || cat "$T/rules" >>"$CONF"
}

lab_resolver() {
	e2e_start resolver setpriv --reuid=mtasts-resolver \
		--regid=mtasts-resolver --clear-groups \
		"$MTASTS_BIN/mtasts-resolver" --config "$CONF"
	RESOLVER=$E2E_PID
	e2e_wait tcp 8461
}

lab_resolver_stop() {
	kill "$RESOLVER"
	e2e_gone "$RESOLVER" || fail "the resolver does not end"
}

lab_ask() {
	python3 "$LAB/lab_ask.py" 127.0.0.1:8461 "$@"
}
