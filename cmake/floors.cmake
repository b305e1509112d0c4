# The floors, ground first. A floor may use only what stands before it here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(PSL REQUIRED IMPORTED_TARGET libpsl)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(EVENT REQUIRED IMPORTED_TARGET
	libevent_core libevent_extra libevent_pthreads)
pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl libcrypto)
pkg_check_modules(UNBOUND REQUIRED IMPORTED_TARGET libunbound)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET ldns)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)

# mtasts_floor - one floor's static library from all files of its folder
function(mtasts_floor name)
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
	if(NOT sources)
		set(sources ${CMAKE_SOURCE_DIR}/cmake/empty.c)
	endif()
	add_library(mtasts_${name} STATIC ${sources})
	target_link_libraries(mtasts_${name} PUBLIC ${ARGN})
endfunction()

mtasts_floor(base PkgConfig::JANSSON)
# libresolv is the C library's own; it reads DNS messages.
mtasts_floor(core mtasts_base PkgConfig::IDN2 PkgConfig::PSL resolv)
mtasts_floor(store mtasts_core PkgConfig::SQLITE)
mtasts_floor(io mtasts_core PkgConfig::EVENT PkgConfig::SSL PkgConfig::YAML
	PkgConfig::UNBOUND PkgConfig::CARES PkgConfig::LDNS Threads::Threads)
mtasts_floor(task mtasts_io mtasts_store)
mtasts_floor(svc mtasts_task)
mtasts_floor(cli mtasts_task)
