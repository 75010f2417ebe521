/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A test of desk.c on the explorer: one visitor waits for his answers, one
 * leaves at some moment, and the engine is stopped at some moment.
 */

#include <echelon/explore.h>

#include "desk.h"

static void
patient(void *context)
{
	echelon_explore_peer *peer = echelon_explore_connect();

	(void)context;
	if (peer == NULL) {
		return; /* the engine has been stopped */
	}
	(void)echelon_explore_send(peer, "who?\nwhere?\n", 12);
	/* Each in its turn, unless the end comes first. */
	if (echelon_explore_expect(peer, "answer 1\n", 9)) {
		(void)echelon_explore_expect(peer, "answer 2\n", 9);
	}
	echelon_explore_close(peer);
}

static void
hasty(void *context)
{
	echelon_explore_peer *peer = echelon_explore_connect();

	(void)context;
	if (peer != NULL) {
		(void)echelon_explore_send(peer, "when?\n", 6);
		echelon_explore_reset(peer);
	}
}

static void
open_desk(void *context)
{
	(void)context;
	desk_open();
}

static void
close_desk(void *context)
{
	(void)context;
	desk_close();
}

int
main(int argc, char **argv)
{
	static const struct echelon_explore_thread threads[] = {
		{ "patient", patient }, { "hasty", hasty }, { NULL, NULL }
	};
	static const struct echelon_explore_scene scene = ECHELON_EXPLORE_SCENE(
		.handler = &desk_handler, .prepare = open_desk,
	    .threads = threads, .finish = close_desk, .stops = true);

	return echelon_explore_main(argc, argv, &scene);
}
