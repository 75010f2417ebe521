/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare_load_support.h"

#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct load_server server;

static void
stall(void)
{
	const struct timespec pause = { .tv_nsec = STALL_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* Returns how many bytes of `reply`, which has room for two, to send. */
static size_t
spoil(unsigned char *reply)
{
	switch (server.fault) {
	case FAULT_FLIP:
		reply[BYTES - 1] ^= 1;
		return BYTES;
	case FAULT_UNDONE:
		reply[1] = 0;
		return BYTES;
	case FAULT_DOUBLE:
		memcpy(reply + BYTES, reply, BYTES);
		return (size_t)2 * BYTES;
	case FAULT_SWAP:
		reply[8]++;
		return BYTES;
	case FAULT_LOSE:
	case FAULT_CLOSE:
		return 0;
	case FAULT_STALL:
		stall();
		return BYTES;
	case FAULT_NONE:
		return BYTES;
	}
	return 0;
}

static void
serve(int client)
{
	unsigned char reply[2 * BYTES];
	size_t length = BYTES;

	if (recv(client, reply, BYTES, MSG_WAITALL) != BYTES) {
		shutdown(client, SHUT_RDWR);
		return;
	}
	server.rare += reply[0] == 'S';
	server.easy += reply[0] == 'E';
	reply[1] = 'R';
	if (++server.replies == FAULT_AT) {
		length = spoil(reply);
		if (server.fault == FAULT_CLOSE) {
			shutdown(client, SHUT_RDWR);
		}
	}
	if (length > 0) {
		(void)send(client, reply, length, MSG_NOSIGNAL);
	}
}

/* Slots: where to stop, the listener, the clients. */
static void *
run_server(void *argument)
{
	struct pollfd slots[2 + CLIENTS] = {
		{ .fd = server.stop[0], .events = POLLIN },
		{ .fd = server.listener, .events = POLLIN },
	};
	nfds_t n = 2;

	(void)argument;
	while (poll(slots, n, -1) > 0 && slots[0].revents == 0) {
		for (nfds_t i = 2; i < n; i++) {
			if (slots[i].revents & POLLHUP) {
				slots[i].fd = -slots[i].fd;
			} else if (slots[i].revents != 0) {
				serve(slots[i].fd);
			}
		}
		if (slots[1].revents != 0 && n < 2 + CLIENTS) {
			slots[n].fd = accept(server.listener, NULL, NULL);
			slots[n++].events = POLLIN;
		}
	}
	return NULL;
}

void
start_server(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	server.listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address,
			     length),
	    0);
	ck_assert_int_eq(listen(server.listener, CLIENTS), 0);
	ck_assert_int_eq(getsockname(server.listener,
			     (struct sockaddr *)&address, &length),
	    0);
	snprintf(server.address, sizeof(server.address), "127.0.0.1:%d",
	    ntohs(address.sin_port));
	ck_assert_int_eq(pipe(server.stop), 0);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, run_server, NULL),
	    0);
}

void
stop_server(void)
{
	ck_assert_int_eq(write(server.stop[1], "", 1), 1);
	ck_assert_int_eq(pthread_join(server.thread, NULL), 0);
}
