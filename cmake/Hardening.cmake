# SPDX-License-Identifier: BSD-2-Clause
#
# Run-time checks that cost next to nothing, for a library that reads from
# the network. Each flag with its reason. Sanitizers do the same and more.

if(NOT ECHELON_HARDEN OR ECHELON_SANITIZE OR ECHELON_COVERAGE)
	return()
endif()

include(CheckCCompilerFlag)

set(hardening
	-fstack-protector-strong	# a write past an array on the stack
	-fstack-clash-protection	# a stack that jumps over its guard page
	-fcf-protection)		# jumps only to where jumps may go

foreach(flag IN LISTS hardening)
	string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
	check_c_compiler_flag(${flag} ${have})
	if(${have})
		add_compile_options(${flag})
	endif()
endforeach()

# Checked string and memory functions; they need the optimiser.
add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>"
	"$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>")

# Tables of functions are read-only once the program is loaded.
add_link_options(-Wl,-z,relro,-z,now)
