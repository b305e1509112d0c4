# lab_dns.sh - the laboratory's DNS: knot with a signed tree, unbound before it
#
#   lab_rr NAME TYPE DATA...   one record more, in the zone that NAME belongs to
#   lab_unrr NAME TYPE         drop all records of a name and type
#   lab_dns                    sign, load and start; /etc/resolv.conf fits
#   lab_dns_reload             load changed zones, and forget what was cached
#
# .              signed; $T/dns/root.key is its trust anchor
# example        signed
# sts.example    not signed, as most domains with MTA-STS are
# dane.example   signed
# bogus.example  signed, but its DS does not fit: everything there is bogus
#
# knot answers on 127.0.0.53, unbound validates on 127.0.0.1, both on port 53.
# With LAB_ROOTS, addresses of this machine, knot answers there too, and the
# first of them is where all zones say that their server is.

: "${LAB_ROOTS:=}"
LAB_ZONES="sts.example dane.example bogus.example"
LAB_TTL=30

# lab_zone_of - the zone of a name, in $ZONE
lab_zone_of() {
	for ZONE in $LAB_ZONES; do
		case .$1 in
		*."$ZONE") return 0 ;;
		esac
	done
	fail "$1 is in no zone of the laboratory"
}

# lab_zone_head - what every zone begins with. $1 zone without dot
lab_zone_head() {
	echo "$1. $LAB_TTL SOA ns.example. root.example. $2 3600 600 86400 $LAB_TTL"
	echo "$1. $LAB_TTL NS ns.example."
}

lab_rr() {
	lab_zone_of "$1"
	lab_rr_name=$1
	shift
	echo "$lab_rr_name. $LAB_TTL $*" >>"$T/dns/records/$ZONE"
}

lab_unrr() {
	lab_zone_of "$1"
	sed -i "/^$1\. [0-9]* $2 /d" "$T/dns/records/$ZONE"
}

# lab_dns_write - the zone files of the domains; a new serial each time
lab_dns_write() {
	LAB_SERIAL=$((${LAB_SERIAL:-0} + 1))
	for lab_zone in $LAB_ZONES; do
		{
			lab_zone_head "$lab_zone" "$LAB_SERIAL"
			cat "$T/dns/records/$lab_zone" 2>/dev/null
		} >"$T/dns/$lab_zone.zone.new"
		mv "$T/dns/$lab_zone.zone.new" "$T/dns/$lab_zone.zone"
	done
}

# lab_ns - the address of the one server
lab_ns() {
	set -- $LAB_ROOTS 127.0.0.53
	echo "$1"
}

# lab_knot_conf - all zones; signed ones with one key each
lab_knot_conf() {
	cat <<-END
		server:
		    rundir: $T/dns/run
		    listen: [ 127.0.0.53@53$(printf ', %s@53' $LAB_ROOTS | sed 's/, @53$//') ]
		    udp-workers: 1
		    tcp-workers: 1
		    background-workers: 1
		log:
		  - target: stderr
		    any: warning
		database:
		    storage: $T/dns/db
		policy:
		  - id: lab
		    manual: on
		    single-type-signing: on
		    algorithm: ecdsap256sha256
		    cds-cdnskey-publish: none
		template:
		  - id: default
		    storage: $T/dns
		    file: "%s.zone"
		    zonefile-sync: -1
		    zonefile-load: difference-no-serial
		    journal-content: all
		zone:
		  - domain: sts.example
	END
	for lab_zone in example dane.example bogus.example .; do
		echo "  - domain: \"$lab_zone\""
		echo "    dnssec-signing: on"
		echo "    dnssec-policy: lab"
	done
	echo "    file: root.zone"
}

# lab_ds - the DS of a signed zone with the best digest
lab_ds() {
	peers_run keymgr -c "$T/dns/knot.conf" "$1" ds | awk '$5 == 2' |
		sed "s/ DS / $LAB_TTL DS /"
}

# lab_keys - a key for each signed zone, the chain of DS, the trust anchor
lab_keys() {
	for lab_zone in . example dane.example bogus.example; do
		peers_run keymgr -c "$T/dns/knot.conf" "$lab_zone" generate \
			algorithm=ecdsap256sha256 ksk=yes zsk=yes \
			>"$T/dns/keymgr" 2>&1 ||
			fail "keymgr: $(cat "$T/dns/keymgr")"
	done
	{
		lab_zone_head example 1
		echo "ns.example. $LAB_TTL A $(lab_ns)"
		echo "sts.example. $LAB_TTL NS ns.example."
		echo "dane.example. $LAB_TTL NS ns.example."
		echo "bogus.example. $LAB_TTL NS ns.example."
		lab_ds dane.example
		lab_ds bogus.example | awk '{ gsub(/[0-9a-f]/, "a", $NF) } 1'
	} >"$T/dns/example.zone"
	{
		echo ". $LAB_TTL SOA ns.example. root.example. 1 3600 600 86400 $LAB_TTL"
		echo ". $LAB_TTL NS ns.example."
		echo "example. $LAB_TTL NS ns.example."
		echo "ns.example. $LAB_TTL A $(lab_ns)"
		lab_ds example
	} >"$T/dns/root.zone"
	lab_ds . | sed "s/ $LAB_TTL DS / IN DS /" >"$T/dns/root.key"
}

# lab_unbound_conf - a validating resolver as a mail server has one
lab_unbound_conf() {
	echo ". 3600000 NS ns.example." >"$T/dns/hints"
	echo "ns.example. 3600000 A 127.0.0.53" >>"$T/dns/hints"
	cat <<-END
		server:
		  interface: 127.0.0.1
		  do-daemonize: no
		  username: ""
		  chroot: ""
		  directory: "$T/dns"
		  pidfile: ""
		  use-syslog: no
		  num-threads: 1
		  module-config: "validator iterator"
		  trust-anchor-file: "$T/dns/root.key"
		  root-hints: "$T/dns/hints"
		  do-not-query-localhost: no
		  do-ip6: no
		  trust-anchor-signaling: no
		  val-bogus-ttl: 1
		  infra-host-ttl: 1
		remote-control:
		  control-enable: yes
		  control-use-cert: no
		  control-interface: $T/dns/unbound.ctl
	END
}

lab_dns() {
	mkdir -p "$T/dns/run" "$T/dns/db"
	lab_knot_conf >"$T/dns/knot.conf"
	lab_keys
	lab_dns_write
	e2e_start knot peers_exec knotd -c "$T/dns/knot.conf"
	# unbound would remember for a while that nobody answered.
	lab_until "knot has signed" lab_dns_has 127.0.0.53 aa
	lab_unbound_conf >"$T/dns/unbound.conf"
	e2e_start unbound peers_exec unbound -d -c "$T/dns/unbound.conf"
	lab_until "unbound has validated" lab_dns_has 127.0.0.1 ad
}

# lab_dns_has - does this server answer for the signed zone with this flag?
lab_dns_has() {
	peers_run kdig "@$1" +tcp +dnssec +time=2 dane.example. SOA \
		>"$T/dns/dig" 2>&1
	grep -q "Flags:.* $2" "$T/dns/dig" && grep -q RRSIG "$T/dns/dig"
}

lab_dns_reload() {
	lab_dns_write
	peers_run knotc -c "$T/dns/knot.conf" -b zone-reload sts.example \
		dane.example >"$T/dns/knotc" 2>&1 ||
		fail "knotc: $(cat "$T/dns/knotc")"
	peers_run unbound-control -c "$T/dns/unbound.conf" flush_zone . \
		>"$T/dns/control" 2>&1 ||
		fail "unbound-control: $(cat "$T/dns/control")"
}
