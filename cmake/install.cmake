# What "cmake --install" puts where. Libraries, headers and programs go below
# the prefix; /etc/mtasts only gets a file when the prefix is the system's.
# Component "library": what programs of others need to build with libmtasts.
if(TARGET mtasts)
	install(DIRECTORY include/mtasts COMPONENT library
		DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
	install(TARGETS mtasts LIBRARY COMPONENT library
		DESTINATION ${CMAKE_INSTALL_LIBDIR})

	# Made while installing, since "--prefix" may still change the prefix.
	set(pc_in ${CMAKE_SOURCE_DIR}/cmake/libmtasts.pc.in)
	set(pc_out ${CMAKE_BINARY_DIR}/libmtasts.pc)
	install(CODE "
		set(PROJECT_VERSION ${PROJECT_VERSION})
		set(CMAKE_INSTALL_LIBDIR ${CMAKE_INSTALL_LIBDIR})
		set(CMAKE_INSTALL_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
		configure_file(${pc_in} ${pc_out} @ONLY)
	" COMPONENT library)
	install(FILES ${pc_out} COMPONENT library
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()

# systemd looks below lib/ whatever the machine's triplet is.
foreach(daemon host resolver)
	configure_file(systemd/mtasts-${daemon}.service.in
		systemd/mtasts-${daemon}.service @ONLY)
	install(FILES ${CMAKE_BINARY_DIR}/systemd/mtasts-${daemon}.service
		systemd/mtasts-${daemon}.socket DESTINATION lib/systemd/system)
endforeach()
configure_file(systemd/mtasts-publisher.service.in
	systemd/mtasts-publisher.service @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/systemd/mtasts-publisher.service
	DESTINATION lib/systemd/system)
install(FILES systemd/mtasts-resolver-postfix.socket
	DESTINATION lib/systemd/system)
install(FILES docs/monitoring/mtasts-resolver.grafana.json
	docs/monitoring/mtasts-resolver.rules.yaml
	DESTINATION ${CMAKE_INSTALL_DATADIR}/mtasts/monitoring)
install(FILES systemd/sysusers.conf DESTINATION lib/sysusers.d
	RENAME mtasts.conf)
install(FILES systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d
	RENAME mtasts.conf)
install(FILES systemd/mtasts.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/mtasts)
install(CODE "set(share \"${CMAKE_SOURCE_DIR}/systemd\")")
install(CODE [[
	if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$" AND
	   NOT EXISTS "$ENV{DESTDIR}/etc/mtasts/mtasts.yaml")
		file(INSTALL "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/mtasts/mtasts.yaml"
			DESTINATION /etc/mtasts)
	endif()
]])

# uacme's hook is the program mtasts by another name.
file(RELATIVE_PATH hook_target
	${CMAKE_INSTALL_FULL_LIBEXECDIR}/mtasts
	${CMAKE_INSTALL_FULL_BINDIR}/mtasts)
file(CREATE_LINK ${hook_target} ${CMAKE_BINARY_DIR}/hook-link SYMBOLIC)
install(FILES ${CMAKE_BINARY_DIR}/hook-link RENAME mtasts-acme-hook
	DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/mtasts)

# Manual pages, completion and the sample come from the tables in the program.
if(TARGET mtasts-cli AND NOT MTASTS_FUZZ)
	set(made ${CMAKE_BINARY_DIR}/made)
	file(MAKE_DIRECTORY ${made})
	file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.in)
	set(outputs)

	# mtasts_made - a file that the program prints
	macro(mtasts_made output command)
		add_custom_command(OUTPUT ${made}/${output}
			COMMAND sh -c "${command}" mtasts
				$<TARGET_FILE:mtasts-cli> ${made}/${output} ${ARGN}
			DEPENDS mtasts-cli ${ARGN} VERBATIM)
		list(APPEND outputs ${made}/${output})
	endmacro()

	foreach(page ${pages})
		get_filename_component(name ${page} NAME)
		string(REGEX REPLACE "\\.in$" "" name ${name})
		string(REGEX REPLACE ".*\\." "" section ${name})
		mtasts_made(${name} "\"$1\" __man <\"$3\" >\"$2\"" ${page})
		install(FILES ${made}/${name}
			DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
	endforeach()
	foreach(shell bash zsh fish)
		mtasts_made(mtasts.${shell} "\"$1\" __complete ${shell} >\"$2\"")
	endforeach()
	mtasts_made(mtasts.yaml.sample "\"$1\" conf dump --sample >\"$2\"")
	add_custom_target(pages ALL DEPENDS ${outputs})

	install(FILES ${made}/mtasts.bash RENAME mtasts
		DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
	install(FILES ${made}/mtasts.zsh RENAME _mtasts
		DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
	install(FILES ${made}/mtasts.fish
		DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
	install(FILES ${made}/mtasts.yaml.sample
		DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
