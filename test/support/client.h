/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

/*
 * What a client does with its blocking socket (test_server_connect). The
 * functions that send and receive assert that all of it happens within the
 * socket's 10 s; those that look (client_sees_...) return what they saw.
 */

#include <stdbool.h>
#include <stddef.h>

/** A connected blocking socket to 127.0.0.1:PORT. */
int client_connect(int port);

void client_send(int fd, const void *data, size_t length);

/** Receives exactly `length` bytes; returns it. */
size_t client_receive(int fd, void *buffer, size_t length);

/** Receives until the peer's FIN, at most `size` bytes; returns how many. */
size_t client_receive_until_fin(int fd, void *buffer, size_t size);

/** Sends a string, without its NUL. */
void client_say(int fd, const char *text);

/** Receives exactly these bytes. */
void client_expect(int fd, const char *text);

/** Whether the next thing to be received is a FIN. */
bool client_sees_fin(int fd);

/** Whether the next thing to be received is an RST. */
bool client_sees_reset(int fd);

/** Waits until the peer's kernel has all that was sent. */
void client_wait_sent(int fd);

/** Closes so that the peer gets an RST. */
void client_reset(int fd);

#endif
