#!/bin/sh
# "cmake --install" puts everything where systemd, man and the shells look,
# and never touches a configuration that is there.
set -u
build=${MTASTS_BUILD:-build/dev}
[ -x "$build/bin/mtasts" ] && [ -x "$build/bin/mtasts-host" ] || {
	echo "skipped: the programs are not built"
	exit 77
}
[ -f "$build/made/mtasts.1" ] || {
	echo "skipped: the manual pages are not built"
	exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# install_into - the whole suite below a folder
install_into()
{
	DESTDIR=$1 cmake --install "$build" --prefix "$2" >"$work/log" 2>&1 || {
		cat "$work/log"
		exit 1
	}
}

install_into "$work/root" /usr
for file in usr/bin/mtasts usr/sbin/mtasts-host \
	usr/lib/systemd/system/mtasts-host.service \
	usr/lib/systemd/system/mtasts-host.socket \
	usr/sbin/mtasts-resolver \
	usr/lib/systemd/system/mtasts-resolver.service \
	usr/lib/systemd/system/mtasts-resolver.socket \
	usr/lib/systemd/system/mtasts-resolver-postfix.socket \
	usr/sbin/mtasts-publisher \
	usr/lib/systemd/system/mtasts-publisher.service \
	usr/share/mtasts/monitoring/mtasts-resolver.rules.yaml \
	usr/lib/sysusers.d/mtasts.conf usr/lib/tmpfiles.d/mtasts.conf \
	usr/share/man/man1/mtasts.1 usr/share/man/man1/mtasts-domain.1 \
	usr/share/man/man5/mtasts.yaml.5 usr/share/man/man8/mtasts-host.8 \
	usr/share/man/man8/mtasts-resolver.8 \
	usr/share/man/man8/mtasts-publisher.8 \
	usr/share/bash-completion/completions/mtasts \
	usr/share/zsh/site-functions/_mtasts \
	usr/share/fish/vendor_completions.d/mtasts.fish \
	etc/mtasts/mtasts.yaml; do
	[ -s "$work/root/$file" ] || {
		echo "not installed: $file"
		bad=1
	}
done
find "$work/root" -name mtasts.yaml.sample -size +1k | grep -q . || {
	echo "not installed: mtasts.yaml.sample"
	bad=1
}
# All programs take the file that is installed.
"$build/bin/mtasts" conf check "$work/root/etc/mtasts/mtasts.yaml" \
	>"$work/log" || {
	cat "$work/log"
	bad=1
}
for daemon in mtasts-host mtasts-resolver mtasts-publisher; do
	"$build/bin/$daemon" --check \
		--config "$work/root/etc/mtasts/mtasts.yaml" \
		>"$work/log" 2>&1 || {
		cat "$work/log"
		bad=1
	}
done

# What the administrator wrote stays.
echo '# mine' >"$work/root/etc/mtasts/mtasts.yaml"
install_into "$work/root" /usr
[ "$(cat "$work/root/etc/mtasts/mtasts.yaml")" = '# mine' ] || {
	echo "an existing configuration was replaced"
	bad=1
}
# A private prefix leaves /etc alone.
install_into "$work/other" /opt/mtasts
[ ! -e "$work/other/etc" ] || {
	echo "a private prefix wrote to /etc"
	bad=1
}
[ "$bad" = 0 ] && echo 'install: fine'
exit "$bad"
