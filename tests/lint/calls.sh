#!/bin/sh
# Calls that have a better one in the house, what the pure floors must not
# touch, and variables outside functions.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1
found=$(mktemp) || exit 1
trap 'rm -f "$found"' EXIT

# code - the files' lines as FILE:LINE:TEXT, without comments and strings
code()
{
	awk '{
		text = $0
		gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
		if (text ~ /^[ \t]*\/?\*/) next
		sub(/\/\*.*/, "", text)
		print FILENAME ":" FNR ":" text
	}' "$@"
}

# refuse - PATTERN WHY: reads code, notes every line that matches
refuse()
{
	grep -E "$1" | sed "s|\$|   <- $2|" >>"$found"
}

all=$(find src -name '*.[ch]' ! -path src/base/arena.c)
pure=$(find src/base src/core -name '*.[ch]')
rooms=$(find src -name '*.c' ! -path 'src/main/*')
word='(^|[^a-z0-9_])'
# shellcheck disable=SC2086 # lists of files
{
	code $all | refuse "$word(malloc|calloc|realloc|free|strdup|strndup|asprintf)\(" \
		'use base/arena'
	code $all | refuse "$word(sprintf|strcpy|strcat|strtok|gets|alloca)\(" \
		'use base/buf'
	code $all | refuse "$word(atoi|atol|strtol|strtoul|strtoll|sscanf)\(" \
		'use base/str'
	code $all | refuse "$word(tolower|toupper|isalpha|isdigit|strcasecmp|strncasecmp)\(" \
		'use base/str: no locale'
	code $all | refuse "$word(rand|random|srand|localtime|ctime|gmtime)\(" \
		'a parameter, or base/timefmt'
	code $pure | refuse "$word(time|clock_gettime|gettimeofday|open|fopen|socket|getenv)\(" \
		'base and core are pure'
	code $rooms | grep -E ':[0-9]+:(static )?[a-z][a-z0-9_ ]* \**[a-z_]+(\[[^]]*\])*( =.*|;)$' |
		grep -vE ':[0-9]+:(extern|typedef|return|goto)|const ' |
		grep -vE ':(struct|enum|union) [a-z_]+;' |
		refuse . 'no variable outside a function'
}
if [ -s "$found" ]; then
	cat "$found"
	exit 1
fi
echo "calls: nothing to mend"
