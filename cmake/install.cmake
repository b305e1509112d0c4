# What "cmake --install" puts where.
install(DIRECTORY include/mtasts DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET mtasts)
	install(TARGETS mtasts LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
	install(FILES ${CMAKE_BINARY_DIR}/libmtasts.pc
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
