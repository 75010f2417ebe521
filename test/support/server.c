/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/server.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"

enum {
	LOG_BYTES = 64 * 1024
};

struct test_server {
	echelon_engine *engine;
	int port;
	pthread_mutex_t lock;
	size_t log_length;   /* [lock] */
	char log[LOG_BYTES]; /* [lock] lines, a NUL after the last */
};

/** Keeps a line; what does not fit any more is dropped. */
static void
collect(void *context, enum echelon_log_level level, const char *text)
{
	struct test_server *server = context;
	size_t room;
	int n;

	pthread_mutex_lock(&server->lock);
	room = LOG_BYTES - server->log_length;
	n = snprintf(server->log + server->log_length, room, "%d %s\n",
	    (int)level, text);
	if (n > 0 && (size_t)n < room) {
		server->log_length += (size_t)n;
	} else {
		server->log[server->log_length] = '\0';
	}
	pthread_mutex_unlock(&server->lock);
}

bool
test_server_logged(struct test_server *server, const char *part)
{
	bool found;

	pthread_mutex_lock(&server->lock);
	found = strstr(server->log, part) != NULL;
	pthread_mutex_unlock(&server->lock);
	return found;
}

static int
find_port(echelon_engine *engine)
{
	char address[64];
	const char *colon;

	ck_assert_int_eq(echelon_engine_address(engine, 0, address,
			     sizeof(address)),
	    0);
	colon = strrchr(address, ':');
	ck_assert_ptr_nonnull(colon);
	return atoi(colon + 1);
}

struct test_server *
test_server_start_options(const struct echelon_options *options,
    const struct echelon_handler *handler, void *context)
{
	struct test_server *server = calloc(1, sizeof(*server));
	struct echelon_options own = *options;
	int error;

	ck_assert_ptr_nonnull(server);
	pthread_mutex_init(&server->lock, NULL);
	if (own.log == NULL) {
		own.log = collect;
		own.log_context = server;
	}
	error = echelon_engine_create(&own, &server->engine);
	ck_assert_msg(error == 0, "create: %s\n%s", strerror(-error),
	    server->log);
	error = echelon_engine_listen(server->engine, "127.0.0.1:0", handler,
	    context);
	ck_assert_msg(error == 0, "listen: %s\n%s", strerror(-error),
	    server->log);
	server->port = find_port(server->engine);
	error = echelon_engine_start(server->engine);
	ck_assert_msg(error == 0, "start: %s\n%s", strerror(-error),
	    server->log);
	return server;
}

struct test_server *
test_server_start(const char *pattern, const struct echelon_handler *handler,
    void *context, const char *const *settings)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;

	options.pattern = pattern;
	options.settings = settings;
	return test_server_start_options(&options, handler, context);
}

echelon_engine *
test_server_engine(const struct test_server *server)
{
	return server->engine;
}

int
test_server_port(const struct test_server *server)
{
	return server->port;
}

int
test_server_connect(const struct test_server *server)
{
	return client_connect(server->port);
}

struct echelon_stats
test_server_stats(const struct test_server *server)
{
	struct echelon_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(echelon_engine_stats(server->engine, &stats), 0);
	return stats;
}

void
test_server_stop(struct test_server *server)
{
	int error;

	echelon_engine_stop(server->engine);
	error = echelon_engine_wait(server->engine);
	ck_assert_msg(error == 0, "wait: %s", strerror(-error));
	echelon_engine_destroy(server->engine);
	test_server_forget(server);
}

void
test_server_forget(struct test_server *server)
{
	pthread_mutex_destroy(&server->lock);
	free(server);
}

int
test_swallow(void *context, const char *text, size_t length)
{
	(void)context;
	(void)text;
	(void)length;
	return 0;
}
