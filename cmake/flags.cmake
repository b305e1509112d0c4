# Compiler and linker flags of every target.
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
	-Wformat=2 -Wvla -Wno-unused-parameter -Wold-style-definition
	-fno-strict-aliasing -fno-common)
add_compile_definitions(_GNU_SOURCE MTASTS_VERSION="${PROJECT_VERSION}")
include_directories(${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include
	${CMAKE_BINARY_DIR}/generated)

if(MTASTS_WERROR)
	add_compile_options(-Werror)
endif()
if(MTASTS_SANITIZE)
	add_compile_options(-fsanitize=${MTASTS_SANITIZE}
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${MTASTS_SANITIZE})
endif()
if(MTASTS_FUZZ)
	# Whatever the build type: an assertion is what a fuzzer looks for.
	add_compile_options(-fsanitize=fuzzer-no-link -UNDEBUG)
endif()
if(MTASTS_COVERAGE)
	add_compile_options(--coverage)
	add_link_options(--coverage)
endif()
if(MTASTS_HARDEN)
	add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong
		-fstack-clash-protection -fcf-protection)
	add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(MTASTS_LTO)
	set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
