/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Peers of the kernel in memory: what a client does with its end.
 */

#include "schedule/kernel_file.h"

#include <errno.h>

#include "schedule/explore.h"

static bool
may_send(const void *arg)
{
	return (kernel_mask(arg) & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
}

bool
kernel_peer_send(struct kernel_file *peer, const void *bytes, size_t length)
{
	size_t sent = 0;

	while (sent < length) {
		ssize_t n;

		kernel_enter("peer sends", peer);
		n = kernel_stream_send(peer, (const char *)bytes + sent,
		    length - sent);
		if (n > 0) {
			sent += (size_t)n;
		} else if (n == -EAGAIN) {
			(void)explore_wait("peer sends", may_send, peer,
			    EXPLORE_FOREVER);
		} else {
			return false;
		}
	}
	return true;
}

static bool
may_receive(const void *arg)
{
	return (kernel_mask(arg) & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
}

ssize_t
kernel_peer_receive(struct kernel_file *peer, void *buffer, size_t length,
    uint64_t timeout_ns)
{
	if (!explore_wait("peer receives", may_receive, peer, timeout_ns)) {
		return -ETIMEDOUT;
	}
	return kernel_stream_receive(peer, buffer, length, false);
}

void
kernel_peer_finish(struct kernel_file *peer)
{
	kernel_enter("peer sends FIN", peer);
	(void)kernel_stream_finish(peer);
}

void
kernel_peer_close(struct kernel_file *peer)
{
	kernel_enter("peer closes", peer);
	kernel_stream_close(peer);
}

void
kernel_peer_reset(struct kernel_file *peer)
{
	kernel_enter("peer resets", peer);
	peer->stream.resets = true;
	kernel_stream_close(peer);
}

uint64_t
kernel_peer_delivered(const struct kernel_file *peer)
{
	return peer->stream.delivered;
}
