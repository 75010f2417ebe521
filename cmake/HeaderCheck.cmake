# SPDX-License-Identifier: BSD-2-Clause
#
# echelon_check_header(HEADER): a header compiles alone and twice, as C11 and
# as C++17, with what a strict user's compiler says turned into errors. No
# feature macro is defined, so that it also needs nothing but ISO C.

# ISO C wants at least one declaration in a file; export.h has none.
set(header_user ${CMAKE_CURRENT_BINARY_DIR}/header_user.c)
file(CONFIGURE OUTPUT ${header_user} CONTENT "int header_user;\n")

set(header_warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef
	-Werror)

function(echelon_check_header header)
	get_filename_component(name ${header} NAME_WE)
	set(arguments ${header_warnings} -I${PROJECT_SOURCE_DIR}/include
		-include ${header} -include ${header} -fsyntax-only ${header_user})
	add_test(NAME header_${name}_c11
		COMMAND ${CMAKE_C_COMPILER} -std=c11 -x c ${arguments})
	add_test(NAME header_${name}_cxx17
		COMMAND ${CMAKE_CXX_COMPILER} -std=c++17 -x c++ ${arguments})
	echelon_label(header_${name}_c11)
	echelon_label(header_${name}_cxx17)
endfunction()
