# SPDX-License-Identifier: BSD-2-Clause
#
# echelon_embed_report(OUTPUT TEMPLATE FILE STYLES FILES... SCRIPTS FILES...):
# a custom command that writes these files and the plotting library into the C
# source OUTPUT, so that an installed compare needs no file beside it. Run as a
# script, this file is that command.

if(NOT CMAKE_SCRIPT_MODE_FILE)
	set(embed_script ${CMAKE_CURRENT_LIST_FILE})

	# Debian's package libjs-chart.js.
	find_file(ECHELON_CHART_JS chart.min.js
		PATHS /usr/share/javascript/chart.js
			/usr/share/nodejs/chart.js/dist
		NO_DEFAULT_PATH
		DOC "Chart.js 3, for the plots in the report of compare")

	function(echelon_embed_report output)
		cmake_parse_arguments(PARSE_ARGV 1 arg "" "TEMPLATE"
			"STYLES;SCRIPTS")
		set(chart "")
		if(ECHELON_CHART_JS)
			set(chart ${ECHELON_CHART_JS})
		else()
			message(STATUS
				"compare: reports without plots; libjs-chart.js "
				"brings them")
		endif()
		add_custom_command(OUTPUT ${output}
			COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output}
				-DTEMPLATE=${arg_TEMPLATE}
				"-DSTYLES=${arg_STYLES}"
				"-DSCRIPTS=${arg_SCRIPTS}"
				"-DCHART=${chart}" -P ${embed_script}
			DEPENDS ${embed_script} ${arg_TEMPLATE}
				${arg_STYLES} ${arg_SCRIPTS} ${chart}
			COMMENT "Embedding the report of compare" VERBATIM)
	endfunction()
	return()
endif()

# Appends the bytes, given as hexadecimal digits, as a struct html_asset.
function(append_asset name hex)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
	string(REPEAT "." 80 line)
	string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
	string(LENGTH "${hex}" length)
	math(EXPR length "${length} / 2")
	file(APPEND ${OUTPUT}
		"static const unsigned char ${name}_bytes[] = {\n${bytes}0\n};\n"
		"const struct html_asset ${name} = { ${name}_bytes, "
		"${length} };\n")
endfunction()

# The comments of a file that begin with /*!, which may not be lost.
function(read_notices path result)
	file(READ ${path} text)
	set(notices "")
	string(FIND "${text}" "/*!" begin)
	while(NOT begin EQUAL -1)
		string(SUBSTRING "${text}" ${begin} -1 text)
		string(SUBSTRING "${text}" 3 -1 text)
		string(FIND "${text}" "*/" length)
		string(SUBSTRING "${text}" 0 ${length} notice)
		string(APPEND notices "${notice}\n")
		string(FIND "${text}" "/*!" begin)
	endwhile()
	set(${result} "${notices}" PARENT_SCOPE)
endfunction()

file(WRITE ${OUTPUT}
	"/* Written by cmake/Embed.cmake. */\n#include \"html_assets.h\"\n")

# Reads files one after the other, without their indentation: tabs at the
# beginning of a line. The report has to be small.
function(read_hex result)
	set(all "")
	foreach(path ${ARGN})
		file(READ ${path} hex HEX)
		string(REGEX REPLACE "(..)" "\\1," hex "${hex}")
		string(REGEX REPLACE "0a,(09,)+" "0a," hex "${hex}")
		string(REPLACE "," "" hex "${hex}")
		string(APPEND all "${hex}")
	endforeach()
	set(${result} "${all}" PARENT_SCOPE)
endfunction()

read_hex(hex ${TEMPLATE})
append_asset(html_template "${hex}")
read_hex(hex ${STYLES})
append_asset(html_style "${hex}")
read_hex(hex ${SCRIPTS})
append_asset(html_script "${hex}")

set(hex "")
set(notice_hex "")
if(CHART)
	set(packed ${OUTPUT}.gz)
	file(ARCHIVE_CREATE OUTPUT ${packed} PATHS ${CHART}
		FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
	file(READ ${packed} hex HEX)
	# Bytes 4 to 7 are the time; without it each build is like the last.
	string(SUBSTRING "${hex}" 0 8 magic)
	string(SUBSTRING "${hex}" 16 -1 rest)
	set(hex "${magic}00000000${rest}")
	read_notices(${CHART} notices)
	file(WRITE ${OUTPUT}.notice "${notices}")
	file(READ ${OUTPUT}.notice notice_hex HEX)
endif()
append_asset(html_chart "${hex}")
append_asset(html_chart_notice "${notice_hex}")
