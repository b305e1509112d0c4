#!/bin/sh
# Floors: an include may point to its own floor or downwards, never up or
# across (io and store, svc and cli); third-party headers only where the table
# allows; base and core see no system; every .c includes its own header first.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1

find src -name '*.[ch]' | sort | xargs -r awk '
function fault(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}
# has - is the word in the list? A word may end in "*"
function has(list, word,    n, i, item) {
	n = split(list, item, " ")
	for (i = 1; i <= n; i++) {
		gsub(/\./, "\\.", item[i])
		gsub(/\*/, "[a-z0-9_]*", item[i])
		if (word ~ "^" item[i] "$") return 1
	}
	return 0
}
BEGIN {
	below["base"] = ""
	below["core"] = "base"
	below["store"] = "core base"
	below["io"] = "core base"
	below["task"] = "io store core base"
	below["svc"] = "task io store core base"
	below["cli"] = "task io store core base"
	below["main"] = "svc cli task io store core base"

	# third-party header, or its folder -> files that may include it
	owner["jansson.h"] = "src/base/json.c"
	owner["sanitizer/"] = "src/base/arena.c"
	owner["idn2.h"] = "src/core/dname.c"
	owner["libpsl.h"] = "src/core/dname.c"
	owner["sqlite3.h"] = "src/store/db_sqlite.c"
	owner["yaml.h"] = "src/io/conf*.c"
	owner["unbound"] = "src/io/dns_unbound*.c"
	owner["ares"] = "src/io/dns_cares*.c"
	owner["ldns/"] = "src/io/dnsupdate_msg.c"
	# the reader of DNS messages in libc: no socket in it
	owner["arpa/nameser"] = "src/core/dnsmsg.c"
	owner["resolv.h"] = "src/core/dnsmsg.c"
	owner["event2/"] = "src/io/loop.c src/io/httpd*.c src/io/fetch*.c" \
	    " src/io/dns_unbound*.c src/io/pdnsapi.c"
	owner["openssl/"] = "src/io/x509*.c src/io/tlskeys*.c" \
	    " src/io/challenge*.c" \
	    " src/io/httpd*.c src/io/fetch*.c src/io/chain*.c src/io/probe*.c"

	# what base and core may see of the system, and what the others may
	pure = "assert.h inttypes.h limits.h stdarg.h stdatomic.h stdbool.h" \
	    " stddef.h stdint.h stdio.h stdlib.h string.h arpa/inet.h"
	system_ = "ctype.h dirent.h errno.h fcntl.h ftw.h getopt.h grp.h" \
	    " netdb.h poll.h pthread.h pwd.h sched.h signal.h spawn.h" \
	    " stdio_ext.h strings.h sysexits.h syslog.h termios.h time.h" \
	    " unistd.h wchar.h sys/*.h netinet/*.h net/*.h linux/*.h"
}
function check_library(header,    p) {
	if (has(pure, header)) return
	if (has(system_, header)) {
		if (floor == "base" || floor == "core")
			fault("floor " floor " may not use <" header ">")
		return
	}
	for (p in owner)
		if (index(header, p) == 1 && has(owner[p], FILENAME)) return
	fault("<" header "> belongs to another room, or to none")
}
FNR == 1 {
	files++
	n = split(FILENAME, part, "/")
	floor = part[2]
	first = ""
	if (n != 3 || !(floor in below)) fault("stands on no floor")
	own = FILENAME
	sub(/^src\//, "", own)
	sub(/\.c$/, ".h", own)
	has_own = (getline line < ("src/" own)) >= 0
	close("src/" own)
}
/^[ \t]*(#|%:|\?\?=)[ \t]*(include_next|import|embed)/ { fault("not C11") }
/^[ \t]*(#|%:|\?\?=)[ \t]*include/ {
	target = $0
	if (!match(target, /["<][^">]*[">]/)) {
		fault("include names its file")
		next
	}
	quoted = substr(target, RSTART, 1) == "\""
	target = substr(target, RSTART + 1, RLENGTH - 2)
	to = target
	sub(/\/.*/, "", to)
	if (to == "mtasts") to = "base"
	if (!quoted && !(to in below)) check_library(target)
	else if (to != floor && !has(below[floor], to))
		fault("floor " floor " may not use " target)
	if (first != "" || FILENAME !~ /\.c$/ || floor == "main") next
	first = target
	if (target == own) next
	# Rooms of the public face have their header there.
	if (target ~ /^mtasts\// && !has_own) next
	# The files of one room share a header that begins as they do.
	stem = own
	sub(/[_.][a-z0-9_.]*$/, "", stem)
	if (index(target, stem) == 1) next
	if (target == "cli/commands.h" && own ~ /^cli\/cmd_/) next
	fault("includes " target " before its own header")
}
END {
	printf "layers: %d files looked at\n", files
	exit bad || files < 20
}'
