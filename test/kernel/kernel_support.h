/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_KERNEL_KERNEL_SUPPORT_H
#define TEST_KERNEL_KERNEL_SUPPORT_H

/*
 * Sockets and epoll sets for the tests of what the library relies on in the
 * kernel: plain system calls, nothing of the library.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A connected pair: ours does not block, the peer's does (for 10 s). */
struct pair {
	int ours;
	int peer;
};

/** Over TCP on the loopback interface, without delay. */
struct pair connect_tcp(void);

/** A listening, non-blocking TCP socket. */
int listen_tcp(void);

/** Connects to it, blocking. */
int connect_to(int listener);

void close_fd(int fd);
void close_pair(struct pair pair);

/** A new epoll set. */
int make_set(void);

/** EPOLL_CTL_ADD or EPOLL_CTL_MOD of `fd`, edge-triggered. */
void add(int set, int fd, uint32_t events, uint64_t id);
void modify(int set, int fd, uint32_t events, uint64_t id);

/** The next event, waited for at most 10 s: its bits. */
uint32_t next_events(int set);

/** Whether nothing is reported now. What is late is missed, so this can be
 *  true by mistake, never false. */
bool is_silent(int set);

void send_text(int fd, const char *text);

/** Sends until the socket takes no more. Returns how many bytes. */
size_t send_until_full(int fd);

/** Waits until poll(2) reports all of these on `fd`. */
void await(int fd, short events);

/** Waits until the ioctl `request` on `fd` gives `value`. */
void await_ioctl(int fd, unsigned long request, int value);

/** What the ioctl `request` on `fd` gives. */
int ask_ioctl(int fd, unsigned long request);

#endif
