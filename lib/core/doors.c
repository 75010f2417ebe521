/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * How descriptors come into an engine: listen and adopt.
 */

#include <echelon/engine.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "core/address.h"
#include "core/connection.h"
#include "core/engine.h"
#include "os/sys.h"

static bool
is_handler(const struct echelon_handler *handler)
{
	return handler != NULL && handler->size == sizeof(*handler);
}

static int
check_open(const struct echelon_engine *engine,
    const struct echelon_handler *handler)
{
	if (!is_handler(handler)) {
		return -EINVAL;
	}
	return eln_engine_is_stopping(engine) ? -ESHUTDOWN : 0;
}

/** Copies the path of a Unix socket; NULL stays NULL. */
static int
copy_path(struct echelon_engine *engine, const char *path, char **copy)
{
	size_t size;

	*copy = NULL;
	if (path == NULL) {
		return 0;
	}
	size = strlen(path) + 1;
	*copy = eln_allocate_raw(&engine->memory, size);
	if (*copy == NULL) {
		return -ENOMEM;
	}
	memcpy(*copy, path, size);
	return 0;
}

static int
open_listener(echelon_engine *engine, const char *address,
    const struct echelon_handler *handler, void *context)
{
	int error = check_open(engine, handler);
	const char *path;
	char *own_path;
	int fd;

	if (error != 0) {
		return error;
	}
	fd = eln_address_listen(address, &path);
	if (fd < 0) {
		return fd;
	}
	error = copy_path(engine, path, &own_path);
	if (error == 0) {
		error = eln_listener_add(engine, fd, handler, context,
		    own_path);
	}
	if (error != 0) {
		(void)eln_sys->close(fd);
		if (path != NULL) {
			(void)eln_sys->unlink(path);
		}
		eln_release_raw(&engine->memory, own_path);
	}
	return error;
}

/** What went wrong, for somebody who knows what he typed. */
static const char *
explain(int error, const struct echelon_handler *handler)
{
	switch (error) {
	case -EINVAL:
		return is_handler(handler)
		    ? "it is not HOST:PORT, [IPV6]:PORT or unix:PATH, with a "
		      "port up to 65535 and a path up to 107 characters"
		    : "the handler has no size (see ECHELON_HANDLER)";
	case -EHOSTUNREACH:
		return "the name of the host is not known";
	case -ESHUTDOWN:
		return "the engine has been stopped";
	default:
		return strerror(-error);
	}
}

int
echelon_engine_listen(echelon_engine *engine, const char *address,
    const struct echelon_handler *handler, void *context)
{
	int error = open_listener(engine, address, handler, context);

	if (error != 0) {
		eln_log(engine, ECHELON_LOG_ERROR, "cannot listen on %s: %s",
		    address, explain(error, handler));
	}
	return error;
}

int
echelon_engine_address(echelon_engine *engine, unsigned n, char *buffer,
    size_t size)
{
	const struct eln_listener *listener;
	size_t length;

	if (n >= eln_load32_acquire(&engine->listeners.n)) {
		return -ENOENT;
	}
	listener = &engine->listeners.all[n];
	length = strlen(listener->address);
	if (length >= size) {
		return -ENOSPC;
	}
	memcpy(buffer, listener->address, length + 1);
	return 0;
}

static int
socket_option(int fd, int option, int *value)
{
	socklen_t size = sizeof(*value);

	*value = 0;
	return eln_sys->getsockopt(fd, SOL_SOCKET, option, value, &size);
}

/** 1 it listens, 0 it is a stream that may be connected, -errno. */
static int
classify(int fd)
{
	int value;
	int error = socket_option(fd, SO_TYPE, &value);

	if (error != 0) {
		return error == -ENOTSOCK ? -EINVAL : error;
	}
	if (value != SOCK_STREAM) {
		return -EINVAL;
	}
	error = socket_option(fd, SO_ACCEPTCONN, &value);
	return error != 0 ? error : value;
}

/* How a descriptor was when somebody gave it to us. */
struct flags {
	int status;     /* F_GETFL */
	int descriptor; /* F_GETFD */
};

static void
give_back(int fd, const struct flags *before)
{
	(void)eln_sys->fcntl(fd, F_SETFL, before->status);
	(void)eln_sys->fcntl(fd, F_SETFD, before->descriptor);
}

static int
make_ours(int fd, struct flags *before)
{
	int error;

	before->status = eln_sys->fcntl(fd, F_GETFL, 0);
	before->descriptor = eln_sys->fcntl(fd, F_GETFD, 0);
	if (before->status < 0 || before->descriptor < 0) {
		return before->status < 0 ? before->status : before->descriptor;
	}
	error = eln_sys->fcntl(fd, F_SETFL, before->status | O_NONBLOCK);
	if (error == 0) {
		error = eln_sys->fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	if (error != 0) {
		give_back(fd, before);
	}
	return error;
}

static int
adopt_connected(echelon_engine *engine, int fd,
    const struct echelon_handler *handler, void *context)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	int error = eln_sys->getpeername(fd, (struct sockaddr *)&peer, &size);

	if (error != 0) {
		return error == -ENOTCONN ? -EINVAL : error;
	}
	error = eln_connection_open(engine, fd, handler, context,
	    (struct sockaddr *)&peer, size);
	if (error == 0) {
		eln_tally_shared(&engine->outside, ELN_ACCEPTED, 1);
	} else if (error != -EAGAIN) {
		/* It had a slot for a moment, which a listener may have
		 * missed. */
		eln_listeners_look_again(engine);
	}
	return error;
}

int
echelon_engine_adopt(echelon_engine *engine, int descriptor,
    const struct echelon_handler *handler, void *context)
{
	int error = check_open(engine, handler);
	struct flags before;
	int listens;

	if (error != 0) {
		return error;
	}
	listens = classify(descriptor);
	if (listens < 0) {
		return listens;
	}
	error = make_ours(descriptor, &before);
	if (error != 0) {
		return error;
	}
	error = listens
	    ? eln_listener_add(engine, descriptor, handler, context, NULL)
	    : adopt_connected(engine, descriptor, handler, context);
	if (error != 0) {
		give_back(descriptor, &before);
	}
	return error;
}
