# peers.sh - real servers to test with, unpacked and never installed
#
# Installing nginx or PowerDNS would start it, and some of them conflict. Here
# Debian's packages and what they need and the machine lacks are unpacked into
# build/peers (or $MTASTS_PEERS), once for all tests; two tests may ask at once.
#
#   . tests/lib/peers.sh
#   peers_need nginx knot       fetch and unpack; else say why and exit 77
#   peers_backports postfix     the newer one of bookworm-backports, below
#                               $PEERS_BACKPORTS; what it needs comes first
#   peers_exec nginx -c FILE &  become the program; $! is its process
#   peers_run kdig ...          run it and come back
#   peers_path /usr/share/FILE  where a file of a package is
#
# Folders of libraries reach the peers only, not our own programs.

PEERS=${MTASTS_PEERS:-${MTASTS_SOURCE:?}/build/peers}
PEERS_ROOT=$PEERS/root
PEERS_BACKPORTS=$PEERS/backports/root

# peers_missing - the packages that installing these would install
peers_missing() {
	LC_ALL=C timeout 60 apt-get install -s --no-install-recommends "$@" \
		2>/dev/null </dev/null >"$PEERS/plan" || return 1
	sed -n 's/^Inst \([^ ]*\) .*/\1/p' "$PEERS/plan"
}

# peers_fetch - download and unpack; the lock is held
peers_fetch() {
	peers_list=$(peers_missing "$@") || {
		[ "$(id -u)" -eq 0 ] && timeout 300 apt-get update -qq \
			</dev/null >/dev/null 2>&1
		peers_list=$(peers_missing "$@") || {
			echo "no plan for $*: apt-get install -s fails"
			return 1
		}
	}
	[ -z "$peers_list" ] && return 0
	rm -rf "$PEERS/debs" && mkdir -p "$PEERS/debs" "$PEERS_ROOT" || return 1
	# The names are Debian's: no blanks, and one word each is meant.
	# shellcheck disable=SC2086
	(cd "$PEERS/debs" && timeout 300 apt-get download $peers_list) \
		</dev/null >"$PEERS/log" 2>&1 || {
		echo "cannot download $*: $(tail -n 1 "$PEERS/log")"
		return 1
	}
	for peers_deb in "$PEERS"/debs/*.deb; do
		# What stands there may be running: leave it alone.
		peers_done=$PEERS/unpacked/${peers_deb##*/}
		[ -e "$peers_done" ] && continue
		dpkg-deb -x "$peers_deb" "$PEERS_ROOT" || return 1
		: >"$peers_done"
	done
	rm -rf "$PEERS/debs"
}

# peers_apt - apt-get with bookworm-backports alone, and lists of its own
peers_apt() {
	timeout 300 apt-get -q \
		-o Dir::Etc::sourcelist="$PEERS/backports/sources.list" \
		-o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$PEERS/backports/lists" \
		-o Dir::Cache="$PEERS/backports/cache" "$@" \
		</dev/null >"$PEERS/backports/log" 2>&1
}

# peers_new - download from backports and unpack; the lock is held
peers_new() {
	[ -e "$PEERS/backports/$1.ready" ] && return 0
	mkdir -p "$PEERS/backports/lists/partial" "$PEERS/backports/debs" \
		"$PEERS/backports/cache/archives/partial" "$PEERS_BACKPORTS"
	echo "deb http://deb.debian.org/debian bookworm-backports main" \
		>"$PEERS/backports/sources.list"
	(cd "$PEERS/backports/debs" && rm -f "$1"_*.deb &&
		peers_apt update && peers_apt download "$1" &&
		dpkg-deb -x "$1"_*.deb "$PEERS_BACKPORTS") || {
		echo "no $1 of bookworm-backports:" \
			"$(tail -n 1 "$PEERS/backports/log")"
		return 1
	}
	: >"$PEERS/backports/$1.ready"
}

# peers_get - see that packages are there; prints why not
peers_get() {
	mkdir -p "$PEERS/unpacked" "$PEERS/ready" || return 1
	for peers_name in "$@"; do
		[ -e "$PEERS/ready/$peers_name" ] || {
			peers_fetch "$@" || return 1
			break
		}
	done
	for peers_name in "$@"; do
		: >"$PEERS/ready/$peers_name"
	done
}

# peers_locked - fetch, one test at a time; or say why not and exit 77
peers_locked() {
	if ! command -v apt-get >/dev/null || ! command -v flock >/dev/null; then
		echo "skipped: apt-get and flock are needed for $*"
		exit 77
	fi
	mkdir -p "$PEERS" || exit 1
	peers_why=$(
		exec 9>"$PEERS/lock"
		flock -w 540 9 || { echo "another test holds $PEERS"; exit 1; }
		"$@"
	) || {
		echo "skipped: $peers_why"
		exit 77
	}
}

peers_need() {
	peers_locked peers_get "$@"
}

peers_backports() {
	peers_locked peers_new "$@"
}

# peers_libs - the folders of libraries among the unpacked packages
peers_libs() {
	find "$PEERS_ROOT/usr/lib" "$PEERS_ROOT/lib" -maxdepth 2 \
		-name '*.so*' -printf '%h\n' 2>/dev/null | sort -u |
		paste -s -d : -
}

peers_exec() {
	exec env LD_LIBRARY_PATH="$(peers_libs)" \
		PATH="$PEERS_ROOT/usr/sbin:$PEERS_ROOT/usr/bin:/usr/sbin:$PATH" \
		"$@"
}

peers_run() {
	(peers_exec "$@")
}

peers_path() {
	if [ -e "$PEERS_ROOT$1" ]; then
		echo "$PEERS_ROOT$1"
	else
		echo "$1"
	fi
}
