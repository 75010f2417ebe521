/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_KERNEL_H
#define TEST_SCHEDULE_KERNEL_H

/*
 * A kernel in memory: the system calls of an engine (lib/os/sys.h) for runs
 * of the schedule explorer.
 *
 *   the engine's descriptors          peers, as on another machine
 *   0 1 2 3 ... lowest free first     no descriptors, never refused one
 *      stream ◀── bytes, FIN, RST ──▶ stream
 *      listener ◀── connect ────────── stream
 *      epoll set, eventfd
 *
 * What it does is what Linux does where the library can see it: which events
 * an epoll set reports and in which order, what a send, a close or a shutdown
 * makes the other side see, when a futex sleeps. kernel_compare.c runs the
 * same operations here and on the kernel at hand. Each call is a point of the
 * explorer and is done at once afterwards; those that wait sleep in
 * explore_wait(). Bytes arrive at once, as on the loopback interface; that
 * the other side looks late is the explorer's doing.
 *
 * What a run may choose (`moody`): how much of a send is taken, that a futex
 * wait or an epoll_wait returns without a reason. What a program must not do
 * (use a descriptor that is closed, deregister what is not registered, raise
 * SIGPIPE) ends the run as a violated claim, unless `lenient`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/sys.h"

struct kernel_options {
	uint32_t sending;          /* bytes that a sender's side keeps; 0: 64 */
	uint32_t receiving;        /* and a receiver's; 0: 64 */
	uint32_t most_descriptors; /* 0: as many as there is memory for */
	bool moody;
	bool lenient;
};

/** Forgets everything; before each run. */
void kernel_reset(const struct kernel_options *options);

/** The calls. */
extern const struct eln_sys kernel_sys;

/** How many descriptors are open. */
unsigned kernel_open_descriptors(void);

/** How many descriptors may be open from now on; 0: no limit. */
void kernel_limit_descriptors(uint32_t most);

/** A listening, non-blocking descriptor, for adopt. */
int kernel_listener(unsigned short port);

/* ---- peers: the other ends of connections ---- */

struct kernel_file;

/** Connects to a port: waits for room in its backlog. NULL: refused. */
struct kernel_file *kernel_peer_connect(unsigned short port);

/** Sends all, waiting for room. False: the connection is gone. */
bool kernel_peer_send(struct kernel_file *peer, const void *bytes,
    size_t length);

/**
 * Waits until something has come, or for `timeout_ns`. How many bytes; 0: FIN;
 * -ETIMEDOUT, or -ECONNRESET and the like.
 */
ssize_t kernel_peer_receive(struct kernel_file *peer, void *buffer,
    size_t length, uint64_t timeout_ns);

/** Sends FIN; goes on receiving. */
void kernel_peer_finish(struct kernel_file *peer);

/** Closes: FIN, or RST if something has come that was not received. */
void kernel_peer_close(struct kernel_file *peer);

/** Sends RST. */
void kernel_peer_reset(struct kernel_file *peer);

/** How many of the bytes that were sent have reached the other side. */
uint64_t kernel_peer_delivered(const struct kernel_file *peer);

#endif
