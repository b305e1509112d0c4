# libmtasts.so: base and core behind the public headers. What is exported is
# what include/mtasts declares: every mtasts_ name, and nothing else.
file(GLOB lib_sources CONFIGURE_DEPENDS
	${CMAKE_SOURCE_DIR}/src/base/*.c ${CMAKE_SOURCE_DIR}/src/core/*.c)
if(lib_sources AND NOT MTASTS_FUZZ)
	add_library(mtasts SHARED ${lib_sources})
	set_target_properties(mtasts PROPERTIES
		VERSION ${PROJECT_VERSION} SOVERSION ${MTASTS_SOVERSION})
	target_link_libraries(mtasts PRIVATE
		PkgConfig::JANSSON PkgConfig::IDN2 PkgConfig::PSL resolv)
	target_link_options(mtasts PRIVATE -Wl,-z,defs
		-Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/libmtasts.map)
	set_target_properties(mtasts PROPERTIES
		LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/libmtasts.map)
endif()
