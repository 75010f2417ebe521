/* SPDX-License-Identifier: BSD-2-Clause */
#include "turn_support.h"

#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/crew.h"
#include "os/sys.h"

struct echelon_engine *engine;
struct eln_thread *thread;
struct echelon_conn *conn;
int client;
int server;

void
start(const struct echelon_handler *handler, const char *const *settings)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	int ends[2];

	options.pattern = "reactor";
	options.settings = settings;
	ck_assert_int_eq(echelon_engine_create(&options, &engine), 0);
	thread = eln_crew_at(&engine->crew, 0);
	thread->self = eln_os_thread_self();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	client = ends[0];
	server = ends[1];
	ck_assert_int_eq(echelon_engine_adopt(engine, server, handler, NULL),
	    0);
	conn = eln_table_at(&engine->table, 0);
}

void
end(void)
{
	if (client >= 0) {
		close(client);
	}
	echelon_engine_destroy(engine);
}

enum eln_turn
one_turn(void)
{
	struct eln_set *set = &engine->sets[0];
	struct eln_handle *handle = eln_set_next(set, thread);
	enum eln_turn how;

	if (handle == NULL) {
		eln_set_wait(set, thread, 0);
		handle = eln_set_next(set, thread);
	}
	ck_assert_ptr_eq(handle, &conn->handle);
	how = handle->type->turn(handle, thread, true);
	if (how == ELN_TURN_AGAIN) {
		eln_set_post(set, handle);
	}
	return how;
}

void
send_bytes(size_t n)
{
	static const char bytes[MUCH];

	ck_assert_int_eq(send(client, bytes, n, 0), (ssize_t)n);
}

void
fill(int fd)
{
	static const char bytes[MUCH];

	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
	}
}
