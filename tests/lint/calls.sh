#!/bin/sh
# Names that have a better one in the house, what the pure floors must not
# touch, and variables that change and outlive a call.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1

# Code is what is left without comments, strings and characters.
find src -name '*.[ch]' | sort | xargs -r awk '
function fault(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}
# use - refuse the words as calls and as values; members may be called so
function use(words, why,    re) {
	re = "(^|[^a-zA-Z0-9_.>])(" words ")[ \t]*($|[(),;])"
	if (text ~ re) {
		match(text, re)
		fault(substr(text, RSTART, RLENGTH) "  <- " why)
	}
}
# mutable - is it a declaration of something that can change?
function mutable(decl) {
	sub(/^[ \t]*(static|_Thread_local|__thread|volatile)[ \t]+/, "", decl)
	if (decl ~ /\(\*[^)]*\)[ \t]*\(/) return decl !~ /\(\*[ \t]*const/
	sub(/[=;{].*/, "", decl)
	gsub(/\[[^]]*\]/, "", decl)
	if (decl ~ /\(/ || decl == "") return 0
	if (decl ~ /\*/) sub(/.*\*/, "", decl)
	return decl !~ /(^|[ \t])const([ \t]|$)/
}
FNR == 1 { comment = function_ = 0 }
{
	text = $0
	gsub(/\\./, "_", text)
	gsub(/'"'.'"'/, "0", text)
	if (text !~ /^[ \t]*#[ \t]*include/) gsub(/"[^"]*"/, "\"\"", text)
	if (comment) {
		if (!sub(/^.*\*\//, "", text)) next
		comment = 0
	}
	while (match(text, /\/\*/)) {
		rest = substr(text, RSTART + 2)
		text = substr(text, 1, RSTART - 1)
		comment = !sub(/^[^*]*\*+([^\/*][^*]*\*+)*\//, " ", rest)
		if (comment) break
		text = text rest
	}
	sub(/\/\/.*/, "", text)
	sub(/format\(printf[^)]*\)/, "", text)
	pure = FILENAME ~ /^src\/(base|core)\//
}
FILENAME != "src/base/arena.c" {
	use("malloc|calloc|realloc|reallocarray|free|strdup|strndup|" \
	    "asprintf|vasprintf|aligned_alloc|posix_memalign",
	    "use base/arena")
}
{
	use("sprintf|vsprintf|strcpy|stpcpy|strncpy|strcat|strncat|strtok|" \
	    "strtok_r|gets|alloca", "use base/buf or base/str")
	use("atoi|atol|atoll|atof|strtol|strtoul|strtoll|strtoull|strtod|" \
	    "sscanf|scanf|fscanf", "use base/str")
	use("tolower|toupper|isalpha|isdigit|isalnum|isspace|isupper|" \
	    "islower|isxdigit|isprint|strcasecmp|strncasecmp|setlocale",
	    "use base/str: no locale")
	use("rand|srand|rand_r|random|srandom|drand48|lrand48|localtime|" \
	    "ctime|gmtime|asctime|strftime|mktime",
	    "a parameter, or base/timefmt")
}
pure {
	use("time|clock|clock_gettime|gettimeofday|nanosleep|sleep|" \
	    "open|fopen|fdopen|socket|connect|getaddrinfo|" \
	    "getenv|getrandom|system|popen|fork|exit|abort|printf|" \
	    "fprintf|puts|perror|stdin|stdout|stderr|errno",
	    "base and core are pure")
}
/^\{/ { function_ = 1 }
/^\}/ { function_ = 0 }
FILENAME ~ /\.[ch]$/ && FILENAME !~ /^src\/main\// &&
    text ~ /^[ \t]*(static|_Thread_local|__thread)[ \t].*[=;{]/ {
	if (mutable(text)) fault(text "  <- static and not const")
	next
}
FILENAME !~ /^src\/main\// && !function_ && text ~ /^[a-z].*[=;]/ &&
    text !~ /^(extern|typedef|static|(struct|union|enum) ([a-zA-Z0-9_]+ )?(\{.*\}|[a-zA-Z0-9_]+);)/ &&
    text !~ /^[^=]*[a-z0-9_]\(/ && text !~ /^(goto|return|case|default|[a-z_]+:)/ {
	if (mutable(text)) fault(text "  <- no variable outside a function")
}
END { exit bad }' || exit 1
echo "calls: nothing to mend"
