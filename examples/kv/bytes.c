/* SPDX-License-Identifier: BSD-2-Clause */
#include "bytes.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <sys/random.h>

static uint64_t hash_secret[2]; /* [const] once threads exist */

struct slice
slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

int
slice_compare(struct slice a, struct slice b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

	if (order != 0) {
		return order;
	}
	return (a.length > b.length) - (a.length < b.length);
}

bool
slice_is(struct slice slice, const char *word)
{
	return strlen(word) == slice.length &&
	    strncasecmp(slice.data, word, slice.length) == 0;
}

static void
end_without_memory(size_t bytes)
{
	fprintf(stderr, "kv: no memory for %zu bytes\n", bytes);
	abort();
}

void *
memory_get(size_t bytes)
{
	return memory_resize(NULL, bytes);
}

void *
memory_resize(void *memory, size_t bytes)
{
	void *result = realloc(memory, bytes == 0 ? 1 : bytes);

	if (result == NULL) {
		end_without_memory(bytes);
	}
	return result;
}

/* Reads digits, the first not 0; the bound makes overflow a refusal. */
static bool
parse_digits(struct slice digits, uint64_t bound, uint64_t *value)
{
	uint64_t sum = 0;

	if (digits.length == 0 || digits.data[0] == '0') {
		return false;
	}
	for (size_t i = 0; i < digits.length; i++) {
		unsigned digit = (unsigned char)digits.data[i] - (unsigned)'0';

		if (digit > 9 || sum > (bound - digit) / 10) {
			return false;
		}
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

bool
integer_parse(struct slice slice, int64_t *value)
{
	bool negative = slice.length > 0 && slice.data[0] == '-';
	uint64_t bound = (uint64_t)INT64_MAX + negative;
	uint64_t size;

	if (slice.length == 1 && slice.data[0] == '0') {
		*value = 0;
		return true;
	}
	slice.data += negative;
	slice.length -= negative;
	if (!parse_digits(slice, bound, &size)) {
		return false;
	}
	/* Negated unsigned, since -INT64_MIN does not exist. */
	*value = negative ? (int64_t)(0 - size) : (int64_t)size;
	return true;
}

size_t
integer_format(char *buffer, int64_t value)
{
	char digits[INTEGER_ROOM];
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (value < 0) {
		digits[--at] = '-';
	}
	memcpy(buffer, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

bool
score_parse(struct slice slice, double *value)
{
	char text[256];
	char *end;
	double number;

	/* Longer ones are only zeros and noise; redis reads them too. */
	if (slice.length == 0 || slice.length >= sizeof(text) ||
	    isspace((unsigned char)slice.data[0])) {
		return false;
	}
	memcpy(text, slice.data, slice.length);
	text[slice.length] = '\0';
	errno = 0;
	number = strtod(text, &end);
	if ((size_t)(end - text) != slice.length || isnan(number)) {
		return false;
	}
	if (errno == ERANGE && (isinf(number) || number == 0)) {
		return false;
	}
	*value = number + 0.0; /* a negative zero is a zero */
	return true;
}

size_t
score_format(char *buffer, double value)
{
	int length;

	if (isinf(value)) {
		length = snprintf(buffer, SCORE_ROOM, "%s",
		    value > 0 ? "inf" : "-inf");
	} else {
		length = snprintf(buffer, SCORE_ROOM, "%.17g", value);
	}
	return (size_t)length;
}

void
hash_seed(void)
{
	if (getrandom(hash_secret, sizeof(hash_secret), 0) !=
	    (ssize_t)sizeof(hash_secret)) {
		hash_secret[0] = (uint64_t)time(NULL);
	}
}

static uint64_t
rotate(uint64_t x, unsigned by)
{
	return (x << by) | (x >> (64 - by));
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t
hash_bytes(struct slice slice)
{
	uint64_t v[4] = {
		hash_secret[0] ^ UINT64_C(0x736f6d6570736575),
		hash_secret[1] ^ UINT64_C(0x646f72616e646f6d),
		hash_secret[0] ^ UINT64_C(0x6c7967656e657261),
		hash_secret[1] ^ UINT64_C(0x7465646279746573),
	};
	uint64_t word;
	size_t at;

	for (at = 0; at + 8 <= slice.length; at += 8) {
		memcpy(&word, slice.data + at, 8);
		sip_word(v, word);
	}
	word = 0;
	if (at < slice.length) {
		memcpy(&word, slice.data + at, slice.length - at);
	}
	sip_word(v, word | (uint64_t)slice.length << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++) {
		sip_round(v);
	}
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
