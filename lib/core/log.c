/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "core/engine.h"

/** Nobody outside may break our lines or send escape codes. */
static void
replace_control_characters(char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f) {
			*text = '?';
		}
	}
}

void
eln_log(struct echelon_engine *engine, enum echelon_log_level level,
    const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (engine->options.log == NULL ||
	    (uint64_t)level > eln_live(engine, ELN_LIVE_LOG_LEVEL)) {
		return;
	}
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	replace_control_characters(text);
	engine->options.log(engine->options.log_context, level, text);
}
