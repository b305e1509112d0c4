#!/bin/sh
# Comments: every function declared in a header has "name - purpose" above it,
# every static function too, and every file opens with what it is for.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1

find include src fuzz tools -name '*.[ch]' | sort | xargs -r awk '
function fault(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}
# says - does the text begin with the name and a purpose? "a, b - purpose" is
# for both, "js_put_* - purpose" for a family.
function says(text, name) {
	if (text ~ "(^|,) " name "(, [a-z0-9_*, ]+)? - ") return 1
	sub(/_[a-z0-9]*$/, "_\\*", name)
	return text ~ "(^|,) " name "(, [a-z0-9_*, ]+)? - "
}
# named - does the comment above say what name is for?
function named(name) {
	functions++
	if (says(comment, name)) return 1
	# Several short functions of a header below one comment.
	return FILENAME ~ /\.h$/ && several ~ /, / && says(several, name)
}
FNR == 1 {
	comment = ""
	opening = 0
	static = inside = 0
	if ($0 !~ /^\/\*/) {
		fault("does not open with a comment")
		opening = 2
	}
}
opening == 0 && /\*\// {
	if (FNR < 3) fault("opens with a comment that says little")
	opening = 1
}
/^\/\*/ { comment = ""; inside = 1 }
inside {
	line = $0
	sub(/^[ \t]*\/?\*+\/?/, "", line)
	comment = comment line
	several = comment
}
/\*\// { if (inside) { inside = 0; next } }
inside { next }
{
	text = $0
	gsub(/__attribute__ *\(\(.*\)\)/, "", text)
}
# A definition: the name stands at the beginning of its line.
text ~ /^[a-z_][a-z0-9_]*\(/ {
	name = text
	sub(/\(.*/, "", name)
	if ((static || FILENAME ~ /\.h$/) && !named(name))
		fault("no \"" name " - purpose\" above")
	static = 0
	next
}
text ~ /^static / && text !~ /[(=;{]/ { static = 1; next }
text ~ /^\}$/ { comment = ""; static = 0; next }
# A declaration in a header; several may stand below one comment.
FILENAME ~ /\.h$/ && text ~ /^[a-z].*[ *][a-z_][a-z0-9_]*\(/ &&
    text !~ /^typedef/ {
	name = text
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
	if (!named(name)) fault("no \"" name " - purpose\" above")
}
text == "" && FILENAME ~ /\.h$/ { comment = "" }
END {
	printf "comments: %d functions looked at\n", functions
	exit bad || functions < 100
}'
