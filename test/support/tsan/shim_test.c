/* SPDX-License-Identifier: BSD-2-Clause */
#include <ck_ring.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * One producer gives messages through a small ring to two consumers, which
 * read and free them. Correct, so ThreadSanitizer must be silent; with the
 * argument "planted" the producer writes to a message that it has given
 * away, and ThreadSanitizer must say so.
 *
 * A ring of few slots makes consumers copy slots that are being filled anew.
 */

enum {
	N_SLOTS = 8,
	N_MESSAGES = 10000,
	N_CONSUMERS = 2
};

struct message {
	unsigned value;
};

static ck_ring_t ring;
static ck_ring_buffer_t slots[N_SLOTS];
static unsigned n_taken;

static void
write_late(struct message *message)
{
	message->value = 0;
}

static void *
consume(void *sum)
{
	void *element;

	while (ck_pr_load_uint(&n_taken) < N_MESSAGES) {
		if (!ck_ring_dequeue_spmc(&ring, slots, &element)) {
			ck_pr_stall();
			continue;
		}
		*(uint64_t *)sum += ((struct message *)element)->value;
		free(element);
		ck_pr_inc_uint(&n_taken);
	}
	return NULL;
}

static void
produce(bool planted)
{
	for (unsigned i = 1; i <= N_MESSAGES; i++) {
		struct message *message = malloc(sizeof(*message));

		if (message == NULL) {
			abort();
		}
		message->value = i;
		while (!ck_ring_enqueue_spmc(&ring, slots, message)) {
			ck_pr_stall();
		}
		if (planted) {
			write_late(message);
		}
	}
}

int
main(int argc, char **argv)
{
	pthread_t consumers[N_CONSUMERS];
	uint64_t sums[N_CONSUMERS] = { 0 };
	uint64_t sum = 0;

	ck_ring_init(&ring, N_SLOTS);
	for (int i = 0; i < N_CONSUMERS; i++) {
		if (pthread_create(&consumers[i], NULL, consume, &sums[i]) !=
		    0) {
			return 1;
		}
	}
	produce(argc > 1 && strcmp(argv[1], "planted") == 0);
	for (int i = 0; i < N_CONSUMERS; i++) {
		pthread_join(consumers[i], NULL);
		sum += sums[i];
	}
	printf("sum %llu\n", (unsigned long long)sum);
	return sum == (uint64_t)N_MESSAGES * (N_MESSAGES + 1) / 2 ? 0 : 1;
}
