/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The clients of a stage: each sends the requests of its part and holds the
 * replies against what they must be.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "schedule/explore.h"
#include "stage.h"

#define MS UINT64_C(1000000)
#define COARSE_NS (4 * MS)
#define DEADLINE_NS (STAGE_DEADLINE_MS * MS)

static const struct play *
play(void)
{
	return stage.cast->play;
}

/* ---- sending ---- */

/** Sends in pieces that the run chooses. */
static bool
send_bytes(struct client *client, const char *bytes, size_t length)
{
	size_t sent = 0;

	while (sent < length) {
		size_t n = 1 + explore_random((uint32_t)(length - sent));

		if (!kernel_peer_send(client->peer, bytes + sent, n)) {
			return false;
		}
		sent += n;
	}
	client->spoke_at = explore_now();
	return true;
}

/** Half as long again as the deadline, and a little less: what comes after
 *  two of them comes when a deadline of three times does. */
static void
pause(void)
{
	uint64_t less = explore_random(64) * UINT64_C(1000);

	explore_sleep("pauses", DEADLINE_NS + DEADLINE_NS / 2 - less);
}

static bool
send_request(struct client *client, char kind)
{
	char request[STAGE_REQUEST];

	if (kind == ',') {
		pause();
		return true;
	}
	if (kind == '/') {
		stage_request(request, 'E', client->number, client->sent);
		return send_bytes(client, request, STAGE_REQUEST / 2);
	}
	stage_request(request, kind, client->number, client->sent);
	if (!send_bytes(client, request, sizeof(request))) {
		return false;
	}
	client->sent++;
	return true;
}

/* ---- receiving ---- */

/** What the n-th request asks; pauses are none. */
static char
kind_of(const struct client *client, unsigned n)
{
	const char *kind = client->part->requests;

	for (; *kind == ',' || n > 0; kind++) {
		n -= *kind != ',';
	}
	return *kind;
}

static void
check_bytes(struct client *client, const char *bytes, size_t n)
{
	char reply[STAGE_REPLY];

	while (n > 0) {
		size_t length;

		explore_check(client->answered < client->sent,
		    "client %u gets a reply too many", client->number);
		length = stage_reply(reply, kind_of(client, client->answered),
		    client->number, client->answered);
		explore_check(*bytes == reply[client->of_reply],
		    "byte %zu of reply %u to client %u is wrong",
		    client->of_reply, client->answered, client->number);
		client->of_reply++;
		bytes++;
		n--;
		if (client->of_reply == length) {
			client->answered++;
			client->of_reply = 0;
		}
	}
}

/** Receives once; false: that was the end. */
static bool
receive(struct client *client, uint64_t most)
{
	char bytes[256];
	ssize_t n = kernel_peer_receive(client->peer, bytes, sizeof(bytes),
	    most);

	if (n == -ETIMEDOUT) {
		explore_fail("client %u waits for reply %u", client->number,
		    client->answered);
	}
	if (n <= 0) {
		client->end = n;
		return false;
	}
	check_bytes(client, bytes, (size_t)n);
	return true;
}

/** Waits for all replies so far. False: the end came first. */
static bool
await_replies(struct client *client)
{
	uint64_t most;

	if (client->answered == client->sent) {
		return true;
	}
	most = kind_of(client, client->sent - 1) == 'N' ? EXPLORE_FOREVER
							: stage_patience();
	while (client->answered < client->sent) {
		if (!receive(client, most)) {
			return false;
		}
	}
	explore_check(explore_now() - client->spoke_at <= stage_patience(),
	    "client %u waited %" PRIu64 " us for reply %u", client->number,
	    (explore_now() - client->spoke_at) / 1000, client->sent - 1);
	return true;
}

/* ---- what must have come in the end ---- */

static bool
asked(const struct client *client, char kind)
{
	for (unsigned i = 0; i < client->sent; i++) {
		if (kind_of(client, i) == kind) {
			return true;
		}
	}
	return false;
}

/** Of the first n requests; those behind one that closes get no reply. */
static unsigned
answerable(const struct client *client, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (kind_of(client, i) == 'C') {
			return i + 1;
		}
	}
	return n;
}

static void
judge(const struct client *client)
{
	unsigned due = client->due;

	if (play()->endless || play()->refuses || asked(client, 'A')) {
		return;
	}
	explore_check(client->end == 0 || stage.stopping,
	    "client %u was cut off: %s", client->number,
	    strerror((int)-client->end));
	if (!stage.stopping && client->part->ending == READS_TO_END) {
		due = client->sent;
	}
	explore_check(client->answered >= answerable(client, due),
	    "client %u got %u replies of %u", client->number, client->answered,
	    answerable(client, due));
}

/** A deadline counts from what the coarse clock said, and is looked at when
 *  that says that it has passed: a tick of it early or late. */
static void
judge_deadline(const struct client *client)
{
	uint64_t waited = explore_now() - client->spoke_at;

	if (client->part->ending == OUTSTAYS && !stage.stopping) {
		explore_check(waited + COARSE_NS >= DEADLINE_NS &&
			waited <=
			    DEADLINE_NS + 2 * COARSE_NS + MS + STAGE_POINTS_NS,
		    "client %u was let alone for %" PRIu64 " us",
		    client->number, waited / 1000);
	}
}

/* ---- a round ---- */

static void
say_all(struct client *client)
{
	for (const char *kind = client->part->requests; *kind != '\0'; kind++) {
		if (!send_request(client, *kind)) {
			return;
		}
		if (!client->part->pipelines && !await_replies(client)) {
			return;
		}
	}
}

static void
receive_all(struct client *client)
{
	while (client->end > 0 && receive(client, EXPLORE_FOREVER)) {
	}
}

static void
end(struct client *client)
{
	switch (client->part->ending) {
	case READS_TO_END:
		if (client->end > 0) {
			kernel_peer_finish(client->peer);
		}
		receive_all(client);
		judge(client);
		kernel_peer_close(client->peer);
		break;
	case OUTSTAYS:
	case STAYS:
		receive_all(client);
		judge(client);
		judge_deadline(client);
		kernel_peer_close(client->peer);
		break;
	case RESETS:
		kernel_peer_reset(client->peer);
		break;
	case CLOSES:
		kernel_peer_close(client->peer);
		break;
	}
}

static void
play_round(const struct part *part)
{
	struct client *client = &stage.clients[stage.n_clients];

	*client = (struct client){
		.part = part, .number = stage.n_clients, .end = 1
	};
	stage.n_clients++;
	client->peer = kernel_peer_connect(STAGE_PORT);
	if (client->peer == NULL) {
		explore_check(stage.stopping, "refused");
		return;
	}
	client->spoke_at = explore_now();
	say_all(client);
	end(client);
}

void *
stage_client(void *part)
{
	const struct part *ours = part;
	unsigned rounds = ours->rounds == 0 ? 1 : ours->rounds;

	for (unsigned i = 0; i < rounds; i++) {
		play_round(ours);
	}
	return part;
}
