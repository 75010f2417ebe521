# SPDX-License-Identifier: BSD-2-Clause
#
# ECHELON_SANITIZE and ECHELON_COVERAGE. They apply to everything, because a
# program is instrumented whole or not at all.

set(ECHELON_INSTRUMENT "")
if(ECHELON_SANITIZE STREQUAL "address")
	# -no-recover: an error that is only printed is an error overlooked.
	set(ECHELON_INSTRUMENT -fsanitize=address,undefined
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(ECHELON_SANITIZE STREQUAL "thread")
	# ck publishes through inline assembly, which ThreadSanitizer cannot
	# see; that folder has the same operations made of atomics.
	set(ECHELON_INSTRUMENT -fsanitize=thread -fno-omit-frame-pointer)
	include_directories(SYSTEM BEFORE
		${PROJECT_SOURCE_DIR}/test/support/tsan)
elseif(ECHELON_SANITIZE STREQUAL "fuzzer")
	# Clang's; the programs in test/fuzz are linked with its main.
	set(ECHELON_INSTRUMENT
		-fsanitize=fuzzer-no-link,address,undefined
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(ECHELON_SANITIZE)
	message(FATAL_ERROR "ECHELON_SANITIZE=${ECHELON_SANITIZE}: "
		"empty, address, thread or fuzzer")
endif()

if(ECHELON_COVERAGE)
	# Atomic counters: the threads of a pool run the same lines.
	list(APPEND ECHELON_INSTRUMENT --coverage -fprofile-update=atomic)
endif()

add_compile_options(${ECHELON_INSTRUMENT})
add_link_options(${ECHELON_INSTRUMENT})
