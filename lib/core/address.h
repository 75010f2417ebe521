/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_ADDRESS_H
#define ELN_ADDRESS_H

/*
 * Addresses as text: "HOST:PORT", "[IPV6]:PORT", "unix:PATH".
 */

#include <stddef.h>
#include <sys/socket.h>

/** Writes an address; cut to `size`, always terminated. */
void eln_address_format(const struct sockaddr *address, char *buffer,
    size_t size);

/**
 * Makes a listening, non-blocking, close-on-exec socket.
 *
 * @param path  where "unix:PATH" has its path, NULL for others; in `text`
 *
 * @return the descriptor, or -errno as echelon_engine_listen
 */
int eln_address_listen(const char *text, const char **path);

#endif
