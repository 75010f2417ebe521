/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "os/sys.h"
#include "schedule/explore.h"

#define MS UINT64_C(1000000)
/* deadlines.drain, and what echelon_engine_wait may add on a busy machine. */
#define DRAIN_NS (1000 * MS)
#define GRACE_NS (500 * MS)

/* How long a lead may be kept. */
#define STALL_TICKS_NS (10 * MS)

struct stage stage;

static const struct play *
play(void)
{
	return stage.cast->play;
}

uint64_t
stage_patience(void)
{
	uint64_t most = STAGE_POINTS_NS + play()->patience_ms * MS;

	if (play()->endless && stage.cast->keeps_lead) {
		most += STALL_TICKS_NS;
	}
	return most;
}

/* ---- the end ---- */

/** What has arrived of each client's requests is to be answered. */
static void
note_what_is_due(void)
{
	for (unsigned i = 0; i < stage.n_clients; i++) {
		struct client *client = &stage.clients[i];

		if (client->peer != NULL) {
			client->due =
			    (unsigned)(kernel_peer_delivered(client->peer) /
				STAGE_REQUEST);
		}
	}
}

void
stage_stop(void)
{
	if (!stage.stopping) {
		note_what_is_due();
		stage.stopping = true;
		stage.stopped_at = explore_now();
	}
	echelon_engine_stop(stage.engine);
}

static void *
stop_sometime(void *arg)
{
	stage_stop();
	return arg;
}

/** Whether it is the connection whose handler was asked not to end. */
static bool
is_endless(echelon_conn_id id)
{
	for (unsigned i = 0; i < stage.n_ghosts; i++) {
		if (stage.ghosts[i].id == id && stage.ghosts[i].endless) {
			return true;
		}
	}
	return false;
}

/** A handler is inside: its end is waited for in vain, then it may end. */
static void
wait_in_vain(void)
{
	echelon_conn_id ids[STAGE_CLIENTS];
	uint64_t took = explore_now() - stage.stopped_at;
	size_t stuck = echelon_engine_stuck(stage.engine, ids, STAGE_CLIENTS);

	explore_check(took <= DRAIN_NS + GRACE_NS + 20 * MS,
	    "wait returned %" PRIu64 " ms after the stop", took / MS);
	explore_check(stuck == 1, "%zu handlers are stuck", stuck);
	explore_check(is_endless(ids[0]),
	    "another handler is said to be stuck");
	stage.released = true;
	while (echelon_engine_wait(stage.engine) == -ETIMEDOUT) {
		explore_sleep("looks again", MS);
	}
}

static void
wait_for_end(void)
{
	int result = echelon_engine_wait(stage.engine);
	uint64_t took = explore_now() - stage.stopped_at;

	if (result == -ETIMEDOUT && play()->endless) {
		wait_in_vain();
	} else {
		explore_check(result == 0, "wait gave %d: %s", result,
		    strerror(-result));
		explore_check(took <= stage_patience() || play()->endless,
		    "the end took %" PRIu64 " us", took / 1000);
	}
	stage.over = true;
}

static void
claim_all_is_settled(void)
{
	for (unsigned i = 0; i < stage.n_ghosts; i++) {
		const struct ghost *ghost = &stage.ghosts[i];

		explore_check(ghost->closed || play()->endless,
		    "connection %u had no on_close", i);
	}
	stage_open_parcels();
	explore_arena_check();
	explore_check(kernel_open_descriptors() == 0, "%u descriptors are left",
	    kernel_open_descriptors());
}

/* ---- the beginning ---- */

static void
make_engine(void)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	const char *settings[STAGE_SETTINGS + 4] = { "deadlines.drain=1s" };
	char threads[32];
	unsigned n = 1;
	int listener;
	int error;

	(void)snprintf(threads, sizeof(threads), "engine.threads=%u",
	    play()->threads == 0 ? 2 : play()->threads);
	settings[n++] = threads;
	for (unsigned i = 0; i < STAGE_SETTINGS; i++) {
		if (play()->settings[i] != NULL) {
			settings[n++] = play()->settings[i];
		}
	}
	options.pattern = stage.cast->pattern;
	options.settings = settings;
	/* Nobody else runs yet. */
	explore_set_up(true);
	error = echelon_engine_create(&options, &stage.engine);
	explore_set_up(false);
	explore_check(error == 0, "create gave %d", error);
	listener = kernel_listener(STAGE_PORT);
	error = echelon_engine_adopt(stage.engine, listener, &stage_handler,
	    NULL);
	explore_check(error == 0, "adopt gave %d", error);
	error = echelon_engine_start(stage.engine);
	explore_check(error == 0, "start gave %d", error);
}

static void
prepare(const struct cast *cast)
{
	struct kernel_options options = { .moody = true };

	memset(&stage, 0, sizeof(stage));
	stage.cast = cast;
	options.sending = play()->bytes;
	options.receiving = play()->bytes;
	kernel_reset(&options);
	eln_sys = &kernel_sys;
	explore_be_patient();
}

/* ---- a run ---- */

/** Whether that part ends without the engine's end. */
static bool
ends_by_itself(const struct part *part)
{
	return part->ending != STAYS && strchr(part->requests, 'N') == NULL;
}

struct fibres {
	unsigned parts[STAGE_PARTS];
	unsigned n_parts;
	unsigned others[3];
	unsigned n_others;
};

static void
spawn_all(struct fibres *fibres)
{
	const struct play *ours = play();

	for (unsigned i = 0; i < STAGE_PARTS && ours->parts[i].requests != NULL;
	     i++) {
		struct part *part;

		memcpy(&part, &(const struct part *){ &ours->parts[i] },
		    sizeof(part));
		fibres->parts[fibres->n_parts++] = explore_spawn("client",
		    stage_client, part);
	}
	fibres->others[fibres->n_others++] = explore_spawn("prompter",
	    stage_prompt, NULL);
	if (ours->posts > 0) {
		fibres->others[fibres->n_others++] = explore_spawn("heckler",
		    stage_heckle, NULL);
	}
	if (ours->stops) {
		fibres->others[fibres->n_others++] = explore_spawn("stopper",
		    stop_sometime, NULL);
	}
}

static void
join_parts(const struct fibres *fibres, bool by_themselves)
{
	for (unsigned i = 0; i < fibres->n_parts; i++) {
		if (ends_by_itself(&play()->parts[i]) == by_themselves) {
			(void)explore_join(fibres->parts[i]);
		}
	}
}

void
stage_play(void *cast)
{
	struct fibres fibres = { .n_parts = 0 };
	size_t blocks;

	prepare(cast);
	blocks = explore_arena_live();
	make_engine();
	if (play()->spare > 0) {
		kernel_limit_descriptors(kernel_open_descriptors() +
		    play()->spare);
	}
	spawn_all(&fibres);
	join_parts(&fibres, true);
	stage_stop();
	wait_for_end();
	join_parts(&fibres, false);
	for (unsigned i = 0; i < fibres.n_others; i++) {
		(void)explore_join(fibres.others[i]);
	}
	explore_set_up(true); /* nor now */
	echelon_engine_destroy(stage.engine);
	explore_set_up(false);
	claim_all_is_settled();
	explore_check(explore_arena_live() == blocks,
	    "%zu blocks of memory are left", explore_arena_live() - blocks);
}
