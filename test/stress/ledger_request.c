/* SPDX-License-Identifier: BSD-2-Clause */
#include "ledger_request.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "child.h"

enum {
	TABLE_BYTES = 1 << 20
};

/* Where the numbers of the header are. */
enum {
	AT_LENGTH = 0,
	AT_CONNECTION = 4,
	AT_SEQUENCE = 8,
	AT_JOB = 12,
	AT_CRC = 16
};

static uint64_t the_seed;
static uint64_t table[TABLE_BYTES / sizeof(uint64_t)];
static uint32_t crc_of_byte[256];

/** CRC-32 of IEEE 802.3, bit by bit: what one byte adds. */
static uint32_t
make_crc(uint32_t byte)
{
	for (int i = 0; i < 8; i++) {
		byte = (byte & 1) != 0 ? byte >> 1 ^ UINT32_C(0xedb88320)
				       : byte >> 1;
	}
	return byte;
}

static uint32_t
crc_of(const unsigned char *data, size_t length)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < length; i++) {
		crc = crc >> 8 ^ crc_of_byte[(crc ^ data[i]) & 0xff];
	}
	return ~crc;
}

void
ledger_init(uint64_t seed)
{
	uint64_t random = seed;

	the_seed = seed;
	for (size_t i = 0; i < TABLE_BYTES / sizeof(uint64_t); i++) {
		table[i] = next_random(&random);
	}
	for (uint32_t i = 0; i < 256; i++) {
		crc_of_byte[i] = make_crc(i);
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
ledger_make(struct ledger_request *request, const struct ledger_kind *kind,
    uint32_t sequence)
{
	uint64_t random = the_seed ^
	    ((uint64_t)kind->connection << 40 | sequence);
	size_t length = ledger_log_uniform(&random, kind->longest);
	size_t start = next_random(&random) % (TABLE_BYTES - LEDGER_LONGEST);
	uint32_t n_jobs = kind->n_jobs > 0 ? kind->n_jobs : 1;

	request->payload = (const unsigned char *)table + start;
	request->length = LEDGER_HEADER + length;
	put(request->header + AT_LENGTH, (uint32_t)length);
	put(request->header + AT_CONNECTION, kind->connection);
	put(request->header + AT_SEQUENCE, sequence);
	put(request->header + AT_JOB,
	    (uint32_t)(next_random(&random) % n_jobs));
	put(request->header + AT_CRC,
	    kind->has_crc ? crc_of(request->payload, length) : 0);
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

void
ledger_begin(struct ledger_position *position, const struct ledger_kind *kind)
{
	*position = (struct ledger_position){ .kind = *kind };
	ledger_make(&position->request, kind, 0);
}

void
ledger_advance(struct ledger_position *position, size_t n)
{
	position->offset += n;
	if (position->offset == position->request.length) {
		position->offset = 0;
		position->sequence++;
		ledger_make(&position->request, &position->kind,
		    position->sequence);
	}
}

bool
ledger_matches(struct ledger_position *position, const void *data, size_t n)
{
	const unsigned char *bytes = data;

	while (n > 0) {
		size_t length;
		const unsigned char *expected = ledger_piece(&position->request,
		    position->offset, &length);

		length = length < n ? length : n;
		if (memcmp(bytes, expected, length) != 0) {
			return false;
		}
		ledger_advance(position, length);
		bytes += length;
		n -= length;
	}
	return true;
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
	return get((const unsigned char *)data + AT_SEQUENCE);
}

uint32_t
ledger_job(const void *data)
{
	return get((const unsigned char *)data + AT_JOB);
}

bool
ledger_is_intact(const void *data, size_t length)
{
	const unsigned char *bytes = data;

	return get(bytes + AT_CRC) ==
	    crc_of(bytes + LEDGER_HEADER, length - LEDGER_HEADER);
}
