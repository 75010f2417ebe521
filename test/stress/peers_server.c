/* SPDX-License-Identifier: BSD-2-Clause */
#include "peers_server.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger_request.h"

enum {
	SLOW_NS = 300000
};

/* A reply that somebody holds for a while. */
struct parcel {
	struct parcel *next; /* [lock] in the line */
	echelon_engine *engine;
	echelon_conn_id id;
	size_t length;
	unsigned char bytes[];
};

/* What a connection keeps; G1 and G2 guard it. */
struct visit {
	atomic_uint inside;
	uint32_t next;       /* sequence of the next request */
	int deadline;        /* which has passed; 0: none */
	struct parcel *late; /* had no room, and waits for on_writable */
};

static atomic_uint_fast64_t opened;
static atomic_uint_fast64_t closed;
static atomic_uint_fast64_t made; /* parcels */
static atomic_uint_fast64_t released;
static unsigned descriptors;
static FILE *closings; /* "127.0.0.1:PORT reason deadline" */

/* The line before the thread that posts. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct parcel *queue; /* [lock] newest first */
static bool ending;          /* [lock] */
static pthread_t poster;

/** Ends the server: a claim does not hold. */
_Noreturn __attribute__((format(printf, 1, 2))) static void
violated(const char *format, ...)
{
	va_list arguments;

	(void)fputs("server: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	abort();
}

/* ---- parcels ---- */

static struct parcel *
pack(echelon_conn *conn, const void *data, size_t length)
{
	struct parcel *parcel = malloc(sizeof(*parcel) + length);

	if (parcel == NULL) {
		violated("out of memory");
	}
	parcel->engine = echelon_conn_engine(conn);
	parcel->id = echelon_conn_get_id(conn);
	parcel->length = length;
	memcpy(parcel->bytes, data, length);
	atomic_fetch_add(&made, 1);
	return parcel;
}

static void
release(void *parcel)
{
	atomic_fetch_add(&released, 1);
	free(parcel);
}

/* ---- the thread that posts ---- */

static void
send_away(struct parcel *parcel)
{
	(void)pthread_mutex_lock(&lock);
	parcel->next = queue;
	queue = parcel;
	(void)pthread_cond_signal(&more);
	(void)pthread_mutex_unlock(&lock);
}

/** Takes the whole line; NULL at the end. */
static struct parcel *
take_line(void)
{
	struct parcel *taken;

	(void)pthread_mutex_lock(&lock);
	while (queue == NULL && !ending) {
		(void)pthread_cond_wait(&more, &lock);
	}
	taken = queue;
	queue = NULL;
	(void)pthread_mutex_unlock(&lock);
	return taken;
}

static void *
post_all(void *arg)
{
	struct parcel *parcel;

	(void)arg;
	while ((parcel = take_line()) != NULL) {
		while (parcel != NULL) {
			struct parcel *next = parcel->next;
			int error = echelon_post(parcel->engine, parcel->id,
			    parcel, release);

			if (error != 0 && error != -ESTALE &&
			    error != -ESHUTDOWN) {
				violated("post: %s", strerror(-error));
			}
			parcel = next;
		}
	}
	return NULL;
}

/* ---- the handler ---- */

static struct visit *
enter(echelon_conn *conn)
{
	struct visit *visit = echelon_conn_data(conn);

	if (atomic_fetch_add(&visit->inside, 1) != 0) {
		violated("two threads in one connection");
	}
	return visit;
}

static void
leave(struct visit *visit)
{
	atomic_fetch_sub(&visit->inside, 1);
}

static int
on_open(echelon_conn *conn)
{
	struct visit *visit = calloc(1, sizeof(*visit));

	if (visit == NULL) {
		return -ENOMEM;
	}
	echelon_conn_set_data(conn, visit);
	atomic_fetch_add(&opened, 1);
	return 0;
}

static int
lend(echelon_conn *conn, const void *data, size_t length)
{
	struct parcel *parcel = pack(conn, data, length);

	return echelon_write_ref(conn, parcel->bytes, length, release, parcel);
}

static int
write_in_parts(echelon_conn *conn, const void *data, size_t length)
{
	size_t half = length / 2;
	struct parcel *whole;
	int error = echelon_write(conn, data, half);

	if (error != 0) {
		return error;
	}
	echelon_flush(conn);
	error = echelon_write(conn, (const char *)data + half, length - half);
	if (error == -ENOBUFS) {
		/* All or nothing is per write: the rest must not be lost. */
		whole = pack(conn, (const char *)data + half, length - half);
		((struct visit *)echelon_conn_data(conn))->late = whole;
		echelon_hold(conn);
		return 0;
	}
	return error;
}

static void
sleep_a_little(void)
{
	const struct timespec time = { .tv_nsec = SLOW_NS };

	(void)nanosleep(&time, NULL);
}

static int
reply(echelon_conn *conn, const void *data, size_t length)
{
	switch ((enum peers_job)ledger_job(data)) {
	case PEERS_COPIED:
		break;
	case PEERS_LENT:
		return lend(conn, data, length);
	case PEERS_IN_PARTS:
		return write_in_parts(conn, data, length);
	case PEERS_SLOW:
		sleep_a_little();
		break;
	case PEERS_LATER:
		echelon_hold(conn);
		send_away(pack(conn, data, length));
		return 0;
	case PEERS_JOBS:
		violated("no such job");
	}
	return echelon_write(conn, data, length);
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	struct visit *visit = enter(conn);
	uint32_t sequence = ledger_sequence(data);
	int error;

	if (!ledger_is_intact(data, length)) {
		violated("request %" PRIu32 " is not what its CRC says",
		    sequence);
	}
	if (sequence != visit->next) {
		violated("request %" PRIu32 " came where %" PRIu32 " was due",
		    sequence, visit->next);
	}
	error = reply(conn, data, length);
	if (error == 0) {
		visit->next++;
	}
	leave(visit);
	return error == 0 ? (ptrdiff_t)length : error;
}

/** Writes what was kept, or keeps it for on_writable. */
static void
write_late(echelon_conn *conn, struct visit *visit)
{
	int error = echelon_write(conn, visit->late->bytes,
	    visit->late->length);

	if (error == -ENOBUFS) {
		return;
	}
	release(visit->late);
	visit->late = NULL;
	if (error == 0) {
		echelon_resume(conn);
	}
}

static void
on_message(echelon_conn *conn, void *message)
{
	struct visit *visit = enter(conn);
	struct parcel *parcel = message;

	visit->late = pack(conn, parcel->bytes, parcel->length);
	write_late(conn, visit);
	leave(visit);
}

static void
on_writable(echelon_conn *conn)
{
	struct visit *visit = enter(conn);

	if (visit->late != NULL) {
		write_late(conn, visit);
	}
	leave(visit);
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	struct visit *visit = enter(conn);

	visit->deadline = (int)which;
	leave(visit);
	return -ETIMEDOUT;
}

static void
write_down(echelon_conn *conn, const struct visit *visit, int reason)
{
	char name[64];

	if (reason != 0) {
		echelon_conn_peer(conn, name, sizeof(name));
		(void)fprintf(closings, "%s %d %d\n", name, reason,
		    visit->deadline);
		(void)fflush(closings);
	}
}

static void
on_close(echelon_conn *conn, int reason)
{
	struct visit *visit = enter(conn);

	write_down(conn, visit, reason);
	if (visit->late != NULL) {
		release(visit->late);
	}
	echelon_conn_set_data(conn, NULL);
	free(visit);
	atomic_fetch_add(&closed, 1);
}

const struct echelon_handler peers_handler = ECHELON_HANDLER(
	.frame = ledger_frame, .on_open = on_open, .on_data = on_data,
    .on_message = on_message, .on_writable = on_writable,
    .on_timeout = on_timeout, .on_close = on_close);

/* ---- why connections were closed ---- */

void
peers_server_init(void)
{
	closings = tmpfile();
	if (closings == NULL) {
		violated("no file");
	}
}

void
peers_server_explain(unsigned port)
{
	char line[128];
	unsigned of_line;
	int reason;
	int deadline;

	rewind(closings);
	while (fgets(line, sizeof(line), closings) != NULL) {
		if (sscanf(line, "127.0.0.1:%u %d %d", &of_line, &reason,
			&deadline) == 3 &&
		    of_line == port) {
			(void)fprintf(stderr,
			    "the server closed port %u: %s, deadline %d\n",
			    port, strerror(-reason), deadline);
		}
	}
}

/* ---- the books ---- */

static unsigned
count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned n = 0;

	if (directory == NULL) {
		violated("/proc/self/fd cannot be read");
	}
	while (readdir(directory) != NULL) {
		n++;
	}
	(void)closedir(directory);
	return n;
}

void
peers_server_before(void)
{
	descriptors = count_descriptors();
	if (pthread_create(&poster, NULL, post_all, NULL) != 0) {
		violated("no thread");
	}
}

static void
balance(const char *what, uint_fast64_t left, uint_fast64_t right)
{
	if (left != right) {
		violated("%s: %" PRIuFAST64 " against %" PRIuFAST64, what, left,
		    right);
	}
}

void
peers_server_stopped(void)
{
	(void)pthread_mutex_lock(&lock);
	ending = true;
	(void)pthread_cond_signal(&more);
	(void)pthread_mutex_unlock(&lock);
	(void)pthread_join(poster, NULL);
}

void
peers_server_after(void)
{
	balance("opened, closed", atomic_load(&opened), atomic_load(&closed));
	balance("made, released", atomic_load(&made), atomic_load(&released));
	balance("descriptors before, after", descriptors, count_descriptors());
}
