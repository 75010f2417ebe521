/* SPDX-License-Identifier: BSD-2-Clause */
#include "ledger_request.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "child.h"

enum {
	TABLE_BYTES = 1 << 20
};

static uint64_t the_seed;
static uint64_t table[TABLE_BYTES / sizeof(uint64_t)];

void
ledger_init(uint64_t seed)
{
	uint64_t random = seed;

	the_seed = seed;
	for (size_t i = 0; i < TABLE_BYTES / sizeof(uint64_t); i++) {
		table[i] = next_random(&random);
	}
}

size_t
ledger_log_uniform(uint64_t *random, size_t most)
{
	double unit = (double)(next_random(random) >> 11) * 0x1p-53;
	double value = exp(unit * log((double)most + 1.0));

	return value >= (double)most ? most : (size_t)value;
}

static void
put(unsigned char *bytes, uint32_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static uint32_t
get(const unsigned char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

void
ledger_make(struct ledger_request *request, uint32_t connection,
    uint32_t sequence)
{
	uint64_t random = the_seed ^ ((uint64_t)connection << 40 | sequence);
	size_t length = ledger_log_uniform(&random, LEDGER_LONGEST);
	size_t start = next_random(&random) % (TABLE_BYTES - LEDGER_LONGEST);

	put(request->header, (uint32_t)length);
	put(request->header + 4, connection);
	put(request->header + 8, sequence);
	request->payload = (const unsigned char *)table + start;
	request->length = LEDGER_HEADER + length;
}

const unsigned char *
ledger_piece(const struct ledger_request *request, size_t offset,
    size_t *length)
{
	if (offset < LEDGER_HEADER) {
		*length = LEDGER_HEADER - offset;
		return request->header + offset;
	}
	*length = request->length - offset;
	return request->payload + (offset - LEDGER_HEADER);
}

ptrdiff_t
ledger_frame(const void *data, size_t length, void *context)
{
	uint32_t payload;

	(void)context;
	if (length < LEDGER_HEADER) {
		return 0;
	}
	payload = get(data);
	if (payload < 1 || payload > LEDGER_LONGEST) {
		return -EBADMSG;
	}
	return (ptrdiff_t)(LEDGER_HEADER + payload);
}

uint32_t
ledger_sequence(const void *data)
{
	return get((const unsigned char *)data + 8);
}
