# SPDX-License-Identifier: BSD-2-Clause
#
# The warnings of every target of our own, which links echelon_warnings.
# Each flag with its reason; they are errors only with ECHELON_WERROR, so
# that a newer compiler never stops a packager.

add_library(echelon_warnings INTERFACE)

set(c_warnings
	-Wall			# what every C compiler should say
	-Wextra			# unused parameters, signed comparisons
	-Wpedantic		# keeps us within C11
	-Wshadow		# two variables of one name: one is a mistake
	-Wconversion		# lengths from the network must not shrink
	-Wstrict-prototypes	# `f()` takes anything; we mean `f(void)`
	-Wmissing-prototypes	# a function is static or has a header
	-Wundef			# a mistyped macro in #if is silently 0
	-Wcast-qual		# const data stays const
	-Wwrite-strings		# literals are const
	-Wpointer-arith		# void has no size
	-Wformat=2		# formats are literals, and match
	-Wvla			# a stack must not depend on input
	-Wimplicit-fallthrough	# a forgotten break
	-Wnull-dereference)	# paths on which a pointer is known to be NULL

target_compile_options(echelon_warnings INTERFACE
	"$<$<COMPILE_LANGUAGE:C>:${c_warnings}>"
	$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion>
	$<$<BOOL:${ECHELON_WERROR}>:-Werror>)
