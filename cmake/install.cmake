# What "cmake --install" puts where. Component "library": what programs of
# others need to build with libmtasts.
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
