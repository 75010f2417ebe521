/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "os/sys.h"

enum {
	BACKLOG = 4096,
	LONGEST_HOST = 255
};

static const char unix_prefix[] = "unix:";

void
eln_address_format(const struct sockaddr *address, char *buffer, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";

	switch (address->sa_family) {
	case AF_INET: {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		(void)inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
		(void)snprintf(buffer, size, "%s:%u", host,
		    (unsigned)ntohs(in.sin_port));
		break;
	}
	case AF_INET6: {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		(void)inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
		(void)snprintf(buffer, size, "[%s]:%u", host,
		    (unsigned)ntohs(in6.sin6_port));
		break;
	}
	case AF_UNIX:
		/* A client's end of a Unix socket has no name. */
		(void)snprintf(buffer, size, "%s", unix_prefix);
		break;
	default:
		(void)snprintf(buffer, size, "unknown");
		break;
	}
}

static int
open_socket(int family)
{
	return eln_sys->socket(family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/** Binds and listens, or closes `fd` and leaves no file at `path`. */
static int
serve(int fd, const struct sockaddr *address, socklen_t size, const char *path)
{
	int error = eln_sys->bind(fd, address, size);

	if (error == 0) {
		error = eln_sys->listen(fd, BACKLOG);
		if (error != 0 && path != NULL) {
			(void)eln_sys->unlink(path);
		}
	}
	if (error != 0) {
		(void)eln_sys->close(fd);
		return error;
	}
	return fd;
}

static int
listen_tcp(const struct addrinfo *info)
{
	int fd = open_socket(info->ai_family);
	int on = 1;

	if (fd < 0) {
		return fd;
	}
	(void)eln_sys->setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on));
	return serve(fd, info->ai_addr, info->ai_addrlen, NULL);
}

/** Whether there is a socket file that nobody serves: 1, 0, or -errno if
 *  there was no socket to ask with. */
static int
is_left_behind(const struct sockaddr_un *address)
{
	struct stat status;
	int error;
	int fd;

	if (lstat(address->sun_path, &status) != 0 ||
	    !S_ISSOCK(status.st_mode)) {
		return 0;
	}
	fd = open_socket(AF_UNIX);
	if (fd < 0) {
		return fd;
	}
	error = eln_sys->connect(fd, (const struct sockaddr *)address,
	    sizeof(*address));
	(void)eln_sys->close(fd);
	return error == -ECONNREFUSED;
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int left_behind;
	int fd;

	if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path)) {
		return -EINVAL;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	left_behind = is_left_behind(&address);
	if (left_behind < 0) {
		return left_behind;
	}
	if (left_behind) {
		(void)eln_sys->unlink(path);
	}
	fd = open_socket(AF_UNIX);
	if (fd < 0) {
		return fd;
	}
	return serve(fd, (struct sockaddr *)&address, sizeof(address), path);
}

/** Splits "HOST:PORT" or "[HOST]:PORT"; the port stays in `text`. */
static int
split(const char *text, char *host, const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t length;

	if (colon == NULL || colon == text || colon[1] == '\0') {
		return -EINVAL;
	}
	length = (size_t)(colon - text);
	if (text[0] == '[') {
		if (text[length - 1] != ']') {
			return -EINVAL;
		}
		text++;
		length -= 2;
	} else if (memchr(text, ':', length) != NULL) {
		return -EINVAL;
	}
	if (length == 0 || length > LONGEST_HOST) {
		return -EINVAL;
	}
	memcpy(host, text, length);
	host[length] = '\0';
	*port = colon + 1;
	return 0;
}

static bool
is_port(const char *text)
{
	unsigned port = 0;

	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9') {
			return false;
		}
		port = port * 10 + (unsigned)(*text - '0');
		if (port > UINT16_MAX) {
			return false;
		}
	}
	return true;
}

static int
resolve_error(int error)
{
	switch (error) {
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		return -errno;
	default:
		return -EHOSTUNREACH;
	}
}

int
eln_address_listen(const char *text, const char **path)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char host[LONGEST_HOST + 1];
	const char *port;
	int result;

	*path = NULL;
	if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0) {
		*path = text + strlen(unix_prefix);
		return listen_unix(*path);
	}
	if (split(text, host, &port) != 0 || !is_port(port)) {
		return -EINVAL;
	}
	result = getaddrinfo(host, port, &hints, &found);
	if (result != 0) {
		return resolve_error(result);
	}
	result = -EADDRNOTAVAIL;
	for (struct addrinfo *info = found; info != NULL && result < 0;
	     info = info->ai_next) {
		result = listen_tcp(info);
	}
	freeaddrinfo(found);
	return result;
}
