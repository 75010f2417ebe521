# SPDX-License-Identifier: BSD-2-Clause
#
# What `cmake --install` puts where, and `cmake --build . -t uninstall`.
#
# The two libraries are exported apart: a program that links libechelon.so
# needs nothing else, while the static one brings ck and inih along. So
# find_package(echelon) offers the latter only where those two are found.

include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/echelon)
set(generated ${PROJECT_BINARY_DIR}/install)

# explore.h comes with its library (test/explore).
install(DIRECTORY include/echelon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	FILES_MATCHING PATTERN "*.h" PATTERN explore.h EXCLUDE)
install(TARGETS echelon EXPORT echelonTargets)
install(TARGETS echelon_static EXPORT echelonStaticTargets)
install(EXPORT echelonTargets NAMESPACE echelon:: DESTINATION ${config_dir})
install(EXPORT echelonStaticTargets NAMESPACE echelon::
	DESTINATION ${config_dir})

# While the major version is 0, a new minor one may break.
write_basic_package_version_file(${generated}/echelonConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
configure_package_config_file(cmake/echelonConfig.cmake.in
	${generated}/echelonConfig.cmake
	INSTALL_DESTINATION ${config_dir})
install(FILES ${generated}/echelonConfig.cmake
	${generated}/echelonConfigVersion.cmake
	DESTINATION ${config_dir})

# echelon.pc finds its prefix from where it stands, so that a tree can be
# moved; that takes the way from pkgconfig/ back up.
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR
	BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
	BASE_DIRECTORY ${libdir}/pkgconfig OUTPUT_VARIABLE to_prefix)
configure_file(cmake/echelon.pc.in ${generated}/echelon.pc @ONLY)
install(FILES ${generated}/echelon.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES LICENSE docs/configuration.md TYPE DOC)

if(PROJECT_IS_TOP_LEVEL)
	add_custom_target(uninstall COMMENT "Removing what was installed"
		COMMAND ${CMAKE_COMMAND}
			-DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
			-P ${PROJECT_SOURCE_DIR}/cmake/Uninstall.cmake)
endif()
