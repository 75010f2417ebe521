/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The jobs of `work` and of compare's servers.
 *
 * A job is done on the thread that was given the request, and every one but E
 * may hold that thread: that is what is measured. Only F touches anything
 * that connections share. Its appends take turns, so that a short write can
 * be finished before the next one begins; the fdatasyncs do not, because the
 * file system joins those that wait together. The file is cut back whenever
 * SCRATCH_MAX has been appended, so that a long run fills no disk.
 */
#include "work_handler.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMPUTE_ROUNDS 13100
#define BLOCK_NS 1000000
#define SLEEP_NS 10000000
#define APPEND_BYTES 4096
#define SCRATCH_MAX ((off_t)64 << 20)

static void
sleep_ns(long ns)
{
	struct timespec left = { .tv_nsec = ns };

	while (nanosleep(&left, &left) == -1 && errno == EINTR) {
	}
}

/* A xorshift generator: each round needs the one before, so no compiler and
 * no wide processor makes it cheaper. The seed comes from the request. */
static void
compute(unsigned char seed)
{
	volatile uint64_t sink;
	uint64_t x = 88172645463325252U + seed;

	for (int i = 0; i < COMPUTE_ROUNDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
	(void)sink;
}

static int
write_all(int file, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(file, bytes, length);

		if (n == -1 && errno != EINTR) {
			return -errno;
		}
		if (n > 0) {
			bytes += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

static int
append_locked(struct work *work)
{
	static const char block[APPEND_BYTES];
	int result;

	if (work->length >= SCRATCH_MAX) {
		if (ftruncate(work->scratch, work->base) == -1) {
			return -errno;
		}
		work->length = 0;
	}
	result = write_all(work->scratch, block, sizeof(block));
	if (result == 0) {
		work->length += APPEND_BYTES;
	}
	return result;
}

static int
append_and_sync(struct work *work)
{
	int result;

	pthread_mutex_lock(&work->append);
	result = append_locked(work);
	pthread_mutex_unlock(&work->append);

	if (result == 0 && fdatasync(work->scratch) == -1) {
		result = -errno;
	}
	return result;
}

static int
do_job(struct work *work, const unsigned char *request)
{
	switch (request[0]) {
	case WORK_ECHO:
		return 0;
	case WORK_COMPUTE:
		compute(request[WORK_BYTES - 1]);
		return 0;
	case WORK_BLOCK:
		sleep_ns(BLOCK_NS);
		return 0;
	case WORK_SLEEP:
		sleep_ns(SLEEP_NS);
		return 0;
	case WORK_FILE:
		return append_and_sync(work);
	default:
		return -EBADMSG;
	}
}

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	(void)data;
	(void)context;
	return length > 0 ? WORK_BYTES : 0;
}

/* -ENOBUFS from the write brings the request back when there is room, and the
 * job is done again. That takes an output limit of a few replies: input stops
 * at half of the limit, long before the default one is full. */
static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	unsigned char reply[WORK_BYTES];
	int result = do_job(echelon_conn_context(conn), data);

	if (result < 0) {
		return result;
	}
	memcpy(reply, data, sizeof(reply));
	reply[1] = WORK_DONE;
	result = echelon_write(conn, reply, sizeof(reply));
	return result < 0 ? result : (ptrdiff_t)length;
}

const struct echelon_handler work_handler = ECHELON_HANDLER(.frame = frame,
    .on_data = on_data);

/* /var/tmp first: /tmp is often memory, where fdatasync costs nothing. */
static int
open_nameless(void)
{
	char paths[][24] = { "/var/tmp/work-XXXXXX", "/tmp/work-XXXXXX" };

	for (size_t i = 0; i < 2; i++) {
		int file = mkostemp(paths[i], O_CLOEXEC | O_APPEND);

		if (file != -1) {
			unlink(paths[i]);
			return file;
		}
	}
	return -errno;
}

static int
open_scratch(const char *path)
{
	int file;

	if (path == NULL) {
		return open_nameless();
	}
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return file == -1 ? -errno : file;
}

int
work_init(struct work *work, const char *path)
{
	int result;

	*work = (struct work){ .scratch = open_scratch(path) };
	if (work->scratch < 0) {
		return work->scratch;
	}
	work->base = lseek(work->scratch, 0, SEEK_END);
	result = work->base == -1 ? -errno
				  : -pthread_mutex_init(&work->append, NULL);
	if (result != 0) {
		close(work->scratch);
	}
	return result;
}

void
work_deinit(struct work *work)
{
	pthread_mutex_destroy(&work->append);
	close(work->scratch);
}
