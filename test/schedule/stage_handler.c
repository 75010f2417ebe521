/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The handler of a stage, with a ghost for each connection; and who posts.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/explore.h"
#include "stage.h"

enum {
	LONG_REPLY = 300,
	LENT_REPLY = 600 /* worth lending */
};

struct message {
	struct stage_parcel parcel;
	echelon_conn_id id;
	bool prompts; /* one that is held */
	unsigned client;
	unsigned request;
};

struct loan {
	struct stage_parcel parcel;
	char reply[STAGE_REPLY];
};

/* ---- requests and replies ---- */

static char
sum_of(const char *bytes)
{
	return (char)(bytes[0] ^ bytes[1] ^ bytes[2] ^ 0x5a);
}

void
stage_request(char *request, char kind, unsigned client, unsigned number)
{
	request[0] = kind;
	request[1] = (char)client;
	request[2] = (char)number;
	request[3] = sum_of(request);
}

size_t
stage_reply(char *reply, char kind, unsigned client, unsigned number)
{
	size_t length = STAGE_REQUEST;

	stage_request(reply, (char)tolower((unsigned char)kind), client,
	    number);
	if (kind == 'W') {
		length = LONG_REPLY;
	} else if (kind == 'L') {
		length = LENT_REPLY;
	}
	for (size_t i = STAGE_REQUEST; i < length; i++) {
		reply[i] = (char)(i * 7 + client * 3 + number);
	}
	return length;
}

/* ---- ghosts ---- */

static struct ghost *
enter(echelon_conn *conn)
{
	struct ghost *ghost = echelon_conn_data(conn);

	explore_check(ghost->inside++ == 0, "two are in one handler");
	explore_check(ghost->opened, "a call for what is not open");
	explore_check(!ghost->closed, "a call after on_close");
	explore_check(ghost->id == echelon_conn_get_id(conn),
	    "the data of another connection");
	explore_point("in the handler", ghost);
	return ghost;
}

static void
leave(struct ghost *ghost)
{
	explore_point("in the handler", ghost);
	ghost->inside--;
}

static int
on_open(echelon_conn *conn)
{
	struct ghost *ghost = &stage.ghosts[stage.n_ghosts++];

	explore_check(stage.n_ghosts <= STAGE_CLIENTS,
	    "more connections than clients");
	*ghost = (struct ghost){
		.id = echelon_conn_get_id(conn), .opened = true, .client = -1
	};
	explore_check(echelon_conn_data(conn) == NULL,
	    "a connection begins with another's data");
	echelon_conn_set_data(conn, ghost);
	leave(enter(conn));
	return 0;
}

static void
on_close(echelon_conn *conn, int reason)
{
	struct ghost *ghost = enter(conn);

	(void)reason;
	leave(ghost);
	ghost->closed = true;
}

/* ---- what is lent and sent ---- */

/** Memory for a message or a loan, which is freed at the end of the run: so
 *  one that is given back twice is seen. */
static void *
make_parcel(size_t bytes)
{
	struct stage_parcel *parcel = calloc(1, bytes);

	parcel->next = stage.parcels;
	stage.parcels = parcel;
	return parcel;
}

static void
give_back(void *arg)
{
	struct stage_parcel *parcel = arg;

	explore_check(!parcel->is_back, "given back twice");
	parcel->is_back = true;
}

void
stage_open_parcels(void)
{
	while (stage.parcels != NULL) {
		struct stage_parcel *parcel = stage.parcels;

		explore_check(parcel->is_back,
		    "a message or a loan was not given back");
		stage.parcels = parcel->next;
		free(parcel);
	}
}

static void
lend(echelon_conn *conn, char kind, unsigned client, unsigned number)
{
	struct loan *loan = make_parcel(sizeof(*loan));
	size_t length = stage_reply(loan->reply, kind, client, number);

	(void)echelon_write_ref(conn, loan->reply, length, give_back, loan);
}

static void
answer(echelon_conn *conn, char kind, unsigned client, unsigned number)
{
	char reply[STAGE_REPLY];
	int error;

	if (kind == 'L') {
		lend(conn, kind, client, number);
		return;
	}
	error = echelon_write(conn, reply,
	    stage_reply(reply, kind, client, number));
	explore_check(error == 0 || error == -EPIPE, "write gave %d", error);
}

static bool
is_released(const void *arg)
{
	(void)arg;
	return stage.released;
}

static void
hold(echelon_conn *conn, unsigned client, unsigned number)
{
	struct held held = { .id = echelon_conn_get_id(conn),
		.client = client,
		.request = number };

	echelon_hold(conn);
	stage.held[stage.n_held++] = held;
}

/* ---- input ---- */

static ptrdiff_t
frame(const void *data, size_t length, void *context)
{
	(void)context;
	if (length < STAGE_REQUEST) {
		return 0;
	}
	explore_check(((const char *)data)[3] == sum_of(data),
	    "bytes that nobody has sent so");
	return STAGE_REQUEST;
}

static void
serve(echelon_conn *conn, char kind, unsigned client, unsigned number)
{
	switch (kind) {
	case 'H':
		hold(conn, client, number);
		break;
	case 'A':
		echelon_abort(conn);
		break;
	case 'C':
		answer(conn, kind, client, number);
		echelon_close(conn);
		break;
	case 'S':
		answer(conn, kind, client, number);
		stage_stop();
		break;
	case 'N':
		(void)explore_wait("a handler that never ends", is_released,
		    NULL, EXPLORE_FOREVER);
		break;
	default:
		answer(conn, kind, client, number);
		break;
	}
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	struct ghost *ghost = enter(conn);
	const char *request = data;
	unsigned client = (unsigned char)request[1];

	explore_check(length == STAGE_REQUEST, "not one whole request");
	if (ghost->client < 0) {
		ghost->client = (int)client;
	}
	explore_check(ghost->client == (int)client,
	    "a request of another connection");
	explore_check(ghost->next == (unsigned char)request[2],
	    "request %u of client %u where %u was due",
	    (unsigned char)request[2], client, ghost->next);
	ghost->next++;
	ghost->endless = request[0] == 'N';
	serve(conn, request[0], client, (unsigned char)request[2]);
	leave(ghost);
	return (ptrdiff_t)length;
}

static void
on_message(echelon_conn *conn, void *arg)
{
	struct ghost *ghost = enter(conn);
	const struct message *message = arg;

	explore_check(message->id == ghost->id,
	    "a message for another connection");
	if (message->prompts) {
		answer(conn, 'H', message->client, message->request);
		echelon_resume(conn);
	}
	leave(ghost);
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	struct ghost *ghost = enter(conn);

	(void)which;
	leave(ghost);
	return -ETIMEDOUT;
}

const struct echelon_handler stage_handler = ECHELON_HANDLER(.frame = frame,
    .on_open = on_open, .on_data = on_data, .on_message = on_message,
    .on_timeout = on_timeout, .on_close = on_close);

/* ---- who posts ---- */

static void
post(const struct message *content)
{
	struct message *message = make_parcel(sizeof(*message));
	int error;

	message->id = content->id;
	message->prompts = content->prompts;
	message->client = content->client;
	message->request = content->request;
	error = echelon_post(stage.engine, message->id, message, give_back);
	explore_check(error == 0 || error == -ESTALE || error == -ESHUTDOWN,
	    "post gave %d", error);
}

static bool
is_prompted(const void *arg)
{
	(void)arg;
	return stage.n_served < stage.n_held || stage.over;
}

void *
stage_prompt(void *arg)
{
	for (;;) {
		struct message message = { .prompts = true };
		const struct held *held;

		(void)explore_wait("waits for who is held", is_prompted, NULL,
		    EXPLORE_FOREVER);
		if (stage.n_served == stage.n_held) {
			return arg;
		}
		held = &stage.held[stage.n_served++];
		message.id = held->id;
		message.client = held->client;
		message.request = held->request;
		post(&message);
	}
}

static bool
has_audience(const void *arg)
{
	(void)arg;
	return stage.n_ghosts > 0 || stage.over;
}

void *
stage_heckle(void *arg)
{
	unsigned posts = stage.cast->play->posts;

	(void)explore_wait("waits for a connection", has_audience, NULL,
	    EXPLORE_FOREVER);
	for (unsigned i = 0; i < posts && stage.n_ghosts > 0; i++) {
		struct message message = { .id = 0 };

		message.id = stage.ghosts[explore_random(stage.n_ghosts)].id;
		post(&message);
	}
	return arg;
}
