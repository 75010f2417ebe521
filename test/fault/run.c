/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fault/clients.h"
#include "fault/faults.h"
#include "fault/internal.h"
#include "fault/service.h"
#include "support/server.h"

/* FASTER times as fast as it says. */
static const char *const settings[] = { "engine.threads=2",
	"engine.stall_tick=10ms", "limits.output=64KiB", "deadlines.idle=100ms",
	"deadlines.drain=600s", "deadlines.linger=20ms",
	"deadlines.request=600s", "deadlines.write_stall=600s",
	"deadlines.report=10s", "log.level=debug", NULL };

static char path[64];

/* ---- what may fail ---- */

/* The faults that some call has failed by. */
static unsigned n_excuses;

/** Whether a call may have failed so: by a fault, and each fault excuses one.
 *  Then it is tried again. */
static bool
is_excused(const char *call, int error)
{
	const struct kind *kind = striking();

	if (error == 0) {
		return false;
	}
	n_excuses++;
	if (n_excuses > faults_met() ||
	    (error != -kind->error && error != -kind->also)) {
		problem("%s: %s", call, strerror(-error));
		return false;
	}
	return true;
}

static void
hear_log(void *context, enum echelon_log_level level, const char *text)
{
	(void)context;
	(void)level;
	if (text[0] == '\0') {
		problem("an empty line in the log");
	}
}

static echelon_engine *
make_engine(const char *pattern)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	echelon_engine *engine = NULL;
	int error;

	options.pattern = pattern;
	options.settings = settings;
	options.log = hear_log;
	options.allocator = faults_allocator();
	options.on_thread_start = service_thread_start;
	options.on_thread_stop = service_thread_stop;
	do {
		error = echelon_engine_create(&options, &engine);
	} while (is_excused("create", error));
	return error == 0 ? engine : NULL;
}

/* ---- doors ---- */

static bool
listen_on(echelon_engine *engine, const char *address)
{
	int error;

	do {
		error = echelon_engine_listen(engine, address, &service, NULL);
	} while (is_excused("listen", error));
	return error == 0;
}

static int
find_port(echelon_engine *engine)
{
	char address[64] = "";
	const char *colon;
	int port;

	(void)echelon_engine_address(engine, 0, address, sizeof(address));
	colon = strrchr(address, ':');
	port = colon == NULL ? 0 : atoi(colon + 1);
	if (port == 0) {
		problem("the address is \"%s\"", address);
	}
	return port;
}

/** Leaves a socket file that nobody serves. */
static void
leave_file(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unlink(path);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		problem("bind %s: %s", path, strerror(errno));
	}
	(void)close(fd);
}

static int
adopt(echelon_engine *engine, int fd)
{
	int error;

	faults_lend(fd);
	error = echelon_engine_adopt(engine, fd, &service, NULL);
	if (error == 0) {
		return 0;
	}
	faults_take_back(fd);
	if (fcntl(fd, F_GETFL) != O_RDWR || fcntl(fd, F_GETFD) != 0) {
		/* Giving it back may be what failed. */
		if (striking()->call != CALL_FCNTL || faults_met() < 2) {
			problem("adopt has changed what it did not take");
		}
		(void)fcntl(fd, F_SETFL, 0);
		(void)fcntl(fd, F_SETFD, 0);
	}
	return error;
}

/** Gives the engine one end of a pair; the other is the client's. */
static bool
adopt_pair(echelon_engine *engine, int *client)
{
	int ends[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
		problem("socketpair: %s", strerror(errno));
		return false;
	}
	*client = ends[1];
	do {
		error = adopt(engine, ends[0]);
	} while (is_excused("adopt", error));
	if (error != 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		*client = -1;
	}
	return error == 0;
}

static bool
open_doors(echelon_engine *engine, struct door *door)
{
	char address[80];

	leave_file();
	door->path = path;
	(void)snprintf(address, sizeof(address), "unix:%s", path);
	if (!listen_on(engine, "127.0.0.1:0") || !listen_on(engine, address) ||
	    !adopt_pair(engine, &door->adopted)) {
		return false;
	}
	door->port = find_port(engine);
	return door->port != 0;
}

/* ---- at work ---- */

/** What a program may ask for meanwhile. */
static void
disturb(echelon_engine *engine)
{
	(void)is_excused("reload", echelon_engine_reload(engine));
	(void)is_excused("trace_start", echelon_trace_start(engine, 64));
}

static void
draw(echelon_engine *engine)
{
	static struct echelon_trace_event events[1024];
	size_t n = echelon_trace_read(engine, events, 1024);

	echelon_trace_stop(engine);
	(void)is_excused("trace_write",
	    echelon_trace_write(events, n, ECHELON_TRACE_SVG, NULL,
		test_swallow, NULL));
	(void)is_excused("trace_write",
	    echelon_trace_write(events, n, ECHELON_TRACE_TEXT, NULL,
		test_swallow, NULL));
}

/** Adds connections that broke, and says whether they are too many: before
 *  the drain each fault excuses `breaks` of them, from then on also
 *  `breaks_at_end`. */
static bool
has_broken(unsigned *broken, unsigned more, unsigned met_at_end)
{
	unsigned most = faults_met() * striking()->breaks +
	    met_at_end * striking()->breaks_at_end;

	*broken += more;
	if (*broken > most) {
		problem("%u connections broke", *broken);
		return true;
	}
	return false;
}

static void
serve_clients(echelon_engine *engine, const struct door *door)
{
	unsigned broken = 0;
	unsigned before;
	unsigned more;

	if (has_broken(&broken, clients_converse(door, engine), 0)) {
		return;
	}
	while (!clients_next(door)) {
		if (has_broken(&broken, 1, 0)) {
			return;
		}
	}
	draw(engine);
	before = faults_met();
	more = clients_drain(door, engine);
	(void)has_broken(&broken, more, faults_met() - before);
}

static void
end(echelon_engine *engine)
{
	int error;

	echelon_engine_stop(engine);
	clients_leave();
	do {
		error = echelon_engine_wait(engine);
		/* An hour ahead the drain's deadline has passed. */
	} while (error == -ETIMEDOUT && faults_met() != 0 &&
	    striking()->act == ACT_HOUR);
	if (error != 0) {
		problem("wait: %s", strerror(-error));
		abort(); /* threads are left */
	}
}

static void
live(echelon_engine *engine)
{
	struct door door = { .adopted = -1 };
	int error;

	if (!open_doors(engine, &door)) {
		if (door.adopted >= 0) {
			(void)close(door.adopted);
		}
		return;
	}
	error = echelon_engine_start(engine);
	if (error != 0) {
		(void)is_excused("start", error);
		(void)close(door.adopted);
		return;
	}
	disturb(engine);
	serve_clients(engine, &door);
	end(engine);
}

static void
check_books(void)
{
	service_check();
	if (faults_open_descriptors() != 0) {
		problem("descriptors left: %u", faults_open_descriptors());
	}
	if (faults_live_blocks() != 0) {
		problem("blocks of memory left: %ld", faults_live_blocks());
	}
}

unsigned
run_once(const char *pattern, const struct kind *kind, unsigned nth,
    unsigned times)
{
	echelon_engine *engine;

	if (path[0] == '\0') {
		(void)snprintf(path, sizeof(path), "/tmp/echelon-fault-%d",
		    (int)getpid());
	}
	service_begin();
	n_excuses = 0;
	faults_begin(kind, nth, times);
	engine = make_engine(pattern);
	if (engine != NULL) {
		live(engine);
		echelon_engine_destroy(engine);
	}
	faults_end();
	(void)unlink(path);
	check_books();
	return faults_met();
}
