/* SPDX-License-Identifier: BSD-2-Clause */
#include "service.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

static void
sleep_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) == -1 && errno == EINTR) {
	}
}

/* The number at the beginning of a text, a minute at most. */
static long
read_number(const char *text, size_t length)
{
	long number = 0;

	for (size_t i = 0; i < length && isdigit((unsigned char)text[i]); i++) {
		number = 10 * number + (text[i] - '0');
		if (number > 60000) {
			return 60000;
		}
	}
	return number;
}

void
service_answer(char *line, size_t length)
{
	if (length > 5 && memcmp(line, "wait ", 5) == 0) {
		sleep_ms(read_number(line + 5, length - 5));
	}
	for (size_t i = 0; i < length; i++) {
		line[i] = (char)toupper((unsigned char)line[i]);
	}
}
