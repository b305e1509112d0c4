# lab_core.sh - what any Postfix must do with the domains of lab_core()
#
#   lab_core_send      a message to each
#   lab_core_checks    what became of them, and why

# shellcheck disable=SC2034 # for those who read this file
LAB_UNVERIFIED="Server certificate not verified"
LAB_CORE="good untrusted expired wrongname plain v6 wild outside two testing
none nopolicy bad-expired bad-untrusted bad-wrongname bad-404"

lab_core_send() {
	# One after the other in the same session, tried at the same time.
	# shellcheck disable=SC2046,SC2086 # words
	lab_send $(printf 'to@%s.sts.example\n' $LAB_CORE) "to@$LAB_IDN" \
		to@share-a.sts.example,to@share-b.sts.example
}

# lab_verified - delivered over TLS that was verified for the MX's own name
lab_verified() {
	lab_want "to@$1" sent "relay=$2["
	lab_logged "$1: the certificate was checked" \
		"Verified TLS connection established to $2["
	same "$1: TLS 1.3, SNI is the MX" "TLSv1.3 $2" \
		"$(lab_came "$1" | jq -r '.tls + " " + .sni')"
}

# lab_opportunistic - delivered although nobody can trust the certificate
lab_opportunistic() {
	lab_want "to@$1" sent "relay=mx.$1["
	lab_logged "$1: nobody vouches for the certificate" \
		"Untrusted TLS connection established to mx.$1["
}

# REQ: VAL-1 VAL-2 VAL-3 VAL-4 APP-1 APP-5 SEL-5
lab_core_enforce() {
	for lab_name in good v6; do
		lab_verified $lab_name.sts.example mx.$lab_name.sts.example
	done
	lab_verified wild.sts.example mx.mail.wild.sts.example
	# One message, two policies, one host in common.
	lab_verified share-a.sts.example mx.share-a.sts.example
	lab_verified share-b.sts.example mx.share-b.sts.example
	lab_want to@v6.sts.example sent "[fd00:25::1]:25"
	lab_want "to@$LAB_IDN" sent "relay=mx.${LAB_IDN_A}["
	lab_logged "U-label: the certificate was checked" \
		"Verified TLS connection established to mx.${LAB_IDN_A}["
	for lab_name in untrusted expired wrongname; do
		lab_want to@$lab_name.sts.example deferred "dsn=4.7.5"
		lab_want to@$lab_name.sts.example deferred "$LAB_UNVERIFIED"
	done
	lab_logged "untrusted: why" \
		"certificate verification failed for mx.untrusted.sts.example"
	lab_logged "expired: why" "certificate has expired"
	lab_want to@plain.sts.example deferred \
		"TLS is required, but was not offered"
	for lab_name in untrusted expired wrongname plain outside; do
		same "$lab_name: nothing came" "" \
			"$(lab_came $lab_name.sts.example)"
	done
}

# REQ: APP-2 APP-3 FET-10
lab_core_opportunistic() {
	for lab_name in testing none nopolicy bad-expired bad-untrusted \
		bad-wrongname bad-404; do
		lab_opportunistic $lab_name.sts.example
	done
}

lab_core_checks() {
	lab_core_enforce
	lab_core_opportunistic
}
