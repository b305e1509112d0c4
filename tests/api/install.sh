#!/bin/sh
# The installed library: "cmake --install" into an empty prefix, then a program
# of a stranger finds it with pkg-config, compiles against it and runs.
set -u
source=${MTASTS_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${MTASTS_BUILD:-$source/build/dev}
for tool in cmake pkg-config "${CC:-cc}" nm; do
	command -v "$tool" >/dev/null || {
		echo "skipped: no $tool"
		exit 77
	}
done
[ -e "$build/libmtasts.so" ] || {
	echo "skipped: no $build/libmtasts.so"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

# fail - say what went wrong, with the output that shows it
fail()
{
	echo "$1"
	[ -e "$work/out" ] && cat "$work/out"
	exit 1
}

cmake --install "$build" --prefix "$prefix" --component library \
	>"$work/out" 2>&1 || fail "cmake --install failed"
for h in "$source"/include/mtasts/*.h; do
	[ -e "$prefix/include/mtasts/$(basename "$h")" ] ||
		fail "not installed: $(basename "$h")"
done
pc=$(find "$prefix" -name libmtasts.pc)
[ -n "$pc" ] || fail "no libmtasts.pc"
lib=$(dirname "$(find "$prefix" -name libmtasts.so)")
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH

flags=$(pkg-config --cflags --libs libmtasts 2>"$work/out") ||
	fail "pkg-config does not find it"
case $flags in
*"$prefix/include"*"$prefix"*-lmtasts*) ;;
*) fail "pkg-config points elsewhere: $flags" ;;
esac
[ "$(pkg-config --modversion libmtasts)" = "$(sed -n \
	's/^project(mtasts VERSION \([0-9.]*\).*/\1/p' \
	"$source/CMakeLists.txt")" ] || fail "wrong version"

# A library with sanitizers inside asks the same of the program.
sanitize=
if nm -D "$lib/libmtasts.so" | grep -q __asan_; then
	sanitize=-fsanitize=address,undefined
fi
# shellcheck disable=SC2086 # lists of flags
"${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror $sanitize \
	"$source/docs/examples/lint-policy.c" $flags "-Wl,-rpath,$lib" \
	-o "$work/lint-policy" >"$work/out" 2>&1 ||
	fail "the example does not compile"

printf 'version: STSv1\r\nmode: enforce\r\nmx: *.example.org\r\n%s\r\n' \
	'max_age: 1209600' >"$work/good.txt"
printf 'version: STSv1\nmode: enforced\nmx: mx.example.org\n%s\n' \
	'max_age: 1209600' >"$work/bad.txt"
"$work/lint-policy" "$work/good.txt" 'v=STSv1; id=1;' >"$work/out" 2>&1 ||
	fail "a good policy and record: exit status $?"
grep -q '^policy: valid$' "$work/out" || fail "policy is not valid"
grep -q '^record: valid$' "$work/out" || fail "record is not valid"
"$work/lint-policy" "$work/bad.txt" '"v=STSv1; id=1;"' >"$work/out" 2>&1
status=$?
[ "$status" = 1 ] || fail "a bad policy and record: exit status $status"
grep -q '^policy: invalid$' "$work/out" || fail "policy is not invalid"
grep -q '^record: none$' "$work/out" || fail "record is not none"
grep -q 'Publish: v=STSv1; id=1;' "$work/out" || fail "no repair"

# Nothing of ours but the library is needed to run it.
needs=$(objdump -p "$lib/libmtasts.so" | awk '$1 == "NEEDED" { print $2 }')
for n in $needs; do
	case $n in
	libjansson.* | libidn2.* | libpsl.* | libasan.* | libubsan.*) ;;
	libc.* | libresolv.*) ;; # the C library; DNS messages are in the second
	*) fail "libmtasts.so needs $n" ;;
	esac
done
objdump -p "$lib/libmtasts.so" | grep -q 'SONAME  *libmtasts\.so\.[0-9]*$' ||
	fail "no SONAME"
echo "install: the example runs against $(basename "$pc")"
