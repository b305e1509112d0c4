# One executable per program; each main is about one page.
function(mtasts_program name source floor)
	if(EXISTS ${CMAKE_SOURCE_DIR}/src/main/${source})
		add_executable(${name} src/main/${source})
		target_link_libraries(${name} PRIVATE ${floor})
		set_target_properties(${name} PROPERTIES
			RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
		install(TARGETS ${name} RUNTIME DESTINATION ${ARGN})
	endif()
endfunction()

mtasts_program(mtasts-cli mtasts.c mtasts_cli ${CMAKE_INSTALL_BINDIR})
if(TARGET mtasts-cli)
	# The target "mtasts" is the shared library; the program has its name.
	set_target_properties(mtasts-cli PROPERTIES OUTPUT_NAME mtasts)
	# What uacme calls: the same program by another name.
	add_custom_command(TARGET mtasts-cli POST_BUILD COMMAND
		${CMAKE_COMMAND} -E create_symlink mtasts
			${CMAKE_BINARY_DIR}/bin/mtasts-acme-hook)
endif()
mtasts_program(mtasts-host host.c mtasts_svc ${CMAKE_INSTALL_SBINDIR})
mtasts_program(mtasts-resolver resolver.c mtasts_svc ${CMAKE_INSTALL_SBINDIR})
mtasts_program(mtasts-publisher publisher.c mtasts_svc ${CMAKE_INSTALL_SBINDIR})

# checks makes a page of the documentation, see tests/lint/checks.sh;
# lab_dns is the DNS of "make run".
foreach(tool checks lab_dns)
	add_executable(${tool} tools/${tool}.c)
	target_link_libraries(${tool} PRIVATE mtasts_core)
	set_target_properties(${tool} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tools)
endforeach()

# lab is a whole world on loopback, for tests and for trying things out.
file(GLOB lab_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/lab/*.c)
add_executable(lab ${lab_sources})
target_link_libraries(lab PRIVATE mtasts_base PkgConfig::SSL Threads::Threads)
set_target_properties(lab PROPERTIES
	RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tools)
