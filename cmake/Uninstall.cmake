# SPDX-License-Identifier: BSD-2-Clause
#
# Removes the files that the last `cmake --install` of this build tree wrote.

if(NOT EXISTS ${MANIFEST})
	message(FATAL_ERROR "nothing was installed from here: no ${MANIFEST}")
endif()

file(STRINGS ${MANIFEST} files)
foreach(file IN LISTS files)
	message(STATUS "Removing: $ENV{DESTDIR}${file}")
	file(REMOVE $ENV{DESTDIR}${file})
endforeach()
