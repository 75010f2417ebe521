/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What traces and reports call things.
 */

#include <inttypes.h>
#include <stdio.h>

#include "base/compiler.h"
#include "core/handle.h"
#include "core/listener.h"
#include "core/thread.h"
#include "core/trace_story.h"

const char *
eln_call_name(enum eln_call call)
{
	static const char *const names[] = {
		[ELN_CALL_NONE] = "none",
		[ELN_CALL_ON_OPEN] = "on_open",
		[ELN_CALL_ON_DATA] = "on_data",
		[ELN_CALL_ON_END] = "on_end",
		[ELN_CALL_ON_WRITABLE] = "on_writable",
		[ELN_CALL_ON_MESSAGE] = "on_message",
		[ELN_CALL_ON_TIMEOUT] = "on_timeout",
		[ELN_CALL_ON_CLOSE] = "on_close",
	};

	return (size_t)call < ELN_COUNT(names) ? names[call] : "unknown";
}

const char *
eln_role_name(uint32_t role)
{
	static const char *const names[] = {
		[ECHELON_ROLE_NONE] = "",
		[ECHELON_ROLE_LEADER] = "leader",
		[ECHELON_ROLE_FOLLOWER] = "follower",
		[ECHELON_ROLE_PROCESSING] = "processing thread",
		[ECHELON_ROLE_ASYNCHRONOUS] = "asynchronous layer",
		[ECHELON_ROLE_WORKER] = "worker",
		[ECHELON_ROLE_DISPATCHER] = "dispatcher",
	};

	return role < ELN_COUNT(names) ? names[role] : "unknown role";
}

void
eln_thread_name(char *name, uint32_t thread)
{
	if (thread == ECHELON_TRACE_OUTSIDE) {
		(void)snprintf(name, ELN_NAME_SIZE, "outside");
	} else {
		(void)snprintf(name, ELN_NAME_SIZE, "thread %" PRIu32, thread);
	}
}

void
eln_conn_name(char *name, echelon_conn_id conn)
{
	uint32_t slot = eln_id_slot(conn);
	uint32_t generation = eln_id_generation(conn);
	char kind = (slot & ELN_LISTENER_SLOT) != 0 ? 'l' : 'c';

	slot &= ~ELN_LISTENER_SLOT;
	if (generation == 1) {
		(void)snprintf(name, ELN_NAME_SIZE, "%c%" PRIu32, kind, slot);
	} else {
		(void)snprintf(name, ELN_NAME_SIZE, "%c%" PRIu32 ".%" PRIu32,
		    kind, slot, generation);
	}
}

/** Reads digits, at least one, up to UINT32_MAX. NULL: that is not there. */
static const char *
read_number(const char *text, uint32_t *number)
{
	uint64_t n = 0;
	const char *digit = text;

	for (; *digit >= '0' && *digit <= '9'; digit++) {
		n = n * 10 + (uint64_t)(*digit - '0');
		if (n > UINT32_MAX) {
			return NULL;
		}
	}
	*number = (uint32_t)n;
	return digit == text ? NULL : digit;
}

echelon_conn_id
eln_conn_named(const char *name)
{
	uint32_t generation = 1;
	uint32_t slot;
	const char *rest;

	if (*name != 'c' && *name != 'l') {
		return 0;
	}
	rest = read_number(name + 1, &slot);
	if (rest != NULL && *rest == '.') {
		rest = read_number(rest + 1, &generation);
	}
	if (rest == NULL || *rest != '\0' || slot >= ELN_LISTENER_SLOT) {
		return 0;
	}
	if (*name == 'l') {
		slot |= ELN_LISTENER_SLOT;
	}
	return generation == 0 ? 0 : eln_id_of(slot, generation);
}
