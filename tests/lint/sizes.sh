#!/bin/sh
# Sizes: functions of at most 100 lines (99 in 100 at most 80), files of at
# most 600, statements nested at most 4 deep, at most 5 parameters, at most 80
# columns.
set -u
cd "${MTASTS_SOURCE:-$(dirname "$0")/../..}" || exit 1

find src include tests fuzz bench docs tools -name '*.[ch]' | sort |
	xargs -r awk '
function over(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	bad = 1
}
function end_file() {
	if (lines > 600 && last ~ /^(src|include|tools)/) {
		printf "%s: %d lines, at most 600\n", last, lines
		bad = 1
	}
}
# columns - of a line with tabs every eight
function columns(text,    n, i) {
	n = split(text, cell, "\t")
	columns_ = 0
	for (i = 1; i < n; i++)
		columns_ += length(cell[i]) + 8 - length(cell[i]) % 8
	return columns_ + length(cell[n])
}
# Parameters are what commas part, but for those inside of a parameter; "..."
# and its va_list are not counted.
function end_head(    text, n) {
	text = head
	head = ""
	if (index(foreign, " " name " ")) return
	sub(/__attribute__.*/, "", text)
	sub(/[^(]*\(/, "", text)
	while (gsub(/\([^()]*\)/, "", text)) continue
	sub(/, *(\.\.\.|va_list [a-z]+)/, "", text)
	n = gsub(/,/, "", text) + 1
	if (n > 5) over(sprintf("%s() has %d parameters, at most 5", name, n))
}
BEGIN {
	# Callbacks: OpenSSL decides what they take.
	foreign = " on_alpn httpd_ticket_key on_unbound "
}
FNR == 1 { end_file(); start = 0; head = "" }
{ last = FILENAME; lines = FNR }
{
	# Strings are not broken to fit; count what is left without them.
	text = $0
	gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
	if (columns(text) > 80) over("over 80 columns")
}
/^[a-z_]+[a-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name) }
/^[a-z]([^(]*[a-z0-9_])?\(/ && !/^(static const|typedef)/ && !start &&
    FILENAME !~ /^tests/ {
	head = " "
	if ($0 !~ /^[a-z_]+[a-z0-9_]*\(/) {
		name = $0
		sub(/\(.*/, "", name)
		sub(/.*[ *]/, "", name)
	}
}
head != "" {
	head = head $0
	if (/[;{]$/ || /^\{/) end_head()
}
/^\{/ { start = FNR }
/^\}/ && start {
	n = FNR - start + 1
	start = 0
	if (FILENAME !~ /^(src|tools)/) next
	total++
	if (n > 80) big++
	if (n > 100) over(sprintf("%s() has %d lines, at most 100", name, n))
}
# A statement begins where the line before it has ended one.
start && /^\t\t\t\t\t\t+[^ \t]/ && before ~ /([;{}:)]|else|do)$/ {
	over("nested more than 4 deep")
}
{
	before = $0
	sub(/[ \t]*\/\*.*\*\/$/, "", before)
}
END {
	end_file()
	if (total && big * 100 > total) {
		printf "%d of %d functions are over 80 lines\n", big, total
		bad = 1
	}
	printf "sizes: %d functions measured, %d over 80 lines\n", total, big
	exit bad || total < 100
}'
