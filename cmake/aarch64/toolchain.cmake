# SPDX-License-Identifier: BSD-2-Clause
#
# Compiling, not linking, for 64-bit ARM on another Debian: the preset aarch64.
# The headers of Concurrency Kit and inih are the same for all processors, but
# for what ck's package says of the one that it was built for (ck_md.h, and a
# flag in ck.pc); this folder says it of ARM. So they are looked for behind
# those of the cross compiler's own C library.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT
	"-I${CMAKE_CURRENT_LIST_DIR} -idirafter /usr/include")
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_CURRENT_LIST_DIR})
