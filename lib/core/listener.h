/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_LISTENER_H
#define ELN_LISTENER_H

/*
 * A listener: a handle whose input is connections to accept.
 *
 * At most 64 are accepted in a turn. Where no slot, descriptor or memory is
 * left, clients wait in the kernel's backlog, and one that came out of it
 * before that was seen waits here, in `accepted` (docs/decisions/0025). The
 * listener looks again when a connection closes (`starved` says that it wants
 * to be told), and for want of descriptors or memory also after 100 ms. A
 * drain accepts what is there and then closes the listener.
 */

#include <echelon/handler.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/handle.h"
#include "sync/atomic.h"

struct echelon_engine;

enum {
	ELN_MOST_LISTENERS = 64
};

/** Slots with this bit are listeners', others connections'. */
#define ELN_LISTENER_SLOT UINT32_C(0x80000000)

struct eln_listener {
	struct eln_handle handle;
	struct echelon_engine *engine;         /* [const] */
	const struct echelon_handler *handler; /* [const] */
	void *context;                         /* [const] */
	bool more;      /* [run] the backlog may hold connections */
	bool draining;  /* [run] */
	bool cut_off;   /* [run] close, whatever the backlog holds */
	bool exhausted; /* [run] said that descriptors are short */
	bool deaf;      /* [run] it was shut down */
	int accepted;   /* [run] a client that found no slot, or -1 */
	struct sockaddr_storage peer; /* [run] of the client accepted last */
	socklen_t peer_size;          /* [run] */
	struct eln_atomic32 starved;  /* [atomic] look again at a close */
	char *unlink_path; /* [const] of a Unix socket that is ours */
	char address[128]; /* [const] as bound, as text */
};

struct eln_listeners {
	struct eln_atomic32 n;    /* [atomic] written by listen and adopt */
	struct eln_listener *all; /* [const] ELN_MOST_LISTENERS of them */
};

/** Prepares an empty array. 0 or -ENOMEM. */
int eln_listeners_init(struct echelon_engine *engine);

/** Closes what is open and frees. No thread runs. */
void eln_listeners_deinit(struct echelon_engine *engine);

/**
 * Adds a listening, non-blocking descriptor and lets it accept.
 * `unlink_path` (or NULL) is taken on success.
 *
 * 0, -ENOSPC, or -errno of the handle set.
 */
int eln_listener_add(struct echelon_engine *engine, int fd,
    const struct echelon_handler *handler, void *context, char *unlink_path);

/** A slot or descriptor became free: starved listeners look again. */
void eln_listeners_look_again(struct echelon_engine *engine);

/** Gives every listener these reasons. Any thread. */
void eln_listeners_signal(struct echelon_engine *engine, uint32_t reasons);

#endif
