/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The clients of a scene: peers of the kernel in memory, whose steps are
 * shown.
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "schedule/explore.h"
#include "schedule/kernel.h"
#include "text.h"

#define MS UINT64_C(1000000)
/* Longer than any deadline may be. */
#define PATIENCE_NS (25 * 60 * 60 * 1000 * MS)

enum {
	PIECES = 3 /* of what is sent at once */
};

static struct kernel_file *
file_of(echelon_explore_peer *peer)
{
	return (struct kernel_file *)(void *)peer;
}

echelon_explore_peer *
echelon_explore_connect(void)
{
	struct kernel_file *file = kernel_peer_connect(SCENE_PORT);

	explore_say(file == NULL ? "connects: refused" : "connects");
	return (echelon_explore_peer *)(void *)file;
}

bool
echelon_explore_send(echelon_explore_peer *peer, const void *bytes,
    size_t length)
{
	const char *next = bytes;

	for (unsigned i = 0; length > 0; i++) {
		char text[TEXT_BYTES];
		size_t n = length;

		if (i + 1 < PIECES) {
			n -= explore_random((uint32_t)length);
		}
		if (!kernel_peer_send(file_of(peer), next, n)) {
			explore_say("sends: the connection is gone");
			return false;
		}
		explore_say("sends %s", text_of(text, next, n));
		next += n;
		length -= n;
	}
	return true;
}

/** How long nobody may answer; where time passes as it likes, for ever. */
static uint64_t
patience(void)
{
	return scene_run.scene->hurries ? EXPLORE_FOREVER : PATIENCE_NS;
}

ptrdiff_t
echelon_explore_receive(echelon_explore_peer *peer, void *buffer, size_t length)
{
	char text[TEXT_BYTES];
	ssize_t n = kernel_peer_receive(file_of(peer), buffer, length,
	    patience());

	explore_check(n != -ETIMEDOUT, "waits for an answer in vain");
	if (n > 0) {
		explore_say("receives %s", text_of(text, buffer, (size_t)n));
	} else if (n == 0) {
		explore_say("receives FIN");
	} else {
		explore_say("receives: %s", strerror((int)-n));
	}
	return n;
}

bool
echelon_explore_expect(echelon_explore_peer *peer, const void *bytes,
    size_t length)
{
	const char *next = bytes;

	while (length > 0) {
		char text[TEXT_BYTES];
		char buffer[128];
		ptrdiff_t n = echelon_explore_receive(peer, buffer,
		    length < sizeof(buffer) ? length : sizeof(buffer));

		if (n <= 0) {
			return false;
		}
		explore_check(memcmp(buffer, next, (size_t)n) == 0,
		    "expected %s", text_of(text, next, (size_t)n));
		next += n;
		length -= (size_t)n;
	}
	return true;
}

void
echelon_explore_finish(echelon_explore_peer *peer)
{
	kernel_peer_finish(file_of(peer));
	explore_say("sends FIN");
}

void
echelon_explore_close(echelon_explore_peer *peer)
{
	kernel_peer_close(file_of(peer));
	explore_say("closes");
}

void
echelon_explore_reset(echelon_explore_peer *peer)
{
	kernel_peer_reset(file_of(peer));
	explore_say("resets");
}

void
echelon_explore_pause(unsigned milliseconds)
{
	scene_sleep("pause", milliseconds * MS);
	explore_say("has paused for %u ms", milliseconds);
}
