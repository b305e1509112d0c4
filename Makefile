# make run    build what runs, and run it: example.test on loopback
# make test   build with sanitizers, and test everything
#
# Each installs what is missing with apt-get first. All else is CMake's:
# see HACKING.md.
.POSIX:

run:
	@sh tools/need.sh run
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build --preset release
	@exec sh tools/run.sh build/release/bin run

test:
	@sh tools/need.sh test
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev
	@ctest --preset dev -j "$$(nproc)" || failed=1; \
		sh tools/skipped.sh build/dev; exit $${failed:-0}

.PHONY: run test
