/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"

void
session_list_init(struct session_list *list)
{
	*list = (struct session_list){ 0 };
	pthread_mutex_init(&list->lock, NULL);
}

void
session_list_deinit(struct session_list *list)
{
	pthread_mutex_destroy(&list->lock);
}

size_t
session_list_count(struct session_list *list)
{
	size_t count;

	pthread_mutex_lock(&list->lock);
	count = list->count;
	pthread_mutex_unlock(&list->lock);
	return count;
}

static void
add_to_list(struct session_list *list, struct session *session)
{
	pthread_mutex_lock(&list->lock);
	session->id = ++list->last_id;
	session->after = list->first;
	if (list->first != NULL) {
		list->first->before = session;
	}
	list->first = session;
	list->count++;
	pthread_mutex_unlock(&list->lock);
}

static void
take_from_list(struct session_list *list, struct session *session)
{
	pthread_mutex_lock(&list->lock);
	if (session->before == NULL) {
		list->first = session->after;
	} else {
		session->before->after = session->after;
	}
	if (session->after != NULL) {
		session->after->before = session->before;
	}
	list->count--;
	pthread_mutex_unlock(&list->lock);
}

struct session *
session_create(struct session_list *list, const char *peer)
{
	struct session *session = memory_get(sizeof(*session));

	memset(session, 0, sizeof(*session));
	snprintf(session->peer, sizeof(session->peer), "%s", peer);
	session->protocol = 2;
	session->list = list;
	session->reader = request_reader_create();
	add_to_list(list, session);
	/* Never 0, and nothing that the peer can foresee. */
	session->random = hash_bytes((struct slice){ (const char *)&session->id,
			      sizeof(session->id) }) |
	    1;
	return session;
}

void
session_destroy(struct session *session)
{
	take_from_list(session->list, session);
	transaction_discard(&session->transaction);
	redisReaderFree(session->reader);
	free(session->name);
	free(session->unsent);
	free(session);
}

void
session_set_name(struct session *session, struct slice name)
{
	char *copy = NULL;

	if (name.length > 0) {
		copy = memory_get(name.length + 1);
		memcpy(copy, name.data, name.length);
		copy[name.length] = '\0';
	}
	pthread_mutex_lock(&session->list->lock);
	free(session->name);
	session->name = copy;
	pthread_mutex_unlock(&session->list->lock);
}

void
session_set_database(struct session *session, unsigned database)
{
	pthread_mutex_lock(&session->list->lock);
	session->database = database;
	pthread_mutex_unlock(&session->list->lock);
}

void
session_set_protocol(struct session *session, unsigned protocol)
{
	pthread_mutex_lock(&session->list->lock);
	session->protocol = protocol;
	pthread_mutex_unlock(&session->list->lock);
}

static void
describe(FILE *out, const struct session *session)
{
	fprintf(out, "id=%llu addr=%s name=%s db=%u resp=%u\n",
	    (unsigned long long)session->id, session->peer,
	    session->name == NULL ? "" : session->name, session->database,
	    session->protocol);
}

char *
session_describe(struct session_list *list, const struct session *only)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (out == NULL) {
		abort();
	}
	pthread_mutex_lock(&list->lock);
	for (const struct session *s = list->first; s != NULL; s = s->after) {
		if (only == NULL || s == only) {
			describe(out, s);
		}
	}
	pthread_mutex_unlock(&list->lock);
	if (fclose(out) != 0) {
		abort();
	}
	return text;
}
